"""Transpose, Reverse, FlipLeftRight and Tile on webgl: one walk each."""

from functools import lru_cache

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.walk import Axis, draw_walk
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Transpose", "webgl")
def transpose(webgl: WebGL, x: Handle, *, out: Spec, perm: tuple[int, ...]) -> Handle:
    """Axes in another order; a view where only axes of one element move."""
    axes = _axes(x.shape, perm)
    return draw_walk(webgl, x, out, axes) if axes else x.view(out.shape)


@lru_cache(maxsize=4096)
def _axes(shape: Shape, perm: tuple[int, ...]) -> tuple[Axis, ...] | None:
    moving = [axis for axis in perm if shape[axis] != 1]
    return None if moving == sorted(moving) else tuple(Axis(shape[axis], axis) for axis in perm)


@kernel("Reverse", "webgl")
def reverse(webgl: WebGL, x: Handle, *, out: Spec, dims: tuple[int, ...]) -> Handle:
    """The elements along some axes from last to first; a view where those have one element."""
    if all(x.shape[axis] <= 1 for axis in dims):
        return x.view(out.shape)
    axes = tuple(Axis(size, i, -1 if i in dims else 1) for i, size in enumerate(out.shape))
    return draw_walk(webgl, x, out, axes, tuple(n - 1 if i in dims else 0 for i, n in enumerate(x.shape)))


@kernel("FlipLeftRight", "webgl")
def flip_left_right(webgl: WebGL, image: Handle, *, out: Spec) -> Handle:
    """Columns from last to first."""
    return reverse(webgl, image, out=out, dims=(2,))


@kernel("Tile", "webgl")
def tile(webgl: WebGL, x: Handle, *, out: Spec, reps: tuple[int, ...]) -> Handle:
    """x repeated along each axis; a view where nothing is repeated."""
    if out.shape == x.shape:
        return x.view(out.shape)
    axes = tuple(_axis(i, n, count) for i, (n, count) in enumerate(zip(x.shape, reps, strict=True)))
    return draw_walk(webgl, x, out, axes)


def _axis(i: int, size: int, count: int) -> Axis:
    if size == 1:
        return Axis(count, i, 0)
    return Axis(size * count, i, period=None if count == 1 else size)
