"""CropAndResize on webgl in one pass; its adjoint in two, which gather: the order of sums is fixed."""

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
    """Columns first, crop by crop; then rows, where each pixel looks at the boxes of its image."""
    count, height, width, channels = dy.shape
    texels = -(-channels // 4)
    across = gl.draw(
        "crop_grad", Spec((count, height, out.shape[2], channels)), {"dy": dy, "boxes": boxes},
        uniforms={"size": out.shape[2], "crop": width, "inner": texels, "rows_per_box": height},
        defines={"BILINEAR": int(bilinear), "ROWS": 0},
    )  # fmt: skip
    handle: Handle = gl.draw(
        "crop_grad", out, {"dy": across, "boxes": boxes, "box_ind": box_ind},
        uniforms={"size": out.shape[1], "crop": height, "inner": texels * out.shape[2], "count": count},
        defines={"BILINEAR": int(bilinear), "ROWS": 1},
    )  # fmt: skip
    return handle
