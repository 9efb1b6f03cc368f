"""Strategies: which processes train a model together, and on which devices."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from glbackend.base import env
from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.distribute.part import Part, taking_part
from glbackend.distribute.ranks import Ranks, ranks
from glbackend.distribute.reduce import reduce_pairs, total
from glbackend.distribute.shares import OwnBatches, rows_of
from glbackend.distribute.trainer import DistributedTrainer, LoneTrainer
from glbackend.engine.backend import NAMES, load, made_backend
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor, Variable
from glbackend.models.trained import trainers
from glbackend.ops.random import process_seeds
from glbackend.training.dataset import Dataset
from glbackend.training.trainer import Trainer

Pairs = list[tuple[Tensor, Variable]]


class InputContext(NamedTuple):
    """What a function that makes a rank's data set is told. As TensorFlow's `tf.distribute.InputContext`."""

    num_input_pipelines: int
    input_pipeline_id: int

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """A rank's part of a batch of all ranks; ArgumentError where it cannot be shared out evenly."""
        size, left = divmod(global_batch_size, self.num_input_pipelines)
        if left:
            raise ArgumentError(
                f"a batch of {global_batch_size} cannot be shared out evenly to "
                f"{self.num_input_pipelines} ranks"
            )
        return size


class Strategy:
    """Data-parallel training over the processes of a job: what both strategies have in common.

    A model made and compiled in `scope()` is trained by all ranks together: `fit`, `evaluate` and `predict`
    take the same arguments on all of them, and give the same.
    """

    def __init__(self, check_every: int = 100) -> None:
        if check_every < 1:
            raise ArgumentError(f"{type(self).__name__}: check_every must be at least 1, got {check_every}")
        self.ranks: Ranks = ranks()
        self.check_every = check_every
        if self.ranks.size > 1 and trainers.get() is Trainer:
            trainers.set(LoneTrainer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rank {self.rank} of {self.num_replicas_in_sync})"

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        return self.ranks.rank

    @property
    def num_replicas_in_sync(self) -> int:
        """The number of processes that train together."""
        return self.ranks.size

    @contextmanager
    def scope(self) -> Iterator["Strategy"]:
        """Models compiled within the block are trained by all ranks. As `tf.distribute.Strategy.scope`.

        Random numbers that are drawn in it, weights to begin with and the order of data among them, are the
        same on all ranks; dropout draws others on each.

        >>> import glbackend as gl
        >>> strategy = gl.distribute.MultiWorkerMirroredStrategy()
        >>> with strategy.scope():
        ...     model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        ...     model.compile(gl.train.sgd(0.5), "meanSquaredError")
        >>> model.fit(gl.ones([4, 1]), gl.ones([4, 1]), epochs=2, verbose=0).history
        {'loss': [1.0, 1.0]}
        """
        seeds = process_seeds()
        seeds.state = int(self.ranks.broadcast(np.array([seeds.state], np.uint64))[0])
        if self.ranks.size == 1:  # the usual trainer does the same
            yield self
            return
        token = trainers.set(partial(DistributedTrainer, ranks=self.ranks, check_every=self.check_every))
        try:
            yield self
        finally:
            trainers.reset(token)

    @checked
    def run(
        self, fn: Callable[..., Any], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """What `fn` gives for `args` and `kwargs`, called as a part of what all ranks do.

        `fn`: a function, on each rank for its own share of the data.
        `args`, `kwargs`: what it is called with.

        Within it dropout draws other numbers on each rank, and batch normalisations that are `synchronized`
        see all ranks' examples. As `tf.distribute.Strategy.run`, but nothing is reduced by itself: see
        `reduce_gradients`.

        >>> import glbackend as gl
        >>> gl.distribute.MultiWorkerMirroredStrategy().run(lambda x: x + 1, (2,))
        3
        """
        part = Part(self.ranks, None) if self.ranks.size > 1 else None
        with taking_part(part):
            return fn(*args, **(kwargs or {}))

    @checked
    def reduce(self, reduce_op: str, value: Any, axis: int | None = None) -> Any:
        """A number or tensor of all ranks as one. As `tf.distribute.Strategy.reduce`.

        `reduce_op`: "sum" or "mean".
        `value`: a float, which gives a float, or float32 tensor of the same shape on all ranks.
        `axis`: an axis along which each rank's value is reduced as well; ranks may have another number there.

        ArgumentError for another operation.

        >>> import glbackend as gl
        >>> gl.distribute.MultiWorkerMirroredStrategy().reduce("mean", gl.tensor([1., 3.]), axis=0).item()
        2.0
        """
        operation = str(reduce_op).lower()
        if operation not in ("sum", "mean"):
            raise ArgumentError(f"reduce: reduce_op must be 'sum' or 'mean', got {reduce_op!r}")
        if isinstance(value, int | float):
            found = float(self.ranks.add(np.array([value], np.float64))[0])
            return found if operation == "sum" else found / self.ranks.size
        given = as_tensor(value, "value", "reduce")
        count = 1 if axis is None else given.shape[axis]
        (added,) = total(self.ranks, [given if axis is None else given.sum(axis)])
        if operation == "sum":
            return added
        return added / float(self.ranks.add(np.array([count], np.float64))[0])

    @checked
    def reduce_gradients(self, gradients_and_variables: Any, examples: int = 1) -> Pairs:
        """Gradients of all ranks, weighed by their examples: what an optimizer is to apply.

        `gradients_and_variables`: pairs, as `optimizer.compute_gradients` gives them, of the same variables
        on all ranks.
        `examples`: how many examples they are the mean of on this rank; 0 where it had none.

        In TensorFlow `apply_gradients` does this, by a sum.

        >>> import glbackend as gl
        >>> strategy, w = gl.distribute.MultiWorkerMirroredStrategy(), gl.variable(3.)
        >>> optimizer = gl.train.sgd(0.5)
        >>> value, pairs = optimizer.compute_gradients(lambda: w * w)
        >>> optimizer.apply_gradients(strategy.reduce_gradients(pairs, examples=4)); w.item()
        0.0
        """
        pairs = list(gradients_and_variables)
        if self.ranks.size == 1:
            return pairs
        whole = float(self.ranks.add(np.array([examples], np.float64))[0])
        weighed = [(gradient * (examples / whole), variable) for gradient, variable in pairs]
        return reduce_pairs(self.ranks, weighed, [variable for _, variable in pairs])

    def distribute_dataset(self, dataset: Any) -> Iterator[Any]:
        """This rank's rows of each batch, for a loop of one's own; `fit` shares data sets out by itself.

        `dataset`: batches, the same on all ranks, of arrays or tensors in any structure.

        A batch with fewer rows than ranks is an ArgumentError. As
        `tf.distribute.Strategy.experimental_distribute_dataset`.

        >>> import glbackend as gl
        >>> strategy = gl.distribute.MultiWorkerMirroredStrategy()
        >>> [x.shape for x in strategy.distribute_dataset(gl.data.array([1., 2., 3.]).batch(2))]
        [(2,), (1,)]
        """
        return (rows_of(one, self.ranks) for one in dataset)

    def distribute_datasets_from_function(self, dataset_fn: Callable[[InputContext], Dataset]) -> OwnBatches:
        """A data set of this rank's own batches, for `fit` and `evaluate` or a loop of one's own.

        `dataset_fn`: makes it of an `InputContext`, which says which share is this rank's.

        A step takes a batch of each rank, weighed by its examples; one whose data end before those of others
        waits for them. As TensorFlow's function of this name.

        >>> import glbackend as gl
        >>> strategy = gl.distribute.MultiWorkerMirroredStrategy()
        >>> def mine(context):
        ...     numbers = gl.data.array([1., 2., 3., 4.])
        ...     return numbers.shard(context.num_input_pipelines, context.input_pipeline_id).batch(2)
        >>> len(list(strategy.distribute_datasets_from_function(mine)))
        2
        """
        return OwnBatches(dataset_fn(InputContext(self.ranks.size, self.ranks.rank)))

    def barrier(self) -> None:
        """Waits until all ranks are here: before they read what rank 0 has written, for example."""
        self.ranks.barrier()


class MirroredStrategy(Strategy):
    """Trains on the GPUs of this machine, a process each. As `tf.distribute.MirroredStrategy`.

    `devices`: numbers of `gl.devices()`, of which each process takes one; by default those that are no
    software renderers, in turn. GLBACKEND_DEVICE, where it is set, decides, or a backend that has been used
    already.
    `check_every`: after so many steps the ranks' weights are compared bit by bit.

    `python -m glbackend launch -n 4 train.py` starts the processes. One that was started alone trains alone,
    and says so. MissingPackageError where a launcher started several and mpi4py is not there to connect them.

    >>> import glbackend as gl
    >>> strategy = gl.distribute.MirroredStrategy()
    >>> strategy
    MirroredStrategy(rank 0 of 1)
    """

    @checked
    def __init__(self, devices: Sequence[int] | None = None, check_every: int = 100) -> None:
        super().__init__(check_every)
        if self.ranks.size == 1:
            say_how_to_start_more()
        take_device(devices, self.ranks.local_rank, self.ranks.size)


class MultiWorkerMirroredStrategy(Strategy):
    """Trains on all processes of an MPI job, over machines. As TensorFlow's strategy of that name.

    `check_every`: as of `MirroredStrategy`.

    `mpiexec -n 8 -hosts a,b python -m mpi4py train.py`, or any other launcher, starts the processes; each
    takes a GPU of its machine.

    >>> import glbackend as gl
    >>> gl.distribute.MultiWorkerMirroredStrategy().num_replicas_in_sync
    1
    """

    @checked
    def __init__(self, check_every: int = 100) -> None:
        super().__init__(check_every)
        take_device(None, self.ranks.local_rank, self.ranks.size)


_said: list[str] = []


def say_how_to_start_more() -> None:
    """One line on stderr, once a process."""
    if not _said:
        _said.append(
            "MirroredStrategy: one process, which trains alone; for four: "
            "python -m glbackend launch -n 4 train.py"
        )
        print(_said[0], file=sys.stderr)


def take_device(devices: Sequence[int] | None, local_rank: int, size: int) -> None:
    """Lets webgl compute on a device of this process's own, where no backend is made yet.

    ArgumentError for a device that there isn't.
    """
    decided = env.text("DEVICE") or any(made_backend(name) is not None for name in NAMES)
    if decided or (devices is None and size == 1):
        return
    known = load("webgl").devices()
    if devices is None:
        devices = [one.index for one in known if one.name and not one.software]
    elif unknown := set(devices) - {one.index for one in known}:
        raise ArgumentError(
            f"MirroredStrategy: there is no device {', '.join(map(str, sorted(unknown)))}: "
            f"gl.devices() has {', '.join(str(one.index) for one in known) or 'none'}"
        )
    if devices:
        os.environ["GLBACKEND_DEVICE"] = str(devices[local_rank % len(devices)])
