"""Normalisation as a shader: one pass over x, for batch (vectors) as for layer normalisation (columns)."""

from functools import lru_cache
from typing import Literal

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.accessor import uncut
from glbackend.backends.webgl.glsl.chain import Access, access_of
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

Reading = Literal["VECTOR", "COLUMN", "WHOLE"]


@lru_cache(maxsize=1024)
def _reading(shape: Shape, out: Shape) -> Reading | None:
    """How the shader reads a parameter of `shape`; None where it cannot."""
    access, _ = access_of(shape, out)
    found: dict[Access, Reading] = {
        Access("one", "same"): "VECTOR",
        Access("same", "one"): "COLUMN",
        Access("same", "same"): "WHOLE",
    }
    return found.get(access)


def _read_one_way(webgl: WebGL, pair: dict[str, Handle], out: Spec) -> tuple[dict[str, Handle], Reading]:
    """Parameters that are read in one way: as they are, or repeated to the shape of x."""
    readings = {_reading(handle.shape, out.shape) for handle in pair.values()} or {"VECTOR"}
    if len(readings) == 1 and (reading := readings.pop()):
        return pair, reading
    same = (Step("Cast", (0,), "float32"),)
    whole = {
        name: handle if handle.shape == out.shape else draw_chain(webgl, (handle,), same, out)
        for name, handle in pair.items()
    }
    return whole, "WHOLE"


@kernel("FusedBatchNorm", "webgl")
def batch_norm(
    webgl: WebGL,
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
    stats, way = _read_one_way(webgl, {"mean": mean, "variance": variance}, out)
    return normalized(webgl, x, stats, way, offset, scale, out, variance_epsilon)


def normalized(
    webgl: WebGL,
    x: Handle,
    stats: dict[str, Handle],
    way: Literal[Reading, "PAIR"],
    offset: Handle | None,
    scale: Handle | None,
    out: Spec,
    epsilon: float,
) -> Handle:
    """The pass over x; `way` says how the shader reads `stats`."""
    affine = {name: one for name, one in (("offset", offset), ("scale", scale)) if one is not None}
    defines = uncut(webgl.layout(out.shape)) | {name.upper(): 1 for name in affine} | {"STATS": way}
    terms, defines["AFFINE"] = _read_one_way(webgl, affine, out)
    numbers = {"epsilon": epsilon}
    parameters = {name: one for name, one in {**stats, **terms}.items() if one.shape != out.shape}
    with webgl.by_number(len(parameters) * webgl.layout(out.shape).texels, parameters) as read:
        inputs = {"x": x, **stats, **terms, **read}
        handle: Handle = webgl.draw("batch_norm", out, inputs, uniforms=numbers, defines=defines)
    return handle
