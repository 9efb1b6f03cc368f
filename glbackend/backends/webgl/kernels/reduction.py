"""Reductions as shaders. Axes are joined where they are neighbours; each group of reduced axes is one fold.

Leading axes are folded first, whole texels at a time; then the last axis, lanes and all. Where a fold has few
results, it goes in two passes, the first of which makes enough partial results to keep every core at work.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.backends.webgl.glsl.chain import numbers_of, plan
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

Fold = Literal["SUM", "PROD", "MAX", "MIN", "ALL", "ANY"]
ZERO_IS_NEUTRAL = ("SUM", "ANY")  # padding lanes, which are zero, need no mask
FIRST_PASS_FRAGMENTS = 2048  # of the first of two passes: fewer leave cores and their lanes idle
ONE_PASS_FRAGMENTS = 512  # as many need no second pass
MIN_SPAN_TEXELS = 16  # that make a fragment of a first pass worth while
ONE_PASS_READS = 32768  # fewer take less time than another pass (80 us on llvmpipe), ...
STORED = {"texel": "ACC texel(int t) { return ACC(x_at(t)); }"}
LONG_FOLD_TEXELS = 4096  # ... unless one fragment had so many of them to itself


class Computed(NamedTuple):
    """What a chain gives, reduced without being stored: the `<texel>` piece computes it."""

    spec: Spec
    inputs: Mapping[str, Handle]
    piece: str
    uniforms: Mapping[str, Any]

    @property
    def shape(self) -> Shape:
        """Its dims."""
        return self.spec.shape

    @property
    def dtype(self) -> DType:
        """Of its elements."""
        return self.spec.dtype

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.spec.size


Reduced = Handle | Computed


def computed(
    webgl: WebGL, xs: tuple[Handle, ...], steps: tuple[Step, ...], numbers: Mapping[str, float], spec: Spec
) -> Computed:
    """The chain `steps` over `xs`, to be reduced. Lanes that pad its rows are zero, as in what is stored."""
    known, bits = numbers_of(xs)
    piece, uniforms, _ = plan(tuple([x.spec for x in xs]), steps, spec, known, "inside")
    layout = webgl.layout(spec.shape)
    lines = [piece, "ACC texel(int t) {"]
    if layout.padded:
        lines.append("  int lanes = in_form.w - 4 * (t - texel_quotient(t, in_form.z) * in_form.z);")
        lines.append("  ivec4 kept = ivec4(greaterThan(ivec4(lanes), ivec4(0, 1, 2, 3)));")
        vector, zero = ("vec4", "0.0") if spec.dtype == "float32" else ("ivec4", "0")
        lines.append(f"  {vector} v = chain(t);")
        chosen = ", ".join(f"kept.{lane} != 0 ? v.{lane} : {zero}" for lane in "xyzw")
        lines.append(f"  return ACC({chosen});")
    else:
        lines.append("  return ACC(chain(t));")
    inputs = {f"x{i}": x for i, x in enumerate(xs) if i not in known}
    values = {**uniforms, **bits, **numbers, "in_form": layout.uniform}
    return Computed(spec, inputs, "\n".join([*lines, "}"]), values)


class Reduction(NamedTuple):
    """What is done to the elements: the fold, the dtype of its results, and what a mean divides by."""

    fold: Fold
    dtype: DType
    divisor: float = 1.0

    def defines(self, **more: object) -> dict[str, object]:
        """Structure of the shader."""
        return {"OP": self.fold, "INTEGER": holds_integers(self.dtype), **more}


def parts_of(fragments: int, n: int) -> tuple[int, int]:
    """Into how many parts of how many texels a fold of n texels with so many results is cut."""
    short = n < LONG_FOLD_TEXELS and fragments * n < ONE_PASS_READS
    if n <= MAX_TURNS and (fragments >= ONE_PASS_FRAGMENTS or short):
        return 1, n
    wanted = min(-(-FIRST_PASS_FRAGMENTS // max(fragments, 1)), -(-n // MIN_SPAN_TEXELS))
    parts = max(wanted, -(-n // MAX_TURNS))
    span = -(-n // parts)
    return -(-n // span), span


def _fold_rows(
    webgl: WebGL, x: Reduced, what: Reduction, outer: int, n: int, inner: int, out: Spec
) -> Handle:
    """[outer, n, inner] texels to [outer, inner]; the rows of `out` are as long as those of x."""
    parts, span = parts_of(outer * inner, n)
    if parts > 1:
        length = x.shape[-1]
        between = Spec((outer * parts * inner // -(-length // 4), length), what.dtype)
        x = _draw_rows(webgl, x, what._replace(divisor=1.0), n, inner, parts, span, between)
        n = span = parts
    return _draw_rows(webgl, x, what, n, inner, 1, n, out)


def _draw_rows(
    webgl: WebGL,
    x: Reduced,
    what: Reduction,
    n: int,
    inner: int,
    parts: int,
    span: int,
    out: Spec,
    lanes: int = 0,
) -> Handle:
    uniforms = {"n": n, "inner": inner, "parts": parts, "span": span, "lanes": lanes, "divisor": what.divisor}
    defines = what.defines(MASKED=1) if lanes else what.defines()
    return _draw(webgl, "reduce_rows", x, out, uniforms, defines)


def _draw(
    webgl: WebGL,
    shader: str,
    x: Reduced,
    out: Spec,
    uniforms: Mapping[str, Any],
    defines: Mapping[str, object],
) -> Handle:
    if isinstance(x, Computed):
        values, pieces = {**uniforms, **x.uniforms}, {"texel": x.piece}
        return webgl.draw(shader, out, x.inputs, uniforms=values, defines=defines, pieces=pieces)
    return webgl.draw(shader, out, {"x": x}, uniforms=uniforms, defines=defines, pieces=STORED)


def _fold_lanes(
    webgl: WebGL, x: Reduced, what: Reduction, rows: int, n: int, lanes: int, out: Spec
) -> Handle:
    """Rows of n texels to one element each; `lanes` of the last texel count where that matters (else 0)."""
    packed = bool(out.shape) and out.shape[-1] != 1
    parts, span = parts_of(-(-rows // 4) if packed else rows, n)
    if parts > 1:
        between = Spec((rows * parts, 4), what.dtype)
        x = _draw_rows(webgl, x, what._replace(divisor=1.0), n, 1, parts, span, between, lanes)
        n, lanes = parts, 0
    defines = what.defines(**{"PACKED": 1} if packed else {}, **{"MASKED": 1} if lanes else {})
    uniforms = {"n": n, "rows": rows, "lanes": lanes, "divisor": what.divisor}
    return _draw(webgl, "reduce_lanes", x, out, uniforms, defines)


def _groups(shape: Shape, axes: tuple[int, ...]) -> list[tuple[bool, int]]:
    """Leading dims as groups (reduced?, size): neighbours alike are one, dims of 1 are none."""
    groups: list[tuple[bool, int]] = []
    for axis, dim in enumerate(shape[:-1]):
        if dim == 1:
            continue
        if groups and groups[-1][0] == (axis in axes):
            groups[-1] = (groups[-1][0], groups[-1][1] * dim)
        else:
            groups.append((axis in axes, dim))
    return groups


def reduce(webgl: WebGL, x: Reduced, what: Reduction, out: Spec, axes: tuple[int, ...]) -> Handle:
    """`x` reduced over `axes`."""
    if (
        not isinstance(x, Computed)
        and x.size == out.size
        and (x.dtype == out.dtype or (x.dtype, out.dtype) == ("bool", "int32"))
    ):
        return x.view(out.shape, out.dtype)
    if not x.size:
        return _fold_lanes(webgl, x, what, out.size, 0, 0, out)
    shape = x.shape or (1,)
    length = shape[-1]
    row_texels = -(-length // 4)
    groups = _groups(shape, axes)
    whole = len(shape) - 1 not in axes
    masked = length % 4 != 0 and what.fold not in ZERO_IS_NEUTRAL
    joined = 1
    if not whole and not masked and groups and groups[-1][0]:
        joined = groups.pop()[1]
    while reduced := [i for i, group in enumerate(groups) if group[0]]:
        chosen = max(reduced, key=lambda i: groups[i][1])  # the longest first leaves least to the others
        outer, n, inner = (
            math.prod(size for _, size in part)
            for part in (groups[:chosen], groups[chosen : chosen + 1], groups[chosen + 1 :])
        )
        del groups[chosen]
        final = whole and len(reduced) == 1
        between = out if final else Spec((outer * inner * joined, length), what.dtype)
        step = what if final else what._replace(divisor=1.0)
        x = _fold_rows(webgl, x, step, outer, n, inner * joined * row_texels, between)
        if final:
            return x
    if whole:  # nothing but a conversion
        return _draw_rows(webgl, x, what, 1, x.size // length * row_texels, 1, 1, out)
    rows = math.prod(size for _, size in groups)
    return _fold_lanes(webgl, x, what, rows, joined * row_texels, length % 4 if masked else 0, out)


@kernel("Sum", "webgl")
def sum_(webgl: WebGL, x: Reduced, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Sums."""
    return reduce(webgl, x, Reduction("SUM", out.dtype), out, axes)


