"""Kernels over images: resizing in one pass, its adjoint axis by axis (gathers, so deterministic)."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.base.resize import Resizing, Scale
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _resized(webgl: WebGL, images: Handle, out: Spec, how: Resizing, nearest: bool) -> Handle:
    defines = {"NEAREST": 1} if nearest else {}
    if images.dtype != "float32":
        defines["INTEGER"] = 1
    uniforms = {
        "in_size": images.shape[1:3],
        "out_size": out.shape[1:3],
        "row_scale": tuple(how.rows),
        "column_scale": tuple(how.columns),
    }
    reads = (1 if nearest else 4) * webgl.layout(out.shape).texels
    with webgl.by_number(reads, {"x": images}) as source:
        handle: Handle = webgl.draw("resize", out, source, uniforms=uniforms, defines=defines)
    return handle


def _axis_adjoint(webgl: WebGL, dy: Handle, out: Spec, axis: int, scale: Scale, nearest: bool) -> Handle:
    texels = -(-out.shape[3] // 4)
    handle: Handle = draw_parts(
        webgl, "resize_grad", out, {"x": dy}, cut(1, 1, dy.shape[axis]), between=[out],
        defines={"NEAREST": 1} if nearest else {},
        uniforms={"inner": texels * (out.shape[2] if axis == 1 else 1), "in_extent": dy.shape[axis],
                  "out_extent": out.shape[axis], "scale": tuple(scale)},
    )  # fmt: skip
    return handle


def _adjoint(webgl: WebGL, dy: Handle, out: Spec, how: Resizing, nearest: bool) -> Handle:
    batch, _, width, channels = dy.shape
    down = _axis_adjoint(webgl, dy, Spec((batch, out.shape[1], width, channels)), 1, how.rows, nearest)
    return _axis_adjoint(webgl, down, out, 2, how.columns, nearest)


@kernel("ResizeBilinear", "webgl")
def resize_bilinear(webgl: WebGL, images: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Four reads a texel."""
    return _resized(webgl, images, out, how, nearest=False)


@kernel("ResizeNearestNeighbor", "webgl")
def resize_nearest_neighbor(webgl: WebGL, images: Handle, *, out: Spec, how: Resizing) -> Handle:
    """One read a texel."""
    return _resized(webgl, images, out, how, nearest=True)


@kernel("ResizeBilinearGrad", "webgl")
def resize_bilinear_grad(webgl: WebGL, images: Handle, dy: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Two passes, one an axis."""
    return _adjoint(webgl, dy, out, how, nearest=False)


@kernel("ResizeNearestNeighborGrad", "webgl")
def resize_nearest_neighbor_grad(
    webgl: WebGL, images: Handle, dy: Handle, *, out: Spec, how: Resizing
) -> Handle:
    """Two passes, one an axis."""
    return _adjoint(webgl, dy, out, how, nearest=True)


@kernel("DepthToSpace", "webgl")
def depth_to_space(webgl: WebGL, x: Handle, *, out: Spec, block_size: int, channels_first: bool) -> Handle:
    """One pass; whole texels where the result's pixels are such."""
    defines: dict[str, object] = {}
    if channels_first:
        size, channels = x.shape[2:], out.shape[1]
        defines["CHANNELS_FIRST"] = 1
    else:
        size, channels = x.shape[1:3], out.shape[3]
        if channels % 4 == 0:
            defines["WHOLE"] = 1
    if x.dtype != "float32":
        defines["INTEGER"] = 1
    uniforms = {"in_size": size, "block": block_size, "channels": channels}
    handle: Handle = webgl.draw("depth_to_space", out, {"x": x}, uniforms=uniforms, defines=defines)
    return handle
