"""Contracts of Conv2D, its fused form and its two gradients."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape
from glbackend.base.window import Window, check_steps, conv_window
from glbackend.contracts.contract import Checked, contract
from glbackend.contracts.matmul import fused_attrs


def _window(op: str, x: Shape, filter: Shape, attrs: dict[str, Any]) -> Window:
    window = conv_window(op, x, filter, **attrs)
    check_steps(op, window)
    return window


def _float(op: str, **specs: Spec) -> None:
    for name, spec in specs.items():
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")


def _agrees(op: str, dy: Spec, window: Window) -> None:
    if dy.shape != window.out_shape:
        raise ShapeError(
            f"{op}: dy has shape {list(dy.shape)}, but this convolution gives {list(window.out_shape)}: "
            f"they must be equal"
        )


@contract("Conv2D")
def conv2d(
    x: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """x [batch, height, width, channels] or as `data_format` says, filter [height, width, channels, out]."""
    _float("conv2d", x=x, filter=filter)
    attrs = {"strides": strides, "pad": pad, "data_format": data_format, "dilations": dilations}
    window = _window("conv2d", x.shape, filter.shape, attrs | {"dim_rounding_mode": dim_rounding_mode})
    return Checked(Spec(window.out_shape), {"window": window})


@contract("FusedConv2D")
def fused_conv2d(
    x: Spec,
    filter: Spec,
    bias: Spec | None = None,
    prelu_activation_weights: Spec | None = None,
    *,
    strides: Any,
    pad: Any,
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
    activation: Any = "linear",
    leakyrelu_alpha: Any = None,
) -> Checked:
    """Conv2D plus a bias, through an activation; a bias of rank 1 has one number per channel."""
    op = "fused.conv2d"
    _float(op, x=x, filter=filter)
    attrs = {"strides": strides, "pad": pad, "data_format": data_format, "dilations": dilations}
    window = _window(op, x.shape, filter.shape, attrs | {"dim_rounding_mode": dim_rounding_mode})
    per_channel = bias is not None and bias.rank == 1
    fused = fused_attrs(
        op,
        Spec(window.out_shape),
        Spec((*bias.shape, 1, 1), bias.dtype) if bias and per_channel and window.channels_first else bias,
        prelu_activation_weights,
        activation,
        leakyrelu_alpha,
    )
    return Checked(Spec(window.out_shape), {"window": window, **fused})


@contract("Conv2DBackpropInput")
def conv2d_backprop_input(
    dy: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    input_shape: Sequence[int],
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """The gradient with respect to an input of `input_shape`; also the transposed convolution."""
    op = "conv2d_backprop_input"
    _float(op, dy=dy, filter=filter)
    shape = check_shape(input_shape, op)
    attrs = {"strides": strides, "pad": pad, "data_format": data_format, "dilations": dilations}
    window = _window(op, shape, filter.shape, attrs | {"dim_rounding_mode": dim_rounding_mode})
    _agrees(op, dy, window)
    return Checked(Spec(window.in_shape), {"window": window})


@contract("Conv2DBackpropFilter")
def conv2d_backprop_filter(
    x: Spec,
    dy: Spec,
    *,
    strides: Any,
    pad: Any,
    filter_shape: Sequence[int],
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """The gradient with respect to a filter of `filter_shape`."""
    op = "conv2d_backprop_filter"
    _float(op, x=x, dy=dy)
    shape = check_shape(filter_shape, op)
    attrs = {"strides": strides, "pad": pad, "data_format": data_format, "dilations": dilations}
    window = _window(op, x.shape, shape, attrs | {"dim_rounding_mode": dim_rounding_mode})
    _agrees(op, dy, window)
    return Checked(Spec(shape), {"window": window})
