"""Ops whose values decide the shape of the result, on the host: unique, argwhere, boolean_mask, setdiff1d."""

from typing import NamedTuple

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.index import gather
from glbackend.ops.op import op, run, run_several


class Unique(NamedTuple):
    """What `unique` gives."""

    values: Tensor
    indices: Tensor


@op()
def unique(x: TensorLike, axis: int = 0) -> Unique:
    """The different slices of `x` along `axis`, in the order of their first places, and whose like each is.

    A named pair: `values`, like x with a shorter axis, and `indices` (int32, [x.shape[axis]]), so that
    values.gather(indices, axis) is x. Any dtype but complex64, rank 1 at least; a NaN equals a NaN, -0 equals
    0. As `tf.unique`.

    >>> values, indices = unique([3., 1., 3., 2.])
    >>> values.numpy().tolist(), indices.numpy().tolist()
    ([3.0, 1.0, 2.0], [0, 1, 0, 2])
    """
    return Unique(*run_several("Unique", {"x": as_tensor(x, "x", "unique")}, axis=axis))


@op(method=False)
def argwhere(condition: TensorLike) -> Tensor:
    """The coordinates of the true elements of `condition` (bool): int32 of shape [how many, rank], row-major.

    Raises DtypeError for another dtype. As `tf.whereAsync`, at once, and `numpy.argwhere`.

    >>> argwhere([[True, False], [False, True]]).numpy().tolist()
    [[0, 0], [1, 1]]
    """
    return run("Where", {"condition": as_tensor(condition, "condition", "argwhere", "bool")})


@op(method=False)
def boolean_mask(tensor: TensorLike, mask: TensorLike, axis: int = 0) -> Tensor:
    """The slices of `tensor` where `mask` (bool) is true.

    The mask covers the dims of the tensor from `axis` on, which become one. Raises ShapeError where it does
    not fit. Differentiable. As `tf.booleanMaskAsync`, at once.

    >>> boolean_mask([[1., 2.], [3., 4.], [5., 6.]], [True, False, True]).numpy().tolist()
    [[1.0, 2.0], [5.0, 6.0]]
    """
    x = as_tensor(tensor, "tensor", "boolean_mask")
    chosen = as_tensor(mask, "mask", "boolean_mask", "bool")
    if chosen.rank == 0:
        raise ShapeError("boolean_mask: mask cannot be scalar")
    axis = normalize_axis(axis, x.rank, "boolean_mask")
    end = axis + chosen.rank
    if x.shape[axis:end] != chosen.shape:
        raise ShapeError(
            f"boolean_mask: the shape of the mask {list(chosen.shape)} must be the tensor's from axis {axis} "
            f"on, {list(x.shape)}"
        )
    places = argwhere(chosen.reshape((chosen.size,))).squeeze([1])
    return gather(x.reshape((*x.shape[:axis], chosen.size, *x.shape[end:])), places, axis)


@op(method=False)
def setdiff1d(x: TensorLike, y: TensorLike) -> tuple[Tensor, Tensor]:
    """The elements of `x` that are not in `y`, in order and with repetitions, and their positions (int32).

    Both vectors of one dtype (float32, int32, bool or string). As `tf.setdiff1dAsync`, at once.

    >>> values, indices = setdiff1d([1., 2., 3., 2.], [1., 3.])
    >>> values.numpy().tolist(), indices.numpy().tolist()
    ([2.0, 2.0], [1, 3])
    """
    a, b = as_tensor(x, "x", "setdiff1d"), as_tensor(y, "y", "setdiff1d")
    if a.dtype != b.dtype:
        raise DtypeError(f"setdiff1d: x and y should have the same dtype, but got {a.dtype} and {b.dtype}")
    if a.rank != 1 or b.rank != 1:
        raise ShapeError(f"setdiff1d: x and y should be 1D tensors, got {list(a.shape)} and {list(b.shape)}")
    known = {_same(value) for value in b.numpy().tolist()}
    new = as_tensor([_same(value) not in known for value in a.numpy().tolist()], "x", "setdiff1d", "bool")
    places = argwhere(new).squeeze([1])
    return gather(a, places), places


def _same(value: object) -> object:
    """NaN as something that equals itself."""
    return "NaN" if value != value else value
