"""Fourier transforms, as `tf.spectral`."""

from glbackend.ops.fourier import fft
from glbackend.ops.fourier import ifft
from glbackend.ops.fourier import irfft
from glbackend.ops.fourier import rfft

__all__ = [
    "fft",
    "ifft",
    "irfft",
    "rfft",
]
