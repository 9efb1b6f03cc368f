"""Operators that see, change and make shapes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.dtypes import infer_dtype
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.attributes import host_tensor
from glbackend.formats.onnx.declare import Array, NodeInfo, onnx_op
from glbackend.formats.onnx.elements import dtype_of, narrowed
from glbackend.formats.onnx.host import whole, within
from glbackend.formats.onnx.layout import ChannelsLast, Images, in_order
from glbackend.ops import concat as joining
from glbackend.ops import create, logical, movement


def axes_of(axes: Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Axes counted from the front; ValueError for one that is not there."""
    found = [axis + rank if axis < 0 else axis for axis in axes or ()]
    if any(not 0 <= axis < rank for axis in found):
        raise ValueError(f"axes {list(axes or ())} must lie in [-{rank}, {rank})")
    return tuple(found)


@onnx_op("Constant")
def constant(
    *,
    value: Array | None = None,
    value_float: float | None = None,
    value_floats: Sequence[float] | None = None,
    value_int: int | None = None,
    value_ints: Sequence[int] | None = None,
    value_string: str | None = None,
    value_strings: Sequence[str] | None = None,
) -> Tensor:
    """A value that stands in the file."""
    if value is not None:
        return host_tensor(narrowed(value, "a constant"))
    if value_float is not None or value_floats is not None:
        return whole(value_floats if value_float is None else value_float, "float32")
    if value_string is not None or value_strings is not None:
        return host_tensor(np.array(value_strings if value_string is None else value_string, object))
    found = value_ints if value_int is None else value_int
    return host_tensor(narrowed(np.asarray(found, np.int64), "a constant"))


@onnx_op("ConstantOfShape")
def constant_of_shape(shape: list[int], *, value: Array | None = None) -> Tensor:
    """A tensor of one value throughout."""
    one = np.zeros(1, np.float32) if value is None else narrowed(value, "a constant").reshape(-1)
    return create.fill(shape, one[0].item(), infer_dtype(one))


@onnx_op("Shape", layout="images")
def shape(x: Images, *, start: int = 0, end: int | None = None) -> Tensor:
    """The dims from `start` up to `end`."""
    return whole(x.shape[slice(start, end)])


@onnx_op("Size", layout="images")
def size(x: Images) -> Tensor:
    """How many elements there are."""
    return whole(math.prod(x.shape))


@onnx_op("Reshape", since=5)
def reshape(x: Tensor, shape: list[int], *, allowzero: int = 0) -> Tensor:
    """The same elements in another shape; -1 is what is left, 0 (unless `allowzero`) what was there."""
    dims = [x.shape[i] if dim == 0 and not allowzero else dim for i, dim in enumerate(shape)]
    if -1 in dims:
        rest = int(np.prod([dim for dim in dims if dim != -1]))
        dims[dims.index(-1)] = x.size // rest if rest else 0
    return x.reshape(dims)


@onnx_op("Flatten")
def flatten(x: Tensor, *, axis: int = 1) -> Tensor:
    """A matrix: the dims before `axis`, and the others."""
    at = axis + x.rank if axis < 0 else axis
    rows = int(np.prod(x.shape[:at]))
    return x.reshape((rows, int(np.prod(x.shape[at:]))))


@onnx_op("Squeeze")
def squeeze_by_attribute(x: Tensor, *, axes: Sequence[int] | None = None) -> Tensor:
    """Without dims of 1."""
    return squeeze(x, list(axes) if axes is not None else None)


@onnx_op("Squeeze", since=13)
def squeeze(x: Tensor, axes: list[int] | None = None) -> Tensor:
    """Without dims of 1: those in `axes`, or all."""
    return x.squeeze() if axes is None else x.squeeze(axes) if axes else x


@onnx_op("Unsqueeze")
def unsqueeze_by_attribute(x: Tensor, *, axes: Sequence[int]) -> Tensor:
    """With dims of 1."""
    return unsqueeze(x, list(axes))


@onnx_op("Unsqueeze", since=13)
def unsqueeze(x: Tensor, axes: list[int]) -> Tensor:
    """With dims of 1, at `axes` of the result."""
    rank = x.rank + len(axes)
    places = axes_of(axes, rank)
    if len(set(places)) < len(places):
        raise ValueError(f"axes {axes} name one twice")
    dims = iter(x.shape)
    return x.reshape([1 if i in places else next(dims) for i in range(rank)])


