"""Layer normalisation as shaders: a texel of moments for each row, then one pass over x."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _moments(webgl: WebGL, inputs: dict[str, Handle], epsilon: float, defines: dict[str, object]) -> Handle:
    """The texel of each row."""
    length = inputs["x"].shape[-1]
    n = -(-length // 4)
    uniforms = {"n": n, "lanes": length - 4 * (n - 1), "count": float(length), "epsilon": epsilon}
    rows = Spec((inputs["x"].size // max(length, 1), 4))
    return webgl.draw("layer_norm_stats", rows, inputs, uniforms=uniforms, defines=defines)


@kernel("LayerNorm", "webgl")
def layer_norm(
    webgl: WebGL,
    x: Handle,
    scale: Handle | None = None,
    offset: Handle | None = None,
    *,
    out: Spec,
    epsilon: float,
) -> Handle:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    given = {"scale": scale, "offset": offset}
    vectors = {name: one for name, one in given.items() if one is not None}
    stats = _moments(webgl, {"x": x}, epsilon, {})
    defines: dict[str, object] = dict.fromkeys((name.upper() for name in vectors), 1)
    return webgl.draw("layer_norm", out, {"x": x, "stats": stats, **vectors}, defines=defines)


@kernel("LayerNormGrad", "webgl")
def layer_norm_grad(
    webgl: WebGL, x: Handle, dy: Handle, scale: Handle | None = None, *, out: Spec, epsilon: float
) -> Handle:
    """dy * scale, less its mean and its share of the normalised x, times the factor."""
    inputs: dict[str, Handle] = {"x": x, "dy": dy}
    defines: dict[str, object] = {"GRAD": 1}
    if scale is not None:
        inputs["scale"], defines["SCALE"] = scale, 1
    stats = _moments(webgl, inputs, epsilon, defines)
    return webgl.draw("layer_norm", out, {**inputs, "stats": stats}, defines=defines)
