"""Windows of a time series as a data set, and data cut in two. As functions of `keras.utils`."""

from operator import itemgetter
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.counts import count_of
from glbackend.base.errors import ArgumentError
from glbackend.base.nested import map_leaves
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.dataset import Dataset
from glbackend.data.element import as_arrays, length_of
from glbackend.data.folders import Format
from glbackend.data.sources import Items, Slices
from glbackend.ops.random import next_seed


@checked
def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: Format = "tf",
) -> Dataset:
    """Windows of consecutive steps in batches. As Keras's `timeseries_dataset_from_array`.

    `data`: steps along the first axis, an array or a tensor.
    `targets`: what belongs to the window that begins at each step; None: elements are windows alone.
    `sequence_length`: steps in a window, which lie `sampling_rate` steps apart.
    `sequence_stride`: so many steps lie between the beginnings of two windows.
    `batch_size`: windows in a batch, None for none.
    `shuffle`: whether chance orders the windows, and each pass anew; `seed` makes it repeatable.
    `start_index`, `end_index`: only the steps from there, and before there, are used.
    `format`: what Keras makes the data set of, "tf" or "grain", which changes nothing here.

    ArgumentError where no window fits, and for numbers and places that are not within the data.

    >>> windows, following = next(iter(timeseries_dataset_from_array([0., 1., 2., 3.], [2., 3.], 2)))
    >>> windows.numpy().tolist(), following.numpy().tolist()
    ([[0.0, 1.0], [1.0, 2.0]], [2.0, 3.0])
    """
    op = "timeseries_dataset_from_array"
    count_of(sequence_length, "sequence_length", op)
    count_of(sequence_stride, "sequence_stride", op)
    count_of(sampling_rate, "sampling_rate", op)
    kept = slice(start_index, end_index)
    steps = _steps("data", data, op)
    if not 0 <= (start_index or 0) < (len(steps) if end_index is None else end_index) <= len(steps):
        raise ArgumentError(
            f"{op}: start_index must lie before end_index, both within the data, got {start_index} and "
            f"{end_index} of {len(steps)} steps"
        )
    steps = steps[kept]
    answers = None if targets is None else _steps("targets", targets, op)[kept]
    span = (sequence_length - 1) * sampling_rate + 1
    count = len(steps) - span + 1 if answers is None else min(len(steps) - span + 1, len(answers))
    if count < 1:
        raise ArgumentError(f"{op}: windows span {span} steps, but there are {len(steps)}")

    def window(start: Any) -> Any:
        found = steps[start : start + span : sampling_rate]
        return found if answers is None else (found, answers[start])

    found = Dataset(Slices(np.arange(0, count, sequence_stride))).map(window)
    if shuffle:
        found = found.shuffle(-(-count // sequence_stride), seed=seed)
    return found if batch_size is None else found.batch(batch_size).prefetch(AUTOTUNE)


def _steps(name: str, value: Any, op: str) -> Any:
    """An array of steps; ArgumentError for what is none."""
    found = None if value is None else as_arrays(value, op)
    if not isinstance(found, np.ndarray) or not found.ndim:
        raise ArgumentError(f"{op}: {name} must be an array of steps, got {got(value)}")
    return found


@checked
def split_dataset(
    dataset: Any,
    left_size: float | int | None = None,
    right_size: float | int | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Dataset, Dataset]:
    """Data cut in two: the first elements, and the last ones. As Keras's `split_dataset`.

    `dataset`: a data set, of which all elements are read; or arrays, in tuples, lists or dicts of one length.
    `left_size`, `right_size`: how many elements the first and the last part have, or which share of all; of
    one that is left out the rest.
    `shuffle`: whether chance orders the elements first; `seed` makes it repeatable.

    ArgumentError for sizes that do not fit.

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> left.size, [one.item() for one in right]
    (8, [8, 9])
    """
    if isinstance(dataset, Dataset):
        elements = list(dataset)
        order = np.arange(len(elements))
    else:
        given = as_arrays(tuple(dataset) if isinstance(dataset, list) else dataset, "split_dataset")
        order = np.arange(length_of(given, "split_dataset"))
    if shuffle:
        np.random.RandomState(next_seed() % 2**32 if seed is None else seed).shuffle(order)
    first, last = _sizes(len(order), left_size, right_size)
    parts = order[:first], order[len(order) - last :]
    if isinstance(dataset, Dataset):
        left, right = (Dataset(Items([elements[i] for i in part])) for part in parts)
    else:
        left, right = (Dataset(Slices(map_leaves(np.ndarray, itemgetter(part), given))) for part in parts)
    return left, right


def _sizes(count: int, left: float | None, right: float | None) -> tuple[int, int]:
    """How many elements each part has."""
    if left is None and right is None:
        raise ArgumentError("split_dataset: give left_size or right_size")
    first = _number(left, count, "left_size")
    last = _number(right, count, "right_size")
    first = count - (last or 0) if first is None else first
    last = count - first if last is None else last
    if first + last > count or not first or not last:
        raise ArgumentError(f"split_dataset: {count} elements cannot be cut into {first} and {last}")
    return first, last


def _number(size: float | None, count: int, name: str) -> int | None:
    if size is None or isinstance(size, int):
        return size
    if not 0 < size < 1:
        raise ArgumentError(f"split_dataset: {name} must be a whole number or lie in (0, 1), got {size}")
    return round(size * count)
