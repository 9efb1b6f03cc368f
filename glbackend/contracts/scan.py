"""Contracts of the scans: Cumsum, Cumprod."""

from typing import Any

from glbackend.base.errors import DtypeError
from glbackend.base.shapes import Spec, normalize_axis
from glbackend.contracts.contract import Checked, contract


def _scanned(op: str, x: Spec, axis: int, exclusive: Any, reverse: Any) -> Checked:
    if x.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"{op}: x must be float32, int32 or bool, got {x.dtype}")
    attrs = {
        "axis": normalize_axis(axis, x.rank, op),
        "exclusive": bool(exclusive),
        "reverse": bool(reverse),
    }
    return Checked(Spec(x.shape, "float32" if x.dtype == "float32" else "int32"), attrs)


@contract("Cumsum")
def cumsum(x: Spec, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Checked:
    """The shape stays; bools count in int32."""
    return _scanned("cumsum", x, axis, exclusive, reverse)


@contract("Cumprod")
def cumprod(x: Spec, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Checked:
    """The shape stays; products of bools are int32."""
    return _scanned("cumprod", x, axis, exclusive, reverse)
