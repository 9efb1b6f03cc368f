"""Slice and StridedSlice on webgl: one walk each."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.walk import Axis, draw_walk
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Slice", "webgl")
def slice(webgl: WebGL, x: Handle, *, out: Spec, begin: tuple[int, ...]) -> Handle:
    """A window of x; a view where that is all of x."""
    if out.shape == x.shape:
        return x.view(out.shape)
    return draw_walk(webgl, x, out, tuple(Axis(size, i) for i, size in enumerate(out.shape)), begin)


@kernel("StridedSlice", "webgl")
def strided_slice(
    webgl: WebGL, x: Handle, *, out: Spec, begin: tuple[int, ...], strides: tuple[int, ...], size: Shape
) -> Handle:
    """Every stride-th element along each axis; a view where that is all of x, forwards."""
    if size == x.shape and all(step == 1 for step in strides):
        return x.view(out.shape)
    # Axes of one element come and go between `size` and the shape of `out`; the others agree, in order.
    sources = iter([i for i, count in enumerate(size) if count != 1])
    axes = []
    for count in out.shape:
        source = next(sources) if count != 1 else len(size) - 1
        axes.append(Axis(count, source, strides[source] if count != 1 else 0))
    return draw_walk(webgl, x, out, tuple(axes) or (Axis(1, len(size) - 1, 0),), begin)
