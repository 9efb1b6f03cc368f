"""Convolutions and pools, with what was fused onto them."""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.fused import activated, epilogue
from glbackend.ops import conv2d as convs
from glbackend.ops import conv3d as volumes
from glbackend.ops import depthwise, dilation
from glbackend.ops import pool as pools
from glbackend.ops.grouped import grouped_convolution

Pads = tuple[tuple[int, int], ...]


def inner(sizes: Sequence[int], data_format: str) -> tuple[int, ...]:
    """Of numbers for each dim those of the spatial ones."""
    return tuple(sizes[2:] if data_format.startswith("NC") else sizes[1:-1])


def padding_of(padding: str, explicit: Sequence[int]) -> str | Pads:
    """What our ops take as `pad`: "EXPLICIT" comes with two numbers for each dim."""
    if padding != "EXPLICIT":
        return padding.lower()
    if len(explicit) % 2 or not explicit:
        raise ModelFormatError(f"explicit_paddings must hold two numbers for each dim, not {explicit}")
    return tuple(zip(explicit[::2], explicit[1::2], strict=True))


def last(x: Tensor, data_format: str) -> Tensor:
    """x with its channels last."""
    return x.transpose((0, *range(2, x.rank), 1)) if data_format.startswith("NC") else x


def first(x: Tensor, data_format: str) -> Tensor:
    """Back from `last`."""
    return x.transpose((0, x.rank - 1, *range(1, x.rank - 1))) if data_format.startswith("NC") else x


def _convolution(
    names: Sequence[str], plain: Any, fused: Any, factors: Callable[[Tensor, Tensor], Tensor]
) -> None:
    @tf_op(*names)
    def convolution(
        x: Tensor,
        filter: Tensor,
        *args: Tensor,
        strides: Sequence[int],
        padding: str,
        data_format: str = "NHWC",
        dilations: Sequence[int] = (1, 1, 1, 1),
        explicit_paddings: Sequence[int] = (),
        fused_ops: Sequence[str] = (),
        epsilon: float = 1e-4,
        leakyrelu_alpha: float = 0.2,
    ) -> Tensor:
        """A convolution, plus a bias or through a normalisation, through an activation."""
        scale, options, after = epilogue(fused_ops, args, epsilon, leakyrelu_alpha, data_format)
        if scale is not None:
            filter = filter * factors(scale, filter)
        pad, steps = padding_of(padding, explicit_paddings), inner(strides, data_format)
        channels = x.shape[1 if data_format.startswith("NC") else -1]
        if plain is convs.conv2d and channels > filter.shape[2] > 0 == channels % filter.shape[2]:
            y = grouped_convolution(
                x, filter, channels // filter.shape[2], data_format, strides=steps, pad=pad,
                dilations=inner(dilations, data_format),
            )  # fmt: skip
            return after(activated(y, options, data_format))
        run = fused if options else plain
        return after(run(x, filter, steps, pad, data_format, inner(dilations, data_format), **options))


_convolution(
    ("Conv2D", "_FusedConv2D", "FusedConv2D"), convs.conv2d, convs.fused_conv2d, lambda scale, filter: scale
)
_convolution(
    ("DepthwiseConv2dNative", "DepthwiseConv2d", "FusedDepthwiseConv2dNative"),
    depthwise.depthwise_conv2d, depthwise.fused_depthwise_conv2d,
    lambda scale, filter: scale.reshape(filter.shape[2:]),
)  # fmt: skip


@tf_op("Conv1D")
def conv1d(
    x: Tensor,
    filter: Tensor,
    *,
    stride: int,
    padding: str,
    data_format: str = "NWC",
    dilation: int = 1,
) -> Tensor:
    """A convolution of sequences."""
    return convs.conv1d(x, filter, stride, padding.lower(), data_format, dilation)


@tf_op("Conv2DBackpropInput")
def conv2d_backprop_input(
    input_sizes: list[int],
    filter: Tensor,
    out_backprop: Tensor,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
    explicit_paddings: Sequence[int] = (),
) -> Tensor:
    """A transposed convolution; sizes may leave the batch and channels out."""
    dy, pad = last(out_backprop, data_format), padding_of(padding, explicit_paddings)
    sizes = input_sizes
    if data_format.startswith("NC"):
        sizes = [sizes[0], *sizes[2:], sizes[1]] if len(sizes) == 4 else sizes
        pad = pad if isinstance(pad, str) else (pad[0], *pad[2:], pad[1])
    if len(sizes) == 2:
        sizes = [dy.shape[0], *sizes, filter.shape[2]]
    y = convs.conv2d_transpose(
        dy, filter, sizes, inner(strides, data_format), pad, dilations=inner(dilations, data_format)
    )
    return first(y, data_format)


