"""Contracts of Softmax, its gradient and LogSoftmax: floats, along the last axis, as in TF.js."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, normalize_axis
from glbackend.contracts.contract import Checked, contract


def _last(op: str, name: str, logits: Spec, axis: int) -> Checked:
    if logits.dtype != "float32":
        raise DtypeError(f"{op}: argument 'logits' is {logits.dtype}, but must be float32: cast it first")
    rank = max(logits.rank, 1)
    if normalize_axis(axis, rank, op, name) != rank - 1:
        raise ArgumentError(
            f"{op}: {name} {axis} is not the last of {rank} axes: only that is supported, transpose first"
        )
    return Checked(logits)


@contract("Softmax")
def softmax(logits: Spec, *, dim: int = -1) -> Checked:
    """Shape and dtype stay."""
    return _last("softmax", "dim", logits, dim)


@contract("LogSoftmax")
def log_softmax(logits: Spec, *, axis: int = -1) -> Checked:
    """Shape and dtype stay."""
    return _last("log_softmax", "axis", logits, axis)


@contract("SoftmaxGrad")
def softmax_grad(dy: Spec, y: Spec) -> Checked:
    """By the logits of the softmax `y`, in its shape."""
    if dy.dtype != "float32" or y.dtype != "float32":
        raise DtypeError(f"softmax_grad: dy and y must be float32, got {dy.dtype} and {y.dtype}")
    if dy.shape != y.shape:
        raise ShapeError(
            f"softmax_grad: dy and y must have one shape, got {list(dy.shape)} and {list(y.shape)}"
        )
    return Checked(y)
