"""Random kernels: a hash of (key, element, draw), equal bit for bit to shaders/lib/random.glsl.

They compute in float32 also where tensors hold float64: a seed means the same numbers everywhere.
"""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
Key = tuple[int, int]
U32, U64, F32 = np.uint32, np.uint64, np.float32
ATTEMPTS = 16  # of a gamma number; one in more than 1e20 needs more
TRUNCATED = (
    -6.41669749e-6,
    4.29415195e-5,
    0.000202195166,
    -0.00318651507,
    0.00355239352,
    0.352873892,
    1.68229413,
)


def _mixed(h: Array) -> Array:
    h = (h ^ (h >> U32(16))) * U32(0x21F0AAAD)
    h = (h ^ (h >> U32(15))) * U32(0x735A2D97)
    return h ^ (h >> U32(15))


def state(size: int, key: Key) -> Array:
    """What every draw of elements 0 .. size - 1 starts from."""
    return _mixed(np.arange(size, dtype=U32) + U32(key[0]))


def bits(start: Array, key: Key, draw: int) -> Array:
    """32 random bits for each element: draw number `draw`."""
    turn = _mixed(np.array([(key[1] + draw * 0x9E3779B9) & 0xFFFFFFFF], U32))
    return _mixed(start ^ turn) + start


def unit(word: Array) -> Array:
    """In [0, 1), multiples of 2^-24."""
    return (word >> U32(8)).astype(F32) * F32(2.0**-24)


def positive_unit(word: Array) -> Array:
    """In (0, 1], for logarithms; below 2^-24 it goes on in steps of 2^-32."""
    coarse = ((word >> U32(8)) + U32(1)).astype(F32) * F32(2.0**-24)
    fine = ((word & U32(255)) + U32(1)).astype(F32) * F32(2.0**-32)
    return np.where(word < 256, fine, coarse)


def normal(start: Array, key: Key, draw: int) -> Array:
    """Standard normal numbers by the method of Box and Muller, from two draws."""
    radius = np.sqrt(F32(-2) * np.log(positive_unit(bits(start, key, draw))))
    return radius * np.cos(unit(bits(start, key, draw + 1)) * F32(2 * np.pi))


def _handle(cpu: Cpu, values: Array, out: Spec) -> Handle:
    if out.dtype == "int32" and values.dtype.kind == "f":
        values = np.floor(values + F32(0.5)).astype(np.int64)
    return cpu.handle(values.reshape(out.shape), out)


@kernel("RandomUniform", "cpu")
def random_uniform(
    cpu: Cpu, *, out: Spec, key: Key, low: float, span: float, least: float, greatest: float
) -> Handle:
    """Uniform numbers in [low, low + span)."""
    values = unit(bits(state(out.size, key), key, 0)) * F32(span) + F32(low)
    return _handle(cpu, np.clip(values, F32(least), F32(greatest)), out)


@kernel("RandomUniformInt", "cpu")
def random_uniform_int(cpu: Cpu, *, out: Spec, key: Key, low: int, count: int) -> Handle:
    """The upper half of (64 random bits) x count, plus low."""
    start = state(out.size, key)
    upper, lower = (bits(start, key, draw).astype(U64) for draw in (0, 1))
    number = (upper * U64(count) + ((lower * U64(count)) >> U64(32))) >> U64(32) if count < 2**32 else upper
    return _handle(cpu, number.astype(np.int64) + low, out)


@kernel("RandomNormal", "cpu")
def random_normal(cpu: Cpu, *, out: Spec, key: Key, mean: float, std_dev: float) -> Handle:
    """Normal numbers."""
    return _handle(cpu, F32(mean) + F32(std_dev) * normal(state(out.size, key), key, 0), out)


@kernel("TruncatedNormal", "cpu")
def truncated_normal(cpu: Cpu, *, out: Spec, key: Key, mean: float, std_dev: float) -> Handle:
    """Normal numbers within two standard deviations, by the inverse of the distribution function."""
    word = bits(state(out.size, key), key, 0) >> U32(8)
    x = (word.astype(np.int32) * 2 + 1 - 2**24).astype(F32) * F32(2.0**-24) * F32(0.9544997361)
    w = -np.log(F32(1) - x * x) - F32(1.25)
    p = np.full_like(w, TRUNCATED[0])
    for coefficient in TRUNCATED[1:]:
        p = p * w + F32(coefficient)
    return _handle(cpu, F32(mean) + F32(std_dev) * np.clip(x * p, F32(-2), F32(2)), out)


@kernel("RandomGamma", "cpu")
def random_gamma(cpu: Cpu, *, out: Spec, key: Key, d: float, c: float, scale: float, power: float) -> Handle:
    """Gamma numbers by the method of Marsaglia and Tsang, at most 16 attempts."""
    start = state(out.size, key)
    result = np.ones(out.size, F32)
    waiting = np.arange(out.size)
    for i in range(ATTEMPTS):
        x = normal(start[waiting], key, 3 * i)
        v = F32(1) + F32(c) * x
        positive = v > 0
        v = v * v * v
        log_u = np.log(positive_unit(bits(start[waiting], key, 3 * i + 2)))
        bound = F32(0.5) * x * x + F32(d) * (F32(1) - v + np.log(np.where(positive, v, F32(1))))
        accepted = positive & (log_u < bound)
        result[waiting[accepted]] = v[accepted]
        waiting = waiting[~accepted]
    result *= F32(d)
    if power:
        result *= np.exp(np.log(positive_unit(bits(start, key, 3 * ATTEMPTS))) * F32(power))
    return _handle(cpu, result * F32(scale), out)


@kernel("DropoutMask", "cpu")
def dropout_mask(cpu: Cpu, *, out: Spec, key: Key, rate: float, kept: float) -> Handle:
    """`kept` with probability 1 - rate, else 0."""
    drawn = unit(bits(state(out.size, key), key, 0))
    return _handle(cpu, np.where(drawn >= F32(rate), F32(kept), F32(0)), out)


@kernel("Multinomial", "cpu")
def multinomial(cpu: Cpu, logits: Handle, *, out: Spec, key: Key, normalized: bool) -> Handle:
    """The first outcome at which the running sum of weights exceeds a uniform share of their total."""
    values = cpu.array(logits)
    weights = values if normalized else np.exp(values - values.max(axis=1, keepdims=True))
    sums = np.cumsum(weights, axis=1, dtype=np.float64)
    target = unit(bits(state(out.size, key), key, 0)).reshape(out.shape) * sums[:, -1:]
    last = weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)
    found = np.empty(out.shape, np.int64)
    for row in range(out.shape[0]):
        found[row] = np.minimum(np.searchsorted(sums[row], target[row], side="right"), last[row])
    return _handle(cpu, found, out)