@tf_op("Conv3D")
def conv3d(
    x: Tensor,
    filter: Tensor,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
    dilations: Sequence[int] = (1, 1, 1, 1, 1),
) -> Tensor:
    """A convolution of volumes."""
    x = last(x, data_format)
    steps, gaps, pad = inner(strides, data_format), inner(dilations, data_format), padding.lower()
    if x.shape[-1] > filter.shape[3] > 0 == x.shape[-1] % filter.shape[3]:
        groups = x.shape[-1] // filter.shape[3]
        y = grouped_convolution(x, filter, groups, "NDHWC", strides=steps, pad=pad, dilations=gaps)
    else:
        y = volumes.conv3d(x, filter, steps, pad, "NDHWC", gaps)
    return first(y, data_format)


@tf_op("Conv3DBackpropInputV2")
def conv3d_backprop_input(
    input_sizes: list[int],
    filter: Tensor,
    out_backprop: Tensor,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
    dilations: Sequence[int] = (1, 1, 1, 1, 1),
) -> Tensor:
    """A transposed convolution of volumes."""
    sizes = input_sizes
    if data_format.startswith("NC"):
        sizes = [sizes[0], *sizes[2:], sizes[1]]
    y = volumes.conv3d_transpose(
        last(out_backprop, data_format), filter, sizes, inner(strides, data_format), padding.lower(),
        dilations=inner(dilations, data_format),
    )  # fmt: skip
    return first(y, data_format)


@tf_op("Dilation2D")
def dilation2d(
    x: Tensor, filter: Tensor, *, strides: Sequence[int], rates: Sequence[int], padding: str
) -> Tensor:
    """The largest sum of window and filter."""
    return dilation.dilation2d(x, filter, inner(strides, "NHWC"), padding.lower(), inner(rates, "NHWC"))


def _pool(name: str, function: Any, spatial: int) -> None:
    @tf_op(name)
    def pooled(
        input: Tensor,
        *,
        ksize: Sequence[int],
        strides: Sequence[int],
        padding: str,
        data_format: str = "NHWC",
        explicit_paddings: Sequence[int] = (),
    ) -> Tensor:
        """Windows over images or volumes."""
        pad = padding_of(padding, explicit_paddings)
        if data_format.startswith("NC") and not isinstance(pad, str):
            pad = (pad[0], *pad[2:], pad[1])
        sizes, steps = inner(ksize, data_format), inner(strides, data_format)
        if len(sizes) != spatial or len(ksize) != len(strides):
            raise ModelFormatError(f"{name}: ksize {ksize} and strides {strides} must be for each dim")
        y: Tensor = function(last(input, data_format), sizes, steps, pad)
        return first(y, data_format)


for _name, _function, _spatial in (
    ("MaxPool", pools.max_pool, 2),
    ("AvgPool", pools.avg_pool, 2),
    ("MaxPool3D", pools.max_pool3d, 3),
    ("AvgPool3D", pools.avg_pool3d, 3),
):
    _pool(_name, _function, _spatial)


@tf_op("MaxPoolV2")
def max_pool_v2(
    input: Tensor, ksize: Sequence[int], strides: Sequence[int], *, padding: str, data_format: str = "NHWC"
) -> Tensor:
    """As MaxPool, whose sizes are tensors."""
    sizes, steps = inner(ksize, data_format), inner(strides, data_format)
    return first(pools.max_pool(last(input, data_format), sizes, steps, padding.lower()), data_format)


@tf_op("MaxPoolWithArgmax", outputs=("output", "argmax"))
def max_pool_with_argmax(
    input: Tensor,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, ...]:
    """The largest of each window, and where it lies."""
    return pools.max_pool_with_argmax(
        input, inner(ksize, "NHWC"), inner(strides, "NHWC"), padding.lower(), include_batch_in_index
    )
