"""Concat, Pack, SplitV and Unpack on webgl: a draw per input where that is a run of texels, or one pass."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers, join, split
from glbackend.backends.webgl.kernels.movement import transpose
from glbackend.backends.webgl.plan.walk import Axis, draw_walk, draw_walks, in_texels, row_strides
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

MAX_INPUTS = 15  # GL promises 16 samplers
LARGE_RESULT_TEXELS = 8192  # beyond, a draw per input (30 us) beats a pass that reads all inputs
MANY_INPUTS = 6  # as many of one shape: two passes over the data are cheaper than a choice among them
MAX_OUTPUTS = 8  # GL promises 8 attachments
Lanes = Literal["WHOLE", "SHIFTED", "SINGLE"]  # names that concat.glsl explains


@kernel("Concat", "webgl")
def concat(webgl: WebGL, xs: list[Handle], *, out: Spec, axis: int) -> Handle:
    """Tensors one after the other along an axis; a view where only one of them has elements."""
    xs = [x for x in xs if x.size] or xs[:1]
    if len(xs) == 1:
        return xs[0].view(out.shape)
    if out.dtype == "complex64":
        return _by_parts(webgl, concat, xs, out, axis)
    one_by_one = len(xs) > MAX_INPUTS or webgl.layout(out.shape).texels > LARGE_RESULT_TEXELS
    if one_by_one and axis < len(out.shape) - 1 and math.prod(out.shape[:axis]) == 1:
        return webgl.draw_runs(out, xs)
    sizes = [x.shape[axis] for x in xs]
    if one_by_one and len(xs) >= MANY_INPUTS and len(set(sizes)) == 1:
        return _stacked(webgl, xs, axis).view(out.shape)
    if len(xs) > MAX_INPUTS:
        groups = [xs[i : i + MAX_INPUTS] for i in range(0, len(xs), MAX_INPUTS)]
        sums = [sum(x.shape[axis] for x in group) for group in groups]
        outs = [Spec((*out.shape[:axis], n, *out.shape[axis + 1 :]), out.dtype) for n in sums]
        xs = [concat(webgl, group, out=spec, axis=axis) for group, spec in zip(groups, outs, strict=True)]
        return concat(webgl, xs, out=out, axis=axis)
    if axis < len(out.shape) - 1:
        texels = math.prod(out.shape[axis + 1 : -1]) * -(-out.shape[-1] // 4)
        return _join(webgl, xs, out, "WHOLE", [size * texels for size in sizes])
    if all(size % 4 == 0 for size in sizes):
        return _join(webgl, xs, out, "WHOLE", [size // 4 for size in sizes])
    return _join(webgl, xs, out, "SHIFTED", sizes)


@kernel("Pack", "webgl")
def pack(webgl: WebGL, xs: list[Handle], *, out: Spec, axis: int) -> Handle:
    """Tensors one after the other along a new axis."""
    rank = len(xs[0].shape)
    if out.dtype == "complex64" and len(xs) > 1:
        return _by_parts(webgl, pack, xs, out, axis)
    if axis == rank and rank and len(xs) > 1:
        small = webgl.layout(out.shape).texels <= LARGE_RESULT_TEXELS
        few = len(xs) <= MAX_INPUTS and (len(xs) < MANY_INPUTS or small)
        return _join(webgl, xs, out, "SINGLE", [1] * len(xs)) if few else _stacked(webgl, xs, axis)
    one = (*out.shape[:axis], 1, *out.shape[axis + 1 :])
    return concat(webgl, [x.view(one) for x in xs], out=out, axis=axis)


def _by_parts(
    webgl: WebGL, joined: Callable[..., Handle], xs: Sequence[Handle], out: Spec, axis: int
) -> Handle:
    """Complex tensors: the real parts joined, and the imaginary ones."""
    pairs = [split(webgl, x) for x in xs]
    return join(
        webgl, *(joined(webgl, [pair[i] for pair in pairs], out=Spec(out.shape), axis=axis) for i in (0, 1))
    )


def _stacked(webgl: WebGL, xs: Sequence[Handle], axis: int) -> Handle:
    """Many tensors of one shape: put together as rows, a draw each, then the new axis moved to `axis`.

    A shader that chooses among many inputs reads them all wherever branches are masks (on llvmpipe, always).
    """
    shape = xs[0].shape
    rows = webgl.draw_runs(Spec((len(xs), *shape), xs[0].dtype), xs)
    perm = (*range(1, axis + 1), 0, *range(axis + 1, len(shape) + 1))
    moved = Spec(tuple(rows.shape[i] for i in perm), rows.dtype)
    return transpose(webgl, rows, out=moved, perm=perm)


def _join(webgl: WebGL, xs: Sequence[Handle], out: Spec, lanes: Lanes, sizes: Sequence[int]) -> Handle:
    """One pass over at most 15 inputs."""
    count = len(xs)
    uniforms = {
        "starts": tuple(accumulate(sizes[:-1], initial=0)),
        "sizes": tuple(sizes),
        "total": sum(sizes),
        "columns": xs[0].shape[-1] if xs[0].shape else 1,
    }
    return webgl.draw(
        "concat",
        out,
        {f"x{i}": x for i, x in enumerate(xs)},
        uniforms=uniforms,
        defines={"COUNT": count, "LANES": lanes, "INTEGER": holds_integers(out.dtype)},
        pieces={"parts": "\n".join(f"PART(x{i}_at, {i})" for i in range(count))},
    )


@kernel("SplitV", "webgl")
def split_v(webgl: WebGL, x: Handle, *, out: tuple[Spec, ...], axis: int) -> tuple[Handle, ...]:
    """Parts of an axis, each a tensor; equal ones of whole texels several a pass."""
    if len(out) == 1:
        return (x.view(out[0].shape),)
    begins = list(accumulate((spec.shape[axis] for spec in out), initial=0))
    axes = [tuple(Axis(size, i) for i, size in enumerate(spec.shape)) for spec in out]
    return _parts(webgl, x, out, axes, begins[:-1], axis)


@kernel("Unpack", "webgl")
def unpack(webgl: WebGL, value: Handle, *, out: tuple[Spec, ...], axis: int) -> tuple[Handle, ...]:
    """The elements of an axis, each a tensor without it; several a pass where they are whole texels."""
    if len(out) == 1:
        return (value.view(out[0].shape),)
    sources = [i for i in range(len(value.shape)) if i != axis]
    last = len(value.shape) - 1
    axes = [
        tuple(Axis(size, source) for size, source in zip(spec.shape, sources, strict=True))
        or (Axis(1, last, 0),)
        for spec in out
    ]
    return _parts(webgl, value, out, axes, range(len(out)), axis)


def _parts(
    webgl: WebGL,
    x: Handle,
    outs: Sequence[Spec],
    axes: Sequence[tuple[Axis, ...]],
    begins: Sequence[int],
    axis: int,
) -> tuple[Handle, ...]:
    """Parts of x that begin at `begins` of an axis: 8 a pass where all are alike and copy whole texels."""
    rank = len(x.shape)
    origins = [tuple(begin if i == axis else 0 for i in range(rank)) for begin in begins]
    alike = len(set(outs)) == 1 and all(in_texels(x.shape, a, o) for a, o in zip(axes, origins, strict=True))
    if not alike:
        return tuple(draw_walk(webgl, x, *part) for part in zip(outs, axes, origins, strict=True))
    step = begins[1] - begins[0]
    pitch = step // 4 if axis == rank - 1 else step * row_strides(x.shape)[axis]
    handles: list[Handle] = []
    for i in range(0, len(outs), MAX_OUTPUTS):
        handles += draw_walks(webgl, x, outs[i : i + MAX_OUTPUTS], axes[i], origins[i], pitch)
    return tuple(handles)
