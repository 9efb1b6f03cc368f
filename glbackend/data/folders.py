"""Folders of files as data sets: a folder for each class."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import TensorSpec
from glbackend.contracts.random import Seed, key_of
from glbackend.data.ahead import AUTOTUNE, threads_of
from glbackend.data.choosing import Shuffle
from glbackend.data.dataset import Dataset
from glbackend.data.grouping import Floats
from glbackend.data.sources import Slices
from glbackend.data.stage import Order, Stage
from glbackend.data.transforming import Map
from glbackend.ops.random import next_seed

Labels = Literal["inferred"] | Sequence[int] | None
LabelMode = Literal["int", "categorical", "binary"] | None
Format = Literal["tf", "grain"]  # what Keras makes the data set of
Subset = Literal["training", "validation", "both"] | None


class Folder(Dataset):
    """Files of a folder, by class; `stage` makes its elements.

    `class_names` are the names of the classes, None without labels, in the order of their numbers,
    `file_paths` the files, in the order before any shuffling of passes.
    """

    def __init__(self, stage: Stage, class_names: list[str] | None, file_paths: list[str]) -> None:
        super().__init__(stage)
        self.class_names = class_names
        self.file_paths = file_paths


def classified(
    op: str,
    directory: str | os.PathLike[str],
    suffixes: tuple[str, ...],
    read: Callable[[str], Any],
    spec: TensorSpec | None,
    *,
    labels: Labels,
    label_mode: LabelMode,
    class_names: Sequence[str] | None,
    shuffle: bool,
    seed: Seed | None,
    validation_split: float | None,
    subset: Subset,
    follow_links: bool,
    finish: Callable[[Folder], Any],
    num_parallel_calls: int | None = AUTOTUNE,
    verbose: bool = False,
) -> Any:
    """What `read` makes of the files of a folder, with the numbers of their classes.

    `spec` is that of what is read; `finish` makes of each data set what is given out, of "both" in a list;
    with `verbose` it is printed how many files there are, as Keras does.
    """
    if labels is None or label_mode is None:
        labels = label_mode = None
    _check_split(op, validation_split, subset, shuffle, seed)
    own_seed = next_seed() if seed is None and shuffle else seed
    index = _index(op, Path(directory), labels, class_names, follow_links, suffixes)
    if verbose:
        among = "" if index.classes is None else f" belonging to {len(index.classes)} classes"
        print(f"Found {len(index.paths)} files{among}.")
    if shuffle:
        index = index.shuffled(own_seed or 0)
    if label_mode == "binary" and len(index.classes or []) != 2:
        raise ArgumentError(f"{op}: label_mode 'binary' needs two classes, got {index.classes}")
    made = partial(_made, read, spec, label_mode, threads_of(num_parallel_calls, op))
    found = []
    for one in ("training", "validation") if subset == "both" else (subset,):
        part = index.part(validation_split, one, op)
        if verbose and one:
            print(f"Using {len(part.paths)} files for {one}.")
        shuffles = shuffle and (subset != "both" or one == "training")
        found.append(finish(made(part, own_seed if shuffles else None)))
    return found if subset == "both" else found[0]


def _check_split(op: str, share: float | None, subset: str | None, shuffle: bool, seed: Any) -> None:
    """ArgumentError where the two do not go together, or two calls would not part the same files."""
    if (share is None or not share) != (subset is None) or not 0 <= (share or 0) < 1:
        raise ArgumentError(
            f"{op}: validation_split in (0, 1) and subset go together, got {share} and {subset}"
        )
    if subset in ("training", "validation") and shuffle and seed is None:
        raise ArgumentError(
            f"{op}: with validation_split and shuffle give a seed, so that training and validation part the "
            f"files alike, or subset='both'"
        )


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

    def part(self, share: float | None, subset: str | None, op: str) -> "_Index":
        """The files of a subset; ArgumentError where one of them has none."""
        if not share or subset is None:
            return self
        held = int(share * len(self.paths))
        order = range(len(self.paths))
        first = len(self.paths) - held
        if not held or not first:
            raise ArgumentError(
                f"{op}: no file is left for {'training' if held else 'validation'}: validation_split {share} "
                f"of {len(self.paths)} files is {held}"
            )
        return self._at(order[:first] if subset == "training" else order[first:])

    def _at(self, order: Sequence[int]) -> "_Index":
        labels = None if self.labels is None else [self.labels[i] for i in order]
        return _Index([self.paths[i] for i in order], labels, self.classes)


def _index(
    op: str,
    directory: Path,
    labels: Labels,
    names: Sequence[str] | None,
    follow_links: bool,
    suffixes: tuple[str, ...],
) -> _Index:
    if not directory.is_dir():
        raise NotADirectoryError(f"{op}: there is no folder {str(directory)!r}")
    inferred = isinstance(labels, str)
    if names is not None and not inferred:
        raise ArgumentError(f"{op}: class_names go with labels='inferred'")
    if not inferred:
        found = list(_files(directory, follow_links, suffixes))
        _refuse_none(found, directory, suffixes, op)
        if labels is None:
            return _Index(found, None, None)
        if len(labels) != len(found):
            raise ArgumentError(f"{op}: {len(labels)} labels for {len(found)} files")
        numbers = [int(one) for one in labels]
        return _Index(found, numbers, [str(one) for one in sorted(set(numbers))])
    there = sorted(one.name for one in directory.iterdir() if one.is_dir() and not one.name.startswith("."))
    if unknown := set(names or ()) - set(there):
        raise ArgumentError(f"{op}: no folder for the class {', '.join(sorted(unknown))}")
    classes = list(names or there)
    pairs = [
        (path, i) for i, one in enumerate(classes) for path in _files(directory / one, follow_links, suffixes)
    ]
    _refuse_none(pairs, directory, suffixes, op)
    return _Index([path for path, _ in pairs], [i for _, i in pairs], classes)


def _refuse_none(found: Sequence[Any], directory: Path, suffixes: tuple[str, ...], op: str) -> None:
    if not found:
        raise ArgumentError(
            f"{op}: there are no files of the kinds {', '.join(suffixes)} in {str(directory)!r}; "
            f"each class needs a folder of its own, unless labels=None"
        )


def _files(folder: Path, follow_links: bool, suffixes: tuple[str, ...]) -> Iterator[str]:
    for root, _, files in sorted(os.walk(folder, followlinks=follow_links)):
        yield from (os.path.join(root, one) for one in sorted(files) if one.lower().endswith(suffixes))


def _made(
    read: Callable[[str], Any],
    spec: TensorSpec | None,
    mode: LabelMode,
    threads: int,
    index: _Index,
    seed: Seed | None,
) -> Folder:
    """The data set of an index, shuffled in each pass where there is a seed."""
    paths = np.array(index.paths)
    if index.labels is None:
        stage: Stage = Slices(paths)
        load: Any = read
        specs: Any = spec
    else:
        labels = _coded(np.array(index.labels, np.int32), mode, len(index.classes or ()))
        stage = Slices((paths, labels))
        load = partial(_with_label, read)
        specs = None if spec is None else (spec, stage.spec[1])
    if seed is not None:
        stage = Shuffle(stage, len(paths), Order(seed))
    return Folder(Floats(Map(stage, load, threads, specs)), index.classes, index.paths)


def _coded(labels: np.ndarray[Any, Any], mode: LabelMode, classes: int) -> np.ndarray[Any, Any]:
    if mode == "categorical":
        return (labels[:, None] == np.arange(classes)).astype(np.float32)  # none for others, as in Keras
    return labels.astype(np.float32)[:, None] if mode == "binary" else labels


def _with_label(read: Callable[[str], Any], element: tuple[str, Any]) -> tuple[Any, Any]:
    return read(element[0]), element[1]
