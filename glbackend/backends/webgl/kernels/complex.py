"""complex64 on webgl: a storage is a pair of float32 storages, taken apart and put together here alone."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Complex", "webgl")
def complex_(webgl: WebGL, real: Handle, imag: Handle, *, out: Spec) -> Handle:
    """Both storages side by side: no data moves."""
    return join(webgl, real, imag)


@kernel("Real", "webgl")
def real(webgl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """The first storage of the pair: no data moves."""
    return split(webgl, input)[0]


@kernel("Imag", "webgl")
def imag(webgl: WebGL, input: Handle, *, out: Spec) -> Handle:
    """The second storage of the pair: no data moves."""
    return split(webgl, input)[1]


@kernel("ComplexAbs", "webgl")
def complex_abs(webgl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """The modulus, in one pass over both parts."""
    re, im = split(webgl, x)
    return webgl.draw("complex_abs", out, {"re": re, "im": im})
