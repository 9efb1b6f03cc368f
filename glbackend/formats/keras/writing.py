"""Models and weights in files that Keras 3 loads: `.keras`, `.weights.h5`."""

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.formats.keras import hdf5
from glbackend.formats.keras.entries import entry_of
from glbackend.formats.keras.state import state_in_order
from glbackend.formats.keras.training import training_config
from glbackend.formats.keras.vocabularies import written
from glbackend.formats.replacing import replace_file
from glbackend.layers.layer import LAYERS, Layer
from glbackend.models.keras3 import weights_by_path
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training.trainer import Trainer

VERSION = "3.15.1"  # of Keras, whose files they are
EPOCH = (1980, 1, 1, 0, 0, 0)  # of members in the archive: equal models give equal files but for their date


def save_keras_model(model: Layer, path: Path, trainer: Trainer | None = None) -> None:
    """A `.keras` file of a model, and of its training where the trainer is given.

    ArgumentError for what Keras has no words for, which leaves the old file.
    """
    if not model.built:
        raise ArgumentError(f"save: the model {model.name!r} has no weights yet: build it, or call it once")
    optimizer = None if trainer is None else trainer.optimizer
    training = {} if trainer is None or optimizer is None else training_config(trainer, optimizer)
    entry = {**entry_of(model), "compile_config": training}
    write_archive(path, entry, lambda place: _write_weights(model, place, optimizer))


def write_archive(path: Path, entry: Any, write_weights: Callable[[Path], dict[str, bytes]]) -> None:
    """A `.keras` file of an entry; a function writes the weights, and gives what belongs to them as texts."""
    parts = {
        "metadata.json": {"keras_version": VERSION, "date_saved": f"{datetime.now():%Y-%m-%d@%H:%M:%S}"},
        "config.json": entry,
    }

    def write(place: Path) -> None:
        weights = place.with_name("model.weights.h5")
        texts = write_weights(weights)
        with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
            for name, part in parts.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), json.dumps(part, allow_nan=False))
            for name, content in {weights.name: weights.read_bytes(), **texts}.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), content)

    replace_file(path, write)


def save_keras_weights(model: Layer, path: Path) -> None:
    """The weights of a model as Keras 3's `save_weights` writes them."""
    replace_file(path, lambda place: _write_weights(model, place))


def _write_weights(model: Layer, path: Path, optimizer: Optimizer | None = None) -> dict[str, bytes]:
    """Writes the weights; gives the vocabularies that belong to them, as members of an archive."""
    entry = {} if getattr(model, "_is_coded", False) else LAYERS.serialize(model)
    variables = weights_by_path(model, entry)
    groups = {"vars": model.name} | {name.rpartition("/")[0]: one.name for name, one in variables.items()}
    texts, of_words = written(model, entry)
    arrays: dict[str, Any] = {name: one.numpy() for name, one in variables.items()} | of_words
    if optimizer is not None:
        state = state_in_order(model, optimizer, entry)
        groups["optimizer/vars"] = optimizer.name
        arrays |= {f"optimizer/vars/{i}": one for i, one in enumerate(state)}
    hdf5.write(path, arrays, {group: {"name": text} for group, text in groups.items()})
    return texts
