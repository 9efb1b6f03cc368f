"""Signals, as `tf.signal`."""

from glbackend.ops.signal import frame, hamming_window, hann_window, stft

__all__ = ["frame", "hamming_window", "hann_window", "stft"]
