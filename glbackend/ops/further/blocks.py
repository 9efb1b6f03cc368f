"""Keras's `ops.nn` of blocks and windows that are only moved. In `gl.ops`."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops.further.elementwise import tensor_of
from glbackend.ops.further.windows import Format, Sizes
from glbackend.ops.image import depth_to_space as blocks_of_depth
from glbackend.ops.window import to_last


def _blocks(x: TensorLike, block_size: int, op: str) -> Tensor:
    given = tensor_of(x)
    if given.rank != 4 or block_size < 2:
        raise ArgumentError(
            f"{op}: needs images and a block_size of 2 at least, got {list(given.shape)} and {block_size}"
        )
    return given


@checked
def depth_to_space(x: TensorLike, block_size: int, data_format: Format | None = None) -> Tensor:
    """Channels of images as blocks of pixels. As `keras.ops.depth_to_space`.

    `x`: [batch, height, width, channels].
    `block_size`: pixels of a block in each direction, 2 at least; channels must be a multiple of its square.
    `data_format`: "channels_last", the default, or "channels_first", where each channel's pixels are in turn.

    >>> depth_to_space([[[[1., 2., 3., 4.]]]], 2).numpy().tolist()
    [[[[1.0], [2.0]], [[3.0], [4.0]]]]
    """
    given = _blocks(x, block_size, "depth_to_space")
    if data_format != "channels_first":
        return blocks_of_depth(given, block_size)
    count, depth, height, width = given.shape
    apart = given.reshape((count, depth // block_size**2, block_size, block_size, height, width))
    turned = apart.transpose((0, 1, 4, 2, 5, 3))
    return turned.reshape((count, depth // block_size**2, height * block_size, width * block_size))


@checked
def space_to_depth(x: TensorLike, block_size: int, data_format: Format | None = None) -> Tensor:
    """Blocks of pixels as channels. As `keras.ops.space_to_depth`.

    `x`: [batch, height, width, channels]; height and width must be multiples of the block's size.
    `block_size`, `data_format`: as of `depth_to_space`.

    >>> space_to_depth([[[[1.], [2.]], [[3.], [4.]]]], 2).numpy().ravel().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    given, size = _blocks(x, block_size, "space_to_depth"), block_size
    first = data_format == "channels_first"
    count, height, width, depth = (to_last(given) if first else given).shape
    if height % size or width % size:
        raise ShapeError(f"space_to_depth: blocks of {size} do not fit images of {height} x {width}")
    if first:
        apart = given.reshape((count, depth, height // size, size, width // size, size))
        return apart.transpose((0, 1, 3, 5, 2, 4)).reshape((count, -1, height // size, width // size))
    apart = given.reshape((count, height // size, size, width // size, size, depth))
    return apart.transpose((0, 1, 3, 2, 4, 5)).reshape((count, height // size, width // size, -1))


def several(value: Sizes, rank: int, name: str, op: str, least: int = 1) -> tuple[int, ...]:
    """A number of each of so many axes; ArgumentError for another count, or below `least`."""
    found = (value,) * rank if isinstance(value, int) else tuple(int(one) for one in value)
    if len(found) != rank or min(found) < least:
        raise ArgumentError(f"{op}: {name} must be one number or {rank}, of at least {least}, got {value!r}")
    return found


@checked
def unfold(
    x: TensorLike, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """The windows of images `x`, [batch, channels, height, width], as columns: [batch, channels * window, n].

    `kernel_size`: height and width of a window, one number for both, as of the others.
    `dilation`: from one of its points to the next.
    `padding`: zeros around the images.
    `stride`: from one window to the next.

    As `keras.ops.unfold`.

    >>> unfold([[[[1., 2., 3.]]]], (1, 2)).numpy().tolist()
    [[[1.0, 2.0], [2.0, 3.0]]]
    """
    given = tensor_of(x)
    if given.rank != 4:
        raise ShapeError(f"unfold: x must have 4 axes, got shape {list(given.shape)}")
    pads = several(padding, 2, "padding", "unfold", 0)
    padded = given.pad([(0, 0), (0, 0), *((one, one) for one in pads)])
    parts, counts = points_of_windows(padded.shape[2:], kernel_size, dilation, stride, "unfold")
    found = [padded[:, :, *places] for places in parts]
    count, channels = given.shape[:2]
    return found[0].stack(found[1:], 2).reshape((count, channels * len(parts), counts[0] * counts[1]))


def points_of_windows(
    size: Sequence[int], kernel: Sizes, dilation: Sizes, stride: Sizes, op: str
) -> tuple[list[tuple[slice, ...]], tuple[int, ...]]:
    """For each point of a window what all windows have there; and how many of them lie along each axis."""
    window, gaps, steps = (
        several(one, len(size), name, op)
        for one, name in ((kernel, "size of a window"), (dilation, "dilation"), (stride, "stride"))
    )
    along, counts = [], []
    for n, k, gap, step in zip(size, window, gaps, steps, strict=True):
        count = (n - (k - 1) * gap - 1) // step + 1
        if count < 1:
            raise ShapeError(f"{op}: a window of {window} does not fit into {tuple(size)}")
        along.append([slice(i * gap, i * gap + (count - 1) * step + 1, step) for i in range(k)])
        counts.append(count)
    return [*product(*along)], tuple(counts)


@checked
def fold(
    x: TensorLike,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Images whose windows are the columns of `x`, added up where they overlap: the adjoint of `unfold`.

    `output_size`: height and width of the images, one number for both.
    `kernel_size`, `dilation`, `padding`, `stride`: as of `unfold`.

    As `keras.ops.fold`.

    >>> fold([[[1., 2.], [2., 3.]]], (1, 3), (1, 2)).numpy().tolist()
    [[[[1.0, 4.0, 3.0]]]]
    """
    given, pads = tensor_of(x), several(padding, 2, "padding", "fold", 0)
    asked = several(output_size, 2, "output_size", "fold")
    height, width = (n + 2 * pad for n, pad in zip(asked, pads, strict=True))
    parts, counts = points_of_windows((height, width), kernel_size, dilation, stride, "fold")
    if given.rank != 3 or given.shape[1] % len(parts) or given.shape[2] != counts[0] * counts[1]:
        raise ShapeError(
            f"fold: x must be [batch, channels * {len(parts)}, {counts[0] * counts[1]}], "
            f"got shape {list(given.shape)}"
        )
    apart = given.reshape((given.shape[0], given.shape[1] // len(parts), len(parts), *counts))
    steps = several(stride, 2, "stride", "fold")
    found: Any = 0.0
    for i, places in enumerate(parts):
        found = found + _spread_out(apart[:, :, i], places, steps, (height, width))
    return found[:, :, pads[0] : height - pads[0], pads[1] : width - pads[1]]


def _spread_out(x: Tensor, places: Sequence[slice], steps: Sequence[int], size: Sequence[int]) -> Tensor:
    """`x`, [.., .., rows, columns], put where slices say, with zeros around and between."""
    for axis, (place, step, n) in enumerate(zip(places, steps, size, strict=True), 2):
        wide = x.expand_dims(axis + 1).pad([(0, (step - 1) * (i == axis + 1)) for i in range(x.rank + 1)])
        shape = list(x.shape)
        shape[axis] *= step
        x = wide.reshape(shape)
        length = place.stop - place.start
        x = x[:, :, :length] if axis == 2 else x[:, :, :, :length]
        x = x.pad([(place.start, n - place.stop) if i == axis else (0, 0) for i in range(x.rank)])
    return x
