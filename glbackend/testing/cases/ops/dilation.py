"""Cases of grayscale dilation and its gradients: strides with dilations, ties, NaN, padding."""

from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.dilation import dilation2d
from glbackend.ops.op import run
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, distinct, integers, normal

# name: x, filter, attrs
SHAPES: dict[str, tuple[Any, ...]] = {
    "single": ((1, 4, 4, 1), (2, 2, 1), {"strides": 1, "pad": "valid"}),
    "same": ((2, 5, 4, 3), (3, 2, 3), {"strides": 1, "pad": "same"}),
    "stride": ((1, 6, 7, 5), (3, 3, 5), {"strides": (2, 1), "pad": "same"}),
    "stride-and-dilation": ((1, 9, 8, 4), (2, 3, 4), {"strides": 2, "pad": "same", "dilations": (3, 2)}),
    "stride-over-filter": ((1, 7, 8, 6), (2, 2, 6), {"strides": 3, "pad": "valid"}),
    "explicit": ((1, 4, 5, 2), (2, 3, 2), {"strides": 1, "pad": ((0, 0), (2, 1), (0, 3), (0, 0))}),
    "large": ((1, 7, 7, 3), (6, 5, 3), {"strides": 1, "pad": "same"}),
}


def _dilate(attrs: dict[str, Any]) -> Any:
    return lambda x, f: dilation2d(x, f, **attrs)


def _backprop(kernel: str, **attrs: Any) -> Any:
    def call(dy: Tensor, x: Tensor, filter: Tensor) -> Tensor:
        return run(kernel, {"x": x, "filter": filter, "dy": dy}, **attrs)

    return call


def _with_specials(*shape: int) -> Array:
    x = normal(*shape)
    x[0, 1, 1], x[0, 2, 2], x[0, 0, 3] = np.nan, np.inf, -np.inf
    x[0, 3:, 3:] = -np.inf
    return x


def _ties(*shape: int) -> Array:
    return integers(0, 2, *shape).astype(np.float32)


def _spread(*shape: int) -> Array:
    """A filter whose sums with `distinct` are distinct too: its steps are no multiples of theirs."""
    return (distinct(*shape) * 0.137).astype(np.float32)


def _shapes() -> list[Case]:
    return [
        case("Dilation2D", name, _dilate(attrs), distinct(*x), _spread(*f), grad=(0, 1))
        for name, (x, f, attrs) in SHAPES.items()
    ]


def _backprops() -> list[Case]:
    x, f = _ties(2, 7, 6, 5), _ties(3, 2, 5)
    attrs = {"strides": 2, "pad": "same", "dilations": 2}
    dy = normal(2, 4, 3, 5)
    lying = {"Input": dy, "Filter": dy, "InputGrad": normal(2, 7, 6, 5), "FilterGrad": normal(3, 2, 5)}
    return [
        case(
            f"Dilation2DBackprop{name}",
            "ties",
            _backprop(f"Dilation2DBackprop{name}", **attrs),
            dy,
            x,
            f,
            grad=(0,),
        )
        for name, dy in lying.items()
    ]


CASES = [
    *_shapes(),
    *_backprops(),
    case(
        "Dilation2D",
        "specials",
        _dilate({"strides": 1, "pad": "same"}),
        _with_specials(1, 5, 5, 3),
        normal(2, 2, 3),
    ),
    case(
        "Dilation2D",
        "int32",
        _dilate({"strides": 1, "pad": "same"}),
        integers(-(2**30), 2**30, 1, 4, 4, 3),
        integers(-99, 99, 2, 2, 3),
    ),
    case(
        "Dilation2D",
        "one-image",
        _dilate({"strides": 1, "pad": "same"}),
        distinct(3, 3, 2),
        _spread(2, 2, 2),
        grad=(0, 1),
    ),
    case(
        "Dilation2D",
        "empty-batch",
        _dilate({"strides": 1, "pad": "same"}),
        normal(0, 4, 4, 3),
        normal(2, 2, 3),
    ),
    case(
        "Dilation2DBackpropInput",
        "specials",
        _backprop("Dilation2DBackpropInput", strides=1, pad="same"),
        normal(1, 5, 5, 3),
        _with_specials(1, 5, 5, 3),
        normal(2, 2, 3),
    ),
    case(
        "Dilation2DBackpropFilter",
        "many-pixels",
        _backprop("Dilation2DBackpropFilter", strides=1, pad="valid"),
        normal(1, 19, 19, 2),
        distinct(1, 20, 20, 2),
        _spread(2, 2, 2),
    ),
    case(
        "Dilation2DBackpropFilter",
        "empty-output",
        _backprop("Dilation2DBackpropFilter", strides=1, pad="valid"),
        normal(1, 0, 2, 3),
        normal(1, 2, 4, 3),
        normal(3, 3, 3),
    ),
]
