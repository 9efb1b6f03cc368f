"""Keras's `ops` that leave NaN out: sums, means, extremes, quantiles. In `gl.ops`.

Whole numbers have no NaN: of them each gives what its namesake without "nan" gives.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import argument, logical
from glbackend.ops.further.elementwise import counts, floats, in_kind, tensor_of
from glbackend.ops.keras import cumsum, position_of
from glbackend.ops.keras_arrays import sort, take_along_axis
from glbackend.ops.keras_counting import METHODS, last_axis_of, not_empty, shares_of, with_axes
from glbackend.ops.scan import cumprod

Axes = int | Sequence[int] | None
INFINITY = float("inf")


def _without(x: Tensor, value: float) -> Tensor:
    return logical.where(x.is_nan(), value, x) if x.dtype == "float32" else x


def _counted(x: Tensor, axis: Axes, keepdims: bool) -> Tensor:
    """How many elements are numbers."""
    return x.is_nan().logical_not().cast("float32").sum(axis, keepdims)


@checked
def nansum(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The sum of `x` over `axis`, NaN as 0. As `keras.ops.nansum`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nansum([1., float("nan"), 2.]).item()
    3.0
    """
    return _without(counts(x), 0.0).sum(axis, keepdims)


@checked
def nanprod(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The product of `x` over `axis`, NaN as 1. As `keras.ops.nanprod`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanprod([3., float("nan"), 2.]).item()
    6.0
    """
    return _without(counts(x), 1.0).prod(axis, keepdims)


@checked
def nanmean(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The mean of the numbers in `x` over `axis`; NaN where there are none. As `keras.ops.nanmean`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanmean([1., float("nan"), 2.]).item()
    1.5
    """
    given = floats(x)
    return nansum(given, axis, keepdims) / _counted(given, axis, keepdims)


@checked
def nanvar(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The variance of the numbers in `x` over `axis`; NaN where there are none. As `keras.ops.nanvar`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanvar([1., float("nan"), 5.]).item()
    4.0
    """
    given = floats(x)
    mean = nanmean(given, axis, True)
    apart = logical.where(given.is_nan(), mean, given) - mean
    return apart.square().sum(axis, keepdims) / _counted(given, axis, keepdims)


@checked
def nanstd(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The standard deviation of the numbers in `x` over `axis`. As `keras.ops.nanstd`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanstd([1., float("nan"), 3.]).item()
    1.0
    """
    return nanvar(x, axis, keepdims).sqrt()


def _extreme(x: TensorLike, name: str, instead: float, axis: Axes, keepdims: bool) -> Tensor:
    given = not_empty(tensor_of(x), axis, f"nan{name}")
    found: Tensor = in_kind(getattr(_without(given, instead), name)(axis, keepdims), given)
    if given.dtype != "float32":
        return found
    return logical.where(given.is_nan().all(axis, keepdims), float("nan"), found)


@checked
def nanmax(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The largest number in `x` over `axis`; NaN where there is none. As `keras.ops.nanmax`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanmax([1., float("nan"), 2.]).item()
    2.0
    """
    return _extreme(x, "max", -INFINITY, axis, keepdims)


@checked
def nanmin(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The smallest number in `x` over `axis`; NaN where there is none. As `keras.ops.nanmin`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanmin([1., float("nan"), 2.]).item()
    1.0
    """
    return _extreme(x, "min", INFINITY, axis, keepdims)


def _place(of: Callable[..., Tensor], x: TensorLike, instead: float, axis: int | None, kept: bool) -> Tensor:
    given = tensor_of(x)
    found = position_of(of, _without(given, instead), axis, kept)
    if given.dtype != "float32":
        return found
    return logical.where(given.is_nan().all(axis, kept), -1, found)


@checked
def nanargmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the largest number in `x` along `axis`, int32; -1 where there is none.

    `axis`: None: in x as one row.
    `keepdims`: whether the axis stays, of size 1.

    As `keras.ops.nanargmax`.

    >>> nanargmax([1., float("nan"), 2.]).item()
    2
    """
    return _place(argument.argmax, x, -INFINITY, axis, keepdims)


@checked
def nanargmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the smallest number in `x` along `axis`, int32; -1 where there is none.

    `axis`: None: in x as one row.
    `keepdims`: whether the axis stays, of size 1.

    As `keras.ops.nanargmin`.

    >>> nanargmin([float("nan"), 1., 2.]).item()
    1
    """
    return _place(argument.argmin, x, INFINITY, axis, keepdims)


def _scanned(of: Any, x: TensorLike, axis: int | None, dtype: DType | None, instead: float) -> Tensor:
    given = tensor_of(x)
    given = given.cast(dtype or ("int32" if given.dtype == "bool" else given.dtype))
    given, place = (given.flatten(), 0) if axis is None else (given, axis)
    found: Tensor = of(_without(given, instead), place)
    return found


@checked
def nancumsum(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """The sums of `x` along `axis` up to each element, NaN as 0. As `keras.ops.nancumsum`.

    `axis`: None: of x as one row.
    `dtype`: by default that of x.

    >>> nancumsum([1., float("nan"), 2.]).numpy().tolist()
    [1.0, 1.0, 3.0]
    """
    return _scanned(cumsum, x, axis, dtype, 0.0)


@checked
def nancumprod(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """The products of `x` along `axis` up to each element, NaN as 1. As `keras.ops.nancumprod`.

    `axis`: None: of x as one row.
    `dtype`: by default that of x.

    >>> nancumprod([3., float("nan"), 2.]).numpy().tolist()
    [3.0, 3.0, 6.0]
    """
    return _scanned(cumprod, x, axis, dtype, 1.0)


@checked
def nanquantile(
    x: TensorLike, q: TensorLike, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """What a share `q` of the numbers in `x` lies below. As `keras.ops.nanquantile`.

    NaN where there are no numbers.

    `q`: between 0 and 1, one or several: their axis comes first in the result.
    `axis`: along which, by default all.
    `method`: "linear" between the two nearest, or "lower", "higher", "nearest", "midpoint".
    `keepdims`: whether the axes stay, of size 1.

    >>> nanquantile([1., float("nan"), 4., 2.], 0.5).item()
    2.0
    """
    if method not in METHODS:
        raise ArgumentError(f"nanquantile: method must be one of {', '.join(METHODS)}, got {method!r}")
    given = floats(x)
    row = last_axis_of(given, axis, "nanquantile")
    shares, many = shares_of(q, row, "nanquantile")
    last = row.is_nan().logical_not().cast("float32").sum(-1, True) - 1  # the place of the largest number
    ordered = sort(_without(row, INFINITY), -1)
    found = []
    for share in shares:
        at = last.maximum(0.0) * share
        low, high = at.floor(), at.ceil()
        part = at - low if method == "linear" else (at - low).sign() * 0.5
        if method in ("lower", "higher", "nearest"):
            low = high = {"lower": low, "higher": high, "nearest": at.round()}[method]
        below = take_along_axis(ordered, low.cast("int32"), -1)
        above = take_along_axis(ordered, high.cast("int32"), -1)
        between = logical.where(low.equal(high), below, below * (1 - part) + above * part)
        found.append(logical.where(last.less(0.0), float("nan"), between).squeeze(-1))
    return with_axes(found, given, axis, keepdims, many)


@checked
def nanmedian(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The middle one of the sorted numbers in `x` along `axis`, of two the mean. As `keras.ops.nanmedian`.

    `keepdims`: whether the axes stay, of size 1.

    >>> nanmedian([3., float("nan"), 1., 9.]).item()
    3.0
    """
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


@checked
def nanpercentile(
    x: TensorLike, q: TensorLike, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`nanquantile` of `q` in percent. As `keras.ops.nanpercentile`.

    `x`, `axis`, `method`, `keepdims`: as there.

    >>> nanpercentile([1., float("nan"), 4., 2.], 50).item()
    2.0
    """
    return nanquantile(x, np.asarray(tensor_of(q), np.float64) / 100, axis, method, keepdims)
