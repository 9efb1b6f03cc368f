"""Linear algebra out of ordinary ops, so that gradients come by themselves; batches of matrices as one."""

from collections.abc import Sequence
from typing import overload

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import eye, ones, tensor, zeros
from glbackend.ops.logical import where
from glbackend.ops.matmul import matmul
from glbackend.ops.op import op


@op(method=False, namespace="linalg")
def band_part(a: TensorLike, num_lower: int | Tensor, num_upper: int | Tensor) -> Tensor:
    """Matrices with zeros outside a band about the diagonal. As `tf.linalg.bandPart`.

    `a` is [..., m, n] of any dtype. `num_lower` diagonals below the main one are kept and `num_upper` above
    it, all where negative. Raises ShapeError for a rank below 2, ArgumentError where a number is no integer
    or larger than m or n.

    >>> band_part([[1., 2., 3.], [4., 5., 6.], [7., 8., 9.]], 0, 1).numpy().tolist()
    [[1.0, 2.0, 0.0], [0.0, 5.0, 6.0], [0.0, 0.0, 9.0]]
    """
    x = as_tensor(a, "a", "band_part")
    if x.rank < 2:
        raise ShapeError(f"band_part: rank must be at least 2, got {x.rank}")
    rows, columns = x.shape[-2:]
    widths = []
    for name, value, limit in (("num_lower", num_lower, rows), ("num_upper", num_upper, columns)):
        width = value.item() if isinstance(value, Tensor) else value
        if not isinstance(width, int | float) or width != int(width):
            raise ArgumentError(f"band_part: {name} must be an integer, got {width}")
        if width > limit:
            raise ArgumentError(f"band_part: {name} ({width}) must not be greater than {limit}")
        widths.append(limit if width < 0 else int(width))
    below = np.arange(rows)[:, None] - np.arange(columns)
    return where(tensor((below <= widths[0]) & (-below <= widths[1])), x, zeros((), x.dtype))


@overload
def gram_schmidt(xs: Tensor) -> Tensor: ...
@overload
def gram_schmidt(xs: Sequence[Tensor]) -> list[Tensor]: ...
@op(method=False, namespace="linalg")
def gram_schmidt(xs: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
    """Orthonormal vectors that span what `xs` span: the rows of a matrix, or a list of vectors.

    The first keeps its direction; what comes back is a matrix or a list as given. Raises ShapeError where
    vectors differ in length or are more than elements, ArgumentError for an empty list. As
    `tf.linalg.gramSchmidt`.

    >>> gram_schmidt(tensor([[3., 4.], [1., 0.]])).numpy().round(2).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.800000011920929, -0.6000000238418579]]
    """
    if isinstance(xs, Tensor):
        if xs.rank != 2:
            raise ShapeError(
                f"gram_schmidt: expected a matrix or a list of vectors, got shape {list(xs.shape)}"
            )
        vectors = xs.unstack(0)
    else:
        vectors = [as_tensor(x, f"xs[{i}]", "gram_schmidt") for i, x in enumerate(xs)]
    _check_vectors(vectors)
    found: list[Tensor] = []
    for x in vectors:
        for y in found:
            x = x - (y * x).sum() * y
        found.append(x / x.square().sum().sqrt())
    if isinstance(xs, Tensor):
        return stack(found)
    return found


def _check_vectors(vectors: Sequence[Tensor]) -> None:
    if not vectors:
        raise ArgumentError("gram_schmidt: input must not be empty")
    length = vectors[0].size
    for x in vectors:
        if x.rank != 1:
            raise ShapeError(f"gram_schmidt: expected vectors, got one of shape {list(x.shape)}")
        if x.size != length:
            raise ShapeError(
                f"gram_schmidt: Non-unique lengths found in the input vectors: ({x.size} vs. {length})"
            )
    if len(vectors) > length:
        raise ShapeError(
            f"gram_schmidt: Number of vectors ({len(vectors)}) exceeds number of dimensions ({length})"
        )


@op(method=False, namespace="linalg")
def qr(x: TensorLike, full_matrices: bool = False) -> tuple[Tensor, Tensor]:
    """Q with orthonormal columns and R, upper triangular, whose product is x; by Householder reflections.

    `x`: float32 [..., m, n]. With k = min(m, n) they are [..., m, k] and [..., k, n], with `full_matrices`
    [..., m, m] and [..., m, n]. Diagonal elements of R have the opposite sign of what they eliminate. Raises
    ShapeError for a rank below 2. As `tf.linalg.qr`.

    >>> q, r = qr([[3., 1.], [4., 2.]])
    >>> q.matmul(r).numpy().round(4).tolist()
    [[3.0, 1.0], [4.0, 2.0]]
    """
    given = as_tensor(x, "x", "qr")
    if given.rank < 2:
        raise ShapeError(f"qr() requires input tensor to have a rank >= 2, but got rank {given.rank}")
    return factored(given, full_matrices, 0)


def factored(r: Tensor, full_matrices: bool, beyond: int) -> tuple[Tensor, Tensor]:
    """Q and R; a column that is 0 from `beyond` the diagonal on is not reflected: LAPACK looks below it."""
    rows, columns = r.shape[-2:]
    q = eye(rows).broadcast_to((*r.shape[:-2], rows, rows))
    for j in range(min(rows, columns)):
        w, tau_w = _reflection(r, j, beyond)
        r = r - matmul(tau_w, matmul(w, r, True, False))
        q = q - matmul(matmul(q, w), tau_w, False, True)
    if not full_matrices and rows > columns:
        q, r = q[..., :columns], r[..., :columns, :]
    return q, r


def _reflection(r: Tensor, j: int, beyond: int) -> tuple[Tensor, Tensor]:
    """w and tau w, columns [..., m, 1], so that I - tau w w' clears column j of r below its diagonal."""
    column = r[..., j:, j : j + 1]
    head = column[..., :1, :]
    square = column.square().sum(-2, True)
    # nothing to clear: tau is 0
    empty = column[..., beyond:, :].square().sum(-2, True).equal(0.0)
    norm = where(empty, 1.0, square).sqrt()
    sign = where(head.greater(0.0), -1.0, 1.0)
    first = where(empty, 1.0, head - sign * norm)
    below = column[..., 1:, :] / first
    pads = [(0, 0)] * (r.rank - 2)
    one = ones(head.shape)
    w = concat([one, below], -2).pad([*pads, (j, 0), (0, 0)])
    tau = where(empty, 0.0, -(sign * first / norm))
    return w, tau * w
