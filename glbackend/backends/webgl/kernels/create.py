"""Kernels that make a tensor out of numbers: Fill, ZerosLike, OnesLike, Range, LinSpace, Diag."""

from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import KIND, holds_integers
from glbackend.base.shapes import Spec
from glbackend.engine.backend import make_backend
from glbackend.engine.registry import find_kernel, kernel
from glbackend.engine.storage import Handle


@kernel("Fill", "webgl")
def fill(webgl: WebGL, *, out: Spec, value: Any) -> Handle:
    """One value everywhere: a pass that reads nothing."""
    if out.dtype not in KIND:  # complex64 and string have no texture of their own
        return on_host("Fill", out, value=value)
    integer = holds_integers(out.dtype)
    bits = int(value) if integer else int(np.float32(value).view(np.int32))
    return webgl.draw("fill", out, {}, uniforms={"value": bits}, defines={"INTEGER": integer})


@kernel("ZerosLike", "webgl")
def zeros_like(webgl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """Zeros."""
    return fill(webgl, out=out, value=0)


@kernel("OnesLike", "webgl")
def ones_like(webgl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """Ones."""
    return fill(webgl, out=out, value=1)


@kernel("Range", "webgl")
@kernel("LinSpace", "webgl")
def ramp(webgl: WebGL, *, out: Spec, start: float, stop: float, step: float) -> Handle:
    """Evenly spaced numbers; fractions cut to whole numbers come from the host, in float64."""
    if out.dtype == "float32":
        uniforms = {"start": start, "stop": stop, "step_size": step, "last": out.size - 1}
        return webgl.draw("ramp", out, {}, uniforms=uniforms, defines={"INTEGER": 0})
    if start != int(start) or step != int(step):
        return on_host("Range", out, start=start, stop=stop, step=step)
    uniforms = {"start": int(start), "step_size": int(step)}
    return webgl.draw("ramp", out, {}, uniforms=uniforms, defines={"INTEGER": 1})


@kernel("Diag", "webgl")
def diag(webgl: WebGL, x: Handle, *, out: Spec) -> Handle:
    """A square matrix, seen in the shape of `out`."""
    square = Spec((x.size, x.size), x.dtype)
    return webgl.draw("diag", square, {"x": x}, defines={"INTEGER": holds_integers(x.dtype)}).view(out.shape)


def on_host(name: str, out: Spec, **attrs: Any) -> Handle:
    """The cpu kernel `name`, which takes no tensors; its array is uploaded when a shader first reads it."""
    return find_kernel(name, "cpu")(make_backend("cpu"), out=out, **attrs)
