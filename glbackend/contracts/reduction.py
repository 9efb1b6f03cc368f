"""Contracts of the reductions: axes as TF.js sends them (absent, int, list, negative) made sorted tuples."""

from collections.abc import Sequence

from glbackend.base.dtypes import DType
from glbackend.base.errors import DtypeError
from glbackend.base.shapes import Spec, normalize_axes, reduced_shape
from glbackend.contracts.contract import Checked, contract

Axes = int | Sequence[int] | None
NUMERIC: tuple[DType, ...] = ("float32", "int32", "bool")


def _reduced(
    op: str, x: Spec, axis: Axes, keep_dims: bool, accepts: tuple[DType, ...], dtype: DType
) -> Checked:
    if x.dtype not in accepts:
        raise DtypeError(
            f"{op}: argument 'x' is {x.dtype}, but must be {' or '.join(accepts)}: cast it first"
        )
    axes = normalize_axes(axis, x.rank, op)
    return Checked(Spec(reduced_shape(x.shape, axes, keep_dims), dtype), {"axes": axes})


def _summed(dtype: DType) -> DType:
    return "int32" if dtype == "bool" else dtype


@contract("Sum")
def sum_(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """A sum of bools counts in int32."""
    return _reduced("sum", x, axis, keep_dims, NUMERIC, _summed(x.dtype))


@contract("Prod")
def prod(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """A product of bools is int32."""
    return _reduced("prod", x, axis, keep_dims, NUMERIC, _summed(x.dtype))


@contract("Mean")
def mean(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """A mean is float32, whatever it is the mean of."""
    return _reduced("mean", x, axis, keep_dims, NUMERIC, "float32")


@contract("Max")
def max_(x: Spec, *, reduction_indices: Axes = None, keep_dims: bool = False) -> Checked:
    """The dtype stays."""
    return _reduced("max", x, reduction_indices, keep_dims, NUMERIC, x.dtype)


@contract("Min")
def min_(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """The dtype stays."""
    return _reduced("min", x, axis, keep_dims, NUMERIC, x.dtype)


@contract("All")
def all_(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """Bools only."""
    return _reduced("all", x, axis, keep_dims, ("bool",), "bool")


@contract("Any")
def any_(x: Spec, *, axis: Axes = None, keep_dims: bool = False) -> Checked:
    """Bools only."""
    return _reduced("any", x, axis, keep_dims, ("bool",), "bool")
