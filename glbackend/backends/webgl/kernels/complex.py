"""complex64 on webgl: a storage is a pair of float32 storages, taken apart and put together here alone."""

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle, Storage


def split(gl: WebGL, x: Handle) -> tuple[Handle, Handle]:
    """Real and imaginary part of `x`, float32 of its shape; of a real `x` itself and a 0 of rank 0."""
    if x.dtype != "complex64":
        return x, Handle.of(np.zeros((), NUMPY["float32"]), Spec((), "float32"))
    storage = x.storage
    parts = storage.forms.get("parts")
    if parts is None:
        values = storage.values()
        flat = Spec((storage.size,), "float32")
        parts = tuple(Handle.of(part.copy(), flat).storage for part in (values.real, values.imag))
        storage.forms["parts"] = parts
        storage.owner = gl
    spec = Spec(x.shape, "float32")
    return Handle(parts[0], spec), Handle(parts[1], spec)


def join(gl: WebGL, real: Handle, imaginary: Handle) -> Handle:
    """A complex tensor whose parts are two float32 tensors of one shape."""
    assert real.shape == imaginary.shape
    storage = Storage("complex64", real.size)
    storage.owner = gl
    storage.forms["parts"] = (real.storage, imaginary.storage)
    return Handle(storage, Spec(real.shape, "complex64"))


@kernel("Complex", "webgl")
def complex_(gl: WebGL, real: Handle, imag: Handle, *, out: Spec) -> Handle:
    """Both storages side by side: no data moves."""
    return join(gl, real, imag)


@kernel("Real", "webgl")
def real(gl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """The first storage of the pair: no data moves."""
    return split(gl, input)[0]


@kernel("Imag", "webgl")
def imag(gl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """The second storage of the pair: no data moves."""
    return split(gl, input)[1]


@kernel("ComplexAbs", "webgl")
def complex_abs(gl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """The modulus, in one pass over both parts."""
    re, im = split(gl, x)
    return gl.draw("complex_abs", out, {"re": re, "im": im})
