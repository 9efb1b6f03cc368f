"""Images sampled at coordinates: GridSample, RoiAlign; and blocks put back, Col2Im."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import whole, within
from glbackend.ops import arithmetic
from glbackend.ops.concat import concat
from glbackend.ops.index import gather, scatter_nd

CUBIC = -0.75


def _bent(at: Tensor, low: float, high: float) -> Tensor:
    """Coordinates outside [low, high] mirrored at its ends until they are inside."""
    span = high - low
    if span <= 0:
        return at * 0.0 + low
    turned = arithmetic.mod(at - low, 2 * span)
    return arithmetic.minimum(turned, 2 * span - turned) + low


def _cubic(t: Tensor) -> list[Tensor]:
    """The shares of four neighbours, `t` behind the second."""

    def near(x: Tensor) -> Tensor:
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1.0

    def far(x: Tensor) -> Tensor:
        return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC

    return [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]


def _taps(at: Tensor, mode: str) -> list[tuple[Tensor, Tensor | None]]:
    """The neighbours of coordinates along a dim, and their shares."""
    if mode == "nearest":
        return [(at.round(), None)]
    first = at.floor()
    t = at - first
    if mode == "cubic":
        return [(first + float(i - 1), share) for i, share in enumerate(_cubic(t))]
    return [(first, 1.0 - t), (first + 1.0, t)]


@onnx_op("GridSample", since=16)
def grid_sample(
    x: Tensor, grid: Tensor, *, align_corners: int = 0, mode: str = "linear", padding_mode: str = "zeros"
) -> Tensor:
    """x [batch, channels, *space] at coordinates [batch, *places, dims], the last dim of space first."""
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    if mode not in ("linear", "nearest", "cubic") or padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"mode {mode!r} with padding_mode {padding_mode!r} is not known")
    batch, channels, *space = x.shape
    places = grid.shape[1:-1]
    count = math.prod(places)
    flat = grid.reshape((batch * count, len(space)))
    along = []
    for d, size in enumerate(space):
        at = flat[:, len(space) - 1 - d]
        low, high = (0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)
        at = (at + 1.0) * ((size - 1) / 2) if align_corners else ((at + 1.0) * size - 1.0) / 2.0
        if mode == "nearest":
            at = at.round()
        if padding_mode == "reflection":
            at = _bent(at, low, high)
        along.append([_placed(tap, size, low, high, padding_mode, share) for tap, share in _taps(at, mode)])
    rows = x.transpose((0, *range(2, x.rank), 1)).reshape((batch * math.prod(space), channels))
    first = whole(np.repeat(np.arange(batch) * math.prod(space), count))
    total: Tensor | None = None
    for taps in itertools.product(*along):
        number, weight = first, None
        for d, (index, share) in enumerate(taps):
            number = number + index * math.prod(space[d + 1 :])
            weight = share if weight is None else weight if share is None else weight * share
        seen = gather(rows, number)
        seen = seen if weight is None else seen * weight.expand_dims(-1)
        total = seen if total is None else total + seen
    if total is None:
        raise ValueError("there must be a dim of space at least")
    y = total.reshape((batch, *places, channels))
    return y.transpose((0, y.rank - 1, *range(1, y.rank - 1)))


def _placed(
    tap: Tensor, size: int, low: float, high: float, padding: str, share: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """A neighbour's whole coordinate within the image, and its share, 0 where zeros lie outside.

    At a border each neighbour is brought in by itself, as PyTorch does it.
    """
    if padding == "reflection":
        tap = _bent(tap, low, high)
    inside = tap.clip_by_value(0.0, size - 1.0)
    if padding == "zeros":
        there = inside.equal(tap).cast("float32")
        share = there if share is None else share * there
    # halves come of mirroring only where a coordinate lies just at the border
    return inside.cast("int32"), share


@onnx_op("RoiAlign", since=10)
def roi_align_of_old(
    x: Tensor,
    rois: Array,
    batch_indices: Array,
    *,
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Tensor:
    """As `roi_align`, without the half of a pixel."""
    return roi_align(
        x, rois, batch_indices, coordinate_transformation_mode="output_half_pixel", mode=mode,
        output_height=output_height, output_width=output_width, sampling_ratio=sampling_ratio,
        spatial_scale=spatial_scale,
    )  # fmt: skip


@onnx_op("RoiAlign", since=16)
def roi_align(
    x: Tensor,
    rois: Array,
    batch_indices: Array,
    *,
    coordinate_transformation_mode: str = "half_pixel",
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Tensor:
    """Boxes [count, (left, top, right, bottom)] of images, each sampled in a grid of bins."""
    _, channels, height, width = x.shape
    half = coordinate_transformation_mode == "half_pixel"
    results = []
    for box, image in zip(rois.astype(np.float64), batch_indices, strict=True):
        left, top, right, bottom = box * spatial_scale - (0.5 if half else 0.0)
        tall, wide = bottom - top, right - left
        if not half:
            tall, wide = max(tall, 1.0), max(wide, 1.0)
        down = _samples(top, tall, output_height, sampling_ratio, height)
        across = _samples(left, wide, output_width, sampling_ratio, width)
        results.append(_pooled(x[int(image)], down, across, mode))
    return concat(results, 0) if results else x.slice([0] * 4, [0, channels, output_height, output_width])


Sampled = list[tuple[Array, Array]]  # the lower and the upper neighbours: numbers and shares [bins, samples]


def _samples(start: float, length: float, bins: int, ratio: int, size: int) -> Sampled:
    count = ratio if ratio > 0 else max(math.ceil(length / bins), 1)
    at = start + (np.arange(bins)[:, None] + (np.arange(count) + 0.5) / count) * (length / bins)
    live = (at >= -1.0) & (at <= size)
    at = np.clip(at, 0, None)
    low = np.minimum(at.astype(np.int64), size - 1)
    t = np.where(low >= size - 1, 0.0, at - low)
    return [(low, (1 - t) * live), (np.minimum(low + 1, size - 1), t * live)]


def _pooled(image: Tensor, down: Sampled, across: Sampled, mode: str) -> Tensor:
    """[1, channels, bins, bins]: the mean of the samples of each bin, or the largest neighbour's share."""
    found: Tensor | None = None
    for (rows, tall), (columns, wide) in itertools.product(down, across):
        (high, n), (broad, m) = rows.shape, columns.shape
        seen = gather(gather(image, whole(rows.ravel()), 1), whole(columns.ravel()), 2)
        part = seen * whole(np.outer(tall.ravel(), wide.ravel()), "float32")
        part = part.reshape((image.shape[0], high, n, broad, m))
        meet = arithmetic.maximum if mode == "max" else arithmetic.add
        found = part if found is None else meet(found, part)
    if found is None:
        raise ValueError("there are no samples")
    y = found.max((2, 4)) if mode == "max" else found.mean((2, 4))
    return y.expand_dims(0)


