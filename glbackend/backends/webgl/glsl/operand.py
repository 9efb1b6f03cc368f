"""How a dense kernel reads what it multiplies: from textures or buffers, and where it finds rows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.layout import row_offsets
from glbackend.backends.webgl.glsl.accessor import LARGE_PASS_TEXELS
from glbackend.backends.webgl.render import Form
from glbackend.engine.storage import Handle


class Reading(NamedTuple):
    """How operands are read: what the shader is given for them, its defines and uniforms for it."""

    inputs: Mapping[str, Handle | Form]
    defines: Mapping[str, object]
    uniforms: Mapping[str, object]


@contextmanager
def reading(
    webgl: WebGL,
    reads: int,
    inputs: Mapping[str, Handle],
    in_rows: Sequence[str],
    in_fours: Mapping[str, str],
) -> Iterator[Reading]:
    """The cheapest way of reading `inputs`, of which about `reads` texels are read.

    `in_rows` are read texel after texel along rows; those `in_fours`, by the prefix of their uniforms' names,
    four rows at a time.
    """
    with webgl.by_number(reads, inputs) as given:
        if given is not inputs:
            yield Reading(given, {}, {})
            return
        rows, fours = [inputs[name] for name in in_rows], {at: inputs[name] for at, name in in_fours.items()}
        yield Reading(inputs, *_offsets(webgl, reads, rows, fours))


def _offsets(
    webgl: WebGL, reads: int, in_rows: Sequence[Handle], in_fours: Mapping[str, Handle]
) -> tuple[dict[str, object], dict[str, object]]:
    """The define ROW_OFFSETS and its uniforms, where each of these rows lies in one line of its texture.

    Each matrix of those `in_fours` must begin at a multiple of four rows. Both are empty where that fails, or
    where `reads`, in texels, are few.
    """
    every = (*in_rows, *in_fours.values())
    if reads < LARGE_PASS_TEXELS or not all(webgl.layout(x.shape).uncut for x in every):
        return {}, {}
    uniforms: dict[str, object] = {}
    for prefix, x in in_fours.items():
        if x.shape[-2] % 4 and math.prod(x.shape[:-2]) > 1:
            return {}, {}
        second, third = row_offsets(webgl.form(x).layout)
        uniforms |= {f"{prefix}next_row": second, f"{prefix}third_row": third}
    return {"ROW_OFFSETS": 1}, uniforms
