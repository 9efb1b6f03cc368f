"""Folders of pictures as data sets: a folder for each class."""

import os
from collections.abc import Sequence
from typing import Any, Literal

from glbackend.base.calling import checked
from glbackend.base.shapes import TensorSpec
from glbackend.contracts.random import Seed
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.folders import Folder, Format, LabelMode, Labels, Subset, classified
from glbackend.data.pictures import Decoder

KERAS_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
SUFFIXES = (*KERAS_SUFFIXES, ".webp")
Size = int | tuple[int, int] | None


class ImageFolder(Folder):
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
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("cat", "dog"):
    ...     (folder / name).mkdir()
    ...     Image.new("RGB", (4, 3)).save(folder / name / "1.png")
    >>> ds = image_folder(folder, image_size=(2, 2))
    >>> ds.class_names, [(image.shape, label.item()) for image, label in ds]
    (['cat', 'dog'], [((2, 2, 3), 0), ((2, 2, 3), 1)])
    """
    decoder = _decoder(
        "image_folder", color_mode, image_size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio
    )
    return classified(
        "image_folder", directory, SUFFIXES, decoder.decode, TensorSpec(decoder.shape),
        labels=labels, label_mode=label_mode, class_names=class_names, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset, follow_links=follow_links,
        num_parallel_calls=num_parallel_calls,
        finish=lambda found: ImageFolder(found._stage, found.class_names, found.file_paths),
    )  # fmt: skip


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
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    format: Format = "tf",
    verbose: bool = True,
) -> Any:
    """Pictures in folders, one a class, in batches, decoded beside training. As Keras's function.

    `batch_size`: pictures in a batch, None for none.
    `data_format`: "channels_first" for [channels, height, width].
    `format`: what Keras makes the data set of, "tf" or "grain", which changes nothing here.
    `verbose`: whether it is printed how many files and classes there are.

    `directory`, `labels`, `label_mode`, `class_names`, `color_mode`, `image_size`, `shuffle`, `seed`,
    `validation_split`, `subset`, `interpolation`, `follow_links`, `crop_to_aspect_ratio` and
    `pad_to_aspect_ratio` are those of `image_folder`, with Keras's defaults; files *.webp do not count, as
    there. With a whole number as `seed` the files are split as Keras splits them.

    The errors are those of `image_folder`, too.

    >>> import tempfile
    >>> from PIL import Image
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "cat").mkdir()
    >>> Image.new("RGB", (4, 3)).save(folder / "cat" / "1.png")
    >>> images, labels = next(iter(image_dataset_from_directory(folder)))
    Found 1 files belonging to 1 classes.
    >>> images.shape, labels.shape
    ((1, 256, 256, 3), (1,))
    """
    op = "image_dataset_from_directory"
    decoder = _decoder(op, color_mode, image_size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio)
    turns = data_format == "channels_first"
    height, width, channels = decoder.shape

    def batched(found: Folder) -> ImageFolder:
        steps = found if batch_size is None else found.batch(batch_size)
        return ImageFolder(steps.prefetch(AUTOTUNE)._stage, found.class_names, found.file_paths)

    return classified(
        op, directory, KERAS_SUFFIXES,
        (lambda path: decoder.decode(path).transpose(2, 0, 1)) if turns else decoder.decode,
        TensorSpec((channels, height, width) if turns else decoder.shape),
        labels=labels, label_mode=label_mode, class_names=class_names, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset, follow_links=follow_links, finish=batched,
        verbose=verbose,
    )  # fmt: skip


def _decoder(op: str, color_mode: str, size: Size, interpolation: str, crops: bool, pads: bool) -> Decoder:
    """What decodes; ArgumentError for what it cannot do."""
    both = (size, size) if isinstance(size, int) else size
    decoder = Decoder(
        color_mode, None if both is None else (both[0], both[1]), interpolation.lower(), crops, pads
    )
    decoder.check(op)
    return decoder
