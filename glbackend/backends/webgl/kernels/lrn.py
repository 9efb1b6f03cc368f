"""Local response normalisation as shaders: one pass forwards, two backwards."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.turns import Part, cut, draw_parts
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _parts(x: Handle) -> tuple[Part, ...]:
    """Of the loop over the texels of a pixel's channels."""
    return cut(1, 1, -(-x.shape[-1] // 4))


@kernel("LRN", "webgl")
def lrn(
    webgl: WebGL, x: Handle, *, out: Spec, depth_radius: int, bias: float, alpha: float, beta: float
) -> Handle:
    """x / (bias + alpha * sum of squares nearby)^beta."""
    uniforms = {"radius": depth_radius, "bias": bias, "alpha": alpha, "beta": beta}
    return draw_parts(
        webgl, "lrn", out, {"x": x}, _parts(x), between=[out], uniforms=uniforms,
        defines={"SQUARES": 1, "GRADIENT": 0},
    )  # fmt: skip


@kernel("LRNGrad", "webgl")
def lrn_grad(
    webgl: WebGL,
    x: Handle,
    y: Handle,
    dy: Handle,
    *,
    out: Spec,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> Handle:
    """First dy / norm^beta and dy * y / norm, then the latter's sums."""
    uniforms = {"radius": depth_radius, "bias": bias, "alpha": alpha, "beta": beta}
    direct, share = draw_parts(
        webgl, "lrn", (out, out), {"x": x, "y": y, "dy": dy}, _parts(x), between=[out], uniforms=uniforms,
        defines={"SQUARES": 1, "GRADIENT": 1},
    )  # fmt: skip
    uniforms = {"radius": depth_radius, "factor": -2 * alpha * beta}
    inputs = {"x": share, "factors": x, "direct": direct}
    return draw_parts(
        webgl, "lrn_grad", out, inputs, _parts(x), between=[out], uniforms=uniforms, defines={"SQUARES": 0}
    )
