"""Kernels that read and write by number: OneHot, GatherV2, GatherNd, ScatterNd."""

import math
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers, join, split
from glbackend.backends.webgl.kernels.segment import segment_sums
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

MAX_PARTS = 6  # of an index tuple


def slice_texels(shape: Shape) -> int:
    """Texels of a slice of this shape, at least of rank 1."""
    return math.prod(shape[:-1]) * -(-shape[-1] // 4)


@kernel("OneHot", "webgl")
def one_hot(webgl: WebGL, indices: Handle, *, out: Spec, on_value: float, off_value: float) -> Handle:
    """One index read per texel."""
    integer = holds_integers(out.dtype)
    kind = int if integer else float
    uniforms = {"on": kind(on_value), "off": kind(off_value)}
    return webgl.draw("one_hot", out, {"indices": indices}, uniforms=uniforms, defines={"INTEGER": integer})


@kernel("GatherV2", "webgl")
def gather(
    webgl: WebGL,
    x: Handle,
    indices: Handle,
    *,
    out: Spec,
    batches: int,
    outer: int,
    depth: int,
    inner: Shape,
    count: int,
    zero_outside: bool,
    axis: int,
) -> Handle:
    """Whole texels, but where the axis is the last one; a number outside gives zeros, as in TF.js."""
    if out.dtype == "complex64":
        how: Any = {"batches": batches, "outer": outer, "depth": depth, "inner": inner, "count": count}
        how |= {"zero_outside": zero_outside, "axis": axis, "out": Spec(out.shape)}
        return join(webgl, *(gather(webgl, one, indices, **how) for one in split(webgl, x)))
    uniforms = {"count": count, "outer": outer, "depth": depth}
    if inner:
        uniforms["inner"] = slice_texels(inner)
    defines: dict[str, object] = {"INTEGER": holds_integers(x.dtype), "ELEMENTS": int(not inner)}
    if batches * outer == 1 and (len(indices.shape) < 2 or indices.shape[-1] % 4 == 0):
        defines["LIST"] = 1  # three divisions less
    inputs = {"x": x, "indices": indices}
    handle: Handle = webgl.draw("gather", out, inputs, uniforms=uniforms, defines=defines)
    return handle


@kernel("GatherNd", "webgl")
def gather_nd(
    webgl: WebGL, params: Handle, indices: Handle, *, out: Spec, dims: Shape, strides: Shape
) -> Handle:
    """Whole texels, but where the tuples pick single elements; a tuple that points outside gives zeros."""
    if out.dtype == "complex64":
        how: Any = {"out": Spec(out.shape), "dims": dims, "strides": strides}
        return join(webgl, *(gather_nd(webgl, one, indices, **how) for one in split(webgl, params)))
    inner = params.shape[len(dims) :]
    uniforms = _tuples(dims, strides)
    if inner:
        uniforms["inner"] = slice_texels(inner)
    tuples = indices.view((indices.size // max(len(dims), 1), len(dims)))
    return webgl.draw(
        "gather_nd",
        out,
        {"x": params, "indices": tuples},
        uniforms=uniforms,
        defines={"INTEGER": holds_integers(params.dtype), "ELEMENTS": int(not inner), "MAX_PARTS": MAX_PARTS},
    )


@kernel("ScatterNd", "webgl")
def scatter_nd(
    webgl: WebGL, indices: Handle, updates: Handle, *, out: Spec, count: int, dims: Shape, strides: Shape
) -> Handle:
    """A sum by segments, whose ids are the index tuples as single numbers."""
    ids = flat_ids(webgl, indices, count, dims, strides)
    return segment_sums(webgl, updates, ids, out, math.prod(dims), out.rank - len(dims))


def flat_ids(webgl: WebGL, indices: Handle, count: int, dims: Shape, strides: Shape) -> Handle:
    """Index tuples as single numbers, [count]; one that points outside is not in [0, product of dims)."""
    if len(dims) == 1:
        return indices.view((count,))
    tuples = {"indices": indices.view((count, len(dims)))}
    ids: Handle = webgl.draw(
        "scatter_ids",
        Spec((count,), "int32"),
        tuples,
        uniforms=_tuples(dims, strides),
        defines={"MAX_PARTS": MAX_PARTS},
    )
    return ids


def _tuples(dims: Shape, strides: Shape) -> dict[str, int | Shape]:
    rest = (0,) * (MAX_PARTS - len(dims))
    return {"parts": len(dims), "dims": dims + rest, "strides": strides + rest}
