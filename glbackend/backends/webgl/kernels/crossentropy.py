"""Cross-entropy of labels and predicted shares: a row at a time in one pass; its gradient in two."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.reduction import Reduction, reduce
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

LONG = MAX_TURNS // 8  # texels of a row that a fragment walks: it walks four rows twice


def _summed(webgl: WebGL, x: Handle, rows: int) -> Handle:
    """The sums of rows, as a column."""
    return reduce(webgl, x.view((rows, x.shape[-1])), Reduction("SUM", "float32"), Spec((rows, 1)), (1,))


def _terms(
    webgl: WebGL, inputs: dict[str, Handle], uniforms: dict[str, float], rows: int, what: int
) -> Handle:
    """The sums of what the elements of long rows add."""
    terms = webgl.draw(
        "crossentropy", inputs["predictions"].spec, inputs, uniforms=uniforms, defines={"TERMS": what}
    )
    return _summed(webgl, terms, rows)


@kernel("CategoricalCrossentropy", "webgl")
def categorical_crossentropy(
    webgl: WebGL, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float
) -> Handle:
    """Each fragment walks the rows of its four results; long rows are added up by reductions."""
    classes = predictions.shape[-1]
    uniforms = {"classes": classes, "epsilon": epsilon}
    inputs = {"labels": labels, "predictions": predictions}
    if classes > 4 * LONG:
        rows = predictions.size // classes
        inputs["totals"] = _summed(webgl, predictions, rows)
        return _terms(webgl, inputs, uniforms, rows, 1).view(out.shape)
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={"VALUE": 1})


@kernel("CategoricalCrossentropyGrad", "webgl")
def categorical_crossentropy_grad(
    webgl: WebGL, dy: Handle, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float
) -> Handle:
    """First what all of a row share, then each texel by itself."""
    classes = predictions.shape[-1]
    rows = predictions.size // max(classes, 1)
    uniforms = {"classes": classes, "epsilon": epsilon}
    inputs = {"labels": labels, "predictions": predictions}
    column = dy.view((rows, 1))
    if classes > 4 * LONG:
        inputs["totals"] = _summed(webgl, predictions, rows)
        inputs |= {"sums": _terms(webgl, inputs, uniforms, rows, 2), "dy": column}
        return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={"SLOPE": 1, "LONG": 1})
    stats = webgl.draw("crossentropy", Spec((rows, 4)), inputs, uniforms=uniforms, defines={"STATS": 1})
    inputs |= {"stats": stats, "dy": column}
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={"SLOPE": 1})
