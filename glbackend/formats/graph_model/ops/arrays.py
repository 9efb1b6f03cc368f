"""TensorArray: the arrays of control flow v1. The flow that goes with each only keeps the order."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.formats.graph_model.lists import TensorArray, cut, joined, stacked


@tf_op("TensorArrayV3", outputs=("handle", "flow"), pure=False)
def tensor_array(
    size: int, *, dtype: Any, element_shape: Any = None, dynamic_size: bool = False
) -> tuple[TensorArray, Tensor]:
    """A new array, and its flow."""
    return TensorArray(size, element_shape, dtype, dynamic_size), host_tensor(0.0)


@tf_op("TensorArrayWriteV3", pure=False)
def write(handle: TensorArray, index: int, value: Tensor, flow_in: Tensor) -> Tensor:
    """Puts a tensor at a place."""
    handle.write(index, value)
    return flow_in


@tf_op("TensorArrayReadV3", pure=False)
def read(handle: TensorArray, index: int, flow_in: Tensor) -> Tensor:
    """The tensor at a place."""
    return handle.read([index])[0]


@tf_op("TensorArrayGatherV3", pure=False)
def gather(handle: TensorArray, indices: list[int], flow_in: Tensor, *, element_shape: Any = None) -> Tensor:
    """Tensors at given places, stacked."""
    return stacked(handle.read(indices), handle.list.shape or element_shape, handle.list.dtype)


@tf_op("TensorArrayScatterV3", pure=False)
def scatter(handle: TensorArray, indices: list[int], value: Tensor, flow_in: Tensor) -> Tensor:
    """Slices at given places."""
    for index, entry in zip(indices, value.unstack() if indices else [], strict=True):
        handle.write(index, entry)
    return flow_in


@tf_op("TensorArrayConcatV3", outputs=("value", "lengths"), pure=False)
def concat(handle: TensorArray, flow_in: Tensor) -> tuple[Tensor, Tensor]:
    """All tensors, one after the other, and how long each is."""
    entries = handle.read(range(len(handle.list)))
    found = joined(entries, handle.list.shape, handle.list.dtype)
    return found, whole([entry.shape[0] for entry in entries])


@tf_op("TensorArraySplitV3", pure=False)
def split(handle: TensorArray, value: Tensor, lengths: list[int], flow_in: Tensor) -> Tensor:
    """Pieces of a tensor as entries."""
    for index, entry in enumerate(cut(value, lengths)):
        handle.write(index, entry)
    return flow_in


@tf_op("TensorArraySizeV3", pure=False)
def size(handle: TensorArray, flow_in: Tensor) -> Tensor:
    """How many places."""
    return whole(len(handle.list))


@tf_op("TensorArrayCloseV3", pure=False)
def close(handle: TensorArray) -> tuple[()]:
    """Gives the tensors back."""
    handle.list.entries.clear()
    return ()
