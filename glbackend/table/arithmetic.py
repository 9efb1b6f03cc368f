"""Rows of arithmetic on two tensors. Columns as in `elementary`; gradients are one function per input, before un-broadcasting."""

from typing import Any

import numpy as np

from glbackend.table import functions as f
from glbackend.table.row import COMPLEX, Row

AB = ("a", "b")
ARC = "lib/math_arc.glsl"
ORDER = "lib/math_order.glsl"
POW = "lib/math_pow.glsl"
DIVIDE = "lib/divide.glsl"
INTEGER = "lib/integer.glsl"
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


ARITHMETIC = (
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
    Row("Atan2",      "atan2",    "atan2(a, b)", np.arctan2, (lambda dy, a, b: (dy * b).div_no_nan(a * a + b * b), lambda dy, a, b: -(dy * a).div_no_nan(a * a + b * b)), inputs=AB, include=ARC),
    Row("BitwiseAnd", "bitwise_and", "",       np.bitwise_and, inputs=AB, integer="a & b", accepts=("int32",)),
    # - order
    Row("Maximum",    "maximum",  "max_(a, b)", np.maximum,  (lambda dy, a, b: dy.where(a >= b, 0.0), lambda dy, a, b: dy.where(a < b, 0.0)), inputs=AB, integer="max(a, b)", include=ORDER),
    Row("Minimum",    "minimum",  "min_(a, b)", np.minimum,  (lambda dy, a, b: dy.where(a <= b, 0.0), lambda dy, a, b: dy.where(a > b, 0.0)), inputs=AB, integer="min(a, b)", include=ORDER),
)  # fmt: skip
