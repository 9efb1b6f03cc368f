"""Convolutions in groups of channels, made of other ops: no kernel and no gradient of their own."""

from typing import Any

from glbackend.base.window import conv_window
from glbackend.engine.tensor import Tensor
from glbackend.ops.arithmetic import add_n
from glbackend.ops.concat import concat, split
from glbackend.ops.conv2d import conv2d
from glbackend.ops.conv3d import conv3d
from glbackend.ops.depthwise import depthwise_conv2d
from glbackend.ops.window import channels_first, to_first, to_last


def grouped_convolution(x: Tensor, filter: Tensor, groups: int, data_format: str, **placing: Any) -> Tensor:
    """The convolution whose channels, and those of its result, fall into `groups`: each sees its own alone.

    `x` is a batch of images or volumes, `filter` [*space, channels / groups, out]; `placing` holds strides,
    pad and dilations. A few large groups are a convolution each; many small ones together are a depthwise
    convolution, and the sum over the channels of a group.

    >>> import glbackend as gl
    >>> x, filter = gl.tensor([[[[1., 2.]]]]), gl.tensor([[[[3., 4.]]]])
    >>> grouped_convolution(x, filter, 2, "NHWC", strides=1, pad="same", dilations=1).numpy().tolist()
    [[[[3.0, 8.0]]]]
    """
    spatial = x.rank - 2
    first = channels_first(data_format, "grouped convolution", spatial=spatial)
    if groups <= filter.shape[-2]:
        return _one_by_one(x, filter, groups, 1 if first else -1, {"data_format": data_format, **placing})
    if spatial == 2:
        return _all_at_once(x, filter, groups, first, {"data_format": data_format, **placing})
    y = _plane_by_plane(to_last(x) if first else x, filter, groups, **placing)
    return to_first(y) if first else y


def _one_by_one(x: Tensor, filter: Tensor, groups: int, axis: int, options: dict[str, Any]) -> Tensor:
    convolve = conv3d if x.rank == 5 else conv2d
    parts = zip(split(x, groups, axis), split(filter, groups, -1), strict=True)
    return concat([convolve(one, taps, **options) for one, taps in parts], axis)


def _all_at_once(x: Tensor, filter: Tensor, groups: int, first: bool, options: dict[str, Any]) -> Tensor:
    """What each channel adds to each of its group's results, summed over the channels of the group."""
    *size, share, out = filter.shape
    each = out // groups
    taps = filter.reshape((*size, share, groups, each)).transpose((0, 1, 3, 2, 4))
    y = depthwise_conv2d(x, taps.reshape((*size, groups * share, each)), **options)
    if share == 1:
        return y
    at = 1 if first else 3
    before, after = y.shape[:at], y.shape[at + 1 :]
    return y.reshape((*before, groups, share, each, *after)).sum(at + 1).reshape((*before, out, *after))


def _plane_by_plane(
    x: Tensor, filter: Tensor, groups: int, *, strides: Any, pad: Any, dilations: Any
) -> Tensor:
    """Volumes, channels last: for each tap along depth the planes that it sees as images, and their sum."""
    whole = (*filter.shape[:3], x.shape[-1], filter.shape[-1])
    window = conv_window("conv3d", x.shape, whole, strides=strides, pad=pad, dilations=dilations, spatial=3)
    none = (0, 0)
    x = x.pad([none, window.pads[0], none, none, none])
    pads = (none, *window.pads[1:], none)
    images = {"strides": window.strides[1:], "pad": pads, "dilations": window.dilations[1:]}
    depth, step = window.out_size[0], window.strides[0]
    reach = max((depth - 1) * step + 1, 0)
    parts = []
    for tap in range(filter.shape[0]):
        start = tap * window.dilations[0]
        seen = x[:, start : start + reach : step]
        planes = seen.reshape((window.batch * depth, *seen.shape[2:]))
        parts.append(grouped_convolution(planes, filter[tap], groups, "NHWC", **images))
    return add_n(parts).reshape(window.out_shape)
