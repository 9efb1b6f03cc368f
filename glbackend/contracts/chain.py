"""The contract of Chain, the one shape of a fused pass: a root, or none, and rows one after the other."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.contracts.contract import Checked, contract
from glbackend.table.step import Step, dtypes_of


class Prologue(NamedTuple):
    """Rows that give the only input of a root, of shape and dtype `spec`: a reduction's."""

    steps: tuple[Step, ...]
    numbers: Mapping[str, float]
    spec: Spec


class Root(NamedTuple):
    """The kernel whose result a chain begins with: the names of its inputs, and what its contract gave.

    With a prologue the names are those of the operands of that.
    """

    kernel: str
    names: tuple[str, ...]
    out: Spec
    attrs: Mapping[str, Any]
    prologue: Prologue | None = None


@contract("Chain")
def chain(
    xs: list[Spec],
    *,
    steps: tuple[Step, ...],
    numbers: Mapping[str, float] | None = None,
    root: Root | None = None,
) -> Checked:
    """What the last of `steps` gives. Registers are the root's result, if there is a root, then the operands,
    then the results of the steps; the inputs are those of the root, then the operands.
    """
    if not steps and (root is None or root.prologue is None):
        raise ArgumentError("Chain: needs at least one step")
    given = xs if root is None else [root.out, *xs[len(root.names) :]]
    dtypes = dtypes_of([x.dtype for x in given], steps)
    shape = reduce(lambda a, b: broadcast_shapes(a, b, "Chain"), [x.shape for x in given])
    if root is not None and shape != root.out.shape:
        raise ShapeError(f"Chain: operands make {list(shape)} of the root's {list(root.out.shape)}")
    return Checked(Spec(shape, dtypes[-1]), {"steps": steps, "numbers": dict(numbers or {}), "root": root})
