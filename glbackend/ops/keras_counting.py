"""More of what Keras's `ops` have that TF.js has not: counts, places in order, quantiles."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import check_shape, normalize_axes
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import bincount as counting
from glbackend.ops import create, logical, view
from glbackend.ops import softmax as softmaxes
from glbackend.ops.further.elementwise import floats, same_dtype
from glbackend.ops.keras_arrays import moveaxis, sort
from glbackend.ops.sort import search_sorted

Axes = int | Sequence[int] | None
METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


@checked
def bincount(x: TensorLike, weights: TensorLike | None = None, minlength: int = 0) -> Tensor:
    """How often each whole number from 0 on stands in `x`. As `keras.ops.bincount`.

    `x`: whole numbers, which the host has to know: in one row, or in several, each counted by itself.
    `weights`: of the shape of `x`, what each counts for.
    `minlength`: how many numbers are counted at least.

    >>> bincount([1, 2, 2], minlength=4).numpy().tolist()
    [0, 1, 2, 0]
    """
    given = as_tensor(x, "x", "bincount", "int32")
    size = max(int(given.numpy().max(initial=-1)) + 1, minlength)
    function = counting.bincount if given.rank == 1 else counting.dense_bincount
    found = function(given, [] if weights is None else weights, size)
    return found.cast("int32") if weights is None else found


@checked
def searchsorted(
    sorted_sequence: TensorLike, values: TensorLike, side: Literal["left", "right"] = "left"
) -> Tensor:
    """Where `values` would stand in a sorted row, int32. As `keras.ops.searchsorted`.

    `sorted_sequence`: one row in ascending order.
    `values`: of any shape.
    `side`: before ("left") or behind ("right") those that are equal.

    >>> searchsorted([1., 3., 5.], [3., 4.]).numpy().tolist()
    [1, 2]
    """
    row, given = same_dtype(sorted_sequence, values)
    if row.rank != 1:
        raise ShapeError(f"searchsorted: sorted_sequence must be one row, got shape {list(row.shape)}")
    return search_sorted(row, given.flatten(), side).reshape(given.shape)


@checked
def digitize(x: TensorLike, bins: TensorLike) -> Tensor:
    """The number of the bin in which each of `x` lies, int32. As `keras.ops.digitize`.

    `x`: numbers.
    `bins`: the borders, ascending; a number on one lies behind it.

    >>> digitize([0.2, 1.0, 7.0], [1., 2.]).numpy().tolist()
    [0, 1, 2]
    """
    return searchsorted(bins, x, "right")


@checked
def quantile(
    x: TensorLike, q: TensorLike, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """What a share `q` of the numbers lies below. As `keras.ops.quantile`.

    `x`: the numbers.
    `q`: between 0 and 1, one or several: their axis comes first in the result.
    `axis`: along which, one or several, by default of all.
    `method`: "linear" between the two nearest, or "lower", "higher", "nearest", "midpoint".
    `keepdims`: whether the axes stay, of size 1.

    >>> quantile([1., 2., 4., 8.], 0.5).item()
    3.0
    """
    if method not in METHODS:
        raise ArgumentError(f"quantile: method must be one of {', '.join(METHODS)}, got {method!r}")
    given = as_tensor(x, "x", "quantile").cast("float32")
    row = sort(last_axis_of(given, axis, "quantile"), -1)
    if row.shape[-1]:
        row = logical.where(row[..., -1:].is_nan(), math.nan, row)  # where one is, it stands last
    shares, many = shares_of(q, row, "quantile")
    found = [_between(row, share * (row.shape[-1] - 1), method) for share in shares]
    return with_axes(found, given, axis, keepdims, many)


@checked
def percentile(
    x: TensorLike, q: TensorLike, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`quantile` of `q` in percent. As `keras.ops.percentile`.

    `x`, `axis`, `method`, `keepdims`: as there.

    >>> percentile([1., 2., 4., 8.], 50).item()
    3.0
    """
    return quantile(x, np.asarray(as_tensor(q, "q", "percentile"), np.float64) / 100, axis, method, keepdims)


