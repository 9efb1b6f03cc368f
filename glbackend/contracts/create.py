"""Contracts of kernels that make a tensor of numbers: Fill, ZerosLike, OnesLike, Range, LinSpace, Diag."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.base.dtypes import check_dtype, infer_dtype, to_numpy
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, check_shape
from glbackend.contracts.contract import Checked, contract


@contract("Fill")
def fill(*, shape: Sequence[int], value: Any, dtype: str | None = None) -> Checked:
    """`value` is a Python scalar; without `dtype`, numbers fill float32, bools bool, text string."""
    scalar = to_numpy(value, None, "fill: argument 'value'")
    if scalar.ndim:
        raise ArgumentError(f"fill: argument 'value' must be one number, bool or string, got {value!r}")
    target = check_dtype(dtype) if dtype else infer_dtype(scalar)
    cast = to_numpy(value, target, "fill: argument 'value'")
    return Checked(Spec(check_shape(shape, "fill"), target), {"value": cast.item()})


@contract("ZerosLike")
def zeros_like(x: Spec) -> Checked:
    """Any dtype; strings become empty."""
    return Checked(x)


@contract("OnesLike")
def ones_like(x: Spec) -> Checked:
    """Any dtype but string."""
    if x.dtype == "string":
        raise DtypeError("onesLike: a string tensor has no ones: use float32, int32, bool or complex64")
    return Checked(x)


@contract("Range")
def range_(*, start: float, stop: float, step: float = 1, dtype: str = "float32") -> Checked:
    """Empty where `step` leads away from `stop`, as in TF.js; a step of 1 means -1 where stop < start."""
    if dtype not in ("float32", "int32"):
        raise DtypeError(f"range: dtype must be float32 or int32, got {dtype!r}")
    if step == 0:
        raise ArgumentError("range: argument 'step' cannot be 0")
    if not all(math.isfinite(number) for number in (start, stop, step)):
        raise ArgumentError(f"range: start, stop and step must be finite, got {start}, {stop}, {step}")
    if stop < start and step == 1:
        step = -1
    count = max(math.ceil((stop - start) / step), 0)
    stop = start + max(count - 1, 0) * step
    return Checked(Spec((count,), check_dtype(dtype)), {"start": start, "stop": stop, "step": step})


@contract("LinSpace")
def lin_space(*, start: float, stop: float, num: int) -> Checked:
    """At least one value; one alone is `start`."""
    if int(num) != num or num <= 0:
        raise ArgumentError(f"linspace: argument 'num' must be a whole number of at least 1, got {num}")
    step = (stop - start) / (num - 1) if num > 1 else 0.0
    return Checked(Spec((int(num),)), {"start": float(start), "stop": float(stop), "step": step})


@contract("Diag")
def diag(x: Spec) -> Checked:
    """The shape twice over."""
    if x.rank < 1:
        raise ShapeError(f"diag: x must have rank 1 or more, got shape {list(x.shape)}")
    if x.dtype in ("complex64", "string"):
        raise DtypeError(f"diag: x must be float32, int32 or bool, got {x.dtype}")
    return Checked(Spec(x.shape + x.shape, x.dtype))
