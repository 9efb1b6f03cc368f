"""Keras's `ops` of matrices that TF.js has not: diagonals, triangles, products over axes. In `gl.ops`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import einsum as products
from glbackend.ops import logical
from glbackend.ops.create import tensor, zeros
from glbackend.ops.further.elementwise import in_kind, same_dtype, tensor_of
from glbackend.ops.index import gather
from glbackend.ops.keras_arrays import moveaxis


@checked
def diag(x: TensorLike, k: int = 0) -> Tensor:
    """The matrix with the vector `x` on its `k`-th diagonal, or that diagonal of a matrix `x`.

    As `keras.ops.diag`.

    >>> diag([1., 2.]).numpy().tolist(), diag([[1., 2.], [3., 4.]], k=1).numpy().tolist()
    ([[1.0, 0.0], [0.0, 2.0]], [2.0])
    """
    given = as_tensor(x, "x", "diag")
    if given.rank not in (1, 2):
        raise ShapeError(f"diag: x must be a vector or a matrix, got shape {list(given.shape)}")
    if given.rank == 2:
        return diagonal(given, k)
    size = given.shape[0] + abs(k)
    places = tensor(np.eye(size, k=k, dtype=bool))
    along = given.pad([[max(-k, 0), max(k, 0)]]).expand_dims(1)
    return logical.where(places, along, zeros((), given.dtype))


@checked
def diagonal(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of `x` in the plane of `axis1` and `axis2`, `offset` above the main one, as the last axis.

    As `keras.ops.diagonal`.

    >>> diagonal([[1., 2.], [3., 4.]]).numpy().tolist()
    [1.0, 4.0]
    """
    given = moveaxis(as_tensor(x, "x", "diagonal"), [axis1, axis2], [-2, -1])
    rows, columns = given.shape[-2:]
    size = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    places = (np.arange(size) + max(-offset, 0)) * columns + np.arange(size) + max(offset, 0)
    return gather(given.reshape([*given.shape[:-2], rows * columns]), places.astype(np.int32), given.rank - 2)


@checked
def einsum(subscripts: str, *operands: TensorLike) -> Tensor:
    """Sums of products of `operands` by their letters in `subscripts`; of truths alone, truths.

    As `keras.ops.einsum`.

    >>> einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).numpy().tolist()
    [3, 7]
    """
    given = [tensor_of(one) for one in operands]
    found = products.einsum(subscripts, *given)
    return found.cast("bool") if {one.dtype for one in given} == {"bool"} else found


@checked
def inner(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The sums of products of `x1` and `x2` over their last axes. As `keras.ops.inner`.

    >>> inner([1., 2.], [3., 4.]).item()
    11.0
    """
    a, b = same_dtype(x1, x2)
    if not a.rank or not b.rank:
        return in_kind(a * b, a)
    return tensordot(a, b, [[a.rank - 1], [b.rank - 1]])


@checked
def tensordot(x1: TensorLike, x2: TensorLike, axes: int | Sequence[Any] = 2) -> Tensor:
    """The sums of products of `x1` and `x2` over several axes. As `keras.ops.tensordot`.

    `axes`: how many of x1's last and x2's first axes, or two lists of axes.

    >>> tensordot([[1., 2.]], [[3.], [4.]], 1).numpy().tolist()
    [[11.0]]
    """
    a, b = same_dtype(x1, x2)
    if isinstance(axes, int):
        firsts, seconds = list(range(-axes, 0)), list(range(axes))
    else:
        firsts, seconds = ([one] if isinstance(one, int) else list(one) for one in axes)
    firsts = [normalize_axis(one, a.rank, "tensordot", "axes") for one in firsts]
    seconds = [normalize_axis(one, b.rank, "tensordot", "axes") for one in seconds]
    letters = [chr(ord("a") + i) for i in range(a.rank + b.rank)]
    left, right = letters[: a.rank], letters[a.rank :]
    for first, second in zip(firsts, seconds, strict=True):
        right[second] = left[first]
    summed = {left[one] for one in firsts}
    kept = [one for one in (*left, *right) if one not in summed]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", a, b)


@checked
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of `diagonal(x, offset, axis1, axis2)`. As `keras.ops.trace`.

    `x`, `offset`, `axis1`, `axis2`: as of `diagonal`.

    >>> trace([[1., 2.], [3., 4.]]).item()
    5.0
    """
    return diagonal(x, offset, axis1, axis2).sum(-1)


def _banded(x: TensorLike, k: int, sign: int, op: str) -> Tensor:
    given = as_tensor(x, "x", op)
    if given.rank < 2:
        raise ShapeError(f"{op}: needs matrices, got shape {list(given.shape)}")
    rows, columns = given.shape[-2:]
    kept = sign * (np.arange(columns)[None] - np.arange(rows)[:, None] - k) >= 0
    return logical.where(tensor(kept), given, zeros(given.shape, given.dtype))


@checked
def tril(x: TensorLike, k: int = 0) -> Tensor:
    """The matrices `x` with 0 above their `k`-th diagonal. As `keras.ops.tril`.

    >>> tril([[1., 2.], [3., 4.]]).numpy().tolist()
    [[1.0, 0.0], [3.0, 4.0]]
    """
    return _banded(x, k, -1, "tril")


@checked
def triu(x: TensorLike, k: int = 0) -> Tensor:
    """The matrices `x` with 0 below their `k`-th diagonal. As `keras.ops.triu`.

    >>> triu([[1., 2.], [3., 4.]]).numpy().tolist()
    [[1.0, 2.0], [0.0, 4.0]]
    """
    return _banded(x, k, 1, "triu")
