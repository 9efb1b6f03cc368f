"""Ops that put the elements of a tensor in another order: transpose, reverse."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import METHODS, Tensor
from glbackend.ops.op import op, run


@op()
def transpose(x: TensorLike, perm: Sequence[int] | None = None, conjugate: bool = False) -> Tensor:
    """`x` with its axes in the order `perm`, by default reversed; with `conjugate` also complex conjugated.

    Axis i of the result is axis `perm[i]` of x. Any dtype. Raises ShapeError where `perm` does not name each
    axis once. As `tf.transpose`.

    >>> transpose([[1., 2., 3.], [4., 5., 6.]]).numpy().tolist()
    [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    """
    tensor = as_tensor(x, "x", "transpose")
    moved = run("Transpose", {"x": tensor}, perm=None if perm is None else tuple(perm))
    if conjugate and moved.dtype == "complex64":
        real, imag = METHODS["real"](moved), METHODS["imag"](moved)
        return METHODS["complex"](real, -imag)
    return moved


@gradient("Transpose", wrt="x")
def transpose_dx(dy: Tensor, *, perm: tuple[int, ...]) -> Tensor:
    """The inverse permutation."""
    return transpose(dy, sorted(range(len(perm)), key=perm.__getitem__))


@op()
def reverse(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`x` with its elements along `axis` (one or several; by default all) from last to first.

    Any dtype. Raises ShapeError where an axis does not exist. As `tf.reverse`.

    >>> reverse([[1., 2.], [3., 4.]], 1).numpy().tolist()
    [[2.0, 1.0], [4.0, 3.0]]
    """
    tensor = as_tensor(x, "x", "reverse")
    return run("Reverse", {"x": tensor}, dims=axis if axis is None or isinstance(axis, int) else tuple(axis))


@gradient("Reverse", wrt="x")
def reverse_dx(dy: Tensor, *, dims: tuple[int, ...]) -> Tensor:
    """Reversed once more."""
    return reverse(dy, dims)


def _reverse_ranked(x: TensorLike, axis: int | Sequence[int] | None, rank: int) -> Tensor:
    tensor = as_tensor(x, "x", f"reverse{rank}d")
    if tensor.rank != rank:
        raise ShapeError(f"reverse{rank}d: x must be of rank {rank}, got shape {list(tensor.shape)}")
    return reverse(tensor, axis)


@op(method=False)
def reverse1d(x: TensorLike) -> Tensor:
    """A vector from last to first. As `tf.reverse1d`.

    >>> reverse1d([1., 2.]).numpy().tolist()
    [2.0, 1.0]
    """
    return _reverse_ranked(x, 0, 1)


@op(method=False)
def reverse2d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a matrix. As `tf.reverse2d`.

    >>> reverse2d([[1., 2.], [3., 4.]], 0).numpy().tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    return _reverse_ranked(x, axis, 2)


@op(method=False)
def reverse3d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 3. As `tf.reverse3d`.

    >>> reverse3d([[[1., 2.]]], 2).numpy().tolist()
    [[[2.0, 1.0]]]
    """
    return _reverse_ranked(x, axis, 3)


@op(method=False)
def reverse4d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 4. As `tf.reverse4d`.

    >>> reverse4d([[[[1., 2.]]]], 3).numpy().tolist()
    [[[[2.0, 1.0]]]]
    """
    return _reverse_ranked(x, axis, 4)
