"""Nested lists, tuples and dicts: what they hold, and the same with something else in each place."""

from collections.abc import Callable, Iterator
from typing import Any


def leaves(kind: type | tuple[type, ...], value: Any) -> Iterator[Any]:
    """Everything of a kind in nested lists, tuples, sets and dicts, in its order.

    >>> list(leaves(int, [1, {"a": (2, "x")}]))
    [1, 2]
    """
    if isinstance(value, kind):
        yield value
    elif isinstance(value, dict):
        yield from leaves(kind, list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from leaves(kind, item)


def only(kind: type | tuple[type, ...], value: Any) -> bool:
    """Whether a value, or all within nested lists, tuples and dicts, is of a kind.

    >>> only(int, [1, {"a": (2, 3)}]), only(int, [1, "x"])
    (True, False)
    """
    if isinstance(value, dict):
        return all(only(kind, one) for one in value.values())
    return isinstance(value, kind) or (
        isinstance(value, list | tuple) and all(only(kind, one) for one in value)
    )


def map_leaves(kind: type | tuple[type, ...], function: Callable[[Any], Any], value: Any) -> Any:
    """`value` with `function` of everything of a kind in its place; lists, tuples and dicts are made anew.

    >>> map_leaves(int, lambda n: -n, [1, {"a": (2, "x")}])
    [-1, {'a': (-2, 'x')}]
    """
    if isinstance(value, kind):
        return function(value)
    if isinstance(value, dict):
        return {key: map_leaves(kind, function, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [map_leaves(kind, function, item) for item in value]
        if isinstance(value, list):
            return items
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
