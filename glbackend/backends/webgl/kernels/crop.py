"""CropAndResize on webgl in one pass; its adjoint axis by axis, gathering: the order of sums is fixed."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

SEARCH = 8  # turns of a loop that each box costs beside its pixels


@kernel("CropAndResize", "webgl")
def crop_and_resize(
    webgl: WebGL, image: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool, outside: float
) -> Handle:
    """Four reads a texel, or one."""
    handle: Handle = webgl.draw(
        "crop", out, {"x": image, "boxes": boxes, "box_ind": box_ind},
        uniforms={"batch": image.shape[0], "in_size": image.shape[1:3], "crop_size": out.shape[1:3],
                  "outside": outside},
        defines={"BILINEAR": int(bilinear), "INTEGER": holds_integers(image.dtype)},
    )  # fmt: skip
    return handle


@kernel("CropAndResizeGrad", "webgl")
def crop_and_resize_grad(
    webgl: WebGL, dy: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool
) -> Handle:
    """Columns first, crop by crop; then rows, where each pixel looks at the boxes of its image."""
    count, height, width, channels = dy.shape
    texels = -(-channels // 4)
    columns = {"size": out.shape[2], "crop": width, "inner": texels}
    places = _places(webgl, boxes, columns, 1, bilinear)
    wide = Spec((count, height, out.shape[2], channels))
    across = draw_parts(
        webgl, "crop_grad", wide, {"dy": dy, "boxes": boxes, "places": places}, cut(1, 1, width),
        between=[wide], uniforms={**columns, "rows_per_box": height}, defines={"ROWS": 0},
    )  # fmt: skip
    rows = {"size": out.shape[1], "crop": height, "inner": texels * out.shape[2]}
    places = _places(webgl, boxes, rows, 0, bilinear)
    handle: Handle = draw_parts(
        webgl, "crop_grad", out, {"dy": across, "boxes": boxes, "places": places, "box_ind": box_ind},
        cut(1, count, height + SEARCH), between=[out],
        uniforms={**rows, "count": count}, defines={"ROWS": 1},
    )  # fmt: skip
    return handle


def _places(webgl: WebGL, boxes: Handle, axis: dict[str, int], number: int, bilinear: bool) -> Handle:
    """Where the pixels of the crops lie along an axis, a texel each."""
    uniforms = {"size": axis["size"], "crop": axis["crop"], "axis": number}
    out, defines = Spec((boxes.shape[0], axis["crop"], 4)), {"BILINEAR": int(bilinear)}
    handle: Handle = webgl.draw("crop_places", out, {"boxes": boxes}, uniforms=uniforms, defines=defines)
    return handle
