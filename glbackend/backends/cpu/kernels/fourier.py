"""Fourier transforms on cpu: NumPy's, in double precision."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("FFT", "cpu")
def fft(cpu: Cpu, input: Handle, *, out: Spec) -> Handle:
    """Over the last axis."""
    if not input.size:
        return input
    return cpu.handle(np.fft.fft(cpu.array(input).astype(np.complex128)), out)


@kernel("IFFT", "cpu")
def ifft(cpu: Cpu, input: Handle, *, out: Spec) -> Handle:
    """Over the last axis, divided by its length."""
    if not input.size:
        return input
    return cpu.handle(np.fft.ifft(cpu.array(input).astype(np.complex128)), out)
