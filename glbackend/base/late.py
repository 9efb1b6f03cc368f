"""Late attrs: numbers that change from call to call without being an input of a kernel.

A learning rate, the number of a step, the key of a random kernel. Where nothing is traced they are plain
numbers. A trace records a `Late` in their place, which is asked for its value once in each replay.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Keep = Callable[[], Callable[[], None]]  # gives a function that puts back what asking changes


class Late:
    """A value to be asked for. Equal only to itself, so that no cache takes it for a number.

    `present` is the value that it would give now: what contracts check. Asking may change what is behind it
    (a generator moves on, a step is counted); making it, and reading `present`, changes nothing.

    >>> rate = Late(lambda: 0.5, 0.5)
    >>> half = rate.map(lambda number: number / 2)
    >>> half.present, values_of([rate, half])[half]
    (0.25, 0.25)
    """

    __slots__ = ("_ask", "_source", "keep", "present")

    def __init__(
        self, ask: Callable[..., Any], present: Any, source: "Late | None" = None, keep: Keep | None = None
    ) -> None:
        self._ask = ask
        self._source = source
        self.present = present
        self.keep = keep

    def map(self, function: Callable[[Any], Any]) -> "Late":
        """`function` of this value: called with the present one at once, so that it raises what it raises."""
        return Late(function, function(self.present), self)

    def __repr__(self) -> str:
        return f"late({self.present!r})"

    def value(self, known: dict["Late", Any]) -> Any:
        """The value in this replay; `known` holds those that were asked already, and takes up new ones."""
        if self not in known:
            known[self] = self._ask() if self._source is None else self._ask(self._source.value(known))
        return known[self]


def values_of(lates: Iterable[Late]) -> dict[Late, Any]:
    """Asks each once, in their order."""
    known: dict[Late, Any] = {}
    for late in lates:
        late.value(known)
    return known


@contextmanager
def asked(lates: Iterable[Late]) -> Iterator[dict[Late, Any]]:
    """As `values_of`, for a block; where the block fails, what the asking changed is put back."""
    back = [late.keep() for late in lates if late.keep is not None]
    try:
        yield values_of(lates)
    except BaseException:
        for put_back in reversed(back):
            put_back()
        raise


def derived(function: Callable[[Any], Any], value: Any) -> Any:
    """`function(value)`; of something late, something late.

    >>> derived(float, 3)
    3.0
    """
    return value.map(function) if isinstance(value, Late) else function(value)
