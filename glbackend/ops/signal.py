"""Signals: windows, frames and the short-time Fourier transform."""

import math
from collections.abc import Callable

import numpy as np

from glbackend.base import fourier
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor, zeros
from glbackend.ops.fourier import rfft
from glbackend.ops.index import gather
from glbackend.ops.op import op


@op(method=False)
def enclosing_power_of_two(value: int) -> int:
    """The smallest power of two that is not below `value`. As `tf.enclosingPowerOfTwo`.

    >>> enclosing_power_of_two(5)
    8
    """
    return fourier.enclosing_power_of_two(value)


@op(method=False)
def cosine_window(window_length: int, a: float, b: float) -> Tensor:
    """`a` - `b` cos(2 pi i / n) for `window_length` indices i; n is the length made even.

    float32. A window of 1 element is NaN, as in TF.js. Raises ArgumentError for a negative length. As
    `tf.cosineWindow`.

    >>> cosine_window(4, 0.5, 0.5).numpy().round(3).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    if window_length < 0 or window_length != int(window_length):
        raise ArgumentError(
            f"cosine_window: window_length must be a whole number of at least 0, got {window_length}"
        )
    n = window_length - window_length % 2
    with np.errstate(invalid="ignore", divide="ignore"):
        angle = 2 * np.pi * np.arange(window_length) / np.float64(n)
        return tensor(a - b * np.cos(angle), dtype="float32")


@op(method=False, namespace="signal")
def hann_window(window_length: int) -> Tensor:
    """The Hann window of `window_length`: `cosine_window` with a = b = 0.5. As `tf.signal.hannWindow`.

    >>> hann_window(4).numpy().round(3).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return cosine_window(window_length, 0.5, 0.5)


@op(method=False, namespace="signal")
def hamming_window(window_length: int) -> Tensor:
    """The Hamming window of `window_length`: `cosine_window` with a = 0.54 and b = 0.46.

    As `tf.signal.hammingWindow`.

    >>> hamming_window(4).numpy().round(3).tolist()
    [0.07999999821186066, 0.5400000214576721, 1.0, 0.5400000214576721]
    """
    return cosine_window(window_length, 0.54, 0.46)


@op(method=False, namespace="signal")
def frame(
    signal: TensorLike, frame_length: int, frame_step: int, pad_end: bool = False, pad_value: float = 0
) -> Tensor:
    """The pieces of `frame_length` elements that start every `frame_step` elements of `signal`, a vector.

    Gives [frames, frame_length]. Pieces that reach beyond the end are left out, or with `pad_end` filled with
    `pad_value`. Raises ShapeError where signal is no vector, ArgumentError where length or step is below 1.
    As `tf.signal.frame`.

    >>> frame([1., 2., 3.], 2, 1).numpy().tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    x = as_tensor(signal, "signal", "frame")
    if x.rank != 1:
        raise ShapeError(f"frame: argument 'signal' must be a vector, got shape {list(x.shape)}")
    for name, value in (("frame_length", frame_length), ("frame_step", frame_step)):
        if value < 1 or value != int(value):
            raise ArgumentError(f"frame: {name} must be a whole number of at least 1, got {value}")
    count = -(-x.size // frame_step) if pad_end else max(0, 1 + (x.size - frame_length) // frame_step)
    if count == 0:
        return zeros((0, frame_length), x.dtype)
    covered = (count - 1) * frame_step + frame_length
    x = x.pad([(0, covered - x.size)], pad_value) if covered > x.size else x[:covered]
    # Samples that are never separated: the longer such blocks, the fewer rows to gather.
    block = math.gcd(frame_length, frame_step)
    starts = np.arange(count)[:, None] * (frame_step // block)
    rows = gather(x.reshape((-1, block)), tensor(starts + np.arange(frame_length // block), dtype="int32"))
    return rows.reshape((count, frame_length))


@op(method=False, namespace="signal")
def stft(
    signal: TensorLike,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Callable[[int], Tensor] = hann_window,
) -> Tensor:
    """The short-time Fourier transform: `rfft` of each windowed frame of a vector, complex64.

    `signal`, `frame_length`, `frame_step`: the vector and its frames, as in `frame`.
    `fft_length`: how many elements are transformed; by default the power of two that frame_length fits into.
    `window_fn`: a function that gives a window of a length.

    Gives [frames, fft_length // 2 + 1]. Raises as `frame`. As `tf.signal.stft`.

    >>> stft([1., 1., 1., 1., 1.], 3, 1).shape
    (3, 3)
    """
    length = enclosing_power_of_two(frame_length) if fft_length is None else fft_length
    x = as_tensor(signal, "signal", "stft")
    return rfft(frame(x, frame_length, frame_step) * window_fn(frame_length), length)
