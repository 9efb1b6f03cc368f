"""Bincount and DenseBincount as shaders, without scattering: each lane looks for its own number.

A fragment counts for 32 bins, so that a read serves many; where bins are few the rows are cut into chunks.
A second pass adds the chunks up.
"""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.plan.tiled import saturation
from glbackend.backends.webgl.plan.tiling import grid_size
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

MIN_CHUNK_TEXELS = 32
MAX_CHUNK_TEXELS = 4096  # a chunk's sums are added in blocks


def _counts(
    webgl: WebGL, x: Handle, weights: Handle, out: Spec, rows: int, columns: int, binary: bool
) -> Handle:
    bins = -(-out.shape[-1] // 4) if out.shape else 1
    layers = 8 if bins > 1 else 1
    groups, n = -(-bins // layers), -(-columns // 4)
    stride = rows * groups
    wanted = min(saturation(webgl) // max(stride, 1), n // MIN_CHUNK_TEXELS)
    chunks = max(wanted, -(-n // MAX_CHUNK_TEXELS), 1)
    chunk = max(-(-n // chunks), 1)
    chunks = max(-(-n // chunk), 1)
    integer, weighted = holds_integers(out.dtype), bool(weights.size) and not binary
    inputs = {"x": x.view((rows, columns))}
    if weighted:
        inputs["weights"] = weights.view((rows, columns))
    size = grid_size(max(stride * chunks, 1), webgl.context.max_size)
    sizes = {"groups": groups, "rows": max(rows, 1), "width": size[0]}
    uniforms = {"columns": columns, "n": n, "chunk": chunk, **sizes}
    defines = {"LAYERS": layers, "WEIGHTED": int(weighted), "INTEGER": integer}
    floats = weighted and not integer
    tiles = webgl.draw_tiles(
        "bincount", layers, size, inputs, uniforms=uniforms, defines=defines, kind="f4" if floats else "i4"
    )
    total: Handle = webgl.draw(
        "bincount_fold",
        out,
        {f"layer{i}": tile for i, tile in enumerate(tiles)},
        uniforms={"chunks": chunks, "groups": groups, "stride": stride},
        defines={"LAYERS": layers, "SUMS": int(floats), "INTEGER": integer, "BINARY": int(binary)},
    )
    for tile in tiles:
        tile.give_back()
    return total


@kernel("Bincount", "webgl")
def bincount(webgl: WebGL, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int) -> Handle:
    """The weights (or ones) of equal numbers added up; negative numbers are left out."""
    return _counts(webgl, x, weights, out, rows, columns, False)


@kernel("DenseBincount", "webgl")
def dense_bincount(
    webgl: WebGL, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int, binary_output: bool
) -> Handle:
    """Row by row; with `binary_output` whether a number occurs at all."""
    return _counts(webgl, x, weights, out, rows, columns, binary_output)
