"""NumPy functions that rows need and NumPy lacks. They keep the float type they are given (float64 in gradient checks)."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SELU_SCALE = 1.0507009873554805
SELU_SCALE_ALPHA = 1.7580993408473766
BLOCK = 1 << 16  # numbers: two blocks of them stay in a core's second cache


def masked(condition: Array, values: Array, out: Array | None = None) -> Array:
    """Values where the condition holds, else 0 (also of NaN and infinity): by their bits."""
    bits = np.dtype(f"i{values.itemsize}")
    alike = values.shape == condition.shape and values.flags.c_contiguous and condition.flags.c_contiguous
    if alike and out is None and values.size > BLOCK:  # block by block, so that masks stay small
        out = np.empty_like(values)
        given, hits, found = values.reshape(-1), condition.reshape(-1), out.reshape(-1)
        for start in range(0, values.size, BLOCK):
            part = slice(start, start + BLOCK)
            masked(hits[part], given[part], found[part])
        return out
    mask = np.negative(condition.view(np.int8), dtype=bits, casting="unsafe")
    kept = np.bitwise_and(values.view(bits), mask, out=None if out is None else out.view(bits))
    return np.asarray(kept.view(values.dtype))


def select(condition: Array, t: Any, e: Any) -> Array:
    """np.where, by the bits of numbers: four times as quick, as it has no branches to guess."""
    t, e = np.asarray(t), np.asarray(e)
    if t.dtype != e.dtype or t.dtype.kind == "O" or t.itemsize > 8:
        return np.where(condition, t, e)
    bits = np.dtype(f"i{t.itemsize}")
    other = e.view(bits)
    if other.size == 1 and not other.any():
        return np.broadcast_to(masked(condition, t), np.broadcast_shapes(condition.shape, t.shape, e.shape))
    differs = np.bitwise_xor(t.view(bits), other)
    return np.asarray(np.bitwise_xor(masked(condition, differs), other).view(t.dtype))


def cut(x: Array) -> Array:
    """int32 of floats, towards zero; NaN becomes 0, what int32 cannot hold its nearest end."""
    out = np.empty(x.shape, np.int32)
    return _cut(x, out)


def in_blocks(function: Callable[..., None]) -> Callable[..., Array]:
    """Of `function(x, out, **attrs)`, which writes `out`: block by block, so that steps meet in the cache."""

    @wraps(function)
    def run(x: Array, out: Array | None = None, **attrs: float) -> Array:
        x = np.asarray(x)
        if not x.ndim:  # of whose parts NumPy makes numbers, which are no place to write to
            return run(x.reshape(1), None if out is None else out.reshape(1), **attrs).reshape(())
        result = np.empty_like(x, order="C") if out is None else out
        if x.size <= BLOCK or not (x.flags.c_contiguous and result.flags.c_contiguous):
            function(x, result, **attrs)
            return result
        given, found = x.reshape(-1), result.reshape(-1)
        for start in range(0, x.size, BLOCK):
            function(given[start : start + BLOCK], found[start : start + BLOCK], **attrs)
        return result

    return run


@in_blocks
def _cut(x: Array, out: Array) -> None:
    whole = np.trunc(np.nan_to_num(x.astype(np.float64), nan=0.0))
    out[...] = np.clip(whole, -(2**31), 2**31 - 1)


def wide(function: Callable[[Array], Array]) -> Callable[..., Array]:
    """Computes in float64, block by block, and gives the type of x: one rounding, whatever the formula."""

    def run(x: Array, out: Array) -> None:
        out[...] = function(x.astype(np.float64, copy=False))

    return in_blocks(run)


softplus = wide(lambda x: np.logaddexp(x, 0.0))
selu = wide(lambda x: select(x < 0, SELU_SCALE_ALPHA * np.expm1(x), SELU_SCALE * x))


ERF_SMALL = (
    7.23579651e-05,
    -0.000782466552,
    0.00516772456,
    -0.0268435162,
    0.112833641,
    -0.376126111,
    0.128379166,
)
ERFC_ROOT = (
    0.000160458279,
    -0.000658625446,
    -0.00278548594,
    0.0172098894,
    0.0189364683,
    -0.282427698,
    0.511392593,
)


def polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """By Horner's rule, the highest power first; in the type of x."""
    y = x * x.dtype.type(coefficients[0])
    for one in coefficients[1:-1]:
        y += x.dtype.type(one)
        y *= x
    y += x.dtype.type(coefficients[-1])
    return y


def _erfc(x: Array) -> Array:
    """1 - erf of float32 x in [1.1, 4]: the eighth power of a polynomial, so that no exponential is needed."""
    y = polynomial(x - np.float32(2), ERFC_ROOT)
    for _ in range(3):
        y *= y
    return y


ERF_SEAM = np.float32(1.113)  # where both polynomials are good, and meet so that erf ends at 1
ERFC_AT_SEAM = _erfc(np.full(1, ERF_SEAM))[0]


