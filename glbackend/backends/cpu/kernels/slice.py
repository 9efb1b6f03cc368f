"""Slice and StridedSlice on cpu."""

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Slice", "cpu")
def slice(cpu: Cpu, x: Handle, *, out: Spec, begin: tuple[int, ...]) -> Handle:
    """A window of x."""
    array = cpu.array(x)
    for axis, (first, count) in enumerate(zip(begin, out.shape, strict=True)):
        array = array.swapaxes(0, axis)[first : first + count].swapaxes(0, axis)
    return cpu.handle(array.copy(), out)


@kernel("StridedSlice", "cpu")
def strided_slice(
    cpu: Cpu, x: Handle, *, out: Spec, begin: tuple[int, ...], strides: tuple[int, ...], size: Shape
) -> Handle:
    """Every stride-th element along each axis, forwards or backwards."""
    array = cpu.array(x)
    for axis, (first, step, count) in enumerate(zip(begin, strides, size, strict=True)):
        array = array.take(range(first, first + step * count, step), axis)
    return cpu.handle(array.reshape(out.shape), out)
