"""Signals, as `tf.signal`."""

from glbackend.ops.signal import frame
from glbackend.ops.signal import hamming_window
from glbackend.ops.signal import hann_window
from glbackend.ops.signal import stft

__all__ = [
    "frame",
    "hamming_window",
    "hann_window",
    "stft",
]
