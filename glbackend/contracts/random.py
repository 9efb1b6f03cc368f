"""Contracts of random kernels. A seed becomes a key of two 32-bit words, which both backends hash alike."""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.late import Late, derived
from glbackend.base.shapes import Spec, check_shape
from glbackend.contracts.contract import Checked, contract

Seed = int | float | str
LateSeed = Seed | Late
_WORD = 2**64 - 1


def spread(state: int) -> int:
    """64 bits in which each bit of `state` counts for about half of the bits: the finaliser of SplitMix64."""
    state = (state + 0x9E3779B97F4A7C15) & _WORD
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
    return state ^ (state >> 31)


def key_of(seed: Seed) -> tuple[int, int]:
    """The key of a seed: whole numbers count modulo 2^64, other numbers and text by their spelling."""
    if isinstance(seed, str) or seed != seed or seed in (math.inf, -math.inf) or seed != int(seed):
        digest = hashlib.blake2b(str(seed).encode(), digest_size=8).digest()
        state = int.from_bytes(digest, "little")
    else:
        state = int(seed) & _WORD
    bits = spread(state)
    return bits & 0xFFFFFFFF, bits >> 32


def _output(shape: Sequence[int], dtype: str, legal: tuple[str, ...], op: str) -> Spec:
    if dtype not in legal:
        raise DtypeError(f"{op}: unsupported data type {dtype}: use {' or '.join(legal)}")
    return Spec(check_shape(shape, op), check_dtype(dtype))


def _finite(op: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ArgumentError(f"{op}: argument {name!r} must be finite, got {number}")


@contract("RandomUniform", late=("seed",))
def random_uniform(
    *, shape: Sequence[int], seed: LateSeed, minval: float = 0, maxval: float = 1, dtype: str = "float32"
) -> Checked:
    """float32; the attrs are rounded to float32 here, so that backends agree on every bit."""
    minval, maxval = float(minval), float(maxval)
    out = _output(shape, dtype, ("float32",), "randomUniform")
    _finite("randomUniform", minval=minval, maxval=maxval)
    low, high = np.float32(minval), np.float32(maxval)
    end = np.nextafter(high, low)  # the last number before the excluded maxval
    attrs = {
        "key": derived(key_of, seed),
        "low": float(low),
        "span": float(high - low),
        "least": float(min(low, end)),
        "greatest": float(max(low, end)),
    }
    return Checked(out, attrs)


@contract("RandomUniformInt", late=("seed",))
def random_uniform_int(
    *, shape: Sequence[int], minval: float, maxval: float, seed: LateSeed, dtype: str = "int32"
) -> Checked:
    """Whole numbers n with minval <= n < maxval; int32, or bool for 0 and 1."""
    out = _output(shape, dtype, ("int32", "bool"), "randomUniformInt")
    _finite("randomUniformInt", minval=minval, maxval=maxval)
    low, high = math.ceil(minval), math.ceil(maxval)
    if not -(2**31) <= low < high <= 2**31:
        raise ArgumentError(
            f"randomUniformInt: no int32 number n has {minval} <= n < {maxval}, or bounds too wide"
        )
    return Checked(out, {"key": derived(key_of, seed), "low": low, "count": high - low})


@contract("RandomNormal", "TruncatedNormal", late=("seed",))
def random_normal(
    *, shape: Sequence[int], seed: LateSeed, mean: float = 0, std_dev: float = 1, dtype: str = "float32"
) -> Checked:
    """float32, or int32 by rounding."""
    out = _output(shape, dtype, ("float32", "int32"), "randomNormal")
    _finite("randomNormal", mean=mean, std_dev=std_dev)
    return Checked(out, {"key": derived(key_of, seed), "mean": float(mean), "std_dev": float(std_dev)})


@contract("RandomGamma", late=("seed",))
def random_gamma(
    *, shape: Sequence[int], alpha: float, seed: LateSeed, beta: float = 1, dtype: str = "float32"
) -> Checked:
    """`alpha` is the shape, `beta` the rate: the mean is alpha / beta."""
    out = _output(shape, dtype, ("float32", "int32"), "randomGamma")
    _finite("randomGamma", alpha=alpha, beta=beta)
    if alpha <= 0 or beta <= 0:
        raise ArgumentError(f"randomGamma: alpha and beta must be positive, got {alpha} and {beta}")
    d = alpha - 1 / 3 if alpha >= 1 else alpha + 2 / 3
    attrs = {"d": d, "c": 1 / math.sqrt(9 * d), "scale": 1 / beta, "power": 1 / alpha if alpha < 1 else 0.0}
    return Checked(out, {"key": derived(key_of, seed), **attrs})


@contract("DropoutMask", late=("seed",))
def dropout_mask(*, shape: Sequence[int], rate: float, seed: LateSeed) -> Checked:
    """0 with probability `rate`, else 1 / (1 - rate)."""
    if not 0 <= rate < 1:
        raise ArgumentError(f"dropout: rate must be a float in the range [0, 1), but got {rate}")
    out = _output(shape, "float32", ("float32",), "dropout")
    attrs = {"rate": float(np.float32(rate)), "kept": float(np.float32(1 / (1 - rate)))}
    return Checked(out, {"key": derived(key_of, seed), **attrs})


@contract("Multinomial", late=("seed",))
def multinomial(logits: Spec, *, num_samples: int, seed: LateSeed, normalized: bool = False) -> Checked:
    """`num_samples` outcomes for each row of logits [rows, outcomes]."""
    if logits.rank != 2 or logits.dtype != "float32":
        raise ShapeError(
            f"multinomial: logits must be float32 of rank 2, got {logits.dtype} {list(logits.shape)}"
        )
    if logits.shape[1] < 2:
        raise ArgumentError(f"multinomial: you need at least 2 outcomes, but got {logits.shape[1]}")
    if int(num_samples) != num_samples or num_samples < 0:
        raise ArgumentError(f"multinomial: num_samples must be a whole number, got {num_samples}")
    out = Spec((logits.shape[0], int(num_samples)), "int32")
    return Checked(out, {"key": derived(key_of, seed), "normalized": bool(normalized)})
