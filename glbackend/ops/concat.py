"""Ops that join tensors and take them apart: concat, stack, split, unstack."""

from collections.abc import Sequence
from functools import reduce
from typing import cast

from glbackend.base.dtypes import upcast
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.op import op, run, run_several


def _of_one_dtype(values: Sequence[TensorLike], op_name: str) -> list[Tensor]:
    """Tensors; where their dtypes differ, cast to the one in which all meet."""
    tensors = as_tensors(values, "tensors", op_name)
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) <= 1:
        return tensors
    common = reduce(upcast, sorted(dtypes))
    return [tensor if tensor.dtype == common else tensor.cast(common) for tensor in tensors]


@op(method=False)
def concat(tensors: Sequence[TensorLike], axis: int = 0) -> Tensor:
    """The `tensors` of a list one after the other along `axis`. As `tf.concat`.

    All must have one rank, and one shape but for `axis`; dtypes that differ meet in the widest. Raises
    ShapeError otherwise.

    >>> concat([[1., 2.], [3.]]).numpy().tolist()
    [1.0, 2.0, 3.0]
    """
    return run("Concat", _of_one_dtype(tensors, "concat"), axis=axis)


@gradient("Concat")
def concat_dx(dy: Tensor, specs: list[Spec], *, axis: int) -> list[Tensor]:
    """The parts of dy."""
    return split(dy, [spec.shape[axis] for spec in specs], axis)


@op(method=False)
def stack(tensors: Sequence[TensorLike], axis: int = 0) -> Tensor:
    """The `tensors` of a list, all of one shape, one after the other along a new `axis` of the result.

    Dtypes that differ meet in the widest. Raises ShapeError where shapes differ. As `tf.stack`.

    >>> stack([[1., 2.], [3., 4.]], 1).numpy().tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    return run("Pack", _of_one_dtype(tensors, "stack"), axis=axis)


@gradient("Pack")
def stack_dx(dy: Tensor, specs: list[Spec], *, axis: int) -> list[Tensor]:
    """The elements of dy along the axis."""
    return unstack(dy, axis)


@op()
def split(x: TensorLike, num_or_size_splits: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of `x` along `axis`, a list. As `tf.split`.

    `num_or_size_splits` is the number of parts of equal size, or a list of their sizes, one of which may be
    -1, what is left. Any dtype. Raises ShapeError where the parts do not make up the axis.

    >>> [part.numpy().tolist() for part in split([1., 2., 3.], [1, -1])]
    [[1.0], [2.0, 3.0]]
    """
    tensor = as_tensor(x, "x", "split")
    sizes = num_or_size_splits if isinstance(num_or_size_splits, int) else tuple(num_or_size_splits)
    return list(run_several("SplitV", {"x": tensor}, num_or_size_splits=sizes, axis=axis))


@gradient("SplitV", wrt="x")
def split_dx(dy: Tensor | list[Tensor], *, axis: int) -> Tensor:
    """The parts joined."""
    return concat(dy if isinstance(dy, list) else [dy], axis)


@op()
def unstack(x: TensorLike, axis: int = 0) -> list[Tensor]:
    """The elements of `x` along `axis`, each a tensor without that axis.

    Any dtype. Raises ShapeError for rank 0. As `tf.unstack`.

    >>> [part.numpy().tolist() for part in unstack([[1., 2.], [3., 4.]], 1)]
    [[1.0, 3.0], [2.0, 4.0]]
    """
    return list(run_several("Unpack", {"value": as_tensor(x, "x", "unstack")}, axis=axis))


@gradient("Unpack", wrt="value")
def unstack_dx(dy: Tensor | list[Tensor], *, axis: int) -> Tensor:
    """The elements stacked."""
    return stack(dy if isinstance(dy, list) else [dy], axis)


def _concat_method(x: Tensor, tensors: TensorLike | Sequence[TensorLike], axis: int = 0) -> Tensor:
    """x, then the given tensors. As `tensor.concat`."""
    return concat([x, *_listed(tensors)], axis)


def _stack_method(x: Tensor, tensors: TensorLike | Sequence[TensorLike], axis: int = 0) -> Tensor:
    """x, then the given tensors, along a new axis. As `tensor.stack`."""
    return stack([x, *_listed(tensors)], axis)


def _listed(tensors: TensorLike | Sequence[TensorLike]) -> Sequence[TensorLike]:
    return tensors if isinstance(tensors, list | tuple) else [cast(TensorLike, tensors)]


register_method("concat", _concat_method)
register_method("stack", _stack_method)


def _concat_ranked(tensors: Sequence[TensorLike], axis: int, rank: int) -> Tensor:
    found = as_tensors(tensors, "tensors", f"concat{rank}d")
    for i, tensor in enumerate(found):
        if tensor.rank != rank:
            raise ShapeError(
                f"concat{rank}d: tensor {i} must be of rank {rank}, got shape {list(tensor.shape)}"
            )
    return concat(found, axis)


@op(method=False)
def concat1d(tensors: Sequence[TensorLike]) -> Tensor:
    """`concat` of `tensors` that are vectors; ShapeError for others. As `tf.concat1d`.

    >>> concat1d([[1.], [2.]]).numpy().tolist()
    [1.0, 2.0]
    """
    return _concat_ranked(tensors, 0, 1)


@op(method=False)
def concat2d(tensors: Sequence[TensorLike], axis: int) -> Tensor:
    """`concat` of `tensors` that are matrices along `axis`; ShapeError for others. As `tf.concat2d`.

    >>> concat2d([[[1.]], [[2.]]], 1).numpy().tolist()
    [[1.0, 2.0]]
    """
    return _concat_ranked(tensors, axis, 2)


@op(method=False)
def concat3d(tensors: Sequence[TensorLike], axis: int) -> Tensor:
    """`concat` of `tensors` of rank 3 along `axis`; ShapeError for others. As `tf.concat3d`.

    >>> concat3d([[[[1.]]], [[[2.]]]], 2).numpy().tolist()
    [[[1.0, 2.0]]]
    """
    return _concat_ranked(tensors, axis, 3)


@op(method=False)
def concat4d(tensors: Sequence[TensorLike], axis: int) -> Tensor:
    """`concat` of `tensors` of rank 4 along `axis`; ShapeError for others. As `tf.concat4d`.

    >>> concat4d([[[[[1.]]]], [[[[2.]]]]], 0).shape
    (2, 1, 1, 1)
    """
    return _concat_ranked(tensors, axis, 4)
