"""CropAndResize on webgl in one pass; so its adjoint, which gathers: the order of sums is fixed."""

from glbackend.backends.webgl.backend import KIND, WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("CropAndResize", "webgl")
def crop_and_resize(
    gl: WebGL, image: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool, outside: float
) -> Handle:
    """Four reads a texel, or one."""
    handle: Handle = gl.draw(
        "crop", out, {"x": image, "boxes": boxes, "box_ind": box_ind},
        uniforms={"batch": image.shape[0], "in_size": image.shape[1:3], "crop_size": out.shape[1:3],
                  "outside": outside},
        defines={"BILINEAR": int(bilinear), "INTEGER": int(KIND[image.dtype] == "i4")},
    )  # fmt: skip
    return handle


@kernel("CropAndResizeGrad", "webgl")
def crop_and_resize_grad(
    gl: WebGL, dy: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool
) -> Handle:
    """Each pixel looks at the boxes of its image, and in each at the part of the crop that reaches it."""
    handle: Handle = gl.draw(
        "crop_grad", out, {"dy": dy, "boxes": boxes, "box_ind": box_ind},
        uniforms={"count": dy.shape[0], "in_size": out.shape[1:3], "crop_size": dy.shape[1:3]},
        defines={"BILINEAR": int(bilinear)},
    )  # fmt: skip
    return handle
