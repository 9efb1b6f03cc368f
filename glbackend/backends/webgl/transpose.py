"""Transpose and Reverse on webgl: one walk each."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.walk import Axis, draw_walk
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Transpose", "webgl")
def transpose(gl: WebGL, x: Handle, *, out: Spec, perm: tuple[int, ...]) -> Handle:
    """Axes in another order; a view where only axes of one element move."""
    moving = [axis for axis in perm if x.shape[axis] != 1]
    if moving == sorted(moving):
        return x.view(out.shape)
    axes = tuple(Axis(size, axis) for size, axis in zip(out.shape, perm, strict=True))
    return draw_walk(gl, x, out, axes)


@kernel("Reverse", "webgl")
def reverse(gl: WebGL, x: Handle, *, out: Spec, dims: tuple[int, ...]) -> Handle:
    """The elements along some axes from last to first; a view where those have one element."""
    if all(x.shape[axis] <= 1 for axis in dims):
        return x.view(out.shape)
    axes = tuple(Axis(size, i, -1 if i in dims else 1) for i, size in enumerate(out.shape))
    return draw_walk(gl, x, out, axes, tuple(n - 1 if i in dims else 0 for i, n in enumerate(x.shape)))
