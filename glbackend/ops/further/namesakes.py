"""Keras's `ops` that TF.js has too, of other arguments or dtypes. In `gl.ops`; TF.js's are in `gl`."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import explained
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import concat as joining
from glbackend.ops import create, logical, sort
from glbackend.ops import keras_arrays as arrays
from glbackend.ops import matmul as products
from glbackend.ops.further.elementwise import counts, floats, in_kind, same_dtype, tensor_of
from glbackend.ops.further.pairs import multiply
from glbackend.ops.index import gather
from glbackend.ops.keras_counting import nonzero
from glbackend.ops.keras_matrices import tensordot

Axes = int | Sequence[int] | None


def truths(x: TensorLike) -> Tensor:
    """`x` as bool: where it is not 0."""
    given = tensor_of(x)
    return given if given.dtype == "bool" else given.not_equal(0)


@explained
def zeros(shape: int | Sequence[int], dtype: DType | None = None) -> Tensor:
    """A tensor of zeros. As `keras.ops.zeros`.

    `shape`, `dtype`: of the tensor, float32 by default.

    >>> zeros((2,)).numpy().tolist()
    [0.0, 0.0]
    """
    return create.zeros((shape,) if isinstance(shape, int) else tuple(shape), dtype or "float32")


@explained
def ones(shape: int | Sequence[int], dtype: DType | None = None) -> Tensor:
    """A tensor of ones. As `keras.ops.ones`.

    `shape`, `dtype`: of the tensor, float32 by default.

    >>> ones((2,)).numpy().tolist()
    [1.0, 1.0]
    """
    return create.ones((shape,) if isinstance(shape, int) else tuple(shape), dtype or "float32")


@explained
def zeros_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Zeros in the shape of `x`, in `dtype` or that of x. As `keras.ops.zeros_like`.

    >>> zeros_like([1., 2.]).numpy().tolist()
    [0.0, 0.0]
    """
    given = tensor_of(x)
    return create.zeros_like(given) if dtype in (None, given.dtype) else create.zeros(given.shape, dtype)


@explained
def ones_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """Ones in the shape of `x`, in `dtype` or that of x. As `keras.ops.ones_like`.

    >>> ones_like([3., 2.], "int32").numpy().tolist()
    [1, 1]
    """
    given = tensor_of(x)
    return create.ones_like(given) if dtype in (None, given.dtype) else create.ones(given.shape, dtype)


@explained
def full(shape: int | Sequence[int], fill_value: TensorLike, dtype: DType | None = None) -> Tensor:
    """A tensor full of `fill_value`, a number or what is repeated. As `keras.ops.full`.

    `shape`, `dtype`: of the tensor, float32 by default.

    >>> full((2,), 7.5).numpy().tolist()
    [7.5, 7.5]
    """
    value = tensor_of(fill_value).cast(dtype or "float32")
    return value.broadcast_to((shape,) if isinstance(shape, int) else tuple(shape))


@explained
def meshgrid(*x: TensorLike, indexing: Literal["xy", "ij"] = "xy") -> list[Tensor]:
    """For vectors `x` tensors of as many axes, in each of which one of them goes along its axis.

    `indexing`: "xy": the first goes along axis 1, the second along axis 0; "ij": each along its own.

    As `keras.ops.meshgrid`.

    >>> [one.numpy().tolist() for one in meshgrid([1., 2.], [3.])]
    [[[1.0, 2.0]], [[3.0, 3.0]]]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    given = [tensor_of(one).flatten() for one in x]
    order = list(range(len(given)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = 1, 0
    sizes = [0] * len(given)
    for place, one in zip(order, given, strict=True):
        sizes[place] = one.size
    return [
        one.reshape([-1 if i == place else 1 for i in range(len(sizes))]).broadcast_to(sizes)
        for place, one in zip(order, given, strict=True)
    ]


@explained
def where(condition: TensorLike, x1: TensorLike | None = None, x2: TensorLike | None = None) -> Any:
    """`x1` where `condition` holds, else `x2`; without them where it holds, as of `nonzero`.

    `condition`: truths; numbers that are not 0 count as such.

    As `keras.ops.where`.

    >>> where([True, False], [1., 2.], 0.).numpy().tolist()
    [1.0, 0.0]
    """
    if (x1 is None) != (x2 is None):
        raise ArgumentError("where: give both x1 and x2, or none of them")
    if x1 is None or x2 is None:
        return nonzero(condition)
    a, b = same_dtype(x1, x2)
    return logical.where(truths(condition), a, b)


@explained
def logical_and(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Where both `x1` and `x2` hold, numbers where they are not 0. As `keras.ops.logical_and`.

    >>> logical_and([2, 0], [True, True]).numpy().tolist()
    [True, False]
    """
    return truths(x1).logical_and(truths(x2))


