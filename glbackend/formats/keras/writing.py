"""Models and weights in files that Keras 3 loads: `.keras`, `.weights.h5`."""

import json
import zipfile
from datetime import datetime
from pathlib import Path

from glbackend.base.errors import ArgumentError
from glbackend.formats.keras import hdf5
from glbackend.formats.keras.entries import entry_of
from glbackend.formats.replacing import replace_file
from glbackend.layers.layer import LAYERS, Layer
from glbackend.models.keras3 import weights_by_path
from glbackend.training.trainer import Trainer

VERSION = "3.15.1"  # of Keras, whose files they are
EPOCH = (1980, 1, 1, 0, 0, 0)  # of members in the archive: equal models give equal files but for their date


def save_keras_model(model: Layer, path: Path, trainer: Trainer | None = None) -> None:
    """A `.keras` file of a model; ArgumentError for what Keras has no words for, which leaves the old file.

    The training of `trainer` is not written: Keras's optimizers compute in other ways.
    """
    if not model.built:
        raise ArgumentError(f"save: the model {model.name!r} has no weights yet: build it, or call it once")
    if trainer is not None:
        raise ArgumentError(
            "save: a .keras file is written without the optimizer: leave include_optimizer out"
        )
    parts = {
        "metadata.json": {"keras_version": VERSION, "date_saved": f"{datetime.now():%Y-%m-%d@%H:%M:%S}"},
        "config.json": {**entry_of(model), "compile_config": {}},
    }

    def write(place: Path) -> None:
        weights = place.with_name("model.weights.h5")
        _write_weights(model, weights)
        with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
            for name, content in parts.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), json.dumps(content, allow_nan=False))
            archive.writestr(zipfile.ZipInfo(weights.name, EPOCH), weights.read_bytes())

    replace_file(path, write)


def save_keras_weights(model: Layer, path: Path) -> None:
    """The weights of a model as Keras 3's `save_weights` writes them."""
    replace_file(path, lambda place: _write_weights(model, place))


def _write_weights(model: Layer, path: Path) -> None:
    variables = weights_by_path(model, LAYERS.serialize(model))
    groups = {"vars": model.name} | {name.rpartition("/")[0]: one.name for name, one in variables.items()}
    hdf5.write(path, {name: one.numpy() for name, one in variables.items()}, groups)
