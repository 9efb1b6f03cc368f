"""Fourier transforms, as `tf.spectral`."""

from glbackend.ops.fourier import fft, ifft, irfft, rfft

__all__ = ["fft", "ifft", "irfft", "rfft"]
