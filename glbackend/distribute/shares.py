"""What a rank gets of the data: its rows of each batch that all have, or batches of its own."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Spec
from glbackend.distribute.ranks import Ranks
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor
from glbackend.training.dataset import Arrays, Batch, Dataset
from glbackend.training.feed import Feed, nothing
from glbackend.training.objective import Objective
from glbackend.training.trainable import Trainable


class Share(Batch):
    """The rows of a batch of `whole` examples that one rank has, `examples` of them.

    Where it has none a row stands in, so that this rank does all that the others do; it counts nothing.
    """

    examples: int
    whole: int

    @property
    def size(self) -> int:
        return self.examples

    @classmethod
    def of(cls, batch: Batch, examples: int, whole: int) -> "Share":
        """A batch as the share of a larger one."""
        found = cls(*batch)
        found.examples, found.whole = examples, whole
        return found


class OwnBatches:
    """A data set whose batches are a rank's own: each step takes one of every rank, as large as they are."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.element_spec = data.element_spec
        self.steps = data.steps

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)


class SharedFeed(Feed):
    """The data of a model that all ranks train: arrays and data sets are the same on all, and shared out."""

    def __init__(self, model: Trainable, objective: Callable[[str], Objective], ranks: Ranks) -> None:
        super().__init__(model, objective)
        self.ranks = ranks

    def batches(
        self, data: Dataset, op: str, steps: int | None = None, class_weight: Any = None
    ) -> Iterator[Batch]:
        """As of `Feed`, but the batches are this rank's shares."""
        found = super().batches(data, op, steps, class_weight)
        if isinstance(data, OwnBatches):
            return self._own(found, op)
        count = data.steps if steps is None else steps
        return self._rows(data, op, count) if isinstance(data, Arrays) else self._shared(found, op, count)

    def _rows(self, data: Arrays, op: str, steps: int | None) -> Iterator[Batch]:
        """Of arrays no more is taken than this rank's rows."""
        if not data.examples:
            raise nothing(op)
        arrays = [*data.inputs, *data.targets, *data.weights]
        hosts = [one if one.dtype != object else None for one in arrays]
        order = zlib.crc32(repr(data.order).encode())
        self._compare(hosts, [data.batch_size, data.examples, order], op, steps)
        for whole, batch in islice(data.shares(lambda count: rows_of_rank(count, self.ranks)), steps):
            yield share_of(batch, whole, self.ranks)

    def _shared(self, batches: Iterator[Batch], op: str, steps: int | None) -> Iterator[Batch]:
        for i, batch in enumerate(batches):
            if i == 0:
                hosts = [_host(one) for group in batch for one in group]
                self._compare(hosts, [batch.size], op, steps)
            yield share(batch, self.ranks)

    def _own(self, batches: Iterator[Batch], op: str) -> Iterator[Batch]:
        """As long as some rank has batches; one that has no more does its last one again, for nothing."""
        last: Batch | None = None
        while True:
            batch = next(batches, None)
            examples = 0 if batch is None else batch.size
            whole = int(self.ranks.add(np.array([examples], np.int64))[0])
            last = last if batch is None else batch
            if not whole:
                return
            if last is None:
                raise ArgumentError(f"{op}: the data set of rank {self.ranks.rank} gave no batch")
            yield Share.of(last, examples, whole)

    def _compare(self, hosts: Sequence[Any], numbers: Sequence[int], op: str, steps: int | None) -> None:
        """ArgumentError where the ranks' data are not the same: in the number of batches, as far as it is
        known, in `numbers`, or in the first and last row of what lies on the host.
        """
        marks = [0 if one is None else zlib.crc32(one[[0, -1]].tobytes()) for one in hosts]
        lengths = np.array([[-1 if steps is None else steps, len(marks)]], np.int64)
        sums = np.array([[*numbers, *marks]], np.int64)
        for rank, one in enumerate(counts := self.ranks.gather(lengths)):
            if not np.array_equal(one, counts[0]):
                (its, _), (mine, _) = one[0], counts[0][0]
                differ = f"{its} batches" if its != mine else "other targets or weights"
                raise ArgumentError(
                    f"{op}: the data of rank {rank} have {differ}, those of rank 0 {mine} batches: give all "
                    f"ranks the same data, or each its own by strategy.distribute_datasets_from_function"
                )
        found = self.ranks.gather(sums)
        known = np.all(found, axis=0)  # on the device of no rank
        for rank, one in enumerate(found):
            if not np.array_equal(one[known], found[0][known]):
                raise ArgumentError(
                    f"{op}: the first batch of rank {rank} is another than that of rank 0, and each takes "
                    f"its rows of it: make the data of all ranks the same (by seeds, in strategy.scope()), "
                    f"or give strategy.distribute_datasets_from_function data of its own for each"
                )


def bounds(count: int, rank: int, size: int) -> tuple[int, int]:
    """The first and the last but one of so many rows that a rank has.

    >>> [bounds(5, rank, 2) for rank in range(2)]
    [(0, 2), (2, 5)]
    """
    return count * rank // size, count * (rank + 1) // size


def rows_of_rank(count: int, ranks: Ranks) -> slice:
    """A rank's rows of so many; one that stands in where it has none."""
    first, end = bounds(count, ranks.rank, ranks.size)
    return slice(first, end) if end > first else slice(0, 1)


def share_of(batch: Batch, whole: int, ranks: Ranks) -> Share:
    """A rank's rows of a batch of so many as its share."""
    first, end = bounds(whole, ranks.rank, ranks.size)
    return Share.of(batch, end - first, whole)


def share(batch: Batch, ranks: Ranks) -> Share:
    """This rank's rows of a batch that all ranks have."""
    chosen = rows_of_rank(batch.size, ranks)

    def part(one: Any) -> Any:
        return None if one is None else rows(one, chosen)

    parts = ([part(one) for one in group] for group in batch)
    return share_of(Batch(*parts), batch.size, ranks)


def rows_of(element: Any, ranks: Ranks) -> Any:
    """This rank's rows of all arrays and tensors in an element, which all have as many."""
    found = list(leaves((Tensor, np.ndarray), element))
    count = len(found[0]) if found else 0
    if count < ranks.size:
        raise ArgumentError(f"distribute_dataset: a batch of {count} is too small for {ranks.size} ranks")
    chosen = slice(*bounds(count, ranks.rank, ranks.size))
    return map_leaves(
        (Tensor, np.ndarray),
        lambda one: rows(one, chosen) if isinstance(one, Tensor) else one[chosen],
        element,
    )


def rows(tensor: Tensor, chosen: slice) -> Tensor:
    """Some rows of a tensor; of one on the host they alone are uploaded."""
    host = _host(tensor)
    if host is None:
        return tensor[chosen]
    found = host[chosen]
    return make_tensor(found, Spec(found.shape, tensor.dtype))


def _host(tensor: Any) -> Any:
    """The values of a tensor that lie on the host, None for others."""
    handle = getattr(tensor, "handle", None)
    if handle is None or handle.storage.host is None or handle.dtype != handle.storage.dtype:
        return None
    host = handle.storage.host
    return host.reshape(handle.shape) if isinstance(host, np.ndarray) and host.dtype != object else None
