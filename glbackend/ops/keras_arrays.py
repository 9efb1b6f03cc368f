"""More of what Keras's `ops` have that TF.js has not: NumPy's functions of arrays. They stand in `gl.ops`."""

from collections.abc import Sequence
from math import inf, log, nan, prod
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops import arithmetic, logical
from glbackend.ops.concat import concat
from glbackend.ops.create import range_, tensor, zeros
from glbackend.ops.index import gather

Axes = int | Sequence[int] | None
LOG_2, LOG_10 = log(2.0), log(10.0)


def _floating(x: TensorLike, op: str) -> Tensor:
    given = as_tensor(x, "x", op)
    return given.cast("float32") if given.dtype in ("int32", "bool") else given


def _along_last(op: str, x: Tensor, axis: int, function: Any) -> Tensor:
    """`function` of x along its last axis, applied along another."""
    if normalize_axis(axis, x.rank, op) == x.rank - 1:
        return function(x)
    return moveaxis(function(moveaxis(x, axis, -1)), -1, axis)


def _turned(x: Tensor) -> Tensor:
    """`x` in the opposite order, NaN as infinity; whole numbers by -1 - x, which the smallest one has too."""
    if x.dtype != "float32":
        return -1 - x.cast("int32")
    return logical.where(x.is_nan(), -inf, -x)


@checked
def argsort(x: TensorLike, axis: int | None = -1) -> Tensor:
    """The positions, int32, that put `x` in ascending order along `axis`; None: of all in one row.

    As `keras.ops.argsort`.

    >>> argsort([3., 1., 2.]).numpy().tolist()
    [1, 2, 0]
    """
    given = as_tensor(x, "x", "argsort")
    given, place = (given.flatten(), -1) if axis is None else (given, axis)
    return _along_last("argsort", given, place, lambda one: _turned(one).topk(one.shape[-1]).indices)


