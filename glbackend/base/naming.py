"""The one place where camelCase and snake_case meet: TF.js's names on disk, Python's names in code."""

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from glbackend.base.to_come import TO_COME

_WORD = re.compile(r"(.)([A-Z][a-z0-9]+)")
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


def hint(where: str, name: str, known: Callable[[str], bool]) -> str:
    """What to say of an unknown attribute: its Python spelling, or that it is still to come.

    >>> hint("glbackend", "matMul", {"matmul"}.__contains__)
    "glbackend has no attribute 'matMul': in Python it is 'matmul'"
    """
    plain = snake_case(name)
    for spelling in (plain, plain.replace("_", "")):
        if spelling != name and known(spelling):
            return f"{where} has no attribute {name!r}: in Python it is {spelling!r}"
    if f"{where}.{plain}".removeprefix("glbackend.") in _COMING:
        return f"{where} has no attribute {name!r} yet; to come: docs/coverage.md"
    return f"{where} has no attribute {name!r}"


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
            raise AttributeError(hint(where, name, known))
        found: Any = import_module(coming[name])
        if coming[name] != f"{where}.{name}":
            found = getattr(found, name)
        vars(module)[name] = found
        return found

    vars(module)["__getattr__"] = unknown
    if coming:
        vars(module)["__dir__"] = lambda: sorted({*vars(module), *coming})
