"""Cross-entropy in one pass, for the losses of layers; its gradient in two."""

import functools
from collections.abc import Callable

from glbackend.engine.autodiff import grads
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run


def categorical_crossentropy(labels: Tensor, predictions: Tensor, from_logits: bool = False) -> Tensor:
    """-sum(labels log(share)) over the last axis; shares are predictions over their sum, 1e-7 from 0 and 1.

    With `from_logits` shares are the softmax of the predictions, and exact. Both float32, of one shape
    [..., classes]; result [...]. As TF.js's `tf.metrics.categoricalCrossentropy`.

    >>> import glbackend as gl
    >>> round(categorical_crossentropy(gl.tensor([[0., 1.]]), gl.tensor([[1., 1.]])).item(), 4)
    0.6931
    """
    inputs = {"labels": labels, "predictions": predictions}
    return run("CategoricalCrossentropy", inputs, from_logits=from_logits)


@gradient("CategoricalCrossentropy", wrt="predictions")
def crossentropy_dpredictions(
    dy: Tensor, labels: Tensor, predictions: Tensor, *, epsilon: float, from_logits: bool
) -> Tensor:
    """One fused kernel."""
    inputs = {"dy": dy, "labels": labels, "predictions": predictions}
    return run("CategoricalCrossentropyGrad", inputs, epsilon=epsilon, from_logits=from_logits)


@gradient("CategoricalCrossentropyGrad")
def crossentropy_grad_gradients(
    dy: Tensor, dy_input: Tensor, labels: Tensor, predictions: Tensor, *, epsilon: float, from_logits: bool
) -> dict[str, Callable[[], Tensor]]:
    """Those of the same formula in ordinary ops."""

    def slope(dy: Tensor, labels: Tensor, predictions: Tensor) -> Tensor:
        if from_logits:
            return dy.expand_dims(-1) * (predictions.softmax() * labels.sum(-1, True) - labels)
        total = predictions.sum(-1, True)
        shares = predictions / total
        clipped = shares.clip_by_value(epsilon, 1.0 - epsilon)
        counted = labels.where(shares.equal(clipped), 0.0)
        return dy.expand_dims(-1) * ((counted.sum(-1, True) - counted / clipped) / total)

    found = functools.cache(lambda: grads(slope)([dy_input, labels, predictions], dy))
    return {
        "dy": lambda: found()[0],
        "labels": lambda: found()[1],
        "predictions": lambda: found()[2],
    }


@gradient("CategoricalCrossentropy", wrt="labels")
def crossentropy_dlabels(dy: Tensor, predictions: Tensor, *, epsilon: float, from_logits: bool) -> Tensor:
    """-log(share)."""
    if from_logits:
        return dy.expand_dims(-1) * -predictions.log_softmax()
    shares = predictions / predictions.sum(-1, True)
    return dy.expand_dims(-1) * -(shares.clip_by_value(epsilon, 1.0 - epsilon).log())