@checked
def array(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """The tensor of `x`, of `dtype` where it is given; whole numbers make int32. As `keras.ops.array`.

    >>> array([1, 2]).dtype
    'int32'
    """
    if isinstance(x, Tensor):
        return x if dtype in (None, x.dtype) else x.cast(dtype)
    return tensor(np.asarray(x) if dtype is None else x, dtype=dtype)


@checked
def average(x: TensorLike, axis: Axes = None, weights: TensorLike | None = None) -> Tensor:
    """The mean of `x` over `axis`, weighed by `weights` of its shape, or of the axis's size.

    As `keras.ops.average`.

    >>> average([1., 4.], weights=[1., 2.]).item()
    3.0
    """
    given = _floating(x, "average")
    if weights is None:
        return given.mean(axis)
    scale = _floating(weights, "average")
    if scale.rank != given.rank and isinstance(axis, int):
        scale = scale.reshape(
            [-1 if i == normalize_axis(axis, given.rank, "average") else 1 for i in range(given.rank)]
        )
    scale = scale.broadcast_to(given.shape)
    return (given * scale).sum(axis) / scale.sum(axis)


@checked
def count_nonzero(x: TensorLike, axis: Axes = None) -> Tensor:
    """How many elements of `x` along `axis` are not 0, int32. As `keras.ops.count_nonzero`.

    >>> count_nonzero([0., 2., 3.]).item()
    2
    """
    return as_tensor(x, "x", "count_nonzero").cast("bool").cast("int32").sum(axis)


@checked
def diff(a: TensorLike, n: int = 1, axis: int = -1) -> Tensor:
    """The differences of neighbours in `a` along `axis`, taken `n` times. As `keras.ops.diff`.

    >>> diff([1., 4., 9.]).numpy().tolist()
    [3.0, 5.0]
    """
    given = as_tensor(a, "a", "diff")
    for _ in range(n):
        given = _along_last("diff", given, axis, _steps)
    return given


def _steps(x: Tensor) -> Tensor:
    """Of truths where the next one is another, as NumPy has it."""
    after, before = x[..., 1:], x[..., :-1]
    return after.not_equal(before) if x.dtype == "bool" else after - before


@checked
def flip(x: TensorLike, axis: Axes = None) -> Tensor:
    """`x` backwards along `axis`, along all axes by default. As `keras.ops.flip`.

    >>> flip([[1., 2.], [3., 4.]], 1).numpy().tolist()
    [[2.0, 1.0], [4.0, 3.0]]
    """
    given = as_tensor(x, "x", "flip")
    return given.reverse(list(range(given.rank)) if axis is None else axis)


@checked
def full_like(x: TensorLike, fill_value: TensorLike, dtype: DType | None = None) -> Tensor:
    """A tensor in the shape of `x`, full of `fill_value`, in `dtype` or that of x. As `keras.ops.full_like`.

    >>> full_like([1., 2.], 3).numpy().tolist()
    [3.0, 3.0]
    """
    given = as_tensor(x, "x", "full_like")
    value = as_tensor(fill_value, "fill_value", "full_like").cast(dtype or given.dtype)
    return value.broadcast_to(given.shape)


@checked
def log2(x: TensorLike) -> Tensor:
    """The logarithm of `x` to the base 2. As `keras.ops.log2`.

    >>> log2([8.]).numpy().round(4).tolist()
    [3.0]
    """
    return _floating(x, "log2").log() / LOG_2


@checked
def log10(x: TensorLike) -> Tensor:
    """The logarithm of `x` to the base 10. As `keras.ops.log10`.

    >>> log10([100.]).numpy().round(4).tolist()
    [2.0]
    """
    return _floating(x, "log10").log() / LOG_10


@checked
def logaddexp(x1: TensorLike, x2: TensorLike) -> Tensor:
    """log(e^x1 + e^x2) of `x1` and `x2`, without overflow. As `keras.ops.logaddexp`.

    >>> round(logaddexp([1000.], [1000.]).item(), 3)
    1000.693
    """
    a, b = _floating(x1, "logaddexp"), _floating(x2, "logaddexp")
    apart = arithmetic.maximum(a, b) + (-(a - b).abs()).exp().log1p()
    return logical.where(a.equal(b), (a + b) * 0.5 + LOG_2, apart)  # two equal infinities have no difference


@checked
def moveaxis(x: TensorLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """`x` with the axes `source` in the places `destination`, the others in order. As `keras.ops.moveaxis`.

    >>> moveaxis([[[1., 2., 3.]]], 2, 0).shape
    (3, 1, 1)
    """
    given = as_tensor(x, "x", "moveaxis")
    sources = [
        normalize_axis(one, given.rank, "moveaxis", "source")
        for one in ([source] if isinstance(source, int) else source)
    ]
    places = [
        normalize_axis(one, given.rank, "moveaxis", "destination")
        for one in ([destination] if isinstance(destination, int) else destination)
    ]
    order = [i for i in range(given.rank) if i not in sources]
    for place, one in sorted(zip(places, sources, strict=True)):
        order.insert(place, one)
    return given.transpose(order)


@checked
def nan_to_num(
    x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """`x` with numbers in place of NaN and infinities. As `keras.ops.nan_to_num`.

    `nan`: stands for NaN.
    `posinf`, `neginf`: stand for the infinities, the largest numbers of float32 by default.

    >>> nan_to_num([1., float("nan")]).numpy().tolist()
    [1.0, 0.0]
    """
    given = as_tensor(x, "x", "nan_to_num")
    if given.dtype != "float32":
        return given
    most = float(np.finfo(np.float32).max)
    held = given.clip_by_value(-most if neginf is None else neginf, most if posinf is None else posinf)
    held = logical.where(given.is_inf(), held, given)
    return logical.where(given.is_nan(), zeros(given.shape) + nan, held)


@checked
def repeat(x: TensorLike, repeats: int, axis: int | None = None) -> Tensor:
    """`x` with each element `repeats` times in a row along `axis`; None: of all in one row.

    As `keras.ops.repeat`.

    >>> repeat([1., 2.], 2).numpy().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    given = as_tensor(x, "x", "repeat")
    given, place = (
        (given.flatten(), 0) if axis is None else (given, normalize_axis(axis, given.rank, "repeat"))
    )
    shape = (*given.shape[:place], given.shape[place] * repeats, *given.shape[place + 1 :])
    counts = [repeats if i == place + 1 else 1 for i in range(given.rank + 1)]
    return given.expand_dims(place + 1).tile(counts).reshape(shape)


@checked
def roll(x: TensorLike, shift: int, axis: int | None = None) -> Tensor:
    """`x` moved by `shift` along `axis`, what leaves at the end comes in at the start. As `keras.ops.roll`.

    >>> roll([1., 2., 3.], 1).numpy().tolist()
    [3.0, 1.0, 2.0]
    """
    given = as_tensor(x, "x", "roll")
    if axis is None:
        return roll(given.flatten(), shift, 0).reshape(given.shape)
    size = given.shape[axis]
    if not size or not shift % size:
        return given
    first, second = given.split([size - shift % size, shift % size], axis)
    return concat([second, first], axis)


@checked
def sort(x: TensorLike, axis: int | None = -1) -> Tensor:
    """`x` in ascending order along `axis`; None: of all in one row. As `keras.ops.sort`.

    NaN stands last.

    >>> sort([3., 1., 2.]).numpy().tolist()
    [1.0, 2.0, 3.0]
    """
    given = as_tensor(x, "x", "sort")
    given, place = (given.flatten(), -1) if axis is None else (given, axis)
    return _along_last("sort", given, place, _in_order).cast(given.dtype)


def _in_order(x: Tensor) -> Tensor:
    found = _turned(_turned(x).topk(x.shape[-1]).values)
    if x.dtype != "float32":
        return found
    numbers = x.is_nan().logical_not().cast("int32").sum(-1, True)
    return logical.where(numbers.greater(np.arange(x.shape[-1], dtype=np.int32)), found, nan)


@checked
def swapaxes(x: TensorLike, axis1: int, axis2: int) -> Tensor:
    """`x` with the two axes `axis1` and `axis2` in each other's place. As `keras.ops.swapaxes`.

    >>> swapaxes([[1., 2.]], 0, 1).shape
    (2, 1)
    """
    given = as_tensor(x, "x", "swapaxes")
    order = list(range(given.rank))
    one, other = (normalize_axis(axis, given.rank, "swapaxes") for axis in (axis1, axis2))
    order[one], order[other] = other, one
    return given.transpose(order)


@checked
def take(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Tensor:
    """The elements of `x` at `indices` along `axis`, from the end below 0; None: of all in one row.

    As `keras.ops.take`.

    >>> take([[1., 2.], [3., 4.]], [1, -2], axis=1).numpy().tolist()
    [[2.0, 1.0], [4.0, 3.0]]
    """
    given = as_tensor(x, "x", "take")
    where = as_tensor(indices, "indices", "take").cast("int32")
    given, place = (given.flatten(), 0) if axis is None else (given, normalize_axis(axis, given.rank, "take"))
    return gather(given, logical.where(where < 0, where + given.shape[place], where), place)


@checked
def take_along_axis(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Tensor:
    """The elements of `x` at `indices`, of x's rank, each within its own row along `axis`.

    None: of all in one row.

    As `keras.ops.take_along_axis`.

    >>> take_along_axis([[1., 2.], [3., 4.]], [[1], [0]], 1).numpy().tolist()
    [[2.0], [3.0]]
    """
    given, where = as_tensor(x, "x", "take_along_axis"), as_tensor(indices, "indices", "take_along_axis")
    where = where.cast("int32")
    if axis is None:
        return take_along_axis(given.flatten(), where.flatten(), 0)
    if where.rank != given.rank:
        raise ShapeError(
            f"take_along_axis: indices must have {given.rank} axes, got shape {list(where.shape)}"
        )
    place = normalize_axis(axis, given.rank, "take_along_axis")
    size = given.shape[place]
    around = [
        (a if b == 1 else b if a == 1 or i != place else a)
        for i, (a, b) in enumerate(zip(given.shape, where.shape, strict=True))
    ]
    wanted, had = list(around), list(around)
    wanted[place], had[place] = where.shape[place], size
    rows = moveaxis(given.broadcast_to(had), place, -1)
    within = moveaxis(where.broadcast_to(wanted), place, -1)
    within = logical.where(within < 0, within + size, within)
    starts = range_(0, prod(rows.shape[:-1]), dtype="int32").reshape([*rows.shape[:-1], 1]) * size
    return moveaxis(gather(rows.flatten(), within + starts), -1, place)


for _method in (argsort, repeat, swapaxes, take):  # NumPy's arrays have them too
    register_method(_method.__name__, _method)
