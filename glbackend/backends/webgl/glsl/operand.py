"""How lib/operand.glsl finds the rows of the tensors that a dense kernel multiplies."""

import math
from collections.abc import Mapping

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.layout import row_offsets
from glbackend.backends.webgl.glsl.accessor import LARGE_PASS_TEXELS
from glbackend.engine.storage import Handle


def offsets(
    webgl: WebGL, reads: int, in_rows: tuple[Handle, ...], in_fours: Mapping[str, Handle]
) -> tuple[dict[str, object], dict[str, object]]:
    """The define ROW_OFFSETS and its uniforms, where each of these rows lies in one line of its texture.

    Those `in_fours`, by the prefix of their uniforms' names, are read four rows at a time: each matrix must
    begin at a multiple of four. Both are empty where that fails, or where `reads`, in texels, are few.
    """
    every = (*in_rows, *in_fours.values())
    if reads < LARGE_PASS_TEXELS or not all(webgl.layout(x.shape).uncut for x in every):
        return {}, {}
    uniforms: dict[str, object] = {}
    for prefix, x in in_fours.items():
        if x.shape[-2] % 4 and math.prod(x.shape[:-2]) > 1:
            return {}, {}
        form = webgl.form(x)
        second, third = row_offsets(form.layout, form.texture.inverse)
        uniforms |= {f"{prefix}next_row": second, f"{prefix}third_row": third}
    return {"ROW_OFFSETS": 1}, uniforms
