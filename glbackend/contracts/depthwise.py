"""Contracts of the depthwise convolution, its fused form and its two backprops: float32, channels last."""

from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape
from glbackend.base.window import FORMATS, Window, check_steps, conv_window
from glbackend.contracts.contract import Checked, contract
from glbackend.contracts.matmul import fused_attrs


@contract("DepthwiseConv2dNative")
def depthwise_conv2d(
    x: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """x [batch, height, width, channels] with a filter [height, width, channels, multiplier]."""
    _check_float("depthwise_conv2d", x=x, filter=filter)
    window = _window(
        "depthwise_conv2d", x.shape, filter.shape, strides, pad, data_format, dilations, dim_rounding_mode
    )
    return Checked(Spec(window.y_shape), {"window": window})


@contract("FusedDepthwiseConv2D")
def fused_depthwise_conv2d(
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
    activation: str | None = "linear",
    leakyrelu_alpha: float | None = None,
) -> Checked:
    """The convolution, plus a bias, through an activation."""
    op = "fused.depthwise_conv2d"
    _check_float(op, x=x, filter=filter)
    window = _window(op, x.shape, filter.shape, strides, pad, data_format, dilations, dim_rounding_mode)
    out = Spec(window.y_shape)
    fused = fused_attrs(op, out, bias, prelu_activation_weights, activation, leakyrelu_alpha)
    return Checked(out, {"window": window, **fused})


@contract("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input(
    dy: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    input_shape: Any,
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """Gradient with respect to x, of shape `input_shape`."""
    op = "depthwise_conv2d_backprop_input"
    _check_float(op, dy=dy, filter=filter)
    shape = check_shape(input_shape, op)
    window = _window(op, shape, filter.shape, strides, pad, data_format, dilations, dim_rounding_mode)
    _check_dy(op, dy, window)
    return Checked(Spec(shape), {"window": window})


@contract("DepthwiseConv2dNativeBackpropFilter")
def depthwise_conv2d_backprop_filter(
    x: Spec,
    dy: Spec,
    *,
    strides: Any,
    pad: Any,
    filter_shape: Any,
    data_format: str = "NHWC",
    dilations: Any = 1,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """Gradient with respect to the filter, of shape `filter_shape`."""
    op = "depthwise_conv2d_backprop_filter"
    _check_float(op, x=x, dy=dy)
    shape = check_shape(filter_shape, op)
    window = _window(op, x.shape, shape, strides, pad, data_format, dilations, dim_rounding_mode)
    _check_dy(op, dy, window)
    return Checked(Spec(shape), {"window": window})


def _check_float(op: str, **specs: Spec) -> None:
    for name, spec in specs.items():
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")


def _window(
    op: str,
    x_shape: Shape,
    filter_shape: Shape,
    strides: Any,
    pad: Any,
    data_format: str,
    dilations: Any,
    mode: str | None,
) -> Window:
    if FORMATS.get(data_format):
        raise ArgumentError(
            f"{op}: the kernel takes channels last ('NHWC'), got {data_format!r}: transpose x first"
        )
    window = conv_window(
        op, x_shape, filter_shape, strides=strides, pad=pad, dilations=1 if dilations is None else dilations,
        data_format=data_format, dim_rounding_mode=mode, depthwise=True,
    )  # fmt: skip
    check_steps(op, window)
    return window


def _check_dy(op: str, dy: Spec, window: Window) -> None:
    if dy.shape != window.y_shape:
        raise ShapeError(
            f"{op}: dy has shape {list(dy.shape)}, but the convolution gives {list(window.y_shape)}"
        )