@checked
def median(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The middle one of the sorted elements of `x` along `axis`, of two the mean. As `keras.ops.median`.

    `keepdims`: whether the axes stay, of size 1.

    >>> median([3., 1., 2., 9.]).item()
    2.5
    """
    return quantile(x, 0.5, axis, keepdims=keepdims)


def last_axis_of(x: Tensor, axis: Axes, op: str) -> Tensor:
    """`x` with one axis or several as its last one; None: as one row."""
    if axis is None:
        return x.flatten()
    places = normalize_axes(axis, x.rank, op)
    rest = [i for i in range(x.rank) if i not in places]
    return x.transpose([*rest, *places]).reshape([*(x.shape[i] for i in rest), -1 if x.size else 0])


def shares_of(q: TensorLike, row: Tensor, op: str) -> tuple[list[float], bool]:
    """The shares that were asked for, on the host, and whether they are a list; checked."""
    asked = as_tensor(q, "q", op)
    shares = np.asarray(q if isinstance(q, np.ndarray) else asked.numpy(), np.float64)
    if asked.rank > 1:
        raise ShapeError(f"{op}: q must be one number or a list of them, got shape {list(asked.shape)}")
    if not ((shares >= 0) & (shares <= 1)).all() or row.shape[-1] == 0:
        raise ArgumentError(
            f"{op}: needs numbers, and q from 0 to 1, got {row.shape[-1]} numbers, q {shares.tolist()}"
        )
    return shares.ravel().tolist(), bool(asked.rank)


def with_axes(found: list[Tensor], x: Tensor, axis: Axes, keepdims: bool, many: bool) -> Tensor:
    """Results of several shares, one below the other where they are a list, with the axes of `x` kept."""
    if keepdims:
        places = normalize_axes(axis, x.rank, "quantile")
        shape = [1 if axis is None or i in places else size for i, size in enumerate(x.shape)]
        found = [one.reshape(shape) for one in found]
    return found[0].stack(found[1:], 0) if many else found[0]


def _between(row: Tensor, at: float, method: str) -> Tensor:
    """The elements of rows at a place that may lie between two; those alone are looked at that count."""
    low, high = math.floor(at), math.ceil(at)
    if method in ("linear", "midpoint") and low != high:
        part = at - low if method == "linear" else 0.5
        return row[..., low] * (1 - part) + row[..., high] * part
    whole = {"lower": low, "higher": high, "nearest": round(at)}
    return row[..., whole.get(method, low)]


@checked
def nonzero(x: TensorLike) -> tuple[Tensor, ...]:
    """Where `x` is not 0: the places along each axis, int32. As `keras.ops.nonzero`.

    `x`: numbers or truths that the host has to know.

    >>> [one.numpy().tolist() for one in nonzero([[0., 2.], [3., 0.]])]
    [[0, 1], [1, 0]]
    """
    given = as_tensor(x, "x", "nonzero")
    if not given.rank:
        raise ShapeError("nonzero: needs at least one axis, got a single number")
    found = np.nonzero(given.numpy())
    return tuple([as_tensor(one.astype(np.int32), "places", "nonzero") for one in found])


@checked
def eye(N: int, M: int | None = None, k: int = 0, dtype: DType = "float32") -> Tensor:
    """1 on a diagonal, else 0. As `keras.ops.eye`.

    `N`, `M`: rows and columns, as many as rows by default.
    `k`: which diagonal, 0 the main one, 1 the next one to the right.
    `dtype`: of the result.

    >>> eye(2, 3, k=1).numpy().tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if k == 0:
        return create.eye(N, M, None, dtype)
    height, width = check_shape((N, N if M is None else M), "eye")
    rows, columns = create.range_(0, height, dtype="int32"), create.range_(0, width, dtype="int32")
    return (rows.expand_dims(1) + k).equal(columns).cast(dtype)


@checked
def expand_dims(x: TensorLike, axis: int | Sequence[int]) -> Tensor:
    """With dims of 1 at `axis`, one or several places in the result. As `keras.ops.expand_dims`.

    >>> expand_dims([1., 2.], (0, -1)).shape
    (1, 2, 1)
    """
    if isinstance(axis, int):
        return view.expand_dims(x, axis)
    given = as_tensor(x, "x", "expand_dims")
    rank = given.rank + len(axis)
    places = normalize_axes(axis, rank, "expand_dims")
    if len(places) != len(axis):
        raise ShapeError(f"expand_dims: axis {list(axis)} names a place twice")
    for place in places:
        given = view.expand_dims(given, place)
    return given


@checked
def log_softmax(x: TensorLike, axis: Axes = -1) -> Tensor:
    """The logarithm of the softmax of `x` along `axis`, one or several, None for all.

    As `keras.ops.log_softmax`.

    >>> log_softmax([[0., 0.], [0., 0.]], axis=0).exp().numpy().tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    return over_axes(softmaxes.log_softmax, floats(x), axis, "log_softmax")


def not_empty(x: Tensor, axis: Axes, op: str) -> Tensor:
    """`x`, which must have elements along `axis` for what is asked of them: ShapeError where it has none."""
    places = normalize_axes(axis, x.rank, op)
    if not x.size and all(size for i, size in enumerate(x.shape) if i not in places):
        raise ShapeError(f"{op}: there are no elements along axis {axis} of shape {list(x.shape)}")
    return x


def over_axes(function: Callable[[Tensor], Tensor], x: Tensor, axis: Axes, op: str) -> Tensor:
    """A function of the last axis that keeps the shape, along one axis of `x` or several; None: along all."""
    axes = list(range(x.rank)) if axis is None else list(normalize_axes(axis, x.rank, op))
    if axes == [x.rank - 1]:
        return function(x)
    rest = [i for i in range(x.rank) if i not in axes]
    found = function(last_axis_of(x, axes, op)).reshape([x.shape[i] for i in (*rest, *axes)])
    return moveaxis(found, list(range(x.rank)), [*rest, *axes])


@checked
def ptp(x: TensorLike, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """The largest less the smallest number along `axis`. As `keras.ops.ptp`.

    `x`: the numbers.
    `axis`: one, several, or by default all of them.
    `keepdims`: whether the axes stay, of size 1.

    >>> ptp([1., 5., 3.]).item()
    4.0
    """
    given = not_empty(as_tensor(x, "x", "ptp"), axis, "ptp")
    return given.max(axis, keepdims) - given.min(axis, keepdims)


@checked
def hypot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The length of the vector of `x1` and `x2`, without overflow. As `keras.ops.hypot`.

    >>> hypot([3.], [4.]).numpy().tolist()
    [5.0]
    """
    a, b = (
        as_tensor(x1, "x1", "hypot").cast("float32").abs(),
        as_tensor(x2, "x2", "hypot").cast("float32").abs(),
    )
    longer = a.maximum(b)
    safe = longer.where(longer != 0, 1.0)
    return (longer * ((a / safe) ** 2 + (b / safe) ** 2).sqrt()).where(longer.is_inf().logical_not(), longer)


@checked
def trunc(x: TensorLike) -> Tensor:
    """Without what stands behind the point. As `keras.ops.trunc`.

    >>> trunc([-1.7, 1.7]).numpy().tolist()
    [-1.0, 1.0]
    """
    given = as_tensor(x, "x", "trunc")
    return given if given.dtype != "float32" else given.abs().floor() * given.sign()
