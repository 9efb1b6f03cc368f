"""Rows one after the other: what a chain of them is made of, and the dtypes on the way."""

from collections.abc import Sequence
from typing import NamedTuple

from glbackend.base.dtypes import DType
from glbackend.table import ROWS


class Step(NamedTuple):
    """One row applied to registers: first the inputs, then the steps. Cast has its target dtype.

    The attrs of the row in step n are numbers beside the chain, `s<n>_<name>`.
    """

    kernel: str
    registers: tuple[int, ...]
    dtype: DType | None = None


def dtypes_of(given: Sequence[DType], steps: Sequence[Step]) -> list[DType]:
    """The dtype of each register, where the first are `given`.

    >>> dtypes_of(["float32", "int32"], [Step("Add", (0, 1)), Step("Greater", (2, 0))])
    ['float32', 'int32', 'float32', 'bool']
    """
    dtypes = list(given)
    for step in steps:
        if step.dtype is not None:
            dtypes.append(step.dtype)
            continue
        row = ROWS[step.kernel]
        dtypes.append(row.result_dtype(row.compute_dtype(tuple([dtypes[i] for i in step.registers]))))
    return dtypes
