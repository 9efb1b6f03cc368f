"""The microphone, and recordings in its place: spectrograms and waveforms. As `tf.data.microphone`."""

import math
import os
import queue
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DataFormatError, DeviceError
from glbackend.base.optional import optional
from glbackend.data.closing import Device
from glbackend.data.text import existing
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor

Array = np.ndarray[Any, Any]
WAIT_SECONDS = 5.0  # for the next piece of sound, before a microphone counts as silent
_WIDTHS: dict[int, np.dtype[Any]] = {
    1: np.dtype(np.uint8),
    2: np.dtype(np.int16),
    4: np.dtype(np.int32),
}  # by bytes a sample


class MicrophoneIterator(Device):
    """Sound in pieces: what `gl.data.microphone` gives. As TF.js's MicrophoneIterator.

    `blocks` gives float32 [fft_size] without a gap, `rate` samples a second; `options` are those of
    `gl.data.microphone`; `release` gives the microphone back.

    >>> import glbackend as gl
    >>> options = {"fft_size": 16, "num_frames_per_spectrogram": 2, "include_waveform": True}
    >>> with gl.data.microphone(np.zeros(64), sample_rate_hz=44100, **options) as microphone:
    ...     sound = microphone.capture()
    >>> sound["spectrogram"].shape, sound["waveform"].shape
    ((2, 16, 1), (32, 1))
    """

    def __init__(self, blocks: Iterator[Array], rate: int, options: dict[str, Any], release: Any) -> None:
        super().__init__(release)
        self._blocks, self._rate, self._options = blocks, rate, options
        self._before = np.zeros(options["fft_size"], np.float32)
        self._smooth = np.zeros(options["fft_size"], np.float64)

    def get_sample_rate(self) -> int:
        """Samples a second. As TF.js's getSampleRate.

        >>> import glbackend as gl
        >>> gl.data.microphone(np.zeros(64), sample_rate_hz=48000).get_sample_rate()
        48000
        """
        return self._rate

    def capture(self) -> dict[str, Tensor | None] | None:
        """The next piece: a dict of "spectrogram" and "waveform", None for what isn't asked for.

        The spectrogram is float32 [frames, bins, 1] in decibels, the waveform [frames * fft_size, 1] from -1
        to 1. None where the recording has ended before the piece is full. As TF.js's `capture`.

        >>> import glbackend as gl
        >>> gl.data.microphone(np.zeros(10), sample_rate_hz=44100, fft_size=16).capture()
        """
        frames: list[Array] = []
        while not self._closed and len(frames) < self._options["frames"]:
            block = next(self._blocks, None)
            if block is None:
                self.stop()
            else:
                frames.append(block)
        if len(frames) < self._options["frames"]:
            return None
        spectrogram = waveform = None
        if self._options["spectrogram"]:
            rows = np.stack([self._decibels(one)[: self._options["bins"]] for one in frames])
            spectrogram = tensor(rows[..., None].astype(np.float32))
        if self._options["waveform"]:
            waveform = tensor(np.concatenate(frames)[:, None])
        return {"spectrogram": spectrogram, "waveform": waveform}

    def stop(self) -> None:
        """Gives the microphone, or the file, back; there is no sound after it. As TF.js's `stop`.

        >>> import glbackend as gl
        >>> microphone = gl.data.microphone(np.zeros(9999), sample_rate_hz=44100)
        >>> microphone.stop()
        >>> list(microphone)
        []
        """
        self._end()

    def _decibels(self, block: Array) -> Array:
        """The spectrum of this block and the one before, as the Web Audio API's AnalyserNode has it."""
        samples = np.concatenate([self._before, block])
        self._before = block
        turns = 2 * math.pi * np.arange(len(samples)) / len(samples)
        window = 0.42 - 0.5 * np.cos(turns) + 0.08 * np.cos(2 * turns)  # Blackman's
        size = np.abs(np.fft.rfft(samples * window))[: len(block)] / len(samples)
        share = self._options["smoothing"]
        self._smooth = share * self._smooth + (1 - share) * size
        with np.errstate(divide="ignore"):
            return 20 * np.log10(self._smooth)


