"""CropAndResize on cpu: rows and columns of each box picked; its adjoint scatters them."""

from typing import Any, NamedTuple

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


class _Axis(NamedTuple):
    """For each box and pixel of its crop: two neighbours, the second one's share, whether they exist."""

    near: Array
    far: Array
    part: Array
    inside: Array


def _axis(start: Array, end: Array, count: int, size: int, bilinear: bool) -> _Axis:
    """Positions as numerators over `divisor`, so that an edge is met exactly."""
    i, divisor = np.arange(count), max(count - 1, 1)
    ends = (start * 0.5, end * 0.5) if count == 1 else (start, end)
    left, right = (1, 1) if count == 1 else (count - 1 - i, i)
    above = (ends[0][:, None] * left + ends[1][:, None] * right) * (size - 1)
    inside = (above >= 0) & (above <= (size - 1) * divisor)
    at = np.where(inside, above, 0) / divisor
    if bilinear:
        near = np.minimum(np.floor(at), size - 1)
        part = at - near
    else:
        near, part = np.minimum(np.floor(at + 0.5), size - 1), np.zeros_like(at)
    near = near.astype(np.int64)
    return _Axis(near, np.minimum(near + 1, size - 1), part, inside)


def _axes(cpu: Cpu, boxes: Handle, crop: Shape, size: Shape, bilinear: bool) -> tuple[_Axis, _Axis]:
    y1, x1, y2, x2 = cpu.array(boxes).astype(np.float64).T
    return _axis(y1, y2, crop[0], size[0], bilinear), _axis(x1, x2, crop[1], size[1], bilinear)


@kernel("CropAndResize", "cpu")
def crop_and_resize(
    cpu: Cpu, image: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool, outside: float
) -> Handle:
    """A box of no image gives zeros."""
    x, numbers = cpu.array(image).astype(NUMPY["float32"]), cpu.array(box_ind)
    known = (numbers >= 0) & (numbers < x.shape[0])
    if not x.size or not out.size:
        return cpu.handle(np.zeros(out.shape), out)
    rows, columns = _axes(cpu, boxes, out.shape[1:3], x.shape[1:3], bilinear)
    picked = np.where(known, numbers, 0)[:, None, None]

    def line(y: Array) -> Array:
        left, right = (
            x[picked, y[:, :, None], columns.near[:, None]],
            x[picked, y[:, :, None], columns.far[:, None]],
        )
        mixed: Array = left + (right - left) * columns.part[:, None, :, None] if bilinear else left
        return mixed

    result = line(rows.near)
    if bilinear:
        result = result + (line(rows.far) - result) * rows.part[:, :, None, None]
    inside = rows.inside[:, :, None] & columns.inside[:, None]
    result = np.where(inside[..., None], result, outside)
    return cpu.handle(np.where(known[:, None, None, None], result, 0), out)


@kernel("CropAndResizeGrad", "cpu")
def crop_and_resize_grad(
    cpu: Cpu, dy: Handle, boxes: Handle, box_ind: Handle, *, out: Spec, bilinear: bool
) -> Handle:
    """Each dy goes back to where its pixel came from."""
    array, numbers = cpu.array(dy), cpu.array(box_ind)
    dx = np.zeros(out.shape, np.float64)
    if not dx.size or not array.size:
        return cpu.handle(dx, out)
    rows, columns = _axes(cpu, boxes, array.shape[1:3], out.shape[1:3], bilinear)
    known = (numbers >= 0) & (numbers < out.shape[0])
    inside = rows.inside[:, :, None] & columns.inside[:, None] & known[:, None, None]
    images = np.broadcast_to(numbers[:, None, None], inside.shape)[inside]
    for y, down in ((rows.near, 1 - rows.part), (rows.far, rows.part)):
        for x, across in ((columns.near, 1 - columns.part), (columns.far, columns.part)):
            weight = down[:, :, None] * across[:, None]
            at = (np.broadcast_to(one, inside.shape)[inside] for one in (y[:, :, None], x[:, None]))
            share = np.where(weight[..., None] != 0, array * weight[..., None], 0)  # not 0 * inf
            np.add.at(dx, (images, *at), share[inside])
    return cpu.handle(dx, out)
