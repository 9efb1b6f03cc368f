"""Contracts of the cross-entropy of one-hot (or soft) labels and predicted shares or logits; its gradient."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract

EPSILON = 1e-7  # shares are kept this far from 0 and 1, as in TF.js's layers


def _check_pair(op: str, labels: Spec, predictions: Spec) -> None:
    if labels.shape != predictions.shape or not labels.rank:
        raise ShapeError(
            f"{op}: labels and predictions must have one shape of rank 1 or more, "
            f"got {list(labels.shape)} and {list(predictions.shape)}"
        )
    if labels.dtype != "float32" or predictions.dtype != "float32":
        raise DtypeError(
            f"{op}: labels and predictions must be float32, got {labels.dtype} and {predictions.dtype}"
        )


@contract("CategoricalCrossentropy")
def categorical_crossentropy(
    labels: Spec, predictions: Spec, *, epsilon: float = EPSILON, from_logits: bool = False
) -> Checked:
    """One number for each row of the last axis."""
    _check_pair("categorical_crossentropy", labels, predictions)
    return Checked(
        Spec(predictions.shape[:-1]), {"epsilon": float(epsilon), "from_logits": bool(from_logits)}
    )


@contract("CategoricalCrossentropyGrad")
def categorical_crossentropy_grad(
    dy: Spec, labels: Spec, predictions: Spec, *, epsilon: float = EPSILON, from_logits: bool = False
) -> Checked:
    """By the predictions, in their shape."""
    _check_pair("categorical_crossentropy_grad", labels, predictions)
    if dy.shape != predictions.shape[:-1]:
        raise ShapeError(
            f"categorical_crossentropy_grad: dy must have shape {list(predictions.shape[:-1])}, "
            f"got {list(dy.shape)}"
        )
    return Checked(predictions, {"epsilon": float(epsilon), "from_logits": bool(from_logits)})
