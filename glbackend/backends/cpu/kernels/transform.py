"""Transform, RotateWithOffset and their adjoint on cpu."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.sampling import FillMode, Sampling
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _mapped(at: Array, size: int, mode: FillMode) -> Array:
    """Positions outside [0, size - 1] brought inside; `constant` leaves them where they are, to be filled."""
    if mode == "constant":
        return at
    low, high = at < 0, at > size - 1
    if mode != "nearest" and size <= 1:
        at = np.where(low | high, 0, at)
    elif mode == "reflect":
        below = 2 * size * np.trunc(-at / (2 * size)) + at
        below = np.where(below < -size, below + 2 * size, -below - 1)
        above = at - 2 * size * np.trunc(at / (2 * size))
        above = np.where(above >= size, 2 * size - above - 1, above)
        at = np.where(low, below, np.where(high, above, at))
    elif mode == "wrap":
        below = at + size * (np.trunc(-at / (size - 1)) + 1)
        at = np.where(low, below, np.where(high, at - size * np.trunc(at / (size - 1)), at))
    return np.clip(at, 0, size - 1)


def _places(numbers: Array, out: Shape, size: Shape, sampling: Sampling) -> tuple[Array, Array]:
    """Where each pixel of the result lies in the image: y and x, [transforms, height, width]; NaN: nowhere.

    In the precision of the numbers, as TensorFlow and shaders do: at a seam the last bit decides.
    """
    a = numbers[:, :, None, None]
    y, x = np.mgrid[: out[0], : out[1]].astype(a.dtype)
    y, x = y - a.dtype.type(sampling.origin[1]), x - a.dtype.type(sampling.origin[0])
    depth = a[:, 6] * x + a[:, 7] * y + 1
    across, down = ((a[:, i] * x + a[:, i + 1] * y + a[:, i + 2]) / depth for i in (0, 3))
    nowhere = (depth == 0) | ~np.isfinite(across) | ~np.isfinite(down)
    found = (_mapped(at, extent, sampling.mode) for at, extent in ((down, size[0]), (across, size[1])))
    down, across = (np.where(nowhere, np.nan, at) for at in found)
    return down, across


def _corners(down: Array, across: Array, bilinear: bool) -> list[tuple[Array, Array, Array]]:
    """The pixels that a pixel is mixed from, as whole numbers y and x, and their shares."""
    if not bilinear:
        return [(np.floor(down + 0.5), np.floor(across + 0.5), np.ones_like(down))]
    top, left = np.floor(down), np.floor(across)
    rows = ((top, top + 1 - down), (top + 1, down - top))
    columns = ((left, left + 1 - across), (left + 1, across - left))
    return [(y, x, v * w) for y, v in rows for x, w in columns]


def _transformed(
    image: Array, numbers: Array, out: Spec, sampling: Sampling, fill: tuple[float, ...]
) -> Array:
    down, across = _places(numbers, out.shape[1:3], image.shape[1:3], sampling)
    values = np.resize(fill, out.shape[3])
    images = np.arange(out.shape[0])[:, None, None]
    total = np.zeros(out.shape)
    for y, x, share in _corners(down, across, sampling.bilinear):
        inside = (y >= 0) & (y < image.shape[1]) & (x >= 0) & (x < image.shape[2])
        rows, columns = (np.where(inside, at, 0).astype(np.int64) for at in (y, x))
        picked = image[images, rows, columns] if image.size else np.zeros(out.shape)
        total += np.where(inside[..., None], picked, values) * share[..., None]
    return np.where(np.isnan(down)[..., None], values, total)


def _numbers(cpu: Cpu, transforms: Handle) -> Array:
    """The numbers of the maps, in the precision that they came in."""
    return cpu.array(transforms).astype(NUMPY["float32"], copy=False)


@kernel("Transform", "cpu")
def transform(
    cpu: Cpu, image: Handle, transforms: Handle, *, out: Spec, sampling: Sampling, fill: tuple[float, ...]
) -> Handle:
    """Each pixel read where its map says."""
    return cpu.handle(_transformed(cpu.array(image), _numbers(cpu, transforms), out, sampling, fill), out)


@kernel("RotateWithOffset", "cpu")
def rotate_with_offset(
    cpu: Cpu,
    image: Handle,
    *,
    out: Spec,
    numbers: tuple[float, ...],
    sampling: Sampling,
    fill: tuple[float, ...],
) -> Handle:
    """A transform of eight numbers."""
    return cpu.handle(
        _transformed(cpu.array(image), np.array([numbers], NUMPY["float32"]), out, sampling, fill), out
    )


@kernel("TransformGrad", "cpu")
def transform_grad(cpu: Cpu, dy: Handle, transforms: Handle, *, out: Spec, sampling: Sampling) -> Handle:
    """Each dy goes back to the pixels that its pixel was read from."""
    array = cpu.array(dy)
    dx = np.zeros(out.shape)
    down, across = _places(_numbers(cpu, transforms), array.shape[1:3], out.shape[1:3], sampling)
    images = np.broadcast_to(np.arange(out.shape[0])[:, None, None], array.shape[:3])
    for y, x, share in _corners(down, across, sampling.bilinear):
        hit = (y >= 0) & (y < out.shape[1]) & (x >= 0) & (x < out.shape[2]) & (share != 0)
        hit, y, x, share = (np.broadcast_to(one, array.shape[:3]) for one in (hit, y, x, share))
        places = images[hit], y[hit].astype(np.int64), x[hit].astype(np.int64)
        np.add.at(dx, places, array[hit] * share[hit][:, None])
    return cpu.handle(dx, out)
