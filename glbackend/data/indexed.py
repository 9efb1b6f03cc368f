"""Batches by number, for classes of one's own. As Keras's `PyDataset`."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.data.ahead import ahead


class PyDataset:
    """Batches by number: a subclass gives `__len__`, how many there are, and `__getitem__`, each of them.

    `fit`, `evaluate` and `predict` take it. `on_epoch_end` is called after each pass.

    `workers`: from 2 on so many threads make batches beforehand, up to `max_queue_size` of them.
    `use_multiprocessing`: must be False: NumPy works beside itself on threads.
    `max_queue_size`: see there.

    As Keras's PyDataset, and its older Sequence.

    >>> import numpy as np
    >>> import glbackend as gl
    >>> class Ramp(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return np.full((1, 1), index)
    >>> model = gl.Sequential([gl.Input((1,)), gl.layers.Rescaling(10.)])
    >>> model.predict(Ramp()).numpy().ravel().tolist()
    [0.0, 10.0]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        if use_multiprocessing:
            raise ArgumentError("PyDataset: batches are made on threads: workers=, not use_multiprocessing")
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, False, max_queue_size

    def __len__(self) -> int:
        raise ArgumentError(f"{type(self).__name__} has no __len__: how many batches there are")

    def __getitem__(self, index: int) -> Any:
        """The batch of that number: a tuple (x, y) or (x, y, weights), or x."""
        raise ArgumentError(f"{type(self).__name__} has no __getitem__, which gives the batch of a number")

    @property
    def num_batches(self) -> int:
        """How many batches there are. As in Keras.

        >>> class Two(PyDataset):
        ...     def __len__(self):
        ...         return 2
        >>> Two().num_batches
        2
        """
        return len(self)

    def in_order(self, numbers: Iterable[int]) -> Iterator[Any]:
        """The batches of those `numbers`, made by `workers`. Keras's `fit` does this.

        >>> list(PyDataset().in_order([]))
        []
        """
        tasks = (partial(self.__getitem__, int(i)) for i in numbers)
        if self.workers > 1:
            return ahead(tasks, self.workers, self.max_queue_size)
        return (task() for task in tasks)

    def on_epoch_end(self) -> None:
        """Called after each pass; a subclass may order its data anew. As in Keras.

        >>> PyDataset().on_epoch_end()
        """


Sequence = PyDataset  # its older name
