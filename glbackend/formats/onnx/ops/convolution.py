"""Convolutions, over sequences, images and volumes."""

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.layout import ChannelsLast, Images, as_images
from glbackend.formats.onnx.placing import Placing, all_pads, for_images, placing
from glbackend.ops.concat import concat, split
from glbackend.ops.conv2d import conv2d, conv2d_transpose, fused_conv2d
from glbackend.ops.conv3d import conv3d, conv3d_transpose
from glbackend.ops.grouped import grouped_convolution
from glbackend.ops.slice import strided_slice

Sizes = Sequence[int] | None


class ConvOptions(TypedDict, total=False):
    """The attributes of Conv."""

    auto_pad: str
    dilations: Sizes
    group: int
    kernel_shape: Sizes
    pads: Sizes
    strides: Sizes


def taps_last(w: Tensor) -> Tensor:
    """A filter [out, in, *space] as our ops take it, [*space, in, out]."""
    taps: Tensor = w.transpose((*range(2, w.rank), 1, 0))
    return taps.reshape((1, *taps.shape)) if w.rank == 3 else taps


def per_channel(b: Tensor, rank: int) -> Tensor:
    """A vector over channels that broadcasts to [batch, channels, *space]."""
    return b.reshape((b.size, *(1,) * (rank - 2)))


@onnx_op("Conv", layout="images")
def conv(
    x: Images,
    w: Annotated[Tensor, taps_last],
    b: Tensor | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sizes = None,
    group: int = 1,
    kernel_shape: Sizes = None,
    pads: Sizes = None,
    strides: Sizes = None,
) -> Images:
    """A convolution in `group` groups of channels, plus a bias for each of its channels."""
    space = x.rank - 2
    size = w.shape[:-2][-space:]
    place = for_images(placing(x.shape[2:], kernel_shape or size, strides, dilations, pads, auto_pad))
    images = as_images(x)
    both = max(place.strides) > 1 and max(place.dilations) > 1  # ours take one of them
    options: Any = {
        "strides": 1 if both else place.strides, "pad": all_pads(place), "dilations": place.dilations,
    }  # fmt: skip
    if group > 1:
        y = grouped_convolution(images, w, group, "NDHWC" if space == 3 else "NHWC", **options)
    elif space == 3:
        y = conv3d(images, w, **options)
    elif b is not None:
        y, b = fused_conv2d(images, w, bias=b, **options), None
    else:
        y = conv2d(images, w, **options)
    if both:
        y = strided_slice(y, [0] * y.rank, y.shape, [1, *place.strides, 1])
    return ChannelsLast(y if b is None else y + b, x.rank)


@onnx_op("ConvTranspose", layout="images")
def conv_transpose(
    x: Images,
    w: Annotated[Tensor, taps_last],
    b: Tensor | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sizes = None,
    group: int = 1,
    kernel_shape: Sizes = None,
    output_padding: Sizes = None,
    output_shape: Sizes = None,
    pads: Sizes = None,
    strides: Sizes = None,
) -> Images:
    """A transposed convolution: what a convolution of such a filter would have seen."""
    space = x.rank - 2
    size = x.shape[2:]
    plain = placing(size, kernel_shape or w.shape[:-2][-space:], strides, dilations, pads, "NOTSET")
    more = tuple(output_padding or (0,) * space)
    whole = [
        step * (n - 1) + extra + reach
        for step, n, extra, reach in zip(plain.strides, size, more, plain.reach, strict=True)
    ]
    if auto_pad in ("SAME_UPPER", "SAME_LOWER") and not output_shape:
        output_shape = [n * step for n, step in zip(size, plain.strides, strict=True)]
    if output_shape:
        surplus = [full - wanted for full, wanted in zip(whole, list(output_shape)[-space:], strict=True)]
        plain = plain._replace(pads=tuple(_shares(one, auto_pad == "SAME_UPPER") for one in surplus))
    elif auto_pad == "VALID":
        plain = plain._replace(pads=((0, 0),) * space)
    return _transposed(x, w, b, group, plain, whole)


def _shares(total: int, upper: bool) -> tuple[int, int]:
    """What is cut away before and after; what is lacking goes after."""
    if total <= 0:
        return 0, total
    less, more = total // 2, total - total // 2
    return (less, more) if upper else (more, less)


def spread_taps(w: Tensor, dilations: Sequence[int]) -> Tensor:
    """A filter with its gaps filled with zeros."""
    for axis, step in enumerate(dilations):
        if step > 1 and w.shape[axis] > 1:
            apart = w.expand_dims(axis + 1).pad(
                [(0, step - 1) if i == axis + 1 else (0, 0) for i in range(w.rank + 1)]
            )
            size = w.shape[axis] * step
            whole = apart.reshape((*w.shape[:axis], size, *w.shape[axis + 1 :]))
            w = whole.pad([(0, 1 - step) if i == axis else (0, 0) for i in range(w.rank)])
    return w


def _transposed(
    x: Images, w: Tensor, b: Tensor | None, group: int, plain: Placing, whole: list[int]
) -> Images:
    """The whole result without padding, of which the padding is then cut away (or zeros are put there)."""
    place = for_images(plain)
    full = place.reach[:1] + tuple(whole) if len(plain.kernel) == 1 else tuple(whole)
    images = as_images(x)
    if max(place.strides) > 1 and max(place.dilations) > 1:  # ours take one of them
        w, place = spread_taps(w, place.dilations), place._replace(dilations=(1,) * len(place.dilations))
    transpose = conv3d_transpose if x.rank == 5 else conv2d_transpose
    parts = []
    for one, taps in zip(split(images, group, -1), split(w, group, -1), strict=True):
        # our filter is [*space, out, in]: the taps' `in` is what the result has
        shape = (x.shape[0], *full, taps.shape[-2])
        parts.append(transpose(one, taps, shape, place.strides, "valid", dilations=place.dilations))
    y = parts[0] if group == 1 else concat(parts, -1)
    if any(before or after for before, after in place.pads):
        y = y.pad([(0, 0), *((-before, -after) for before, after in place.pads), (0, 0)])
    return ChannelsLast(y if b is None else y + b, x.rank)