@onnx_op("Col2Im", since=18)
def col2im(
    x: Tensor,
    image_shape: list[int],
    block_shape: list[int],
    *,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Tensor:
    """Columns of blocks [batch, channels * block, blocks] put back into images, sums where blocks overlap."""
    rank = len(image_shape)
    gaps, steps, border = dilations or [1] * rank, strides or [1] * rank, pads or [0] * 2 * rank
    numbers, inside = np.zeros((1, 1), np.int64), np.ones((1, 1), bool)
    for d, (size, block) in enumerate(zip(image_shape, block_shape, strict=True)):
        count = (size + border[d] + border[rank + d] - gaps[d] * (block - 1) - 1) // steps[d] + 1
        at = np.arange(block)[:, None] * gaps[d] + np.arange(count) * steps[d] - border[d]
        live = (at >= 0) & (at < size)
        shape = (numbers.shape[0] * block, within(numbers.size * block * count) // (numbers.shape[0] * block))
        numbers = (numbers[:, None, :, None] * size + at[None, :, None, :]).reshape(shape)
        inside = (inside[:, None, :, None] & live[None, :, None, :]).reshape(shape)
    batch, channels = x.shape[0], x.shape[1] // numbers.shape[0]
    planes = batch * channels
    rows = x.reshape((planes, numbers.size)).transpose((1, 0))
    places = np.flatnonzero(inside.ravel())
    chosen = gather(rows, whole(places))
    y = scatter_nd(whole(numbers.ravel()[places][:, None]), chosen, [math.prod(image_shape), planes])
    return y.transpose((1, 0)).reshape((batch, channels, *image_shape))
