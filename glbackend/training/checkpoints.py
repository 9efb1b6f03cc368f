"""Callbacks that save: models as they get better, and the whole training, so that it can go on."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.nested import map_leaves
from glbackend.ops.random import process_seeds
from glbackend.training.callback import CALLBACKS, Callback, Logs
from glbackend.training.watching import Monitor


@CALLBACKS.declare()
class ModelCheckpoint(Monitor):
    """Saves the model, or its weights, after epochs or batches. As Keras's ModelCheckpoint.

    `filepath`: the folder; "{epoch:02d}", "{batch}" (both from 1) and names of logs, "{val_loss:.2f}", are
    filled in.
    `monitor`, `mode`: as in EarlyStopping; what is better for `save_best_only`.
    `verbose`: 1 prints what is saved.
    `save_best_only`: whether it is saved only where the value is better than ever.
    `save_weights_only`: whether `model.save_weights` is called, not `model.save` with the optimizer.
    `save_freq`: "epoch", or after so many batches.
    `initial_value_threshold`: what the first value has to be better than.

    ArgumentError for another mode or frequency, and for a name in `filepath` that is not reported. TF.js has
    none.

    >>> ModelCheckpoint("best", save_best_only=True).monitor
    'val_loss'
    """

    what = "ModelCheckpoint"

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath, self.verbose = str(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = _frequency("ModelCheckpoint", save_freq)
        first = initial_value_threshold
        self.best = math.inf if first is None else self.sign * first
        self._since = 0

    @property
    def reads_batches(self) -> bool:
        return self.save_freq > 0 and (self.save_best_only or "{" in self.filepath)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self._since += 1
        if self.save_freq and self._since >= self.save_freq:
            self._since = 0
            self._save(self.place.epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if not self.save_freq:
            self._save(epoch, None, logs)

    def state(self) -> dict[str, Any]:
        return {"best": self.best, "since": self._since}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best, self._since = state["best"], state["since"]

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        if self.save_best_only:
            value = self.watched(logs)
            if value is None or not self.improves(value, self.best):
                return
            self.best = value
        path = self._path(epoch, batch, logs)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saving the model to {path}")
        model: Any = self.model
        if self.save_weights_only:
            model.save_weights(path)
        else:
            keras = str(path).endswith((".keras", ".h5"))  # which by themselves hold what can be said of it
            model.save(path, include_optimizer=None if keras else True)

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        known = {**logs, "epoch": epoch + 1} | ({} if batch is None else {"batch": batch + 1})
        try:
            return self.filepath.format(**known)
        except KeyError as error:
            raise ArgumentError(
                f"ModelCheckpoint: {self.filepath!r} names {error}, but there are {', '.join(known)}"
            ) from None


@CALLBACKS.declare()
class BackupAndRestore(Callback):
    """Saves the whole training, and lets a `fit` that was broken off go on. As Keras's BackupAndRestore.

    `backup_dir`: a folder of this training alone.
    `save_freq`: "epoch", or after so many batches.
    `delete_checkpoint`: whether what was saved goes at the end of the training.

    What is saved is the weights, the optimizer with its rate, the generator of random numbers and those of
    layers, states of recurrent layers, epoch and batch, the order of the data, and what other callbacks
    remember. So a program that begins with `gl.set_seed`, is killed at any moment and started again ends with
    the same bits as if nothing had happened. A data set of your own has `state()` and `set_state()` to be
    taken to its place, or gives the same batches in each pass. History begins anew. ArgumentError where what
    is saved is of another model. TF.js has none.

    >>> BackupAndRestore("backup", save_freq=100).save_freq
    100
    """

    last = True  # what other callbacks do at the end of an epoch is to be saved, too

    def __init__(
        self, backup_dir: str | Path, save_freq: str | int = "epoch", delete_checkpoint: bool = True
    ) -> None:
        self.backup_dir, self.delete_checkpoint = Path(backup_dir), delete_checkpoint
        self.save_freq = _frequency("BackupAndRestore", save_freq)
        self._since = 0

    @property
    def file(self) -> Path:
        """Where it is saved."""
        return self.backup_dir / "training.npz"

    @property
    def reads_batches(self) -> bool:
        return False

    def on_train_begin(self, logs: Logs) -> None:
        if self.file.exists():
            self._restore(_read(self.file))

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self._since += 1
        if self.save_freq and self._since >= self.save_freq:
            self._save()

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if not self.save_freq:
            self._save()

    def on_train_end(self, logs: Logs) -> None:
        if self.delete_checkpoint and self._writes:
            self.file.unlink(missing_ok=True)
            if self.backup_dir.is_dir() and not any(self.backup_dir.iterdir()):
                self.backup_dir.rmdir()

    def _save(self) -> None:
        self._since = 0
        model, optimizer = self.model, self.model.optimizer
        variables = [weight.variable for weight in model._own_weights]
        found = {
            "weights": [one.numpy() for one in variables],
            "slots": [
                optimizer.slots(one) if optimizer.knows(one) else None
                for one in (*variables, *optimizer.added)
            ],
            "iterations": optimizer.iterations,
            "rate": optimizer.learning_rate if optimizer.schedule is None else None,
            "seeds": [one.state for one in self._seeds()],
            "states": [one.numpy() for one in self._states()],
            "place": self.place.state(),
        }
        if self._writes:
            self.backup_dir.mkdir(parents=True, exist_ok=True)
            _write(self.file, found)

    @property
    def _writes(self) -> bool:
        """Whether it is this process that writes, of those that train the model together."""
        model: Any = self.model
        return bool(model.trainer.saves)

    def _restore(self, found: dict[str, Any]) -> None:
        optimizer = self.model.optimizer
        variables = [weight.variable for weight in self.model._own_weights]
        kept, shapes = found["weights"], [one.shape for one in variables]
        if [one.shape for one in kept] != shapes or len(found["seeds"]) != len(self._seeds()):
            raise ArgumentError(
                f"BackupAndRestore: {self.file} is of another model: give this one its own folder"
            )
        optimizer.ready(self.model.trainable_weights)
        slots = zip((*variables, *optimizer.added), found["slots"], strict=True)
        optimizer.restore(found["iterations"], [(one, its) for one, its in slots if its is not None])
        if found["rate"] is not None:
            optimizer.learning_rate = found["rate"]
        for variable, values in zip((*variables, *self._states()), (*kept, *found["states"]), strict=True):
            variable.assign(values)
        for seeds, state in zip(self._seeds(), found["seeds"], strict=True):
            seeds.state = state
        self.place.set_state(found["place"])

    def _seeds(self) -> list[Any]:
        """The process's generator of random numbers, and those of layers that have one."""
        own = [getattr(one, "seeds", None) for one in self.model._with_inner_layers()]
        return [process_seeds(), *(one for one in own if hasattr(one, "state"))]

    def _states(self) -> list[Any]:
        """What stateful layers remember."""
        layers = [one for one in self.model._with_inner_layers() if getattr(one, "stateful", False)]
        return [state for one in layers for state in getattr(one, "states", ())]


def _frequency(name: str, given: str | int) -> int:
    """After how many batches to save, 0 for the ends of epochs."""
    if given == "epoch":
        return 0
    if isinstance(given, str) or given < 1:
        raise ArgumentError(f"{name}: save_freq must be 'epoch' or a number of batches, got {given!r}")
    return given


def _write(file: Path, tree: dict[str, Any]) -> None:
    """Nested lists and dicts of numbers, texts and arrays, as one file that is whole or not there."""
    arrays: dict[str, Any] = {}

    def taken(array: np.ndarray[Any, Any]) -> dict[str, str]:
        name = f"array{len(arrays)}"
        arrays[name] = array
        return {"array": name}

    text = json.dumps(map_leaves(np.ndarray, taken, tree))
    half = file.with_suffix(".half.npz")
    with half.open("wb") as target:
        np.savez(target, tree=np.array(text), **arrays)
        target.flush()
        os.fsync(target.fileno())
    half.replace(file)


def _read(file: Path) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as arrays:

        def put_back(one: dict[str, Any]) -> Any:
            return arrays[one["array"]] if one.keys() == {"array"} else one

        found: dict[str, Any] = json.loads(str(arrays["tree"]), object_hook=put_back)
        return found
