"""Rows of logic and choice. Columns as in `elementary`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.table.functions import select
from glbackend.table.row import Row

AB = ("a", "b")


def _logic(kernel: str, op: str, integer: str, numpy: Callable[..., Any]) -> Row:
    return Row(kernel, op, "", numpy, inputs=AB, integer=integer, accepts=("bool",), keeps_bool=True)


LOGICAL = (
    # kernel            op              integer GLSL        NumPy
    Row("LogicalNot", "logical_not", "",                    np.logical_not,      integer="1 - x", accepts=("bool",), keeps_bool=True),
    _logic("LogicalAnd",  "logical_and",   "a & b",            np.logical_and),
    _logic("LogicalOr",   "logical_or",    "a | b",            np.logical_or),
    Row("Select",     "where",    "mix(e, t, notEqual(condition, ivec4(0)))", select,
        (None, lambda dy, condition, *, condition_shape: dy.where(condition.reshape(condition_shape), 0.0),
         lambda dy, condition, *, condition_shape: dy.where(condition.reshape(condition_shape).logical_not(), 0.0)),
        inputs=("condition", "t", "e"), fixed={"condition": "bool"}, integer="e + (t - e) * condition", keeps_bool=True),
)  # fmt: skip
