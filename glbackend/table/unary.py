"""Rows with one input. Columns: kernel, op, GLSL on vec4, NumPy, gradient, and what differs from the default."""

import numpy as np

from glbackend.table.row import Row

UNARY = (
    # kernel      op          GLSL              NumPy                            gradient
    Row("Neg",    "neg",      "-x",             np.negative,                     lambda dy: -dy, integer="-x"),
    Row("Square", "square",   "x * x",          np.square,                       lambda dy, x: dy * (x * 2.0), integer="x * x"),
    Row("Exp",    "exp",      "exp(x)",         np.exp,                          lambda dy, y: dy * y),
    Row("Relu",   "relu",     "mix(x, vec4(0.0), lessThan(x, vec4(0.0)))", lambda x: np.where(x < 0, x.dtype.type(0), x), lambda dy, x: dy * x.step(), integer="max(x, 0)"),
    Row("Step",   "step",     "mix(vec4(alpha), vec4(1.0), greaterThan(x, vec4(0.0)))", lambda x, alpha: np.where(x > 0, x.dtype.type(1), x.dtype.type(alpha)), lambda dy: dy * 0.0, attrs={"alpha": 0.0}),
)  # fmt: skip
