"""Data sets out of lists, arrays, functions and other data sets. As the functions of `tf.data`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from glbackend.base.calling import checked, explained
from glbackend.base.errors import ArgumentError
from glbackend.data.dataset import Dataset
from glbackend.data.sources import Generated, Items, results_of


@checked
def array(items: Sequence[Any]) -> Dataset:
    """The elements of a list. As `tf.data.array`.

    `items`: a list, or anything else with a length that can be iterated over again; they are not copied, and
    elements are given as they are.

    >>> array([{"item": 1}, {"item": 2}]).to_array()
    [{'item': 1}, {'item': 2}]
    """
    if not hasattr(items, "__len__") or not hasattr(items, "__iter__"):
        raise ArgumentError(f"array: items must be a list, got {type(items).__name__}")
    return Dataset(Items(items))


@checked
def from_tensor_slices(tensors: Any) -> Dataset:
    """What lies along the first axis of arrays: their rows, as tensors when they are given out.

    `tensors`: an array, a tensor, or nested lists; or several of one length in dicts and tuples, whose
    elements then have that structure. NumPy's arrays are not copied; memory maps are read as they are used.
    A table of pandas or pyarrow gives its rows, `dict(frame)` of a DataFrame dicts by column.

    ShapeError for different lengths. As `Dataset.from_tensor_slices` in TensorFlow; TF.js has none.

    >>> import numpy as np
    >>> ds = from_tensor_slices((np.zeros((4, 2), np.float32), np.arange(4)))
    >>> ds.size, [y.item() for x, y in ds]
    (4, [0, 1, 2, 3])
    """
    return Dataset.from_tensor_slices(tensors)


@checked
def generator(generator: Any) -> Dataset:
    """What an iterator gives that a function makes for each pass. As `tf.data.generator`.

    `generator`: a generator function, or one that returns an iterator; an object whose `next()` gives dicts
    of "value" and "done", as in TF.js, is one, too. Each pass must get a new one. ArgumentError for a
    generator that has been called already.

    >>> def squares():
    ...     for i in range(4):
    ...         yield i * i
    >>> generator(squares).to_array()
    [0, 1, 4, 9]
    """
    if not callable(generator):
        raise ArgumentError(
            f"generator: give the function itself, which each pass calls, got {type(generator).__name__}"
        )
    return Dataset(Generated(generator))


@checked
def func(f: Callable[[], Any]) -> Dataset:
    """What a function gives, called for each element. As `tf.data.func`.

    `f` says that there are no more by raising StopIteration, or gives dicts of "value" and "done" as in
    TF.js. Each pass goes on calling it.

    >>> numbers = iter([3, 1, 2])
    >>> func(lambda: next(numbers)).to_array()
    [3, 1, 2]
    """
    # differs from TF.js: after its end each pass asks the function anew, there it stays ended
    return Dataset(Generated(partial(results_of, f)))


@partial(explained, name="zip", beforehand=True)
def zip_(datasets: Any) -> Dataset:
    """Elements of several data sets side by side, as many as the smallest has. As `tf.data.zip`.

    `datasets`: data sets in a list, a tuple or a dict, or in nested ones; an element has that structure, with
    tuples for lists. ArgumentError for anything else in it.

    >>> x, y = array([1, 2, 3]), array([10, 20])
    >>> zip_((x, y)).to_array(), zip_({"x": x}).to_array()
    ([(1, 10), (2, 20)], [{'x': 1}, {'x': 2}, {'x': 3}])
    """
    # differs from TF.js: a list of data sets gives tuples, whose parts are batched each for itself
    return Dataset.zip(datasets)
