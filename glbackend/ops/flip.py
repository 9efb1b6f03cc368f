"""Images mirrored, and the gradient."""

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op(method=False, namespace="image")
def flip_left_right(image: TensorLike) -> Tensor:
    """Images [batch, height, width, channels] mirrored: their columns from last to first. Any numeric dtype.

    ShapeError for another rank. As `tf.image.flipLeftRight`.

    >>> flip_left_right([[[[1.], [2.], [3.]]]]).numpy().ravel().tolist()
    [3.0, 2.0, 1.0]
    """
    return run("FlipLeftRight", {"image": as_tensor(image, "image", "flip_left_right")})


@gradient("FlipLeftRight", wrt="image")
def flip_left_right_dimage(dy: Tensor) -> Tensor:
    """Mirrored back."""
    return run("FlipLeftRight", {"image": dy})
