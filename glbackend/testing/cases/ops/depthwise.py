"""Cases of the depthwise convolutions: channels of every remainder, multipliers, strides, epilogues."""

from typing import Any

from glbackend.ops.depthwise import depthwise_conv2d, fused_depthwise_conv2d, separable_conv2d
from glbackend.ops.op import run
from glbackend.testing.case import case
from glbackend.testing.sample import normal

_SAME = {"strides": (1, 1), "pad": "same"}
_WIDE = {"strides": (2, 1), "pad": ((0, 0), (1, 2), (0, 1), (0, 0))}


def _conv(strides: Any = 1, pad: Any = "same", **more: Any) -> Any:
    return lambda x, f: depthwise_conv2d(x, f, strides, pad, **more)


def _fused(activation: str, **more: Any) -> Any:
    return lambda x, f, bias: fused_depthwise_conv2d(
        x, f, 1, "same", bias=bias, activation=activation, **more
    )


def _input_grad(shape: tuple[int, ...], **attrs: Any) -> Any:
    name = "DepthwiseConv2dNativeBackpropInput"
    return lambda dy, f: run(name, {"dy": dy, "filter": f}, input_shape=shape, **attrs)


def _filter_grad(shape: tuple[int, ...], **attrs: Any) -> Any:
    name = "DepthwiseConv2dNativeBackpropFilter"
    return lambda x, dy: run(name, {"x": x, "dy": dy}, filter_shape=shape, **attrs)


_NAME = "DepthwiseConv2dNative"
_PRELU = normal(5, seed=9)

CASES = [
    case(_NAME, "same-3x3", _conv(), normal(2, 5, 6, 5), normal(3, 3, 5, 1), grad=(0, 1)),
    case(_NAME, "whole-texels", _conv(), normal(1, 6, 5, 8), normal(3, 3, 8, 1), grad=(0, 1)),
    case(_NAME, "strided", _conv((2, 1), "valid"), normal(1, 7, 6, 3), normal(3, 2, 3, 1), grad=(0, 1)),
    case(_NAME, "stride-above-filter", _conv(3, "same"), normal(1, 7, 8, 2), normal(2, 1, 2, 1), grad=(0, 1)),
    case(
        _NAME,
        "dilated",
        _conv(1, "same", dilations=(2, 3)),
        normal(1, 6, 7, 3),
        normal(3, 3, 3, 1),
        grad=(0, 1),
    ),
    case(_NAME, "multiplier-2", _conv(2, "same"), normal(1, 5, 5, 3), normal(3, 3, 3, 2), grad=(0, 1)),
    case(_NAME, "multiplier-3", _conv(1, "valid"), normal(1, 4, 4, 6), normal(2, 2, 6, 3), grad=(0, 1)),
    case(_NAME, "multiplier-4", _conv(), normal(1, 4, 4, 2), normal(3, 3, 2, 4), grad=(0, 1)),
    case(_NAME, "large-filter", _conv(), normal(1, 8, 8, 4), normal(5, 5, 4, 1), grad=(0, 1)),
    case(
        _NAME,
        "explicit-pad",
        _conv(2, ((0, 0), (0, 3), (2, 1), (0, 0))),
        normal(1, 4, 5, 1),
        normal(3, 3, 1, 1),
        grad=(0, 1),
    ),
    case(
        _NAME,
        "rounded-up",
        _conv(2, 1, dim_rounding_mode="ceil"),
        normal(1, 4, 6, 3),
        normal(3, 3, 3, 1),
        grad=(0, 1),
    ),
    case(
        _NAME,
        "channels-first",
        _conv(1, ((0, 0), (0, 0), (1, 0), (0, 1)), data_format="NCHW"),
        normal(2, 3, 4, 5),
        normal(2, 2, 3, 1),
        grad=(0, 1),
    ),
    case(_NAME, "one-image", _conv(), normal(4, 4, 7), normal(3, 3, 7, 1)),
    case(_NAME, "many-rows", _conv(), normal(3, 40, 9, 4), normal(3, 3, 4, 1)),
    case(_NAME, "empty-batch", _conv(), normal(0, 4, 4, 3), normal(3, 3, 3, 1)),
    case(_NAME, "empty-output", _conv(1, "valid"), normal(1, 2, 4, 3), normal(3, 3, 3, 1)),
    case(
        "DepthwiseConv2dNativeBackpropInput",
        "same",
        _input_grad((1, 5, 5, 3), **_SAME),
        normal(1, 5, 5, 3),
        normal(3, 3, 3, 1),
        grad=(0, 1),
    ),
    case(
        "DepthwiseConv2dNativeBackpropInput",
        "strided-2",
        _input_grad((1, 6, 4, 3), **_WIDE),
        normal(1, 4, 3, 6),
        normal(3, 3, 3, 2),
        grad=(0, 1),
    ),
    case(
        "DepthwiseConv2dNativeBackpropFilter",
        "same",
        _filter_grad((3, 3, 3, 1), **_SAME),
        normal(1, 5, 5, 3),
        normal(1, 5, 5, 3),
        grad=(0, 1),
    ),
    case(
        "DepthwiseConv2dNativeBackpropFilter",
        "strided-2",
        _filter_grad((3, 3, 3, 2), **_WIDE),
        normal(1, 6, 4, 3),
        normal(1, 4, 3, 6),
        grad=(0, 1),
    ),
    case(
        "DepthwiseConv2dNativeBackpropFilter",
        "parts",
        _filter_grad((2, 2, 4, 1), **_SAME),
        normal(2, 30, 4, 4),
        normal(2, 30, 4, 4),
    ),
    case(
        "DepthwiseConv2dNativeBackpropFilter",
        "empty-batch",
        _filter_grad((3, 3, 3, 1), **_SAME),
        normal(0, 5, 5, 3),
        normal(0, 5, 5, 3),
    ),
    case(
        "FusedDepthwiseConv2D",
        "linear",
        _fused("linear"),
        normal(1, 4, 4, 5),
        normal(3, 3, 5, 1),
        normal(5),
        grad=(0, 1, 2),
    ),
    *(
        case("FusedDepthwiseConv2D", name, _fused(name), normal(1, 4, 4, 5), normal(3, 3, 5, 1), normal(5))
        for name in ("relu", "relu6", "elu", "sigmoid")
    ),
    case(
        "FusedDepthwiseConv2D",
        "leakyrelu",
        _fused("leakyrelu", leakyrelu_alpha=0.3),
        normal(1, 4, 4, 6),
        normal(3, 3, 3, 2).repeat(2, 2),
        normal(12),
    ),
    case(
        "FusedDepthwiseConv2D",
        "prelu",
        _fused("prelu", prelu_activation_weights=_PRELU),
        normal(1, 4, 4, 5),
        normal(3, 3, 5, 1),
        normal(4, 1),
        grad=(),
    ),
    case(
        "FusedDepthwiseConv2D",
        "channels-first",
        lambda x, f, b: fused_depthwise_conv2d(x, f, 1, "same", "NCHW", bias=b, activation="relu"),
        normal(1, 3, 4, 5),
        normal(3, 3, 3, 1),
        normal(3, 1, 1),
    ),
    case(
        _NAME,
        "separable",
        lambda x, f, p: separable_conv2d(x, f, p, 1, "same"),
        normal(1, 4, 4, 3),
        normal(3, 3, 3, 2),
        normal(1, 1, 6, 2),
        grad=(0, 1, 2),
    ),
]
