"""Resize and Upsample: axis by axis, by the elements that each result is made of.

Nearest neighbours are picked by number; other ways are products with a matrix of weights, a row for each
result, which the host makes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import whole, within
from glbackend.formats.onnx.ops.reduction import along_last
from glbackend.ops.index import gather
from glbackend.ops.logical import where
from glbackend.ops.matmul import matmul


class Way(NamedTuple):
    """How coordinates and weights are found."""

    mode: str = "nearest"
    coordinates: str = "half_pixel"
    rounding: str = "round_prefer_floor"
    cubic: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False
    outside: float = 0.0


class Axis(NamedTuple):
    """An axis: its sizes before and after, their ratio as it was given, and the part that is seen."""

    size: int
    result: int
    scale: float
    start: float = 0.0
    end: float = 1.0


def places(axis: Axis, coordinates: str) -> Array:
    """For each result where it lies among the elements."""
    at = np.arange(within(axis.result), dtype=np.float32)  # in which files have their factors
    size, result, scale = axis.size, axis.scale * axis.size, np.float32(axis.scale)
    if coordinates == "asymmetric":
        return at / scale
    if coordinates == "align_corners":
        return at * (size - 1) / (result - 1) if result > 1 else at * 0
    if coordinates == "pytorch_half_pixel" and axis.result <= 1:
        return at * 0
    if coordinates == "half_pixel_symmetric":
        adjusted = axis.result / result
        return size / 2 * (1 - adjusted) + (at + 0.5) / scale - 0.5
    if coordinates == "tf_crop_and_resize":
        if axis.result > 1:
            result = axis.result
            return axis.start * (size - 1) + at * (axis.end - axis.start) * (size - 1) / (result - 1)
        return np.full(1, 0.5 * (axis.start + axis.end) * (size - 1))
    if coordinates not in ("half_pixel", "pytorch_half_pixel"):
        raise ValueError(f"coordinate_transformation_mode {coordinates!r} is not known")
    return (at + 0.5) / scale - 0.5


def nearest(at: Array, rounding: str) -> Array:
    """Whole coordinates."""
    ways: dict[str, Callable[[Array], Array]] = {
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
        "floor": np.floor,
        "ceil": np.ceil,
    }
    if rounding not in ways:
        raise ValueError(f"nearest_mode {rounding!r} is not known")
    return ways[rounding](at).astype(np.int64)


def _linear(distance: Array) -> Array:
    return np.clip(1 - np.abs(distance), 0, None)


def _cubic(distance: Array, a: float) -> Array:
    x = np.abs(distance)
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def weights(axis: Axis, way: Way) -> Array:
    """The matrix [result, size] of what each element adds to each result."""
    within(axis.result * axis.size)
    at = places(axis, way.coordinates)
    stretch = min(axis.scale, 1.0) if way.antialias else 1.0
    reach = int(np.ceil((2 if way.mode == "cubic" else 1) / stretch))
    offsets = np.arange(-reach + 1, reach + 1)
    taps = np.floor(at).astype(np.int64)[:, None] + offsets
    distance = (taps - at[:, None]) * stretch
    share = _cubic(distance, way.cubic) if way.mode == "cubic" else _linear(distance)
    if way.exclude_outside or way.antialias:
        share = np.where((taps < 0) | (taps >= axis.size), 0.0, share) if way.exclude_outside else share
        share = share / share.sum(1, keepdims=True)
    matrix = np.zeros((axis.result, axis.size))
    np.add.at(matrix, (np.arange(axis.result)[:, None], np.clip(taps, 0, axis.size - 1)), share)
    return matrix


def resized(x: Tensor, axes: dict[int, Axis], way: Way) -> Tensor:
    """x with some of its axes resized."""
    beyond = []
    for at, axis in axes.items():
        found = places(axis, way.coordinates)
        outside = (found < 0) | (found > axis.size - 1)
        if way.coordinates == "tf_crop_and_resize" and outside.any():
            beyond.append((at, outside))
        if axis.size == axis.result and np.allclose(found, np.arange(axis.size)):
            continue
        if way.mode == "nearest":
            picked = np.clip(nearest(found, way.rounding), 0, axis.size - 1)
            x = gather(x, whole(picked), at)
        else:
            x = along_last(x, at, partial(_weighted, matrix=whole(weights(axis, way), "float32")))
    for at, outside in beyond:
        shape = [-1 if i == at else 1 for i in range(x.rank)]
        mask = whole(np.broadcast_to(outside.reshape(shape), x.shape), "bool")
        x = where(mask, way.outside, x)
    return x


def _weighted(x: Tensor, matrix: Tensor) -> Tensor:
    rows = x.reshape((x.size // x.shape[-1], x.shape[-1]))
    return matmul(rows, matrix, False, True).reshape((*x.shape[:-1], matrix.shape[0]))


def _axes(
    x: Tensor, axes: Sequence[int] | None, roi: Sequence[float], scales: Sequence[float], sizes: Sequence[int]
) -> dict[int, Axis]:
    """The axes that are resized, by sizes or, without those, by factors."""
    chosen = list(range(x.rank)) if axes is None else [axis % x.rank for axis in axes]
    ends = list(roi) or [0.0] * len(chosen) + [1.0] * len(chosen)
    found = {}
    for i, (axis, scale) in enumerate(zip(chosen, scales, strict=True)):
        start, end = ends[i], ends[len(chosen) + i]
        wanted = sizes[i] if sizes else int(np.floor(x.shape[axis] * (end - start) * scale))
        found[axis] = Axis(x.shape[axis], wanted, scale, start, end)
    return found


def _fitting(
    x: Tensor, sizes: Sequence[int], axes: Sequence[int] | None, policy: str
) -> tuple[list[float], list[int]]:
    """Factors and sizes; unless it stretches one factor for all, which goes into the sizes or over them."""
    before = x.shape if axes is None else [x.shape[axis] for axis in axes]
    ratios = [wanted / size for wanted, size in zip(sizes, before, strict=True)]
    if policy == "stretch":
        return ratios, list(sizes)
    scale = min(ratios) if policy == "not_larger" else max(ratios)
    return [scale] * len(ratios), [int(np.floor(scale * size + 0.5)) for size in before]


@onnx_op("Upsample", since=7)
def upsample_by_attributes(x: Tensor, *, scales: Sequence[float], mode: str = "nearest") -> Tensor:
    """Larger, by factors."""
    return upsample(x, list(scales), mode=mode)


@onnx_op("Upsample", since=9)
@onnx_op("Resize", since=10)
def upsample(x: Tensor, scales: list[float], *, mode: str = "nearest") -> Tensor:
    """By factors, with the first element of each at its own place."""
    way = Way(mode, "asymmetric", "floor")
    return resized(x, _axes(x, None, (), scales, ()), way)


@onnx_op("Resize", since=11)
def resize(
    x: Tensor,
    roi: list[float] | None = None,
    scales: list[float] | None = None,
    sizes: list[int] | None = None,
    *,
    antialias: int = 0,
    axes: Sequence[int] | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Tensor:
    """To sizes, or by factors: nearest neighbours, or linear or cubic between them."""
    part = roi or [] if coordinate_transformation_mode == "tf_crop_and_resize" else []
    wanted: list[int] = []
    if sizes:
        scales, wanted = _fitting(x, sizes, axes, keep_aspect_ratio_policy)
    way = Way(
        mode, coordinate_transformation_mode, nearest_mode, cubic_coeff_a, bool(exclude_outside),
        bool(antialias), extrapolation_value,
    )  # fmt: skip
    return resized(x, _axes(x, axes, part, scales or [], wanted), way)
