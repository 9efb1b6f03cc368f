"""Data sets: the protocol that fit, evaluate and predict take, and host arrays as one that keeps it."""

import math
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, NamedTuple, Protocol, TypeGuard, runtime_checkable

import numpy as np

from glbackend.base.dtypes import infer_dtype
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import TensorSpec
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.random import next_seed

Array = np.ndarray[Any, Any]
PLAIN = (Tensor, np.ndarray, list, tuple, dict)  # what data are if they are no data set


@runtime_checkable
class Dataset(Protocol):
    """Batches for `fit`, `evaluate` and `predict`: any object with these members is one.

    An element is a batch: a tuple (x, y) or (x, y, weights), or a dict of "xs" and "ys"; for `predict` also
    (x,) or x itself. x and y are arrays or tensors with the examples along the first axis, for several inputs
    or outputs lists or dicts by name; weights hold a number for each example, for several outputs in a list
    or dict as well.

    >>> import numpy as np
    >>> import glbackend as gl
    >>> class Ramp:
    ...     element_spec, steps = None, 3
    ...     def __iter__(self):
    ...         return (np.full((2, 1), i, np.float32) for i in range(3))
    >>> same = gl.sequential([gl.layers.dense(units=1, kernel_initializer="ones", input_shape=[1])])
    >>> same.predict(Ramp()).numpy().ravel().tolist()
    [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
    """

    @property
    def element_spec(self) -> Any:
        """An element with a TensorSpec for each array, checked before training; None where it isn't known."""

    @property
    def steps(self) -> int | None:
        """The number of batches in a pass, None where it isn't known."""

    def __iter__(self) -> Iterator[Any]:
        """Begins a new pass: the batches, in this pass's order."""


@runtime_checkable
class Placed(Protocol):
    """A data set that knows its place, so that an ended training can go on: those of `gl.data` do."""

    def state(self) -> Any:
        """The place: seeds, passes begun, elements given of the latest one; JSON holds it."""

    def set_state(self, state: Any) -> None:
        """Lets the next pass go on there."""


def steps_of(data: Dataset, asked: int | None, op: str) -> int | None:
    """The steps of a pass: those asked for, else the data set's, as far as it knows them.

    ArgumentError for a data set that says by its `size` that it has no end.
    """
    if asked is not None:
        return asked
    if getattr(data, "size", None) == math.inf:
        raise ArgumentError(f"{op}: the data set has no end: give the number of steps, or take(n) of it")
    return data.steps


class Batch(NamedTuple):
    """What a step takes: a tensor for each input and each target; weights for each target, or none."""

    inputs: list[Any]
    targets: list[Any]
    weights: list[Any]

    @property
    def size(self) -> int:
        """Number of examples."""
        return int(self.inputs[0].shape[0])


def is_dataset(x: Any) -> TypeGuard[Dataset]:
    """Whether x keeps the protocol; asked of the protocol last, as that takes long."""
    return not isinstance(x, PLAIN) and isinstance(x, Dataset)


def first_of(data: Dataset) -> Any:
    """The first element, None where there is none; a data set that knows its place is left where it was."""
    place = data.state() if isinstance(data, Placed) else None
    first = next(iter(data), None)
    if isinstance(data, Placed):
        data.set_state(place)
    return first


def parts_of(element: Any, op: str) -> tuple[Any, Any, Any]:
    """x, y and weights of an element of a data set, None for what it lacks."""
    if isinstance(element, Batch):
        return element.inputs, element.targets or None, element.weights or None
    if isinstance(element, dict) and element.keys() == {"xs", "ys"}:  # as TF.js's data sets have them
        return element["xs"], element["ys"], None
    if not isinstance(element, tuple):
        return element, None, None
    if not 1 <= len(element) <= 3:
        raise ArgumentError(
            f"{op}: an element of the data set must be x, (x, y) or (x, y, weights), got {len(element)} parts"
        )
    x, y, weights = (*element, None, None)[:3]
    return x, y, weights


