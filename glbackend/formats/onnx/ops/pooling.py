"""Pools: the largest, the mean, a norm of each window."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import NodeInfo, onnx_op
from glbackend.formats.onnx.host import whole
from glbackend.formats.onnx.layout import ChannelsLast, Images, as_images, in_order
from glbackend.formats.onnx.placing import Placing, all_pads, for_images, placing, rounded_up
from glbackend.ops import arithmetic, comparison, logical
from glbackend.ops.create import ones
from glbackend.ops.index import scatter_nd
from glbackend.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d
from glbackend.ops.slice import strided_slice

Sizes = Sequence[int] | None


def _place(
    x: Images, kernel: Sequence[int], strides: Sizes, dilations: Sizes, pads: Sizes, auto_pad: str, ceil: int
) -> tuple[Placing, Any]:
    size = x.shape[2:]
    place = placing(size, kernel, strides, dilations, pads, auto_pad)
    return rounded_up(place, size) if ceil else (place, ((0, 0),) * len(size))


@onnx_op("MaxPool", layout="images")
def max_pool_(
    x: Images,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sizes = None,
    kernel_shape: Sequence[int],
    pads: Sizes = None,
    storage_order: int = 0,
    strides: Sizes = None,
    node: NodeInfo,
) -> Any:
    """The largest of each window, and where it lies in the whole input."""
    place, _ = _place(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    if len(node.wanted) > 1:
        return _with_places(in_order(x), place, storage_order)
    if any(gap > 1 for gap in place.dilations):
        return _by_taps(in_order(x), place, arithmetic.maximum, _lowest(x))
    images = for_images(place)
    pool = max_pool3d if x.rank == 5 else max_pool
    return ChannelsLast(pool(as_images(x), images.kernel, images.strides, all_pads(images)), x.rank)


def _lowest(x: Images) -> float:
    return float("-inf") if x.dtype == "float32" else -(1 << 31)


def _taps(x: Tensor, place: Placing, value: float) -> Any:
    """For each position of the window what it sees, over all windows."""
    padded = x.pad([(0, 0), (0, 0), *place.pads], value) if any(map(any, place.pads)) else x
    counts = [
        (size - reach) // step + 1
        for size, reach, step in zip(padded.shape[2:], place.reach, place.strides, strict=True)
    ]
    for at in itertools.product(*map(range, place.kernel)):
        begin = [i * gap for i, gap in zip(at, place.dilations, strict=True)]
        end = [b + (n - 1) * step + 1 for b, n, step in zip(begin, counts, place.strides, strict=True)]
        yield strided_slice(padded, [0, 0, *begin], [*x.shape[:2], *end], [1, 1, *place.strides])


def _by_taps(x: Tensor, place: Placing, meet: Any, value: float) -> Tensor:
    found: Tensor | None = None
    for seen in _taps(x, place, value):
        found = seen if found is None else meet(found, seen)
    if found is None:
        raise ValueError("a window needs a position at least")
    return found


def _with_places(x: Tensor, place: Placing, column_major: int) -> tuple[Tensor, Tensor]:
    """The largest of each window, and its number in the whole input, row by row or column by column."""
    space = x.shape[2:]
    inside = np.arange(int(np.prod(space))).reshape(space[::-1] if column_major else space)
    inside = inside.T if column_major else inside
    first = np.arange(x.shape[0] * x.shape[1]).reshape((*x.shape[:2], *(1,) * len(space)))
    numbers = whole(np.broadcast_to(first * inside.size + inside, x.shape))
    best: Tensor | None = None
    where: Tensor | None = None
    for seen, places in zip(_taps(x, place, _lowest(x)), _taps(numbers, place, -1), strict=True):
        if best is None or where is None:
            best, where = seen, places
        else:
            better = comparison.greater(seen, best)
            best, where = logical.where(better, seen, best), logical.where(better, places, where)
    if best is None or where is None:
        raise ValueError("a window needs a position at least")
    return best, where


@onnx_op("AveragePool", layout="images")
def average_pool(
    x: Images,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Sizes = None,
    kernel_shape: Sequence[int],
    pads: Sizes = None,
    strides: Sizes = None,
) -> Images:
    """The mean of each window, over what lies in it, with `count_include_pad` over its padding too."""
    place, surplus = _place(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    if count_include_pad and any(map(any, place.pads)):
        own = [(b, a - more) for (b, a), (_, more) in zip(place.pads, surplus, strict=True)]
        x = in_order(x).pad([(0, 0), (0, 0), *own])
        place = place._replace(pads=surplus)
    if any(gap > 1 for gap in place.dilations):
        counts = _by_taps(ones((1, 1, *x.shape[2:])), place, arithmetic.add, 0.0)
        return _by_taps(in_order(x), place, arithmetic.add, 0.0) / counts
    images = for_images(place)
    pool = avg_pool3d if x.rank == 5 else avg_pool
    return ChannelsLast(pool(as_images(x), images.kernel, images.strides, all_pads(images)), x.rank)


@onnx_op("LpPool")
def lp_pool(
    x: Tensor,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sizes = None,
    kernel_shape: Sequence[int],
    p: int = 2,
    pads: Sizes = None,
    strides: Sizes = None,
) -> Tensor:
    """The `p`-norm of each window."""
    place, _ = _place(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    total = _by_taps(arithmetic.pow(x.abs(), float(p)), place, arithmetic.add, 0.0)
    return arithmetic.pow(total, 1.0 / p)


@onnx_op("GlobalAveragePool", layout="images")
def global_average_pool(x: Images) -> Images:
    """The mean of each channel."""
    images = as_images(x)
    return ChannelsLast(images.mean(tuple(range(1, images.rank - 1)), True), x.rank)


@onnx_op("GlobalMaxPool", layout="images")
def global_max_pool(x: Images) -> Images:
    """The largest of each channel."""
    images = as_images(x)
    return ChannelsLast(images.max(tuple(range(1, images.rank - 1)), True), x.rank)


@onnx_op("GlobalLpPool", since=2)
def global_lp_pool(x: Tensor, *, p: int = 2) -> Tensor:
    """The `p`-norm of each channel."""
    return arithmetic.pow(arithmetic.pow(x.abs(), float(p)).sum(tuple(range(2, x.rank)), True), 1.0 / p)


@onnx_op("MaxUnpool")
def max_unpool(
    x: Tensor,
    places: Tensor,
    output_shape: list[int] | None = None,
    *,
    kernel_shape: Sequence[int],
    pads: Sizes = None,
    strides: Sizes = None,
) -> Tensor:
    """Each element at its place of a larger tensor of zeros; places count through that without padding."""
    place = placing(x.shape[2:], kernel_shape, strides, None, pads, "NOTSET")
    space = [
        (n - 1) * step + size - before - after
        for n, step, size, (before, after) in zip(
            x.shape[2:], place.strides, place.kernel, place.pads, strict=True
        )
    ]
    shape = (*x.shape[:2], *space)
    flat = scatter_nd(places.reshape((places.size, 1)), x.reshape((x.size,)), [int(np.prod(shape))])
    y = flat.reshape(shape)
    if output_shape is None:
        return y
    return y.pad([(0, wanted - size) for wanted, size in zip(output_shape, shape, strict=True)])
