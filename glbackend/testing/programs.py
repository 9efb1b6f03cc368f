"""Programs made up at random, to hold graphs against what they were traced from.

A program is written over two sizes, n and m, and holds for all: values are [n, m], rows, columns, numbers,
turned or flat. Their arrays have NaN, infinities, zeros of both signs and the smallest numbers among them.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.engine.tensor import Tensor
from glbackend.ops.activation import prelu
from glbackend.ops.arithmetic import add_n
from glbackend.ops.concat import concat
from glbackend.testing.sample import Array

Symbols = tuple[Any, ...]  # a shape: "n", "m", "nm" and numbers
FULL, ROW, COLUMN, NUMBER = ("n", "m"), ("m",), ("n", 1), ()
FLAT, SQUARE, LINE = ("nm",), ("m", "m"), (1, "m")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-38, 3e-39, 2.0, 100.0)


@dataclass(frozen=True)
class Value:
    """Shape and dtype of a value of a program."""

    shape: Symbols
    dtype: DType


@dataclass(frozen=True)
class Move:
    """A step: what it does to which values before it, and what it gives."""

    run: Callable[..., Tensor]
    given: tuple[int, ...]
    gives: Value


@dataclass(frozen=True)
class Program:
    """Inputs, steps, and which values are the results."""

    inputs: tuple[Value, ...]
    moves: tuple[Move, ...]
    results: tuple[int, ...]

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """What it gives."""
        values = list(inputs)
        for move in self.moves:
            values.append(move.run(*[values[i] for i in move.given]))
        return [values[i] for i in self.results]

    def arrays(self, n: int, m: int, seed: int) -> list[Array]:
        """Inputs for these sizes."""
        draw, known = np.random.default_rng(seed), {"n": n, "m": m, "nm": n * m}
        shapes = [
            tuple([known[one] if one in known else int(one) for one in value.shape]) for value in self.inputs
        ]
        return [_array(draw, shape, value.dtype) for shape, value in zip(shapes, self.inputs, strict=True)]


def _array(draw: np.random.Generator, shape: tuple[int, ...], dtype: DType) -> Array:
    if dtype == "bool":
        return draw.integers(0, 2, shape).astype(np.bool_)
    if dtype == "int32":
        return draw.integers(-5, 6, shape).astype(np.int32)
    special = draw.random(shape) < 0.15
    return np.where(special, draw.choice(SPECIAL, shape), draw.normal(size=shape)).astype(np.float32)


UNARY = ("relu", "tanh", "neg", "square", "abs", "sigmoid", "exp", "sqrt", "floor", "sign", "relu6")
BINARY = ("add", "sub", "mul", "maximum", "minimum", "squared_difference", "div")
COMPARISONS = ("greater", "less_equal", "equal", "not_equal")
REDUCTIONS = ("sum", "mean", "max", "min")


def program(choose: random.Random, length: int) -> Program:
    """A program of so many steps."""
    kinds = [FULL, FULL, ROW, COLUMN, NUMBER, LINE, SQUARE]
    dtypes: list[DType] = ["float32", "float32", "float32", "int32", "bool"]
    inputs = [Value(FULL, "float32")]
    inputs += [Value(choose.choice(kinds), choose.choice(dtypes)) for _ in range(choose.randrange(1, 4))]
    values = list(inputs)
    moves: list[Move] = []
    makers = (_unary, _binary, _binary, _select, _cast, _moved, _reduced, _product, _several)
    while len(moves) < length:
        move = choose.choice(makers)(choose, values)
        if move is not None:
            moves.append(move)
            values.append(move.gives)
    last = len(values) - 1
    results = {last, *(choose.randrange(len(values)) for _ in range(choose.randrange(3)))}
    return Program(tuple(inputs), tuple(moves), tuple(sorted(results)))


def _pick(choose: random.Random, values: Sequence[Value], *dtypes: DType) -> int:
    """A value of one of the dtypes, rather a late one; there is one of float32."""
    known = [i for i, one in enumerate(values) if one.dtype in dtypes] or [0]
    return known[max(choose.randrange(len(known)), choose.randrange(len(known)))]


def _unary(choose: random.Random, values: Sequence[Value]) -> Move:
    i = _pick(choose, values, "float32")
    name = choose.choice(UNARY)
    return Move(lambda x: getattr(x, name)(), (i,), values[i])


def _meet(*shapes: Symbols) -> Symbols | None:
    """The shape that shapes broadcast to."""
    rank = max(map(len, shapes))
    found: list[Any] = []
    for dims in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True):
        names = {dim for dim in dims if dim != 1}
        if len(names) > 1:
            return None
        found.append(names.pop() if names else 1)
    return tuple(found)


def _binary(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i, name = _pick(choose, values, "float32", "int32"), choose.choice(BINARY)
    if choose.random() < 0.2:
        number = choose.choice((2.0, 0.5, -1.5, 0.0, 1e-3))
        gives = Value(values[i].shape, "float32")
        return Move(lambda x: getattr(x, name)(number), (i,), gives) if values[i].dtype == "float32" else None
    j = _pick(choose, values, values[i].dtype)
    shape = _meet(values[i].shape, values[j].shape)
    if shape is None or values[j].dtype != values[i].dtype or name == "div":
        return None
    return Move(lambda x, y: getattr(x, name)(y), (i, j), Value(shape, values[i].dtype))


def _select(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i, j = (_pick(choose, values, "float32") for _ in range(2))
    shape, name = _meet(values[i].shape, values[j].shape), choose.choice(COMPARISONS)
    if shape is None:
        return None
    if choose.random() < 0.4:
        return Move(lambda x, y: getattr(x, name)(y), (i, j), Value(shape, "bool"))
    c = _pick(choose, values, "bool")
    whole = None if values[c].dtype != "bool" else _meet(shape, values[c].shape)
    if whole is None or len(values[c].shape) < 2:  # of rank 1 it would choose rows
        if len(shape) < 2:
            return None
        return Move(lambda x, y: x.where(x > y, y), (i, j), Value(shape, "float32"))
    return Move(lambda x, y, z: x.where(z, y), (i, j, c), Value(whole, "float32"))


def _cast(choose: random.Random, values: Sequence[Value]) -> Move:
    dtypes: tuple[DType, ...] = ("float32", "int32", "bool")
    i, dtype = choose.randrange(len(values)), choose.choice(dtypes)
    return Move(lambda x: x.cast(dtype), (i,), Value(values[i].shape, dtype))


def _moved(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i = choose.randrange(len(values))
    shape, dtype = values[i].shape, values[i].dtype
    if len(shape) == 2 and choose.random() < 0.5:
        return Move(lambda x: x.transpose(), (i,), Value(shape[::-1], dtype))
    if shape == FULL and choose.random() < 0.7:
        return Move(lambda x: x.reshape([-1]) if x.size else x.reshape([0]), (i,), Value(FLAT, dtype))
    if shape in (ROW, FLAT):
        return Move(lambda x: x.expand_dims(0), (i,), Value((1, *shape), dtype))
    if shape == LINE:
        return Move(lambda x: x.reshape([x.shape[1]]), (i,), Value(ROW, dtype))
    return Move(lambda x: x.clone(), (i,), values[i])


def _reduced(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i = _pick(choose, values, "float32", "int32")
    shape, axis, name = values[i].shape, choose.choice((0, -1)), choose.choice(REDUCTIONS)
    if len(shape) != 2:
        return None
    dtype: DType = "float32" if name == "mean" else values[i].dtype
    kept = tuple([1 if k == axis % 2 else dim for k, dim in enumerate(shape)])
    return Move(lambda x: getattr(x, name)(axis, True), (i,), Value(kept, dtype))


def _product(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i, j = (_pick(choose, values, "float32") for _ in range(2))
    a, b = values[i].shape, values[j].shape
    if len(a) != 2 or len(b) != 2 or a[1] != b[0] or values[i].dtype != "float32":
        return None
    return Move(lambda x, y: x.matmul(y), (i, j), Value((a[0], b[1]), "float32"))


def _several(choose: random.Random, values: Sequence[Value]) -> Move | None:
    i, j = (_pick(choose, values, "float32") for _ in range(2))
    shape = values[i].shape
    way = choose.randrange(3)
    if way == 0 and shape == values[j].shape:
        return Move(lambda x, y: add_n([x, y, x]), (i, j), values[i])
    if way == 1 and len(shape) == 2:
        return Move(lambda x: x.softmax(), (i,), values[i])
    if way == 2 and shape == values[j].shape == FULL:
        return Move(lambda x, y: concat([x, y], 0).slice([0, 0], list(x.shape)), (i, j), values[i])
    return Move(lambda x: prelu(x, x), (i,), values[i]) if shape else None
