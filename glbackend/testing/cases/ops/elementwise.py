"""Cases of the elementwise rows, made from the table.

Each row in each dtype and at special values; a few rows in every way of broadcasting, rank, number of lanes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.table import ROWS
from glbackend.table.row import Row
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, integers, normal, uniform

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e30, -1e30]
TURNS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e4, -3e4, 1.5707964, 222031363.0, -1e30, 3e38]
INT_SPECIAL = [0, 1, -1, 2, -2, 7, -7, 2**31 - 1, -(2**31), 2**24 + 1]
SHARE = {
    "LeakyRelu": {"alpha": 0.3},
    "Step": {"alpha": -0.5},
    "ClipByValue": {"clip_value_min": -1.5, "clip_value_max": 2.25},
}
BROADCASTS = {  # name -> shapes of a and b
    "scalar": ((3, 5), ()),
    "left scalar": ((), (2, 3)),
    "row": ((4, 3, 6), (6,)),
    "column": ((2, 3, 5), (2, 3, 1)),
    "lane one": ((7, 5), (1, 1)),
    "both": ((3, 1, 5), (1, 4, 1)),
    "middle": ((2, 1, 3, 4), (5, 1, 4)),
    "outer": ((2, 3, 1, 5), (2, 1, 4, 5)),
    "six dims": ((2, 1, 2, 1, 3, 2), (1, 3, 1, 2, 1, 2)),
    "empty": ((0, 3), (1, 3)),
    "large row": ((256, 128), (128,)),  # large ones find their column another way
    "large column": ((2, 128, 128), (2, 128, 1)),
    "large outer": ((128, 1, 256), (1, 2, 256)),
}


def _call(row: Row) -> Any:
    attrs = SHARE.get(row.kernel, {})
    return lambda *xs: engine().run_kernel(row.kernel, dict(zip(row.inputs, xs, strict=True)), attrs)


def _domain(row: Row, i: int) -> tuple[float, float]:
    first = row.domain[0]
    return row.domain[i] if isinstance(first, tuple) else row.domain  # type: ignore[return-value]


def _inputs(row: Row, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    return tuple(
        bools(*shape) if row.fixed.get(name) == "bool" else uniform(*_domain(row, i), *shape, seed=i)
        for i, (name, shape) in enumerate(zip(row.inputs, shapes, strict=True))
    )


def _pairs(values: Sequence[float], count: int, dtype: Any) -> list[Array]:
    """Every combination of the values, one array for each of `count` inputs."""
    grid = np.meshgrid(*[np.array(values, dtype)] * count, indexing="ij")
    return [np.ascontiguousarray(axis.reshape(-1)) for axis in grid]


def _of_row(row: Row) -> list[Case]:
    name, call, n = row.kernel, _call(row), len(row.inputs)
    grad = tuple(i for i, one in enumerate(row.inputs) if one in row.gradients())
    free = [one for one in row.inputs if one not in row.fixed]
    found = []
    if "float32" in row.accepts:
        found.append(case(name, "odd", call, *_inputs(row, *[(2, 3, 5)] * n), grad=grad))
        special = _pairs(TURNS if name in ("Sin", "Cos", "Tan") else SPECIAL, len(free), np.float32)
        fixed = [bools(special[0].size)] if row.fixed else []
        found.append(case(name, "special", call, *fixed, *special))
    if "int32" in row.accepts:
        special = _pairs(INT_SPECIAL if row.integer else [0, 1, -1, 2, -3, 5, 80], len(free), np.int32)
        fixed = [bools(special[0].size)] if row.fixed else []
        found.append(case(name, "int32", call, *fixed, *special))
    if "bool" in row.accepts:
        found.append(case(name, "bool", call, *(bools(3, 7, seed=i) for i in range(n))))
    return found


def _broadcasts() -> list[Case]:
    found = []
    for label, (a, b) in BROADCASTS.items():
        grad = () if label == "empty" or "large" in label else (0, 1)
        found.append(
            case(
                "Multiply",
                f"broadcast {label}",
                _call(ROWS["Multiply"]),
                normal(*a),
                normal(*b, seed=1),
                grad=grad,
            )
        )
    for label, b in (
        ("scalar on the device", ()),
        ("one on the device", (1, 1)),
    ):  # known scalars are uniforms
        found.append(case("Multiply", label, lambda a, b: a * -b, normal(3, 5), normal(*b), grad=(0, 1)))
    found.append(
        case(
            "Maximum",
            "int32 on the device",
            lambda a, b: a.maximum(-b),
            integers(-9, 9, 2, 3),
            integers(-9, 9),
        )
    )
    for kernel in ("Sub", "Pow", "SquaredDifference", "Maximum", "Prelu"):
        inputs = _inputs(ROWS[kernel], (2, 3, 5), (3, 1))
        found.append(case(kernel, "broadcast", _call(ROWS[kernel]), *inputs, grad=(0, 1)))
    found.append(
        case("Less", "broadcast", _call(ROWS["Less"]), integers(-3, 3, 4, 1, 3), integers(-3, 3, 5, 1))
    )
    return found


def _shapes() -> list[Case]:
    exp, neg = _call(ROWS["Exp"]), _call(ROWS["Neg"])
    ranks = [(), (3,), (2, 3), (3, 2, 4), (2, 1, 3, 2), (1, 2, 3, 1, 2), (2, 1, 2, 1, 2, 3)]
    found = [case("Exp", f"rank {len(shape)}", exp, normal(*shape), grad=(0,)) for shape in ranks]
    found += [case("Neg", f"{lanes} lanes", neg, normal(3, lanes)) for lanes in (1, 2, 3, 4, 6, 8, 600)]
    found += [
        case("Neg", f"empty {axis}", neg, normal(*(0 if i == axis else 2 for i in range(3))))
        for axis in range(3)
    ]
    return found


def _select() -> list[Case]:
    call = _call(ROWS["Select"])
    t, e = normal(3, 3), normal(3, 3, seed=1)
    return [
        case("Select", "rows", call, np.array([True, False, True]), t, e, grad=(1, 2)),
        case("Select", "broadcast", call, bools(2, 1, 3), normal(3), normal(2, 4, 1), grad=(1, 2)),
        case("Select", "scalar", call, np.array(True), t, e),
        case("Select", "mixed", call, bools(3, 3), t, integers(-3, 3, 3, 3)),
    ]


def _view(source: str, target: str) -> str:
    """Marks the casts that share data: they draw nothing."""
    shares = source == target or target == "complex64" or (source, target) == ("bool", "int32")
    return " view" if shares or (source, target) == ("complex64", "float32") else ""


def _cast() -> list[Case]:
    numbers = np.array([*SPECIAL, 2.5, -2.5, 3e9, -3e9, 2147483520.0, 1e-3], np.float32)
    sources = {
        "float32": numbers,
        "int32": np.array(INT_SPECIAL, np.int32),
        "bool": bools(7),
        "complex64": (numbers + 1j).astype(np.complex64),
    }
    found = [
        case(
            "Cast",
            f"{source} to {target}{_view(source, target)}",
            lambda x, target=target: x.cast(target),
            array,
        )
        for source, array in sources.items()
        for target in ("float32", "int32", "bool", "complex64")
    ]
    found.append(
        case("Cast", "chained", lambda x: x.cast("bool").cast("int32").cast("float32"), normal(3, 3))
    )
    found.append(case("Cast", "gradient view", lambda x: x.cast("float32") * x, normal(3, 3), grad=(0,)))
    return found


def _complex() -> list[Case]:
    a, b = (normal(3, 5, seed=i) + 1j * normal(3, 5, seed=i + 2) for i in range(2))
    a, b = a.astype(np.complex64), b.astype(np.complex64)
    same = np.where(bools(3, 5), a, b)
    names = ("Add", "Sub", "Multiply", "Equal", "NotEqual")
    found = [case(name, "complex64", _call(ROWS[name]), a, same) for name in names]
    found += [case(name, "complex64 and float32", _call(ROWS[name]), normal(5), b) for name in names]
    found.append(case("Neg", "complex64", _call(ROWS["Neg"]), a))
    found.append(case("AddN", "complex64", lambda *xs: engine().run_kernel("AddN", list(xs)), a, b, same))
    return found


def _add_n() -> list[Case]:
    def call(*xs: Tensor) -> Tensor:
        return engine().run_kernel("AddN", list(xs))

    return [
        case("AddN", "three", call, *(normal(2, 5, seed=i) for i in range(3)), grad=(0, 1, 2)),
        case("AddN", "one view", call, normal(3)),
        case("AddN", "same twice", lambda x: call(x, x), normal(3), grad=(0,)),
        case("AddN", "seventeen", call, *(normal(2, 3, seed=i) for i in range(17))),
        case("AddN", "int32", call, *(integers(-(2**31), 2**31 - 1, 5, seed=i) for i in range(3))),
        case("AddN", "empty", call, normal(0, 3), normal(0, 3)),
    ]


CASES = [
    *(one for row in ROWS.values() for one in _of_row(row)),
    *_broadcasts(), *_shapes(), *_select(), *_cast(), *_complex(), *_add_n(),
]  # fmt: skip
