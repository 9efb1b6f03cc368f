"""complex64 on webgl: a storage is a pair of float32 storages, taken apart and put together here alone."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


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