@onnx_op("DepthToSpace")
def depth_to_space(x: Tensor, *, blocksize: int, mode: str = "DCR") -> Tensor:
    """Channels become blocks of pixels: the block's pixels before the new channels, or after."""
    if mode == "DCR":
        return x.depth_to_space(blocksize, "NCHW")
    batch, channels, height, width = x.shape
    parts = x.reshape((batch, channels // blocksize**2, blocksize, blocksize, height, width))
    rows, columns = height * blocksize, width * blocksize
    return parts.transpose((0, 1, 4, 2, 5, 3)).reshape((batch, -1, rows, columns))


@onnx_op("SpaceToDepth")
def space_to_depth(x: Tensor, *, blocksize: int) -> Tensor:
    """Blocks of pixels become channels, the block's rows and columns before the old channels."""
    batch, channels, height, width = x.shape
    rows, columns = height // blocksize, width // blocksize
    parts = x.reshape((batch, channels, rows, blocksize, columns, blocksize))
    return parts.transpose((0, 3, 5, 1, 2, 4)).reshape((batch, -1, rows, columns))


@onnx_op("Transpose")
def transpose(x: Tensor, *, perm: Sequence[int] | None = None) -> Tensor:
    """The dims in another order, by default the other way round."""
    return x.transpose(tuple(reversed(range(x.rank))) if perm is None else tuple(perm))


@onnx_op("Concat", layout="all")
def concat(*values: Images, axis: int) -> Images:
    """Tensors one after another; channels beside each other where they come last."""
    held = [one.held for one in values if isinstance(one, ChannelsLast)]
    if len(held) == len(values) and axis % values[0].rank == 1:
        return ChannelsLast(joining.concat(held, -1), values[0].rank)
    return joining.concat([in_order(one) for one in values], axis)


@onnx_op("Split")
def split_by_attribute(
    x: Tensor, *, axis: int = 0, split: Sequence[int] | None = None, node: NodeInfo
) -> Any:
    """Parts along an axis."""
    return split_by_input(x, list(split) if split else None, axis=axis, node=node)


@onnx_op("Split", since=13)
def split_by_input(
    x: Tensor,
    sizes: list[int] | None = None,
    *,
    axis: int = 0,
    num_outputs: int | None = None,
    node: NodeInfo,
) -> Any:
    """Parts along an axis, of given sizes or of equal ones, of which the last may be smaller."""
    length = x.shape[axis]
    if sizes is None:
        count = num_outputs or len(node.wanted)
        each = -(-length // count)
        sizes = [min(each, max(length - i * each, 0)) for i in range(count)]
    return tuple(joining.split(x, sizes, axis))


@onnx_op("Expand")
def expand(x: Tensor, shape: list[int]) -> Tensor:
    """Repeated to a shape, with which it broadcasts both ways."""
    return movement.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape)))


@onnx_op("Tile", since=6)
def tile(x: Tensor, repeats: list[int]) -> Tensor:
    """Repeated along each axis."""
    return x.tile(repeats)


@onnx_op("Range")
def range_(start: Array, limit: Array, delta: Array, *, node: NodeInfo) -> Tensor:
    """Numbers from one up to, not including, another."""
    first, end, step = (one.reshape(-1)[0].astype(np.float64) for one in (start, limit, delta))
    if not step:
        raise ValueError("the step must not be 0")
    count = within(max(np.ceil((end - first) / step), 0))
    return whole(first + np.arange(count) * step, dtype_of(node.takes[0]) or "float32")


@onnx_op("EyeLike")
def eye_like(x: Tensor, *, dtype: int | None = None, k: int = 0, node: NodeInfo) -> Tensor:
    """Ones on a diagonal, the `k`-th above the main one."""
    rows, columns = x.shape
    return whole(np.eye(rows, columns, k), dtype_of(node.gives[0]) or x.dtype)


@onnx_op("Trilu")
def trilu(x: Tensor, k: int | None = None, *, upper: int = 1) -> Tensor:
    """The triangle above the `k`-th diagonal, or below it; the rest is 0."""
    rows, columns = x.shape[-2:]
    inside = np.tri(rows, columns, (k or 0) - 1 if upper else (k or 0), dtype=bool)
    kept = whole(~inside if upper else inside, "bool")
    return logical.where(kept.reshape((*(1,) * (x.rank - 2), rows, columns)), x, create.zeros_like(x))
