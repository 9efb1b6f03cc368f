"""TopK and SearchSorted as shaders. Elements are compared by integer keys that order alike (lib/order.glsl).

Few (k <= 16): a fragment keeps the best of a block in registers and writes them to attachments; again, over
these lists, until one is left. Many: blocks of 16 are sorted, then neighbours merged, each cut at k, until
one is left.
"""

from typing import Literal

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

MAX_SELECTED = 16  # elements; the 8 attachments of GL 3.3 hold 4 texels of keys, 4 of positions
RUN_TEXELS = 4  # of a sorted block: topk_sort.glsl writes four
FIRST_PASS_FRAGMENTS = 2048  # fewer leave cores idle
MIN_SPAN_TEXELS = 8  # that make a fragment of the first pass worth while
MOST_LISTS = 64  # of which a fragment of the last pass finds the best; a pass before takes half as many each


def _grid(fragments: int) -> tuple[int, int]:
    width = 4
    while width * width < fragments:
        width *= 2
    return width, -(-fragments // width)


def _parts(rows: int, n: int, lists: bool) -> tuple[int, int]:
    """Into how many parts of how many items, texels or lists, a row of n is cut."""
    if lists:
        parts = 1 if n <= MOST_LISTS else -(-2 * n // MOST_LISTS)
    else:
        parts = max(min(FIRST_PASS_FRAGMENTS // rows, n // MIN_SPAN_TEXELS), -(-n // MAX_TURNS), 1)
    span = -(-n // parts)
    return -(-n // span), span


def _select(webgl: WebGL, x: Handle, rows: int, k: int) -> list[Texture]:
    """The k best of each row, as raw tiles of a fragment per row: keys, then positions."""
    size = -(-k // 4)
    inputs: dict[str, Handle | Texture] = {"x": x}
    tiles: list[Texture] = []
    n = -(-x.shape[-1] // 4)
    while True:
        parts, span = _parts(rows, n, lists=bool(tiles))
        grid = _grid(rows * parts)
        uniforms = {
            "count": rows * parts,
            "parts": parts,
            "span": span,
            "n": n,
            "width": grid[0],
            "length_of_row": x.shape[-1],
        }
        defines = {"SIZE": size, "LISTS": int(bool(tiles)), "INTEGER": holds_integers(x.dtype)}
        found = webgl.draw_tiles(
            "topk_select", 2 * size, grid, inputs, uniforms=uniforms, defines=defines, kind="i4"
        )
        for tile in tiles:
            tile.give_back()
        tiles, n = found, parts
        inputs = {f"{'key' if i < size else 'place'}{i % size}": tile for i, tile in enumerate(tiles)}
        if parts == 1:
            return tiles


def sorted_places(webgl: WebGL, x: Handle, rows: int, k: int) -> tuple[Handle, Handle]:
    """Keys and positions of the k first of each row, [rows, at least k], in descending order."""
    runs = -(-x.shape[-1] // (4 * RUN_TEXELS))
    spec = Spec((rows, runs * RUN_TEXELS * 4), "int32")
    uniforms = {"length_of_row": x.shape[-1], "n": -(-x.shape[-1] // 4)}
    defines = {"INTEGER": holds_integers(x.dtype), "SIZE": RUN_TEXELS}
    key, place = webgl.draw("topk_sort", (spec, spec), {"x": x}, uniforms=uniforms, defines=defines)
    run, most = RUN_TEXELS, max(-(-k // 4), RUN_TEXELS)
    while runs > 1:
        merged, pairs = min(2 * run, most), -(-runs // 2)
        spec = Spec((rows, pairs * merged * 4), "int32")
        uniforms = {"run": run, "runs": runs, "merged": merged}
        key, place = webgl.draw("topk_merge", (spec, spec), {"key": key, "place": place}, uniforms=uniforms)
        run, runs = merged, pairs
    return key, place


@kernel("TopK", "webgl")
def topk(webgl: WebGL, x: Handle, *, out: tuple[Spec, Spec], k: int, rows: int) -> tuple[Handle, Handle]:
    """Positions are found; then the values are read from x."""
    integer = holds_integers(x.dtype)
    tiles: list[Texture] = []
    inputs: dict[str, Handle | Texture] = {"x": x}
    if not k * rows:
        values, places = (webgl.draw("topk_values", spec, inputs) for spec in out)
        return values, places
    if k <= MAX_SELECTED:
        tiles = _select(webgl, x, rows, k)
        size = len(tiles) // 2
        inputs.update({f"place{i}": tile for i, tile in enumerate(tiles[size:])})
    else:
        size = 0
        inputs["place"] = sorted_places(webgl, x, rows, k)[1]
    values, places = webgl.draw("topk_values", out, inputs, defines={"INTEGER": integer, "SIZE": size})
    for tile in tiles:
        tile.give_back()
    return values, places


@kernel("SearchSorted", "webgl")
def search_sorted(
    webgl: WebGL, sorted_sequence: Handle, values: Handle, *, out: Spec, side: Literal["left", "right"]
) -> Handle:
    """A bisection for each lane."""
    inputs = {"sequence": sorted_sequence, "values": values}
    uniforms = {"length_of_row": sorted_sequence.shape[-1], "right_side": side == "right"}
    defines = {"INTEGER": holds_integers(values.dtype)}
    return webgl.draw("search_sorted", out, inputs, uniforms=uniforms, defines=defines)