@in_blocks
def erf(x: Array, out: Array) -> None:
    """The error function, of float32 by the polynomials of shaders/lib/math_erf.glsl up to a seam and beyond."""
    if x.dtype != np.float32:
        out[...] = _exact_erf(x)
        return
    size = np.abs(x)
    below = np.minimum(size, ERF_SEAM)
    y = polynomial(below * below, ERF_SMALL)
    y += np.float32(1)
    y *= below
    np.minimum(size, np.float32(4), out=size)
    y -= _erfc(np.maximum(size, ERF_SEAM, out=size)) - ERFC_AT_SEAM
    bits = np.bitwise_and(x.view(np.int32), np.int32(-(2**31)))  # the sign
    np.bitwise_or(y.view(np.int32), bits, out=out.view(np.int32))


_exact_erf = np.vectorize(math.erf, otypes=[np.float64])


@in_blocks
def sigmoid(x: Array, out: Array) -> None:
    """1 / (1 + e^-x)."""
    np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, out.dtype.type(1), out=out)
    np.divide(out.dtype.type(1), out, out=out)  # twice as quick as np.reciprocal


def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)."""
    y: Array = x.dtype.type(1) / np.sqrt(x)
    return y


def elu(x: Array) -> Array:
    """e^x - 1 for negative x, else x."""
    return select(x < 0, np.expm1(x), x)


ZEROS = np.zeros(1 << 14)  # NumPy's maximum of two arrays is three times as quick as that with a number
# Whether the machine's maximum of -0 and 0 is 0, whatever the place in the loop: true of x86 and ARM.
MAXIMUM_IS_SIGNED = not any(
    np.signbit(np.maximum(np.full(n, -0.0, np.float32), ZEROS.view(np.float32)[:n])).any()
    for n in range(1, 70)
)


def relu(x: Array, out: Array | None = None) -> Array:
    """The larger of x and +0; NaN stays."""
    result = np.empty_like(x, order="C") if out is None else out
    if x.flags.c_contiguous and result.flags.c_contiguous:
        zeros = ZEROS.view(x.dtype)[: ZEROS.size]
        whole = x.size - x.size % zeros.size
        given, found = x.reshape(-1), result.reshape(-1)
        if whole:
            wide = found[:whole].reshape(-1, zeros.size)
            np.maximum(given[:whole].reshape(wide.shape), zeros, out=wide)
        np.maximum(given[whole:], zeros[: x.size - whole], out=found[whole:])
    else:
        np.maximum(x, x.dtype.type(0), out=result)
    if not MAXIMUM_IS_SIGNED:
        np.add(result, x.dtype.type(0), out=result)  # -0 + 0 = 0
    return result


def relu6(x: Array, out: Array | None = None) -> Array:
    """x held between 0 and 6; NaN stays."""
    return clip(x, 0, 6, out)


def clip(x: Array, clip_value_min: float, clip_value_max: float, out: Array | None = None) -> Array:
    """x held between two numbers; NaN stays."""
    result: Array = np.clip(x, x.dtype.type(clip_value_min), x.dtype.type(clip_value_max), out=out)
    return result


def sign(x: Array) -> Array:
    """-1, 0 or 1; NaN becomes 0, as in TF.js."""
    signs: Array = (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)
    return signs


def step(x: Array, alpha: float) -> Array:
    """1 for positive x, alpha for others; NaN stays."""
    kind = x.dtype.type
    stepped = select(x > 0, kind(1), kind(alpha)) if alpha else (x > 0).astype(x.dtype)
    unknown = np.isnan(x)
    return select(unknown, x, stepped) if unknown.any() else stepped


def leaky_relu(x: Array, alpha: Any) -> Array:
    """alpha * x for negative x, else x; alpha is a number or an array (prelu)."""
    return select(x < 0, x * np.asarray(alpha, x.dtype), x)


def relu_grad(gradients: Array, features: Array) -> Array:
    """The gradient where the feature is positive, else 0; NaN stays."""
    passed, unknown = masked(features > 0, gradients), np.isnan(features)
    return select(unknown, features, passed) if unknown.any() else passed


def elu_grad(dy: Array, y: Array) -> Array:
    """The gradient of elu, by its output."""
    return select(y >= 0, dy, dy * (y + 1))


def whole(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A rounding function that leaves integers alone."""
    return lambda x: function(x) if x.dtype.kind == "f" else x


def floor_div(a: Array, b: Array) -> Array:
    """int32: the quotient rounded down; 0 where b is 0. Of floats exact, by way of the remainder."""
    if a.dtype.kind != "f":
        return np.floor_divide(a, b)
    return cut(np.rint((a - np.mod(a, b)) / b))


def power(a: Array, b: Array) -> Array:
    """a^b; of integers modulo 2^32 and, for negative b, cut towards zero (0 for 0^b)."""
    if a.dtype.kind == "f":
        return np.power(a, b)
    base, left = np.broadcast_arrays(a, b)
    left, result = np.maximum(left, 0), np.ones(base.shape, base.dtype)
    while left.any():
        result = np.where(left & 1, result * base, result)
        base, left = base * base, left >> 1
    unit = np.where(a == 1, 1, np.where(a == -1, 1 - 2 * (b & 1), 0))
    return np.where(b < 0, unit, result).astype(a.dtype)
