"""Folders of texts and of recordings as data sets: a folder for each class. As functions of `keras.utils`."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.recording import read_wav
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.folders import Folder, Format, LabelMode, Labels, Subset, classified

TEXTS, SOUNDS = (".txt",), (".wav",)


@checked
def text_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Labels = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: Subset = None,
    follow_links: bool = False,
    format: Format = "tf",
    verbose: bool = True,
) -> Any:
    """Text files in folders, one a class, in batches of strings. As Keras's `text_dataset_from_directory`.

    `directory`: the folder; its folders are the classes, with files *.txt in UTF-8.
    `max_length`: so many bytes of each file are read, by default all.
    `labels`, `label_mode`, `class_names`, `batch_size`, `shuffle`, `seed`, `validation_split`, `subset`,
    `follow_links`, `format`, `verbose`: as of `image_dataset_from_directory`.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "good").mkdir()
    >>> _ = (folder / "good" / "1.txt").write_text("a film")
    >>> texts, labels = next(iter(text_dataset_from_directory(folder)))
    Found 1 files belonging to 1 classes.
    >>> texts.numpy().tolist(), labels.numpy().tolist()
    (['a film'], [0])
    """

    def read(path: str) -> str:
        content = Path(path).read_bytes()[:max_length]
        return content.decode("utf-8", "ignore" if max_length else "strict")

    return classified(
        "text_dataset_from_directory", directory, TEXTS, read, None,
        labels=labels, label_mode=label_mode, class_names=class_names, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset, follow_links=follow_links,
        finish=partial(_batched, batch_size, False), verbose=verbose,
    )  # fmt: skip


@checked
def audio_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Labels = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: Subset = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Recordings (.wav) in folders, one a class, in batches. As Keras's `audio_dataset_from_directory`.

    A recording is float32 [samples, channels] from -1 to 1; in a batch shorter ones are filled up with 0.

    `directory`: the folder; its folders are the classes.
    `sampling_rate`: the samples a second that all must have: nothing is sampled anew.
    `output_sequence_length`: samples of a recording: longer ones are cut, shorter ones filled up with 0.
    `labels`, `label_mode`, `class_names`, `batch_size`, `shuffle`, `seed`, `validation_split`, `subset`,
    `follow_links`, `verbose`: as of `image_dataset_from_directory`.
    `ragged`: must be False: batches are filled up.

    ArgumentError for another rate, DataFormatError for what is no recording.

    >>> import tempfile, wave
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "beep").mkdir()
    >>> with wave.open(str(folder / "beep" / "1.wav"), "wb") as file:
    ...     file.setparams((1, 2, 8000, 3, "NONE", ""))
    ...     file.writeframes(np.array([0, 16384, -32768], np.int16).tobytes())
    >>> sounds, labels = next(iter(audio_dataset_from_directory(folder)))
    Found 1 files belonging to 1 classes.
    >>> sounds.numpy().ravel().tolist()
    [0.0, 0.5, -1.0]
    """

    if ragged:
        raise ArgumentError(
            "audio_dataset_from_directory: there are no ragged batches: give an output_sequence_length, or "
            "have shorter recordings filled up"
        )

    def read(path: str) -> np.ndarray[Any, Any]:
        samples, rate = read_wav(Path(path), "audio_dataset_from_directory")
        if sampling_rate not in (None, rate):
            raise ArgumentError(
                f"audio_dataset_from_directory: {path!r} has {rate} samples a second, not {sampling_rate}"
            )
        if output_sequence_length is None:
            return samples
        missing = max(0, output_sequence_length - len(samples))
        return np.pad(samples[:output_sequence_length], [(0, missing), (0, 0)])

    return classified(
        "audio_dataset_from_directory", directory, SOUNDS, read, None,
        labels=labels, label_mode=label_mode, class_names=class_names, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset, follow_links=follow_links,
        finish=partial(_batched, batch_size, output_sequence_length is None), verbose=verbose,
    )  # fmt: skip


def _batched(batch_size: int | None, pads: bool, found: Folder) -> Folder:
    if batch_size is None:
        return found
    steps = found.padded_batch(batch_size) if pads else found.batch(batch_size)
    return Folder(steps.prefetch(AUTOTUNE)._stage, found.class_names, found.file_paths)