@kernel("Mean", "webgl")
def mean(webgl: WebGL, x: Reduced, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Sums over counts."""
    count = math.prod(x.shape[axis] for axis in axes)
    return reduce(webgl, x, Reduction("SUM", "float32", float(count) if count else math.nan), out, axes)


@kernel("Prod", "webgl")
def prod(webgl: WebGL, x: Reduced, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Products."""
    return reduce(webgl, x, Reduction("PROD", out.dtype), out, axes)


@kernel("Max", "webgl")
def max_(webgl: WebGL, x: Reduced, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """The largest."""
    return reduce(webgl, x, Reduction("ANY" if x.dtype == "bool" else "MAX", out.dtype), out, axes)


@kernel("Min", "webgl")
def min_(webgl: WebGL, x: Reduced, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """The smallest."""
    return reduce(webgl, x, Reduction("ALL" if x.dtype == "bool" else "MIN", out.dtype), out, axes)


@kernel("All", "webgl")
def all_(webgl: WebGL, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Whether every element is true."""
    return reduce(webgl, x, Reduction("ALL", "bool"), out, axes)


@kernel("Any", "webgl")
def any_(webgl: WebGL, x: Handle, *, out: Spec, axes: tuple[int, ...]) -> Handle:
    """Whether some element is true."""
    return reduce(webgl, x, Reduction("ANY", "bool"), out, axes)
