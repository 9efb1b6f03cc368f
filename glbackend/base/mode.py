"""Whether what is computed just now belongs to training: layers within layers ask where nobody tells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

in_training: ContextVar[bool | None] = ContextVar("glbackend_in_training", default=None)


@contextmanager
def training_is(value: bool | None) -> Iterator[None]:
    """Within the block it does, or does not; None: nobody says.

    >>> with training_is(True):
    ...     print(in_training.get())
    True
    """
    token = in_training.set(value)
    try:
        yield
    finally:
        in_training.reset(token)
