"""Cases of convolution and its gradients: sizes, strides, dilations, padding, each tiling."""

from typing import Any

from glbackend.base.window import conv_window
from glbackend.engine.engine import engine
from glbackend.ops.conv2d import conv1d, conv2d, conv2d_transpose, fused_conv2d
from glbackend.testing.case import Case, case
from glbackend.testing.cases.ops.matmul import tiled
from glbackend.testing.sample import normal

EXPLICIT = [[0, 0], [2, 1], [1, 3], [0, 0]]

# name: x, filter, strides, pad, dilations
SHAPES: dict[str, tuple[Any, ...]] = {
    "single": ((1, 5, 5, 1), (3, 3, 1, 1), 1, "same", 1),
    "odd": ((2, 6, 5, 3), (3, 3, 3, 5), 1, "valid", 1),
    "even-filter": ((1, 6, 7, 6), (2, 4, 6, 3), 1, "same", 1),
    "stride": ((2, 7, 6, 5), (3, 2, 5, 4), 2, "same", 1),
    "strides-differ": ((1, 8, 7, 2), (3, 3, 2, 3), (2, 1), "valid", 1),
    "stride-over-filter": ((1, 8, 8, 4), (2, 2, 4, 3), 3, "same", 1),
    "explicit": ((1, 7, 6, 3), (3, 3, 3, 2), 2, EXPLICIT, 1),
    "number-pad": ((1, 5, 6, 2), (3, 3, 2, 4), 1, 2, 1),
    "dilation": ((1, 9, 8, 3), (3, 3, 3, 2), 1, "same", (2, 3)),
    "pointwise": ((2, 4, 3, 6), (1, 1, 6, 5), 1, "same", 1),
    "pointwise-stride": ((1, 5, 5, 3), (1, 1, 3, 2), 2, "same", 1),
    "line": ((1, 1, 9, 5), (1, 4, 5, 4), 1, "same", 1),
    "big-filter": ((1, 9, 9, 2), (7, 7, 2, 3), 2, "same", 1),
    "empty-batch": ((0, 5, 5, 3), (3, 3, 3, 4), 1, "same", 1),
    "empty-channels": ((1, 4, 4, 0), (3, 3, 0, 3), 1, "same", 1),
}
# name: x, filter, strides, pad; rows, axis of the forced tiling
TILED: dict[str, tuple[Any, ...]] = {
    "tile8": ((1, 9, 5, 9), (3, 3, 9, 6), 1, "same", 8, 0),
    "tile8-across": ((2, 5, 9, 4), (3, 3, 4, 6), 1, "valid", 8, 1),
    "tile4-stride": ((1, 11, 9, 3), (3, 3, 3, 4), 2, "same", 4, 0),
    "tile7-wide-filter": ((1, 9, 14, 8), (5, 5, 8, 4), 1, "same", 7, 1),
    "tile2-taps-alone": ((1, 9, 9, 5), (7, 3, 5, 5), 3, "same", 2, 0),
    "long-depth": ((1, 3, 4, 262), (2, 2, 262, 3), 1, "same", 2, 0),
}
# of filter gradients of few channels, whose tiles hold several taps or texels of output channels
# name: x, filter, strides, pad; rows of the forced tiling
FEW: dict[str, tuple[Any, ...]] = {
    "taps3": ((2, 6, 11, 1), (3, 3, 1, 3), 1, "same", 3),
    "taps3-outs2": ((2, 6, 9, 1), (3, 3, 1, 8), 1, "valid", 6),
    "taps2-strided": ((1, 9, 19, 2), (3, 4, 2, 4), 2, "same", 4),
    "taps2-of-3": ((1, 5, 9, 4), (2, 3, 4, 3), 1, "same", 8),
    "taps2-narrow": ((1, 4, 2, 4), (3, 3, 4, 3), 1, "same", 8),
    "taps3-far-apart": ((1, 9, 25, 1), (5, 5, 1, 3), 4, "same", 3),
    "outs2": ((1, 9, 9, 3), (3, 3, 3, 6), 2, "same", 6),
}


def _conv(strides: Any, pad: Any, dilations: Any = 1, data_format: str = "NHWC") -> Any:
    return lambda x, f: conv2d(x, f, strides, pad, data_format, dilations)


def _kernel(name: str, strides: Any, pad: Any, **shapes: tuple[int, ...]) -> Any:
    attrs = {"strides": strides, "pad": pad, **shapes}
    first = "dy" if name == "Conv2DBackpropInput" else "x"
    second = "filter" if name == "Conv2DBackpropInput" else "dy"
    return lambda a, b: engine().run_kernel(name, {first: a, second: b}, attrs)


def _plain() -> list[Case]:
    found = []
    for name, (x, f, strides, pad, dilations) in SHAPES.items():
        grad = () if "empty" in name else (0, 1)
        found.append(case("Conv2D", name, _conv(strides, pad, dilations), normal(*x), normal(*f), grad=grad))
    return found


def _tiled() -> list[Case]:
    found = []
    for name, (x, f, strides, pad, rows, axis) in TILED.items():
        call = _conv(strides, pad)
        image, taps = normal(*x), normal(*f)
        found.append(case("Conv2D", name, tiled(call, rows=rows, axis=axis), image, taps))
        dy = normal(*conv_window(name, x, f, strides=strides, pad=pad).out_shape)
        back = _kernel("Conv2DBackpropInput", strides, pad, input_shape=x)
        found.append(case("Conv2DBackpropInput", name, tiled(back, rows=rows, axis=axis), dy, taps))
        back = _kernel("Conv2DBackpropFilter", strides, pad, filter_shape=f)
        found.append(case("Conv2DBackpropFilter", name, tiled(back, rows=rows, parts=3), image, dy))
    return found