class Arrays:
    """Host arrays as a data set: cut into batches, the last one may be smaller, and uploaded one by one.

    `shuffle` orders the examples anew at each pass, by `seed` the same each time the data set is made;
    without one `gl.set_seed` decides.

    >>> data = Arrays([np.arange(5.0)], batch_size=2)
    >>> data.steps, [batch.size for batch in data]
    (3, [2, 2, 1])
    """

    def __init__(
        self,
        inputs: Sequence[Array],
        targets: Sequence[Array] = (),
        weights: Sequence[Array] = (),
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> None:
        self.inputs, self.targets, self.weights = inputs, targets, weights
        self.batch_size = batch_size
        self._generator = np.random.default_rng(next_seed() if seed is None else seed) if shuffle else None
        self._start: Any = None  # the generator's state before the present pass
        self._given = self._resume = 0  # batches given in it, and to be left out in the next one

    @property
    def examples(self) -> int:
        """Number of examples."""
        return len(self.inputs[0])

    @property
    def steps(self) -> int:
        """Number of batches."""
        return -(-self.examples // self.batch_size)

    @property
    def order(self) -> Any:
        """What decides the order of the next pass: the state of a generator; None where it is as given."""
        return None if self._generator is None else self._generator.bit_generator.state

    @property
    def element_spec(self) -> Batch:
        """Specs of inputs, targets and weights, as the batches have them."""
        arrays = (*self.inputs, *self.targets, *self.weights)
        return self._batch([TensorSpec((None, *one.shape[1:]), infer_dtype(one)) for one in arrays])

    def __iter__(self) -> Iterator[Batch]:
        return (batch for _, batch in self.shares(lambda count: slice(count)))

    def shares(self, rows: Callable[[int], slice]) -> Iterator[tuple[int, Batch]]:
        """The number of examples of each batch, and of these the rows that `rows` gives for that number."""
        done, self._resume = self._resume, 0
        self._given = done
        order = None
        if self._generator is not None:
            self._start = self._generator.bit_generator.state
            order = self._generator.permutation(self.examples)
        arrays = (*self.inputs, *self.targets, *self.weights)
        for first in range(done * self.batch_size, self.examples, self.batch_size):
            self._given += 1
            count = min(self.batch_size, self.examples - first)
            start, stop, _ = rows(count).indices(count)
            chosen = slice(first + start, first + stop)
            parts = [tensor(one[chosen if order is None else order[chosen]]) for one in arrays]
            yield count, self._batch(parts)

    def state(self) -> dict[str, Any]:
        """The order of the present pass, and how many batches of it were given: `set_state` goes on there."""
        return {"generator": self._start, "given": self._given}

    def set_state(self, state: dict[str, Any]) -> None:
        """Lets the next pass be the rest of the one of `state`."""
        if self._generator is not None and state["generator"] is not None:
            self._generator.bit_generator.state = state["generator"]
        self._resume = state["given"]

    def split(self, share: float) -> tuple["Arrays", "Arrays"]:
        """The first examples to train on; the last ones, not shuffled, to validate with."""
        if not 0 < share < 1:
            raise ArgumentError(f"fit: validation_split must lie in [0, 1), got {share}")
        keep = int(self.examples * (1 - share))
        if keep in (0, self.examples):
            raise ArgumentError(
                f"fit: validation_split {share} of {self.examples} examples leaves one part empty"
            )
        first, last = copy(self), copy(self)
        for part, rows in ((first, slice(keep)), (last, slice(keep, None))):
            part.inputs, part.targets, part.weights = (
                [array[rows] for array in group] for group in (self.inputs, self.targets, self.weights)
            )
        last._generator = None
        return first, last

    def whole(self) -> tuple[Any, Any, Any]:
        """x, y and weights, one array or a list of several each; None for none."""
        groups = (self.inputs, self.targets, self.weights)
        x, y, weights = (group if len(group) > 1 else next(iter(group), None) for group in groups)
        return x, y, weights

    def _batch(self, parts: list[Any]) -> Batch:
        first, last = len(self.inputs), len(self.inputs) + len(self.targets)
        return Batch(parts[:first], parts[first:last], parts[last:])
