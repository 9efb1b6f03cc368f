"""Keras's `ops` that count, compare and gather rows: segments, histograms, distances, ranges. In `gl.ops`."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import broadcast_shapes, normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import arithmetic, logical
from glbackend.ops.concat import concat
from glbackend.ops.create import ones, range_, tensor, zeros
from glbackend.ops.further.elementwise import floats, in_kind, same_dtype, tensor_of
from glbackend.ops.index import gather
from glbackend.ops.keras_arrays import argsort, moveaxis, sort
from glbackend.ops.segment import unsorted_segment_sum
from glbackend.ops.sort import search_sorted


def _segments(
    op: str, join: Callable[..., Tensor], start: float, data: TensorLike, ids: TensorLike, many: int | None
) -> Tensor:
    """Rows in the order of their segments, joined with those in front of them: the last of each has all."""
    given, numbers = tensor_of(data), tensor_of(ids).cast("int32")
    if numbers.rank != 1 or not given.rank or numbers.shape[0] != given.shape[0]:
        raise ShapeError(
            f"{op}: segment_ids must be a number for each row of data, got shapes {list(numbers.shape)} and "
            f"{list(given.shape)}"
        )
    count = int(numbers.max().item()) + 1 if many is None and numbers.size else many or 0
    order = argsort(numbers)
    rows, ordered = gather(given, order), gather(numbers, order)
    step, wide = 1, [-1] + [1] * (given.rank - 1)
    while step < numbers.shape[0]:
        same = ordered[step:].equal(ordered[:-step]).reshape(wide)
        rows = concat([rows[:step], logical.where(same, join(rows[:-step], rows[step:]), rows[step:])], 0)
        step *= 2
    wanted = range_(0, count, dtype="int32")
    ends = search_sorted(ordered, wanted, "right")
    found = ends.greater(search_sorted(ordered, wanted, "left")).reshape(wide)
    if given.dtype == "int32" and abs(start) > 1:
        start = np.iinfo(np.int32).max if start > 0 else np.iinfo(np.int32).min
    if given.dtype == "bool":
        rows, start = in_kind(rows, given), start if start == 1 else start > 0
    nothing = tensor(np.asarray(start), dtype=given.dtype)
    if not given.shape[0]:
        return nothing.broadcast_to((count, *given.shape[1:]))
    return logical.where(found, gather(rows, (ends - 1).maximum(0)), nothing)


@checked
def segment_max(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The largest of the rows of `data` that have the same number; -infinity where there are none.

    `segment_ids`: the number of each row; one outside counts nowhere.
    `num_segments`: how many there are; by default the largest number decides.
    `sorted`: says that the numbers are in order, which changes nothing here.

    As `keras.ops.segment_max`.

    >>> segment_max([1., 2., 3.], [0, 0, 1], 2).numpy().tolist()
    [2.0, 3.0]
    """
    return _segments("segment_max", arithmetic.maximum, -np.inf, data, segment_ids, num_segments)


