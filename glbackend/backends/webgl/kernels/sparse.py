"""Sums of picked rows by ascending segment ids.

The ids decide the result's shape, so they are read on the host, as in TF.js; the rows stay where they are.
"""

from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.base.segments import segment_starts
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
PIECE_ROWS, MAX_ROWS = 512, 1024  # that a fragment adds up; llvmpipe leaves loops after 65535 turns


def _reduced(webgl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, *, mean: bool) -> Handle:
    """Each texel of the result adds up the rows of its segment; long ones are added up in pieces first."""
    starts = segment_starts(segment_ids.storage.values(), indices.storage.values(), data.shape[0])
    counts = np.diff(starts)
    x = data
    picks: Handle | None = indices
    while starts.size > 1 and np.diff(starts).max() > MAX_ROWS:
        pieces = -(-np.diff(starts) // PIECE_ROWS)
        first = np.concatenate([[0], np.cumsum(pieces)])
        within = np.arange(first[-1]) - np.repeat(first[:-1], pieces)
        cuts = np.append(np.repeat(starts[:-1], pieces) + PIECE_ROWS * within, starts[-1])
        x, picks, starts = _pass(webgl, x, picks, cuts, None), None, first
    return _pass(webgl, x, picks, starts, counts if mean else None)


def _pass(webgl: WebGL, x: Handle, picks: Handle | None, starts: Array, counts: Array | None) -> Handle:
    out = Spec((starts.size - 1, *x.shape[1:]), x.dtype)
    inputs = {"x": x, "starts": _numbers(starts)}
    if picks is not None:
        inputs["indices"] = picks
    if counts is not None:
        inputs["counts"] = _numbers(counts)
    defines = {"INTEGER": holds_integers(x.dtype), "SCALARS": int(out.rank == 1)}
    defines |= {"PICKED": int(picks is not None), "MEAN": int(counts is not None)}
    inner = webgl.layout(out.shape).texels // max(out.shape[0], 1)
    handle: Handle = webgl.draw("sparse_segment", out, inputs, uniforms={"inner": inner}, defines=defines)
    return handle


def _numbers(values: Array) -> Handle:
    return Handle.of(values.astype(np.int32), Spec(values.shape, "int32"))


@kernel("SparseSegmentSum", "webgl")
def sparse_segment_sum(
    webgl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec
) -> Handle:
    """Sums; a segment without rows is 0."""
    return _reduced(webgl, data, indices, segment_ids, mean=False)


@kernel("SparseSegmentMean", "webgl")
def sparse_segment_mean(
    webgl: WebGL, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec
) -> Handle:
    """Means; a segment without rows is 0."""
    return _reduced(webgl, data, indices, segment_ids, mean=True)
