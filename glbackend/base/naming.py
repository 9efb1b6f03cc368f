"""The one place where camelCase and snake_case meet: TF.js's names on disk, Python's names in code."""

import re
from collections.abc import Container
from types import ModuleType
from typing import NoReturn

from glbackend.base.to_come import TO_COME

_WORD = re.compile(r"(.)([A-Z][a-z0-9]+)")
_CAPITAL = re.compile(r"([a-z])([A-Z])")


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


def hint(where: str, name: str, known: Container[str]) -> str:
    """What to say of an unknown attribute: its Python spelling, or that it is still to come.

    >>> hint("glbackend", "matMul", ["matmul"])
    "glbackend has no attribute 'matMul': in Python it is 'matmul'"
    >>> hint("glbackend", "loadGraphModel", [])
    "glbackend has no attribute 'loadGraphModel' yet; to come: docs/coverage.md"
    """
    for spelling in (snake_case(name), snake_case(name).replace("_", "")):
        if spelling != name and spelling in known:
            return f"{where} has no attribute {name!r}: in Python it is {spelling!r}"
    full = f"{where}.{snake_case(name)}".removeprefix("glbackend.")
    if any(coming == full or coming.startswith(full + ".") for coming in TO_COME):
        return f"{where} has no attribute {name!r} yet; to come: docs/coverage.md"
    return f"{where} has no attribute {name!r}"


def answer_unknown(where: str, module: ModuleType) -> None:
    """Let a module answer unknown attributes with `hint`, under the name that users write for it."""

    def unknown(name: str) -> NoReturn:
        raise AttributeError(hint(where, name, vars(module)))

    vars(module)["__getattr__"] = unknown
