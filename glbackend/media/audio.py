"""Sound before a model: recordings, other rates, and the pieces that a model takes."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.recording import read_wav
from glbackend.engine.convert import TensorLike, real_numbers
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor

Array = np.ndarray[Any, Any]
REACH = 16  # zero crossings of the filter's sinc on each side
ROLL_OFF = 0.945  # the share of the lower rate's band that passes
BLOCK_WEIGHTS = 1 << 21  # that are held at a time


@checked
def load(path: str | os.PathLike[str], rate: int | None = None, *, mono: bool = True) -> tuple[Tensor, int]:
    """A .wav file's samples, float32 from -1 to 1, and its rate in samples a second.

    `path`: a .wav file of whole numbers, 8, 16, 24 or 32 bits each.
    `rate`: the rate that is wanted; the sound is resampled to it. By default the file's.
    `mono`: whether channels are averaged, [samples]; else [samples, channels].

    Raises FileNotFoundError, and DataFormatError for other files. As TensorFlow's `decode_wav`; TF.js has the
    browser's decodeAudioData.

    >>> import tempfile, wave
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with wave.open(folder + "/a.wav", "wb") as file:
    ...         file.setparams((1, 2, 8000, 0, "NONE", ""))
    ...         file.writeframes(np.array([0, 16384], "<i2").tobytes())
    ...     samples, rate = load(folder + "/a.wav")
    >>> samples.numpy().tolist(), rate
    ([0.0, 0.5], 8000)
    """
    place = Path(path)
    if not place.is_file():
        raise FileNotFoundError(f"audio.load: {place}: there is no such file")
    samples, own = read_wav(place, "audio.load")
    if mono:
        samples = samples.mean(1)
    wanted = rate or own
    return tensor(_resampled(samples, own, wanted)), wanted


@checked
def resample(samples: TensorLike, rate: int, new_rate: int) -> Tensor:
    """Sound at another rate, free of what the new rate cannot carry.

    `samples`: float32 [samples] or [samples, channels].
    `rate`, `new_rate`: samples a second, before and after.

    Gives float32 [ceil(samples * new_rate / rate), ...], by a sinc in a Kaiser window. Computed on the host.
    As torchaudio's `resample`; TF.js leaves it to the browser, and SciPy (NumPy's neighbour) has
    `resample_poly`.

    >>> resample(np.ones(100), 2, 3).shape
    (150,)
    """
    x = real_numbers(samples, "samples", "audio.resample")
    if x.ndim not in (1, 2) or min(rate, new_rate) < 1:
        raise ShapeError(
            f"audio.resample: needs [samples] or [samples, channels] and rates of at least 1, got shape "
            f"{list(x.shape)}, {rate} and {new_rate}"
        )
    return tensor(_resampled(x.astype(np.float32), rate, new_rate))


def _resampled(samples: Array, rate: int, new_rate: int) -> Array:
    if rate == new_rate or not len(samples):
        return samples
    shared = math.gcd(rate, new_rate)
    up, down = new_rate // shared, rate // shared
    count = -(-len(samples) * up // down)
    band = ROLL_OFF * min(1.0, up / down)  # of the old rate's
    reach = math.ceil(REACH / band)
    padded = np.pad(samples, [(reach, reach + 1)] + [(0, 0)] * (samples.ndim - 1))
    taps = np.arange(-reach, reach + 1)
    block = max(BLOCK_WEIGHTS // len(taps), 1)
    made = []
    for start in range(0, count, block):
        places = np.arange(start, min(start + block, count)) * down
        whole, part = places // up, places % up / up
        distance = taps - part[:, None]
        inside = np.maximum(1 - (distance / (reach + 1)) ** 2, 0)
        weights = band * np.sinc(band * distance) * np.i0(8.6 * np.sqrt(inside)) / np.i0(8.6)
        near = padded[whole[:, None] + np.arange(len(taps))]
        made.append(np.einsum("nt,nt...->n...", weights.astype(np.float32), near))
    return np.concatenate(made).astype(np.float32)


@checked
def pieces(samples: TensorLike, length: int, overlap: int = 0) -> Tensor:
    """Sound in pieces of equal length that overlap: float32 [pieces, length], the last filled up with 0.

    `samples`: [samples], of one channel.
    `length`: samples of a piece, as many as the model takes.
    `overlap`: how many samples two neighbours share. Half of them lie before the first sample, as zeros, so
    that each sample is once away from a piece's edges; `join` puts what a model gave for the pieces together.

    As TF.js's `tf.signal.frame`, padded at both ends.

    >>> pieces([1., 2., 3., 4., 5.], 4, 2).numpy().tolist()
    [[0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0], [4.0, 5.0, 0.0, 0.0]]
    """
    x = real_numbers(samples, "samples", "audio.pieces")
    if x.ndim != 1 or not 0 <= overlap < length or overlap % 2:
        raise ArgumentError(
            f"audio.pieces: needs [samples] and an even overlap below length, got shape {list(x.shape)}, "
            f"length {length}, overlap {overlap}"
        )
    step, before = length - overlap, overlap // 2
    count = max(-(-len(x) // step), 1)
    whole = np.zeros((count - 1) * step + length, np.float32)
    whole[before : before + len(x)] = x
    return tensor(np.lib.stride_tricks.sliding_window_view(whole, length)[::step].copy())


@checked
def join(results: TensorLike, share: float, length: int) -> Array:
    """What a model gave for `pieces`, without the overlaps, as one: [length, ...].

    `results`: [pieces, frames, ...].
    `share`: the part of a piece that overlaps, overlap / length; half of it is cut off at each end.
    `length`: frames that are wanted in all; later ones are dropped.

    TF.js and Keras have none; Basic Pitch does so by hand.

    >>> join([[[0.], [1.], [2.], [3.]], [[2.], [3.], [4.], [5.]]], 0.5, 3).ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    given = real_numbers(results, "results", "audio.join")
    if given.ndim < 2 or not 0 <= share < 1 or length < 0:
        raise ArgumentError(
            f"audio.join: needs results [pieces, frames, ...], a share from 0 to below 1 and a length of at "
            f"least 0, got shape {list(given.shape)}, {share} and {length}"
        )
    cut = round(given.shape[1] * share / 2)
    inner = given[:, cut : given.shape[1] - cut]
    return np.asarray(inner.reshape(-1, *given.shape[2:])[:length])
