"""Contracts of the Fourier transforms over the last axis."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


def _transformed(op: str, x: Spec) -> Checked:
    if x.dtype != "complex64":
        raise DtypeError(
            f"{op}: argument 'input' is {x.dtype}, but must be complex64: use complex(), or r{op}"
        )
    if x.rank == 0:
        raise ShapeError(f"{op}: argument 'input' needs at least rank 1, got a scalar")
    return Checked(x)


@contract("FFT")
def fft(input: Spec) -> Checked:
    """A complex tensor of rank 1 at least; shape and dtype stay."""
    return _transformed("fft", input)


@contract("IFFT")
def ifft(input: Spec) -> Checked:
    """A complex tensor of rank 1 at least; shape and dtype stay."""
    return _transformed("ifft", input)
