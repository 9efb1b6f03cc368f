"""Keras's `ops.linalg` that solves: elimination column by column, batches of matrices as one. In `gl.ops`.

Each column costs a few passes over all matrices, on the device: meant for up to some hundreds of columns.
What is singular gives infinite numbers or NaN, as only the values would tell.
"""

import math
from typing import Any, Literal, NamedTuple

from glbackend.base.calling import checked
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import broadcast_shapes
from glbackend.engine.autodiff import custom_grad
from glbackend.engine.convert import TensorLike
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import eye, ones, range_, zeros
from glbackend.ops.further.elementwise import floats
from glbackend.ops.index import gather
from glbackend.ops.keras_matrices import diagonal, tril, triu
from glbackend.ops.linalg import factored
from glbackend.ops.matmul import matmul


def matrices(x: TensorLike, op: str, square: bool = False) -> Tensor:
    """The tensor of `x`, which must be matrices, with `square` as many rows as columns."""
    given = floats(x)
    if given.rank < 2 or (square and given.shape[-1] != given.shape[-2]):
        raise ShapeError(
            f"{op}: needs {'square ' if square else ''}matrices [..., rows, columns], "
            f"got shape {list(given.shape)}"
        )
    return given


class _Eliminated(NamedTuple):
    """What is left of matrices [count, n, m] when a column of theirs after the other was eliminated."""

    rows: Tensor
    factors: Tensor  # below the diagonal, what rows were multiplied by
    pivots: list[Tensor]  # int32 [count]: with which row each was exchanged
    sign: Tensor  # [count], -1 where rows were exchanged an odd number of times


def _eliminated(x: Tensor, above: bool) -> _Eliminated:
    """By the largest element of each column; with `above` over the diagonal too, which becomes 1."""
    count, n, _ = x.shape
    lines = range_(0, n, dtype="int32").expand_dims(0)
    factors, sign, pivots = zeros((count, n, n)), ones((count,)), []
    for j in range(min(n, x.shape[2])):
        open_ones = logical.where(lines.less(j), -1.0, x[:, :, j].abs())
        pivot = open_ones.argmax(1)
        pivots.append(pivot)
        at = pivot.expand_dims(1)
        order = logical.where(lines.equal(j), at, logical.where(lines.equal(at), j, lines))
        x, factors = (gather(one, order, 1, 1) for one in (x, factors))
        sign = logical.where(pivot.equal(j), sign, -sign)
        row = x[:, j : j + 1]
        share = x[:, :, j : j + 1] / row[:, :, j : j + 1]
        here = lines.equal(j).expand_dims(-1)
        if above:
            x = logical.where(here, row / row[:, :, j : j + 1], x - share * row)
        else:
            below = lines.greater(j).expand_dims(-1)
            share = logical.where(below.logical_and(row[:, :, j : j + 1].not_equal(0)), share, 0.0)
            x = x - share * row
            factors = logical.where(lines.equal(j).expand_dims(1).logical_and(below), share, factors)
    return _Eliminated(x, factors, pivots, sign)


def turned(x: Tensor) -> Tensor:
    """With rows and columns in each other's place."""
    return x.transpose((*range(x.rank - 2), x.rank - 1, x.rank - 2))


@custom_grad
def _solved(a: Tensor, b: Tensor) -> tuple[Tensor, Any]:
    n, m = b.shape[-2:]
    both = concat([a, b], -1).reshape((math.prod(b.shape[:-2]), n, n + m))
    found = _eliminated(both, True).rows[:, :, n:].reshape(b.shape)

    def back(dy: Tensor) -> list[Tensor]:
        db = _solved(turned(a), dy)
        return [-matmul(db, _solved(a, b), False, True), db]

    return found, back


