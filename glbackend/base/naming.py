"""The one place where camelCase and snake_case meet: TF.js's names on disk, Python's names in code."""

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from glbackend.base.spellings import GL, OTHERS
from glbackend.base.to_come import TO_COME

_WORD = re.compile(r"(.)([A-Z][a-z0-9]+)")
_ROOM = __name__.partition(".")[0] + "."
_CAPITAL = re.compile(r"([a-z])([A-Z])")
_COMING = TO_COME | {name.rpartition(".")[0] for name in TO_COME if "." in name}  # and their namespaces


def snake_case(name: str) -> str:
    """The Python spelling of a TF.js name, by the rule of TF.js's own toSnakeCase.

    >>> snake_case("meanSquaredError"), snake_case("transposeA"), snake_case("Conv2D")
    ('mean_squared_error', 'transpose_a', 'conv2d')
    """
    return _CAPITAL.sub(r"\1_\2", _WORD.sub(r"\1_\2", name)).lower()


def camel_case(name: str) -> str:
    """The TF.js spelling of a Python name.

    >>> camel_case("mean_squared_error")
    'meanSquaredError'
    """
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def hint(where: str, name: str, known: Callable[[str], bool], names: Iterable[str] = ()) -> str:
    """What to say of an unknown attribute: its Python spelling, another's name for it, or that it is to come.

    `where` names the place as users write it, or its class and bases, apart by commas; `known` tells what is
    there, `names` all of it, from which a near miss is found.

    >>> hint("glbackend", "matMul", {"matmul"}.__contains__)
    "glbackend has no attribute 'matMul': in Python it is 'matmul'"
    >>> hint("glbackend", "reduce_mean", {"mean"}.__contains__)
    "glbackend has no attribute 'reduce_mean': here it is 'mean'"
    """
    places = where.split(",")
    said, plain = f"{places[0]} has no attribute {name!r}", snake_case(name)
    for spelling in (plain, plain.replace("_", ""), plain.removesuffix("_optimizer")):
        if spelling != name and known(spelling):
            return f"{said}: in Python it is {spelling!r}"
    for place in places:
        table = OTHERS.get(place, {})
        other = table.get(name) or table.get(plain)
        if other is not None and known(other):
            return f"{said}: here it is {other!r}"
        if other is not None and not other.isidentifier():
            return f"{said}: {other if other.startswith('no ') else f'use {other}'}"
        if other is not None and other in (GL.get(name), GL.get(plain)):
            return f"{said}: use gl.{other}"
    if f"{places[0]}.{plain}".removeprefix("glbackend.") in _COMING:
        return f"{said} yet; to come: docs/coverage.md"
    public = [one for one in names if not one.startswith("_")]
    same = [one for one in public if one.replace("_", "").lower() == plain.replace("_", "")]
    near = same or difflib.get_close_matches(name, public, 1, 0.8)
    return f"{said}: did you mean {near[0]!r}?" if near else said


def answer_unknown(where: str, module: ModuleType, on_first_use: Mapping[str, str] | None = None) -> None:
    """Let a module answer unknown attributes with `hint`, under the name that users write for it.

    `on_first_use` names what is imported when it is first asked for: each with the module that has it, or
    that it is.
    """
    coming = on_first_use or {}

    def known(name: str) -> bool:
        return name in vars(module) or name in coming

    def unknown(name: str) -> Any:
        if name not in coming:
            names = () if name.startswith("_") else (*vars(module), *coming)
            raise AttributeError(hint(where, name, known, names))
        found: Any = import_module(coming[name])
        if coming[name] != f"{where}.{name}":
            found = getattr(found, name)
        vars(module)[name] = found
        return found

    vars(module)["__getattr__"] = unknown
    if coming:
        vars(module)["__dir__"] = lambda: sorted({*vars(module), *coming})


def answer(cls: Any, name: str) -> str:
    """What to say of an attribute that objects of a class have not got."""
    known: dict[str, str] = vars(cls).get("_answers") or {}  # whoever asks with hasattr asks often
    if name not in known:
        where = ",".join(base.__name__ for base in cls.__mro__)
        known[name] = hint(where, name, lambda other: hasattr(cls, other))
        cls._answers = known  # in the class, and so gone with a user's
    return known[name]


def ours(thing: Any) -> bool:
    """Whether a class, a function or an object is the library's own, not a user's."""
    return str(getattr(thing, "__module__", None)).startswith(_ROOM)


def check_spelling(thing: Any, name: str) -> None:
    """AttributeError where an object of ours is given an attribute that none reads, near one that it has.

    That is TF.js's spelling, another library's name, or a slip of one letter; what our own code sets, and
    what is near nothing, is free.
    """
    cls = type(thing)
    if name in vars(thing) or name.startswith("_") or not ours(cls) or hasattr(cls, name) or _set_by_ours():
        return
    said, plain = f"{cls.__name__} has no attribute {name!r}", snake_case(name)
    if plain != name and hasattr(thing, plain):
        raise AttributeError(f"{said}: in Python it is {plain!r}")
    held = {one for one in dir(cls) if isinstance(getattr(cls, one), property)} | vars(thing).keys()
    others = [OTHERS.get(base.__name__, {}).get(name) for base in cls.__mro__]
    near = [one for one in held if one in others or (one[0] != "_" and _meant(plain, one))]
    if near:
        raise AttributeError(f"{said}: did you mean {min(near)!r}?")


def _set_by_ours() -> bool:
    """Whether it is our own code that sets an attribute."""
    frame: Any = sys._getframe(2)
    while frame.f_code.co_name == "__setattr__":
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).startswith(_ROOM)


def _meant(name: str, other: str) -> bool:
    """Whether a name is another but for underscores, or for one letter of many; not `kernel2`, `metric`."""
    a, b = name.replace("_", ""), other.replace("_", "")
    if a == b or len(a) < 6 or a.rstrip("s") == b.rstrip("s") or re.sub(r"\D", "", a) != re.sub(r"\D", "", b):
        return a == b
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[same:], b[same:]
    return x[1:] == y[1:] or x[1:] == y or x == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:])


class Answering:
    """Objects that answer an unknown attribute with `hint`, by the tables of their classes."""

    def __getattr__(self, name: str) -> Any:
        cls: Any = type(self)
        if hasattr(cls, name):  # a property that failed: its own error is to be seen
            return object.__getattribute__(self, name)
        raise AttributeError(answer(cls, name))
