"""Kernels that make a tensor out of numbers: Fill, ZerosLike, OnesLike; Range and LinSpace from the host."""

from typing import Any

from glbackend.backends.webgl.backend import KIND, WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.backend import make_backend
from glbackend.engine.registry import find_kernel, kernel
from glbackend.engine.storage import Handle


@kernel("Fill", "webgl")
def fill(gl: WebGL, *, out: Spec, value: Any) -> Handle:
    """One value everywhere: a pass that reads nothing."""
    if out.dtype not in KIND:  # complex64 and string have no texture of their own
        return on_host("Fill", out, value=value)
    integer = KIND[out.dtype] == "i4"
    uniforms = {"value": int(value) if integer else float(value)}
    return gl.draw("fill", out, {}, uniforms=uniforms, defines={"INTEGER": int(integer)})


@kernel("ZerosLike", "webgl")
def zeros_like(gl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """Zeros."""
    return fill(gl, out=out, value=0)


@kernel("OnesLike", "webgl")
def ones_like(gl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """Ones."""
    return fill(gl, out=out, value=1)


def on_host(name: str, out: Spec, **attrs: Any) -> Handle:
    """The cpu kernel `name`, which takes no tensors; its array is uploaded when a shader first reads it."""
    return find_kernel(name, "cpu")(make_backend("cpu"), out=out, **attrs)


@kernel("Range", "webgl")
def range_(gl: WebGL, *, out: Spec, start: float, step: float) -> Handle:
    """The cpu's float64 numbers: float32 on the GPU would be a rounding further off."""
    return on_host("Range", out, start=start, step=step)


@kernel("LinSpace", "webgl")
def lin_space(gl: WebGL, *, out: Spec, start: float, step: float) -> Handle:
    """As Range."""
    return on_host("LinSpace", out, start=start, step=step)
