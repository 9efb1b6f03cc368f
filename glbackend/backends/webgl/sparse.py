"""Sums of picked rows by ascending segment ids.

The ids decide the result's shape, so they are read on the host, as in TF.js; the rows stay where they are.
"""

from glbackend.backends.webgl.backend import KIND, WebGL
from glbackend.base.segments import segment_starts
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _reduced(gl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, out: Spec, mean: int) -> Handle:
    """One pass: each texel of the result adds up the rows of its segment."""
    ids, picked = segment_ids.storage.values(), indices.storage.values()
    starts = segment_starts(ids, picked, data.shape[0])
    made = Spec((starts.size - 1, *data.shape[1:]), out.dtype)
    bounds = Handle.of(starts, Spec(starts.shape, "int32"))
    defines = {"INTEGER": int(KIND[data.dtype] == "i4"), "MEAN": mean, "SCALARS": int(made.rank == 1)}
    inner = gl.layout(made.shape).texels // max(made.shape[0], 1)
    inputs = {"x": data, "indices": indices, "starts": bounds}
    handle: Handle = gl.draw("sparse_segment", made, inputs, uniforms={"inner": inner}, defines=defines)
    return handle


@kernel("SparseSegmentSum", "webgl")
def sparse_segment_sum(gl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec) -> Handle:
    """Sums; a segment without rows is 0."""
    return _reduced(gl, data, indices, segment_ids, out, 0)


@kernel("SparseSegmentMean", "webgl")
def sparse_segment_mean(
    gl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec
) -> Handle:
    """Means; a segment without rows is 0."""
    return _reduced(gl, data, indices, segment_ids, out, 1)
