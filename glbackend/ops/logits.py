"""What softmax and sigmoid remember: losses go back to it, as their results may be too near 0 and 1."""

from glbackend.engine.tensor import Logits, Tensor


def remember(y: Tensor, activation: str, x: Tensor) -> Tensor:
    """y, which is `activation` ("softmax" or "sigmoid") of x, and knows it; every other op forgets."""
    y.logits = Logits(activation, x.id, x.handle)
    return y


def logits_of(y: Tensor, activation: str) -> Tensor | None:
    """What y is the `activation` of, as the tape knows it; None where it is no such result."""
    known = getattr(y, "logits", None)
    return Tensor(known.handle, known.id) if known is not None and known.activation == activation else None
