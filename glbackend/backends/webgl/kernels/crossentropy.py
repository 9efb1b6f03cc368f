"""Cross-entropy of labels and predicted shares: a row at a time in one pass; its gradient in two."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("CategoricalCrossentropy", "webgl")
def categorical_crossentropy(
    webgl: WebGL, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float, from_logits: bool
) -> Handle:
    """Each fragment walks the rows of its four results."""
    inputs = {"labels": labels, "predictions": predictions}
    uniforms, defines = _setup(predictions.shape[-1], epsilon, from_logits)
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={**defines, "VALUE": 1})


def _setup(classes: int, epsilon: float, from_logits: bool) -> tuple[dict[str, float], dict[str, object]]:
    """Uniforms and defines of all passes."""
    n = -(-classes // 4)
    uniforms = {"classes": classes, "epsilon": epsilon, "n": n, "lanes": classes - 4 * (n - 1)}
    return uniforms, {"LOGITS": 1} if from_logits else {}


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
    rows = dy.size
    inputs = {"labels": labels, "predictions": predictions}
    uniforms, defines = _setup(predictions.shape[-1], epsilon, from_logits)
    inputs["stats"] = webgl.draw(
        "crossentropy", Spec((rows, 4)), inputs, uniforms=uniforms, defines={**defines, "STATS": 1}
    )
    inputs["dy"] = dy.view((rows, 1))
    return webgl.draw("crossentropy", out, inputs, uniforms=uniforms, defines={**defines, "SLOPE": 1})
