"""Bincount and DenseBincount as shaders, without scattering: each lane looks for its own number.

Where there are few bins the rows are cut into chunks, whose counts a second pass adds up.
"""

from glbackend.backends.webgl.backend import KIND, WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

BUSY = 4096  # fragments that keep a GPU busy
SHORTEST = 64  # texels of a chunk, at least


def _counts(
    gl: WebGL, x: Handle, weights: Handle, out: Spec, rows: int, columns: int, binary: bool
) -> Handle:
    layout = gl.layout(out.shape)
    integer, texels = int(KIND[out.dtype] == "i4"), max(layout.texels, 1)
    n = -(-columns // 4)
    chunks = max(min(BUSY // texels, n // SHORTEST), 1)
    chunk = -(-n // chunks)
    chunks = -(-n // chunk) if chunk else 1
    inputs = {"x": x.view((rows, columns))}
    weighted = weights.size and not binary
    if weighted:
        inputs["weights"] = weights.view((rows, columns))
    uniforms = {
        "columns": columns, "n": n, "chunk": chunk, "texels": texels,
        "counts_form": (0, 0, layout.row_texels, layout.row_length),
        "limit": 1 if binary and chunks == 1 else 2**31 - 1,
    }  # fmt: skip
    defines = {"INTEGER": integer, "WEIGHTED": int(bool(weighted))}
    if chunks == 1:
        return gl.draw("bincount", out, inputs, uniforms=uniforms, defines=defines)
    parts = gl.draw(
        "bincount", Spec((chunks, 4 * texels), out.dtype), inputs, uniforms=uniforms, defines=defines
    )
    sizes = {"chunks": chunks, "texels": texels}
    total: Handle = gl.draw(
        "segment_fold", out, {"parts": parts}, uniforms=sizes, defines={"INTEGER": integer}
    )
    return gl.draw("bincount_any", out, {"x": total}, defines={"INTEGER": integer}) if binary else total


@kernel("Bincount", "webgl")
def bincount(gl: WebGL, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int) -> Handle:
    """The weights (or ones) of equal numbers added up; negative numbers are left out."""
    return _counts(gl, x, weights, out, rows, columns, False)


@kernel("DenseBincount", "webgl")
def dense_bincount(
    gl: WebGL, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int, binary_output: bool
) -> Handle:
    """Row by row; with `binary_output` whether a number occurs at all."""
    return _counts(gl, x, weights, out, rows, columns, binary_output)
