"""Local response normalisation as shaders: one pass forwards, two backwards."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("LRN", "webgl")
def lrn(
    webgl: WebGL, x: Handle, *, out: Spec, depth_radius: int, bias: float, alpha: float, beta: float
) -> Handle:
    """x / (bias + alpha * sum of squares nearby)^beta."""
    uniforms = {"radius": depth_radius, "bias": bias, "alpha": alpha, "beta": beta}
    return webgl.draw("lrn", out, {"x": x}, uniforms=uniforms, defines={"SQUARES": 1, "GRADIENT": 0})


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
    direct, share = webgl.draw(
        "lrn",
        (out, out),
        {"x": x, "y": y, "dy": dy},
        uniforms=uniforms,
        defines={"SQUARES": 1, "GRADIENT": 1},
    )
    uniforms = {"radius": depth_radius, "factor": -2 * alpha * beta}
    inputs = {"x": share, "factors": x, "direct": direct}
    return webgl.draw("lrn_grad", out, inputs, uniforms=uniforms, defines={"SQUARES": 0})
