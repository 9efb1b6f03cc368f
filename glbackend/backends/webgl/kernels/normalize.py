"""Normalising by moments of its own as shaders: the moments, the result; back the sums, the slope.

Moments and sums are one pass where they have results enough to keep every core at work, else two.
"""

from typing import Literal

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.accessor import uncut
from glbackend.backends.webgl.kernels.norm import normalized
from glbackend.backends.webgl.kernels.reduction import parts_of, sum_
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Specs = tuple[Spec, Spec, Spec]


def _moments(webgl: WebGL, x: Handle, by_row: bool, out: Specs, epsilon: float) -> tuple[Handle, ...]:
    """Mean and variance of each row, or of each channel; of rows also a texel with what normalises them."""
    length = x.shape[-1]
    rows, inner = x.size // max(length, 1), -(-length // 4)
    n = inner if by_row else rows
    span = -(-n // parts_of(rows if by_row else inner, 2 * n)[0])  # a fragment goes through its part twice
    parts = -(-n // span) if span else 1
    uniforms: dict[str, float] = {
        "n": n,
        "inner": inner,
        "parts": parts,
        "span": span,
        "lanes": length - 4 * (inner - 1),
        "epsilon": epsilon,
    }
    structure: dict[str, object] = {"ROWS": 1} if by_row else {}
    specs = (*out[1:], Spec((*x.shape[:-1], 4))) if by_row else out[1:]
    if parts == 1:
        found: tuple[Handle, ...] = webgl.draw(
            "moments", specs, {"x": x}, uniforms=uniforms, defines={**structure, "DONE": 1}
        )
        return found
    between = (Spec((rows * parts, 4)),) if by_row else (Spec((parts, length)),) * 2
    some = webgl.draw("moments", between, {"x": x}, uniforms=uniforms, defines=structure)
    inputs = dict(zip(("mean", "squares"), some, strict=False))
    merged: tuple[Handle, ...] = webgl.draw(
        "moments_merge", specs, inputs, uniforms=uniforms, defines=structure
    )
    return merged


@kernel("Normalize", "webgl")
def normalize(
    webgl: WebGL,
    x: Handle,
    offset: Handle | None = None,
    scale: Handle | None = None,
    *,
    out: Specs,
    by: str,
    variance_epsilon: float,
) -> tuple[Handle, ...]:
    """Moments, and the kernel that normalises by given ones."""
    mean, variance, *stats = _moments(webgl, x, by == "row", out, variance_epsilon)
    given: dict[str, Handle] = {"stats": stats[0]} if stats else {"mean": mean, "variance": variance}
    way: Literal["PAIR", "VECTOR"] = "PAIR" if stats else "VECTOR"
    return normalized(webgl, x, given, way, offset, scale, out[0], variance_epsilon), mean, variance


@kernel("NormalizeGrad", "webgl")
def normalize_grad(
    webgl: WebGL,
    dy: Handle,
    x: Handle,
    mean: Handle,
    variance: Handle,
    scale: Handle | None = None,
    *,
    out: Specs,
    by: str,
    variance_epsilon: float,
    affine: bool,
) -> tuple[Handle, ...]:
    """Sums over the channels, for rows over those too; then the slope by x."""
    by_row = by == "row"
    inputs = {"dy": dy, "x": x, "mean": mean, "variance": variance}
    numbers = {"epsilon": variance_epsilon}
    needed = affine or not by_row
    of_channels = _channel_sums(webgl, inputs, numbers, by_row, Spec(x.shape[-1:])) if needed else []
    scaled = {} if scale is None else {"scale": scale}
    sums = (
        _row_sums(webgl, inputs | scaled, numbers)
        if by_row
        else dict(zip(("plain", "weighed"), of_channels, strict=True))
    )
    count = x.shape[-1] if by_row else x.size // max(x.shape[-1], 1)
    dx = webgl.draw(
        "normalize_grad", out[0], inputs | scaled | sums, uniforms=numbers | {"count": count},
        defines=_structure(by_row, scaled) | uncut(webgl.layout(out[0].shape)),
    )  # fmt: skip
    return (dx, *of_channels) if affine else (dx,)


def _structure(by_row: bool, scaled: dict[str, Handle]) -> dict[str, object]:
    return {name: 1 for name, wanted in (("BY_ROW", by_row), ("SCALE", bool(scaled))) if wanted}


def _channel_sums(
    webgl: WebGL, inputs: dict[str, Handle], numbers: dict[str, float], by_row: bool, out: Spec
) -> list[Handle]:
    """Of dy, and of dy times what was normalised, over all rows."""
    rows, inner = inputs["x"].size // max(out.size, 1), -(-out.size // 4)
    parts, span = parts_of(inner, rows)
    uniforms = numbers | {"n": rows, "inner": inner, "parts": parts, "span": span}
    between = Spec((parts, out.size))
    found = webgl.draw(
        "normalize_sums", (between, between), inputs, uniforms=uniforms,
        defines={"STATS": "COLUMN" if by_row else "VECTOR"},
    )  # fmt: skip
    return [sum_(webgl, one, out=out, axes=(0,)) for one in found]


def _row_sums(webgl: WebGL, inputs: dict[str, Handle], numbers: dict[str, float]) -> dict[str, Handle]:
    """Of dy times scale, and of that times what was normalised, side by side for each row."""
    length = inputs["x"].shape[-1]
    rows, inner = inputs["x"].size // max(length, 1), -(-length // 4)
    parts, span = parts_of(rows, inner)
    uniforms = numbers | {"n": inner, "inner": inner, "parts": parts, "span": span}
    structure = {"STATS": "COLUMN", **_structure(True, {k: v for k, v in inputs.items() if k == "scale"})}
    found = webgl.draw(
        "normalize_sums", Spec((rows * parts, 2)), inputs, uniforms=uniforms, defines=structure
    )
    out = Spec((rows, 2))
    return {"sums": sum_(webgl, found.view((rows, parts, 2)), out=out, axes=(1,))}