def _few() -> list[Case]:
    found = []
    for name, (x, f, strides, pad, rows) in FEW.items():
        dy = normal(*conv_window(name, x, f, strides=strides, pad=pad).out_shape)
        back = tiled(_kernel("Conv2DBackpropFilter", strides, pad, filter_shape=f), rows=rows, parts=2)
        found.append(case("Conv2DBackpropFilter", name, back, normal(*x, seed=1), dy))
    for name, x, f in (
        ("empty-channels", (1, 4, 4, 0), (3, 3, 0, 3)),
        ("empty-out", (1, 4, 4, 2), (3, 3, 2, 0)),
    ):
        back = _kernel("Conv2DBackpropFilter", 1, "same", filter_shape=f)
        found.append(case("Conv2DBackpropFilter", name, back, normal(*x), normal(*x[:3], f[3])))
    return found


def _uncut() -> list[Case]:
    """Large, with pixels and rows of the filter that lie in one line of a texture: found by fixed offsets."""
    found = []
    for name, strides, dilations in (("plain", 1, 1), ("strided", 2, 1), ("dilated", 1, 2)):
        call = _conv(strides, "same", dilations)
        found.append(case("Conv2D", f"uncut-{name}", call, normal(2, 36, 32, 32), normal(3, 3, 32, 64)))
    back = _kernel("Conv2DBackpropInput", 1, "same", input_shape=(1, 32, 32, 32))
    found.append(
        case("Conv2DBackpropInput", "uncut", back, normal(1, 32, 32, 64), normal(3, 3, 32, 64, seed=1))
    )
    return found


CASES = [
    *_plain(),
    *_tiled(),
    *_few(),
    *_uncut(),
    case(
        "Conv2D",
        "channels-first",
        _conv(2, "same", 1, "NCHW"),
        normal(2, 3, 7, 6),
        normal(3, 2, 3, 5),
        grad=(0, 1),
    ),
    case("Conv2D", "no-batch", _conv(1, "same"), normal(4, 5, 3), normal(3, 3, 3, 2), grad=(0, 1)),
    case(
        "Conv2D",
        "conv1d",
        lambda x, f: conv1d(x, f, 2, "same"),
        normal(2, 9, 3),
        normal(4, 3, 5),
        grad=(0, 1),
    ),
    case(
        "Conv2DBackpropInput",
        "transpose",
        lambda x, f: conv2d_transpose(x, f, [2, 7, 6, 3], 2, "same"),
        normal(2, 4, 3, 5),
        normal(3, 3, 3, 5),
        grad=(0, 1),
    ),
    case(
        "Conv2DBackpropInput",
        "transpose-valid",
        lambda x, f: conv2d_transpose(x, f, [5, 6, 2], 1, "valid"),
        normal(3, 5, 3),
        normal(3, 2, 2, 3),
        grad=(0, 1),
    ),
    case(
        "Conv2DBackpropInput",
        "transpose-first-dilated",
        lambda x, f: conv2d_transpose(x, f, [2, 3, 7, 6], 1, "valid", data_format="NCHW", dilations=(2, 1)),
        normal(2, 5, 3, 5),
        normal(3, 2, 3, 5),
        grad=(0, 1),
    ),
    case(
        "Conv2DBackpropFilter",
        "odd",
        _kernel("Conv2DBackpropFilter", 1, "valid", filter_shape=(2, 3, 3, 5)),
        normal(2, 5, 6, 3),
        normal(2, 4, 4, 5),
        grad=(0, 1),
    ),
    case(
        "FusedConv2D",
        "bias",
        lambda x, f, b: fused_conv2d(x, f, 1, "same", bias=b),
        normal(1, 4, 5, 3),
        normal(3, 3, 3, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
    case(
        "FusedConv2D",
        "pointwise",
        lambda x, f, b: fused_conv2d(x, f, 1, "valid", bias=b, activation="relu"),
        normal(1, 4, 5, 3),
        normal(1, 1, 3, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
    case(
        "FusedConv2D",
        "relu6-tiled",
        tiled(lambda x, f, b: fused_conv2d(x, f, 1, "same", bias=b, activation="relu6"), rows=4),
        normal(1, 6, 5, 3),
        normal(3, 3, 3, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
    case(
        "FusedConv2D",
        "prelu",
        lambda x, f, b, w: fused_conv2d(
            x, f, 2, "same", bias=b, activation="prelu", prelu_activation_weights=w
        ),
        normal(1, 5, 5, 3),
        normal(3, 3, 3, 4),
        normal(4),
        normal(3, 1, 4),
        grad=(0, 1, 2, 3),
    ),
    case(
        "FusedConv2D",
        "channels-first",
        lambda x, f, b: fused_conv2d(x, f, 1, "same", "NCHW", bias=b, activation="elu"),
        normal(1, 3, 4, 5),
        normal(3, 3, 3, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
    case(
        "FusedConv2D",
        "channels-first-prelu",
        lambda x, f, b, w: fused_conv2d(
            x, f, 1, "same", "NCHW", bias=b, activation="prelu", prelu_activation_weights=w
        ),
        normal(1, 3, 4, 5),
        normal(3, 3, 3, 6),
        normal(6, 1, 1),
        normal(6, 1, 1),
        grad=(0, 1, 2, 3),
    ),
]
