"""Scans as shaders: folds of blocks, a scan of these (the same again), then each texel adds up its block.

Blocks are of 4 texels, all of which each fragment of the block reads; along the last axis lanes count too.
"""

import math
from typing import NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

BLOCK_TEXELS = 4
ONE_BLOCK_TEXELS = 8  # so many are scanned without blocks: two passes more cost as much


class Scan(NamedTuple):
    """What is done: product or sum, and in which direction."""

    product: bool
    exclusive: bool
    reverse: bool


def _scan(webgl: WebGL, x: Handle, how: Scan, out: Spec, n: int, inner: int) -> Handle:
    """Scans [outer, n, inner] texels along n; inner 0: rows of n texels, lanes and all."""
    defines = {
        "PRODUCT": int(how.product),
        "INTEGER": int(out.dtype != "float32"),
        "LANES": int(not inner),
        "BLOCK": BLOCK_TEXELS,
    }
    uniforms = {"n": n, "inner": inner, "blocks": 1, "exclusive": how.exclusive, "reverse": how.reverse}
    inputs = {"x": x}
    blocked = n > ONE_BLOCK_TEXELS
    if blocked:
        blocks = -(-n // BLOCK_TEXELS)
        uniforms["blocks"] = blocks
        length = out.shape[-1]
        rows = out.size // length
        if inner:
            folds = Spec((rows // n * blocks, length), out.dtype)
            texels = blocks
        else:
            folds = Spec((rows, blocks), out.dtype)
            texels = -(-blocks // 4)
        carry = webgl.draw("scan_blocks", folds, inputs, uniforms=uniforms, defines=defines)
        inputs["carry"] = _scan(webgl, carry, how._replace(exclusive=True), folds, texels, inner)
    return webgl.draw("scan", out, inputs, uniforms=uniforms, defines={**defines, "CARRY": int(blocked)})


def _along(webgl: WebGL, x: Handle, out: Spec, axis: int, how: Scan) -> Handle:
    shape: Shape = out.shape
    if not out.size:
        return webgl.draw("scan", out, {"x": x})
    row_texels = -(-shape[-1] // 4)
    if axis == len(shape) - 1:
        return _scan(webgl, x, how, out, row_texels, 0)
    return _scan(webgl, x, how, out, shape[axis], math.prod(shape[axis + 1 : -1]) * row_texels)


@kernel("Cumsum", "webgl")
def cumsum(webgl: WebGL, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Sums of all elements up to each."""
    return _along(webgl, x, out, axis, Scan(False, exclusive, reverse))


@kernel("Cumprod", "webgl")
def cumprod(webgl: WebGL, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Products of all elements up to each."""
    return _along(webgl, x, out, axis, Scan(True, exclusive, reverse))
