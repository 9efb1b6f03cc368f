"""Scans as shaders: folds of blocks, a scan of these (the same again), then each texel adds up its block.

Blocks are of 4 texels, all of which each fragment of the block reads; along the last axis lanes count too.
"""

import math
from typing import NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

BLOCK_TEXELS = 4
ONE_BLOCK_TEXELS = 8  # so many are scanned without blocks: two passes more cost as much
MAX_PLAIN_FACTORS = 1024  # of more, roundings that are alike pile up: errors are kept, 1.6 times the work


class Scan(NamedTuple):
    """What is done: product or sum, in which direction, and whether products keep the errors of roundings."""

    product: bool
    exclusive: bool
    reverse: bool
    pairs: bool = False


def _scan(
    webgl: WebGL, inputs: dict[str, Handle], how: Scan, out: Spec, n: int, inner: int
) -> dict[str, Handle]:
    """Scans [outer, n, inner] texels of x along n; inner 0: rows of n texels, lanes and all.

    Gives the result as "x". With pairs, where x comes with its error as `low`, so does the result.
    """
    pairs = how.pairs
    shader, folding = ("scan_product", "scan_product_blocks") if pairs else ("scan", "scan_blocks")
    defines = {"LANES": int(not inner), "BLOCK": BLOCK_TEXELS, "CARRY": int(n > ONE_BLOCK_TEXELS)}
    defines |= {"PAIRS": int("low" in inputs)} if pairs else {"PRODUCT": int(how.product)}
    defines |= {} if pairs else {"INTEGER": holds_integers(out.dtype)}
    uniforms = {"n": n, "inner": inner, "blocks": 1, "exclusive": how.exclusive, "reverse": how.reverse}
    carried: dict[str, Handle] = {}
    if n > ONE_BLOCK_TEXELS:
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
        found = webgl.draw(folding, (folds,) * (1 + pairs), inputs, uniforms=uniforms, defines=defines)
        carry = dict(zip(("x", "low"), found, strict=False))
        carry = _scan(webgl, carry, how._replace(exclusive=True), folds, texels, inner)
        carried = {"carry" if name == "x" else "carry_low": one for name, one in carry.items()}
    specs = (out,) * (1 + ("low" in inputs))
    found = webgl.draw(shader, specs, {**inputs, **carried}, uniforms=uniforms, defines=defines)
    return dict(zip(("x", "low"), found, strict=False))


def _along(webgl: WebGL, x: Handle, out: Spec, axis: int, how: Scan) -> Handle:
    shape: Shape = out.shape
    if not out.size:
        return webgl.draw("scan", out, {"x": x})
    row_texels = -(-shape[-1] // 4)
    if axis == len(shape) - 1:
        return _scan(webgl, {"x": x}, how, out, row_texels, 0)["x"]
    return _scan(webgl, {"x": x}, how, out, shape[axis], math.prod(shape[axis + 1 : -1]) * row_texels)["x"]


@kernel("Cumsum", "webgl")
def cumsum(webgl: WebGL, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Sums of all elements up to each."""
    return _along(webgl, x, out, axis, Scan(False, exclusive, reverse))


@kernel("Cumprod", "webgl")
def cumprod(webgl: WebGL, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Products of all elements up to each."""
    pairs = out.dtype == "float32" and out.shape[axis] > MAX_PLAIN_FACTORS
    return _along(webgl, x, out, axis, Scan(True, exclusive, reverse, pairs))
