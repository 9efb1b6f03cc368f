"""Complex numbers on cpu: NumPy has them."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Complex", "cpu")
def complex_(cpu: Cpu, real: Handle, imag: Handle, *, out: Spec) -> Handle:
    """Part by part: real + 1j * imag would make a NaN of an infinite part."""
    pair = np.empty(out.shape, NUMPY["complex64"])
    pair.real, pair.imag = cpu.array(real), cpu.array(imag)
    return cpu.handle(pair, out)


@kernel("Real", "cpu")
def real(cpu: Cpu, input: Handle, *, out: Spec) -> Handle:
    """The real parts."""
    return cpu.handle(cpu.array(input).real.copy(), out)


@kernel("Imag", "cpu")
def imag(cpu: Cpu, input: Handle, *, out: Spec) -> Handle:
    """The imaginary parts."""
    return cpu.handle(cpu.array(input).imag.copy(), out)


@kernel("ComplexAbs", "cpu")
def complex_abs(cpu: Cpu, x: Handle, *, out: Spec) -> Handle:
    """The modulus; it overflows only where it does not fit."""
    return cpu.handle(np.abs(cpu.array(x)), out)
