"""Images seen through projective maps, rotated, and the gradients."""

from collections.abc import Sequence
from typing import Any, Literal

from glbackend.base.sampling import FillMode, Sampling
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.op import op, run


@op(method=False, namespace="image")
def transform(
    image: TensorLike,
    transforms: TensorLike,
    interpolation: Literal["nearest", "bilinear"] = "nearest",
    fill_mode: FillMode = "constant",
    fill_value: float = 0.0,
    output_shape: Sequence[int] | None = None,
) -> Tensor:
    """Images [batch, height, width, channels] seen through projective maps.

    `image`: float32; the gradient goes to it.
    `transforms`: float32 [batch, 8], or [1, 8] for all images: pixel (x, y) of the result is the image's at
    ((a x + b y + c) / k, (d x + e y + f) / k), with k = g x + h y + 1, for the numbers a to h.
    `interpolation`: "nearest" takes one pixel, "bilinear" mixes four.
    `fill_mode`: what lies outside the image: "constant" is `fill_value`, "reflect" the image mirrored at its
    edges, "wrap" the image repeated, "nearest" its edge.
    `output_shape`: height and width of the result; by default the image's.

    As `tf.image.transform`.

    >>> transform([[[[1.], [2.], [3.]]]], [[1., 0., 1., 0., 1., 0., 0., 0.]]).numpy().ravel().tolist()
    [2.0, 3.0, 0.0]
    """
    inputs = {
        "image": as_tensor(image, "image", "transform", "float32"),
        "transforms": as_tensor(transforms, "transforms", "transform", "float32"),
    }
    return run(
        "Transform",
        inputs,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
        output_shape=None if output_shape is None else tuple(output_shape),
    )


@op(method=False, namespace="image")
def rotate_with_offset(
    image: TensorLike,
    radians: float,
    fill_value: float | Sequence[float] = 0.0,
    center: float | Sequence[float] = 0.5,
) -> Tensor:
    """Images [batch, height, width, channels] (float32) rotated by `radians` about `center`, nearest pixels.

    `center`: shares of width and height, or one for both. Outside lies `fill_value`, one number or three
    (red, green, blue; alpha is then 255). Differentiable in `image`. As `tf.image.rotateWithOffset`.

    >>> rotate_with_offset([[[[1.], [2.]], [[3.], [4.]]]], 3.14159265, center=0.25).numpy().ravel().tolist()
    [4.0, 3.0, 2.0, 1.0]
    """
    given = as_tensor(image, "image", "rotate_with_offset", "float32")
    fill = fill_value if isinstance(fill_value, int | float) else tuple(fill_value)
    about = center if isinstance(center, int | float) else tuple(center)
    return run("RotateWithOffset", {"image": given}, radians=radians, fill_value=fill, center=about)


def _how(sampling: Sampling) -> dict[str, Any]:
    interpolation = "bilinear" if sampling.bilinear else "nearest"
    return {"interpolation": interpolation, "fill_mode": sampling.mode, "origin": sampling.origin}


@gradient("Transform", wrt="image")
def transform_dimage(dy: Tensor, image_spec: Spec, transforms: Tensor, *, sampling: Sampling) -> Tensor:
    """Each dy goes back to the pixels that its pixel was read from; what lay outside sees none."""
    inputs = {"dy": dy, "transforms": transforms}
    return run("TransformGrad", inputs, image_shape=image_spec.shape, **_how(sampling))


@gradient("RotateWithOffset", wrt="image")
def rotate_with_offset_dimage(
    dy: Tensor, image_spec: Spec, *, numbers: tuple[float, ...], sampling: Sampling
) -> Tensor:
    """As of a transform."""
    return transform_dimage(dy, image_spec, tensor([numbers], dtype="float32"), sampling=sampling)


@gradient("TransformGrad", wrt="dy")
def transform_grad_ddy(dy: Tensor, dy_spec: Spec, transforms: Tensor, *, sampling: Sampling) -> Tensor:
    """The adjoint of the adjoint."""
    inputs = {"image": dy, "transforms": transforms}
    return run("Transform", inputs, output_shape=dy_spec.shape[1:3], **_how(sampling))
