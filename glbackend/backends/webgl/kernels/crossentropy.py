"""Cross-entropy of labels and predicted shares: a row at a time in one pass; its gradient in two."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.reduction import Reduction, reduce
from glbackend.backends.webgl.kernels.softmax import log_softmax, softmax
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Inputs = dict[str, Handle]
LONG = MAX_TURNS // 8  # texels of a row that a fragment walks: it walks four rows twice


def _summed(webgl: WebGL, x: Handle, rows: int) -> Handle:
    """The sums of rows, as a column."""
    return reduce(webgl, x.view((rows, x.shape[-1])), Reduction("SUM", "float32"), Spec((rows, 1)), (1,))


def _terms(
    webgl: WebGL, inputs: Inputs, uniforms: dict[str, float], defines: dict[str, object], rows: int
) -> Handle:
    """The sums of what the elements of long rows add."""
    terms = webgl.draw("crossentropy", inputs["predictions"].spec, inputs, uniforms=uniforms, defines=defines)
    return _summed(webgl, terms, rows)


def _setup(classes: int, epsilon: float, from_logits: bool) -> tuple[dict[str, float], dict[str, object]]:
    """Uniforms and defines of all passes."""
    n = -(-classes // 4)
    uniforms = {"classes": classes, "epsilon": epsilon, "n": n, "lanes": classes - 4 * (n - 1)}
    return uniforms, {"LOGITS": 1} if from_logits else {}


@kernel("CategoricalCrossentropy", "webgl")
def categorical_crossentropy(
    webgl: WebGL, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float, from_logits: bool
) -> Handle:
    """Each fragment walks the rows of its four results; long rows are added up by reductions."""
    classes = predictions.shape[-1]
    inputs = {"labels": labels, "predictions": predictions}
    uniforms, defines = _setup(classes, epsilon, from_logits)
    if classes > 4 * LONG:
        rows = predictions.size // classes
        if from_logits:
            inputs["predictions"] = log_softmax(webgl, predictions, out=predictions.spec)
        else:
            inputs["totals"] = _summed(webgl, predictions, rows)
        return _terms(webgl, inputs, uniforms, {**defines, "TERMS": 1}, rows).view(out.shape)
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={**defines, "VALUE": 1})


@kernel("CategoricalCrossentropyGrad", "webgl")
def categorical_crossentropy_grad(
    webgl: WebGL,
    dy: Handle,
    labels: Handle,
    predictions: Handle,
    *,
    out: Spec,
    epsilon: float,
    from_logits: bool,
) -> Handle:
    """First what all of a row share, then each texel by itself."""
    classes, rows = predictions.shape[-1], dy.size
    inputs = {"labels": labels, "predictions": predictions}
    uniforms, defines = _setup(classes, epsilon, from_logits)
    if classes <= 4 * LONG:
        inputs["stats"] = webgl.draw(
            "crossentropy", Spec((rows, 4)), inputs, uniforms=uniforms, defines={**defines, "STATS": 1}
        )
    elif from_logits:
        inputs["predictions"] = softmax(webgl, predictions, out=predictions.spec)
        inputs["sums"] = _summed(webgl, labels, rows)
        defines["LONG"] = 1
    else:
        inputs["totals"] = _summed(webgl, predictions, rows)
        inputs["sums"] = _terms(webgl, inputs, uniforms, {"TERMS": 2}, rows)
        defines["LONG"] = 1
    inputs["dy"] = dy.view((rows, 1))
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={**defines, "SLOPE": 1})
