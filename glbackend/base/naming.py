"""The one place where camelCase and snake_case meet: TF.js's names on disk, Python's names in code."""

import re

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The Python spelling of a TF.js name.

    >>> snake_case("meanSquaredError"), snake_case("logSoftmax"), snake_case("conv2d")
    ('mean_squared_error', 'log_softmax', 'conv2d')
    """
    return _BOUNDARY.sub("_", name).lower()


def camel_case(name: str) -> str:
    """The TF.js spelling of a Python name.

    >>> camel_case("mean_squared_error")
    'meanSquaredError'
    """
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
