"""Data sets: elements in a row, and what makes new data sets of them. As `tf.data.Dataset`."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from glbackend.base.calling import checked, explained
from glbackend.base.errors import ArgumentError, CallError
from glbackend.contracts.random import Seed
from glbackend.data.ahead import threads_of
from glbackend.data.choosing import Zip
from glbackend.data.element import as_arrays, padded, rebuilt, spec_of, stacked
from glbackend.data.grouping import Batch, Unbatch, Window
from glbackend.data.selecting import Selecting
from glbackend.data.sources import Generated, Items, Numbers, Slices
from glbackend.data.stage import Order, Stage, whole
from glbackend.data.transforming import Augment, Filter, Interleave, Map, of_element

Element = Any


class Dataset(Selecting):
    """Elements in a row, made anew in each pass: `for element in dataset`. As TF.js's `tf.data.Dataset`.

    An element is anything: a number, text, an array, or these in dicts, tuples and lists. Nothing is read or
    computed before an element is asked for. Between the steps arrays are NumPy's; those of batches and of
    `from_tensor_slices` become tensors when they are given out, in the thread that asks for them.
    `model.fit(dataset)` takes batches of tuples (x, y) or (x, y, weights), or of dicts of "xs" and "ys".

    Data sets are made by the functions of `gl.data`, of which `stage` is the last step; each method
    gives a new one and leaves its own as it is.

    >>> import glbackend as gl
    >>> ds = gl.data.array([1, 2, 3, 4, 5]).filter(lambda x: x != 3).map(lambda x: 10 * x).batch(3)
    >>> for batch in ds:
    ...     print(batch.numpy())
    [10. 20. 40.]
    [50.]
    """

    def _then(self, stage: Stage) -> "Dataset":
        return Dataset(stage)

    # -- element by element --------------------------------------------------------------------------------

    @checked
    def map(
        self, transform: Callable[[Element], Element], num_parallel_calls: int | None = None
    ) -> "Dataset":
        """What `transform` makes of each element, in their order.

        `transform` gets NumPy arrays, also those of batches; it may give tensors. Where it needs several
        arguments, as `lambda x, y: ...`, it gets the parts of a tuple. An error in it names the number of the
        element.
        `num_parallel_calls`: so many threads call it (`gl.data.AUTOTUNE`: one a core), up to two elements
        each beforehand; none by default. The order and the results are the same.

        ArgumentError after `augment`. As TF.js's `map`, with the threads of TensorFlow's.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).map(lambda x: x + 0.5, num_parallel_calls=2).to_array()
        [1.5, 2.5, 3.5]
        """
        # differs from TF.js: a function gets the arrays of a batch, there its tensors
        return Dataset(Map(self._stage, transform, threads_of(num_parallel_calls, "map")))

    @checked
    def map_async(self, transform: Callable[[Element], Element]) -> "Dataset":
        """`map` with `transform` on one thread, which works ahead of its consumer. As TF.js's `mapAsync`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2]).map_async(lambda x: -x).to_array()
        [-1, -2]
        """
        return self.map(transform, 1)

    @checked
    def filter(self, predicate: Callable[[Element], Any]) -> "Dataset":
        """The elements for which `predicate` is true; it gets what `map`'s gets. As TF.js's `filter`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3, 4]).filter(lambda x: x % 2 == 0).to_array()
        [2, 4]
        """
        return Dataset(Filter(self._stage, predicate))

    @checked
    def enumerate(self, start: int = 0) -> "Dataset":
        """Tuples of a number, from `start` on, and the element. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array(["a", "b"]).enumerate().to_array()
        [(0, 'a'), (1, 'b')]
        """
        return Dataset(Zip((Numbers(start), self._stage)))

    @checked
    def augment(self, *functions: Callable[..., Any], seed: Seed | None = None) -> "Dataset":
        """Batches changed by chance, on the device, when they are used.

        `functions`: such as `gl.data.random_flip()` gives, called one after the other as f(batch, seed) with
        the batch's tensors and a text that is another one for each batch and pass. Of a tuple they get the
        first part, the x of (x, y). `seed` makes the chance repeatable. What only chooses or orders batches,
        and `prefetch`, may come after it.

        As Keras's preprocessing layers in training; TF.js has none.

        >>> import glbackend as gl
        >>> ds = gl.data.array([1, 2]).batch(2).augment(lambda x, seed: x * 2)
        >>> next(iter(ds)).numpy().tolist()
        [2.0, 4.0]
        """
        return Dataset(Augment(self._stage, tuple(map(_of_inputs, functions)), Order(seed)))

    # -- several as one, one as several --------------------------------------------------------------------

    @checked
    def batch(
        self, batch_size: int, small_last_batch: bool = True, *, drop_remainder: bool | None = None
    ) -> "Dataset":
        """`batch_size` elements as one: each array, number or text becomes an array with an axis more.

        Dicts and tuples are kept, nested lists of numbers are arrays. Python's numbers give float32, None
        among them NaN; arrays keep their dtype until they are tensors.
        `small_last_batch`: whether a last batch that isn't full counts, too. `drop_remainder` is TensorFlow's
        word for the opposite.

        Errors when it is used: ArgumentError, ShapeError or DtypeError for elements of different structure,
        shape or kind. As TF.js's `batch`.

        >>> import glbackend as gl
        >>> ds = gl.data.array([{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}]).batch(2)
        >>> {key: one.shape for key, one in next(iter(ds)).items()}
        {'a': (2,), 'b': (2, 2)}
        """
        small = small_last_batch if drop_remainder is None else not drop_remainder
        return Dataset(Batch(self._stage, whole("batch_size", batch_size, 1, "batch"), small, stacked))

    @checked
    def column_major_batch(
        self,
        batch_size: int,
        small_last_batch: bool = True,
        zip_fn: Callable[[list[Any]], Any] | None = None,
    ) -> "Dataset":
        """As `batch`, by a function of your own.

        `batch_size`, `small_last_batch`: as in `batch`. `zip_fn` makes one part of the batch of the list of
        that part's values; by default they are stacked. As TF.js's columnMajorBatch.

        >>> import glbackend as gl
        >>> gl.data.array([{"a": 1}, {"a": 2}]).column_major_batch(2, zip_fn=sum).to_array()
        [{'a': 3}]
        """
        group = stacked if zip_fn is None else partial(_by_column, zip_fn)
        count = whole("batch_size", batch_size, 1, "column_major_batch")
        return Dataset(Batch(self._stage, count, small_last_batch, group, "column_major_batch"))

    @checked
    def row_major_batch(self, batch_size: int, small_last_batch: bool = True) -> "Dataset":
        """Lists of `batch_size` elements, as they are; a last one that isn't full if `small_last_batch`.

        As TF.js's rowMajorBatch.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).row_major_batch(2).to_array()
        [[1, 2], [3]]
        """
        count = whole("batch_size", batch_size, 1, "row_major_batch")
        return Dataset(Batch(self._stage, count, small_last_batch, list, "row_major_batch"))

    @checked
    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
    ) -> "Dataset":
        """As `batch`, of arrays whose shapes differ: each is filled up to the largest of its batch.

        `batch_size`, `drop_remainder`: as in `batch`.
        `padded_shapes`: the shape that arrays are filled up to, in the structure of an element; a dim of None
        or -1 is the largest of the batch. ShapeError where an array is larger, or of another rank.
        `padding_values`: what they are filled up with, one for all or in the structure of an element; by
        default 0, in text "". A number or text in the place of `padded_shapes` is this.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> next(iter(gl.data.array([[1], [2, 3]]).padded_batch(2))).numpy().tolist()
        [[1.0, 0.0], [2.0, 3.0]]
        """
        count = whole("batch_size", batch_size, 1, "padded_batch")
        if isinstance(padded_shapes, int | float | str):
            padded_shapes, padding_values = None, padded_shapes
        group = partial(padded, value=padding_values, shape=padded_shapes)
        return Dataset(Batch(self._stage, count, not drop_remainder, group, "padded_batch"))

    @checked
    def unbatch(self) -> "Dataset":
        """The elements of batches one by one: what lies along the first axis of the arrays.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).batch(2).unbatch().batch(3).to_array()[0].shape
        (3,)
        """
        return Dataset(Unbatch(self._stage))

    @checked
    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False
    ) -> "Dataset":
        """Windows over the elements: data sets of `size` elements each, in the structure of an element.

        Each begins `shift` elements after the one before (by default `size`), and takes every `stride`-th
        element. `drop_remainder`: whether windows at the end that lack elements are left out. `flat_map`
        makes them batches.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> windows = gl.data.array([1, 2, 3, 4]).window(3, shift=1, drop_remainder=True)
        >>> [one.numpy().tolist() for one in windows.flat_map(lambda window: window.batch(3))]
        [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]
        """
        count = whole("size", size, 1, "window")
        moved = whole("shift", count if shift is None else shift, 1, "window")
        apart = whole("stride", stride, 1, "window")
        return Dataset(Window(self._stage, count, moved, apart, not drop_remainder, _as_datasets))

    @checked
    def flat_map(self, map_func: Callable[[Element], "Dataset"]) -> "Dataset":
        """The elements of the data sets that `map_func` makes of each element, one after the other.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2]).flat_map(lambda n: gl.data.array(["x"] * n)).to_array()
        ['x', 'x', 'x']
        """
        return Dataset(Interleave(self._stage, _stage_of(map_func, "flat_map"), 1, 1, 0, "flat_map"))

    @checked
    def interleave(
        self,
        map_func: Callable[[Element], "Dataset"],
        cycle_length: int = 2,
        block_length: int = 1,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
    ) -> "Dataset":
        """As `flat_map`, of several data sets in turn: lines of many files, say.

        `map_func` makes the data sets; `cycle_length` of them are open at a time, and each gives
        `block_length` elements before it is the next one's turn. `num_parallel_calls`: threads that make
        these blocks beforehand; the order is the same, whatever `deterministic` says.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).interleave(lambda n: gl.data.array([n, n])).to_array()
        [1, 2, 1, 2, 3, 3]
        """
        cycle = whole("cycle_length", cycle_length, 1, "interleave")
        block = whole("block_length", block_length, 1, "interleave")
        threads = threads_of(num_parallel_calls, "interleave")
        function = _stage_of(map_func, "interleave")
        return Dataset(Interleave(self._stage, function, cycle, block, threads, "interleave"))

    # -- out of what is there, as TensorFlow writes it -----------------------------------------------------

    @staticmethod
    @checked
    def from_tensor_slices(tensors: Any) -> "Dataset":
        """What lies along the first axis of arrays: as `gl.data.from_tensor_slices` of `tensors`.

        As in TensorFlow; TF.js has none.

        >>> [one.numpy().tolist() for one in Dataset.from_tensor_slices([[1, 2], [3, 4]])]
        [[1.0, 2.0], [3.0, 4.0]]
        """
        return Dataset(Slices(as_arrays(tensors, "from_tensor_slices")))

    @staticmethod
    @checked
    def from_tensors(tensors: Any) -> "Dataset":
        """A single element: `tensors`, arrays or what makes arrays, in dicts and tuples. As in TensorFlow.

        TF.js has none.

        >>> [one.shape for one in Dataset.from_tensors([[1, 2], [3, 4]])]
        [(2, 2)]
        """
        arrays = as_arrays(tensors, "from_tensors")
        return Dataset(Items([arrays], spec_of(arrays), tensors=True))

    @staticmethod
    @explained
    def from_generator(
        generator: Callable[..., Iterable[Any]], output_signature: Any = None, args: tuple[Any, ...] = ()
    ) -> "Dataset":
        """What the function `generator` yields, called anew in each pass, with `args`. As in TensorFlow.

        `output_signature`: an element with a `gl.data.TensorSpec` for each array: what is yielded becomes
        arrays of these dtypes, and a model knows the shapes beforehand. ArgumentError for one that has
        been called already. TF.js has `gl.data.generator`.

        >>> list(Dataset.from_generator(range, args=(3,)))
        [0, 1, 2]
        """
        if not callable(generator):
            raise ArgumentError(
                f"from_generator: give the function itself, which each pass calls, "
                f"got {type(generator).__name__}"
            )
        return Dataset(Generated(partial(generator, *args), spec=output_signature))

    @staticmethod
    def range(*limits: int) -> "Dataset":
        """Whole numbers as int32 tensors, by the `limits` of Python's `range`. As in TensorFlow.

        TF.js has none.

        >>> [one.item() for one in Dataset.range(1, 7, 2)]
        [1, 3, 5]
        """
        ends = [whole("limits", one, -(2**31), "range") for one in limits]
        if not 1 <= len(ends) <= 3 or 0 in ends[2:]:
            raise CallError(
                f"range: takes an end, a start and an end, or a step that is not 0 too, got {limits}"
            )
        return Dataset.from_tensor_slices(np.arange(*ends, dtype=np.int32))

    @staticmethod
    def zip(*datasets: Any) -> "Dataset":
        """Data sets side by side: as `gl.data.zip` of `datasets`, one structure of them or several.

        As in TensorFlow; TF.js has `tf.data.zip`.

        >>> list(Dataset.zip(Dataset(Items([1, 2])), Dataset(Items("ab"))))
        [(1, 'a'), (2, 'b')]
        """
        structure = datasets[0] if len(datasets) == 1 else datasets
        return Dataset(Zip(_stages_of(structure)))


def _of_inputs(function: Callable[..., Any]) -> Callable[[Any, str], Any]:
    """A function of x, for batches that may be tuples (x, y)."""

    def call(batch: Any, seed: str) -> Any:
        if isinstance(batch, tuple):
            return rebuilt(batch, [function(batch[0], seed), *batch[1:]])
        if isinstance(batch, dict) and batch.keys() == {"xs", "ys"}:
            return {**batch, "xs": function(batch["xs"], seed)}
        return function(batch, seed)

    return call


def _by_column(function: Callable[[list[Any]], Any], rows: list[Any]) -> Any:
    """The rows in the structure of one, `function` of the values of each part in its place."""
    first = rows[0]
    if isinstance(first, dict):
        return {key: _by_column(function, [one[key] for one in rows]) for key in first}
    if isinstance(first, tuple):
        return rebuilt(first, [_by_column(function, list(part)) for part in zip(*rows, strict=True)])
    return function(rows)


def _as_datasets(rows: list[Any]) -> Any:
    return _by_column(lambda values: Dataset(Items(values)), rows)


def _stage_of(function: Callable[[Any], Any], op: str) -> Callable[[Any], Stage]:
    of_one = of_element(function)

    def call(element: Any) -> Stage:
        made = of_one(element)
        if not isinstance(made, Dataset):
            raise ArgumentError(f"{op}: the function must give a data set, got {type(made).__name__}")
        return made._stage

    return call


def _stages_of(structure: Any) -> Any:
    """The stages of data sets in lists, tuples and dicts, of which lists become tuples."""
    if isinstance(structure, Dataset):
        return structure._stage
    if isinstance(structure, dict) and structure:
        return {key: _stages_of(one) for key, one in structure.items()}
    if isinstance(structure, list | tuple) and structure:
        return tuple(_stages_of(one) for one in structure)
    raise ArgumentError(f"zip: needs data sets in lists, tuples or dicts, got {type(structure).__name__}")
