"""Plans the one shader of most movement kernels: where in the input each output element comes from.

Kernels say for each output axis which input axis it walks and in which steps; here that becomes steps in
texels and lanes over as few dims as possible, and the cheapest way of finding the four lanes of a texel.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.storage import Handle

# Names that walk.glsl explains.
Edge = Literal["NONE", "BOUND", "MIRROR"]
Lanes = Literal["WHOLE", "SHIFTED", "BACKWARD", "SPREAD", "ROWS", "EACH"]


class Axis(NamedTuple):
    """Output axis of `size`; index by index it walks `step` elements of the input axis `source` (0: repeats).

    With `period` the index counts modulo it (Tile); outside [low, high) lies an edge (PadV2, MirrorPad).
    """

    size: int
    source: int
    step: int = 1
    period: int | None = None
    low: int = 0
    high: int | None = None  # None: size

    @property
    def end(self) -> int:
        """Where the edge behind begins."""
        return self.size if self.high is None else self.high

    @property
    def bounded(self) -> bool:
        """Whether a part of the axis lies at an edge."""
        return self.low > 0 or self.end < self.size


class Dim(NamedTuple):
    """A dim of the walk: its size, its step in texels and in lanes, and the part that is not edge."""

    size: int
    texels: int
    lanes: int
    low: int
    high: int

    @property
    def bounded(self) -> bool:
        """Whether a part lies at an edge."""
        return self.low > 0 or self.high < self.size


def draw_walk(
    webgl: WebGL,
    x: Handle,
    out: Spec,
    axes: tuple[Axis, ...],
    origin: tuple[int, ...] | None = None,
    edge: Edge = "NONE",
    **uniforms: Any,
) -> Handle:
    """One pass that fills `out` from `x`: an Axis per axis of `out`, from the element `origin` of `x`."""
    if out.dtype == "complex64":
        part = Spec(out.shape)
        return join(
            webgl, *(draw_walk(webgl, one, part, axes, origin, edge, **uniforms) for one in split(webgl, x))
        )
    defines, steps = plan(x.shape, axes, origin or (0,) * len(x.shape), edge)
    defines = {**defines, "INTEGER": int(out.dtype != "float32")}
    return webgl.draw("walk", out, {"x": x}, uniforms={**steps, **uniforms}, defines=defines, pieces=ONE)


ONE = {"write": "write_out(v);"}


def draw_walks(
    webgl: WebGL, x: Handle, outs: Sequence[Spec], axes: tuple[Axis, ...], origin: tuple[int, ...], pitch: int
) -> tuple[Handle, ...]:
    """One pass (MRT) for walks of one shape that lie `pitch` texels apart; only where `in_texels` says so."""
    if outs[0].dtype == "complex64":
        parts = [Spec(out.shape) for out in outs]
        pairs = (draw_walks(webgl, one, parts, axes, origin, pitch) for one in split(webgl, x))
        return tuple(join(webgl, real, imaginary) for real, imaginary in zip(*pairs, strict=True))
    defines, steps = plan(x.shape, axes, origin, "NONE")
    defines = {**defines, "INTEGER": int(outs[0].dtype != "float32")}
    rest = "".join(f", x_at(at + {i} * pitch)" for i in range(1, len(outs)))
    return webgl.draw("walk", outs, {"x": x}, uniforms={**steps, "pitch": pitch}, defines=defines,
                   pieces={"write": f"write_out(v{rest});"})  # fmt: skip


def in_texels(shape: Shape, axes: tuple[Axis, ...], origin: tuple[int, ...]) -> bool:
    """Whether a walk copies whole texels."""
    return _lanes(shape, axes, origin, "NONE") == "WHOLE"


def row_strides(shape: Shape) -> tuple[int, ...]:
    """Texels from index to index along each axis of a tensor; 0 for the last, which runs in lanes.

    >>> row_strides((2, 3, 5))
    (6, 2, 0)
    """
    strides, step = [0], -(-shape[-1] // 4)
    for dim in reversed(shape[:-1]):
        strides.append(step)
        step *= dim
    return tuple(reversed(strides))


@lru_cache(maxsize=4096)
def plan(
    shape: Shape, axes: tuple[Axis, ...], origin: tuple[int, ...], edge: Edge
) -> tuple[dict[str, object], dict[str, Any]]:
    """Defines and uniforms of a walk through an input of `shape`.

    [8, 12] transposed: each row of the result is a column of the input, one lane further than the last; the
    four lanes of a texel are rows below each other, three texels apart.

    >>> defines, steps = plan((8, 12), (Axis(12, source=1), Axis(8, source=0)), (0, 0), "NONE")
    >>> defines
    {'LANES': 'ROWS', 'EDGE': 'NONE', 'RANK': 1}
    >>> [steps[name] for name in ("dims", "texels", "lanes", "last_texels")]
    [12, 0, 1, 3]

    Rows 1 and 2 and columns 4 to 11 of [4, 5, 12]: whole texels, from number 16 on; the leading axes walk as
    one, ten rows of three texels, of which two are taken.

    >>> defines, steps = plan((4, 5, 12), (Axis(2, 0), Axis(5, 1), Axis(8, 2)), (1, 0, 4), "NONE")
    >>> defines["LANES"], [steps[name] for name in ("first", "dims", "texels")]
    ('WHOLE', [16, (10, 2), (3, 1)])
    """
    strides, end, last = row_strides(shape), len(shape) - 1, axes[-1]
    dims = [dim for axis in axes[:-1] for dim in _dims(axis, strides[axis.source], int(axis.source == end))]
    lanes = _lanes(shape, axes, origin, edge)
    defines: dict[str, object] = {"LANES": lanes, "EDGE": edge}
    uniforms: dict[str, Any] = {
        "first": sum(index * stride for index, stride in zip(origin, strides, strict=True)),
        "first_lane": origin[-1],
        "last_texels": last.step * strides[last.source],
        "last_lanes": last.step * int(last.source == end),
        "last_low": last.low,
        "last_high": last.end,
    }
    if lanes == "WHOLE":
        dims += _whole(last)
        uniforms["first"] += origin[-1] // 4
    elif last.period is not None:
        defines["PERIOD"] = 1
        uniforms["period"] = last.period
    merged = _merge(dims, edge)
    defines["RANK"] = len(merged)
    for name in Dim._fields:
        values = tuple(getattr(dim, name) for dim in merged)
        uniforms["dims" if name == "size" else name] = values if len(values) > 1 else values[0]
    return defines, uniforms


def _dims(axis: Axis, texels: int, along_row: int) -> list[Dim]:
    """The dims of a leading output axis: two where it repeats."""
    step, lanes = axis.step * texels, axis.step * along_row
    if axis.period is not None:
        repeats = axis.size // axis.period
        return [Dim(repeats, 0, 0, 0, repeats), Dim(axis.period, step, lanes, 0, axis.period)]
    return [Dim(axis.size, step, lanes, axis.low, axis.end)]


def _whole(last: Axis) -> list[Dim]:
    """The dims of the last output axis, in whole texels."""
    if last.period is not None:
        repeats, period = last.size // last.period, last.period // 4
        return [Dim(repeats, 0, 0, 0, repeats), Dim(period, 1, 0, 0, period)]
    return [Dim(-(-last.size // 4), 1, 0, last.low // 4, -(-last.end // 4))]


def _lanes(shape: Shape, axes: tuple[Axis, ...], origin: tuple[int, ...], edge: Edge) -> Lanes:
    """The cheapest way to find the four lanes of an output texel."""
    last, end = axes[-1], len(shape) - 1
    if last.size == 1 and shape[-1] == 1 and not last.bounded:
        return "WHOLE"  # both rows are one element, whatever axes they stand for
    if last.step == 0:
        return "SPREAD"
    if last.source != end and last.period is None and not last.bounded:
        return "ROWS"
    if last.source != end or abs(last.step) != 1 or (edge == "MIRROR" and last.bounded):
        return "EACH"
    if last.period is not None:
        return "WHOLE" if last.period % 4 == 0 else "EACH"
    if last.step == -1:
        return "BACKWARD"
    aligned = origin[-1] % 4 == 0 and (not last.bounded or shape[-1] % 4 == 0)
    return "WHOLE" if aligned else "SHIFTED"


def _merge(dims: list[Dim], edge: Edge) -> tuple[Dim, ...]:
    """Joins neighbours that walk as one dim; drops dims of 1. A mirrored dim stays as it is."""
    merged: list[Dim] = []
    for dim in dims:
        if dim.size == 1 and not dim.bounded:
            continue
        outer = merged[-1] if merged else None
        if (
            outer is not None
            and not dim.bounded
            and not (edge == "MIRROR" and outer.bounded)
            and (outer.texels, outer.lanes) == (dim.texels * dim.size, dim.lanes * dim.size)
        ):
            size, low, high = (value * dim.size for value in (outer.size, outer.low, outer.high))
            merged[-1] = Dim(size, dim.texels, dim.lanes, low, high)
        else:
            merged.append(dim)
    return tuple(merged) or (Dim(1, 0, 0, 0, 1),)
