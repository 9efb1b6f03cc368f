"""Normalisation as a shader: one pass over x."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.chain import Step
from glbackend.backends.webgl.elementwise import draw_chain
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _is_row(parameter: Handle, x: Spec) -> bool:
    """Whether it is one row as long as x's."""
    length = x.shape[-1] if x.shape else 1
    return parameter.size == length and (parameter.shape or (1,))[-1] == length


@kernel("FusedBatchNorm", "webgl")
def batch_norm(
    gl: WebGL,
    x: Handle,
    mean: Handle,
    variance: Handle,
    offset: Handle | None = None,
    scale: Handle | None = None,
    *,
    out: Spec,
    variance_epsilon: float,
) -> Handle:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    given = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    parameters = {name: handle for name, handle in given.items() if handle is not None}
    defines = {name.upper(): 1 for name in ("offset", "scale") if name in parameters}
    if not all(_is_row(handle, out) for handle in parameters.values()):
        defines["WHOLE"] = 1
        same = (Step("Cast", (0,), "float32"),)
        parameters = {
            name: handle if handle.shape == out.shape else draw_chain(gl, (handle,), same, out)
            for name, handle in parameters.items()
        }
    uniforms = {"epsilon": variance_epsilon}
    return gl.draw("batch_norm", out, {"x": x, **parameters}, uniforms=uniforms, defines=defines)
