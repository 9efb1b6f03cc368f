"""The numbers that every benchmark runs on: a linear congruential recipe, exact in any language.

Ours, the bare moderngl baselines and TensorFlow.js (bench/peers) all get their inputs and weights from here,
so their results can be compared element by element.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.zoo import make_input

MODULUS = 2**31
WEIGHT_SEED, WEIGHT_STEP = 1000, 7919

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


def _unit(n: int, seed: int) -> npt.NDArray[np.float64]:
    """Gives n numbers in [0, 1): element i is ((i + seed) * 1103515245 + 12345) mod 2^31, over 2^31."""
    i = np.arange(seed, seed + n, dtype=np.uint64)
    return ((i * np.uint64(1103515245) + np.uint64(12345)) % np.uint64(MODULUS)).astype(np.float64) / MODULUS


def floats(n: int, seed: int, scale: float = 1.0, offset: float = 0.0) -> FloatArray:
    """Gives n float32 in offset -+ scale/2, computed in double precision and rounded once.

    >>> floats(2, seed=1)
    array([ 0.01387008, -0.4722656 ], dtype=float32)
    """
    return ((_unit(n, seed) - 0.5) * scale + offset).astype(np.float32)


def ints(n: int, seed: int, hi: int) -> IntArray:
    """Gives n int32 in [0, hi).

    >>> ints(3, seed=1001, hi=100).min() >= 0
    np.True_
    """
    return np.floor(_unit(n, seed) * hi).astype(np.int32)


def distinct(n: int, seed: int, hi: int) -> IntArray:
    """Gives n different int32 in [0, hi), for n <= hi and hi no multiple of the prime 7919.

    >>> distinct(3, seed=1, hi=100)
    array([ 1, 20, 39], dtype=int32)
    """
    return ((seed + np.arange(n, dtype=np.int64) * WEIGHT_STEP) % hi).astype(np.int32)


def case_input(spec: dict[str, Any]) -> npt.NDArray[Any]:
    """Gives the array of an entry of a case's `inputs`: shape, seed, dtype, scale, offset, hi, distinct,
    sorted.

    Complex numbers take two floats each, bools are the ints below 2; `sorted` sorts along the last axis. An
    input of the zoo brings its recipe.
    """
    if "zoo" in spec:
        return make_input(spec["zoo"])
    shape, seed, dtype = spec["shape"], spec["seed"], spec.get("dtype", "float32")
    n = math.prod(shape)
    if dtype == "int32":
        return (distinct if spec.get("distinct") else ints)(n, seed, spec["hi"]).reshape(shape)
    if dtype == "bool":
        return ints(n, seed, 2).astype(np.bool_).reshape(shape)
    if dtype == "complex64":
        return floats(2 * n, seed).view(np.complex64).reshape(shape)
    values = floats(n, seed, spec.get("scale", 1.0), spec.get("offset", 0.0)).reshape(shape)
    return np.sort(values) if spec.get("sorted") else values


def weight(number: int, shape: Sequence[int], name: str = "") -> FloatArray:
    """Gives weight `number` of a model, counted over its layers in order.

    Kernels (rank 2 and up) are He-uniform, biases lie in +-0.1; `name`, the layer's name for the weight,
    tells the scales and variances of a normalisation (1 +- 0.1) and depthwise kernels (fan-in height x
    width) apart.
    """
    seed, n = WEIGHT_SEED + WEIGHT_STEP * number, math.prod(shape)
    if re.search("gamma|variance", name):
        return floats(n, seed, 0.2, 1.0).reshape(shape)
    if len(shape) < 2:
        return floats(n, seed, 0.2).reshape(shape)
    fan_in = shape[0] * shape[1] if "depthwise" in name else math.prod(shape[:-1])
    return floats(n, seed, 2.0 * math.sqrt(6.0 / fan_in)).reshape(shape)


def labels(batch: int, classes: int = 10) -> FloatArray:
    """Gives one-hot labels [batch, classes]: row i is of class 7 i mod classes."""
    return np.eye(classes, dtype=np.float32)[np.arange(batch) * 7 % classes]
