"""Callbacks that write down what fit reports: history, CSV, TensorBoard, a bar."""

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.html import curves, table
from glbackend.base.optional import on_first_call
from glbackend.training.callback import CALLBACKS, Callback, Logs
from glbackend.training.events import EventFile
from glbackend.training.progress import number_shown, progress

SHOWN_EPOCHS = 10  # of a history in a notebook
_plot_history = on_first_call("glbackend.vis.show", "history")


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
        self._taken: set[str] = set()  # the names of the last epoch

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {number_shown(values[-1])}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' if last else ''}{last}>"

    def _repr_html_(self) -> str:
        rows = list(zip(self.epoch, *self.history.values(), strict=False))[-SHOWN_EPOCHS:]
        shown = [[epoch + 1, *map(number_shown, values)] for epoch, *values in rows]
        drawn = {name: one for name, one in self.history.items() if name.endswith("loss")}
        return table(f"{len(self.epoch)} epochs", ["epoch", *self.history], shown) + curves(drawn)

    def plot(self, metrics: Sequence[str] | None = None) -> Any:
        """Curves over the epochs, those of validation beside their own. As `tfvis.show.history`.

        `metrics`: the names of those that are drawn, all by default.

        Gives a `Picture`, which notebooks show and `save(path)` writes. Needs matplotlib.

        >>> h = History()
        >>> for epoch, loss in enumerate((2.0, 1.0)):
        ...     h.on_epoch_end(epoch, {"loss": loss})
        >>> h.plot().figure.axes[0].get_title(loc="left")
        'loss'
        """
        return _plot_history(self, metrics)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.epoch.append(epoch)
        self._taken = set(logs)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def add(self, logs: Logs) -> None:
        """Takes what other callbacks have put into the logs of the epoch."""
        for name, value in logs.items():
            if name not in self._taken:
                self.history.setdefault(name, []).append(value)


@CALLBACKS.declare()
class CSVLogger(Callback):
    """Writes a line an epoch to a CSV file. As Keras's CSVLogger.

    `filename`: the file; its first line names the columns: epoch, then the values by the alphabet.
    `separator`: what stands between them.
    `append`: whether lines are added to what is there.

    TF.js has none.

    >>> CSVLogger("log.csv", append=True).separator
    ','
    """

    only_shows = True

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        self.filename, self.separator, self.append = Path(filename), separator, append
        self._file: IO[str] | None = None
        self._names: list[str] = []

    def on_train_begin(self, logs: Logs) -> None:
        begun = self.append and self.filename.exists() and self.filename.stat().st_size > 0
        if begun:
            with self.filename.open(newline="") as file:
                self._names = next(csv.reader(file, delimiter=self.separator))[1:]
        else:
            self._names = []
        self._file = self.filename.open("a" if self.append else "w", newline="")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        assert self._file is not None
        writer = csv.writer(self._file, delimiter=self.separator)
        if not self._names:
            self._names = sorted(logs)
            writer.writerow(["epoch", *self._names])
        writer.writerow([epoch, *(logs.get(name, "NA") for name in self._names)])
        self._file.flush()

    def on_train_end(self, logs: Logs) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


@CALLBACKS.declare()
class TensorBoard(Callback):
    """Writes event files that TensorBoard shows. As Keras's TensorBoard.

    `log_dir`: a folder; "train" and "validation" below it hold a file each.
    `histogram_freq`: each so many epochs the weights are written as histograms; 0 for never.
    `update_freq`: "epoch", or "batch" or a number: after each so many batches their values are written, too,
    which reads them back.
    `write_steps_per_second`: whether the speed of each epoch is written.

    `tensorboard --logdir logs` shows them. TF.js has none.

    >>> TensorBoard("logs", update_freq=10).reads_batches
    True
    """

    only_shows = True

    def __init__(
        self,
        log_dir: str | Path = "logs",
        histogram_freq: int = 0,
        update_freq: str | int = "epoch",
        write_steps_per_second: bool = False,
    ) -> None:
        if isinstance(update_freq, str) and update_freq not in ("epoch", "batch"):
            raise ArgumentError(
                f"TensorBoard: update_freq must be 'epoch', 'batch' or a number, got {update_freq!r}"
            )
        self.log_dir, self.histogram_freq = Path(log_dir), histogram_freq
        self.update_freq, self.write_steps_per_second = update_freq, write_steps_per_second
        self._every = 0 if update_freq == "epoch" else 1 if update_freq == "batch" else int(update_freq)
        self._files: dict[str, EventFile] = {}
        self._steps = 0

    @property
    def reads_batches(self) -> bool:
        return self._every > 0

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self._began, self._first = time.perf_counter(), self._steps

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self._steps += 1
        if self._every and self._steps % self._every == 0:
            values = {name: one for name, one in logs.items() if name not in ("batch", "size")}
            self._write("train", {f"batch_{name}": one for name, one in values.items()}, self._steps)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        held = {name.removeprefix("val_"): one for name, one in logs.items() if name.startswith("val_")}
        own = {name: one for name, one in logs.items() if not name.startswith("val_")}
        own["learning_rate"] = self.model.optimizer.learning_rate
        if self.write_steps_per_second:
            own["steps_per_second"] = (self._steps - self._first) / (time.perf_counter() - self._began)
        self._write("train", {f"epoch_{name}": one for name, one in own.items()}, epoch)
        if held:
            self._write("validation", {f"epoch_{name}": one for name, one in held.items()}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model._own_weights:
                self._file("train").histogram(weight.variable.name, weight.variable.numpy(), epoch)

    def on_train_end(self, logs: Logs) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def state(self) -> dict[str, Any]:
        return {"steps": self._steps}

    def set_state(self, state: dict[str, Any]) -> None:
        self._steps = state["steps"]

    def _write(self, run: str, values: Logs, step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0:
                self._file(run).scalar(name, float(value), step)
        self._file(run).flush()

    def _file(self, run: str) -> EventFile:
        if run not in self._files:
            self._files[run] = EventFile(self.log_dir / run)
        return self._files[run]


@CALLBACKS.declare()
class ProgbarLogger(Callback):
    """Shows what `verbose=1` shows, where fit itself is silent. As Keras's ProgbarLogger.

    TF.js has none.

    >>> ProgbarLogger().reads_batches
    False
    """

    only_shows = True

    @property
    def reads_batches(self) -> bool:
        return False

    def on_train_begin(self, logs: Logs) -> None:
        self._display = progress(1)

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self._display.epoch(epoch, self.params["epochs"], self.params["steps"])

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        known = {name: one for name, one in logs.items() if name not in ("batch", "size")}
        self._display.batch(batch + 1, known or None)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self._display.end_epoch(logs)

    def on_train_end(self, logs: Logs) -> None:
        self._display.close()
