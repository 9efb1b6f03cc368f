"""Contracts of complex numbers: Complex puts two floats together, Real, Imag, ComplexAbs take one apart."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("Complex")
def complex_(real: Spec, imag: Spec) -> Checked:
    """Two float32 tensors of one shape."""
    for name, spec in (("real", real), ("imag", imag)):
        if spec.dtype != "float32":
            raise DtypeError(
                f"complex: argument {name!r} is {spec.dtype}, but must be float32: cast it first"
            )
    if real.shape != imag.shape:
        raise ShapeError(
            f"complex: real and imag shapes, {list(real.shape)} and {list(imag.shape)}, must be equal"
        )
    return Checked(Spec(real.shape, "complex64"))


def _part(op: str, name: str, x: Spec) -> Checked:
    if x.dtype != "complex64":
        raise DtypeError(
            f"{op}: argument {name!r} is {x.dtype}, but must be complex64: make one with complex()"
        )
    return Checked(Spec(x.shape, "float32"))


@contract("Real")
def real(input: Spec) -> Checked:
    """A complex tensor."""
    return _part("real", "input", input)


@contract("Imag")
def imag(input: Spec) -> Checked:
    """A complex tensor."""
    return _part("imag", "input", input)


@contract("ComplexAbs")
def complex_abs(x: Spec) -> Checked:
    """A complex tensor."""
    return _part("complex_abs", "x", x)
