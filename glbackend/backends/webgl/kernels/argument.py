"""ArgMax and ArgMin as shaders: a search that carries values and positions, in one pass or two."""

import math
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.kernels.reduction import parts_of
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _search(webgl: WebGL, x: Handle, out: Spec, axis: int, structure: dict[str, object]) -> Handle:
    shape = x.shape or (1,)
    if axis == len(shape) - 1:
        return _along_lanes(webgl, x, out, structure)
    row_texels = -(-shape[-1] // 4)
    outer, n, inner = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 : -1]) * row_texels
    parts, span = parts_of(outer * inner, n)
    inputs: dict[str, Handle] = {"x": x}
    if parts > 1:
        shape = (outer * parts * inner // row_texels, shape[-1])
        inputs = _candidates(webgl, x, shape, n, inner, parts, span, 0, structure)
        structure = {**structure, "PAIRED": 1}
        n = parts
    uniforms = {"n": n, "inner": inner, "parts": 1, "span": n}
    return webgl.draw("argument_rows", out, inputs, uniforms=uniforms, defines=structure)


def _along_lanes(webgl: WebGL, x: Handle, out: Spec, structure: dict[str, object]) -> Handle:
    length = x.shape[-1] if x.shape else 1
    rows, n, lanes = out.size, -(-length // 4), length % 4
    packed = bool(out.shape) and out.shape[-1] != 1
    parts, span = parts_of(-(-rows // 4) if packed else rows, n)
    inputs: dict[str, Handle] = {"x": x}
    structure = {**structure, "ALONG_LANES": 1}
    if parts > 1:
        inputs = _candidates(webgl, x, (rows * parts, 4), n, 1, parts, span, lanes, structure)
        structure = {**structure, "PAIRED": 1}
        n, lanes = parts, 0
    defines = {**structure, **_given(PACKED=packed, MASKED=lanes)}
    uniforms = {"n": n, "rows": rows, "lanes": lanes}
    return webgl.draw("argument_lanes", out, inputs, uniforms=uniforms, defines=defines)


def _candidates(
    webgl: WebGL,
    x: Handle,
    shape: tuple[int, int],
    n: int,
    inner: int,
    parts: int,
    span: int,
    lanes: int,
    structure: dict[str, object],
) -> dict[str, Handle]:
    """The best of each part and its position, as inputs of the second pass."""
    specs = (Spec(shape, "float32" if x.dtype == "float32" else "int32"), Spec(shape, "int32"))
    uniforms = {"n": n, "inner": inner, "parts": parts, "span": span, "lanes": lanes}
    defines = {**structure, **_given(PARTIAL=True, MASKED=lanes)}
    values, places = webgl.draw("argument_rows", specs, {"x": x}, uniforms=uniforms, defines=defines)
    return {"x": values, "place": places}


def _given(**flags: Any) -> dict[str, object]:
    return {name: 1 for name, given in flags.items() if given}


@kernel("ArgMax", "webgl")
def argmax(webgl: WebGL, x: Handle, *, out: Spec, axis: int) -> Handle:
    """Position of the first largest element."""
    return _search(webgl, x, out, axis, {"INTEGER": holds_integers(x.dtype)})


@kernel("ArgMin", "webgl")
def argmin(webgl: WebGL, x: Handle, *, out: Spec, axis: int) -> Handle:
    """Position of the first smallest element."""
    return _search(webgl, x, out, axis, {"INTEGER": holds_integers(x.dtype), "MINIMUM": 1})
