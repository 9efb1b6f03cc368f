"""Arrays for cases: seeded by what is asked, so that a case is the same everywhere and always."""

import zlib
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def _generator(*key: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def uniform(low: float, high: float, *shape: int, seed: int = 0) -> Array:
    """float32 in [low, high)."""
    return _generator("uniform", low, high, shape, seed).uniform(low, high, shape).astype(np.float32)


def normal(*shape: int, seed: int = 0) -> Array:
    """float32 of the standard normal distribution."""
    return _generator("normal", shape, seed).normal(size=shape).astype(np.float32)


def distinct(*shape: int, seed: int = 0) -> Array:
    """float32, shuffled, 0.1 apart or more: for max, sort and pooling, whose gradients jump at ties."""
    count = int(np.prod(shape))
    values = (np.arange(count) - count / 2 + 0.25) * 0.1
    return _generator("distinct", shape, seed).permutation(values).reshape(shape).astype(np.float32)


def integers(low: int, high: int, *shape: int, seed: int = 0) -> Array:
    """int32 in [low, high)."""
    return _generator("integers", low, high, shape, seed).integers(low, high, shape).astype(np.int32)


def bools(*shape: int, seed: int = 0) -> Array:
    """bool, true or false alike."""
    return _generator("bools", shape, seed).integers(0, 2, shape).astype(np.bool_)


def complex_normal(*shape: int, seed: int = 0) -> Array:
    """complex64, both parts of the standard normal distribution."""
    return (normal(*shape, seed=seed) + 1j * normal(*shape, seed=seed + 1000)).astype(np.complex64)
