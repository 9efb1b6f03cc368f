"""More of TensorFlow's data sets: elements by what they hold, in groups of a key, from one set or another."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.contracts.random import Seed
from glbackend.data.choosing import Same
from glbackend.data.ordering import Ordering
from glbackend.data.sources import Items
from glbackend.data.stage import Order, Stage, whole
from glbackend.data.transforming import Filter, called, of_element

if TYPE_CHECKING:
    from glbackend.data.dataset import Dataset


class TakeWhile(Filter):
    """The elements before the first for which a function says no."""

    def run(self) -> Iterator[Any]:
        numbered = enumerate(self.sources[0].run())
        kept = takewhile(lambda one: called(self.predicate, one[1], one[0], "take_while"), numbered)
        return (one for _, one in kept)


class Unique(Same):
    """Each value once, where it is met first."""

    def run(self) -> Iterator[Any]:
        seen: set[Any] = set()
        for one in self.sources[0].run():
            array = np.asarray(one)
            if isinstance(one, dict | tuple) or array.dtype == object:
                raise ArgumentError(
                    f"unique: elements must be numbers, texts or arrays, got {type(one).__name__}"
                )
            key = one if isinstance(one, str) else (array.shape, array.dtype.str, array.tobytes())
            if key not in seen:
                seen.add(key)
                yield one


class Scan(Stage):
    """What a function of a state and an element gives beside the next state."""

    def __init__(self, source: Stage, start: Any, function: Callable[[Any, Any], Any]) -> None:
        super().__init__(source, size=source.size)
        self.refuse_augmented("scan")
        self.start, self.function = start, function

    def run(self) -> Iterator[Any]:
        state = self.start
        for number, one in enumerate(self.sources[0].run()):
            state, found = called(partial(self.function, state), one, number, "scan")
            yield found


class Grouped(Stage):
    """What a function makes of each group of elements of one key, when it is full or at the end."""

    def __init__(
        self,
        source: Stage,
        key: Callable[[Any], int],
        make: Callable[[int, list[Any]], Stage],
        full: Callable[[int], int],
    ) -> None:
        super().__init__(source, tensors=True)
        self.refuse_augmented("group_by_window")
        self.key, self.make, self.full = key, make, full

    def run(self) -> Iterator[Any]:
        groups: dict[int, list[Any]] = {}
        for number, one in enumerate(self.sources[0].run()):
            key = int(called(self.key, one, number, "group_by_window"))
            groups.setdefault(key, []).append(one)
            if len(groups[key]) == self.full(key):
                yield from self.make(key, groups.pop(key)).run()
        for key in sorted(groups):
            yield from self.make(key, groups[key]).run()


class Chosen(Stage):
    """The next element of the source whose number comes next; the last source may be these numbers."""

    def __init__(self, sources: Sequence[Stage], weights: Any, order: Order | None, stops: bool) -> None:
        *spec, choices = [one.spec for one in sources]
        known = (spec if order is None else [*spec, choices])[0]
        same = all(one == known for one in spec)
        super().__init__(*sources, spec=known if same else None)
        self.weights, self.order, self.stops = weights, order, stops

    def run(self) -> Iterator[Any]:
        passes = [one.run() for one in self.sources]
        if self.order is None:
            numbers: Iterator[int] = map(int, passes.pop())
        left = list(range(len(passes)))
        if self.order is not None:
            draw = random.Random(self.order.begin()).choices
            numbers = iter(lambda: draw(left, [self.weights[i] for i in left])[0], None)
        for number in numbers:
            if not 0 <= number < len(passes):
                raise ArgumentError(f"choose_from_datasets: no data set {number} among {len(passes)}")
            ended = object()
            if number in left and (one := next(passes[number], ended)) is ended:
                left.remove(number)
                if self.stops or not left:
                    return
            elif number in left:
                yield one


class Selecting(Ordering):
    """The steps of `Dataset` that go by what elements hold."""

    @checked
    def take_while(self, predicate: Callable[[Any], Any]) -> "Dataset":
        """The elements before the first for which `predicate` says no. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 9, 1]).take_while(lambda x: x < 5).to_array()
        [1, 2]
        """
        return self._then(TakeWhile(self._stage, predicate))

    @checked
    def unique(self) -> "Dataset":
        """Each number, text or array once, where it is met first. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 37, 2, 37, 1]).unique().to_array()
        [1, 37, 2]
        """
        return self._then(Unique(self._stage, self._stage.size if self._stage.size == 0 else None))

    @checked
    def scan(self, initial_state: Any, scan_func: Callable[[Any, Any], Any]) -> "Dataset":
        """What `scan_func` of a state and an element gives: (the next state, an element). As in TensorFlow.

        `initial_state`: what each pass begins with. TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).scan(0, lambda total, x: (total + x, total + x)).to_array()
        [1, 3, 6]
        """
        return self._then(Scan(self._stage, initial_state, scan_func))

    @checked
    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> "Dataset":
        """Batches of another size: `unbatch`, then `batch`. As in TensorFlow; TF.js has none.

        `drop_remainder`: whether a last batch that isn't full is left out.

        >>> import glbackend as gl
        >>> [one.shape for one in gl.data.array([1, 2, 3, 4]).batch(3).rebatch(2)]
        [(2,), (2,)]
        """
        itself: Any = self
        found: Dataset = itself.unbatch().batch(batch_size, drop_remainder=drop_remainder)
        return found

    @checked
    def apply(self, transformation_func: Callable[["Dataset"], "Dataset"]) -> "Dataset":
        """What `transformation_func` makes of the data set. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).apply(lambda ds: ds.take(1)).to_array()
        [1]
        """
        found: Any = transformation_func(self)  # type: ignore[arg-type]
        if not isinstance(found, Selecting):
            raise ArgumentError(f"apply: the function must give a data set, got {type(found).__name__}")
        return found  # type: ignore[return-value]

    def get_single_element(self) -> Any:
        """The only element; ArgumentError where there is none, or more. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([7]).get_single_element()
        7
        """
        found = list(self.take(2))
        if len(found) != 1:
            raise ArgumentError(
                f"get_single_element: needs one element, got {'several' if found else 'none'}"
            )
        return found[0]

    @checked
    def group_by_window(
        self,
        key_func: Callable[[Any], Any],
        reduce_func: Callable[[int, "Dataset"], "Dataset"],
        window_size: int | None = None,
        window_size_func: Callable[[int], int] | None = None,
    ) -> "Dataset":
        """Groups by `key_func`, a whole number: what `reduce_func` of key and group makes of each.

        A group is complete at `window_size` elements, or what `window_size_func` says for its key; the
        rest comes at the end, key by key. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> odd = gl.data.array([1, 2, 3, 5]).group_by_window(lambda x: x % 2, lambda key, ds: ds.batch(2), 2)
        >>> [one.numpy().tolist() for one in odd]
        [[1.0, 3.0], [2.0], [5.0]]
        """
        if (window_size is None) == (window_size_func is None):
            raise ArgumentError("group_by_window: give window_size or window_size_func")

        def full(key: int) -> int:
            size = window_size if window_size_func is None else window_size_func(key)
            return whole("window_size", size, 1, "group_by_window")

        def make(key: int, rows: list[Any]) -> Stage:
            made = reduce_func(key, self._then(Items(rows)))
            if not isinstance(made, Selecting):
                raise ArgumentError(
                    f"group_by_window: reduce_func must give a data set, got {type(made).__name__}"
                )
            return made._stage

        return self._then(Grouped(self._stage, of_element(key_func), make, full))

    @checked
    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[[Any], Any],
        bucket_boundaries: Sequence[int],
        bucket_batch_sizes: Sequence[int],
        padded_shapes: Any = None,
        padding_values: Any = None,
        pad_to_bucket_boundary: bool = False,
        no_padding: bool = False,
        drop_remainder: bool = False,
    ) -> "Dataset":
        """Batches of elements of like length, filled up to the longest. As in TensorFlow; TF.js has none.

        `element_length_func` gives the length; lengths below `bucket_boundaries[i]` go to bucket i, which has
        batches of `bucket_batch_sizes[i]`: one size more than there are boundaries. `padded_shapes`,
        `padding_values`, `drop_remainder`: as in `padded_batch`. `pad_to_bucket_boundary`: fill up to the
        boundary less 1. `no_padding`: lengths in a bucket are equal.

        >>> import glbackend as gl
        >>> ds = gl.data.array([[1], [1, 2, 3], [4], [5, 6]]).bucket_by_sequence_length(len, [2], [2, 2])
        >>> [one.shape for one in ds]
        [(2, 1), (2, 3)]
        """
        op = "bucket_by_sequence_length"
        limits, sizes = (
            list(bucket_boundaries),
            [whole("batch size", one, 1, op) for one in bucket_batch_sizes],
        )
        if len(sizes) != len(limits) + 1 or limits != sorted(limits):
            raise ArgumentError(
                f"{op}: needs rising boundaries and one batch size more, got {limits} and {sizes}"
            )
        length = of_element(element_length_func)

        def batched(key: int, group: "Dataset") -> "Dataset":
            if no_padding:
                return group.batch(sizes[key], drop_remainder=drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                if key == len(limits):
                    raise ArgumentError(
                        f"{op}: pad_to_bucket_boundary, but an element is of length {limits[-1]} or more"
                    )
                shapes = self.element_spec if shapes is None else shapes
                if shapes is None:
                    raise ArgumentError(
                        f"{op}: pad_to_bucket_boundary: the shapes are not known: give padded_shapes"
                    )
                shapes = _bounded(shapes, limits[key] - 1)
            return group.padded_batch(sizes[key], shapes, padding_values, drop_remainder=drop_remainder)

        return self.group_by_window(
            lambda one: int(np.searchsorted(limits, int(length(one)), "right")),
            batched,
            None,
            sizes.__getitem__,
        )

    @staticmethod
    @checked
    def choose_from_datasets(
        datasets: Sequence[Any], choice_dataset: Any, stop_on_empty_dataset: bool = True
    ) -> "Dataset":
        """Elements of `datasets` by turns: `choice_dataset` gives the number of the next. As in TensorFlow.

        `stop_on_empty_dataset`: whether it ends where a chosen one has ended; else that one is passed over.
        TF.js has none.

        >>> import glbackend as gl
        >>> a, b = gl.data.array([1, 2]), gl.data.array([7, 8])
        >>> gl.data.Dataset.choose_from_datasets([a, b], gl.data.array([0, 1, 1, 0])).to_array()
        [1, 7, 8, 2]
        """
        return _chosen([*datasets, choice_dataset], None, None, stop_on_empty_dataset, "choose_from_datasets")

    @staticmethod
    @checked
    def sample_from_datasets(
        datasets: Sequence[Any],
        weights: Sequence[float] | None = None,
        seed: Seed | None = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool = True,
    ) -> "Dataset":
        """Elements of `datasets`, the next one's drawn by chance. As in TensorFlow, with other draws.

        `weights`: how often each is drawn, equally by default. `seed`: of the draws.
        `stop_on_empty_dataset`: whether it ends where a drawn one has ended; else the others go on.
        `rerandomize_each_iteration`: whether each pass draws anew. TF.js has none.

        >>> import glbackend as gl
        >>> a, b = gl.data.array([1, 2]), gl.data.array([7, 8])
        >>> sorted(gl.data.Dataset.sample_from_datasets([a, b], [0.9, 0.1]))
        [1, 2, 7, 8]
        """
        shares = [1.0] * len(datasets) if weights is None else [float(one) for one in weights]
        if len(shares) != len(datasets) or min(shares, default=0) < 0 or not any(shares):
            raise ArgumentError(f"sample_from_datasets: needs a weight of at least 0 for each, got {weights}")
        drawn = [(one, share) for one, share in zip(datasets, shares, strict=True) if share]
        order = Order(seed, rerandomize_each_iteration)
        return _chosen(
            [one for one, _ in drawn],
            [share for _, share in drawn],
            order,
            stop_on_empty_dataset,
            "sample_from_datasets",
        )


def _chosen(sets: list[Any], weights: Any, order: Order | None, stops: bool, op: str) -> "Dataset":
    if len(sets) < 2 - (order is not None) or not all(isinstance(one, Selecting) for one in sets):
        raise ArgumentError(f"{op}: needs a list of data sets, got {[type(one).__name__ for one in sets]}")
    return sets[0]._then(Chosen([one._stage for one in sets], weights, order, stops))


def _bounded(shapes: Any, bound: int) -> Any:
    """Shapes, or specs that have some, with a bound in the place of dims that are not known."""
    shapes = getattr(shapes, "shape", shapes)
    if isinstance(shapes, dict):
        return {key: _bounded(one, bound) for key, one in shapes.items()}
    if isinstance(shapes, list | tuple):
        return type(shapes)([_bounded(one, bound) for one in shapes])
    return bound if shapes in (None, -1) else shapes
