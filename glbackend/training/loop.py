"""The loop of fit: epochs and steps, callbacks, display, validation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from glbackend.base.errors import warn_user
from glbackend.engine.tensor import Tensor
from glbackend.training.averages import Averages, Latest
from glbackend.training.callback import Callback, CallbackList, Logs
from glbackend.training.loggers import History
from glbackend.training.place import Place
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
        validate: Callable[[CallbackList], Logs] | None,
        callbacks: Sequence[Callback],
        plan: Plan,
        place: Place,
    ) -> None:
        self.model = model
        self.step = step
        self.reader = reader
        self.validate = validate
        self.callbacks = CallbackList(sorted(callbacks, key=lambda one: getattr(one, "last", False)))
        self.plan = plan
        self.place = place
        self.display = progress(plan.verbose)
        self.each_batch = any(one.reads_batches for one in callbacks)
        self.warned = False
        self.last: Logs = {}  # of the last epoch

    def run(self, passes: Iterator[Iterable[Any]]) -> None:
        """All epochs; `passes` has the batches of each."""
        self.introduce()
        self.model.stop_training = False
        try:
            self.callbacks.call("on_train_begin", {})
            self.model.stop_training |= self.place.take_up()
            while self.place.epoch < self.plan.epochs.stop and not self.model.stop_training:
                self.one(passes)
            self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
            self.callbacks.call("on_train_end", self.last)
        finally:
            self.display.close()
            for callback in self.callbacks:
                vars(callback).pop("place", None)  # it holds the data

    def introduce(self) -> None:
        """Tells the callbacks what they are called for."""
        names, validates = self.model.metrics_names, self.validate is not None
        self.callbacks.set_model(self.model)
        self.callbacks.set_params(
            {
                "epochs": self.plan.epochs.stop,
                "initial_epoch": self.plan.epochs.start,
                "steps": self.plan.steps,
                "samples": self.plan.samples,
                "batch_size": self.plan.batch_size,
                "verbose": self.plan.verbose,
                "do_validation": validates,
                "metrics": [*names, *(f"val_{name}" for name in names)] if validates else list(names),
            }
        )
        self.place.others = [one for one in self.callbacks if one.remembered]
        for callback in self.callbacks:
            callback.place = self.place

    def one(self, passes: Iterator[Iterable[Any]]) -> None:
        """One epoch and its validation."""
        epoch, averages = self.place.epoch, self.reader()
        self.place.means = averages
        batches = self.place.rest(passes) if self.place.resumed else next(passes)
        self.display.epoch(epoch, self.plan.epochs.stop, self.plan.steps)
        self.callbacks.call("on_epoch_begin", epoch, {})
        logs = self.epoch(averages, batches)
        wanted = self.plan.validates(epoch) and not self.model.stop_training
        if self.validate is not None and wanted:
            logs |= {f"val_{name}": value for name, value in self.validate(self.callbacks).items()}
        self.display.end_epoch(logs)
        self.place.epoch, self.place.batch = epoch + 1, 0
        self.callbacks.call("on_epoch_end", epoch, logs)
        self.last = logs
        for one in self.callbacks:
            if isinstance(one, History):
                one.add(logs)

    def epoch(self, averages: Averages | Latest, batches: Iterable[Any]) -> Logs:
        """The steps of one epoch; the mean loss and metrics."""
        for i, batch in enumerate(batches, self.place.batch):
            size: Logs = {"batch": i, "size": batch.size}
            self.callbacks.call("on_train_batch_begin", i, size)
            averages.add(self.step(batch), batch.size)
            means = averages.read() if self.each_batch or averages.due() else None
            self.display.batch(i + 1, means)
            if means is not None:
                self.warn_of_nan(averages)
            self.place.batch = i + 1
            self.callbacks.call(
                "on_train_batch_end", i, {**size, **averages.last} if self.each_batch else size
            )
            if self.model.stop_training:
                break
        logs = averages.settle()
        self.warn_of_nan(averages)
        return logs

    def warn_of_nan(self, averages: Averages | Latest) -> None:
        """Says once at which step the loss stopped being a number."""
        if averages.first_nan is not None and not self.warned:
            self.warned = True
            warn_user(
                f"fit: the loss became NaN or infinite at step {averages.first_nan + 1} of epoch "
                f"{self.place.epoch + 1}: lower the learning rate, or look for NaN in the data",
                RuntimeWarning,
            )


def run_tests(
    step: Callable[[Any], Any],
    batches: Iterable[Any],
    averages: Averages | Latest,
    callbacks: CallbackList,
) -> Logs:
    """The loop of evaluate, and of validation: the means over all batches."""
    reads = any(one.reads_test_batches for one in callbacks)
    callbacks.call("on_test_begin", {})
    for i, batch in enumerate(batches):
        size: Logs = {"batch": i, "size": batch.size}
        callbacks.call("on_test_batch_begin", i, size)
        averages.add(step(batch), batch.size)
        if reads or averages.due():
            averages.read()
        callbacks.call("on_test_batch_end", i, {**size, **averages.last} if reads else size)
    logs = averages.settle()
    callbacks.call("on_test_end", logs)
    return logs


def run_predictions(
    predict: Callable[[Any], list[Tensor]], batches: Iterable[Any], callbacks: CallbackList
) -> list[list[Tensor]]:
    """The loop of predict: the outputs of each batch."""
    found = []
    callbacks.call("on_predict_begin", {})
    for i, batch in enumerate(batches):
        callbacks.call("on_predict_batch_begin", i, {})
        found.append(predict(batch))
        callbacks.call("on_predict_batch_end", i, {"outputs": found[-1]})
    callbacks.call("on_predict_end", {})
    return found
