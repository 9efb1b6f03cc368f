"""Softmax and LogSoftmax as shaders: the largest element and sum of each row, then the result, in two passes.

Short rows need no first pass; few long ones split it in two, so that every core has work.
"""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.reduction import parts_of
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

SHORT_ROW_TEXELS = 4  # up to so many, each fragment reads its whole row, rather than a first pass
MAX_SPAN_TEXELS = 1024  # that a fragment adds up: beyond, rounding errors pile up
ONE_PASS_READS = 65536  # in all: so many take less time than a first pass


def _normalised(webgl: WebGL, logits: Handle, out: Spec, structure: dict[str, object]) -> Handle:
    length = logits.shape[-1] if logits.shape else 1
    n = -(-length // 4)
    rows = logits.size // max(length, 1)
    uniforms = {"n": n, "lanes": length - 4 * (n - 1)}
    inputs = {"logits": logits}
    if n <= SHORT_ROW_TEXELS or rows * n * n <= ONE_PASS_READS:
        return webgl.draw("softmax", out, inputs, uniforms=uniforms, defines={**structure, "ALONE": 1})
    inputs["stats"] = _stats(webgl, logits, rows, n, uniforms)
    return webgl.draw("softmax", out, inputs, uniforms=uniforms, defines=structure)


def _stats(webgl: WebGL, logits: Handle, rows: int, n: int, uniforms: dict[str, int]) -> Handle:
    parts, span = parts_of(rows, n)
    if span > MAX_SPAN_TEXELS:
        parts, span = -(-n // MAX_SPAN_TEXELS), MAX_SPAN_TEXELS
    stats = Spec((rows, 4))
    if parts == 1:
        return webgl.draw("softmax_stats", stats, {"logits": logits}, uniforms=uniforms)
    values = {**uniforms, "parts": parts, "span": span}
    between = Spec((rows * parts, 4))
    specs = (between, between)
    top, sums = webgl.draw(
        "softmax_stats", specs, {"logits": logits}, uniforms=values, defines={"PARTIAL": 1}
    )
    inputs = {"logits": logits, "top": top, "sum": sums}
    return webgl.draw("softmax_stats", stats, inputs, uniforms=values, defines={"MERGE": 1})


@kernel("Softmax", "webgl")
def softmax(webgl: WebGL, logits: Handle, *, out: Spec) -> Handle:
    """Exponentials over their sum."""
    return _normalised(webgl, logits, out, {})


@kernel("LogSoftmax", "webgl")
def log_softmax(webgl: WebGL, logits: Handle, *, out: Spec) -> Handle:
    """Its logarithm, without the detour."""
    return _normalised(webgl, logits, out, {"LOGARITHM": 1})
