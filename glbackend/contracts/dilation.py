"""Contracts of grayscale dilation and its gradients: x [batch, height, width, channels] plus a filter."""

from typing import Any

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.base.window import Window, conv_window
from glbackend.contracts.contract import Checked, contract


@contract("Dilation2D")
def dilation2d(x: Spec, filter: Spec, *, strides: Any, pad: Any, dilations: Any = 1) -> Checked:
    """The largest of x + filter [height, width, channels] in each window; float32 or int32, both alike."""
    if x.dtype not in ("float32", "int32") or filter.dtype != x.dtype:
        raise DtypeError(
            f"dilation2d: x and filter must be both float32 or both int32, got {x.dtype} and {filter.dtype}"
        )
    window = _window("dilation2d", x, filter, strides, pad, dilations)
    return Checked(Spec(window.y_shape, x.dtype), {"window": window})


@contract("Dilation2DBackpropInput")
def dilation2d_backprop_input(
    x: Spec, filter: Spec, dy: Spec, *, strides: Any, pad: Any, dilations: Any = 1
) -> Checked:
    """The gradient with respect to x: each dy goes to the first of the largest sums in its window."""
    op = "dilation2d_backprop_input"
    window = _gradient_window(op, x, filter, dy, strides, pad, dilations)
    _check_dy(op, dy, window.y_shape)
    return Checked(Spec(x.shape), {"window": window})


@contract("Dilation2DBackpropFilter")
def dilation2d_backprop_filter(
    x: Spec, filter: Spec, dy: Spec, *, strides: Any, pad: Any, dilations: Any = 1
) -> Checked:
    """The gradient with respect to the filter, in its shape."""
    op = "dilation2d_backprop_filter"
    window = _gradient_window(op, x, filter, dy, strides, pad, dilations)
    _check_dy(op, dy, window.y_shape)
    return Checked(Spec(filter.shape), {"window": window})


@contract("Dilation2DBackpropInputGrad")
def dilation2d_backprop_input_grad(
    x: Spec, filter: Spec, dy: Spec, *, strides: Any, pad: Any, dilations: Any = 1
) -> Checked:
    """Adjoint of Dilation2DBackpropInput: of dy, in x's shape, what lies at each window's largest sum."""
    op = "dilation2d_backprop_input_grad"
    window = _gradient_window(op, x, filter, dy, strides, pad, dilations)
    _check_dy(op, dy, x.shape)
    return Checked(Spec(window.y_shape), {"window": window})


@contract("Dilation2DBackpropFilterGrad")
def dilation2d_backprop_filter_grad(
    x: Spec, filter: Spec, dy: Spec, *, strides: Any, pad: Any, dilations: Any = 1
) -> Checked:
    """Adjoint of Dilation2DBackpropFilter: of dy, in the filter's shape, what gives each largest sum."""
    op = "dilation2d_backprop_filter_grad"
    window = _gradient_window(op, x, filter, dy, strides, pad, dilations)
    _check_dy(op, dy, filter.shape)
    return Checked(Spec(window.y_shape), {"window": window})


def _window(op: str, x: Spec, filter: Spec, strides: Any, pad: Any, dilations: Any) -> Window:
    if x.rank != 4 or filter.rank != 3:
        raise ShapeError(
            f"{op}: x must be of rank 4 and filter of rank 3 [height, width, channels], got shapes "
            f"{list(x.shape)} and {list(filter.shape)}"
        )
    if x.shape[3] != filter.shape[2]:
        raise ShapeError(
            f"{op}: x of shape {list(x.shape)} has {x.shape[3]} channels, but filter of shape "
            f"{list(filter.shape)} has {filter.shape[2]}: they must be equal"
        )
    return conv_window(
        op, x.shape, (*filter.shape, 1), strides=strides, pad=pad, dilations=dilations, depthwise=True
    )


def _gradient_window(
    op: str, x: Spec, filter: Spec, dy: Spec, strides: Any, pad: Any, dilations: Any
) -> Window:
    for name, spec in (("x", x), ("filter", filter), ("dy", dy)):
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")
    return _window(op, x, filter, strides, pad, dilations)


def _check_dy(op: str, dy: Spec, shape: Shape) -> None:
    if dy.shape != shape:
        raise ShapeError(f"{op}: dy has shape {list(dy.shape)}, but must have {list(shape)}")
