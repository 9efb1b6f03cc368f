"""Cross-entropy of labels and predicted shares: a row at a time in one pass; its gradient in two."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("CategoricalCrossentropy", "webgl")
def categorical_crossentropy(
    webgl: WebGL, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float
) -> Handle:
    """Each fragment walks the rows of its four results."""
    uniforms = {"classes": predictions.shape[-1], "epsilon": epsilon}
    inputs = {"labels": labels, "predictions": predictions}
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
    stats = webgl.draw("crossentropy", Spec((rows, 4)), inputs, uniforms=uniforms, defines={"STATS": 1})
    column = dy.view((rows, 1))
    inputs |= {"stats": stats, "dy": column}
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={"SLOPE": 1})
