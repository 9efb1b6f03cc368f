"""Ops that move or repeat elements: transpose, reverse, flip_left_right, tile, broadcast_to."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import ShapeLike, Spec, broadcast_shapes, check_shape, dims_of
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.op import op, run


@op(method=False)
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
        return moved.real().complex(-moved.imag())
    return moved


def _transpose_method(x: Tensor, perm: Any = None, *axes: Any, **conjugate: bool) -> Tensor:
    """As `transpose`; the axes may be given one by one, as NumPy's method takes them."""
    if isinstance(perm, int) and not isinstance(perm, bool):
        perm, axes = (perm, *axes), ()
    return transpose(x, perm, *axes, **conjugate)


register_method("transpose", _transpose_method)


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
    """`x`, a vector, from last to first; ShapeError for other ranks. As `tf.reverse1d`.

    >>> reverse1d([1., 2.]).numpy().tolist()
    [2.0, 1.0]
    """
    return _reverse_ranked(x, 0, 1)


@op(method=False)
def reverse2d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a matrix `x` along `axis`; ShapeError for other ranks. As `tf.reverse2d`.

    >>> reverse2d([[1., 2.], [3., 4.]], 0).numpy().tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    return _reverse_ranked(x, axis, 2)


@op(method=False)
def reverse3d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of `x`, of rank 3, along `axis`; ShapeError for other ranks. As `tf.reverse3d`.

    >>> reverse3d([[[1., 2.]]], 2).numpy().tolist()
    [[[2.0, 1.0]]]
    """
    return _reverse_ranked(x, axis, 3)


@op(method=False)
def reverse4d(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of `x`, of rank 4, along `axis`; ShapeError for other ranks. As `tf.reverse4d`.

    >>> reverse4d([[[[1., 2.]]]], 3).numpy().tolist()
    [[[[2.0, 1.0]]]]
    """
    return _reverse_ranked(x, axis, 4)


@op(method=False, namespace="image")
def flip_left_right(image: TensorLike) -> Tensor:
    """Images mirrored: their columns from last to first. As `tf.image.flipLeftRight`.

    `image` is [batch, height, width, channels] of any numeric dtype; ShapeError for another rank.

    >>> flip_left_right([[[[1.], [2.], [3.]]]]).numpy().ravel().tolist()
    [3.0, 2.0, 1.0]
    """
    return run("FlipLeftRight", {"image": as_tensor(image, "image", "flip_left_right")})


@gradient("FlipLeftRight", wrt="image")
def flip_left_right_dimage(dy: Tensor) -> Tensor:
    """Mirrored back."""
    return run("FlipLeftRight", {"image": dy})


@op()
def tile(x: TensorLike, reps: ShapeLike) -> Tensor:
    """`x` repeated `reps[i]` times along each axis i.

    Any dtype. Raises ShapeError where `reps` has not one number for each axis. As `tf.tile`.

    >>> tile([1., 2.], [2]).numpy().tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    return run("Tile", {"x": as_tensor(x, "x", "tile")}, reps=dims_of(reps))


@gradient("Tile", wrt="x")
def tile_dx(dy: Tensor, x_spec: Spec, *, reps: tuple[int, ...]) -> Tensor:
    """The sum over the repetitions."""
    shape: list[int] = []
    axes: list[int] = []
    for n, count in zip(x_spec.shape, reps, strict=True):
        if count != 1:
            axes.append(len(shape))
            shape.append(count)
        shape.append(n)
    return dy.reshape(shape).sum(axes) if axes else dy


@op()
def broadcast_to(x: TensorLike, shape: ShapeLike) -> Tensor:
    """`x` repeated so that it has `shape`, by the rules of broadcasting.

    Any dtype. Raises ShapeError where x does not broadcast to `shape`. As `tf.broadcastTo`.

    >>> broadcast_to([1., 2.], [2, 2]).numpy().tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    tensor, wanted = as_tensor(x, "x", "broadcast_to"), check_shape(dims_of(shape), "broadcast_to")
    if broadcast_shapes(tensor.shape, wanted, "broadcast_to") != wanted:
        raise ShapeError(f"broadcast_to: shape {list(tensor.shape)} does not broadcast to {list(wanted)}")
    if tensor.shape == wanted:
        return tensor.clone()
    long = (1,) * (len(wanted) - tensor.rank) + tensor.shape
    reps = [n if dim == 1 else 1 for dim, n in zip(long, wanted, strict=True)]
    return tile(tensor.reshape(long), reps)
