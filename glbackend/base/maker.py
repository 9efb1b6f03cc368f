"""Who made a file: where Keras 2, Keras 3 and TF.js mean different things by one name, its maker decides.

The differences stand in docs/meanings.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

KERAS_2, KERAS_3, TFJS, CALL = "keras 2", "keras 3", "tfjs", ""  # the last: nobody's file, a call from Python
_maker: ContextVar[str] = ContextVar("glbackend_maker", default=CALL)


@contextmanager
def made_by(maker: str) -> Iterator[None]:
    """Within the block configs mean what this maker means."""
    token = _maker.set(maker)
    try:
        yield
    finally:
        _maker.reset(token)


def maker() -> str:
    """Who made the file that is being read; CALL where none is."""
    return _maker.get()


def maker_of(version: object) -> str:
    """The maker who writes this `keras_version` into a file; TF.js where there is none.

    >>> maker_of("2.15.1"), maker_of("3.15.1"), maker_of("tfjs-layers 4.22.0"), maker_of(None)
    ('keras 2', 'keras 3', 'tfjs', 'tfjs')
    """
    text = str(version)
    if text.startswith("2."):
        return KERAS_2
    return KERAS_3 if text.startswith("3.") else TFJS
