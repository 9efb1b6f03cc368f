"""What softmax and sigmoid remember: losses go back to it, as their results may be too near 0 and 1."""

from glbackend.engine.tensor import Tensor


def remember(y: Tensor, activation: str, x: Tensor) -> Tensor:
    """y, which is `activation` ("softmax" or "sigmoid") of x, and knows it; every other op forgets."""
    y.logits = activation, x.id, x.handle
    return y


def logits_of(y: Tensor, activation: str) -> Tensor | None:
    """What y is the `activation` of, as the tape knows it; None where it is no such result."""
    known = y.logits
    if known is None or known[0] != activation:
        return None
    _, identity, handle = known
    return Tensor(handle, identity)
