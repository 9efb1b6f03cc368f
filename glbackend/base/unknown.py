"""What a loaded file names, is unknown here, and prediction does without: kept until training asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from glbackend.base.errors import ArgumentError

_noted: ContextVar[list[str] | None] = ContextVar("glbackend_unknown", default=None)


class Unknown:
    """Stands for a regularizer, constraint or initializer; files get back what they held."""

    def __init__(self, kind: str, given: Any, why: str) -> None:
        self.kind, self.given, self.why = kind, given, why

    def __call__(self, *values: Any) -> Any:
        raise ArgumentError(
            f"the {self.kind} of the loaded model cannot be used: {self.why}; "
            f"load the model again once it is known"
        )


def refuse_unknown(*things: object) -> None:
    """ArgumentError where one of them is unknown."""
    for one in things:
        if isinstance(one, Unknown):
            one()


def note_unknown(what: str) -> bool:
    """Notes what does not exist here; False where no file is being loaded, so that it is an error."""
    noted = _noted.get()
    if noted is None:
        return False
    noted.append(what)
    return True


@contextmanager
def unknown_noted() -> Iterator[list[str]]:
    """Within the block a file is loaded; gives what was noted."""
    noted: list[str] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
