"""Callbacks of fit: the base class, history, early stopping."""

import math
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glbackend.layers.training import Trainable

Logs = dict[str, float]


class Callback:
    """Override what you need; `self.model` is the model, `self.params` epochs, samples and batch size.

    `logs` holds "loss", metrics and, at the end of an epoch, "val_..." values. As `tf.Callback`.
    """

    model: "Trainable"
    params: dict[str, Any]

    def on_train_begin(self, logs: Logs) -> None: ...
    def on_train_end(self, logs: Logs) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Logs) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Logs) -> None: ...
    def on_batch_begin(self, batch: int, logs: Logs) -> None: ...
    def on_batch_end(self, batch: int, logs: Logs) -> None: ...


class History(Callback):
    """What fit returns: `epoch`, and `history` with a list a metric. As TF.js's History."""

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class EarlyStopping(Callback):
    """Stops training when `monitor` has not improved by `min_delta` for `patience` epochs.

    As `tf.callbacks.earlyStopping`; with `restore_best_weights` the best epoch's weights come back.
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
            warnings.warn(
                f"early stopping watches {self.monitor!r}, but fit reports {', '.join(logs)}", stacklevel=2
            )
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
                print(f"Epoch {self.stopped_epoch}: early stopping.")
