"""Writing by number: tensor_scatter_update, sparse_to_dense, their gradients; scatter_nd is in `index`."""

import numpy as np

from glbackend.base.shapes import Shape, Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import fill, scalar, zeros
from glbackend.ops.create import tensor as make
from glbackend.ops.logical import where
from glbackend.ops.op import op, run


@op(method=False)
def tensor_scatter_update(tensor: TensorLike, indices: TensorLike, updates: TensorLike) -> Tensor:
    """`tensor` with the slices that the rows of `indices` (int32, [..., k]) address replaced by `updates`.

    `updates`: indices.shape[:-1] + tensor.shape[k:], of the tensor's dtype; where rows are equal the last one
    counts. A row that points outside raises ArgumentError on cpu and is dropped on webgl. As
    `tf.tensorScatterUpdate`.

    >>> tensor_scatter_update([1., 2., 3.], [[2], [0]], [8., 9.]).numpy().tolist()
    [9.0, 2.0, 8.0]
    """
    name = "tensor_scatter_update"
    inputs = {
        "tensor": as_tensor(tensor, "tensor", name),
        "indices": as_tensor(indices, "indices", name, "int32"),
        "updates": as_tensor(updates, "updates", name),
    }
    return run("TensorScatterUpdate", inputs)


def _numbers(shape: Shape) -> Tensor:
    return make(np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape))


@gradient("TensorScatterUpdate", wrt="tensor")
def tensor_scatter_update_dtensor(dy: Tensor, indices: Tensor, updates_spec: Spec) -> Tensor:
    """What was replaced does not count."""
    return tensor_scatter_update(dy, indices, zeros(updates_spec.shape))


@gradient("TensorScatterUpdate", wrt="updates")
def tensor_scatter_update_dupdates(
    dy: Tensor, indices: Tensor, updates_spec: Spec, *, count: int, dims: Shape
) -> Tensor:
    """Each update sees the gradient of its slice, unless a later one replaced it."""
    shape = updates_spec.shape
    if not count or not dy.size:
        return zeros(shape)
    rows = indices.reshape((count, len(dims)))
    numbers = _numbers((count,))
    last = tensor_scatter_update(fill(dims, -1, "int32"), rows, numbers)
    counts = run("GatherNd", {"params": last, "indices": rows}).equal(numbers)
    picked = run("GatherNd", {"params": dy, "indices": rows})
    counts = counts.reshape((count,) + (1,) * (picked.rank - 1))
    return where(counts, picked, zeros(picked.shape)).reshape(shape)


@op(method=False)
def sparse_to_dense(
    sparse_indices: TensorLike,
    sparse_values: TensorLike,
    output_shape: Shape | list[int],
    default_value: TensorLike = 0,
) -> Tensor:
    """`sparse_values` at `sparse_indices` and `default_value` elsewhere, in a tensor of `output_shape`.

    `sparse_indices`: int32, [count, rank of the output], or [count] or a scalar for vectors; `sparse_values`:
    [count] or one value for all, of any dtype, also string; where indices are equal the last one counts. One
    that points outside raises ArgumentError on cpu and is dropped on webgl. As `tf.sparseToDense`.

    >>> sparse_to_dense([1, 3], [5., 6.], [5], -1).numpy().tolist()
    [-1.0, 5.0, -1.0, 6.0, -1.0]
    """
    values = as_tensor(sparse_values, "sparse_values", "sparse_to_dense")
    inputs = {
        "sparse_indices": as_tensor(sparse_indices, "sparse_indices", "sparse_to_dense", "int32"),
        "sparse_values": values,
        "default_value": as_tensor(default_value, "default_value", "sparse_to_dense", values.dtype),
    }
    return run("SparseToDense", inputs, output_shape=tuple(output_shape))


def _written(sparse_indices: Tensor, shape: Shape) -> Tensor:
    """Where values were written, in bool."""
    return sparse_to_dense(sparse_indices, scalar(True), shape, scalar(False))


@gradient("SparseToDense", wrt="sparse_values")
def sparse_to_dense_dvalues(
    dy: Tensor, sparse_indices: Tensor, sparse_values_spec: Spec, *, count: int, dims: Shape
) -> Tensor:
    """Each value sees the gradient of its place, unless a later one replaced it; one for all their sum."""
    if not count or not dy.size:
        return zeros(sparse_values_spec.shape)
    if not sparse_values_spec.shape:
        total: Tensor = where(_written(sparse_indices, dims), dy, zeros(dims)).sum()
        return total
    rows = sparse_indices.reshape((count, len(dims)))
    numbers = _numbers((count,))
    last = sparse_to_dense(sparse_indices, numbers, dims, -1)
    counts = run("GatherNd", {"params": last, "indices": rows}).equal(numbers)
    return where(counts, run("GatherNd", {"params": dy, "indices": rows}), zeros((count,)))


@gradient("SparseToDense", wrt="default_value")
def sparse_to_dense_ddefault(
    dy: Tensor, sparse_indices: Tensor, default_value_spec: Spec, *, dims: Shape
) -> Tensor:
    """The default sees the gradients of all other places."""
    total: Tensor = where(_written(sparse_indices, dims), zeros(dims), dy).sum()
    return total.reshape(default_value_spec.shape)
