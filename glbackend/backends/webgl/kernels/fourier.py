"""Fourier transforms on webgl: one pass for each radix of the length, or Bluestein's algorithm around them.

Every pass reads and writes both parts of the complex numbers (two attachments).
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.base.dtypes import NUMPY
from glbackend.base.fourier import DIRECT_RADIX, chirp, radices
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Way = Literal["WHOLE", "SHARED", "EACH"]  # names that fourier.glsl explains
Pair = tuple[Handle, Handle]


@kernel("FFT", "webgl")
def fft(webgl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """Over the last axis."""
    return _transform(webgl, input, False)


@kernel("IFFT", "webgl")
def ifft(webgl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """Over the last axis, divided by its length."""
    return _transform(webgl, input, True)


def _transform(webgl: WebGL, x: Handle, inverse: bool) -> Handle:
    n = x.shape[-1]
    if x.size == 0 or n == 1:
        return x
    pair, factors = split(webgl, x), radices(n)
    scale = 1.0 / n if inverse else 1.0
    if factors[-1] > DIRECT_RADIX:
        return join(webgl, *_bluestein(webgl, pair, inverse, scale))
    return join(webgl, *_passes(webgl, pair, factors, inverse, scale))


def _passes(webgl: WebGL, pair: Pair, factors: Sequence[int], inverse: bool, scale: float) -> Pair:
    """One pass for each radix; the last one scales."""
    spec, span = pair[0].spec, 1
    n = spec.shape[-1]
    for i, radix in enumerate(factors):
        last = i == len(factors) - 1
        uniforms = {
            "radix": radix,
            "span": span,
            "n": n,
            "direction": 1.0 if inverse else -1.0,
            "scale": scale if last else 1.0,
        }
        defines = {"WAY": _way(n, radix, span)}
        inputs = {"re": pair[0], "im": pair[1]}
        pair = webgl.draw("fourier", (spec, spec), inputs, uniforms=uniforms, defines=defines)
        span *= radix
    return pair


def _way(n: int, radix: int, span: int) -> Way:
    """The cheapest way to find the four lanes of a texel."""
    if span % 4 == 0 and (n // radix) % 4 == 0:
        return "WHOLE"
    return "SHARED" if span == 1 and (radix % 4 == 0 or radix == n) else "EACH"


def _bluestein(webgl: WebGL, pair: Pair, inverse: bool, scale: float) -> Pair:
    """A transform of any length as a convolution with a chirp, by transforms of a power of two."""
    shape = pair[0].shape
    wave, kernel = chirp(shape[-1], inverse)
    length = len(kernel)
    factors, wide = radices(length), (*shape[:-1], length)
    pair = _times(webgl, pair, wave, wide)
    pair = _passes(webgl, pair, factors, False, 1.0)
    pair = _times(webgl, pair, kernel, wide)
    pair = _passes(webgl, pair, factors, True, 1.0 / length)
    return _times(webgl, pair, wave, shape, scale)


def _times(webgl: WebGL, pair: Pair, row: Any, shape: tuple[int, ...], scale: float = 1.0) -> Pair:
    """Every row times `row`, cut or filled up to `shape`."""
    one = Spec((len(row),), "float32")
    parts = (Handle.of(part.astype(NUMPY["float32"]), one) for part in (np.real(row), np.imag(row)))
    inputs = dict(zip(("re", "im", "row_re", "row_im"), (*pair, *parts), strict=True))
    out = Spec(shape, "float32")
    result: Pair = webgl.draw("fourier_chirp", (out, out), inputs, uniforms={"scale": scale})
    return result
