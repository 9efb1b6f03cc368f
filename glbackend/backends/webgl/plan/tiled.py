"""The two passes of a dense kernel: tiles of several texels per fragment into layers, then put in order."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.backends.webgl.glsl.epilogue import PLAIN, Epilogue
from glbackend.backends.webgl.plan.tiling import (
    SATURATING_FRAGMENTS,
    SATURATING_GPU_FRAGMENTS,
    Tiling,
    grid_size,
)
from glbackend.backends.webgl.render import Form, Tiles
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle

# The loader wants a piece for every include, even one that the preprocessor then leaves out.
NO_OUTPUT, NO_EPILOGUE = {"output": ""}, {"epilogue": ""}


class Order(NamedTuple):
    """Where the rows of the tiled dim went: the result is [outer, extent, inner] texels, `extent` tiled."""

    way: Literal["BANDS", "CYCLIC", "LANES"]  # names that untile.glsl explains
    extent: int
    inner: int
    spacing: int = 1


def saturation(webgl: WebGL) -> int:
    """How many fragments it takes to give every core of this machine work."""
    return SATURATING_FRAGMENTS if webgl.context.software else SATURATING_GPU_FRAGMENTS


def draw_tiled(
    webgl: WebGL,
    shader: str,
    out: Spec,
    tiling: Tiling,
    fragments: int,
    inputs: Mapping[str, Handle | Form],
    order: Order,
    *,
    uniforms: Mapping[str, Any],
    defines: Mapping[str, object],
    epilogue: Epilogue = PLAIN,
) -> Handle:
    """Runs a tiled shader over `fragments` fragments, times the parts.

    One pass where that can write the result itself, else two. The epilogue is applied where a sum is
    complete: in the first pass, or with parts in the second.
    """
    first: dict[str, Handle | Texture | Form] = {**inputs, **epilogue.inputs}
    numbers = {**uniforms, **epilogue.uniforms}
    piece = {"epilogue": epilogue.piece}
    structure = {"ROWS": tiling.rows, **defines}
    if tiling.direct or not out.size:
        return webgl.draw(
            shader, out, first, uniforms=numbers, defines=structure | {"DIRECT": 1}, pieces=piece
        )
    layout = webgl.layout(out.shape)
    size = grid_size(fragments * tiling.parts, webgl.context.max_size)
    numbers |= {
        "out_form": layout.uniform,
        "grid_shift": size[0].bit_length() - 1,
        "first_fragment": 0,
    }
    second: dict[str, Any] = {"extent": order.extent, "inner": order.inner, "groups": tiling.groups}
    second |= {"tile_rows": tiling.rows, "spacing": order.spacing, "first_fragment": 0, "first_texel": 0}
    tiles = _tiles(layout, tiling, order, size[0])
    way: dict[str, object] = {"ORDER": order.way}
    if webgl.listener is not None and tiles.turns > 1 and tiles.texels % layout.width:
        way["IN_TURNS"] = 1  # not otherwise: to discard some texels costs a sixth of the pass
    if tiling.parts == 1:
        layers = webgl.draw_layers(shader, tiling.rows, size, first, uniforms=numbers, defines=structure,
                                pieces=piece | NO_OUTPUT)  # fmt: skip
        result = webgl.draw("untile", out, {"tile": layers}, uniforms=second, defines=way, pieces=NO_EPILOGUE)
    else:
        structure |= {"PARTIAL": 1}
        layers = webgl.draw_layers(shader, tiling.rows, size, inputs, uniforms=numbers, defines=structure,
                                pieces=NO_EPILOGUE | NO_OUTPUT)  # fmt: skip
        second |= {"parts": tiling.parts, "stride": fragments, **epilogue.uniforms}
        sources: dict[str, Handle | Texture] = {"tile": layers, **epilogue.inputs}
        result = webgl.draw("untile", out, sources, uniforms=second, defines=way | {"PARTS": 1}, pieces=piece)
    if webgl.listener is not None:
        webgl.listener.tiled(tiles)
    layers.give_back()
    return result


def _tiles(layout: Layout, tiling: Tiling, order: Order, width: int) -> Tiles:
    """How a result can be computed in turns, whose layers are `width` wide; partial sums have one."""
    texels, fragments = order.extent * order.inner, tiling.groups * order.inner
    turns = layout.texels // texels if tiling.parts == 1 else 1
    in_lines = turns == 1 or fragments % width == 0
    in_bands = tiling.parts == 1 and order.way == "BANDS" and in_lines and not layout.padded
    return Tiles(turns, texels, fragments, fragments if in_bands else 0)
