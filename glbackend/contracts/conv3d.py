"""Contracts of Conv3D and its two gradients: volumes [batch, depth, height, width, channels], float32."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape
from glbackend.base.window import Window, check_steps, conv_window
from glbackend.contracts.contract import Checked, contract


@contract("Conv3D")
def conv3d(
    x: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    data_format: str = "NDHWC",
    dilations: Any = 1,
) -> Checked:
    """x as `data_format` says, filter [depth, height, width, channels, out]."""
    _check_float("conv3d", x=x, filter=filter)
    window = _window("conv3d", x.shape, filter.shape, strides, pad, data_format, dilations)
    return Checked(Spec(window.out_shape), {"window": window})


@contract("Conv3DBackpropInputV2")
def conv3d_backprop_input(
    dy: Spec,
    filter: Spec,
    *,
    strides: Any,
    pad: Any,
    input_shape: Sequence[int],
    data_format: str = "NDHWC",
    dilations: Any = 1,
) -> Checked:
    """The gradient with respect to an input of `input_shape`; also the transposed convolution."""
    op = "conv3d_backprop_input"
    _check_float(op, dy=dy, filter=filter)
    shape = check_shape(input_shape, op)
    window = _window(op, shape, filter.shape, strides, pad, data_format, dilations)
    _check_dy(op, dy, window)
    return Checked(Spec(window.in_shape), {"window": window})


@contract("Conv3DBackpropFilterV2")
def conv3d_backprop_filter(
    x: Spec,
    dy: Spec,
    *,
    strides: Any,
    pad: Any,
    filter_shape: Sequence[int],
    data_format: str = "NDHWC",
    dilations: Any = 1,
) -> Checked:
    """The gradient with respect to a filter of `filter_shape`."""
    op = "conv3d_backprop_filter"
    _check_float(op, x=x, dy=dy)
    shape = check_shape(filter_shape, op)
    window = _window(op, x.shape, shape, strides, pad, data_format, dilations)
    _check_dy(op, dy, window)
    return Checked(Spec(shape), {"window": window})


def _window(
    op: str, x: Shape, filter: Shape, strides: Any, pad: Any, data_format: str, dilations: Any
) -> Window:
    window = conv_window(
        op, x, filter, strides=strides, pad=pad, dilations=dilations, data_format=data_format, spatial=3
    )
    check_steps(op, window)
    return window


def _check_float(op: str, **specs: Spec) -> None:
    for name, spec in specs.items():
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")


def _check_dy(op: str, dy: Spec, window: Window) -> None:
    if dy.shape != window.out_shape:
        raise ShapeError(
            f"{op}: dy has shape {list(dy.shape)}, but this convolution gives {list(window.out_shape)}: "
            f"they must be equal"
        )
