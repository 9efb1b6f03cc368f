"""Kernels that sum slices by the id they carry, without scattering: each output texel finds its own."""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

LINKING_READS = 50_000  # what the two passes cost that link the ids
WANTED_FRAGMENTS = 4096  # that keep a GPU at work: where sums are fewer, they are cut into chunks
MIN_CHUNK_TEXELS = 64  # of ids
MAX_CHUNK_TEXELS = 8192  # each of five turns: llvmpipe leaves loops, silently, after 65,535 turns in all


def segment_sums(webgl: WebGL, x: Handle, ids: Handle, out: Spec, segments: int, slice_rank: int) -> Handle:
    """x [count, slice...] summed by ids [count] into `segments` slices that fill `out`, in fixed order."""
    count, layout = ids.size, webgl.layout(out.shape)
    integer, texels = holds_integers(x.dtype), max(layout.texels, 1)
    inner = texels // max(segments, 1)
    uniforms: dict[str, Any] = {"count": count, "texels": texels, "inner": inner}
    uniforms["sums_form"] = (0, 0, layout.row_texels, layout.row_length)
    defines = {"INTEGER": integer, "SCALARS": int(not slice_rank), "LINKED": 0}
    inputs = {"x": x.view((count, *out.shape[out.rank - slice_rank :])), "ids": ids}
    linked = (segments + count) * count / 16 + LINKING_READS
    if slice_rank and count <= 4 * MAX_CHUNK_TEXELS and texels * count / 4 > linked:
        inputs["first"] = _links(webgl, ids, segments, True)
        inputs["next"] = _links(webgl, ids, count, False)
        defines["LINKED"] = 1
        return webgl.draw("segment_sum", out, inputs, uniforms=uniforms, defines=defines)
    chunk = min(max(MIN_CHUNK_TEXELS, -(-count * texels // (4 * WANTED_FRAGMENTS))), MAX_CHUNK_TEXELS)
    chunks = -(-count // (4 * chunk))
    uniforms["chunk"] = chunk
    if chunks <= 1:
        return webgl.draw("segment_sum", out, inputs, uniforms=uniforms, defines=defines)
    parts = webgl.draw(
        "segment_sum", Spec((chunks, 4 * texels), out.dtype), inputs, uniforms=uniforms, defines=defines
    )
    sizes = {"chunks": chunks, "texels": texels}
    return webgl.draw("segment_fold", out, {"parts": parts}, uniforms=sizes, defines={"INTEGER": integer})


def _links(webgl: WebGL, ids: Handle, size: int, first: bool) -> Handle:
    out = Spec((size,), "int32")
    return webgl.draw(
        "segment_links", out, {"ids": ids}, uniforms={"count": ids.size}, defines={"FIRST": int(first)}
    )


@kernel("UnsortedSegmentSum", "webgl")
def unsorted_segment_sum(webgl: WebGL, x: Handle, segment_ids: Handle, *, out: Spec, count: int) -> Handle:
    """Directly for small sums, over linked lists for large ones."""
    return segment_sums(webgl, x, segment_ids.view((count,)), out, out.shape[0], out.rank - 1)
