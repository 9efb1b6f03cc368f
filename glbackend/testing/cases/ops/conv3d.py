"""Cases of convolution over volumes and its gradients: sizes, strides, dilations, padding, each tiling."""

from typing import Any

from glbackend.base.window import conv_window
from glbackend.ops.conv3d import conv3d, conv3d_transpose
from glbackend.ops.op import run
from glbackend.testing.case import Case, case
from glbackend.testing.cases.ops.matmul import tiled
from glbackend.testing.sample import normal

EXPLICIT = ((0, 0), (1, 2), (2, 1), (0, 3), (0, 0))

# name: x, filter, strides, pad, dilations
SHAPES: dict[str, tuple[Any, ...]] = {
    "single": ((1, 3, 4, 3, 1), (2, 2, 2, 1, 1), 1, "same", 1),
    "odd": ((2, 3, 4, 3, 3), (3, 2, 2, 3, 5), 1, "valid", 1),
    "stride": ((1, 5, 4, 5, 2), (3, 2, 3, 2, 4), 2, "same", 1),
    "strides-differ": ((1, 4, 5, 4, 3), (2, 3, 2, 3, 2), (1, 2, 1), "valid", 1),
    "stride-over-filter": ((1, 6, 4, 5, 2), (2, 1, 2, 2, 3), 3, "same", 1),
    "explicit": ((1, 3, 3, 4, 2), (2, 3, 2, 2, 2), 2, EXPLICIT, 1),
    "number-pad": ((1, 3, 2, 3, 2), (2, 2, 2, 2, 3), 1, 1, 1),
    "dilation": ((1, 5, 4, 6, 2), (2, 2, 3, 2, 2), 1, "same", (3, 1, 2)),
    "pointwise": ((2, 2, 3, 2, 6), (1, 1, 1, 6, 5), 1, "same", 1),
    "pointwise-stride": ((1, 3, 4, 3, 3), (1, 1, 1, 3, 2), 2, "same", 1),
    "dense": ((2, 2, 3, 2, 3), (2, 3, 2, 3, 4), 1, "valid", 1),
    "depth-only": ((1, 6, 2, 2, 4), (3, 1, 1, 4, 3), 1, "same", 1),
    "empty-batch": ((0, 3, 3, 3, 2), (2, 2, 2, 2, 3), 1, "same", 1),
    "empty-channels": ((1, 3, 3, 3, 0), (2, 2, 2, 0, 3), 1, "same", 1),
}
# name: x, filter, strides, pad; rows, axis of the forced tiling
TILED: dict[str, tuple[Any, ...]] = {
    "tile8": ((1, 3, 9, 5, 9), (3, 3, 3, 9, 6), 1, "same", 8, 0),
    "tile8-across": ((2, 4, 3, 9, 4), (2, 3, 3, 4, 6), 1, "valid", 8, 1),
    "tile4-stride": ((1, 5, 11, 6, 3), (3, 3, 3, 3, 4), 2, "same", 4, 0),
    "tile2-taps-alone": ((1, 4, 9, 4, 5), (2, 7, 3, 5, 5), 3, "same", 2, 0),
}


def _conv(strides: Any, pad: Any, dilations: Any = 1, data_format: str = "NDHWC") -> Any:
    return lambda x, f: conv3d(x, f, strides, pad, data_format, dilations)


def _input_grad(strides: Any, pad: Any, shape: tuple[int, ...]) -> Any:
    inputs = ("dy", "filter")
    return lambda *given: run(
        "Conv3DBackpropInputV2",
        dict(zip(inputs, given, strict=True)),
        strides=strides,
        pad=pad,
        input_shape=shape,
    )


def _filter_grad(strides: Any, pad: Any, shape: tuple[int, ...]) -> Any:
    inputs = ("x", "dy")
    return lambda *given: run(
        "Conv3DBackpropFilterV2",
        dict(zip(inputs, given, strict=True)),
        strides=strides,
        pad=pad,
        filter_shape=shape,
    )


def _plain() -> list[Case]:
    found = []
    for name, (x, f, strides, pad, dilations) in SHAPES.items():
        grad = () if "empty" in name else (0, 1)
        found.append(case("Conv3D", name, _conv(strides, pad, dilations), normal(*x), normal(*f), grad=grad))
    return found


def _tiled() -> list[Case]:
    found = []
    for name, (x, f, strides, pad, rows, axis) in TILED.items():
        volume, taps = normal(*x), normal(*f)
        found.append(case("Conv3D", name, tiled(_conv(strides, pad), rows=rows, axis=axis), volume, taps))
        found.append(
            case("Conv3D", f"{name}-shared", tiled(_conv(strides, pad), rows=rows, parts=3), volume, taps)
        )
        dy = normal(*conv_window(name, x, f, strides=strides, pad=pad, spatial=3).out_shape)
        back = tiled(_input_grad(strides, pad, x), rows=rows, axis=axis)
        found.append(case("Conv3DBackpropInputV2", name, back, dy, taps))
        back = tiled(_filter_grad(strides, pad, f), rows=rows, parts=3)
        found.append(case("Conv3DBackpropFilterV2", name, back, volume, dy))
    return found


CASES = [
    *_plain(),
    *_tiled(),
    case(
        "Conv3D",
        "channels-first",
        _conv(2, "same", 1, "NCDHW"),
        normal(2, 3, 4, 3, 5),
        normal(2, 3, 2, 3, 5),
        grad=(0, 1),
    ),
    case("Conv3D", "no-batch", _conv(1, "same"), normal(2, 3, 4, 3), normal(2, 2, 3, 3, 2), grad=(0, 1)),
    case(
        "Conv3DBackpropInputV2",
        "transpose",
        lambda x, f: conv3d_transpose(x, f, [2, 5, 4, 3, 3], 2, "same"),
        normal(2, 3, 2, 2, 5),
        normal(3, 2, 3, 3, 5),
        grad=(0, 1),
    ),
    case(
        "Conv3DBackpropInputV2",
        "transpose-valid",
        lambda x, f: conv3d_transpose(x, f, [3, 4, 5, 2], 1, "valid"),
        normal(2, 3, 4, 3),
        normal(2, 2, 2, 2, 3),
        grad=(0, 1),
    ),
    case(
        "Conv3DBackpropInputV2",
        "transpose-first-dilated",
        lambda x, f: conv3d_transpose(x, f, [1, 2, 3, 4, 4], 1, "same", "NCDHW", (1, 2, 1)),
        normal(1, 3, 3, 4, 4),
        normal(2, 2, 1, 2, 3),
        grad=(0, 1),
    ),
    case(
        "Conv3DBackpropFilterV2",
        "odd",
        _filter_grad(1, "valid", (2, 3, 2, 3, 5)),
        normal(2, 3, 4, 3, 3),
        normal(2, 2, 2, 2, 5),
        grad=(0, 1),
    ),
]
