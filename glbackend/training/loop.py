"""The loop of fit: epochs and steps, callbacks, display, validation."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from glbackend.base.errors import warn_user
from glbackend.training.averages import Averages, Latest
from glbackend.training.callbacks import Callback, Logs
from glbackend.training.progress import progress
from glbackend.training.trainable import Trainable


class Plan(NamedTuple):
    """How to train; `steps` are those of an epoch, None like the others where it isn't known.

    `validate_at` is every how many epochs held-out data are looked at, or after which, counted from 1.
    """

    epochs: range
    steps: int | None
    samples: int | None
    batch_size: int | None
    verbose: int
    validate_at: int | Sequence[int] = 1

    def validates(self, epoch: int) -> bool:
        """Whether held-out data are looked at after an epoch, counted from 0."""
        if isinstance(self.validate_at, int):
            return (epoch + 1) % self.validate_at == 0
        return epoch + 1 in self.validate_at


class Loop:
    """One call of fit; `step` trains on a batch and gives its values, `validate` those of held-out data.

    `reader` makes what collects the values of an epoch.
    """

    def __init__(
        self,
        model: Trainable,
        step: Callable[[Any], Any],
        reader: Callable[[], Averages | Latest],
        validate: Callable[[], Logs] | None,
        callbacks: Sequence[Callback],
        plan: Plan,
    ) -> None:
        self.model = model
        self.step = step
        self.reader = reader
        self.validate = validate
        self.callbacks = callbacks
        self.plan = plan
        self.display = progress(plan.verbose)
        self.each_batch = any(one.reads_batches for one in callbacks)
        self.warned = False

    def call(self, hook: str, *arguments: Any) -> None:
        """Calls a hook of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def run(self, passes: Iterable[Iterable[Any]]) -> None:
        """All epochs; `passes` has the batches of each."""
        self.introduce()
        self.model.stop_training = False
        try:
            self.call("on_train_begin", {})
            for epoch, batches in zip(self.plan.epochs, passes, strict=False):
                self.display.epoch(epoch, self.plan.epochs.stop, self.plan.steps)
                self.call("on_epoch_begin", epoch, {})
                logs = self.epoch(epoch, batches)
                wanted = self.plan.validates(epoch) and not self.model.stop_training
                if self.validate is not None and wanted:
                    logs |= {f"val_{name}": value for name, value in self.validate().items()}
                self.display.end_epoch(logs)
                self.call("on_epoch_end", epoch, logs)
                if self.model.stop_training:
                    break
            self.call("on_train_end", {})
        finally:
            self.display.close()

    def introduce(self) -> None:
        """Tells the callbacks what they are called for."""
        names, validates = self.model.metrics_names, self.validate is not None
        for callback in self.callbacks:
            callback.model = self.model
            callback.params = {
                "epochs": self.plan.epochs.stop,
                "initial_epoch": self.plan.epochs.start,
                "steps": self.plan.steps,
                "samples": self.plan.samples,
                "batch_size": self.plan.batch_size,
                "verbose": self.plan.verbose,
                "do_validation": validates,
                "metrics": [*names, *(f"val_{name}" for name in names)] if validates else list(names),
            }

    def epoch(self, epoch: int, batches: Iterable[Any]) -> Logs:
        """The steps of one epoch; the mean loss and metrics."""
        averages = self.reader()
        for i, batch in enumerate(batches):
            size = {"batch": i, "size": batch.size}
            self.call("on_batch_begin", i, size)
            averages.add(self.step(batch), batch.size)
            means = averages.read() if self.each_batch or averages.due() else None
            self.display.batch(i + 1, means)
            if means is not None:
                self.warn_of_nan(averages, epoch)
            if self.each_batch:
                self.call("on_batch_end", i, {**size, **averages.last})
            if self.model.stop_training:
                break
        logs = averages.settle()
        self.warn_of_nan(averages, epoch)
        return logs

    def warn_of_nan(self, averages: Averages | Latest, epoch: int) -> None:
        """Says once at which step the loss stopped being a number."""
        if averages.first_nan is not None and not self.warned:
            self.warned = True
            warn_user(
                f"fit: the loss became NaN or infinite at step {averages.first_nan + 1} of epoch "
                f"{epoch + 1}: lower the learning rate, or look for NaN in the data",
                RuntimeWarning,
            )