@checked
def segment_min(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The smallest of the rows of `data` that have the same number; infinity where there are none.

    `segment_ids`, `num_segments`, `sorted`: as of `segment_max`. As `keras.ops.segment_min`.

    >>> segment_min([1., 2., 3.], [0, 0, 1], 2).numpy().tolist()
    [1.0, 3.0]
    """
    return _segments("segment_min", arithmetic.minimum, np.inf, data, segment_ids, num_segments)


@checked
def segment_prod(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The product of the rows of `data` that have the same number; 1 where there are none.

    `segment_ids`, `num_segments`, `sorted`: as of `segment_max`. As `keras.ops.segment_prod`.

    >>> segment_prod([2., 3., 4.], [0, 0, 1], 2).numpy().tolist()
    [6.0, 4.0]
    """
    return _segments("segment_prod", arithmetic.mul, 1, data, segment_ids, num_segments)


@checked
def isin(x1: TensorLike, x2: TensorLike, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Where an element of `x1` is one of those of `x2`, bool. As `keras.ops.isin`.

    `assume_unique`: says that none comes twice, which changes nothing here.
    `invert`: whether it is asked where it is none of them.

    >>> isin([1., 2., 3.], [3., 1.]).numpy().tolist()
    [True, False, True]
    """
    a, b = (floats(one).flatten() for one in same_dtype(x1, x2))
    shape = tensor_of(x1).shape
    if not b.size or not a.size:
        return zeros(shape, "bool").logical_xor(invert)
    row = sort(b)
    place = search_sorted(row, a, "left").minimum(row.size - 1)
    return gather(row, place).equal(a).logical_xor(invert).reshape(shape)


@checked
def histogram(
    x: TensorLike, bins: int = 10, range: tuple[float, float] | None = None
) -> tuple[Tensor, Tensor]:
    """How many elements of a vector `x` lie in each of so many equal parts, int32, and the parts' borders.

    `bins`: how many parts.
    `range`: from where to where; by default from the smallest to the largest element.

    What lies outside counts nowhere, the last border belongs to the last part. As `keras.ops.histogram`.

    >>> [one.numpy().tolist() for one in histogram([0., 1., 1., 4.], 2)]
    [[3, 1], [0.0, 2.0, 4.0]]
    """
    given = floats(x)
    if given.rank > 1:
        raise ShapeError(f"histogram: x must be a vector, got shape {list(given.shape)}")
    if bins < 0:
        raise ArgumentError(f"histogram: bins must be at least 0, got {bins}")
    if range is not None and range[1] < range[0]:
        raise ArgumentError(f"histogram: range must go up, got {range}")
    given = given.flatten()
    if range is None and given.size:
        low, high = given.min(), given.max()
    else:
        low, high = (tensor(float(one), dtype="float32") for one in range or (0, 1))
    flat = low.equal(high).cast("float32") * 0.5  # where all are equal, a part of size 1 about them
    low, high = low - flat, high + flat
    if not bins:
        return zeros((0,), "int32"), low.reshape((1,))
    share = range_(0, bins + 1, dtype="float32") / bins
    edges = low * (1 - share) + high * share
    part = search_sorted(edges, given, "right") - 1
    part = logical.where(given.equal(edges[-1]), bins - 1, part)
    return unsorted_segment_sum(ones((given.size,), "int32"), part, bins), edges


@checked
def cdist(x: TensorLike, y: TensorLike) -> Tensor:
    """The distances of each row of `x`, [..., m, d], from each of `y`, [..., n, d]: [..., m, n].

    As `keras.ops.cdist`.

    >>> cdist([[0., 0.]], [[3., 4.], [0., 1.]]).numpy().tolist()
    [[5.0, 1.0]]
    """
    a, b = floats(x), floats(y)
    if min(a.rank, b.rank) < 2 or a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"cdist: needs rows of one length, got shapes {list(a.shape)} and {list(b.shape)}")
    return (a.expand_dims(-2) - b.expand_dims(-3)).square().sum(-1).sqrt()


@checked
def corrcoef(x: TensorLike) -> Tensor:
    """How the rows of `x` go with one another, -1 to 1. As `keras.ops.corrcoef`.

    >>> corrcoef([[1., 2., 3.], [3., 2., 1.]]).numpy().round(3).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    given = floats(x)
    if given.rank > 2:
        raise ShapeError(f"corrcoef: x must be a matrix or a vector, got shape {list(given.shape)}")
    rows = given - given.mean(-1, True)
    if given.rank < 2:
        return (rows * rows).sum() / (rows * rows).sum()
    products = rows.matmul(rows, False, True)
    length = rows.square().sum(-1, True).sqrt()
    return (products / length / length.transpose()).clip_by_value(-1.0, 1.0)


@checked
def correlate(x1: TensorLike, x2: TensorLike, mode: Literal["valid", "same", "full"] = "valid") -> Tensor:
    """The sums of products of vectors `x1` and `x2` at each shift. As `keras.ops.correlate`.

    `mode`: the shifts at which the shorter lies within the longer ("valid"), all at which they touch
    ("full"), or the middle of those, as many as the longer has elements ("same").

    >>> correlate([1., 2., 3.], [0., 1.]).numpy().tolist()
    [2.0, 3.0]
    """
    a, b = floats(x1), floats(x2)
    if a.rank != 1 or b.rank != 1 or not a.size or not b.size:
        raise ShapeError(f"correlate: needs two vectors, got shapes {list(a.shape)} and {list(b.shape)}")
    m, n = a.size, b.size
    padded = a.pad([[n - 1, n - 1]])
    full = padded.reshape((1, -1, 1)).conv1d(b.reshape((-1, 1, 1)), 1, "valid").flatten()
    length = {"full": m + n - 1, "same": max(m, n), "valid": max(m, n) - min(m, n) + 1}[mode]
    start = (m + n - 1 - length) // 2 if mode == "same" and m >= n else (m + n - length) // 2
    return full[start : start + length]


@checked
def trapezoid(y: TensorLike, x: TensorLike | None = None, dx: TensorLike = 1.0, axis: int = -1) -> Tensor:
    """The area below `y` along `axis`, straight between its points. As `keras.ops.trapezoid`.

    `x`: where the points lie, along the axis or in the shape of y.
    `dx`: how far apart they lie without x.

    >>> trapezoid([1., 2., 3.]).item()
    4.0
    """
    given = moveaxis(floats(y), axis, -1)
    width = floats(dx)
    if x is not None:
        places = floats(x)
        places = places if places.rank == 1 else moveaxis(places, axis, -1)
        width = places[..., 1:] - places[..., :-1]
    return ((given[..., 1:] + given[..., :-1]) * width * 0.5).sum(-1)


def _spaced(start: TensorLike, stop: TensorLike, num: int, endpoint: bool, axis: int, op: str) -> Tensor:
    """Equal steps between two numbers, or tensors, along a new axis."""
    if num < 0:
        raise ArgumentError(f"{op}: num must be at least 0, got {num}")
    first, last = floats(start), floats(stop)
    share = np.arange(num) / max(num - 1 if endpoint else num, 1)
    shape = broadcast_shapes(first.shape, last.shape, op)
    part = tensor(share.astype(np.float32).reshape((-1, *(1 for _ in shape))))
    found = first * (1 - part) + last * part
    return moveaxis(found, 0, axis) if shape else found


@checked
def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DType | None = None,
    axis: int = 0,
) -> Any:
    """`num` numbers in equal steps from `start` to `stop`. As `keras.ops.linspace`.

    `start`, `stop`: numbers, or tensors of them.
    `endpoint`: whether stop is the last one.
    `retstep`: whether the step is given beside them.
    `dtype`: float32 by default.
    `axis`: where the axis of the numbers stands in the result.

    >>> linspace(0., 1., 3).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    found = _spaced(start, stop, num, endpoint, axis, "linspace")
    found = found if dtype is None else (found.floor() if dtype == "int32" else found).cast(dtype)
    if not retstep:
        return found
    return found, (floats(stop) - floats(start)) / max(num - 1 if endpoint else num, 1)


@checked
def logspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: DType | None = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from `base` ** `start` to base ** `stop`, each as many times the one before it.

    `endpoint`, `dtype`, `axis`: as of `linspace`. As `keras.ops.logspace`.

    >>> logspace(0., 2., 3).numpy().round(2).tolist()
    [1.0, 10.0, 100.0]
    """
    found = arithmetic.pow(float(base), _spaced(start, stop, num, endpoint, axis, "logspace"))
    return found if dtype is None else found.cast(dtype)


@checked
def geomspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DType | None = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from `start` to `stop`, each as many times the one before it.

    `endpoint`, `dtype`, `axis`: as of `linspace`. As `keras.ops.geomspace`.

    >>> geomspace(1., 4., 3).numpy().round(2).tolist()
    [1.0, 2.0, 4.0]
    """
    first, last = floats(start), floats(stop)
    sign = first.sign()
    found = _spaced(first.abs().log(), last.abs().log(), num, endpoint, axis, "geomspace").exp()
    found = found * (sign.expand_dims(axis) if sign.rank else sign)
    return found if dtype is None else found.cast(dtype)


@checked
def unique(
    x: TensorLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: float | None = None,
) -> Any:
    """The different elements of `x` in order; on the host, as only the values say how many they are.

    `sorted`: whether they are in ascending order, which they always are here.
    `return_index`: whether their first places are given too, int32.
    `return_inverse`: whether of each element of x its place among them is.
    `return_counts`: whether it is how often each comes.
    `axis`: slices along it are compared; None: single elements.
    `size`: how many are given; those that are too many go, and for those that lack stands
    `fill_value`, 0 by default, with places 1 and counts 0.

    As `keras.ops.unique`.

    >>> unique([3., 1., 3.]).numpy().tolist()
    [1.0, 3.0]
    """
    place = 0 if axis is None else normalize_axis(axis, tensor_of(x).rank, "unique")
    asked = (return_index, return_inverse, return_counts)
    values, *others = np.unique(tensor_of(x).numpy(), True, True, True, axis=axis)
    index, inverse, counts = (one.astype(np.int32) for one in others)
    if size is not None:
        lacking = max(size - values.shape[place], 0)
        wide = [(0, lacking if i == place else 0) for i in range(values.ndim)]
        values = np.pad(values, wide, constant_values=fill_value or 0)[
            (slice(None),) * place + (slice(size),)
        ]
        index, counts = (
            np.pad(one, (0, lacking), constant_values=fill)[:size] for one, fill in ((index, 1), (counts, 0))
        )
    found = [one for one, wanted in zip((index, inverse, counts), asked, strict=True) if wanted]
    given = tuple(as_tensor(one, "x", "unique") for one in (values, *found))
    return given if found else given[0]