@explained
def logical_or(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Where `x1` or `x2` holds, numbers where they are not 0. As `keras.ops.logical_or`.

    >>> logical_or([2, 0], [False, False]).numpy().tolist()
    [True, False]
    """
    return truths(x1).logical_or(truths(x2))


@explained
def logical_xor(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Where one of `x1` and `x2` holds, numbers where they are not 0. As `keras.ops.logical_xor`.

    >>> logical_xor([2, 0], [True, True]).numpy().tolist()
    [False, True]
    """
    return truths(x1).logical_xor(truths(x2))


@explained
def logical_not(x: TensorLike) -> Tensor:
    """Where `x` does not hold, or is 0. As `keras.ops.logical_not`.

    >>> logical_not([2, 0]).numpy().tolist()
    [False, True]
    """
    return truths(x).logical_not()


@explained
def round(x: TensorLike, decimals: int = 0) -> Tensor:
    """The numbers of so many decimals that are nearest to `x`, of two the even one. As `keras.ops.round`.

    `decimals`: below 0: tens, hundreds, ...

    >>> round([1.26, 2.5], 1).numpy().round(3).tolist()
    [1.2999999523162842, 2.5]
    """
    given = counts(x)
    if given.dtype == "int32":
        if decimals >= 0:
            return given
        return round(given.cast("float32"), decimals).cast("int32")
    return given.round() if not decimals else (given * 10.0**decimals).round() / 10.0**decimals


@explained
def floor(x: TensorLike) -> Tensor:
    """The whole numbers not above `x`, as float32. As `keras.ops.floor`.

    >>> floor([-1.5, 1.5]).numpy().tolist()
    [-2.0, 1.0]
    """
    return floats(x).floor()


@explained
def ceil(x: TensorLike) -> Tensor:
    """The whole numbers not below `x`, as float32. As `keras.ops.ceil`.

    >>> ceil([-1.5, 1.5]).numpy().tolist()
    [-1.0, 2.0]
    """
    return floats(x).ceil()


@explained
def unstack(x: TensorLike, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The slices of `x` along `axis`. As `keras.ops.unstack`.

    `num`: how many there are, where that is to be checked.

    >>> [one.item() for one in unstack([1., 2.])]
    [1.0, 2.0]
    """
    given = tensor_of(x)
    size = given.shape[normalize_axis(axis, given.rank, "unstack")]
    if num not in (None, size):
        raise ShapeError(f"unstack: num is {num}, but axis {axis} of shape {list(given.shape)} has {size}")
    return joining.unstack(given, axis)


@explained
def tile(x: TensorLike, repeats: int | Sequence[int]) -> Tensor:
    """`x` repeated along its axes. As `keras.ops.tile`.

    `repeats`: how often along each axis, of the last ones where they are fewer; more of them add axes.

    >>> tile([1., 2.], (2, 1)).numpy().tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    given, counts = tensor_of(x), [repeats] if isinstance(repeats, int) else [int(one) for one in repeats]
    rank = given.rank if given.rank > len(counts) else len(counts)
    grown = given.reshape([1] * (rank - given.rank) + list(given.shape))
    return grown.tile([1] * (rank - len(counts)) + counts)


@explained
def matmul(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The products of matrices `x1` and `x2`, or of vectors as rows and columns. As `keras.ops.matmul`.

    >>> matmul([1., 2.], [3., 4.]).item()
    11.0
    """
    a, b = same_dtype(x1, x2)
    if not a.rank or not b.rank:
        raise ShapeError(f"matmul: needs vectors or matrices, got {list(a.shape)} and {list(b.shape)}")
    found = products.matmul(a if a.rank > 1 else a.expand_dims(0), b if b.rank > 1 else b.expand_dims(1))
    found = found if b.rank > 1 else found.squeeze(-1)
    return in_kind(found if a.rank > 1 else found.squeeze(-1 if b.rank == 1 else -2), a)


@explained
def dot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The sums of products of `x1` over its last axis and `x2` over its last but one, or its only one.

    As `keras.ops.dot`.

    >>> dot([1., 2.], [3., 4.]).item()
    11.0
    """
    a, b = same_dtype(x1, x2)
    if not a.rank or not b.rank:
        return multiply(a, b)
    if a.rank < 3 and b.rank < 3:
        return matmul(a, b)
    return tensordot(a, b, [[a.rank - 1], [b.rank - 2 if b.rank > 1 else 0]])


@explained
def outer(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Each element of `x1` times each of `x2`, a row for each of x1. As `keras.ops.outer`.

    >>> outer([1., 2.], [[3.], [4.]]).numpy().tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    a, b = same_dtype(x1, x2)
    return multiply(a.reshape((-1, 1)), b.reshape((1, -1)))


@explained
def in_top_k(targets: TensorLike, predictions: TensorLike, k: int) -> Tensor:
    """Whether each row's target is among its `k` largest numbers, bool. As `keras.ops.in_top_k`.

    `targets`: class numbers.
    `predictions`: a number of each class, in rows.

    >>> in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], 1).numpy().tolist()
    [True, False]
    """
    return sort.in_top_k(floats(predictions), tensor_of(targets).cast("int32"), k)


@explained
def repeat(x: TensorLike, repeats: int | Sequence[int] | np.ndarray, axis: int | None = None) -> Tensor:
    """`x` with each element `repeats` times in a row along `axis`; None: of all in one row.

    `repeats`: one number, or one of each element, which the host has to know.

    As `keras.ops.repeat`.

    >>> repeat([1., 2.], [1, 2]).numpy().tolist()
    [1.0, 2.0, 2.0]
    """
    given, counts = tensor_of(x), np.asarray(repeats)
    if counts.ndim == 0 or counts.size == 1:
        return arrays.repeat(given, int(counts.item()), axis)
    given, place = (given.flatten(), 0) if axis is None else (given, axis)
    size = given.shape[normalize_axis(place, given.rank, "repeat")]
    if counts.shape != (size,):
        raise ShapeError(f"repeat: needs a number of each of {size} elements, got shape {list(counts.shape)}")
    return gather(given, create.tensor(np.repeat(np.arange(size), counts).astype(np.int32)), place)


@explained
def roll(x: TensorLike, shift: int | Sequence[int], axis: Axes = None) -> Tensor:
    """`x` moved by `shift` along `axis`, one or several; what leaves at the end comes in at the start.

    `axis`: None: of all in one row.

    As `keras.ops.roll`.

    >>> roll([1., 2., 3.], 1).numpy().tolist()
    [3.0, 1.0, 2.0]
    """
    given = tensor_of(x)
    if axis is None and isinstance(shift, int):
        return arrays.roll(given, shift)
    places = [axis] if isinstance(axis, int) else list(axis or ())
    shifts = [shift] * len(places) if isinstance(shift, int) else list(shift)
    if len(shifts) != len(places):
        raise ArgumentError(f"roll: needs a shift of each axis, got {shift} and {axis}")
    for one, place in zip(shifts, places, strict=True):
        given = arrays.roll(given, one, normalize_axis(place, given.rank, "roll"))
    return given
