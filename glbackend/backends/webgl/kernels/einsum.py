"""Einsum on webgl, by other kernels."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.contraction import contracted
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Einsum", "webgl")
def einsum(webgl: WebGL, xs: list[Handle], *, out: Spec, equation: str) -> Handle:
    """Sums, transposes and one product."""
    return contracted(webgl.run, xs, out, equation)
