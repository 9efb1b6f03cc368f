"""Contract of BroadcastArgs: shapes as tensors."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("BroadcastArgs")
def broadcast_args(s0: Spec, s1: Spec) -> Checked:
    """Two vectors of int32; the result is as long as the longer one."""
    for place, spec in (("first", s0), ("second", s1)):
        if spec.dtype != "int32":
            raise DtypeError(
                f"broadcast_args: the {place} input must be int32, got {spec.dtype}: cast it first"
            )
        if spec.rank != 1:
            raise ShapeError(
                f"broadcastArgs(): {place} input must be a vector (rank=1). Has rank {spec.rank}"
            )
    return Checked(Spec((max(s0.shape[0], s1.shape[0]),), "int32"))
