"""The trainer of a model that all ranks train: each computes the gradients of its share of a batch."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, warn_user
from glbackend.distribute.agreement import (
    Agreement,
    Facts,
    broadcast,
    broadcast_state,
    check_bits,
    compare,
    facts_of,
)
from glbackend.distribute.averages import TotalAverages
from glbackend.distribute.part import Part, taking_part
from glbackend.distribute.ranks import Array, Ranks
from glbackend.distribute.reduce import Gathering, apart, there
from glbackend.distribute.shares import Share, SharedFeed, share
from glbackend.engine.tensor import Tensor
from glbackend.layers.recipe import Weight
from glbackend.ops.create import tensor
from glbackend.training.averages import Averages, Latest
from glbackend.training.batches import arrays_of, same_length
from glbackend.training.callback import Callback, Logs, as_callbacks
from glbackend.training.dataset import Arrays, Batch, parts_of, steps_of
from glbackend.training.feed import Feed, nothing
from glbackend.training.flags import KeptFlags
from glbackend.training.graphs import Graphs
from glbackend.training.loggers import History
from glbackend.training.objective import Goals
from glbackend.training.own import own_step
from glbackend.training.streams import as_dataset
from glbackend.training.trainable import Trainable
from glbackend.training.trainer import Forward, Pairs, Trainer

# arguments of fit that decide how often the ranks meet
TOLD = (
    "epochs", "batch_size", "seed", "shuffle", "validation_split", "steps_per_epoch", "validation_steps",
    "validation_batch_size", "validation_freq",
)  # fmt: skip


class DistributedTrainer(Trainer):
    """Trains a model on all ranks by the same batches, each of which is shared out by its rows.

    `model`: the model.
    `ranks`: the processes.
    `check_every`: after so many steps, and at the start of `fit`, weights are compared bit by bit.

    A rank's loss counts by its share of the examples, so that the sum of all ranks' gradients is that of the
    whole batch.
    """

    overlaps = True  # whether gradients are added up while others are still computed

    def __init__(self, model: Trainable, ranks: Ranks, check_every: int) -> None:
        super().__init__(model)
        self.ranks, self.check_every = ranks, check_every
        self.saves = ranks.rank == 0
        self._aligned = False
        self._share = 1.0  # of the loss that is trained for
        self._loss: list[Tensor] = []  # of a step, as this rank sees it

    def compile(self, optimizer: Any, goals: Goals, run_eagerly: bool | None = None) -> None:
        """As of `Trainer`; a step is two graphs, and what other ranks have comes in between."""
        super().compile(optimizer, goals, run_eagerly)
        self._flags = KeptFlags(self.model, Graphs(self.model, True, run_eagerly))
        self._aligned = False

    def step(self, kind: str) -> Callable[[Any], Any]:
        """As of `Trainer`; what is captured of a step are parts of it."""
        found = self.train_step if kind == "train" else self.test_step
        return self._flags.keep(lambda batch: found(batch))

    # -- the same on all ranks -----------------------------------------------------------------------------

    def align(self, op: str, facts: Facts | None = None) -> None:
        """Compares the models, and `facts` that a call has of its own.

        At first it takes the weights of rank 0, and what its optimizer remembers; later errors name a weight
        that differs.
        """
        compare(self.ranks, [*facts_of(self.model, self.goals), *(facts or [])], op)
        if self._aligned:
            self.check(op)
        else:
            assert self.optimizer is not None
            broadcast(self.ranks, [one.variable for one in self.model._own_weights])
            broadcast_state(self.ranks, self.optimizer, self.model.trainable_weights)
        self._aligned = True

    def check(self, op: str) -> None:
        """ArgumentError that names the first weight whose bits are not the same on all ranks."""
        weights = [one.variable for one in self.model._own_weights]
        check_bits(self.ranks, [(f"weight {i} ({one.name})", one) for i, one in enumerate(weights)], op)

    # -- one step ------------------------------------------------------------------------------------------

    def source(self, kind: str) -> Feed:
        """Data shared out by rows; a step of the model's own would not be reduced."""
        if own_step(self.model, kind) is not None:
            raise ArgumentError(
                f"{type(self.model).__name__} has a {kind}_step of its own, whose gradients fit does not "
                f"see: write the loop yourself, with strategy.run and strategy.reduce_gradients"
            )
        return SharedFeed(self.model, self.objective, self.ranks)

    def train_step(self, batch: Batch) -> list[Tensor]:
        with self._taking_part(batch) as part:
            values, sums, count, changed = self._flags.graphs.of(self._compute)(Batch(*batch), part.share)
            part.finish()
            self._flags.graphs.of(self._move)(sums, there(sums[-1], count), changed)
        return list(values)

    def _compute(self, batch: Batch, share: float) -> tuple[list[Tensor], list[Tensor], int, bytes]:
        """What a step gives; the sums that have begun; the number of variables that are trained; and which
        weights layers have changed themselves.

        `share`: of this rank's loss in that which is trained for.
        """
        held = [one.variable.data_id for one in self.model._own_weights]
        gathering = Gathering(self.model.trainable_weights, self.overlaps)
        self._share, self.final = share, gathering.take
        try:
            _, *values = super().train_step(batch)
        finally:
            self._share, self.final = 1.0, None
        (loss,), self._loss = self._loss, []
        trained = {one.id for one in gathering.variables}
        weights = [one.variable for one in self.model._own_weights]
        flags = [
            one.data_id != before and one.id not in trained and one.dtype == "float32"
            for one, before in zip(weights, held, strict=True)
        ]
        means = [one * share for one, changes in zip(weights, flags, strict=True) if changes]
        return [loss, *values], gathering.finish(means), len(gathering.variables), bytes(flags)

    def apply(self, pairs: Pairs, weights: Sequence[Weight]) -> None:
        """Nothing: the gradients are on their way to the other ranks."""

    def _move(self, sums: Sequence[Tensor], moving: bytes, changed: bytes) -> None:
        """Moves weights by the gradients of the whole batch, and holds them to their constraints.

        What layers have changed becomes the mean over all ranks.
        """
        weights, trained = self.model._own_weights, self.model.trainable_weights
        means = [one.variable for one, changes in zip(weights, changed, strict=True) if changes]
        gradients, others = apart(sums, trained, means)
        for variable, value in zip(means, others, strict=True):
            variable.assign(value)
        pairs = [(sum_, one) for sum_, one, moves in zip(gradients, trained, moving, strict=True) if moves]
        super().apply(pairs, weights)

    def test_step(self, batch: Batch) -> list[Tensor]:
        with self._taking_part(batch) as part:
            return list(self._flags.graphs.of(self._tested)(Batch(*batch), part.share))

    def _tested(self, batch: Batch, share: float) -> list[Tensor]:
        """What a batch gives; graphs are told apart by the share of this rank, by which losses count."""
        return super().test_step(batch)

    @contextmanager
    def _taking_part(self, batch: Batch) -> Iterator[Any]:
        """A step on a share; rows that merely stand in for one leave metrics as they were."""
        mine = batch if isinstance(batch, Share) else Share.of(batch, batch.size, batch.size)
        part: Any = Part(self.ranks, mine.examples / mine.whole)
        states = [] if mine.examples else [v for metric in self.model.metrics for v in metric.variables]
        before = [(one, Tensor(one.handle)) for one in states]
        with taking_part(part):
            yield part
        for variable, value in before:
            variable.assign(value)

    def forward(self, batch: Batch, op: str, training: bool) -> Forward:
        found = super().forward(batch, op, training)
        if not training:
            return found
        self._loss = [found.loss]
        return found if self._share == 1 else found._replace(loss=found.loss * self._share)

    # -- whole data sets -----------------------------------------------------------------------------------

    def fit(self, x: Any, y: Any, **options: Any) -> History:
        """As of `Trainer`; ranks other than 0 show and write nothing."""
        callbacks = as_callbacks(options["callbacks"])
        if not self.saves:
            options["verbose"] = 0
            callbacks = [_silenced(one) for one in callbacks]
        told = [(f"argument {name!r}", repr(options[name])) for name in TOLD]
        told.append(("validation_data", "None" if options["validation_data"] is None else "given"))
        drawn = self._seed()
        if options["seed"] is None:
            options["seed"] = drawn
        return super().fit(x, y, **{**options, "callbacks": [*callbacks, Agreement(self, told)]})

    def _seed(self) -> int:
        """One that rank 0 draws."""
        return int(self.ranks.broadcast(np.random.default_rng().integers(2**63, size=1))[0])

    def reader(self, op: str, kind: str) -> Averages | Latest:
        super().reader(op, kind)
        return TotalAverages(self.tracked(op), self.ranks)

    def evaluate(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int,
        steps: int | None,
        verbose: bool,
        callbacks: Any = None,
    ) -> Logs:
        """As of `Trainer`; rank 0 alone prints."""
        self._align_once("evaluate")
        return super().evaluate(x, y, sample_weight, batch_size, steps, verbose and self.saves, callbacks)

    def predict(self, x: Any, batch_size: int, steps: int | None, callbacks: Any = None) -> Any:
        """As of `Trainer`; the ranks take turns at the batches, and each gets all outputs."""
        if callbacks is not None or own_step(self.model, "predict") is not None:
            return super().predict(x, batch_size, steps, callbacks)
        self._align_once("predict")
        data = as_dataset(x, "predict")
        if data is None:
            arrays = self.feed.inputs(x, "predict", arrays_of)
            same_length(arrays, "predict")
            data = Arrays(arrays, batch_size=batch_size)
        count = steps_of(data, steps, "predict")
        examples = data.examples if isinstance(data, Arrays) else None
        compare(self.ranks, [("the length of the data", f"{count} batches, {examples} examples")], "predict")
        every = islice(data, count)
        mine = islice(every, self.ranks.rank, None, self.ranks.size)
        found = [self.predict_batch(parts_of(one, "predict")[0], "predict") for one in mine]
        return self.model._packed_outputs([tensor(one) for one in gathered(self.ranks, found)])

    def on_batch(self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Logs:
        """As of `Trainer`, each rank on its rows."""
        op = f"{kind}_on_batch"
        self.source(kind)
        batch = share(self.feed.batch((x, y, sample_weight), op, class_weight), self.ranks)
        self._align_once(op)
        self.reset()
        averages = TotalAverages(self.tracked(op), self.ranks)
        averages.add(self.step(kind)(batch), batch.size)
        return averages.settle()

    def _align_once(self, op: str) -> None:
        if not self._aligned and self.model.built and self.optimizer is not None:
            self.align(op)


class LoneTrainer(Trainer):
    """Trains a model on one of several ranks, where that is hardly meant."""

    def compile(self, optimizer: Any, goals: Goals, run_eagerly: bool | None = None) -> None:
        warn_user(
            "compile: this model is compiled outside of strategy.scope(): each rank trains one of its own"
        )
        super().compile(optimizer, goals, run_eagerly)
        self._flags = KeptFlags(self.model, Graphs(self.model, True, run_eagerly))  # steps are the usual ones


def _silenced(callback: Callback) -> Callback:
    """A callback on a rank that shows and writes nothing; one in its place where that is all it does."""
    if callback.only_shows:
        return Callback()
    if hasattr(callback, "verbose"):
        callback.verbose = 0
    return callback


def gathered(ranks: Ranks, batches: list[list[Tensor]]) -> list[Array]:
    """The outputs for all batches, of which each rank has every so many-th; one array an output."""
    own = [[one.numpy() for one in outputs] for outputs in batches]
    sizes = ranks.gather(np.array([len(outputs[0]) for outputs in own], np.int64))
    shapes = json.loads(next(filter(None, ranks.gather_text(_shapes(own))), "[]"))
    if not shapes:
        raise nothing("predict")
    found = []
    for i, (shape, dtype) in enumerate(shapes):
        mine = np.concatenate([outputs[i] for outputs in own] or [np.zeros((0, *shape), dtype)])
        parts = [
            iter(np.split(one, np.cumsum(its)[:-1]))
            for one, its in zip(ranks.gather(mine), sizes, strict=True)
        ]
        count = sum(map(len, sizes))
        found.append(np.concatenate([next(parts[j % ranks.size]) for j in range(count)]))
    return found


def _shapes(batches: list[list[Array]]) -> str:
    """The shape of a row and the dtype of each output; nothing where there is no batch."""
    return json.dumps([(one.shape[1:], str(one.dtype)) for one in batches[0]]) if batches else ""
