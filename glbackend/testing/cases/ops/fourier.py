"""Cases of Fourier transforms: every way of reading, each radix, Bluestein's algorithm."""

from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.complex import complex, imag, real
from glbackend.ops.fourier import fft, ifft, irfft, rfft
from glbackend.testing.case import Case, case
from glbackend.testing.sample import complex_normal, normal


def _judged(y: Tensor) -> tuple[Tensor, Tensor]:
    return real(y).square(), imag(y)


def _both(n: int, *batch: int) -> list[Case]:
    x = complex_normal(*batch, n)
    return [case("FFT", f"n{n}", fft, x), case("IFFT", f"n{n}", ifft, x)]


def _differentiable(kernel: str, call: Any, *shape: int) -> Case:
    inputs = (normal(*shape), normal(*shape, seed=1))
    return case(
        kernel, f"gradient_{shape[-1]}", lambda a, b: _judged(call(complex(a, b))), *inputs, grad=(0, 1)
    )


LENGTHS = ((2, 3), (3, 2), (4, 3), (5, 2), (6, 1), (7, 3), (8, 5), (12, 3), (16, 2), (30, 3), (32, 2),
           (48, 2), (61, 2), (67, 3), (128, 2), (150, 1), (211, 2), (1024, 2), (1000, 1))  # fmt: skip

CASES = [
    *(one for n, batch in LENGTHS for one in _both(n, batch)),
    case("FFT", "vector", fft, complex_normal(20)),
    case("FFT", "rank4", fft, complex_normal(2, 1, 3, 8)),
    case("FFT", "one view", fft, complex_normal(3, 1)),
    case("FFT", "empty", fft, complex_normal(0, 4)),
    case("FFT", "empty_axis", fft, complex_normal(3, 0)),
    case("IFFT", "empty", ifft, complex_normal(0, 4)),
    case("FFT", "nan", fft, np.array([[1, 2, np.nan, 4], [1, 2, 3, 4j]], np.complex64)),
    _differentiable("FFT", fft, 2, 5),
    _differentiable("FFT", fft, 8),
    _differentiable("IFFT", ifft, 2, 5),
    _differentiable("IFFT", ifft, 8),
    case("FFT", "rfft", lambda x: _judged(rfft(x)), normal(2, 9), grad=(0,)),
    case("FFT", "rfft_cut", lambda x: _judged(rfft(x, 6)), normal(3, 9), grad=(0,)),
    case("FFT", "rfft_filled", lambda x: _judged(rfft(x, 12)), normal(2, 1, 9), grad=(0,)),
    case(
        "IFFT",
        "irfft",
        lambda a, b: irfft(complex(a, b)).square(),
        *(normal(2, 5), normal(2, 5, seed=1)),
        grad=(0, 1),
    ),
    case("IFFT", "irfft_two", irfft, complex_normal(3, 2)),
]
