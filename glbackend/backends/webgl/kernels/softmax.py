"""Softmax and LogSoftmax as shaders: the largest element and sum of each row, then the result, in two passes.

Short rows need no first pass; few long ones split it in two, so that every core has work.
"""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.backends.webgl.kernels.reduction import Reduction, computed, parts_of, reduce
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

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


@kernel("SoftmaxGrad", "webgl")
def softmax_grad(webgl: WebGL, dy: Handle, y: Handle, *, out: Spec) -> Handle:
    """The mean of dy, weighed by y, a number a row; then y times what departs from it."""
    length = y.shape[-1] if y.shape else 1
    rows = Spec((y.size // max(length, 1), length))
    slopes, shares = dy.view(rows.shape), y.view(rows.shape)
    means = Spec((rows.shape[0], 1))
    if rows.size:
        weighed = computed(webgl, (slopes, shares), (Step("Multiply", (0, 1)),), {}, rows)
        mean = reduce(webgl, weighed, Reduction("SUM", "float32"), means, (1,))
        slopes = draw_chain(
            webgl, (slopes, mean, shares), (Step("Sub", (0, 1)), Step("Multiply", (3, 2))), rows
        )
    return slopes.view(out.shape)
