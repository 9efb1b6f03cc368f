"""Cases of the elementwise rows, made from the table: broadcasting of every kind, each dtype, special values."""

from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.table import ROWS
from glbackend.table.row import Row
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, integers, uniform


def _call(row: Row) -> object:
    return lambda *xs: engine().run_kernel(row.kernel, dict(zip(row.inputs, xs, strict=True)), row.attrs)


def _inputs(row: Row, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    low, high = row.domain
    return tuple(
        bools(*shape) if row.fixed.get(name) == "bool" else uniform(low, high, *shape, seed=i)
        for i, (name, shape) in enumerate(zip(row.inputs, shapes, strict=True))
    )


def _cases() -> list[Case]:
    found = []
    for row in ROWS.values():
        if "float32" not in row.accepts:
            continue
        n = len(row.inputs)
        grad = tuple(i for i, name in enumerate(row.inputs) if name in row.gradients())
        found.append(case(row.kernel, "odd", _call(row), *_inputs(row, *[(2, 3, 5)] * n), grad=grad))
    return found


CASES = _cases()
