"""Rows with several inputs. Columns as in `unary`; gradients are one function per input, before un-broadcasting."""

import numpy as np

from glbackend.table.row import Row

AB = ("a", "b")

BINARY = (
    Row("Add",      "add",  "a + b", np.add,      (lambda dy: dy, lambda dy: dy),                     inputs=AB, integer="a + b"),
    Row("Sub",      "sub",  "a - b", np.subtract, (lambda dy: dy, lambda dy: -dy),                    inputs=AB, integer="a - b"),
    Row("Multiply", "mul",  "a * b", np.multiply, (lambda dy, b: dy * b, lambda dy, a: dy * a),       inputs=AB, integer="a * b"),
    Row("Less",     "less", "ivec4(lessThan(a, b))", np.less, inputs=AB, integer="ivec4(lessThan(a, b))", result="bool"),
)  # fmt: skip