@checked
def microphone(
    source: Any = None,
    *,
    sample_rate_hz: int | None = None,
    fft_size: int = 1024,
    column_truncate_length: int | None = None,
    num_frames_per_spectrogram: int = 43,
    smoothing_time_constant: float = 0.0,
    include_spectrogram: bool = True,
    include_waveform: bool = False,
) -> MicrophoneIterator:
    """Sound of a microphone in pieces: spectrograms, waveforms or both. As `tf.data.microphone`.

    `source`: the number or name of a microphone, the path of a .wav file or an array of samples from -1 to 1
    (in the microphone's place; the sound is given as fast as it is asked for); by default the system's
    microphone. A microphone needs sounddevice.
    `sample_rate_hz`: samples a second, by default the microphone's or the file's; another one than the file
    has is an error.
    `fft_size`: new samples in a frame, a power of 2 from 16 to 16384; a frame's spectrum is that of twice as
    many, and has so many bins.
    `column_truncate_length`: how many of the bins are kept, from the lowest; all by default.
    `num_frames_per_spectrogram`: frames in a piece.
    `smoothing_time_constant`: the share, from 0 to 1, that the frame before has in a spectrum.
    `include_spectrogram`, `include_waveform`: what a piece has; ArgumentError for neither.

    DeviceError where there is no microphone or it is silent for five seconds, FileNotFoundError and
    DataFormatError for files, MissingPackageError without sounddevice.

    >>> tone = np.sin(np.arange(4096) * 2 * np.pi * 8 / 64)
    >>> piece = next(microphone(tone, sample_rate_hz=44100, fft_size=32, num_frames_per_spectrogram=4))
    >>> piece["spectrogram"].numpy()[2, :, 0].argmax().item()   # 8 turns in the 64 samples of a frame
    8
    """
    if fft_size not in [2**power for power in range(4, 15)]:
        raise ArgumentError(f"microphone: fft_size must be a power of 2 from 16 to 16384, got {fft_size}")
    if not include_spectrogram and not include_waveform:
        raise ArgumentError("microphone: include_spectrogram or include_waveform must be true")
    if num_frames_per_spectrogram < 1 or not 0 <= smoothing_time_constant <= 1:
        raise ArgumentError("microphone: num_frames_per_spectrogram must be at least 1, smoothing in [0, 1]")
    options = {
        "fft_size": fft_size,
        "frames": num_frames_per_spectrogram,
        "bins": column_truncate_length or fft_size,
        "smoothing": smoothing_time_constant,
        "spectrogram": include_spectrogram,
        "waveform": include_waveform,
    }
    if isinstance(source, str | os.PathLike) and os.fspath(source).endswith(".wav"):
        samples, rate = recording(source, "microphone")
        samples = samples.mean(1)
    elif source is None or isinstance(source, int | str):
        blocks, rate, release = _listening(source, sample_rate_hz, fft_size)
        return MicrophoneIterator(blocks, rate, options, release)
    else:
        samples, rate = np.asarray(source, np.float32).ravel(), sample_rate_hz or 44100
    if sample_rate_hz not in (None, rate):
        raise ArgumentError(f"microphone: {source} has {rate} samples a second, not {sample_rate_hz}")
    full = len(samples) - len(samples) % fft_size
    return MicrophoneIterator(iter(samples[:full].reshape(-1, fft_size)), rate, options, lambda: None)


def recording(path: str | os.PathLike[str], op: str) -> tuple[Array, int]:
    """The samples of a .wav file, [samples, channels] from -1 to 1, and its rate."""
    file = existing(path, op)
    try:
        with wave.open(str(file), "rb") as recording:
            kind = _WIDTHS[recording.getsampwidth()]
            raw = np.frombuffer(recording.readframes(recording.getnframes()), kind)
            channels, rate = recording.getnchannels(), recording.getframerate()
    except (wave.Error, EOFError, KeyError) as error:
        raise DataFormatError(f"{op}: {file} is no recording that can be read: {error}") from None
    half = 2.0 ** (8 * kind.itemsize - 1)
    scaled = (raw.astype(np.float32) - (half if kind.kind == "u" else 0.0)) / np.float32(half)
    return scaled.reshape(-1, channels), rate


def _listening(source: int | str | None, rate: int | None, size: int) -> tuple[Iterator[Array], int, Any]:
    """Blocks of samples of a microphone, its rate, and what gives it back."""
    try:
        sound = optional("sounddevice", "microphone", "microphone")
    except OSError as error:  # the package is there, the system's library isn't
        raise DeviceError(f"microphone: sounddevice cannot be used: {error}") from None
    heard: queue.SimpleQueue[Array] = queue.SimpleQueue()
    try:
        stream = sound.InputStream(
            samplerate=rate, blocksize=size, device=source, channels=1, dtype="float32",
            callback=lambda samples, *_: heard.put(samples[:, 0].copy()),
        )  # fmt: skip
        stream.start()
    except (sound.PortAudioError, ValueError) as error:
        raise DeviceError(
            f"microphone: it cannot be opened: {error}. A .wav file's path works in its place"
        ) from None

    def blocks() -> Iterator[Array]:
        while True:
            try:
                yield heard.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                raise DeviceError(f"microphone: no sound for {WAIT_SECONDS:.0f} seconds") from None

    return blocks(), int(stream.samplerate), stream.close
