"""TensorList: the lists of control flow v2."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import ints, tf_op
from glbackend.formats.graph_model.host import whole
from glbackend.formats.graph_model.lists import Dims, TensorList, cut, joined, stacked


def dims(given: Tensor) -> Dims:
    """A shape as lists are given it: a scalar -1 says nothing."""
    return tuple(ints(given)) if given.rank else None


@tf_op("TensorListReserve")
def reserve(element_shape: Tensor, num_elements: int, *, element_dtype: Any) -> TensorList:
    """So many places."""
    return TensorList.of_length(num_elements, dims(element_shape), element_dtype)


@tf_op("EmptyTensorList")
def empty(element_shape: Tensor, max_num_elements: int, *, element_dtype: Any) -> TensorList:
    """A list without entries."""
    return TensorList([], dims(element_shape), element_dtype)


@tf_op("TensorListFromTensor")
def from_tensor(tensor: Tensor, element_shape: Tensor, *, element_dtype: Any) -> TensorList:
    """The slices along the first dim."""
    entries = tensor.unstack() if tensor.shape[0] else []
    return TensorList(entries, tensor.shape[1:], element_dtype)


@tf_op("TensorListScatterV2")
def scatter_v2(
    tensor: Tensor, indices: list[int], element_shape: Tensor, num_elements: int, *, element_dtype: Any
) -> TensorList:
    """Slices at given places of a new list."""
    length = max(num_elements, max(indices, default=-1) + 1)
    made = TensorList.of_length(length, dims(element_shape), element_dtype)
    for index, entry in zip(indices, tensor.unstack() if indices else [], strict=True):
        made.entries[made.place(index)] = entry
    return made


@tf_op("TensorListScatter")
def scatter(tensor: Tensor, indices: list[int], element_shape: Tensor, *, element_dtype: Any) -> TensorList:
    """As the second version, of the length that the indices need."""
    return scatter_v2(tensor, indices, element_shape, -1, element_dtype=element_dtype)


@tf_op("TensorListScatterIntoExistingList")
def scatter_into(input: TensorList, tensor: Tensor, indices: list[int]) -> TensorList:
    """Slices at given places of a list."""
    made = TensorList(input.entries, input.shape, input.dtype)
    for index, entry in zip(indices, tensor.unstack() if indices else [], strict=True):
        made.entries[made.place(index)] = entry
    return made


@tf_op("TensorListGetItem")
def get_item(input: TensorList, index: int, element_shape: Tensor) -> Tensor:
    """One entry."""
    return input.entry(index, dims(element_shape))


@tf_op("TensorListSetItem")
def set_item(
    input: TensorList, index: int, item: Tensor, *, resize_if_index_out_of_bounds: bool = False
) -> TensorList:
    """The list with another entry."""
    if resize_if_index_out_of_bounds and index >= len(input):
        input = resize(input, index + 1)
    return input.with_entry(index, item)


@tf_op("TensorListGather")
def gather(input: TensorList, indices: list[int], element_shape: Tensor) -> Tensor:
    """Entries at given places, stacked."""
    known = dims(element_shape)
    return stacked([input.entry(index, known) for index in indices], known or input.shape, input.dtype)


@tf_op("TensorListStack")
def stack(input: TensorList, element_shape: Tensor) -> Tensor:
    """All entries, stacked."""
    known = dims(element_shape)
    return stacked(input.filled(known), input.shape or known, input.dtype)


@tf_op("TensorListConcat", "TensorListConcatV2", outputs=("tensor", "lengths"))
def concat(input: TensorList, *rest: Tensor) -> tuple[Tensor, Tensor]:
    """All entries, one after the other, and how long each is."""
    entries = input.filled(None)
    return joined(entries, input.shape, input.dtype), whole([entry.shape[0] for entry in entries])


@tf_op("TensorListSplit")
def split(tensor: Tensor, element_shape: Tensor, lengths: list[int], *, element_dtype: Any) -> TensorList:
    """Pieces of a tensor as entries."""
    return TensorList(cut(tensor, lengths), dims(element_shape), element_dtype)


@tf_op("TensorListLength")
def length(input: TensorList) -> Tensor:
    """How many places."""
    return whole(len(input))


@tf_op("TensorListElementShape")
def element_shape(input: TensorList) -> Tensor:
    """What is known of the entries' shape."""
    return whole(-1 if input.shape is None else input.shape)


@tf_op("TensorListResize")
def resize(input: TensorList, size: int) -> TensorList:
    """The list longer or shorter."""
    made = TensorList.of_length(size, input.shape, input.dtype)
    made.entries[: len(input)] = input.entries[:size]
    return made


@tf_op("TensorListPushBack")
def push_back(input: TensorList, tensor: Tensor) -> TensorList:
    """One entry more."""
    return TensorList([*input.entries, tensor], input.shape, input.dtype)


@tf_op("TensorListPopBack", outputs=("output_handle", "tensor"))
def pop_back(input: TensorList, element_shape: Tensor) -> tuple[TensorList, Tensor]:
    """The list without its last entry, and that entry."""
    found = input.entry(len(input) - 1, dims(element_shape))
    return TensorList(input.entries[:-1], input.shape, input.dtype), found
