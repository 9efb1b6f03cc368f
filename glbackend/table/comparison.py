"""Rows of comparisons and tests, which give bool. Columns as in `elementary`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.table.row import COMPLEX, NUMBERS, Row

AB = ("a", "b")
BITS = "lib/math_bits.glsl"
ORDERED: tuple[DType, ...] = (*NUMBERS, "string")
EQUATABLE: tuple[DType, ...] = (*COMPLEX, "string")


def _test(
    kernel: str, op: str, glsl: str, numpy: Callable[..., Any], accepts: tuple[DType, ...] = NUMBERS
) -> Row:
    """A comparison, by the name of GLSL's function."""
    expression = f"ivec4({glsl}(a, b))"
    return Row(kernel, op, expression, numpy, inputs=AB, integer=expression, result="bool", accepts=accepts)


COMPARISON = (
    # kernel               op               GLSL                NumPy
    _test("Equal",        "equal",         "equal",            np.equal,     EQUATABLE),
    _test("NotEqual",     "not_equal",     "notEqual",         np.not_equal, EQUATABLE),
    _test("Less",         "less",          "lessThan",         np.less, ORDERED),
    _test("LessEqual",    "less_equal",    "lessThanEqual",    np.less_equal, ORDERED),
    _test("Greater",      "greater",       "greaterThan",      np.greater, ORDERED),
    _test("GreaterEqual", "greater_equal", "greaterThanEqual", np.greater_equal, ORDERED),
    # - one input
    Row("IsNan",      "is_nan",     "ivec4(is_nan(x))",     np.isnan,            integer="ivec4(0)", result="bool",    include=BITS),
    Row("IsInf",      "is_inf",     "ivec4(is_inf(x))",     np.isinf,            integer="ivec4(0)", result="bool",    include=BITS),
    Row("IsFinite",   "is_finite",  "ivec4(is_finite(x))",  np.isfinite,         integer="ivec4(1)", result="bool",    include=BITS),
)  # fmt: skip
