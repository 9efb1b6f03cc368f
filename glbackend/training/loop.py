"""The loop of fit: epochs and batches, callbacks, display, validation."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glbackend.training.averages import Averages
from glbackend.training.batches import Array, batches
from glbackend.training.callbacks import Callback, Logs
from glbackend.training.progress import progress

if TYPE_CHECKING:
    from glbackend.training.training import Trainable


class DataSet(NamedTuple):
    """Host arrays of inputs and targets, and weights of the examples for each output."""

    inputs: list[Array]
    targets: list[Array]
    weights: list[Array]

    def part(self, chosen: slice) -> "DataSet":
        """Some of the examples."""
        return DataSet(*([array[chosen] for array in group] for group in self))

    @property
    def examples(self) -> int:
        """Number of examples."""
        return len(self.inputs[0])


class Plan(NamedTuple):
    """How to train."""

    batch_size: int
    epochs: range
    shuffle: bool
    seed: int | None
    verbose: int


class Loop:
    """One call of fit."""

    def __init__(self, model: "Trainable", callbacks: Sequence[Callback], plan: Plan) -> None:
        self.model = model
        self.callbacks = callbacks
        self.plan = plan
        self.display = progress(plan.verbose)
        self.each_batch = any(one.reads_batches for one in callbacks)
        self.warned = False

    def call(self, hook: str, *arguments: Any) -> None:
        """Calls a hook of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def run(self, data: DataSet, held: DataSet | None) -> None:
        """All epochs."""
        self.introduce(data.examples, held is not None)
        generator = np.random.default_rng(self.plan.seed)
        self.model.stop_training = False
        try:
            self.call("on_train_begin", {})
            for epoch in self.plan.epochs:
                self.display.epoch(epoch, self.plan.epochs.stop, -(-data.examples // self.plan.batch_size))
                self.call("on_epoch_begin", epoch, {})
                order = generator.permutation(data.examples) if self.plan.shuffle else None
                logs = self.epoch(epoch, data, order)
                if held is not None and not self.model.stop_training:
                    found = self.model._evaluate(held.inputs, held.targets, self.plan.batch_size)
                    logs |= {f"val_{name}": value for name, value in found.items()}
                self.display.end_epoch(logs)
                self.call("on_epoch_end", epoch, logs)
                if self.model.stop_training:
                    break
            self.call("on_train_end", {})
        finally:
            self.display.close()

    def introduce(self, examples: int, validates: bool) -> None:
        """Tells the callbacks what they are called for."""
        names = self.model.metrics_names
        for callback in self.callbacks:
            callback.model = self.model
            callback.params = {
                "epochs": self.plan.epochs.stop,
                "initial_epoch": self.plan.epochs.start,
                "samples": examples,
                "batch_size": self.plan.batch_size,
                "verbose": self.plan.verbose,
                "do_validation": validates,
                "metrics": [*names, *(f"val_{name}" for name in names)] if validates else list(names),
            }

    def epoch(self, epoch: int, data: DataSet, order: Array | None) -> Logs:
        """One pass over the data; the mean loss and metrics."""
        averages = Averages(self.model.metrics_names)
        first, last = len(data.inputs), len(data.inputs) + len(data.targets)
        arrays = [*data.inputs, *data.targets, *data.weights]
        for i, batch in enumerate(batches(arrays, self.plan.batch_size, order)):
            size = {"batch": i, "size": batch[0].shape[0]}
            self.call("on_batch_begin", i, size)
            averages.add(self.model._train_step(batch[:first], batch[first:last], batch[last:]), size["size"])
            means = averages.read() if self.each_batch or averages.due() else None
            self.display.batch(i + 1, means)
            if means is not None:
                self.warn_of_nan(averages, epoch)
            if self.each_batch:
                self.call("on_batch_end", i, {**size, **averages.last})
            if self.model.stop_training:
                break
        logs = averages.read()
        self.warn_of_nan(averages, epoch)
        return logs

    def warn_of_nan(self, averages: Averages, epoch: int) -> None:
        """Says once at which step the loss stopped being a number."""
        if averages.first_nan is not None and not self.warned:
            self.warned = True
            warnings.warn(
                f"fit: the loss became NaN or infinite at step {averages.first_nan + 1} of epoch "
                f"{epoch + 1}: lower the learning rate, or look for NaN in the data",
                RuntimeWarning,
                stacklevel=5,
            )
