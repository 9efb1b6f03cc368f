"""Tile on webgl: one walk."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.walk import Axis, draw_walk
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Tile", "webgl")
def tile(gl: WebGL, x: Handle, *, out: Spec, reps: tuple[int, ...]) -> Handle:
    """x repeated along each axis; a view where nothing is repeated."""
    if out.shape == x.shape:
        return x.view(out.shape)
    axes = tuple(_axis(i, n, count) for i, (n, count) in enumerate(zip(x.shape, reps, strict=True)))
    return draw_walk(gl, x, out, axes)


def _axis(i: int, size: int, count: int) -> Axis:
    if size == 1:
        return Axis(count, i, 0)
    return Axis(size * count, i, period=None if count == 1 else size)
