"""Rows of a tensor's last axis: vectors applied to many at a time, sums by products with ones."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SHORT = 512  # numbers from which on a row is a loop long enough
BESIDE = 5040  # has many divisors: so many rows at most are taken side by side, as one
BLOCK = 1 << 16  # numbers that are worked on at a time: some blocks of them stay in a core's second cache
PARTIAL = 512  # numbers that are added up in the dtype itself; the sums of those in float64
FEW = 4096  # numbers that are not worth a plan


def beside(count: int, width: int) -> int:
    """How many of `count` rows of `width` numbers are taken as one."""
    return math.gcd(count, BESIDE) if 0 < width < SHORT else 1


def side_by_side(arrays: list[Array], shape: tuple[int, ...]) -> list[Array]:
    """A tensor of `shape` and a row for its last axis, either first: many rows as one, the row repeated.

    Whatever else broadcasts stays as it is.
    """
    width = shape[-1] if shape else 0
    for tensor, row in (arrays, arrays[::-1]):
        if tensor.shape == shape and row.shape[-1:] == (width,) == (row.size,) and tensor.flags.c_contiguous:
            times = beside(tensor.size // width, width)
            wide, tiled = tensor.reshape(-1, times * width), np.tile(row.reshape(-1), times)
            return [wide, tiled] if tensor is arrays[0] else [tiled, wide]
    return arrays


def blocks_of_rows(arrays: tuple[Array, ...], vectors: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    """Matching parts of contiguous `arrays` [..., n] as matrices, then `vectors` [n] that go with each row.

    Short rows lie side by side as one and vectors are repeated: long loops are quick.
    """
    width = arrays[0].shape[-1]
    count = arrays[0].size // max(width, 1)
    times = beside(count, width)
    tiled = tuple(np.tile(one, times) for one in vectors)
    flat = [one.reshape(-1, times * width) for one in arrays] if count and width else []
    step = max(BLOCK // max(times * width, 1), 1)
    for start in range(0, count // max(times, 1) if flat else 0, step):
        yield (*(one[start : start + step] for one in flat), *tiled)


@lru_cache(maxsize=1024)
def divisor(n: int, most: int) -> int:
    """The largest divisor of n of at most `most`."""
    return next(d for d in range(min(n, most), 0, -1) if n % d == 0)


def sums(x: Array, axes: tuple[int, ...]) -> Array:
    """float64 sums of a float array over `axes`, which vanish.

    Up to PARTIAL numbers are added by a product with ones in x's dtype, the partial sums in float64: off by
    some 1e-8 of the sum of magnitudes. As accurate as pairwise summation (Higham 1993), as fast as reading.
    """
    axes = tuple(sorted(axis % x.ndim for axis in axes)) if axes else ()
    adjacent = axes == tuple(range(axes[0], axes[0] + len(axes))) if axes else False
    if x.size <= FEW or not adjacent or not x.flags.c_contiguous:
        return np.asarray(np.sum(x, axes, np.float64))
    left, right = x.shape[: axes[0]], x.shape[axes[-1] + 1 :]
    n, inner = math.prod(x.shape[axis] for axis in axes), math.prod(right)
    part = divisor(n, PARTIAL)
    if part < min(16, n):
        return np.asarray(np.sum(x, axes, np.float64))
    ones = np.ones(part, x.dtype)
    partial = x.reshape(-1, part) @ ones if inner == 1 else np.matmul(ones, x.reshape(-1, part, inner))
    if not np.isfinite(partial).all():  # float64 may hold what overflowed
        return np.asarray(np.sum(x, axes, np.float64))
    total = partial.reshape(math.prod(left), n // part, inner).sum(1, np.float64)
    return np.asarray(total.reshape((*left, *right)))
