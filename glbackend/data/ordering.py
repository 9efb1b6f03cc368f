"""Which elements of a data set, in which order, made when: the steps that leave elements as they are."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.contracts.random import Seed
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.caching import FileCache, MemoryCache
from glbackend.data.choosing import Concatenate, Prefetch, Repeat, Shard, Shuffle, Skip, Take
from glbackend.data.pipeline import Pipeline
from glbackend.data.stage import Order, Stage, whole

if TYPE_CHECKING:
    from glbackend.data.dataset import Dataset

PREFETCHED = 2  # elements, where AUTOTUNE is asked for


class Ordering(Pipeline):
    """The steps of `Dataset` that choose and order elements, and say when they are made."""

    def _then(self, stage: Stage) -> "Dataset":
        """A data set with one more step."""
        raise NotImplementedError

    @checked
    def take(self, count: int) -> "Dataset":
        """The first `count` elements; all of them for a negative count. As TF.js's `take`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).take(2).to_array()
        [1, 2]
        """
        return self._then(Take(self._stage, count))

    @checked
    def skip(self, count: int) -> "Dataset":
        """All but the first `count` elements; none for a negative count. As TF.js's `skip`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).skip(2).to_array()
        [3]
        """
        return self._then(Skip(self._stage, count))

    @checked
    def shard(self, num_shards: int, index: int) -> "Dataset":
        """Every `num_shards`-th element, from number `index` on: a worker's share. As in TensorFlow.

        ArgumentError where `index` is no share's. TF.js has none.

        >>> import glbackend as gl
        >>> gl.data.array([0, 1, 2, 3, 4]).shard(2, 1).to_array()
        [1, 3]
        """
        shards = whole("num_shards", num_shards, 1, "shard")
        if not 0 <= index < shards:
            raise ArgumentError(f"shard: index must lie in [0, {shards}), got {index}")
        return self._then(Shard(self._stage, shards, index))

    @checked
    def shuffle(
        self, buffer_size: int, seed: Seed | None = None, reshuffle_each_iteration: bool = True
    ) -> "Dataset":
        """The elements in an order of chance: each is drawn from the next `buffer_size` ones, which are held.

        As many as there are mix them all. `seed`: a number or text for the same orders each time the data set
        is made; by default the process's generator gives one (`gl.set_seed`). `reshuffle_each_iteration`:
        whether each pass has another order.

        ArgumentError for a buffer below 1. As TF.js's `shuffle`.

        >>> import glbackend as gl
        >>> ds = gl.data.array([1, 2, 3, 4, 5]).shuffle(5, seed=1)
        >>> sorted(ds), list(ds) == list(ds)
        ([1, 2, 3, 4, 5], False)
        """
        # differs from TF.js: without reshuffle_each_iteration the order is kept, there it changes as well
        held = whole("buffer_size", buffer_size, 1, "shuffle")
        return self._then(Shuffle(self._stage, held, Order(seed, reshuffle_each_iteration)))

    @checked
    def repeat(self, count: int | None = None) -> "Dataset":
        """`count` passes, one after the other; without end for None or a negative one. As TF.js's `repeat`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2]).repeat(2).to_array()
        [1, 2, 1, 2]
        """
        return self._then(Repeat(self._stage, -1 if count is None else count))

    @checked
    def concatenate(self, dataset: "Dataset") -> "Dataset":
        """The elements of this data set, then those of another `dataset`. As TF.js's `concatenate`.

        >>> import glbackend as gl
        >>> gl.data.array([1]).concatenate(gl.data.array([2])).to_array()
        [1, 2]
        """
        if not isinstance(dataset, Pipeline):
            raise ArgumentError(f"concatenate: argument 'dataset' must be one, got {type(dataset).__name__}")
        return self._then(Concatenate(self._stage, dataset._stage))

    @checked
    def split(
        self, share: float, shuffle: bool = False, seed: Seed | None = None
    ) -> tuple["Dataset", "Dataset"]:
        """Two data sets: this `share` of the elements (in (0, 1)), and the others.

        `shuffle`: whether chance decides who goes where, by `seed` always the same; each pass decides alike.
        ArgumentError where the size isn't known. As Keras's `split_dataset`; TF.js has none.

        >>> import glbackend as gl
        >>> left, right = gl.data.array([1, 2, 3, 4]).split(0.75)
        >>> left.to_array(), right.to_array()
        ([1, 2, 3], [4])
        """
        if self.steps is None or not 0 < share < 1:
            raise ArgumentError(
                f"split: needs a known size and a share in (0, 1), got {self.size} and {share}"
            )
        mixed = self.shuffle(max(self.steps, 1), seed, False) if shuffle else self
        count = round(self.steps * share)
        return mixed.take(count), mixed.skip(count)

    @checked
    def prefetch(self, buffer_size: int) -> "Dataset":
        """The same elements, `buffer_size` of them made beforehand by a thread, while others are used.

        `gl.data.AUTOTUNE` stands for 2, which is enough for batches: the last step of most pipelines. 0 makes
        none beforehand. As TF.js's `prefetch`.

        >>> import glbackend as gl
        >>> gl.data.array([1, 2, 3]).prefetch(2).to_array()
        [1, 2, 3]
        """
        if buffer_size != AUTOTUNE:
            return self._then(Prefetch(self._stage, whole("buffer_size", buffer_size, 0, "prefetch")))
        return self._then(Prefetch(self._stage, PREFETCHED))

    @checked
    def cache(self, filename: str | os.PathLike[str] = "") -> "Dataset":
        """Remembers the elements of the first whole pass: later ones make nothing anew.

        `filename`: a file for them, in place of memory. It appears when it is complete, and another process
        finds it; remove it to make its elements anew. Elements are numbers, text, and arrays of them, in
        lists, tuples and dicts by name; tensors become arrays. By default any element is kept in memory.
        Arrays are given read-only.

        ArgumentError for elements that a file cannot hold, DataFormatError for a file that is no cache or
        damaged. As in TensorFlow; TF.js has none.

        >>> import glbackend as gl
        >>> calls = []
        >>> ds = gl.data.array([1, 2]).map(calls.append).cache()
        >>> list(ds), list(ds), calls
        ([None, None], [None, None], [1, 2])
        """
        path = os.fspath(filename)
        return self._then(FileCache(self._stage, Path(path)) if path else MemoryCache(self._stage))
