"""The one place where camelCase and snake_case meet: TF.js's names on disk, Python's names in code."""

import re
from collections.abc import Mapping

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


def python_spelling(where: str, name: str, known: Mapping[str, object]) -> str:
    """What to say of an unknown attribute: its Python spelling, where the name is TF.js's.

    >>> python_spelling("glbackend", "matMul", {"matmul": 1})
    "glbackend has no attribute 'matMul': in Python it is 'matmul'"
    """
    for spelling in (snake_case(name), snake_case(name).replace("_", "")):
        if spelling != name and spelling in known:
            return f"{where} has no attribute {name!r}: in Python it is {spelling!r}"
    return f"{where} has no attribute {name!r}"
