"""Cases of the pools over images and volumes: odd sizes, ties, NaN, padding, wide windows."""

from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run
from glbackend.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d, max_pool_with_argmax, pool
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, distinct, integers, normal

_GEOMETRIES: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "2x2": ((2, 4, 6, 5), {"filter_size": 2, "strides": 2, "pad": "valid"}),
    "same-3x3": ((1, 5, 5, 3), {"filter_size": 3, "strides": 2, "pad": "same"}),
    "overlapping": ((1, 5, 6, 4), {"filter_size": (3, 2), "strides": 1, "pad": "same"}),
    "explicit": (
        (1, 5, 4, 2),
        {"filter_size": 3, "strides": (1, 2), "pad": ((0, 0), (2, 1), (0, 2), (0, 0))},
    ),
    "rounded-up": ((1, 6, 5, 1), {"filter_size": 2, "strides": 3, "pad": 1, "dim_rounding_mode": "ceil"}),
    "sparse": ((1, 7, 7, 3), {"filter_size": 2, "strides": 3, "pad": "valid"}),
    "large": ((1, 6, 7, 6), {"filter_size": (5, 4), "strides": 1, "pad": "same"}),
    "wide": ((1, 11, 10, 3), {"filter_size": 9, "strides": 2, "pad": "same"}),
    "global": ((2, 9, 9, 5), {"filter_size": 9, "strides": 1, "pad": "valid"}),
}
_VOLUMES: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "2x2x2": ((2, 4, 2, 6, 5), {"filter_size": 2, "strides": 2, "pad": "valid"}),
    "same-3x3x3": ((1, 4, 5, 3, 3), {"filter_size": 3, "strides": 2, "pad": "same"}),
    "overlapping": ((1, 3, 4, 3, 4), {"filter_size": (2, 3, 2), "strides": 1, "pad": "same"}),
    "explicit": (
        (1, 3, 4, 3, 2),
        {"filter_size": (2, 3, 2), "strides": (2, 1, 2), "pad": ((0, 0), (1, 2), (2, 1), (0, 2), (0, 0))},
    ),
    "rounded-up": ((1, 4, 3, 5, 1), {"filter_size": 2, "strides": 3, "pad": 1, "dim_rounding_mode": "ceil"}),
    "sparse": ((1, 5, 4, 7, 3), {"filter_size": (1, 2, 2), "strides": 3, "pad": "valid"}),
    "depth-only": ((1, 6, 2, 2, 3), {"filter_size": (4, 1, 1), "strides": (2, 1, 1), "pad": "same"}),
    "wide": ((1, 6, 5, 7, 2), {"filter_size": 5, "strides": 2, "pad": "same"}),
}


def _with_specials(*shape: int) -> Array:
    x = normal(*shape)
    x[0, 1, 1], x[0, 2, 2], x[0, 0, 3] = np.nan, np.inf, -np.inf
    x[0, 3:, 3:] = -np.inf
    return x


def _ties(*shape: int) -> Array:
    return integers(0, 2, *shape).astype(np.float32)


def _special_volume() -> Array:
    return np.concatenate([_with_specials(1, 5, 5, 3)[:, None], normal(1, 2, 5, 5, 3)], 1)


def _volume_grad(kernel: str, **attrs: Any) -> Any:
    attrs = {"filter_size": (2, 3, 3), "strides": 2, "pad": "same", **attrs}
    return lambda dy, x: run(kernel, {"dy": dy, "input": x}, **attrs)


def _argmax(include_batch: bool) -> Any:
    return lambda x: max_pool_with_argmax(x, 3, 2, "same", include_batch)


def _dilated(kind: str) -> Any:
    return lambda x: pool(x, (2, 3), kind, "same", dilations=(2, 1))


def _max_grad(dy: Tensor, x: Tensor) -> Tensor:
    return run("MaxPoolGrad", {"dy": dy, "input": x}, filter_size=3, strides=(2, 2), pad="same")


def _max_grad_grad(dy: Tensor, x: Tensor) -> Tensor:
    return run("MaxPoolGradGrad", {"dy": dy, "input": x}, filter_size=3, strides=(2, 2), pad="same")


def _avg_grad(count_padding: bool) -> Any:
    attrs = {"filter_size": 3, "strides": (2, 2), "pad": "same", "count_padding": count_padding}
    return lambda dy, x: run("AvgPoolGrad", {"dy": dy, "input": x}, **attrs)


def _geometries() -> list[Case]:
    found = []
    for name, (shape, attrs) in _GEOMETRIES.items():
        found.append(case("MaxPool", name, lambda x, a=attrs: max_pool(x, **a), distinct(*shape), grad=(0,)))
        found.append(case("AvgPool", name, lambda x, a=attrs: avg_pool(x, **a), normal(*shape), grad=(0,)))
    for name, (shape, attrs) in _VOLUMES.items():
        x, y = distinct(*shape), normal(*shape)
        found.append(case("MaxPool3D", name, lambda x, a=attrs: max_pool3d(x, **a), x, grad=(0,)))
        found.append(case("AvgPool3D", name, lambda x, a=attrs: avg_pool3d(x, **a), y, grad=(0,)))
    return found


