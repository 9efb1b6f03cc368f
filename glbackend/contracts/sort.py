"""Contracts of kernels that order and look up by order: TopK, SearchSorted."""

import math
from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("TopK")
def topk(x: Spec, *, k: int = 1, sorted: Any = True) -> Checked:
    """Values and indices; `sorted` changes nothing, the results always are."""
    if x.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"topk: x must be float32, int32 or bool, got {x.dtype}")
    if x.rank == 0:
        raise ShapeError("topk() expects the input to be of rank 1 or higher")
    if int(k) != k or k < 0:
        raise ArgumentError(f"'k' passed to topk() must be >= 0 and whole, but got {k}")
    if k > x.shape[-1]:
        raise ArgumentError(f"'k' passed to topk() must be <= the last dimension ({x.shape[-1]}) but got {k}")
    shape = (*x.shape[:-1], int(k))
    attrs = {"k": int(k), "rows": math.prod(x.shape[:-1])}
    return Checked((Spec(shape, x.dtype), Spec(shape, "int32")), attrs)


@contract("SearchSorted")
def search_sorted(sorted_sequence: Spec, values: Spec, *, side: str = "left") -> Checked:
    """Both of one dtype and with the same leading dims; the result has the shape of the values."""
    for name, spec in (("sorted_sequence", sorted_sequence), ("values", values)):
        if spec.dtype not in ("float32", "int32", "bool"):
            raise DtypeError(f"searchSorted: {name} must be float32, int32 or bool, got {spec.dtype}")
        if spec.rank == 0:
            raise ShapeError(f"searchSorted: {name} must have rank 1 or higher")
    if sorted_sequence.dtype != values.dtype:
        raise DtypeError(
            f"searchSorted: sorted_sequence is {sorted_sequence.dtype}, values are {values.dtype}: cast one"
        )
    if sorted_sequence.shape[:-1] != values.shape[:-1]:
        raise ShapeError(
            "searchSorted: leading dims of sorted_sequence and values must match, got "
            f"{list(sorted_sequence.shape)} and {list(values.shape)}"
        )
    if side not in ("left", "right"):
        raise ArgumentError(f"searchSorted: side must be 'left' or 'right', got {side!r}")
    return Checked(Spec(values.shape, "int32"), {"side": side})
