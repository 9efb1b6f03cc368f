"""Fourier transforms and what surrounds them."""

import math

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import whole, within
from glbackend.ops import complex as complexes
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import zeros_like
from glbackend.ops.fourier import fft, ifft
from glbackend.ops.index import gather


def _as_complex(x: Tensor) -> Tensor:
    """[..., 1] or [..., 2] as complex numbers."""
    real = x[..., 0]
    return complexes.complex(real, x[..., 1] if x.shape[-1] == 2 else zeros_like(real))


def _as_pairs(z: Tensor) -> Tensor:
    return stack([complexes.real(z), complexes.imag(z)], -1)


def _fitted(x: Tensor, axis: int, length: int) -> Tensor:
    """x cut or filled with zeros to a length along an axis."""
    size = x.shape[axis]
    return (
        x if size == length else x.pad([(0, length - size) if i == axis else (0, 0) for i in range(x.rank)])
    )


@onnx_op("DFT", since=17)
def dft_by_attribute(
    x: Tensor, length: int | None = None, *, axis: int = 1, inverse: int = 0, onesided: int = 0
) -> Tensor:
    """The discrete Fourier transform along an axis."""
    return dft(x, length, axis, inverse=inverse, onesided=onesided)


@onnx_op("DFT", since=20)
def dft(
    x: Tensor, length: int | None = None, axis: int | None = None, *, inverse: int = 0, onesided: int = 0
) -> Tensor:
    """The discrete Fourier transform along an axis of real numbers [..., 1] or complex ones [..., 2].

    Of real ones only the first half may be wanted; backwards that half may be given.
    """
    at = (-2 if axis is None else axis) % x.rank
    if inverse and onesided:
        return _real_inverse(x, at, length or 2 * (x.shape[at] - 1))
    size = within(length or x.shape[at])
    order = [*(i for i in range(x.rank) if i not in (at, x.rank - 1)), at, x.rank - 1]
    z = _as_complex(_fitted(x, at, size).transpose(order))
    y = _as_pairs(ifft(z) if inverse else fft(z))
    if onesided:
        y = y.slice([0] * y.rank, [*y.shape[:-2], size // 2 + 1, 2])
    return y.transpose([order.index(i) for i in range(x.rank)])


def _real_inverse(x: Tensor, at: int, length: int) -> Tensor:
    """Real numbers from the first half of their transform, whose rest mirrors it."""
    half = within(length) // 2 + 1
    order = [*(i for i in range(x.rank) if i not in (at, x.rank - 1)), at, x.rank - 1]
    seen = _fitted(x, at, half).transpose(order)
    rest = gather(seen, whole(np.arange(length - half, 0, -1)), seen.rank - 2)
    whole_ = concat([seen, rest * whole([1.0, -1.0], "float32")], -2)
    y = complexes.real(ifft(_as_complex(whole_))).expand_dims(-1)
    return y.transpose([order.index(i) for i in range(x.rank)])


@onnx_op("STFT", since=17)
def stft(
    x: Tensor, step: int, window: Tensor | None = None, length: int | None = None, *, onesided: int = 1
) -> Tensor:
    """Transforms of windows that slide over a signal [batch, length, 1 or 2]."""
    size = length or (x.shape[1] if window is None else window.size)
    count = 1 + (x.shape[1] - size) // step
    places = np.arange(count)[:, None] * step + np.arange(size)
    frames = gather(x, whole(places), 1)  # [batch, frames, length, parts]
    if window is not None:
        frames = frames * window.reshape((window.size, 1))
    return dft(frames, None, -2, onesided=onesided)


@onnx_op("MelWeightMatrix", since=17)
def mel_weight_matrix(
    bins: int, dft_length: int, rate: int, lower: float, upper: float, *, output_datatype: int = 1
) -> Tensor:
    """The matrix that sums the bins of a spectrum into those of the mel scale."""
    low, high = (2595 * math.log10(1 + one / 700) for one in (lower, upper))
    edges = low + np.arange(bins + 2) * (high - low) / (bins + 2)
    places = ((dft_length + 1) * (700 * (10 ** (edges / 2595) - 1)) // rate).astype(np.int64)
    within((dft_length // 2 + 1) * bins)
    matrix = np.zeros((dft_length // 2 + 1, bins))
    for i, (left, centre, right) in enumerate(zip(places, places[1:], places[2:], strict=False)):
        if centre == left:
            matrix[centre, i] = 1
        else:
            matrix[left : centre + 1, i] = (np.arange(left, centre + 1) - left) / (centre - left)
        if right > centre:
            matrix[centre:right, i] = (right - np.arange(centre, right)) / (right - centre)
    return whole(matrix, "float32")


@onnx_op("Det", since=11)
def det(x: Array) -> Tensor:
    """The determinants of matrices, computed on the host."""
    return whole(np.linalg.det(x.astype(np.float64)), "float32")
