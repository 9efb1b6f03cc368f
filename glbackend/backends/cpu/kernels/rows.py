"""Rows of a tensor's last axis: vectors applied to many at a time, sums by products with ones."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
LONG = 1 << 14  # numbers of a loop over a repeated row: below 6,000 NumPy takes half as long again
BLOCK = 1 << 18  # numbers that are worked on at a time: smaller blocks cost more in calls than caches save
PARTIAL = 512  # numbers that are added up in the dtype itself; the sums of those in float64
NARROW = 256  # numbers of rows that are not worth a call each
FEW = 4096  # numbers that are not worth a plan


def beside(count: int, width: int) -> int:
    """How many of `count` rows of `width` numbers are taken as one."""
    return divisor(count, max(min(LONG // width, count // 8), 1)) if width and count else 1


def repeated(row: Array, times: int) -> Array:
    """A row so many times, one after the other."""
    many = np.empty((times, row.size), row.dtype)
    many[...] = row.reshape(-1)
    return many.reshape(-1)


def side_by_side(arrays: list[Array], shape: tuple[int, ...]) -> list[Array]:
    """A tensor of `shape` and a row for its last axis, either first: many rows as one, the row repeated.

    Whatever else broadcasts stays as it is.
    """
    width = shape[-1] if shape else 0
    for tensor, row in (arrays, arrays[::-1]):
        if tensor.shape == shape and row.shape[-1:] == (width,) == (row.size,) and tensor.flags.c_contiguous:
            times = beside(tensor.size // width, width)
            wide, tiled = tensor.reshape(-1, times * width), repeated(row, times)
            return [wide, tiled] if tensor is arrays[0] else [tiled, wide]
    return arrays


def blocks_of_rows(arrays: tuple[Array, ...], vectors: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    """Matching parts of contiguous `arrays` [..., n] as matrices, then `vectors` [n] that go with each row.

    Short rows lie side by side as one and vectors are repeated: long loops are quick.
    """
    width = arrays[0].shape[-1]
    count = arrays[0].size // max(width, 1)
    times = beside(count, width)
    tiled = tuple(repeated(one, times) for one in vectors)
    flat = [one.reshape(-1, times * width) for one in arrays] if count and width else []
    step = max(BLOCK // max(times * width, 1), 1)
    for start in range(0, count // max(times, 1) if flat else 0, step):
        yield (*(one[start : start + step] for one in flat), *tiled)


def row_blocks(*arrays: Array, most: int = BLOCK) -> Iterator[tuple[Array, ...]]:
    """Matching blocks of rows, of about `most` numbers: of a matrix [n, m], then of matrices or columns [n].

    Their numbers of rows are multiples of what `beside` takes as one.
    """
    count, width = arrays[0].shape
    times = beside(count, width)
    step = max(most // max(times * width, 1), 1) * times
    for start in range(0, count, step):
        yield tuple(one[start : start + step] for one in arrays)


@lru_cache(maxsize=1024)
def divisor(n: int, most: int) -> int:
    """The largest divisor of n of at most `most`."""
    return next(d for d in range(min(n, most), 0, -1) if n % d == 0)


class Sums(NamedTuple):
    """How a contiguous array [left, parts, part, inner] is summed over the middle two; the result's shape."""

    left: int
    parts: int
    part: int
    inner: int
    shape: tuple[int, ...]


@lru_cache(maxsize=1024)
def _planned(shape: tuple[int, ...], axes: tuple[int, ...]) -> Sums | None:
    """The plan of sums over `axes`; None where products with ones gain nothing."""
    axes = tuple(sorted(axis % len(shape) for axis in axes))
    if math.prod(shape) <= FEW or not axes or axes != tuple(range(axes[0], axes[-1] + 1)):
        return None
    left, right = shape[: axes[0]], shape[axes[-1] + 1 :]
    n = math.prod(shape[axes[0] : axes[-1] + 1])
    part = divisor(n, PARTIAL)
    if part < min(16, n):
        return None
    return Sums(math.prod(left), n // part, part, math.prod(right), (*left, *right))


def sums(x: Array, axes: tuple[int, ...]) -> Array:
    """float64 sums of a float array over `axes`, which vanish.

    Up to PARTIAL numbers are added by a product with ones in x's dtype, the partial sums in float64: off by
    some 1e-8 of the sum of magnitudes. As accurate as pairwise summation (Higham 1993), as fast as reading.
    """
    plan = _planned(x.shape, axes) if x.flags.c_contiguous else None
    if plan is None:
        return np.asarray(np.sum(x, axes, np.float64))
    ones = _ones(plan.part, x.dtype)  # of PARTIAL at most
    if plan.inner == 1:
        partial = (x.reshape(-1, plan.part) @ ones).astype(np.float64)
        total = partial.reshape(plan.left, plan.parts) @ np.ones(plan.parts)
    else:
        partial = np.matmul(ones, x.reshape(-1, plan.part, plan.inner))
        total = partial.reshape(plan.left, plan.parts, plan.inner).sum(1, np.float64)
    if not np.isfinite(total).all():  # float64 may hold what overflowed
        return np.asarray(np.sum(x, axes, np.float64))
    return total.reshape(plan.shape)


def outer(column: Array, row: Array, more: Any = 0.0, other: Any = 0.0, out: Array | None = None) -> Array:
    """Each of a column times each of a row, plus each of `more` times each of `other`: a product of depth 2.

    The quickest form of broadcasting: NumPy's own takes 80 ns a row besides its numbers.
    """
    left, right = np.empty((column.size, 2), row.dtype), np.empty((2, row.size), row.dtype)
    left[:, 0], left[:, 1], right[0], right[1] = column, more, row, other
    return np.matmul(left, right, out=out)


def dots(a: Array, b: Array) -> Array:
    """float64 sums of the products of the rows of two matrices, or of all rows of `a` with one.

    BLAS adds a row up in many lanes, so that twice PARTIAL numbers are as exact as elsewhere PARTIAL.
    """
    if b.ndim == 2 and a.shape[1] < NARROW:
        return sums(a * b, (1,))
    total = np.zeros(len(a))
    for start in range(0, a.shape[1], 2 * PARTIAL):
        left, right = a[:, start : start + 2 * PARTIAL], b[..., start : start + 2 * PARTIAL]
        total += np.vecdot(left, right) if b.ndim == 2 else left @ right
    return total


@lru_cache(maxsize=64)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(count, dtype)
