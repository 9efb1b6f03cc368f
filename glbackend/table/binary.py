"""Rows with several inputs. Columns as in `unary`; gradients are one function per input, before un-broadcasting."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.table import functions as f
from glbackend.table.row import COMPLEX, NUMBERS, Row

AB = ("a", "b")
ARC = "lib/math_arc.glsl"
ORDER = "lib/math_order.glsl"
POW = "lib/math_pow.glsl"
DIVIDE = "lib/divide.glsl"
INTEGER = "lib/integer.glsl"
ORDERED: tuple[DType, ...] = (*NUMBERS, "string")
EQUATABLE: tuple[DType, ...] = (*COMPLEX, "string")
NONZERO = (0.3, 4.0)


def _conjugate(x: Any) -> Any:
    """x, or its complex conjugate: the gradient of a product runs against the phase of the other factor."""
    return x.real().complex(-x.imag()) if x.dtype == "complex64" else x


def _pow_da(dy: Any, a: Any, b: Any) -> Any:
    """b a^(b-1); 0 for b = 0, also at a = 0."""
    return dy * (b * a.pow((b - 1.0).where(b != 0.0, 0.0)))


def _pow_db(dy: Any, a: Any, y: Any) -> Any:
    """y ln a; 0 where a is not positive, as in TF.js."""
    return dy * (y * a.where(a > 0.0, 1.0).log())


def _test(
    kernel: str, op: str, glsl: str, numpy: Callable[..., Any], accepts: tuple[DType, ...] = NUMBERS
) -> Row:
    """A comparison, by the name of GLSL's function."""
    expression = f"ivec4({glsl}(a, b))"
    return Row(kernel, op, expression, numpy, inputs=AB, integer=expression, result="bool", accepts=accepts)


def _logic(kernel: str, op: str, integer: str, numpy: Callable[..., Any]) -> Row:
    return Row(kernel, op, "", numpy, inputs=AB, integer=integer, accepts=("bool",), keeps_bool=True)


BINARY = (
    # kernel          op          GLSL         NumPy         gradient
    # - arithmetic
    Row("Add",        "add",      "a + b",     np.add,       (lambda dy: dy, lambda dy: dy),                     inputs=AB, integer="a + b", accepts=COMPLEX),
    Row("Sub",        "sub",      "a - b",     np.subtract,  (lambda dy: dy, lambda dy: -dy),                    inputs=AB, integer="a - b", accepts=COMPLEX),
    Row("Multiply",   "mul",      "a * b",     np.multiply,  (lambda dy, b: dy * _conjugate(b), lambda dy, a: dy * _conjugate(a)), inputs=AB, integer="a * b", accepts=COMPLEX),
    Row("RealDiv",    "div",      "a / b",     np.divide,    (lambda dy, b: dy / b, lambda dy, b, y: -(dy * y / b)), inputs=AB, domain=NONZERO),
    Row("FloorDiv",   "floor_div", "to_int(floor_div(a, b))", f.floor_div,
        inputs=AB, integer="floor_div(a, b)", result="int32", include=DIVIDE, integer_include=INTEGER, domain=((-9.0, 9.0), NONZERO)),
    Row("Mod",        "mod",      "mod_(a, b)", np.mod,      (lambda dy: dy, lambda dy, a, b: -(dy * (a / b).floor())),
        inputs=AB, integer="mod_(a, b)", include=DIVIDE, integer_include=INTEGER, domain=((-9.0, 9.0), NONZERO)),
    Row("Pow",        "pow",      "pow_(a, b)", f.power,     (_pow_da, _pow_db),
        inputs=AB, integer="pow_(a, b)", include=POW, integer_include=INTEGER, domain=((0.3, 3.0), (-2.0, 3.0))),
    Row("SquaredDifference", "squared_difference", "(a - b) * (a - b)", lambda a, b: np.square(a - b),
        (lambda dy, a, b: dy * ((a - b) * 2.0), lambda dy, a, b: dy * ((b - a) * 2.0)), inputs=AB, integer="(a - b) * (a - b)"),
    Row("Atan2",      "atan2",    "atan2(a, b)", np.arctan2, (lambda dy, a, b: dy * b / (a * a + b * b), lambda dy, a, b: -(dy * a / (a * a + b * b))), inputs=AB, include=ARC),
    Row("BitwiseAnd", "bitwise_and", "",       np.bitwise_and, inputs=AB, integer="a & b", accepts=("int32",)),
    # - order
    Row("Maximum",    "maximum",  "max_(a, b)", np.maximum,  (lambda dy, a, b: dy.where(a >= b, 0.0), lambda dy, a, b: dy.where(a < b, 0.0)), inputs=AB, integer="max(a, b)", include=ORDER),
    Row("Minimum",    "minimum",  "min_(a, b)", np.minimum,  (lambda dy, a, b: dy.where(a <= b, 0.0), lambda dy, a, b: dy.where(a > b, 0.0)), inputs=AB, integer="min(a, b)", include=ORDER),
    _test("Equal",        "equal",         "equal",            np.equal,     EQUATABLE),
    _test("NotEqual",     "not_equal",     "notEqual",         np.not_equal, EQUATABLE),
    _test("Less",         "less",          "lessThan",         np.less, ORDERED),
    _test("LessEqual",    "less_equal",    "lessThanEqual",    np.less_equal, ORDERED),
    _test("Greater",      "greater",       "greaterThan",      np.greater, ORDERED),
    _test("GreaterEqual", "greater_equal", "greaterThanEqual", np.greater_equal, ORDERED),
    # - logic and choice
    _logic("LogicalAnd",  "logical_and",   "a & b",            np.logical_and),
    _logic("LogicalOr",   "logical_or",    "a | b",            np.logical_or),
    Row("Select",     "where",    "mix(e, t, notEqual(condition, ivec4(0)))", np.where,
        (None, lambda dy, condition, *, condition_shape: dy.where(condition.reshape(condition_shape), 0.0),
         lambda dy, condition, *, condition_shape: dy.where(condition.reshape(condition_shape).logical_not(), 0.0)),
        inputs=("condition", "t", "e"), fixed={"condition": "bool"}, integer="e + (t - e) * condition", keeps_bool=True),
)  # fmt: skip
