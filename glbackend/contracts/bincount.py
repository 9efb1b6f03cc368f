"""Contracts of kernels that count: Bincount, DenseBincount. The attrs are sizes: x is [rows, columns]."""

from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


def _checked(op: str, x: Spec, weights: Spec, size: int) -> int:
    if x.dtype != "int32":
        raise DtypeError(f"{op}: x must be int32, got {x.dtype}: use x.cast('int32')")
    if weights.dtype not in ("float32", "int32"):
        raise DtypeError(f"{op}: weights must be float32 or int32, got {weights.dtype}")
    if int(size) != size or size < 0:
        raise ArgumentError(f"{op}: size must be a whole number and non-negative, got {size}")
    if weights.size not in (x.size, 0):
        raise ShapeError(
            f"{op}: weights must have the size of x or 0-length, got x {list(x.shape)}, "
            f"weights {list(weights.shape)}"
        )
    return int(size)


@contract("Bincount")
def bincount(x: Spec, weights: Spec, *, size: int) -> Checked:
    """One row of counts, of the dtype of the weights."""
    size = _checked("bincount", x, weights, size)
    return Checked(Spec((size,), weights.dtype), {"rows": 1, "columns": x.size})


@contract("DenseBincount")
def dense_bincount(x: Spec, weights: Spec, *, size: int, binary_output: Any = False) -> Checked:
    """A row of counts for each row of x."""
    size = _checked("denseBincount", x, weights, size)
    if x.rank > 2:
        raise ShapeError(f"denseBincount: x must be at most rank 2, but got rank {x.rank}")
    rows, columns = x.shape if x.rank == 2 else (1, x.size)
    attrs = {"rows": rows, "columns": columns, "binary_output": bool(binary_output)}
    return Checked(Spec((rows, size) if x.rank == 2 else (size,), weights.dtype), attrs)
