"""Folders of pictures as data sets: a folder for each class."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import TensorSpec
from glbackend.contracts.random import Seed, key_of
from glbackend.data.ahead import AUTOTUNE, threads_of
from glbackend.data.choosing import Shuffle
from glbackend.data.dataset import Dataset
from glbackend.data.grouping import Floats
from glbackend.data.pictures import Decoder
from glbackend.data.sources import Slices
from glbackend.data.stage import Order, Stage
from glbackend.data.transforming import Map
from glbackend.ops.random import next_seed

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
Labels = Literal["inferred"] | Sequence[int] | None
LabelMode = Literal["int", "categorical", "binary"] | None
Subset = Literal["training", "validation", "both"] | None
Size = int | tuple[int, int] | None


class ImageFolder(Dataset):
    """Pictures of a folder: what `gl.data.image_folder` gives. As Keras's `image_dataset_from_directory`.

    `stage` makes its elements. `class_names` are the names of the classes, None without labels, in the order
    of their numbers, `file_paths` the files, in the order before any shuffling of passes.

    >>> import tempfile
    >>> import glbackend as gl
    >>> from PIL import Image
    >>> folder = tempfile.mkdtemp()
    >>> Image.new("RGB", (4, 3)).save(folder + "/one.png")
    >>> gl.data.image_folder(folder, labels=None).class_names
    """

    def __init__(self, stage: Stage, class_names: list[str] | None, file_paths: list[str]) -> None:
        super().__init__(stage)
        self.class_names = class_names
        self.file_paths = file_paths


@checked
def image_folder(
    directory: str | os.PathLike[str],
    *,
    labels: Labels = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    image_size: Size = None,
    shuffle: bool = False,
    seed: Seed | None = None,
    validation_split: float | None = None,
    subset: Subset = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    num_parallel_calls: int | None = AUTOTUNE,
) -> Any:
    """Pictures in folders, one a class, as tuples (image, label), not batched.

    Images are float32 [height, width, channels] from 0 to 255, decoded by Pillow when they are asked for.

    `directory`: the folder; its folders are the classes, in the order of their names.
    `labels`: "inferred" for those, a list of numbers, one a file in the order of their paths, or None: then
    elements are images alone, and folders have no meaning.
    `label_mode`: "int" (int32), "categorical" (one-hot, float32), "binary" (float32 [1], of two classes), or
    None as with `labels`.
    `class_names`: the folders to take, in the order of their numbers.
    `color_mode`: "grayscale", "rgb" or "rgba".
    `image_size`: height and width, or one number for both; the pictures' own by default.
    `shuffle`: whether chance orders the files, and each pass anew; `seed` makes it repeatable.
    `validation_split`: the share of files, the last in order, that `subset` "validation" has; "training" has
    the others, and "both" gives the two data sets.
    `interpolation`: "bilinear" or "nearest", pixels counted from their middle, as in TensorFlow.
    `follow_links`: whether folders may be links.
    `crop_to_aspect_ratio`: cut to the proportions of `image_size`, from the middle; `pad_to_aspect_ratio`:
    fill up with black to them. By default pictures are stretched.
    `num_parallel_calls`: threads that decode, by default one a core; None for none.

    The result also has `class_names` and `file_paths`. NotADirectoryError where there is no folder,
    ArgumentError where there are no pictures, MissingPackageError without Pillow. As Keras's
    `image_dataset_from_directory` without batches; TF.js has none.

    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("cat", "dog"):
    ...     (folder / name).mkdir()
    ...     Image.new("RGB", (4, 3)).save(folder / name / "1.png")
    >>> ds = image_folder(folder, image_size=(2, 2))
    >>> ds.class_names, [(image.shape, label.item()) for image, label in ds]
    (['cat', 'dog'], [((2, 2, 3), 0), ((2, 2, 3), 1)])
    """
    both = (image_size, image_size) if isinstance(image_size, int) else image_size
    size = None if both is None else (both[0], both[1])
    decoder = Decoder(color_mode, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio)
    decoder.check("image_folder")
    if labels is None or label_mode is None:
        labels = label_mode = None
    own_seed = next_seed() if seed is None and shuffle else seed
    index = _index(Path(directory), labels, class_names, follow_links)
    if shuffle:
        index = index.shuffled(own_seed or 0)
    if label_mode == "binary" and len(index.classes or []) != 2:
        raise ArgumentError(f"image_folder: label_mode 'binary' needs two classes, got {index.classes}")
    made = partial(_made, decoder, label_mode, threads_of(num_parallel_calls, "image_folder"))
    if subset == "both":
        training, validation = (index.part(validation_split, one) for one in ("training", "validation"))
        return made(training, own_seed if shuffle else None), made(validation, None)
    return made(index.part(validation_split, subset), own_seed if shuffle else None)


@checked
def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Labels = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Size = (256, 256),
    shuffle: bool = True,
    seed: Seed | None = None,
    validation_split: float | None = None,
    subset: Subset = None,
    interpolation: str = "bilinear",
    **options: Any,
) -> Any:
    """Pictures in folders, one a class, in batches, decoded beside training. As Keras's function.

    `batch_size`: pictures in a batch, None for none. `directory`, `labels`, `label_mode`, `class_names`,
    `color_mode`, `image_size`, `shuffle`, `seed`, `validation_split`, `subset`, `interpolation` and the
    further `options` are those of `image_folder`, with Keras's defaults. With a whole number as `seed` the
    files are split as Keras splits them.

    The errors are those of `image_folder`, too.

    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "cat").mkdir()
    >>> Image.new("RGB", (4, 3)).save(folder / "cat" / "1.png")
    >>> images, labels = next(iter(image_dataset_from_directory(folder)))
    >>> images.shape, labels.shape
    ((1, 256, 256, 3), (1,))
    """
    found = image_folder(
        directory,
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        color_mode=color_mode,
        image_size=image_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        interpolation=interpolation,
        **options,
    )
    if isinstance(found, tuple):  # training and validation
        return tuple(_batched(one, batch_size) for one in found)
    return _batched(found, batch_size)


def _batched(found: ImageFolder, batch_size: int | None) -> ImageFolder:
    steps = found if batch_size is None else found.batch(batch_size)
    return ImageFolder(steps.prefetch(AUTOTUNE)._stage, found.class_names, found.file_paths)


@dataclass(frozen=True)
class _Index:
    """Files, the number of each one's class (None without labels), and the classes' names."""

    paths: list[str]
    labels: list[int] | None
    classes: list[str] | None

    def shuffled(self, seed: Seed) -> "_Index":
        """In an order of chance: for seeds that Keras takes the one that it has."""
        number = seed if isinstance(seed, int) and 0 <= seed < 2**32 else key_of(seed)[0]
        order = list(range(len(self.paths)))
        np.random.RandomState(number).shuffle(order)
        return self._at(order)

    def part(self, share: float | None, subset: str | None) -> "_Index":
        """The files of a subset; ArgumentError where the two do not go together."""
        if not share and subset is None:
            return self
        if not share or subset is None or not 0 < share < 1:
            raise ArgumentError(
                f"image_folder: validation_split in (0, 1) and subset go together, got {share} and {subset}"
            )
        held = int(share * len(self.paths))
        order = range(len(self.paths))
        first = len(self.paths) - held
        chosen = self._at(order[:first] if subset == "training" else order[first:])
        if not chosen.paths:
            raise ArgumentError(f"image_folder: no file is left for the {subset} subset")
        return chosen

    def _at(self, order: Sequence[int]) -> "_Index":
        labels = None if self.labels is None else [self.labels[i] for i in order]
        return _Index([self.paths[i] for i in order], labels, self.classes)


def _index(directory: Path, labels: Labels, names: Sequence[str] | None, follow_links: bool) -> _Index:
    if not directory.is_dir():
        raise NotADirectoryError(f"image_folder: there is no folder {str(directory)!r}")
    inferred = isinstance(labels, str)
    if names is not None and not inferred:
        raise ArgumentError("image_folder: class_names go with labels='inferred'")
    if not inferred:
        found = list(_pictures(directory, follow_links))
        _refuse_none(found, directory)
        if labels is None:
            return _Index(found, None, None)
        if len(labels) != len(found):
            raise ArgumentError(f"image_folder: {len(labels)} labels for {len(found)} files")
        numbers = [int(one) for one in labels]
        return _Index(found, numbers, [str(one) for one in sorted(set(numbers))])
    there = sorted(one.name for one in directory.iterdir() if one.is_dir() and not one.name.startswith("."))
    if unknown := set(names or ()) - set(there):
        raise ArgumentError(f"image_folder: no folder for the class {', '.join(sorted(unknown))}")
    classes = list(names or there)
    pairs = [(path, i) for i, one in enumerate(classes) for path in _pictures(directory / one, follow_links)]
    _refuse_none(pairs, directory)
    return _Index([path for path, _ in pairs], [i for _, i in pairs], classes)


def _refuse_none(found: Sequence[Any], directory: Path) -> None:
    if not found:
        raise ArgumentError(
            f"image_folder: there are no pictures ({', '.join(SUFFIXES)}) in {str(directory)!r}; "
            f"each class needs a folder of its own, unless labels=None"
        )


def _pictures(folder: Path, follow_links: bool) -> Iterator[str]:
    for root, _, files in sorted(os.walk(folder, followlinks=follow_links)):
        yield from (os.path.join(root, one) for one in sorted(files) if one.lower().endswith(SUFFIXES))


def _made(decoder: Decoder, mode: LabelMode, threads: int, index: _Index, seed: Seed | None) -> ImageFolder:
    """The data set of an index, shuffled in each pass where there is a seed."""
    paths = np.array(index.paths)
    image = TensorSpec(decoder.shape)
    if index.labels is None:
        stage: Stage = Slices(paths)
        load: Any = decoder.decode
        spec: Any = image
    else:
        labels = _coded(np.array(index.labels, np.int32), mode, len(index.classes or ()))
        stage = Slices((paths, labels))
        load = partial(_with_label, decoder)
        spec = (image, stage.spec[1])
    if seed is not None:
        stage = Shuffle(stage, len(paths), Order(seed))
    return ImageFolder(Floats(Map(stage, load, threads, spec)), index.classes, index.paths)


def _coded(labels: np.ndarray[Any, Any], mode: LabelMode, classes: int) -> np.ndarray[Any, Any]:
    if mode == "categorical":
        return np.eye(classes, dtype=np.float32)[labels]
    return labels.astype(np.float32)[:, None] if mode == "binary" else labels


def _with_label(decoder: Decoder, element: tuple[str, Any]) -> tuple[Any, Any]:
    return decoder.decode(element[0]), element[1]
