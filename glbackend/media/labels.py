"""The names of a model's classes, from a file that says them, and the likeliest of them."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DataFormatError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor

IMAGENET_ADDRESS = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"  # as Keras has it
)
IMAGENET_MD5 = "c2c37ea517e94d9795004a39431a14cb"  # which Keras checks, too
IMAGENET_CLASSES = 1000
MOST_BYTES = 1 << 22  # of a file of labels
SECONDS = 20  # that a server may keep silent
COCO = re.findall(  # the 91 category ids of the data set COCO, of which 11 were never used
    r"\S+",
    """
    background person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant -
    stop_sign parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe - backpack
    umbrella - - handbag tie suitcase frisbee skis snowboard sports_ball kite baseball_bat baseball_glove
    skateboard surfboard tennis_racket bottle - wine_glass cup fork knife spoon bowl banana apple sandwich
    orange broccoli carrot hot_dog pizza donut cake chair couch potted_plant bed - dining_table - - toilet
    - tv laptop mouse remote keyboard cell_phone microwave oven toaster sink refrigerator - book clock vase
    scissors teddy_bear hair_drier toothbrush
""",
)


class Prediction(NamedTuple):
    """A class that a model believes in: its number, its name and how much.

    As the triples of Keras's `decode_predictions`, which begin with WordNet's number of the class.

    >>> Prediction(3, "cat", 0.5).name
    'cat'
    """

    number: int
    name: str
    score: float


def coco_labels(with_gaps: bool) -> list[str]:
    """The names of the classes of COCO, the data set that most detectors learn from.

    `with_gaps`: whether they stand by category id from 0 on, as TensorFlow's Object Detection API counts
    ("-" where there is none), or the 80 that are used close together, as others do. TF.js's COCO-SSD has the
    former.

    >>> coco_labels(True)[18], coco_labels(False)[16], len(coco_labels(False))
    ('dog', 'dog', 80)
    """
    names = [name.replace("_", " ") for name in COCO]
    return names if with_gaps else [name for name in names[1:] if name != "-"]


@checked
def read_labels(path: str | os.PathLike[str]) -> list[str]:
    """The names in a file of labels, in the order of their classes.

    `path`: a text file in UTF-8 with a name a line (whose number may stand before it, as in "17 cat"), or a
    JSON file: a list of names, or an object from numbers to names, as in a `config.json` of Hugging Face
    under "id2label", or to lists of which the last is the name, as in Keras's imagenet_class_index.json.

    Raises FileNotFoundError, and DataFormatError for what says no names. Its source is what Keras's and
    TensorFlow's examples do by hand.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "labels.txt")
    ...     _ = file.write_text("cat\\ndog\\n")
    ...     read_labels(file)
    ['cat', 'dog']
    """
    place = Path(path)
    if not place.is_file():
        kind = "is a folder" if place.is_dir() else "does not exist"
        raise FileNotFoundError(f"read_labels: {place} {kind}: name a text or JSON file of labels")
    if place.stat().st_size > MOST_BYTES:
        raise DataFormatError(f"read_labels: {place} has more than {MOST_BYTES} bytes: it holds no labels")
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFormatError(f"read_labels: {place} is no text in UTF-8: {error}") from None
    names = _of_json(text, place) if text.lstrip()[:1] in ("{", "[") else _of_lines(text)
    if not names:
        raise DataFormatError(f"read_labels: {place} holds no names")
    return names


def _of_lines(text: str) -> list[str]:
    lines = text.rstrip().splitlines()
    parts = [line.strip().split(maxsplit=1) for line in lines]
    if parts and all(len(one) == 2 and one[0].rstrip(":").isdecimal() for one in parts):
        return _in_order({one[0].rstrip(":"): one[1] for one in parts})
    return [line.strip() for line in lines]


def _of_json(text: str, place: Path) -> list[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataFormatError(f"read_labels: {place} is no JSON: {error}") from None
    if isinstance(found, dict):
        found = found.get("id2label", found)
    if isinstance(found, dict) and found and all(str(key).isdecimal() for key in found):
        found = _in_order(
            {key: one[-1] if isinstance(one, list) and one else one for key, one in found.items()}
        )
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise DataFormatError(
            f"read_labels: {place} must hold a list of names, or an object from numbers to names"
        )
    return found


def _in_order(names: Mapping[str, Any]) -> list[Any]:
    """The names by number; what has none is called by it."""
    numbered = {int(key): one for key, one in names.items()}
    if max(numbered) >= 100 * (len(numbered) + 10):  # a list with a place for each would be mostly empty
        raise DataFormatError(f"read_labels: {len(numbered)} names with numbers up to {max(numbered)}")
    return [numbered.get(i, str(i)) for i in range(max(numbered) + 1)]


@checked
def decode_predictions(
    predictions: TensorLike, top: int = 5, labels: Sequence[str] | str | os.PathLike[str] | None = None
) -> list[list[Prediction]]:
    """The likeliest classes of each example, with names: a list of `Prediction` (number, name, score) each.

    `predictions`: probabilities (or logits: scores are what they are) [batch, classes], or of one example.
    `top`: how many.
    `labels`: the names in the order of the classes, or a file of them, as `gl.image.read_labels` reads; by
    default those of ImageNet: Keras's file, from Keras's own cache, or fetched there once and checked.

    Raises ShapeError where there are fewer names than classes. As Keras's `decode_predictions`.

    >>> decode_predictions([[0.1, 0.7, 0.2]], 2, ["cat", "dog", "cow"])[0][0].name
    'dog'
    """
    given = as_tensor(predictions, "predictions", "decode_predictions").numpy()
    scores = given[None] if given.ndim == 1 else given
    if scores.ndim != 2 or not scores.shape[1] or top < 1:
        raise ShapeError(
            f"decode_predictions: needs [batch, classes] and a top of at least 1, got {list(given.shape)} "
            f"and {top}"
        )
    if labels is None and scores.shape[1] != IMAGENET_CLASSES:
        raise ArgumentError(
            f"decode_predictions: {scores.shape[1]} classes are not ImageNet's {IMAGENET_CLASSES}: "
            f"pass labels"
        )
    if labels is None:
        names = imagenet_labels()
    else:
        names = read_labels(labels) if isinstance(labels, str | os.PathLike) else list(labels)
    if len(names) < scores.shape[1]:
        raise ShapeError(f"decode_predictions: {len(names)} labels for {scores.shape[1]} classes")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [
        [Prediction(int(i), names[i], float(row[i])) for i in best]
        for row, best in zip(scores, order, strict=True)
    ]


def imagenet_labels() -> list[str]:
    """The names of ImageNet's 1000 classes, from the file that Keras keeps, fetched where it is not there."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    place = home / "models" / "imagenet_class_index.json"
    if not place.is_file():
        _fetch(place)
    return read_labels(place)


def _fetch(place: Path) -> None:
    """Puts ImageNet's names there, whole and checked, or raises DataFormatError that says what helps."""
    import urllib.request  # noqa: PLC0415 - with all of HTTP and TLS, a tenth of `import glbackend`

    otherwise = "pass labels, a list or a file of names"
    try:
        with urllib.request.urlopen(IMAGENET_ADDRESS, timeout=SECONDS) as answer:
            content = answer.read(MOST_BYTES)
    except OSError as error:
        raise DataFormatError(
            f"decode_predictions: the names of ImageNet's classes cannot be fetched ({error}): {otherwise}"
        ) from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != IMAGENET_MD5:
        raise DataFormatError(
            f"decode_predictions: {IMAGENET_ADDRESS} gave {len(content)} bytes that are not the names of "
            f"ImageNet's classes: {otherwise}"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, place)
