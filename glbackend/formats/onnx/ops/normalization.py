"""Normalisations."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.layout import ChannelsLast, Images, in_order
from glbackend.ops import norm
from glbackend.ops.lrn import local_response_normalization
from glbackend.ops.window import to_first, to_last


def _spread(v: Tensor, rank: int) -> Tensor:
    return v.reshape((1, v.size, *(1,) * (rank - 2))) if rank > 2 else v


@onnx_op("BatchNormalization", since=7, layout="images")
def batch_normalization_of_old(
    x: Images,
    scale: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    spatial: int = 1,
) -> Images:
    """With the statistics that were learnt, for each channel, or without `spatial` for each element."""
    if spatial and isinstance(x, ChannelsLast):
        return ChannelsLast(norm.batch_norm(x.held, mean, variance, bias, scale, epsilon), x.rank)
    given: Tensor = in_order(x)
    m, v, b, s = (
        _spread(one, x.rank) if spatial else one.expand_dims(0) for one in (mean, variance, bias, scale)
    )
    return norm.batch_norm(given, m, v, b, s, epsilon)


@onnx_op("BatchNormalization", since=14, layout="images")
def batch_normalization(
    x: Images,
    scale: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Any:
    """With the statistics that were learnt, or in training with those of x, which then go into the former."""
    if not training_mode:
        return batch_normalization_of_old(x, scale, bias, mean, variance, epsilon=epsilon)
    given: Tensor = in_order(x)
    now = norm.moments(given, (0, *range(2, x.rank)))
    y = batch_normalization_of_old(x, scale, bias, now.mean, now.variance, epsilon=epsilon)
    kept = [
        old * momentum + new * (1 - momentum) for old, new in ((mean, now.mean), (variance, now.variance))
    ]
    return y, *kept


def _normal(x: Tensor, axes: Sequence[int], epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """x with mean 0 and variance 1 over axes; the mean, and one over the deviation."""
    found = norm.moments(x, tuple(axes), True)
    factor = (found.variance + epsilon).rsqrt()
    return (x - found.mean) * factor, found.mean, factor


@onnx_op("InstanceNormalization")
def instance_normalization(x: Tensor, scale: Tensor, bias: Tensor, *, epsilon: float = 1e-5) -> Tensor:
    """Each channel of each example by itself."""
    y, _, _ = _normal(x, range(2, x.rank), epsilon)
    return y * _spread(scale, x.rank) + _spread(bias, x.rank)


@onnx_op("LayerNormalization")
def layer_normalization(
    x: Tensor,
    scale: Tensor,
    bias: Tensor | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    """Over all dims from an axis on; also the mean, and one over the deviation."""
    y, mean, factor = _normal(x, range(axis % x.rank, x.rank), epsilon)
    y = y * scale
    return y if bias is None else y + bias, mean, factor


@onnx_op("RMSNormalization")
def rms_normalization(
    x: Tensor, scale: Tensor, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Tensor:
    """Over the root of the mean of squares, over all dims from an axis on."""
    square = x.square().mean(tuple(range(axis % x.rank, x.rank)), True)
    return x * (square + epsilon).rsqrt() * scale


@onnx_op("GroupNormalization", since=21)
def group_normalization(
    x: Tensor, scale: Tensor, bias: Tensor, *, num_groups: int, epsilon: float = 1e-5, stash_type: int = 1
) -> Tensor:
    """Groups of channels, each by itself; scale and bias for each channel."""
    grouped = x.reshape((x.shape[0], num_groups, x.size // (x.shape[0] * num_groups)))
    y, _, _ = _normal(grouped, (2,), epsilon)
    return y.reshape(x.shape) * _spread(scale, x.rank) + _spread(bias, x.rank)


@onnx_op("MeanVarianceNormalization", since=9)
def mean_variance_normalization(x: Tensor, *, axes: Sequence[int] = (0, 2, 3)) -> Tensor:
    """Mean 0 and variance 1 over axes."""
    y, _, _ = _normal(x, [axis % x.rank for axis in axes], 1e-9)
    return y


@onnx_op("LpNormalization")
def lp_normalization(x: Tensor, *, axis: int = -1, p: int = 2) -> Tensor:
    """Over its `p`-norm along an axis; 0 where that is 0."""
    length = x.abs().sum(axis, True) if p == 1 else x.square().sum(axis, True).sqrt()
    return x.div_no_nan(length)


@onnx_op("LRN")
def lrn(x: Tensor, *, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0, size: int) -> Tensor:
    """Over a power of the squares of `size` neighbouring channels, one more after than before if even."""
    if size % 2 and x.rank == 4:
        y = local_response_normalization(to_last(x), size // 2, bias, alpha / size, beta)
        return to_first(y)
    before, after = (size - 1) // 2, size - 1 - (size - 1) // 2
    squares = x.square().pad([(0, 0), (before, after), *[(0, 0)] * (x.rank - 2)])
    flat = squares.reshape((x.shape[0], x.shape[1] + size - 1, math.prod(x.shape[2:])))
    total = flat[:, : x.shape[1]]
    for i in range(1, size):
        total = total + flat[:, i : i + x.shape[1]]
    return x / (total.reshape(x.shape) * (alpha / size) + bias).pow(beta)
