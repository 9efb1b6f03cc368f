"""Kernels that may run on the host where their data lies there: those with the same bits on both backends.

Equal values give equal results, wherever they were made. So only what moves, sees or fills may be forwarded,
and whole numbers in arithmetic without division; all else draws, however small it is.
"""

from collections.abc import Sequence

from glbackend.contracts.contract import Checked
from glbackend.engine.storage import Handle

MAX_ELEMENTS = 128  # of each input; more are worth a draw

MOVING = frozenset({
    "BatchToSpaceND", "Complex", "Concat", "DepthToSpace", "Diag", "ExpandDims", "GatherNd",
    "GatherV2", "Identity", "Imag", "MirrorPad", "OneHot", "OnesLike", "Pack", "PadV2", "Real", "Reshape",
    "Reverse", "Select", "Slice", "SpaceToBatchND", "SplitV", "StridedSlice", "Tile", "Transpose", "Unpack",
    "ZerosLike",
})  # fmt: skip
COUNTING = frozenset({
    "Abs", "Add", "AddN", "All", "Any", "ArgMax", "ArgMin", "BitwiseAnd", "Cast", "Cumsum", "Equal",
    "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr", "Max",
    "Maximum", "Min", "Minimum", "Multiply", "Neg", "NotEqual", "Prod", "Sign", "Square",
    "SquaredDifference", "Sub", "Sum",
})  # fmt: skip


def may_be_forwarded(kernel: str, handles: Sequence[Handle], checked: Checked) -> bool:
    """Whether the host gives the same bits for these inputs."""
    if kernel in MOVING:
        return True
    whole = ("int32", "bool")
    return (
        kernel in COUNTING
        and all(x.spec.dtype in whole for x in handles)
        and all(spec.dtype in whole for spec in checked.outs)
    )
