"""Kernels over images: resizing by gathering rows and columns, its adjoint by scattering; DepthToSpace."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.window import BLOCK_BYTES, blocks
from glbackend.base.dtypes import NUMPY
from glbackend.base.resize import Resizing, Scale
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
SHORT = 512  # numbers from which on a row is a loop long enough


def _neighbours(size: int, resized: int, scale: Scale) -> tuple[Array, Array, Array]:
    """For each output position its two neighbours, and how far it lies from the first towards the second."""
    at = np.arange(resized, dtype=np.int64) * scale.factor + scale.offset
    whole = at // scale.divisor
    rest = at - whole * scale.divisor
    near = np.clip(whole, 0, size - 1)
    far = np.where(at < 0, 0, np.minimum(whole + (rest > 0), size - 1))
    return near, far, (rest / scale.divisor).astype(NUMPY["float32"])


def _lerp(x: Array, axis: int, resized: int, scale: Scale) -> Array:
    """Resizes one axis, in place and block by block."""
    if not x.size:
        return np.zeros((*x.shape[:axis], resized, *x.shape[axis + 1 :]), x.dtype)
    near, far, part = _neighbours(x.shape[axis], resized, scale)
    lead, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
    flat, y = x.reshape(lead, x.shape[axis], inner), np.empty((lead, resized, inner), x.dtype)
    shares = np.repeat(part, inner).reshape(-1, inner) if inner < SHORT else part[:, None]
    for rows, places in blocks(y.shape[:2], inner * x.itemsize, BLOCK_BYTES // 4):
        first, mixed = flat[rows].take(near[places], 1), flat[rows].take(far[places], 1)
        mixed -= first
        mixed *= shares[places]
        np.add(mixed, first, out=y[rows, places])
    return y.reshape(*x.shape[:axis], resized, *x.shape[axis + 1 :])


def _spread(dy: Array, axis: int, size: int, scale: Scale, nearest: bool) -> Array:
    """The adjoint of resizing one axis."""
    near, far, part = _neighbours(size, dy.shape[axis], scale)
    part = np.expand_dims(part, tuple(range(1, dy.ndim - axis)))
    dx = np.zeros((*dy.shape[:axis], size, *dy.shape[axis + 1 :]), dy.dtype)
    before: tuple[Any, ...] = (slice(None),) * axis
    if nearest:
        np.add.at(dx, (*before, near), dy)
    else:
        np.add.at(dx, (*before, near), dy * (1 - part))
        np.add.at(dx, (*before, far), np.where(part > 0, dy * part, 0))  # not 0 * inf
    return dx


@kernel("ResizeBilinear", "cpu")
def resize_bilinear(cpu: Cpu, images: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Columns first, then rows."""
    x = np.ascontiguousarray(cpu.array(images))
    x = x if x.dtype.kind == "f" else x.astype(NUMPY["float32"])
    across = _lerp(x, 2, out.shape[2], how.columns)
    return cpu.handle(_lerp(across, 1, out.shape[1], how.rows), out)


@kernel("ResizeNearestNeighbor", "cpu")
def resize_nearest_neighbor(cpu: Cpu, images: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Takes rows and columns."""
    x = cpu.array(images)
    if not math.prod(out.shape):
        return cpu.handle(np.zeros(out.shape, x.dtype), out)
    rows = _neighbours(x.shape[1], out.shape[1], how.rows)[0]
    columns = _neighbours(x.shape[2], out.shape[2], how.columns)[0]
    return cpu.handle(x.take(rows, 1).take(columns, 2), out)


@kernel("ResizeBilinearGrad", "cpu")
def resize_bilinear_grad(cpu: Cpu, images: Handle, dy: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Rows first, then columns."""
    down = _spread(cpu.array(dy), 1, out.shape[1], how.rows, False)
    return cpu.handle(_spread(down, 2, out.shape[2], how.columns, False), out)


@kernel("ResizeNearestNeighborGrad", "cpu")
def resize_nearest_neighbor_grad(cpu: Cpu, images: Handle, dy: Handle, *, out: Spec, how: Resizing) -> Handle:
    """Rows first, then columns."""
    down = _spread(cpu.array(dy), 1, out.shape[1], how.rows, True)
    return cpu.handle(_spread(down, 2, out.shape[2], how.columns, True), out)


@kernel("DepthToSpace", "cpu")
def depth_to_space(cpu: Cpu, x: Handle, *, out: Spec, block_size: int, channels_first: bool) -> Handle:
    """Splits the channels and moves two of their parts beside height and width."""
    array = cpu.array(x)
    if channels_first:
        array = array.transpose(0, 2, 3, 1)
    batch, height, width, channels = array.shape
    parts = array.reshape(batch, height, width, block_size, block_size, channels // block_size**2)
    shape = (batch, height * block_size, width * block_size, channels // block_size**2)
    y = parts.transpose(0, 1, 3, 2, 4, 5).reshape(shape)
    return cpu.handle(y.transpose(0, 3, 1, 2) if channels_first else y, out)
