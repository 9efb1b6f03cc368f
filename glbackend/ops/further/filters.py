"""Keras's `ops.image` that mix neighbouring pixels: sizes, blurs, edges. In `gl.ops.image`."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.concat import stack
from glbackend.ops.create import range_
from glbackend.ops.further.blocks import several
from glbackend.ops.further.elementwise import floats, tensor_of
from glbackend.ops.further.images import EPSILON, images_of
from glbackend.ops.further.windows import Format, conv, depthwise_conv
from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor
from glbackend.ops.keras_arrays import moveaxis


def _batched(of: Callable[[Tensor], Tensor], images: TensorLike, data_format: str | None, op: str) -> Tensor:
    """A function of batches with channels last, of images in any form; their axes stay in order."""
    given = images_of(images, op)
    x = given if given.rank == 4 else given.expand_dims(0)
    y = of(moveaxis(x, 1, -1) if data_format == "channels_first" else x)
    y = moveaxis(y, 3, 1) if data_format == "channels_first" else y
    return y if given.rank == 4 else y.squeeze(0)


def _bell(size: int, sigma: float) -> np.ndarray:
    places = np.arange(size) - (size - 1) / 2
    found = np.exp(-0.5 * (places / sigma) ** 2)
    return found / found.sum()


@checked
def gaussian_blur(
    images: TensorLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: Format | None = None,
) -> Tensor:
    """`images` blurred by normal distributions, zeros lying around them.

    `kernel_size`: columns and rows that are mixed, in this order, as Keras has it but on PyTorch.
    `sigma`: the deviations in the same order.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.gaussian_blur`.

    >>> gaussian_blur([[[0.], [1.], [0.]]], (3, 1)).numpy().ravel().round(3).tolist()
    [0.27399998903274536, 0.4519999921321869, 0.27399998903274536]
    """
    width, height = several(tuple(kernel_size), 2, "kernel_size", "gaussian_blur")
    taps = np.outer(_bell(height, float(sigma[1])), _bell(width, float(sigma[0]))).astype(np.float32)

    def blurred(x: Tensor) -> Tensor:
        kernel = np.repeat(taps[:, :, None, None], x.shape[-1], 2)
        return depthwise_conv(x, kernel, 1, "same").cast(x.dtype)

    return _batched(blurred, images, data_format, "gaussian_blur")


SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


@checked
def sobel_edges(images: TensorLike, data_format: Format | None = None) -> Tensor:
    """How much brighter `images` get downwards and to the right: two numbers along a new last axis.

    `images`: [batch, height, width, channels], zeros lie around them.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.sobel_edges`.

    >>> sobel_edges([[[[0.], [1.], [0.]]]]).numpy()[0, 0, 0].tolist()
    [[0.0, 2.0]]
    """
    given = images_of(images, "sobel_edges")
    if given.rank != 4:
        raise ShapeError(f"sobel_edges: images must have 4 axes, got shape {list(given.shape)}")
    x = moveaxis(given, 1, -1) if data_format == "channels_first" else given
    taps = [np.repeat(one[:, :, None, None], x.shape[-1], 2) for one in (SOBEL.T, SOBEL)]
    y = stack([depthwise_conv(x, one, 1, "same") for one in taps], -1)
    return moveaxis(y, 3, 1) if data_format == "channels_first" else y


@checked
def ssim(
    image1: TensorLike,
    image2: TensorLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: Format | None = None,
) -> Tensor:
    """How alike images are in their structure, at most 1 (Wang et al., 2004). As `keras.ops.image.ssim`.

    `image1`, `image2`: images, or batches of as many.
    `max_val`: the largest number that they can hold.
    `filter_size`, `filter_sigma`: pixels that are looked at together, and their normal distribution.
    `k1`, `k2`: keep divisions from very small numbers.
    `data_format`: "channels_last", the default, or "channels_first".

    >>> image = np.ones((11, 11, 1), np.float32)
    >>> ssim(image, image).numpy().round(3).item()
    1.0
    """
    one, two = images_of(image1, "ssim"), images_of(image2, "ssim")
    if one.shape != two.shape:
        raise ShapeError(f"ssim: images must have one shape, got {list(one.shape)} and {list(two.shape)}")
    batch = one.rank == 4
    a, b = (floats(x) if batch else floats(x).expand_dims(0) for x in (one, two))
    if data_format != "channels_first":
        a, b = moveaxis(a, -1, 1), moveaxis(b, -1, 1)
    planes = [x.reshape((-1, *x.shape[2:], 1)) for x in (a, b)]
    bell = _bell(filter_size, filter_sigma)
    taps = np.outer(bell, bell).astype(np.float32)[:, :, None, None]
    x, y = planes
    mean_x, mean_y, xx, yy, xy = (conv(z, taps) for z in (x, y, x * x, y * y, x * y))
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    xx, yy, xy = xx - mean_x * mean_x, yy - mean_y * mean_y, xy - mean_x * mean_y
    above = (mean_x * mean_y * 2 + c1) * (xy * 2 + c2)
    like = above / ((mean_x * mean_x + mean_y * mean_y + c1) * (xx + yy + c2))
    found = like.mean([1, 2, 3]).reshape(a.shape[:2]).mean(-1)
    return found if batch else found.squeeze(0)


def _triangle(x: Tensor) -> Tensor:
    return (1 - x).maximum(0.0)


def _cubic(x: Tensor) -> Tensor:
    near = ((x * 1.5 - 2.5) * x) * x + 1
    far = ((x * -0.5 + 2.5) * x - 4) * x + 2
    return logical.where(x.less(1), near, logical.where(x.less(2), far, 0.0))


def _lanczos(radius: float) -> Callable[[Tensor], Tensor]:
    def found(x: Tensor) -> Tensor:
        safe = logical.where(x.greater(1e-3), x, 1.0)
        waves = (safe * math.pi).sin() * (safe * (math.pi / radius)).sin() * (radius / math.pi**2)
        inside = logical.where(x.greater(1e-3), waves / (safe * safe), 1.0)
        return logical.where(x.greater(radius), 0.0, inside)

    return found


KERNELS: dict[str, Callable[[Tensor], Tensor]] = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
}


def _shares(
    size: int, out: int, scale: Any, shift: Any, kernel: Callable[[Tensor], Tensor], antialias: bool
) -> Tensor:
    """What each of `size` places gives to each of `out`, [size, out]."""
    back = 1 / floats(scale)
    width = back.maximum(1.0) if antialias else 1.0
    at = (range_(0, out, dtype="float32") + 0.5) * back - floats(shift) * back - 0.5
    apart = (at.expand_dims(0) - range_(0, size, dtype="float32").expand_dims(1)).abs() / width
    parts = kernel(apart)
    total = parts.sum(0, True)
    some = total.abs().greater(1000 * EPSILON)
    parts = logical.where(some, parts / logical.where(some, total, 1.0), 0.0)
    return logical.where(at.greater_equal(-0.5).logical_and(at.less_equal(size - 0.5)), parts, 0.0)


@checked
def scale_and_translate(
    images: TensorLike,
    output_shape: Sequence[int],
    scale: TensorLike,
    translation: TensorLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """`images` in other sizes, and moved: along each axis places are mixed anew.

    `output_shape`: of the result.
    `scale`, `translation`: a number of each axis of `spatial_dims`: how much larger, how far on.
    `method`: "linear", "cubic", "lanczos3" or "lanczos5".
    `antialias`: whether what gets smaller is blurred before.

    As `keras.ops.image.scale_and_translate`.

    >>> scale_and_translate([1., 3.], (4,), [2.], [0.], (0,), "linear").numpy().tolist()
    [1.0, 1.5, 2.5, 3.0]
    """
    if method not in KERNELS:
        known = ", ".join(KERNELS)
        raise ArgumentError(f"scale_and_translate: method must be one of {known}, got {method!r}")
    given, scales, shifts = tensor_of(images), floats(scale), floats(translation)
    if len(output_shape) != given.rank:
        raise ShapeError(
            f"scale_and_translate: output_shape {list(output_shape)} does not fit {list(given.shape)}"
        )
    x = given.cast("float32")
    for i, axis in enumerate(spatial_dims):
        parts = _shares(x.shape[axis], output_shape[axis], scales[i], shifts[i], KERNELS[method], antialias)
        last = moveaxis(x, axis, -1)
        mixed = last.reshape((-1, last.shape[-1])).matmul(parts).reshape((*last.shape[:-1], parts.shape[1]))
        x = moveaxis(mixed, -1, axis)
    return x if given.dtype == "float32" else x.round().cast(given.dtype)


def _aspect(x: Tensor, size: tuple[int, int], crop: bool, value: float) -> Tensor:
    """Images cut down, or filled up, to the proportions of a size."""
    height, width = x.shape[1:3]
    across, down = int(width * size[0] / size[1]), int(height * size[1] / size[0])
    if crop:
        rows, columns = max(min(height, across), 1), max(min(width, down), 1)
        top, left = (height - rows) // 2, (width - columns) // 2
        return x[:, top : top + rows, left : left + columns]
    top, left = (max(height, across) - height) // 2, (max(width, down) - width) // 2
    return x.pad([(0, 0), (top, top), (left, left), (0, 0)], value)


@checked
def resize(
    images: TensorLike,
    size: Sequence[int],
    interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"] = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: Literal["constant"] = "constant",
    fill_value: float = 0.0,
    data_format: Format | None = None,
) -> Tensor:
    """`images`, or one of them, in another `size`, height and width. As `keras.ops.image.resize`.

    `interpolation`: how pixels are mixed, counted from their centres; "nearest" takes one.
    `antialias`: whether what gets smaller is blurred before.
    `crop_to_aspect_ratio`, `pad_to_aspect_ratio`: whether images are cut down, or filled up with
    `fill_value`, so that they are not stretched; one of the two.
    `fill_mode`: "constant".
    `data_format`: "channels_last", the default, or "channels_first".

    >>> resize([[[0.], [1.]]], (1, 4)).numpy().ravel().tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    height, width = several(tuple(size), 2, "size", "resize")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError("resize: give one of crop_to_aspect_ratio and pad_to_aspect_ratio")

    def resized(x: Tensor) -> Tensor:
        given = x.dtype
        x = x.cast("float32")
        if crop_to_aspect_ratio or pad_to_aspect_ratio:
            x = _aspect(x, (height, width), crop_to_aspect_ratio, fill_value)
        if interpolation == "nearest":
            return resize_nearest_neighbor(x, (height, width), half_pixel_centers=True).cast(given)
        if interpolation == "bilinear" and not antialias:
            y = resize_bilinear(x, (height, width), half_pixel_centers=True)
        else:
            scale = [height / x.shape[1], width / x.shape[2]]
            shape = (x.shape[0], height, width, x.shape[3])
            y = scale_and_translate(x, shape, scale, [0.0, 0.0], (1, 2), interpolation, antialias)
        return y if given == "float32" else y.round().cast(given)

    return _batched(resized, images, data_format, "resize")
