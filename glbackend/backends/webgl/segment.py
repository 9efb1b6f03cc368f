"""Kernels that sum slices by the id they carry, without scattering: each output texel finds its own."""

import math
from typing import Any

from glbackend.backends.webgl.backend import KIND, WebGL
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

LINKING = 50_000  # texel reads that cost as much as the two passes that link the ids


def segment_sums(gl: WebGL, x: Handle, ids: Handle, out: Spec, segments: int, slice_rank: int) -> Handle:
    """x [count, slice...] summed by ids [count] into `segments` slices that fill `out`, in fixed order."""
    count = ids.size
    defines = {"INTEGER": int(KIND[x.dtype] == "i4"), "SCALARS": 0, "LINKED": 0}
    if not slice_rank:
        defines["SCALARS"] = 1
        return gl.draw(
            "segment_sum",
            out,
            {"x": x.view((count,)), "ids": ids},
            uniforms={"count": count},
            defines=defines,
        )
    inner = math.prod(out.shape[len(out.shape) - slice_rank : -1]) * -(-out.shape[-1] // 4)
    inputs: dict[str, Any] = {"x": x.view((count, *out.shape[len(out.shape) - slice_rank :])), "ids": ids}
    if segments * inner * count / 4 > (segments + count) * count / 16 + LINKING:
        inputs["first"] = _links(gl, ids, segments, True)
        inputs["next"] = _links(gl, ids, count, False)
        defines["LINKED"] = 1
    return gl.draw("segment_sum", out, inputs, uniforms={"count": count, "inner": inner}, defines=defines)


def _links(gl: WebGL, ids: Handle, size: int, first: bool) -> Handle:
    return gl.draw(
        "segment_links",
        Spec((size,), "int32"),
        {"ids": ids},
        uniforms={"count": ids.size},
        defines={"FIRST": int(first)},
    )


@kernel("UnsortedSegmentSum", "webgl")
def unsorted_segment_sum(gl: WebGL, x: Handle, segment_ids: Handle, *, out: Spec, count: int) -> Handle:
    """Directly for small sums, over linked lists for large ones."""
    return segment_sums(gl, x, segment_ids.view((count,)), out, out.shape[0], out.rank - 1)
