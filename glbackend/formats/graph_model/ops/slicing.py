"""Cutting, joining, picking and scattering."""

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import ints, rows, tf_op
from glbackend.ops import concat as joining
from glbackend.ops import index, scatter

rows({
    "GatherNd": index.gather_nd, "TensorScatterUpdate": scatter.tensor_scatter_update,
})  # fmt: skip


@tf_op("ConcatV2")
def concat_v2(*values: Tensor) -> Tensor:
    """Tensors one after the other along an axis, which comes last."""
    return joining.concat(values[:-1], ints(values[-1])[0])


@tf_op("Concat")
def concat(axis: int, *values: Tensor) -> Tensor:
    """As ConcatV2, with the axis in front."""
    return joining.concat(values, axis)


@tf_op("Pack")
def pack(*values: Tensor, axis: int = 0) -> Tensor:
    """Tensors along a new axis."""
    return joining.stack(values, axis)


@tf_op("Unpack")
def unpack(value: Tensor, *, axis: int = 0) -> list[Tensor]:
    """The slices along an axis."""
    return value.unstack(axis)


@tf_op("Split")
def split(axis: int, value: Tensor, *, num_split: int) -> list[Tensor]:
    """Equal parts."""
    return value.split(num_split, axis)


@tf_op("SplitV")
def split_v(value: Tensor, size_splits: list[int], axis: int, *, num_split: int = 0) -> list[Tensor]:
    """Parts of given sizes, one of which may be left open."""
    if -1 in size_splits:
        rest = value.shape[axis] - sum(size_splits) - 1
        size_splits = [rest if one == -1 else one for one in size_splits]
    return value.split(size_splits, axis)


@tf_op("Slice")
def slice_(input: Tensor, begin: list[int], size: list[int]) -> Tensor:
    """A window."""
    return input.slice(begin, size)


@tf_op("StridedSlice")
def strided_slice(
    input: Tensor,
    begin: list[int],
    end: list[int],
    strides: list[int],
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Tensor:
    """As x[begin:end:strides], with all that Python's brackets know."""
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    return input.strided_slice(begin, end, strides, *masks)


@tf_op("Gather")
def gather(params: Tensor, indices: Tensor) -> Tensor:
    """Rows by number."""
    return params.gather(indices)


@tf_op("GatherV2")
def gather_v2(params: Tensor, indices: Tensor, axis: int, *, batch_dims: int = 0) -> Tensor:
    """Slices by number; both counts may be negative."""
    axis = axis + params.rank if axis < 0 else axis
    return params.gather(indices, axis, batch_dims + indices.rank if batch_dims < 0 else batch_dims)


@tf_op("Reverse")
def reverse(tensor: Tensor, dims: list[int]) -> Tensor:
    """Turned round along the axes whose flag is set."""
    axes = [axis for axis, flag in enumerate(dims) if flag]
    return tensor.reverse(axes) if axes else tensor


@tf_op("ReverseV2")
def reverse_v2(tensor: Tensor, axis: list[int]) -> Tensor:
    """Turned round along axes."""
    return tensor.reverse(axis) if axis else tensor


@tf_op("Tile")
def tile(input: Tensor, multiples: list[int]) -> Tensor:
    """Repeated along each axis."""
    return input.tile(multiples)


@tf_op("ScatterNd")
def scatter_nd(indices: Tensor, updates: Tensor, shape: list[int]) -> Tensor:
    """Updates added where indices point."""
    return index.scatter_nd(indices, updates, shape)


@tf_op("TensorScatterAdd")
def tensor_scatter_add(tensor: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    """Updates added to a tensor where indices point."""
    return tensor + index.scatter_nd(indices, updates, list(tensor.shape))


@tf_op("SparseToDense")
def sparse_to_dense(
    sparse_indices: Tensor, output_shape: list[int], sparse_values: Tensor, default_value: Tensor
) -> Tensor:
    """Values where indices point, a constant elsewhere."""
    return scatter.sparse_to_dense(sparse_indices, sparse_values, output_shape, default_value)
