"""Keras's `ops.image` that change colours, sizes and borders of images. In `gl.ops.image`."""

from collections.abc import Sequence

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.concat import stack, unstack
from glbackend.ops.further.blocks import points_of_windows, several
from glbackend.ops.further.elementwise import tensor_of
from glbackend.ops.further.windows import Format, Padding, Sizes
from glbackend.ops.keras_arrays import moveaxis

EPSILON = float(np.finfo(np.float32).eps)


def images_of(images: TensorLike, op: str) -> Tensor:
    """The tensor of an image, or of a batch of them; ShapeError for another."""
    given = tensor_of(images)
    if given.rank not in (3, 4):
        raise ShapeError(f"{op}: images must have 3 or 4 axes, got shape {list(given.shape)}")
    return given


def _sides(data_format: str | None) -> tuple[int, int, int]:
    """The axes of height, width and channels."""
    return (-2, -1, -3) if data_format == "channels_first" else (-3, -2, -1)


@checked
def rgb_to_grayscale(images: TensorLike, data_format: Format | None = None) -> Tensor:
    """Coloured `images` in grey: 0.2989 red + 0.587 green + 0.114 blue; grey ones stay.

    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.rgb_to_grayscale`.

    >>> rgb_to_grayscale([[[1., 0., 0.]]]).numpy().round(4).tolist()
    [[[0.2989000082015991]]]
    """
    given = images_of(images, "rgb_to_grayscale")
    place = _sides(data_format)[2]
    if given.shape[place] == 1:
        return given
    if given.shape[place] != 3:
        raise ShapeError(f"rgb_to_grayscale: images must have 1 or 3 channels, got {list(given.shape)}")
    red, green, blue = given.cast("float32").split(3, place)
    return (red * 0.2989 + green * 0.587 + blue * 0.114).cast(given.dtype)


def _planes(images: TensorLike, data_format: str | None, op: str) -> tuple[list[Tensor], int]:
    given = images_of(images, op)
    place = _sides(data_format)[2]
    if given.dtype != "float32" or given.shape[place] != 3:
        raise ShapeError(f"{op}: images must be float32 of 3 channels, got {given.dtype} {list(given.shape)}")
    return unstack(given, place), place


@checked
def rgb_to_hsv(images: TensorLike, data_format: Format | None = None) -> Tensor:
    """Hue, saturation and value, each 0 to 1, of coloured `images`, 0 to 1 too.

    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.rgb_to_hsv`.

    >>> rgb_to_hsv([[[0., 1., 0.]]]).numpy().round(3).tolist()
    [[[0.3330000042915344, 1.0, 1.0]]]
    """
    planes, place = _planes(images, data_format, "rgb_to_hsv")
    red, green, blue = (logical.where(one.abs().less(EPSILON), 0.0, one) for one in planes)
    value = red.maximum(green).maximum(blue)
    spread = value - red.minimum(green).minimum(blue)
    some = spread.greater(0)
    saturation = logical.where(value.greater(0), spread / logical.where(value.greater(0), value, 1.0), 0.0)
    scale = 1 / (logical.where(some, spread, 1.0) * 6)
    hue = logical.where(value.equal(green), scale * (blue - red) + 2 / 6, scale * (red - green) + 4 / 6)
    hue = logical.where(value.equal(red), scale * (green - blue), hue)
    hue = logical.where(some, hue, 0.0) + hue.less(0).cast("float32")
    return stack([hue, saturation, value], place)


@checked
def hsv_to_rgb(images: TensorLike, data_format: Format | None = None) -> Tensor:
    """Coloured images of hue, saturation and value, each 0 to 1: what `rgb_to_hsv` gave.

    `images`: float32.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.hsv_to_rgb`.

    >>> hsv_to_rgb([[[0., 1., 1.]]]).numpy().tolist()
    [[[1.0, 0.0, 0.0]]]
    """
    (hue, saturation, value), place = _planes(images, data_format, "hsv_to_rgb")
    turn = (hue - hue.floor()) * 6
    parts = [(turn - 3).abs() - 1, 2 - (turn - 2).abs(), 2 - (turn - 4).abs()]
    return stack([value * (1 - saturation + saturation * one.clip_by_value(0, 1)) for one in parts], place)


def _two_of(op: str, names: str, *given: int | None) -> None:
    if sum(one is None for one in given) != 1:
        raise ArgumentError(f"{op}: give exactly two of {names}, got {', '.join(map(str, given))}")


def _not_negative(op: str, names: str, *found: int) -> None:
    if min(found) < 0:
        raise ArgumentError(f"{op}: {names} must be at least 0, but come to {', '.join(map(str, found))}")


