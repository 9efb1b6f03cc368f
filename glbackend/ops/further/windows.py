"""Keras's `ops.nn` of windows: convolutions and pools of sequences, images and volumes alike. In `gl.ops`."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import conv2d, conv3d, depthwise, pool
from glbackend.ops.adaptive import pooled_along
from glbackend.ops.further.elementwise import floats
from glbackend.ops.grouped import grouped_convolution
from glbackend.ops.window import to_first, to_last

Sizes = int | Sequence[int]
Padding = Literal["valid", "same", "VALID", "SAME"]
Format = Literal["channels_last", "channels_first"]


class Space(NamedTuple):
    """How a tensor became a batch of images or of volumes with channels last."""

    op: str
    rank: int
    first: bool

    def sizes(self, value: Sizes, name: str, rest: int = 1) -> tuple[int, ...]:
        """A size of each axis of the images or volumes; a sequence is an image of one row."""
        found = _each(value, self.rank)
        if len(found) != self.rank or min(found) < 1:
            raise ArgumentError(f"{self.op}: {name} must be {self.rank} sizes of at least 1, got {value!r}")
        return (rest, *found) if self.rank == 1 else found

    def as_given(self, y: Tensor) -> Tensor:
        """A result in the form in which the tensor came."""
        y = y.squeeze(1) if self.rank == 1 else y
        return to_first(y) if self.first else y

    def kernel(self, given: TensorLike) -> Tensor:
        """A kernel, [*space, channels, ...], of as many axes as the images or volumes have."""
        found = floats(given)
        if found.rank != self.rank + 2:
            raise ShapeError(
                f"{self.op}: kernel must have {self.rank + 2} axes, got shape {list(found.shape)}"
            )
        return found.expand_dims(0) if self.rank == 1 else found


def _as_images(inputs: TensorLike, data_format: str | None, op: str, most: int = 3) -> tuple[Tensor, Space]:
    given = floats(inputs)
    rank, first = given.rank - 2, data_format == "channels_first"
    if not 1 <= rank <= most:
        raise ShapeError(f"{op}: inputs must have 3 to {most + 2} axes, got shape {list(given.shape)}")
    last = to_last(given) if first else given
    return (last.expand_dims(1) if rank == 1 else last), Space(op, rank, first)


@checked
def conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Sizes = 1,
    padding: Padding = "valid",
    data_format: Format | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """The convolution of sequences, images or volumes. As `keras.ops.conv`.

    `inputs`: [batch, *space, channels] with one to three axes of space.
    `kernel`: [*space, channels, out]; where it has a part of the channels, they fall into groups.
    `strides`: steps from one place of the kernel to the next, one number or one of each axis.
    `padding`: "valid" or "same".
    `data_format`: "channels_last", the default, or "channels_first".
    `dilation_rate`: steps from one point of the kernel to the next; these or the strides must be 1.

    >>> conv([[[1.], [2.], [3.]]], [[[1.]], [[10.]]]).numpy().ravel().tolist()
    [21.0, 32.0]
    """
    x, space = _as_images(inputs, data_format, "conv")
    taps = space.kernel(kernel)
    channels, share = x.shape[-1], taps.shape[-2]
    if not share or channels % share or taps.shape[-1] % (channels // share):
        raise ShapeError(f"conv: a kernel {list(taps.shape)} does not fit {channels} channels")
    placing: dict[str, Any] = {
        "strides": space.sizes(strides, "strides"),
        "pad": padding.lower(),
        "dilations": space.sizes(dilation_rate, "dilation_rate"),
    }
    volumes = space.rank == 3
    if share != channels:
        y = grouped_convolution(x, taps, channels // share, "NDHWC" if volumes else "NHWC", **placing)
    else:
        y = (conv3d.conv3d if volumes else conv2d.conv2d)(x, taps, **placing)
    return space.as_given(y)


@checked
def conv_transpose(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Sizes = 1,
    padding: Padding = "valid",
    output_padding: Sizes | None = None,
    data_format: Format | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """The transposed convolution of sequences, images or volumes. As `keras.ops.conv_transpose`.

    `inputs`: [batch, *space, channels] with one to three axes of space.
    `kernel`: [*space, out, channels].
    `strides`, `data_format`, `dilation_rate`: as of `conv`.
    `padding`: "valid", or "same", where the result has size * stride places along each axis.
    `output_padding`: decides how large the result is, one number or one of each axis.

    >>> conv_transpose([[[2.]]], [[[1.]], [[10.]]]).numpy().ravel().tolist()
    [2.0, 20.0]
    """
    x, space = _as_images(inputs, data_format, "conv_transpose")
    taps = space.kernel(kernel)
    steps, dilations = space.sizes(strides, "strides"), space.sizes(dilation_rate, "dilation_rate")
    more: tuple[int | None, ...] = (None,) * len(steps)
    if output_padding is not None:
        asked = _each(output_padding, space.rank)
        more = (None, *asked) if space.rank == 1 else asked
    cuts, sizes = [], []
    for size, tap, step, dilation, extra in zip(
        x.shape[1:-1], taps.shape, steps, dilations, more, strict=False
    ):
        extent = (tap - 1) * dilation + 1
        before, after = _cut(extent, step, padding.lower() == "same", extra)
        cuts.append((before, after))
        sizes.append((size - 1) * step + extent - before - max(after, 0))
    pads = ((0, 0), *((before, max(after, 0)) for before, after in cuts), (0, 0))
    shape = (x.shape[0], *sizes, taps.shape[-2])
    transposed = conv3d.conv3d_transpose if space.rank == 3 else conv2d.conv2d_transpose
    y = transposed(x, taps, shape, steps, pads, dilations=dilations)
    return space.as_given(y.pad([(0, 0), *((0, max(-after, 0)) for _, after in cuts), (0, 0)]))


def _each(value: Sizes, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _cut(extent: int, step: int, same: bool, more: int | None) -> tuple[int, int]:
    """What is cut off both ends of all that a kernel reaches; below 0 where zeros are put there."""
    if not same:
        return 0, -(max(extent, step) - extent if more is None else more)
    both = step + extent - 2 if more is None else extent + extent % 2 - 2 + more
    before = min(both // 2 + both % 2, extent - 1)
    return extent - 1 - before, extent - 1 - (both - before)


@checked
def depthwise_conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Sizes = 1,
    padding: Padding = "valid",
    data_format: Format | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """The convolution of each channel of sequences or images with filters of its own.

    `inputs`: [batch, *space, channels] with one or two axes of space.
    `kernel`: [*space, channels, multiplier]; a channel gives as many as the multiplier says.
    `strides`, `padding`, `data_format`, `dilation_rate`: as of `conv`.

    As `keras.ops.depthwise_conv`.

    >>> depthwise_conv([[[1., 2.]]], [[[3.], [4.]]]).numpy().ravel().tolist()
    [3.0, 8.0]
    """
    x, space = _as_images(inputs, data_format, "depthwise_conv", 2)
    steps, gaps = space.sizes(strides, "strides"), space.sizes(dilation_rate, "dilation_rate")
    y = depthwise.depthwise_conv2d(x, space.kernel(kernel), steps, padding.lower(), dilations=gaps)
    return space.as_given(y)


@checked
def separable_conv(
    inputs: TensorLike,
    depthwise_kernel: TensorLike,
    pointwise_kernel: TensorLike,
    strides: Sizes = 1,
    padding: Padding = "valid",
    data_format: Format | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """`depthwise_conv`, then a `conv` over its channels. As `keras.ops.separable_conv`.

    `inputs`, `strides`, `padding`, `data_format`, `dilation_rate`: as there.
    `depthwise_kernel`: [*space, channels, multiplier].
    `pointwise_kernel`: [1, ..., channels * multiplier, out].

    >>> separable_conv([[[1., 2.]]], [[[3.], [4.]]], [[[1.], [10.]]]).numpy().ravel().tolist()
    [83.0]
    """
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, 1, "valid", data_format)


def _pooled(
    op: str, how: Sequence[Callable[..., Tensor]], inputs: TensorLike, sizes: Any, strides: Any, padding: str,
    data_format: str | None,
) -> Tensor:  # fmt: skip
    x, space = _as_images(inputs, data_format, op)
    window = space.sizes(sizes, "pool_size")
    steps = window if strides is None else space.sizes(strides, "strides")
    return space.as_given(how[space.rank == 3](x, window, steps, padding.lower()))


@checked
def max_pool(
    inputs: TensorLike,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Padding = "valid",
    data_format: Format | None = None,
) -> Tensor:
    """The largest of each window that slides over sequences, images or volumes. As `keras.ops.max_pool`.

    `inputs`: [batch, *space, channels] with one to three axes of space.
    `pool_size`: of the window, one number or one of each axis.
    `strides`: steps from one window to the next, by default the window's size.
    `padding`: "valid" or "same".
    `data_format`: "channels_last", the default, or "channels_first".

    >>> max_pool([[[1.], [5.], [3.], [2.]]], 2).numpy().ravel().tolist()
    [5.0, 3.0]
    """
    how = (pool.max_pool, pool.max_pool3d)
    return _pooled("max_pool", how, inputs, pool_size, strides, padding, data_format)


@checked
def average_pool(
    inputs: TensorLike,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Padding = "valid",
    data_format: Format | None = None,
) -> Tensor:
    """The mean of each window that slides over sequences, images or volumes; padding does not count.

    `inputs`, `pool_size`, `strides`, `padding`, `data_format`: as of `max_pool`. As `keras.ops.average_pool`.

    >>> average_pool([[[1.], [5.], [3.], [2.]]], 2).numpy().ravel().tolist()
    [3.0, 2.5]
    """
    how = (pool.avg_pool, pool.avg_pool3d)
    return _pooled("average_pool", how, inputs, pool_size, strides, padding, data_format)


def _adaptive(op: str, inputs: TensorLike, counts: Sizes, data_format: str | None, largest: bool) -> Tensor:
    x, space = _as_images(inputs, data_format, op)
    for axis, count in enumerate(space.sizes(counts, "output_size"), 1):
        x = x if count == x.shape[axis] else pooled_along(x, axis, count, largest)
    return space.as_given(x)


@checked
def adaptive_max_pool(inputs: TensorLike, output_size: Sizes, data_format: Format | None = None) -> Tensor:
    """The largest of each of `output_size` windows that together cover sequences, images or volumes.

    `inputs`, `data_format`: as of `max_pool`.
    `output_size`: how many windows, one number or one of each axis.

    As `keras.ops.adaptive_max_pool`.

    >>> adaptive_max_pool([[[1.], [5.], [3.]]], 2).numpy().ravel().tolist()
    [5.0, 5.0]
    """
    return _adaptive("adaptive_max_pool", inputs, output_size, data_format, True)


@checked
def adaptive_average_pool(
    inputs: TensorLike, output_size: Sizes, data_format: Format | None = None
) -> Tensor:
    """The mean of each of `output_size` windows that together cover sequences, images or volumes.

    `inputs`, `output_size`, `data_format`: as of `adaptive_max_pool`. As `keras.ops.adaptive_average_pool`.

    >>> adaptive_average_pool([[[1.], [5.], [3.]]], 2).numpy().ravel().tolist()
    [3.0, 4.0]
    """
    return _adaptive("adaptive_average_pool", inputs, output_size, data_format, False)
