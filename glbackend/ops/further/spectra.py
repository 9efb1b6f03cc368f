"""Keras's `ops.linalg` of eigenvalues and singular values, by Jacobi's rotations on the device. In `gl.ops`.

Half as many pairs as there are columns are rotated at once, and all pairs meet once in a sweep; the sweeps
are as many as float32 needs, whatever the values are. Meant for up to some hundred columns.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import normalize_axes
from glbackend.engine.autodiff import custom_grad
from glbackend.engine.convert import TensorLike
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.concat import concat
from glbackend.ops.create import eye, tensor
from glbackend.ops.further.elementwise import floats
from glbackend.ops.further.linalg import matrices, symmetric, turned
from glbackend.ops.index import gather
from glbackend.ops.keras_arrays import argsort, moveaxis
from glbackend.ops.keras_counting import not_empty
from glbackend.ops.keras_matrices import diagonal
from glbackend.ops.linalg import qr
from glbackend.ops.matmul import matmul
from glbackend.ops.norm import root

SWEEPS_LEAST = 7  # and one more for each doubling of the columns beyond 8
EPSILON = float(np.finfo(np.float32).eps)


def _rounds(n: int) -> list[np.ndarray]:
    """Of each round of a sweep, the partner of each column: the circle method; one alone is its own."""
    seats = [*range(n), *([n] if n % 2 else [])]
    found = []
    for _ in range(len(seats) - 1):
        partner = np.arange(n + n % 2, dtype=np.int32)
        half = len(seats) // 2
        for one, two in zip(seats[:half], seats[half:][::-1], strict=True):
            partner[one], partner[two] = two, one
        found.append(np.where(partner[:n] < n, partner[:n], np.arange(n)).astype(np.int32))
        seats = [seats[0], seats[-1], *seats[1:-1]]
    return found


def _rotation(grams: Tensor, partner: np.ndarray) -> Tensor:
    """Rotations of all pairs that make the elements between them 0 in symmetric `grams`."""
    n = partner.size
    met = tensor(np.eye(n, dtype=np.float32)[partner])
    own = diagonal(grams, 0, -2, -1)
    other = gather(own, tensor(partner), own.rank - 1)
    between = (grams * met).sum(-1)
    done = between.equal(0).logical_or(tensor(partner == np.arange(n)))
    tau = (other - own) / logical.where(done, 1.0, between * 2)
    first = tensor(np.where(np.arange(n) < partner, 1.0, -1.0).astype(np.float32))
    sign = logical.where(tau.equal(0), first, tau.sign())
    size = tau.abs()
    slope = logical.where(
        done, 0.0, sign / (size + size.minimum(1e18).square().add(1.0).sqrt().maximum(size))
    )
    cosine = slope.square().add(1.0).rsqrt()
    return eye(n) * cosine.expand_dims(-1) + met * (slope * cosine).expand_dims(-1)


def _sweeps(n: int) -> int:
    return SWEEPS_LEAST + max(0, math.ceil(math.log2(max(n, 1) / 8)))


def _columns(x: Tensor, order: Tensor) -> Tensor:
    """The columns of matrices in orders of their own."""
    rows = moveaxis(x, -1, -2)
    return moveaxis(gather(rows, order, x.rank - 2, x.rank - 2), -2, -1)


def _apart(values: Tensor) -> Tensor:
    """1 / (value of the column - value of the row), 0 where they are equal."""
    gap = values.expand_dims(-2) - values.expand_dims(-1)
    same = gap.equal(0)
    return logical.where(same, 0.0, 1 / logical.where(same, 1.0, gap))


@checked
def eigh(x: TensorLike) -> tuple[Tensor, Tensor]:
    """The eigenvalues, ascending, and the eigenvectors, as columns, of symmetric `x`. As `keras.ops.eigh`.

    Their lower triangles are looked at. An eigenvector's sign is open. Differentiable where no two values are
    equal.

    >>> eigh([[2., 0.], [0., 1.]])[0].numpy().tolist()
    [1.0, 2.0]
    """
    given = matrices(x, "eigh", True)
    given, n = symmetric(given), given.shape[-1]
    with nothing_recorded():
        rest, vectors = given, eye(n).broadcast_to(given.shape)
        for partner in _rounds(n) * _sweeps(n):
            rotation = _rotation(rest, partner)
            rest = matmul(matmul(rotation, rest, True, False), rotation)
            vectors = matmul(vectors, rotation)
        vectors = _columns(vectors, argsort(diagonal(rest, 0, -2, -1)))
    inner = matmul(matmul(vectors, given, True, False), vectors)  # diagonal, but for what a change adds to it
    values = diagonal(inner, 0, -2, -1)
    with nothing_recorded():
        apart = _apart(values)
        still = inner * 1.0
    return values, vectors + matmul(vectors, apart * (inner - still))


def _singular(given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U, the singular values and V of matrices that have no more columns than rows."""
    m, n = given.shape[-2:]
    with nothing_recorded():
        rest, right = given, eye(n).broadcast_to((*given.shape[:-2], n, n))
        for partner in _rounds(n) * _sweeps(n):
            rotation = _rotation(matmul(rest, rest, True, False), partner)
            rest, right = matmul(rest, rotation), matmul(right, rotation)
        sizes = rest.square().sum(-2).sqrt()
        order = argsort(-sizes)
        rest, right = _columns(rest, order), _columns(right, order)
        sizes = gather(sizes, order, sizes.rank - 1, sizes.rank - 1)
        seen = sizes.greater(sizes.max(-1, True) * (EPSILON * max(m, n)))
        inverse = logical.where(seen, 1 / logical.where(seen, sizes, 1.0), 0.0)
        left = rest * inverse.expand_dims(-2)
        filled = qr(left)[0]  # what stands at right angles to all of them, where there is none
        left = logical.where(seen.expand_dims(-2), left, filled)
    inner = matmul(matmul(left, given, True, False), right)
    values = diagonal(inner, 0, -2, -1)
    with nothing_recorded():
        apart = _apart(values.square())
        still, scale = inner * 1.0, values.expand_dims(-2)
        image, source = matmul(given, right), matmul(given, left, True, False)
    change = inner - still  # 0, whose gradient is that of what lies beside the diagonal
    back = turned(change)
    moved = matmul(given, right) - image
    gone = (moved - matmul(left, matmul(left, moved, True, False))) * inverse.expand_dims(-2)
    drawn = matmul(given, left, True, False) - source
    lost = (drawn - matmul(right, matmul(right, drawn, True, False))) * inverse.expand_dims(-2)
    u = left + matmul(left, apart * (change * scale + back * turned(scale))) + gone
    v = right + matmul(right, apart * (back * scale + change * turned(scale))) + lost
    return u, values, v


