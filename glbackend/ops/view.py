"""Ops that see the same elements in another shape; no data is copied."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import ShapeLike, Spec, dims_of, normalize_axes
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.op import op, run


@op(method=False)
def reshape(x: TensorLike, shape: ShapeLike) -> Tensor:
    """The elements of `x`, in order, in another `shape`; the data is shared, not copied.

    One dim may be -1 and is then inferred. Any dtype. Raises ShapeError where sizes differ. As `tf.reshape`.

    >>> reshape([1., 2., 3., 4.], [2, -1]).shape
    (2, 2)
    """
    return run("Reshape", {"x": as_tensor(x, "x", "reshape")}, shape=dims_of(shape))


def _reshape_method(x: Tensor, *dims: Any, shape: ShapeLike | None = None) -> Tensor:
    """As `reshape`; the dims may be given one by one, as NumPy's method takes them."""
    if len(dims) > 1:
        return reshape(x, dims)
    return reshape(x, *dims) if shape is None else reshape(x, shape)


register_method("reshape", _reshape_method)


@gradient("Reshape", wrt="x")
def reshape_dx(dy: Tensor, x_spec: Spec) -> Tensor:
    """Back to the shape of x."""
    return reshape(dy, x_spec.shape)


@op()
def reshape_as(x: TensorLike, other: Tensor) -> Tensor:
    """`x` in the shape of `other`. As `tensor.reshapeAs`.

    >>> reshape_as([1., 2.], reshape([0., 0.], [2, 1])).shape
    (2, 1)
    """
    return reshape(x, other.shape)


@op()
def flatten(x: TensorLike) -> Tensor:
    """The elements of `x` as one vector; the data is shared. As `tensor.flatten`.

    >>> flatten([[1., 2.], [3., 4.]]).shape
    (4,)
    """
    tensor = as_tensor(x, "x", "flatten")
    return reshape(tensor, (tensor.size,))


@op()
def as_scalar(x: TensorLike) -> Tensor:
    """The only element of `x` as a tensor of rank 0; ShapeError where there are more. As `tensor.asScalar`.

    >>> as_scalar([[3.]]).shape
    ()
    """
    return reshape(x, ())


@op()
def as1d(x: TensorLike) -> Tensor:
    """The elements of `x` as one vector. As `tensor.as1D`.

    >>> as1d([[1., 2.]]).shape
    (2,)
    """
    return flatten(x)


@op()
def as2d(x: TensorLike, rows: int, columns: int) -> Tensor:
    """The elements of `x` in a matrix, [`rows`, `columns`]. As `tensor.as2D`.

    ShapeError where they do not fill it.

    >>> as2d([1., 2.], 2, 1).shape
    (2, 1)
    """
    return reshape(x, (rows, columns))


@op()
def as3d(x: TensorLike, rows: int, columns: int, depth: int) -> Tensor:
    """The elements of `x` as [`rows`, `columns`, `depth`]. As `tensor.as3D`.

    ShapeError where they do not fill it.

    >>> as3d([1., 2.], 2, 1, 1).shape
    (2, 1, 1)
    """
    return reshape(x, (rows, columns, depth))


@op()
def as4d(x: TensorLike, rows: int, columns: int, depth: int, depth2: int) -> Tensor:
    """The elements of `x` as [`rows`, `columns`, `depth`, `depth2`]. As `tensor.as4D`.

    ShapeError where they do not fill it.

    >>> as4d([1., 2.], 1, 2, 1, 1).shape
    (1, 2, 1, 1)
    """
    return reshape(x, (rows, columns, depth, depth2))


@op()
def as5d(x: TensorLike, rows: int, columns: int, depth: int, depth2: int, depth3: int) -> Tensor:
    """The elements of `x` as [`rows`, `columns`, `depth`, `depth2`, `depth3`]. As `tensor.as5D`.

    ShapeError where they do not fill it.

    >>> as5d([1., 2.], 1, 2, 1, 1, 1).shape
    (1, 2, 1, 1, 1)
    """
    return reshape(x, (rows, columns, depth, depth2, depth3))


@op()
def squeeze(x: TensorLike, axis: int | Sequence[int] | None = None) -> Tensor:
    """`x` without its dims of size 1, or without those in `axis`; the data is shared.

    Raises ShapeError where a dim in `axis` is not 1. As `tf.squeeze`.

    >>> squeeze([[[1., 2.]]]).shape, squeeze([[[1., 2.]]], [0]).shape
    ((2,), (1, 2))
    """
    tensor = as_tensor(x, "x", "squeeze")
    shape = tensor.shape
    if axis is None or (not isinstance(axis, int) and not len(axis)):
        return reshape(tensor, tuple(dim for dim in shape if dim != 1))
    axes = normalize_axes(axis, tensor.rank, "squeeze")
    for one in axes:
        if shape[one] != 1:
            raise ShapeError(
                f"squeeze: axis {one} of shape {list(shape)} has {shape[one]} elements: must be 1"
            )
    return reshape(tensor, tuple(dim for i, dim in enumerate(shape) if i not in axes))


@op()
def expand_dims(x: TensorLike, axis: int = 0) -> Tensor:
    """`x` with a dim of size 1 more, at `axis` of the result (negative: from its end); the data is shared.

    Raises ShapeError where `axis` is outside [-rank - 1, rank]. As `tf.expandDims`.

    >>> expand_dims([1., 2.], 1).shape, expand_dims([1., 2.], -2).shape
    ((2, 1), (1, 2))
    """
    return run("ExpandDims", {"input": as_tensor(x, "x", "expand_dims")}, dim=axis)


@gradient("ExpandDims", wrt="input")
def expand_dims_dx(dy: Tensor, input_spec: Spec) -> Tensor:
    """Back to the shape of the input."""
    return reshape(dy, input_spec.shape)


@op()
def clone(x: TensorLike) -> Tensor:
    """Another tensor with the data of `x`, which is shared: disposing of one leaves the other. As `tf.clone`.

    >>> clone([1., 2.]).numpy().tolist()
    [1.0, 2.0]
    """
    given = as_tensor(x, "x", "clone")
    copy = run("Identity", {"x": given})
    copy.logits = given.logits
    return copy


@gradient("Identity", wrt="x")
def clone_dx(dy: Tensor) -> Tensor:
    """The gradient passes."""
    return dy