@checked
def solve(a: TensorLike, b: TensorLike) -> Tensor:
    """x of a x = b, by elimination with the largest pivot of each column. As `keras.ops.solve`.

    `a`: square matrices [..., n, n].
    `b`: [..., n, m], or vectors [..., n] of one axis less than a.

    >>> solve([[2., 0.], [0., 4.]], [[2.], [8.]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    left, right = matrices(a, "solve", True), floats(b)
    vectors = right.rank == left.rank - 1
    right = right.expand_dims(-1) if vectors else right
    if right.rank < 2 or right.shape[-2] != left.shape[-1]:
        raise ShapeError(f"solve: b {list(right.shape)} does not fit a {list(left.shape)}")
    around = broadcast_shapes(left.shape[:-2], right.shape[:-2], "solve")
    found = _solved(
        left.broadcast_to((*around, *left.shape[-2:])), right.broadcast_to((*around, *right.shape[-2:]))
    )
    return found.squeeze(-1) if vectors else found


@checked
def solve_triangular(a: TensorLike, b: TensorLike, lower: bool = False) -> Tensor:
    """x of a x = b for triangular `a`: what lies beyond its diagonal is not looked at.

    `b`: as of `solve`.
    `lower`: whether a is 0 above its diagonal, not below it.

    As `keras.ops.solve_triangular`.

    >>> solve_triangular([[2., 9.], [0., 4.]], [[11.], [4.]]).numpy().tolist()
    [[1.0], [1.0]]
    """
    left = matrices(a, "solve_triangular", True)
    return solve(tril(left) if lower else triu(left), b)


@checked
def inv(x: TensorLike) -> Tensor:
    """The inverse of square matrices `x`. As `keras.ops.inv`.

    >>> inv([[2., 0.], [0., 4.]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    given = matrices(x, "inv", True)
    return solve(given, eye(given.shape[-1]).broadcast_to(given.shape))


@checked
def det(x: TensorLike) -> Tensor:
    """The determinant of square matrices `x`. As `keras.ops.det`.

    Its gradient is that of invertible matrices.

    >>> det([[2., 1.], [0., 4.]]).item()
    8.0
    """

    @custom_grad
    def found(a: Tensor) -> tuple[Tensor, Any]:
        done = _eliminated(a.reshape((-1, *a.shape[-2:])), False)
        value = (diagonal(done.rows, 0, 1, 2).prod(-1) * done.sign).reshape(a.shape[:-2])
        return value, lambda dy: (dy * found(a)).expand_dims(-1).expand_dims(-1) * turned(inv(a))

    given = matrices(x, "det", True)
    return found(given) if given.size else ones(given.shape[:-2])


@checked
def slogdet(x: TensorLike) -> tuple[Tensor, Tensor]:
    """The sign and the logarithm of the determinant of square matrices `x`. As `keras.ops.slogdet`.

    >>> [one.numpy().round(3).item() for one in slogdet([[-1., 0.], [0., 1.]])]
    [-1.0, 0.0]
    """

    @custom_grad
    def logarithm(a: Tensor) -> tuple[Tensor, Any]:
        value = diagonal(a_done.rows, 0, 1, 2).abs().log().sum(-1).reshape(a.shape[:-2])
        return value, lambda dy: dy.expand_dims(-1).expand_dims(-1) * turned(inv(a))

    given = matrices(x, "slogdet", True)
    with nothing_recorded():
        a_done = _eliminated(given.reshape((math.prod(given.shape[:-2]), *given.shape[-2:])), False)
        sign = diagonal(a_done.rows, 0, 1, 2).sign().prod(-1) * a_done.sign
    return sign.reshape(given.shape[:-2]), logarithm(given)


@checked
def logdet(x: TensorLike) -> Tensor:
    """The logarithm of the determinant of square matrices `x`, NaN below 0. As `keras.ops.logdet`.

    >>> logdet([[2., 0.], [0., 0.5]]).numpy().round(3).item()
    0.0
    """
    sign, value = slogdet(x)
    return logical.where(sign.less(0), float("nan"), value)


@checked
def lu_factor(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Triangles whose product is square matrices `x` with rows exchanged. As `keras.ops.lu_factor`.

    Gives both in one, the lower one's diagonal of ones left out, and the pivots, int32 [..., n]: row i was
    exchanged with row pivots[i].

    >>> [one.numpy().tolist() for one in lu_factor([[1., 3.], [2., 4.]])]
    [[[2.0, 4.0], [0.5, 1.0]], [1, 1]]
    """
    given = matrices(x, "lu_factor", True)
    done = _eliminated(given.reshape((math.prod(given.shape[:-2]), *given.shape[-2:])), False)
    found = (triu(done.rows) + done.factors).reshape(given.shape)
    return found, stack(done.pivots, -1).cast("int32").reshape(given.shape[:-1])


def symmetric(x: Tensor) -> Tensor:
    """What the lower triangles of `x` say; a gradient goes to both triangles alike."""
    if not x.shape[-1]:
        return x
    even = (x + turned(x)) * 0.5
    with nothing_recorded():
        apart = tril(x) + turned(tril(x, -1)) - even
    return even + apart


@checked
def cholesky(x: TensorLike, upper: bool = False) -> Tensor:
    """The lower triangle whose product with itself turned is symmetric `x`, above 0. As `keras.ops.cholesky`.

    Of a matrix that is not positive definite it is NaN.

    `upper`: whether it is turned.

    >>> cholesky([[4., 2.], [2., 5.]]).numpy().tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    rest = symmetric(matrices(x, "cholesky", True))
    n, columns = rest.shape[-1], []
    for j in range(n):
        column = rest[..., j:, j : j + 1] / rest[..., j : j + 1, j : j + 1].sqrt()
        column = column.pad([*([(0, 0)] * (rest.rank - 2)), (j, 0), (0, 0)])
        columns.append(column)
        rest = rest - matmul(column, column, False, True)
    found = concat(columns, -1) if columns else rest
    return turned(found) if upper else found


@checked
def cholesky_inverse(x: TensorLike, upper: bool = False) -> Tensor:
    """The inverse of the matrices whose `cholesky` is `x`. As `keras.ops.cholesky_inverse`.

    `upper`: whether x is the upper triangle.

    >>> cholesky_inverse([[2., 0.], [0., 4.]]).numpy().tolist()
    [[0.25, 0.0], [0.0, 0.0625]]
    """
    given = matrices(x, "cholesky_inverse", True)
    lower = turned(triu(given)) if upper else tril(given)
    own = inv(lower)
    return matmul(own, own, True, False)


@checked
def qr(x: TensorLike, mode: Literal["reduced", "complete"] = "reduced") -> tuple[Tensor, Tensor]:
    """Orthogonal Q and upper triangular R whose product is `x`. As `keras.ops.qr`.

    `mode`: "reduced" gives as many columns of Q as x has at most, "complete" all.

    >>> q, r = qr([[3., 1.], [4., 2.]])
    >>> matmul(q, r).numpy().round(3).tolist()
    [[3.0, 1.0], [4.0, 2.0]]
    """
    return factored(matrices(x, "qr"), mode == "complete", 1)
