"""What activities cost: the penalties of layers' outputs, collected where a loss is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.layers.regularizers import Regularizer

_penalties: ContextVar[list[Tensor] | None] = ContextVar("glbackend_activity_penalties", default=None)


@contextmanager
def penalties_collected() -> Iterator[list[Tensor]]:
    """Within the block the penalties of all layers that are called go into the list that it gives."""
    found: list[Tensor] = []
    token = _penalties.set(found)
    try:
        yield found
    finally:
        _penalties.reset(token)


def charge(regularizer: Regularizer, result: Any) -> None:
    """Adds the penalty of what a layer gave, a tensor or a list of them, divided by the examples."""
    found = _penalties.get()
    if found is not None:
        # differs from TF.js: the regularizer counts, as in Keras; there it is refused
        for one in result if isinstance(result, list | tuple) else [result]:
            found.append(regularizer(one) * (1.0 / max(one.shape[0] if one.rank else 1, 1)))
