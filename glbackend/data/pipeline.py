"""What can be done with a pipeline as it is: passes over it, its size and spec, its place in the data."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.naming import hint
from glbackend.data.closing import Closing
from glbackend.data.element import consumed, handed_over, on_host
from glbackend.data.stage import Stage, whole
from glbackend.data.statistics import ColumnStatistics, statistics_of
from glbackend.ops.create import tensor


class Progress:
    """How far a pass is: the order in which it began, how many elements it has given, whether it is over."""

    def __init__(self, start: list[Any]) -> None:
        self.start = start
        self.given = 0
        self.ended = False


class Pass(Closing):
    """One pass over a data set: an iterator that can be closed. As TF.js's LazyIterator.

    Threads and files that it needs are given back when it ends, is closed, or when nobody refers to it, as
    after a `break`.

    >>> import glbackend as gl
    >>> with gl.data.array([1, 2, 3]).iterator() as elements:
    ...     next(elements), next(elements)
    (1, 2)
    """

    def __init__(self, stage: Stage, on_device: bool, given: int = 0) -> None:
        self.progress = Progress(stage.state())
        self._stage = stage
        self._make = None if not stage.tensors else handed_over if stage.fresh else tensor
        self._on_device = on_device
        self._left = False
        self._elements: Iterator[Any] = iter(())  # what is left of a pass that could not begin
        self._elements = stage.run()
        for _ in zip(range(given), self._elements, strict=False):
            self.progress.given += 1

    def __next__(self) -> Any:
        try:
            element = next(self._elements)
        except StopIteration:
            self.progress.ended = True
            raise
        self.progress.given += 1
        if self._on_device:
            return consumed(element, self._make)
        return on_host(consumed(element, None))

    def close(self) -> None:
        """Ends the pass: no thread of it runs any more, no file of it is open. TF.js has no such method.

        >>> import glbackend as gl
        >>> elements = gl.data.array([1, 2]).iterator()
        >>> elements.close()
        >>> list(elements)
        []
        """
        elements, self._elements = self._elements, iter(())
        if close := getattr(elements, "close", None):
            close()
        if not (self.progress.ended or self._left):
            self._left = True
            self._stage.leave(self.progress.start)

    def _end(self) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class Pipeline:
    """A data set as its user meets it when it is made: see `Dataset`, which adds the ways to make others."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._latest: Progress | None = None  # of the latest pass, which lives as long as its user wants
        self._resume = 0  # elements that the next pass leaves out

    def __repr__(self) -> str:
        return f"<{type(self).__name__} size={self.size} element_spec={self.element_spec}>"

    def __getattr__(self, name: str) -> Any:
        own = type(self)
        raise AttributeError(hint(own.__name__, name, lambda known: hasattr(own, known)))

    def __iter__(self) -> Pass:
        return self.iterator()

    def __bool__(self) -> bool:
        return True  # and not whether it has elements, which only a pass would tell

    def __len__(self) -> int:
        size = self.size
        if size is None or size == math.inf:
            raise TypeError(f"this data set's size is {'not known' if size is None else 'infinite'}")
        return int(size)

    @property
    def size(self) -> int | float | None:
        """Elements in a pass: `math.inf` for one without end, None where it isn't known. As TF.js's `size`.

        >>> import glbackend as gl
        >>> ds = gl.data.array([1, 2, 3])
        >>> ds.size, ds.repeat().size, ds.filter(bool).size
        (3, inf, None)
        """
        return self._stage.size

    def cardinality(self) -> int:
        """As `size`, by TensorFlow's numbers: -1 for no end, -2 for unknown. TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).repeat().cardinality()
        -1
        """
        size = self.size
        return -2 if size is None else -1 if size == math.inf else int(size)

    @property
    def steps(self) -> int | None:
        """The size where it is a number: what `model.fit` asks for. TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).batch(2).steps
        2
        """
        size = self.size
        return None if size is None or size == math.inf else int(size)

    @property
    def element_spec(self) -> Any:
        """An element with a `TensorSpec` for each array, None where it isn't known.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.from_tensor_slices([[1., 2.], [3., 4.]]).batch(2).element_spec
        TensorSpec(shape=(None, 2), dtype='float32')
        """
        return self._stage.spec

    def iterator(self) -> Pass:
        """Begins a new pass, as `iter` does: an iterator that can also be closed. As TF.js's `iterator`.

        >>> import glbackend as gl
        >>> next(gl.data.array([5]).iterator())
        5
        """
        return self._begin(on_device=True)

    def as_numpy_iterator(self) -> Pass:
        """Begins a new pass whose elements have NumPy arrays in place of tensors. As in TensorFlow.

        >>> import glbackend as gl
        >>> next(gl.data.array([1, 2]).batch(2).as_numpy_iterator())
        array([1., 2.], dtype=float32)
        """
        return self._begin(on_device=False)

    def _begin(self, on_device: bool) -> Pass:
        found = Pass(self._stage, on_device, self._resume)
        self._latest, self._resume = found.progress, 0
        return found

    # -- what uses all elements ----------------------------------------------------------------------------

    @checked
    def for_each(self, f: Callable[[Any], Any]) -> None:
        """Calls `f` with every element of a pass. As TF.js's `forEachAsync`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2]).for_each(print)
        1
        2
        """
        for element in self:
            f(element)

    @checked
    def for_each_async(self, f: Callable[[Any], Any]) -> None:
        """`for_each` of `f`, by its TF.js name; there is nothing to await.

        >>> import glbackend as gl
        >>> gl.data.array([1]).for_each_async(print)
        1
        """
        self.for_each(f)

    def to_array(self) -> list[Any]:
        """All elements of a pass in a list; ArgumentError for a data set without end. As TF.js's `toArray`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).map(lambda x: x * x).to_array()
        [1, 4, 9]
        """
        if self.size == math.inf:
            raise ArgumentError("to_array: this data set has no end: take(n) has one")
        return list(self)

    @checked
    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """What `reduce_func` of a state and an element makes of all, from `initial_state` on.

        As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).reduce(0, lambda total, x: total + x)
        6
        """
        state = initial_state
        for element in self:
            state = reduce_func(state, element)
        return state

    @checked
    def statistics(
        self, sample_size: int | None = None, shuffle_window_size: int | None = None
    ) -> dict[str, ColumnStatistics]:
        """Least, greatest, mean, variance and standard deviation of each numeric column.

        Elements must be dicts of columns: numbers, or arrays, all of whose numbers count. Text, missing
        values and numbers that are not finite are left out; one number alone has no variance (NaN).
        `sample_size`: how many elements to look at, all by default. `shuffle_window_size`: shuffle them
        before, as `shuffle` with that buffer. ArgumentError for elements that are no dicts. As TF.js's
        computeDatasetStatistics.

        >>> import glbackend as gl
        >>> gl.data.array([{"a": 1}, {"a": 3}]).statistics()["a"].mean
        2.0
        """
        return statistics_of(self._stage, sample_size, shuffle_window_size)

    # -- where it is in the data ---------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The place in the data, to be saved as JSON: `set_state` goes on from there, in another process too.

        It holds the seeds and passes of every shuffle (and other chance) and how many elements of the latest
        pass were given. After a whole pass it is the start of the next one. What functions of your own draw
        is not in it. TF.js has none; Keras's BackupAndRestore needs it.

        >>> import glbackend as gl
        >>> ds = gl.data.array(list("abcdef")).shuffle(6)
        >>> elements = iter(ds); first = [next(elements), next(elements)]
        >>> saved = ds.state()
        >>> rest = list(elements)
        >>> ds.set_state(saved)
        >>> list(ds) == rest
        True
        """
        latest = self._latest
        if latest is None:
            return {"orders": self._stage.state(), "given": self._resume}
        if latest.ended:
            return {"orders": self._stage.state(), "given": 0}
        return {"orders": latest.start, "given": latest.given}

    @checked
    def set_state(self, state: dict[str, Any]) -> None:
        """Lets the next pass go on where `state` was taken; elements given before are made and left out.

        ArgumentError for the `state` of a pipeline with other steps. TF.js has none.

        >>> import glbackend as gl
        >>> ds = gl.data.array([1, 2, 3])
        >>> ds.set_state({"orders": [None], "given": 2})
        >>> list(ds), list(ds)
        ([3], [1, 2, 3])
        """
        if state.keys() != {"orders", "given"}:
            raise ArgumentError("set_state: that is no state of a data set: it has orders and given")
        given = whole("given", state["given"], 0, "set_state")
        self._stage.check(state["orders"])
        self._stage.restore(state["orders"])
        self._latest, self._resume = None, given
