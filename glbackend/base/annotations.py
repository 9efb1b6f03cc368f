"""Annotations read at run time, for the messages of wrong calls: whether a value fits, and the words for
both.

Lenient where Python is (an int is a number, NumPy's scalars are Python's), and silent on what it does not
know.
"""

import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

_WORDS: dict[Any, str] = {
    int: "an int", float: "a number", bool: "True or False", str: "a string", bytes: "bytes",
    type(None): "None", complex: "a number", dict: "a dict",
}  # fmt: skip
LARGEST = int(sys.float_info.max)
_NUMBERS = (int, float, np.bool_, np.integer, np.floating)


def fits(value: Any, hint: Any) -> bool:
    """Whether `value` is what the annotation says; True for annotations that say nothing here.

    >>> fits(3, int), fits("a", int | None), fits([1, "a"], list[int])
    (True, False, False)
    """
    if hint is Any or isinstance(hint, typing.TypeVar | str):
        return True
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if hint is None or hint is type(None):
        return value is None
    if hint is int:
        return _is_whole(value)
    if hint in (float, complex, bool):
        return _is_number(value)
    if origin is None:
        return not isinstance(hint, type) or isinstance(value, hint)
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        items = _items(value)
        return items is not None and len(items) == len(inner) and all(map(fits, items, inner))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping)
    if isinstance(origin, type) and issubclass(origin, Iterable) and origin is not np.ndarray:
        items = _items(value)
        return items is not None and (not inner or all(fits(item, inner[0]) for item in items))
    return callable(value) if origin is Callable else isinstance(value, origin)


def _is_whole(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return False
    if hasattr(value, "dtype") and not isinstance(value, np.generic):  # an array, a tensor
        return getattr(value, "size", 0) == 1 and "int" in str(value.dtype)
    return hasattr(value, "__index__") and not isinstance(value, np.bool_)


def _is_number(value: Any) -> bool:
    if isinstance(value, _NUMBERS):
        return not isinstance(value, int) or abs(value) <= LARGEST  # float() takes no larger one
    if isinstance(value, np.ndarray):
        return False
    if hasattr(value, "dtype"):  # a tensor
        return getattr(value, "size", 0) == 1 and str(value.dtype).startswith(
            ("float", "int", "uint", "bool")
        )
    return not isinstance(value, str | bytes) and hasattr(value, "__float__")


def _items(value: Any) -> list[Any] | None:
    """The entries of a list-like value, None where it is none."""
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        return None
    if isinstance(value, np.ndarray):
        return list(value.tolist()) if value.ndim else None
    try:
        return list(value)
    except (TypeError, ValueError):  # a tensor of rank 0, an iterator that fails
        return None


def wanted(hint: Any) -> str:
    """The annotation in words.

    >>> from collections.abc import Sequence
    >>> wanted(int | Sequence[int] | None), wanted(typing.Literal["same", "valid"])
    ('an int, a list of ints or None', "'same' or 'valid'")
    """
    words = list(dict.fromkeys(_words(hint)))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _words(hint: Any) -> list[str]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if any(getattr(one, "__name__", "") == "Tensor" for one in inner) and len(inner) > 4:  # TensorLike
            return ["a tensor, an array, a list or a number"] + ["None"] * (type(None) in inner)
        return [word for one in inner for word in _words(one)]
    if origin is typing.Literal:
        return [repr(one) for one in inner]
    if hint is None:
        return ["None"]
    if origin is None:
        return [_WORDS.get(hint) or f"a {getattr(hint, '__name__', hint)}"]
    if origin is Callable:
        return ["a function"]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return ["a dict"]
    entries = [one for one in inner if one is not Ellipsis]
    if not entries or origin is np.ndarray:
        return ["an array" if origin is np.ndarray else "a list"]
    plural = " or ".join(dict.fromkeys(_plural(word) for word in _words(entries[0]) if word != "None"))
    return [f"a list of {plural}"]


def _plural(word: str) -> str:
    if word[0] == "'" or word in ("None", "True or False", "bytes"):
        return word
    plain = word.removeprefix("an ").removeprefix("a ")
    return plain if " of " in plain or ", " in plain else f"{plain}s"


def got(value: Any, with_type: bool = True) -> str:
    """The value in a few words: a tensor or array by dtype and shape, else its repr, cut short, and its type.

    >>> got("a"), got(np.zeros((2, 3))), got(None)
    ("'a' (str)", 'an array of shape [2, 3] (float64)', 'None')
    """
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, tuple) and dtype is not None and not isinstance(value, np.generic | type):
        kind = "an array" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        return f"{kind} of shape {list(shape)} ({dtype})"
    text = repr(value)
    if len(text) > 60:
        text = f"{text[:56]} ..."
    if not with_type or value is None or isinstance(value, bool | list | dict):
        return text
    return f"{text} ({type(value).__name__})"