@checked
def pad_images(
    images: TensorLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: Format | None = None,
) -> Tensor:
    """`images` with zeros around them.

    `top_padding`, `bottom_padding`, `target_height`: rows above, below, and of the result: two of them.
    `left_padding`, `right_padding`, `target_width`: columns, likewise.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.pad_images`.

    >>> pad_images([[[1.]]], 1, 0, 0, 1).numpy()[:, :, 0].tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    given = images_of(images, "pad_images")
    pads = [(0, 0)] * given.rank
    told = ((top_padding, bottom_padding, target_height), (left_padding, right_padding, target_width))
    words = ("top_padding, bottom_padding, target_height", "left_padding, right_padding, target_width")
    for place, names, (first, last, size) in zip(_sides(data_format), words, told, strict=False):
        _two_of("pad_images", names, first, last, size)
        more = 0 if size is None else size - given.shape[place]
        before = more - (last or 0) if first is None else first
        after = more - before if last is None else last
        _not_negative("pad_images", names, before, after, size or 0)
        pads[place] = (before, after)
    return given.pad(pads)


@checked
def crop_images(
    images: TensorLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: Format | None = None,
) -> Tensor:
    """`images` without some of their borders.

    `top_cropping`, `bottom_cropping`, `target_height`: rows that go above, below, and that stay: two of them.
    `left_cropping`, `right_cropping`, `target_width`: columns, likewise.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.crop_images`.

    >>> crop_images([[[1.], [2.], [3.]]], 0, 1, 0, 1).numpy().ravel().tolist()
    [2.0]
    """
    given = images_of(images, "crop_images")
    told = ((top_cropping, bottom_cropping, target_height), (left_cropping, right_cropping, target_width))
    words = ("top_cropping, bottom_cropping, target_height", "left_cropping, right_cropping, target_width")
    starts, sizes = [0] * given.rank, list(given.shape)
    for place, names, (first, last, size) in zip(_sides(data_format), words, told, strict=False):
        _two_of("crop_images", names, first, last, size)
        extent = given.shape[place]
        starts[place] = extent - (size or 0) - (last or 0) if first is None else first
        sizes[place] = extent - (last or 0) - starts[place] if size is None else size
        _not_negative("crop_images", names, starts[place], last or 0, sizes[place])
    return given.slice(starts, sizes)


@checked
def extract_patches(
    images: TensorLike,
    size: Sizes,
    strides: Sizes | None = None,
    dilation_rate: Sizes = 1,
    padding: Padding = "valid",
    data_format: Format | None = None,
) -> Tensor:
    """The windows of `images`, of volumes where `size` has three numbers: each point's channels in turn.

    `size`: of a window, one number or one of each axis.
    `strides`: from one window to the next, by default its size.
    `dilation_rate`: from one of its points to the next.
    `padding`: "valid" or "same".
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.extract_patches`.

    >>> extract_patches([[[1.], [2.], [3.]]], (1, 2), 1).numpy().tolist()
    [[[1.0, 2.0], [2.0, 3.0]]]
    """
    rank = 3 if isinstance(size, Sequence) and len(size) == 3 else 2
    return _patches("extract_patches", images, size, strides, dilation_rate, padding, data_format, rank)


@checked
def extract_patches_3d(
    volumes: TensorLike,
    size: Sizes,
    strides: Sizes | None = None,
    dilation_rate: Sizes = 1,
    padding: Padding = "valid",
    data_format: Format | None = None,
) -> Tensor:
    """The windows of `volumes`: each point's channels in turn. As `keras.ops.image.extract_patches_3d`.

    `size`, `strides`, `dilation_rate`, `padding`, `data_format`: as of `extract_patches`.

    >>> extract_patches_3d([[[[1.], [2.]]]], (1, 1, 2)).numpy().ravel().tolist()
    [1.0, 2.0]
    """
    return _patches("extract_patches_3d", volumes, size, strides, dilation_rate, padding, data_format, 3)


def _patches(
    op: str, images: TensorLike, size: Sizes, strides: Sizes | None, gaps: Sizes, padding: str,
    data_format: str | None, rank: int,
) -> Tensor:  # fmt: skip
    given = tensor_of(images)
    if given.rank not in (rank + 1, rank + 2):
        raise ShapeError(f"{op}: images must have {rank + 1} or {rank + 2} axes, got {list(given.shape)}")
    x = given if given.rank == rank + 2 else given.expand_dims(0)
    x = moveaxis(x, 1, -1) if data_format == "channels_first" else x
    window, apart = several(size, rank, "size", op), several(gaps, rank, "dilation_rate", op)
    steps = window if not strides else several(strides, rank, "strides", op)
    if padding.lower() == "same":
        extents = [(k - 1) * gap + 1 for k, gap in zip(window, apart, strict=True)]
        lacks = [
            max((-(-n // step) - 1) * step + extent - n, 0)
            for n, step, extent in zip(x.shape[1:], steps, extents, strict=False)
        ]
        x = x.pad([(0, 0), *((one // 2, one - one // 2) for one in lacks), (0, 0)])
    parts, counts = points_of_windows(x.shape[1:-1], window, apart, steps, op)
    rows = stack([x[:, *places] for places in parts], -2)
    y = rows.reshape((x.shape[0], *counts, len(parts) * x.shape[-1]))
    y = moveaxis(y, -1, 1) if data_format == "channels_first" else y
    return y if given.rank == rank + 2 else y.squeeze(0)
