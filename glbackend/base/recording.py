"""Recordings in .wav files as arrays."""

import wave
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import DataFormatError

Array = np.ndarray[Any, Any]
DEPTHS = (1, 2, 3, 4)  # bytes a sample: unsigned for one, signed and little-endian for more


def read_wav(path: Path, op: str) -> tuple[Array, int]:
    """float32 [samples, channels] from -1 to 1, and samples a second; DataFormatError for other files."""
    try:
        with wave.open(str(path), "rb") as recording:
            depth, channels = recording.getsampwidth(), recording.getnchannels()
            raw, rate = recording.readframes(recording.getnframes()), recording.getframerate()
    except (wave.Error, EOFError) as error:
        raise DataFormatError(
            f"{op}: {path} is no recording that can be read: {error or 'it ends too early'}"
        ) from None
    if depth not in DEPTHS or not rate:
        raise DataFormatError(f"{op}: {path} has {8 * depth} bits a sample, {rate} samples a second")
    whole = raw[: len(raw) - len(raw) % (depth * channels)]
    return samples(whole, depth).reshape(-1, channels), rate


def samples(raw: bytes, depth: int) -> Array:
    """The samples in `raw`, of so many bytes each, from -1 to 1.

    >>> samples(bytes([128, 192]), 1).tolist(), samples(bytes([0, 0, 192]), 3).tolist()
    ([0.0, 0.5], [-0.5])
    """
    if depth == 1:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    levels = np.zeros((len(raw) // depth, 4), np.uint8)  # the upper bytes of an int32, which has the sign
    levels[:, 4 - depth :] = np.frombuffer(raw, np.uint8).reshape(-1, depth)
    return np.asarray(levels.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31))
