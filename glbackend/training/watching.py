"""Callbacks that watch a value and act: stop, lower the rate, set it."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, warn_user
from glbackend.training.callback import CALLBACKS, Callback, Logs


class Monitor(Callback):
    """Watches one of the values of an epoch for improvement.

    It improves where it changes by more than `min_delta`: falls in mode "min", rises in "max"; "auto" is
    "max" for accuracies and what else is better the higher it is.
    """

    what = "monitor"  # what warnings and errors call it
    rising = ("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2")

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f"{self.what}: mode must be 'auto', 'min' or 'max', got {mode!r}")
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        rises = mode == "max" or (mode == "auto" and any(one in monitor.lower() for one in self.rising))
        self.sign = -1.0 if rises else 1.0

    def watched(self, logs: Logs) -> float | None:
        """The value, with the sign by which smaller is better; None, and a warning, where it isn't there."""
        if self.monitor not in logs:
            warn_user(f"{self.what} watches {self.monitor!r}, but fit reports {', '.join(logs)}")
            return None
        return self.sign * float(logs[self.monitor])

    def improves(self, value: float, best: float) -> bool:
        """Whether it is better than the best by more than `min_delta`."""
        return value < best - self.min_delta


@CALLBACKS.declare()
class EarlyStopping(Monitor):
    """Stops training once a value has ceased to improve. As `tf.callbacks.earlyStopping`.

    `monitor` names the value among the logs of an epoch; where it isn't there, a warning says so. It improves
    where it changes by more than `min_delta`: falls in `mode` "min", rises in "max"; "auto" is "max" for
    accuracies. After `patience` epochs in a row without improvement, or one where that is 0, training stops.
    With a number as `baseline` the first value must be better than it. `verbose` of 1 prints when it stops.
    With `restore_best_weights` the best epoch's weights come back at the end (TF.js has not got that). Epochs
    before `start_from_epoch` do not count. ArgumentError for another `mode`.

    >>> EarlyStopping(monitor="val_acc", patience=2).patience
    2
    """

    what = "early stopping"

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs: Logs) -> None:
        self.wait = 0
        self.stopped_epoch: int | None = None
        self.best = math.inf if self.baseline is None else self.sign * self.baseline
        self.best_epoch: int | None = None
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        value = self.watched(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        better = self.improves(value, self.best)
        if self.restore_best_weights and (better or self.best_weights is None):
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        if better:
            self.best, self.wait = value, 0
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
        if self.stopped_epoch is not None and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping.")
        self.best_weights = None

    def state(self) -> dict[str, Any]:
        weights = None if self.best_weights is None else [np.array(one) for one in self.best_weights]
        return {"wait": self.wait, "best": self.best, "best_epoch": self.best_epoch, "weights": weights}

    def set_state(self, state: dict[str, Any]) -> None:
        self.wait, self.best, self.best_epoch = state["wait"], state["best"], state["best_epoch"]
        self.best_weights = state["weights"]


@CALLBACKS.declare()
class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate once a value has ceased to improve. As Keras's ReduceLROnPlateau.

    `monitor`, `mode`, `min_delta`: as in EarlyStopping.
    `factor`: the rate is multiplied by it; below 1.
    `patience`: after so many epochs without improvement.
    `cooldown`: so many epochs then do not count.
    `min_lr`: the rate does not fall below it.
    `verbose`: 1 prints each change.

    The logs of an epoch get its "learning_rate". ArgumentError for a factor of 1 or more, and where the
    optimizer has a schedule. TF.js has none.

    >>> ReduceLROnPlateau(factor=0.5, patience=2).factor
    0.5
    """

    what = "ReduceLROnPlateau"

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if factor >= 1:
            raise ArgumentError(f"ReduceLROnPlateau: factor must be below 1, got {factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs) -> None:
        refuse_schedule(self)
        self.wait, self.resting, self.best = 0, 0, math.inf

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        rate = logs["learning_rate"] = self.model.optimizer.learning_rate
        value = self.watched(logs)
        if value is None:
            return
        if self.resting:
            self.resting, self.wait = self.resting - 1, 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.resting:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                self.model.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                self.resting, self.wait = self.cooldown, 0
                if self.verbose:
                    print(
                        f"Epoch {epoch + 1}: the learning rate is now {self.model.optimizer.learning_rate}."
                    )

    def state(self) -> dict[str, Any]:
        return {"wait": self.wait, "resting": self.resting, "best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        self.wait, self.resting, self.best = state["wait"], state["resting"], state["best"]


@CALLBACKS.declare()
class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch. As Keras's LearningRateScheduler.

    `schedule`: a function of the epoch, from 0, and the present rate, or of the epoch alone; it gives the
    rate.
    `verbose`: 1 prints it.

    The logs of an epoch get its "learning_rate". ArgumentError where the optimizer has a schedule of its own.
    TF.js has none.

    >>> LearningRateScheduler(lambda epoch, rate: rate / 2).schedule(0, 1.0)
    0.5
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        self._of_epochs = len(inspect.signature(schedule).parameters) == 1

    def on_train_begin(self, logs: Logs) -> None:
        refuse_schedule(self)

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        optimizer = self.model.optimizer
        given = (epoch,) if self._of_epochs else (epoch, optimizer.learning_rate)
        optimizer.learning_rate = self.schedule(*given)
        if self.verbose:
            print(f"Epoch {epoch + 1}: the learning rate is now {optimizer.learning_rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        logs["learning_rate"] = self.model.optimizer.learning_rate


def refuse_schedule(callback: Callback) -> None:
    """ArgumentError where the optimizer's rate is a schedule, which a callback would put an end to."""
    if callback.model.optimizer.schedule is not None:
        raise ArgumentError(
            f"{type(callback).__name__} sets the learning rate, but the optimizer has a schedule: "
            f"give it a number"
        )


@CALLBACKS.declare()
class TerminateOnNaN(Callback):
    """Stops training at the first batch whose loss is NaN or infinite. As Keras's TerminateOnNaN.

    It reads the loss back after every batch. TF.js has none.

    >>> TerminateOnNaN().reads_batches
    True
    """

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if not math.isfinite(logs["loss"]):
            print(f"Batch {batch}: the loss is {logs['loss']}, training ends.")
            self.model.stop_training = True