def _volumes() -> list[Case]:
    x, dy, ties = normal(1, 4, 5, 3, 5), normal(1, 2, 3, 2, 5), _ties(1, 4, 5, 3, 5)
    specials, plain = _special_volume(), {"filter_size": 2, "strides": 1, "pad": "same"}
    first = {"filter_size": (1, 2, 3), "strides": 1, "pad": ((0, 0), (0, 0), (1, 0), (0, 1), (1, 1))}
    return [
        case("MaxPool3D", "specials", lambda x: max_pool3d(x, **plain), specials),
        case("AvgPool3D", "specials", lambda x: avg_pool3d(x, **plain), specials),
        case(
            "MaxPool3D",
            "int32",
            lambda x: max_pool3d(x, **plain),
            integers(-(2**31), 2**31 - 1, 1, 3, 4, 4, 3),
        ),
        case("MaxPool3D", "bool", lambda x: max_pool3d(x, **plain), bools(1, 3, 3, 2, 6)),
        case("AvgPool3D", "int32", lambda x: avg_pool3d(x, **plain), integers(-99, 99, 1, 3, 4, 4, 3)),
        case(
            "MaxPool3D", "one-volume", lambda x: max_pool3d(x, 2, 2, "same"), distinct(3, 2, 3, 1), grad=(0,)
        ),
        case(
            "MaxPool3D",
            "channels-first",
            lambda x: max_pool3d(x, **first, data_format="NCDHW"),
            distinct(2, 3, 2, 4, 3),
            grad=(0,),
        ),
        case(
            "AvgPool3D",
            "channels-first",
            lambda x: avg_pool3d(x, **first, data_format="NCDHW"),
            normal(2, 3, 2, 4, 3),
            grad=(0,),
        ),
        case("MaxPool3D", "empty-batch", lambda x: max_pool3d(x, **plain), normal(0, 3, 4, 4, 3)),
        case("AvgPool3D", "empty-output", lambda x: avg_pool3d(x, 4, 1, "valid"), normal(1, 2, 4, 4, 3)),
        case("MaxPool3DGrad", "ties", _volume_grad("MaxPool3DGrad"), dy, ties, grad=(0,)),
        case("MaxPool3DGrad", "specials", _volume_grad("MaxPool3DGrad"), normal(1, 2, 3, 3, 3), specials),
        case("MaxPool3DGradGrad", "ties", _volume_grad("MaxPool3DGradGrad"), x, ties, grad=(0,)),
        case(
            "MaxPool3DGradGrad", "int32", _volume_grad("MaxPool3DGradGrad"), x, integers(-9, 9, 1, 4, 5, 3, 5)
        ),
        case("AvgPool3DGrad", "as-tfjs", _volume_grad("AvgPool3DGrad"), dy, x, grad=(0,)),
        case(
            "AvgPool3DGrad", "counted", _volume_grad("AvgPool3DGrad", count_padding=False), dy, x, grad=(0,)
        ),
    ]


CASES = [
    *_geometries(),
    *_volumes(),
    case(
        "MaxPoolWithArgmax", "distinct", lambda x: _argmax(False)(x).result, distinct(2, 5, 4, 3), grad=(0,)
    ),
    case("MaxPoolWithArgmax", "ties", _argmax(False), _ties(2, 5, 4, 5)),
    case("MaxPoolWithArgmax", "batch", _argmax(True), _ties(2, 5, 6, 4)),
    case("MaxPoolWithArgmax", "specials", _argmax(True), _with_specials(2, 5, 5, 3)),
    case("MaxPoolWithArgmax", "int32", _argmax(False), integers(-9, 9, 2, 4, 5, 2)),
    case("MaxPoolWithArgmax", "empty-batch", _argmax(False), normal(0, 4, 5, 2)),
    case("MaxPool", "specials", lambda x: max_pool(x, 2, 1, "same"), _with_specials(1, 5, 5, 3)),
    case("AvgPool", "specials", lambda x: avg_pool(x, 2, 1, "same"), _with_specials(1, 5, 5, 3)),
    case("MaxPool", "dilated", _dilated("max"), distinct(1, 6, 5, 3), grad=(0,)),
    case("AvgPool", "dilated", _dilated("avg"), normal(1, 6, 5, 3), grad=(0,)),
    case("MaxPool", "one-image", lambda x: max_pool(x, 2, 2, "same"), distinct(3, 3, 1), grad=(0,)),
    case("MaxPool", "int32", lambda x: max_pool(x, 2, 1, "same"), integers(-(2**31), 2**31 - 1, 1, 4, 4, 3)),
    case("MaxPool", "bool", lambda x: max_pool(x, 2, 2, "same"), bools(1, 5, 4, 6)),
    case("AvgPool", "int32", lambda x: avg_pool(x, 2, 1, "same"), integers(-99, 99, 1, 4, 4, 3)),
    case("MaxPool", "empty-batch", lambda x: max_pool(x, 2, 1, "same"), normal(0, 4, 4, 3)),
    case("AvgPool", "empty-output", lambda x: avg_pool(x, 3, 1, "valid"), normal(1, 2, 4, 3)),
    case("MaxPoolGrad", "ties", _max_grad, normal(1, 4, 3, 5), _ties(1, 7, 6, 5), grad=(0,)),
    case("MaxPoolGrad", "specials", _max_grad, normal(1, 3, 3, 3), _with_specials(1, 5, 5, 3)),
    case("MaxPoolGradGrad", "ties", _max_grad_grad, normal(1, 7, 6, 5), _ties(1, 7, 6, 5), grad=(0,)),
    case("MaxPoolGradGrad", "int32", _max_grad_grad, normal(1, 7, 6, 5), integers(-9, 9, 1, 7, 6, 5)),
    case("AvgPoolGrad", "as-tfjs", _avg_grad(True), normal(1, 4, 3, 5), normal(1, 7, 6, 5), grad=(0,)),
    case("AvgPoolGrad", "counted", _avg_grad(False), normal(1, 4, 3, 5), normal(1, 7, 6, 5), grad=(0,)),
]