@checked
def svd(x: TensorLike, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, the singular values, descending, and V turned, whose product is `x`. As `keras.ops.svd`.

    The signs of pairs of columns are open. Differentiable where no two values are equal, but for what
    `full_matrices` adds.

    `full_matrices`: whether U and V are square, not as narrow as x allows.
    `compute_uv`: whether U and V are given at all.

    >>> svd([[3., 0.], [0., 4.]], compute_uv=False).numpy().tolist()
    [4.0, 3.0]
    """
    given = matrices(x, "svd")
    wide = given.shape[-1] > given.shape[-2]
    u, values, v = _singular(turned(given) if wide else given)
    if not compute_uv:
        return values
    u, v = (v, u) if wide else (u, v)
    if full_matrices:
        u, v = _whole(u), _whole(v)
    return u, values, turned(v)


def _whole(x: Tensor) -> Tensor:
    """Orthogonal columns, and such as make a square of them."""
    rows, columns = x.shape[-2:]
    if rows == columns:
        return x
    with nothing_recorded():
        more = qr(x, True)[0][..., columns:]
    return concat([x, more], -1)


def _cut(x: Tensor, rcond: float | None) -> tuple[Tensor, Tensor, Tensor]:
    """U and V, and what singular values are divided by: 0 for those that are as good as 0."""
    u, values, vt = svd(x, False)
    share = EPSILON * max(x.shape[-2:]) if rcond is None else rcond
    seen = values.greater(values.max(-1, True) * share)
    return u, logical.where(seen, 1 / logical.where(seen, values, 1.0), 0.0), vt


@checked
def pinv(x: TensorLike, rcond: float | None = None) -> Tensor:
    """The pseudoinverse of matrices `x`. As `keras.ops.pinv`.

    Its gradient is that of matrices whose rank stays, whether singular values are equal or not.

    `rcond`: singular values below this share of the largest one count as 0; by default what float32 can tell.

    >>> pinv([[2., 0.], [0., 0.]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """

    @custom_grad
    def found(a: Tensor) -> tuple[Tensor, Any]:
        u, inverse, vt = _cut(a, rcond)
        value = matmul(turned(vt) * inverse.expand_dims(-2), turned(u))

        def back(dy: Tensor) -> Tensor:
            p, other = found(a), turned(dy)
            within = matmul(turned(p), matmul(dy, turned(p)))
            below = matmul(matmul(other - matmul(a, matmul(p, other)), p), turned(p))
            beside = matmul(turned(p), matmul(p, other - matmul(matmul(other, p), a)))
            return below + beside - within

        return value, back

    return found(matrices(x, "pinv"))


@checked
def lstsq(a: TensorLike, b: TensorLike, rcond: float | None = None) -> Tensor:
    """The x for which a x is nearest to `b`, the shortest such one. As `keras.ops.lstsq`.

    `a`: a matrix [m, n].
    `b`: [m] or [m, k].
    `rcond`: as of `pinv`.

    >>> lstsq([[1.], [1.]], [1., 3.]).numpy().round(3).tolist()
    [2.0]
    """
    left, right = matrices(a, "lstsq"), floats(b)
    if left.rank != 2 or right.rank not in (1, 2) or right.shape[0] != left.shape[0]:
        raise ShapeError(
            f"lstsq: needs a [m, n] and b [m] or [m, k], got {list(left.shape)}, {list(right.shape)}"
        )
    columns = right if right.rank == 2 else right.expand_dims(-1)
    found = matmul(pinv(left, rcond), columns)
    return found if right.rank == 2 else found.squeeze(-1)


@checked
def matrix_rank(x: TensorLike, tol: float | None = None) -> Tensor:
    """How many singular values of matrices `x` are more than 0, int32. As `keras.ops.matrix_rank`.

    `tol`: what counts as 0; by default what float32 can tell of the largest one.

    >>> matrix_rank([[1., 2.], [2., 4.]]).item()
    1
    """
    given = matrices(x, "matrix_rank")
    values = svd(given, compute_uv=False)
    least = values.max(-1, True) * (EPSILON * max(given.shape[-2:])) if tol is None else tol
    return values.greater(least).cast("int32").sum(-1)


@checked
def norm(
    x: TensorLike,
    ord: float | str | None = None,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The norm of vectors along one axis of `x`, or of matrices over two. As `keras.ops.norm`.

    `ord`: of vectors any number, infinite ones and 0, how many are not 0, too; of matrices "fro", "nuc", and
    with either sign 1, 2 and infinity; by default the root of the sum of squares.
    `axis`: one or two; by default all that x has, which with ord must be one or two.
    `keepdims`: whether the axes stay, of size 1.

    The gradient is 0 where all that a norm is of is 0.

    >>> norm([3., 4.]).item(), norm([[1., 2.], [3., 4.]], 1).item()
    (5.0, 6.0)
    """
    given = floats(x)
    if axis is None and (ord is None or given.rank == 1):
        flat = _vector_norm(given.flatten(), 2 if ord is None else ord, 0, True)
        return flat.reshape((1,) * given.rank if keepdims else ())
    axes = list(range(given.rank)) if axis is None else normalize_axes(axis, given.rank, "norm")
    if len(axes) == 1:
        return _vector_norm(given, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ArgumentError(f"norm: with ord, axis must be one axis or two, got shape {list(given.shape)}")
    if axis is not None and not isinstance(axis, int):
        axes = [one % given.rank for one in axis]  # rows, then columns
    found = _matrix_norm(moveaxis(given, list(axes), [-2, -1]), ord)
    return found.reshape([1 if i in axes else n for i, n in enumerate(given.shape)]) if keepdims else found


def _vector_norm(x: Tensor, ord: float | str, axis: int, keepdims: bool) -> Tensor:
    if isinstance(ord, str):
        raise ArgumentError(f"norm: ord {ord!r} of vectors must be a number")
    size = x.abs()
    if math.isinf(ord):
        size = not_empty(size, axis, "norm")
        return size.max(axis, keepdims) if ord > 0 else size.min(axis, keepdims)
    if ord == 0:
        return size.greater(0).cast("float32").sum(axis, keepdims)
    if ord == 2:
        return root(x.square().sum(axis, keepdims))
    if ord == 1:
        return size.sum(axis, keepdims)
    return _powers(_powers(size, ord).sum(axis, keepdims), 1 / ord)


def _powers(x: Tensor, exponent: float) -> Tensor:
    """`x` to a power, whose gradient is 0 where x is 0 and the power too, as PyTorch has it in norms."""
    if exponent < 0:
        return x**exponent
    nothing = x.equal(0.0)
    return logical.where(nothing, 0.0, logical.where(nothing, 1.0, x) ** exponent)


def _matrix_norm(x: Tensor, ord: float | str | None) -> Tensor:
    if ord in (None, "fro"):
        return root(x.square().sum([-2, -1]))
    if ord == "nuc":
        return svd(x, compute_uv=False).sum(-1)
    if isinstance(ord, str) or abs(float(ord or 0)) not in (1, 2, math.inf):
        raise ArgumentError(f"norm: ord {ord!r} of matrices must be 'fro', 'nuc', 1, 2, inf, or one below 0")
    number = float(ord or 0)
    sums = svd(x, compute_uv=False) if abs(number) == 2 else x.abs().sum(-2 if abs(number) == 1 else -1)
    return sums.max(-1) if number > 0 else sums.min(-1)
