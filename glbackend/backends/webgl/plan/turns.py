"""Loops of a fragment that could be longer than a driver lets them be, cut into passes: `lib/turns.glsl`.

Each pass goes on from what the one before found, in the order of the whole loop.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from glbackend.backends.webgl.forms import Forms
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.backends.webgl.render import Form
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle

Range = tuple[int, int]
Part = tuple[Range, Range, Range]


@lru_cache(maxsize=1024)
def cut(outer: int, middle: int, inner: int, each: int = 1) -> tuple[Part, ...]:
    """Parts of three nested loops, of at most MAX_TURNS turns where the innermost has `each` of its own.

    >>> cut(1, 3, 3), len(cut(1, 256, 256))
    ((((0, 1), (0, 3), (0, 3)),), 3)
    """
    line = 1 + inner * each
    image = 1 + middle * line
    if outer * image <= MAX_TURNS:
        return (((0, outer), (0, middle), (0, inner)),)
    if image <= MAX_TURNS:
        return tuple((some, (0, middle), (0, inner)) for some in _pieces(outer, image))
    singles = [(i, i + 1) for i in range(outer)]
    if line <= MAX_TURNS:
        return tuple((one, some, (0, inner)) for one in singles for some in _pieces(middle, line))
    rows = [(i, i + 1) for i in range(middle)]
    return tuple((one, row, some) for one in singles for row in rows for some in _pieces(inner, each))


def _pieces(count: int, cost: int) -> list[Range]:
    step = max(MAX_TURNS // cost, 1)
    return [(first, min(first + step, count)) for first in range(0, count, step)]


def draw_parts(
    webgl: Forms,
    shader: str,
    out: Spec | Sequence[Spec],
    inputs: Mapping[str, Handle],
    parts: Sequence[Part],
    *,
    between: Sequence[Spec],
    uniforms: Mapping[str, Any],
    defines: Mapping[str, object],
    pieces: Mapping[str, str] | None = None,
    first_pieces: Mapping[str, str] | None = None,
    by_number: Sequence[str] = (),
) -> Any:
    """Draws `shader` once for each part.

    All passes but the last write `between` for the next one, with `first_pieces`, if given, for `pieces`.
    Of the inputs `by_number` each turn of the loops reads a texel, and nothing else reads any.
    """
    shape = (out if isinstance(out, Spec) else out[0]).shape
    reads = webgl.layout(shape).texels * math.prod(end for _, end in parts[-1])
    with webgl.by_number(reads * len(by_number), {name: inputs[name] for name in by_number}) as read:
        return _draw_parts(
            webgl, shader, out, {**inputs, **read}, parts, between, uniforms, defines, pieces, first_pieces
        )


def _draw_parts(
    webgl: Forms,
    shader: str,
    out: Spec | Sequence[Spec],
    inputs: Mapping[str, Handle | Form],
    parts: Sequence[Part],
    between: Sequence[Spec],
    uniforms: Mapping[str, Any],
    defines: Mapping[str, object],
    pieces: Mapping[str, str] | None,
    first_pieces: Mapping[str, str] | None,
) -> Any:
    if len(parts) == 1:
        return webgl.draw(shader, out, inputs, uniforms=uniforms, defines=defines, pieces=pieces)
    before: dict[str, Handle] = {}
    for part in parts[:-1]:
        found = webgl.draw(
            shader, tuple(between), {**inputs, **before}, uniforms={**uniforms, **_bounds(part)},
            defines={**defines, "PART": 1, "GOES_ON": 1, **({"BEFORE": 1} if before else {})},
            pieces=first_pieces or pieces,
        )  # fmt: skip
        before = {f"before{i}": one for i, one in enumerate(found)}
    return webgl.draw(
        shader, out, {**inputs, **before}, uniforms={**uniforms, **_bounds(parts[-1])},
        defines={**defines, "PART": 1, "BEFORE": 1}, pieces=pieces,
    )  # fmt: skip


def _bounds(part: Part) -> dict[str, tuple[int, ...]]:
    first, last = zip(*part, strict=True)
    return {"part_from": first, "part_to": last}
