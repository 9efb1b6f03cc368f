"""Contracts of the pools and their gradients.

A window slides over x [batch, height, width, channels], or [batch, depth, height, width, channels].
"""

from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.window import Window, check_steps, is_channels_first, pool_window
from glbackend.contracts.contract import Checked, contract


@contract("MaxPool")
def max_pool(
    x: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    dilations: Any = 1,
) -> Checked:
    """The largest of each window."""
    window = _window("max_pool", x, filter_size, strides, pad, dim_rounding_mode, dilations)
    return Checked(Spec(window.y_shape, x.dtype), {"window": window})


@contract("AvgPool")
def avg_pool(
    x: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    dilations: Any = 1,
    count_padding: bool = False,
) -> Checked:
    """The mean of each window, as float32; with `count_padding` its sum over the size of the filter."""
    window = _window("avg_pool", x, filter_size, strides, pad, dim_rounding_mode, dilations)
    return Checked(Spec(window.y_shape), {"window": window, "count_padding": bool(count_padding)})


@contract("MaxPoolGrad")
def max_pool_grad(
    dy: Spec,
    input: Spec,
    output: Spec | None = None,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    dilations: Any = 1,
) -> Checked:
    """Gradient of MaxPool: each dy goes to the first of the largest in its window. `output` is not needed."""
    window = _window("max_pool_grad", input, filter_size, strides, pad, dim_rounding_mode, dilations)
    _check_dy("max_pool_grad", dy, window.y_shape)
    return Checked(Spec(input.shape), {"window": window})


@contract("MaxPoolGradGrad")
def max_pool_grad_grad(
    dy: Spec,
    input: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    dilations: Any = 1,
) -> Checked:
    """Adjoint of MaxPoolGrad: of dy, in the shape of `input`, what lies where each window has its largest."""
    window = _window("max_pool_grad_grad", input, filter_size, strides, pad, dim_rounding_mode, dilations)
    _check_dy("max_pool_grad_grad", dy, window.x_shape)
    return Checked(Spec(window.y_shape), {"window": window})


@contract("AvgPoolGrad")
def avg_pool_grad(
    dy: Spec,
    input: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    dilations: Any = 1,
    count_padding: bool = True,
) -> Checked:
    """Gradient of AvgPool; with `count_padding`, TF.js's value, dy is divided by the size of the filter."""
    window = _window("avg_pool_grad", input, filter_size, strides, pad, dim_rounding_mode, dilations)
    _check_dy("avg_pool_grad", dy, window.y_shape)
    return Checked(Spec(input.shape), {"window": window, "count_padding": bool(count_padding)})


@contract("MaxPoolWithArgmax")
def max_pool_with_argmax(
    x: Spec, *, filter_size: Any, strides: Any, pad: Any, include_batch_in_index: bool = False
) -> Checked:
    """The largest of each window, and the number (int32) of its element in the image or the whole batch."""
    window = _window("max_pool_with_argmax", x, filter_size, strides, pad)
    out = Spec(window.y_shape, x.dtype), Spec(window.y_shape, "int32")
    return Checked(out, {"window": window, "include_batch": bool(include_batch_in_index)})


@contract("MaxPool3D")
def max_pool3d(
    x: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    data_format: str = "NDHWC",
) -> Checked:
    """The largest of each window."""
    window = _volume("max_pool3d", x, filter_size, strides, pad, dim_rounding_mode, data_format)
    return Checked(Spec(window.y_shape, x.dtype), {"window": window})


@contract("AvgPool3D")
def avg_pool3d(
    x: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    data_format: str = "NDHWC",
    count_padding: bool = False,
) -> Checked:
    """The mean of each window, as float32; with `count_padding` its sum over the size of the filter."""
    window = _volume("avg_pool3d", x, filter_size, strides, pad, dim_rounding_mode, data_format)
    return Checked(Spec(window.y_shape), {"window": window, "count_padding": bool(count_padding)})


@contract("MaxPool3DGrad")
def max_pool3d_grad(
    dy: Spec,
    input: Spec,
    output: Spec | None = None,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """Gradient of MaxPool3D: each dy goes to the last of the largest in its window, as in TF.js."""
    window = _volume("max_pool3d_grad", input, filter_size, strides, pad, dim_rounding_mode)
    _check_dy("max_pool3d_grad", dy, window.y_shape)
    return Checked(Spec(input.shape), {"window": window})


@contract("MaxPool3DGradGrad")
def max_pool3d_grad_grad(
    dy: Spec,
    input: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
) -> Checked:
    """Adjoint of MaxPool3DGrad: of dy, shaped as `input`, what lies where each window has its largest."""
    window = _volume("max_pool3d_grad_grad", input, filter_size, strides, pad, dim_rounding_mode)
    _check_dy("max_pool3d_grad_grad", dy, window.x_shape)
    return Checked(Spec(window.y_shape), {"window": window})


@contract("AvgPool3DGrad")
def avg_pool3d_grad(
    dy: Spec,
    input: Spec,
    *,
    filter_size: Any,
    strides: Any,
    pad: Any,
    dim_rounding_mode: str | None = None,
    count_padding: bool = True,
) -> Checked:
    """Gradient of AvgPool3D; with `count_padding`, TF.js's value, dy is divided by the size of the filter."""
    window = _volume("avg_pool3d_grad", input, filter_size, strides, pad, dim_rounding_mode)
    _check_dy("avg_pool3d_grad", dy, window.y_shape)
    return Checked(Spec(input.shape), {"window": window, "count_padding": bool(count_padding)})


def _window(
    op: str, x: Spec, filter_size: Any, strides: Any, pad: Any, mode: str | None = None, dilations: Any = 1
) -> Window:
    """The window over images."""
    _check_dtype(op, x)
    window = pool_window(
        op, x.shape, filter_size, strides=strides, pad=pad, dilations=dilations, dim_rounding_mode=mode
    )
    check_steps(op, window)
    return window


def _volume(
    op: str, x: Spec, filter_size: Any, strides: Any, pad: Any, mode: str | None, data_format: str = "NDHWC"
) -> Window:
    """The window over volumes."""
    _check_dtype(op, x)
    if is_channels_first(data_format, 3, op):
        raise ArgumentError(
            f"{op}: the kernel takes channels last ('NDHWC'), got {data_format!r}: transpose x first"
        )
    return pool_window(op, x.shape, filter_size, strides=strides, pad=pad, dim_rounding_mode=mode, spatial=3)


def _check_dtype(op: str, x: Spec) -> None:
    if x.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"{op}: x is {x.dtype}, but must be float32, int32 or bool: cast it first")


def _check_dy(op: str, dy: Spec, shape: tuple[int, ...]) -> None:
    if dy.dtype != "float32":
        raise DtypeError(f"{op}: argument 'dy' must be float32, got {dy.dtype}: cast it first")
    if dy.shape != shape:
        raise ShapeError(f"{op}: dy has shape {list(dy.shape)}, but must have {list(shape)}")
