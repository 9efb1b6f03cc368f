"""Random kernels: one pass that reads nothing, whose bits equal those of the cpu kernels."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Key = tuple[int, int]


@kernel("RandomUniform", "webgl")
def random_uniform(
    webgl: WebGL, *, out: Spec, key: Key, low: float, span: float, least: float, greatest: float
) -> Handle:
    """Uniform numbers in [low, low + span)."""
    bounds = {"low": low, "span": span, "least": least, "greatest": greatest, "zero": 0}
    return webgl.draw("random_uniform", out, {}, uniforms={"key": key, **bounds})


@kernel("RandomUniformInt", "webgl")
def random_uniform_int(webgl: WebGL, *, out: Spec, key: Key, low: int, count: int) -> Handle:
    """Uniform whole numbers in [low, low + count)."""
    return webgl.draw("random_integer", out, {}, uniforms={"key": key, "low": low, "count": count % 2**32})


@kernel("RandomNormal", "webgl")
def random_normal(webgl: WebGL, *, out: Spec, key: Key, mean: float, std_dev: float) -> Handle:
    """Normal numbers."""
    return _normal(webgl, "random_normal", out, key, mean, std_dev)


@kernel("TruncatedNormal", "webgl")
def truncated_normal(webgl: WebGL, *, out: Spec, key: Key, mean: float, std_dev: float) -> Handle:
    """Normal numbers within two standard deviations."""
    return _normal(webgl, "truncated_normal", out, key, mean, std_dev)


def _normal(webgl: WebGL, shader: str, out: Spec, key: Key, mean: float, std_dev: float) -> Handle:
    return webgl.draw(
        shader,
        out,
        {},
        uniforms={"key": key, "mean": mean, "deviation": std_dev},
        defines={"INTEGER": holds_integers(out.dtype)},
    )


@kernel("RandomGamma", "webgl")
def random_gamma(
    webgl: WebGL, *, out: Spec, key: Key, d: float, c: float, scale: float, power: float
) -> Handle:
    """Gamma numbers."""
    return webgl.draw(
        "random_gamma",
        out,
        {},
        uniforms={"key": key, "d": d, "c": c, "scale": scale, "power": power},
        defines={"BOOSTED": int(power > 0), "INTEGER": holds_integers(out.dtype)},
    )


@kernel("DropoutMask", "webgl")
def dropout_mask(webgl: WebGL, *, out: Spec, key: Key, rate: float, kept: float) -> Handle:
    """`kept` with probability 1 - rate, else 0."""
    return webgl.draw("dropout_mask", out, {}, uniforms={"key": key, "rate": rate, "kept": kept})


@kernel("Multinomial", "webgl")
def multinomial(webgl: WebGL, logits: Handle, *, out: Spec, key: Key, normalized: bool) -> Handle:
    """One pass for the largest logit and the total of each row, one for the samples; more for long rows."""
    defines: dict[str, object] = {"NORMALIZED": int(normalized)}
    stats, inputs = Spec((logits.shape[0], 2)), {"logits": logits}
    parts = cut(1, 1, -(-logits.shape[1] // 4), each=2)
    long: dict[str, object] = {}
    if len(parts) > 1 and not normalized:
        inputs["tops"] = draw_parts(webgl, "multinomial_rows", stats, inputs, parts, between=[stats],
                                    uniforms={}, defines={**defines, "SEARCHING": 1})  # fmt: skip
        long = {"SUMMING": 1}
    inputs["rows"] = draw_parts(webgl, "multinomial_rows", stats, inputs, parts, between=[stats],
                                uniforms={}, defines={**defines, **long})  # fmt: skip
    return draw_parts(
        webgl, "multinomial", out, inputs, parts, between=[out, Spec(out.shape), Spec(out.shape)],
        uniforms={"key": key}, defines=defines,
    )  # fmt: skip
