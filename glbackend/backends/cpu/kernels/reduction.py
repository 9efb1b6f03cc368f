"""Reductions in NumPy. Floats are added by rows.sums; int32 wraps as it does on the GPU."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import sums
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def mean_of(array: Array, axes: tuple[int, ...]) -> Array:
    """float64 means over `axes`; 0 / 0 = NaN where there is nothing."""
    total = sums(array, axes) if array.dtype.kind == "f" else np.sum(array, axes, np.float64)
    return np.asarray(total / np.float64(math.prod(array.shape[axis] for axis in axes)))


@kernel("Sum", "cpu")
def sum_(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Sums."""
    array = cpu.array(x)
    total = sums(array, axes) if array.dtype.kind == "f" else np.sum(array, axes, _wide(out))
    return cpu.handle(total.reshape(out.shape), out)


@kernel("Mean", "cpu")
def mean(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Sums over counts."""
    return cpu.handle(mean_of(cpu.array(x), axes).reshape(out.shape), out)


@kernel("Prod", "cpu")
def prod(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Products, of floats in float64."""
    return cpu.handle(np.prod(cpu.array(x), axes, _wide(out)).reshape(out.shape), out)


def _wide(out: Spec) -> np.dtype[Any]:
    """The dtype to accumulate in."""
    return np.dtype(np.int32) if out.dtype == "int32" else np.dtype(np.float64)


def _lowest(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return -np.inf
    return np.iinfo(dtype).min if dtype.kind == "i" else False


def _highest(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return np.inf
    return np.iinfo(dtype).max if dtype.kind == "i" else True


@kernel("Max", "cpu")
def max_(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """The largest; NaN where there is one, the lowest value of the dtype where there is nothing."""
    array = cpu.array(x)
    return cpu.handle(np.asarray(np.max(array, axes, initial=_lowest(array.dtype))).reshape(out.shape), out)


@kernel("Min", "cpu")
def min_(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """The smallest; NaN where there is one, the highest value of the dtype where there is nothing."""
    array = cpu.array(x)
    return cpu.handle(np.asarray(np.min(array, axes, initial=_highest(array.dtype))).reshape(out.shape), out)


@kernel("All", "cpu")
def all_(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Whether every element is true."""
    return cpu.handle(np.asarray(np.all(cpu.array(x), axes)).reshape(out.shape), out)


@kernel("Any", "cpu")
def any_(cpu: Cpu, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Whether some element is true."""
    return cpu.handle(np.asarray(np.any(cpu.array(x), axes)).reshape(out.shape), out)
