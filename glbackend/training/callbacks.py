"""Callbacks of fit: the base class, callbacks from functions, history, early stopping."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from glbackend.base.errors import ArgumentError, warn_user
from glbackend.base.naming import snake_case
from glbackend.base.registry import Registry
from glbackend.training.trainable import Trainable

Logs = dict[str, float]


class Callback:
    """What fit calls while it trains: override the hooks that you need. As `tf.Callback`.

    Hooks get the number of the `epoch`, or of the `batch` in its epoch, from 0, and `logs`: a dict of floats
    by name, "loss" and the metrics of the batch or the epoch, at the end of an epoch also "val_..." values.
    `on_batch_end` costs a read-back at every step, the others none. While fit runs `self.model` is the model
    (`self.model.stop_training = True` ends fit), `self.params` a dict of what was asked for: "epochs",
    "initial_epoch", "steps", "samples", "batch_size" (None where a data set does not tell), "verbose",
    "do_validation", "metrics".

    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         print(epoch, sorted(logs))
    >>> Shout().on_epoch_end(0, {"loss": 1.0})
    0 ['loss']
    """

    model: Trainable
    params: dict[str, Any]

    @property
    def reads_batches(self) -> bool:
        """Whether the loss must be read back after every batch."""
        return type(self).on_batch_end is not Callback.on_batch_end

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a batch; `logs` has its "batch" and "size"."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """After a batch; `logs` has also its loss and metrics."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
CALLBACKS: Registry[Callback] = Registry("callback", Callback, functions=False)


class CustomCallback(Callback):
    """A callback made of functions. As the object of functions that TF.js's fit takes.

    `functions` has a function by the name of its hook, "onEpochEnd" or "on_epoch_end", with the arguments
    that the hook of `Callback` gets. ArgumentError for a name that is no hook.

    >>> CustomCallback({"onEpochEnd": lambda epoch, logs: print(epoch)}).on_epoch_end(3, {})
    3
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = {snake_case(name): function for name, function in functions.items()}
        unknown = set(self._functions) - set(HOOKS)
        if unknown:
            raise ArgumentError(f"unknown hook {', '.join(sorted(unknown))}: use {', '.join(HOOKS)}")
        for name, function in self._functions.items():
            setattr(self, name, function)

    @property
    def reads_batches(self) -> bool:
        return "on_batch_end" in self._functions


def as_callbacks(given: Any) -> list[Callback]:
    """The callbacks of fit's argument: none, one or its name, a dict of functions, or a list of these."""
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [CustomCallback(given)]
    if isinstance(given, Callback | str):
        return [CALLBACKS.get(given)]
    if isinstance(given, list | tuple):
        return [one for part in given for one in as_callbacks(part)]
    raise ArgumentError(
        f"fit: callbacks must be Callback objects or dicts of functions, got {type(given).__name__}"
    )


@CALLBACKS.declare()
class History(Callback):
    """What fit returns: the values of all epochs. As TF.js's History.

    `epoch` is the list of epochs, from 0, and `history` a dict of lists, a value an epoch: "loss", the
    metrics, and the same as "val_..." where there was validation.

    >>> h = History()
    >>> h.on_epoch_end(0, {"loss": 2.0})
    >>> h.history
    {'loss': [2.0]}
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


@CALLBACKS.declare()
class EarlyStopping(Callback):
    """Stops training once a value has ceased to improve. As `tf.callbacks.earlyStopping`.

    `monitor` names the value among the logs of an epoch; where it isn't there, a warning says so. It improves
    where it changes by more than `min_delta`: falls in `mode` "min", rises in "max"; "auto" is "max" for
    accuracies. After `patience` epochs in a row without improvement, or one where that is 0, training stops.
    With a number as `baseline` the first value must be better than it. `verbose` of 1 prints when it stops.
    With `restore_best_weights` the best epoch's weights come back then (TF.js has not got that).
    ArgumentError for another `mode`.

    >>> EarlyStopping(monitor="val_acc", patience=2).patience
    2
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f"early stopping: mode must be 'auto', 'min' or 'max', got {mode!r}")
        self.monitor, self.patience, self.verbose, self.baseline = monitor, patience, verbose, baseline
        rising = mode == "max" or (mode == "auto" and "acc" in monitor)
        self.sign = -1.0 if rising else 1.0
        self.min_delta = abs(min_delta)
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs: Logs) -> None:
        self.wait = 0
        self.stopped_epoch: int | None = None
        self.best = math.inf if self.baseline is None else self.sign * self.baseline
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.monitor not in logs:
            warn_user(f"early stopping watches {self.monitor!r}, but fit reports {', '.join(logs)}")
            return
        value = self.sign * logs[self.monitor]
        if value < self.best - self.min_delta:
            self.best, self.wait = value, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        if self.stopped_epoch is not None:
            if self.best_weights is not None:
                self.model.set_weights(self.best_weights)
            if self.verbose:
                print(f"Epoch {self.stopped_epoch + 1}: early stopping.")
        self.best_weights = None


early_stopping = EarlyStopping
