"""Whole models in `.h5`, in words that both Keras 2 and Keras 3 read: layers as Keras 2 spells them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.formats.keras import hdf5
from glbackend.formats.keras.configs import SILENT
from glbackend.formats.keras.entries import plain_entry, row_of
from glbackend.formats.keras.reading import OWN_STATE, OWN_TRAINING
from glbackend.formats.keras.state import state_in_order
from glbackend.formats.keras.training import training_config
from glbackend.formats.replacing import replace_file
from glbackend.layers.core import InputLayer
from glbackend.layers.keras import is_default
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.operation import Operation
from glbackend.layers.recurrent import Begun
from glbackend.models.model import Model
from glbackend.models.naming import weight_names
from glbackend.models.sequential import Sequential
from glbackend.models.serialization import WRAPPED, graph_config
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training.trainer import Trainer

TAKE = "save to a .keras file"
REFUSED = ("Attention", "MultiHeadAttention", "GroupQueryAttention")  # what Keras 3 cannot read of .h5
# keys that Keras 2 does not know, and layers of which it does not know the data format
NEW_KEYS = ("antialias", "epsilon", "fill_mode", "fill_value", "oov_method", "pad_to_aspect_ratio")
CHANNELLED = ("ZeroPadding1D", "CenterCrop", "RandomFlip", "Resizing")
VERSION = "2.15.0"  # of Keras, as which the file is read
Json = dict[str, Any]


def save_keras_h5(model: Layer, path: Path, trainer: Trainer | None = None) -> None:
    """An `.h5` file of a model, and of its training where the trainer is given, which only we read.

    Keras 2 and Keras 3 have no words in common for training, and load no file with the other's. ArgumentError
    for what one of the two has no words for, which leaves the old file.
    """
    if not isinstance(model, Model) or not model.built or model._is_coded:
        raise ArgumentError(f"save: {model.name!r} is no model of layers whose weights are made")
    optimizer = None if trainer is None else trainer.optimizer
    attributes: dict[str, dict[str, Any]] = {
        "": {"keras_version": VERSION, "backend": "tensorflow", "model_config": json.dumps(entry_of(model))}
    }
    if trainer is not None and optimizer is not None:
        attributes[""][OWN_TRAINING] = json.dumps(_training(trainer, optimizer))
    arrays: dict[str, Any] = {}
    names = {variable.id: name for name, variable in weight_names(model).items()}
    group = "model_weights"
    attributes[group] = {"layer_names": [one.name for one in model.layers], "keras_version": VERSION}
    for layer in model.layers:
        trained = {one.id for one in layer.trainable_weights}
        ordered = sorted(layer.weights, key=lambda one: one.id not in trained)
        attributes[f"{group}/{layer.name}"] = {"weight_names": [f"{names[one.id]}:0" for one in ordered]}
        arrays |= {f"{group}/{layer.name}/{names[one.id]}:0": one.numpy() for one in ordered}
    if optimizer is not None:
        state = {
            f"{optimizer.name}/{i}:0": one
            for i, one in enumerate(state_in_order(model, optimizer, LAYERS.serialize(model)))
        }
        attributes[OWN_STATE] = {"weight_names": list(state)}
        arrays |= {f"{OWN_STATE}/{name}": one for name, one in state.items()}
    replace_file(path, lambda place: hdf5.write(place, arrays, attributes))


def entry_of(model: Layer) -> Json:
    """The entry of a layer or model, as `model_config` holds it; ArgumentError for what it cannot say."""
    if isinstance(model, Sequential):
        layers = [entry_of(one) for one in row_of(model)]
        return {"class_name": "Sequential", "config": {"name": model.name, "layers": layers}}
    if isinstance(model, Model) and model._calls_graph is not None:
        if model._input_keys or model._output_keys:
            raise ArgumentError(f"save: Keras 2 has no models of dicts: {TAKE}")
        graph = graph_config(model.layers, model._calls_graph)
        entries = {one["name"]: one for one in graph["layers"]}
        graph["layers"] = [{**entries[one.name], **entry_of(one)} for one in model.layers]
        return {"class_name": "Functional", "config": {**model._own_config(), **graph}}
    if isinstance(model, Operation):
        raise ArgumentError(f"save: Keras 2 has no layer {model.name!r}, {model.function}: {TAKE}")
    if type(model).class_name in REFUSED or (isinstance(model, Begun) and _is_begun(model)):
        raise ArgumentError(
            f"save: of {type(model).class_name} {model.name!r} Keras 3 reads no .h5 file: {TAKE}"
        )
    if (given := LAYERS.serialize(model))["config"].get("idf_weights"):
        raise ArgumentError(
            f"save: an .h5 file has no place for the weights of {model.name!r}'s words: {TAKE}"
        )
    entry = _without_modules(plain_entry(given))
    entry["config"] = _in_old_words(model, entry["config"])
    if isinstance(model, InputLayer):
        config = entry["config"]
        entry["config"] = {"batch_input_shape": config.pop("batch_shape"), "sparse": False, **config}
    return entry


def _in_old_words(model: Layer, config: Json) -> Json:
    """A layer's config with nothing in it that both take by themselves; ArgumentError for several axes."""
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) > 1:
        raise ArgumentError(f"save: of several axes {axis} of {model.name!r} Keras 3 reads one: {TAKE}")
    new = {*NEW_KEYS, *(["data_format"] if type(model).class_name in CHANNELLED else [])}
    kind = type(model).class_name
    found = {key: one for key, one in config.items() if key not in new or not is_default(kind, key, one)}
    if found.get("bin_boundaries") is not None:
        found.pop("num_bins", None)  # of the two Keras 2 takes one
    if kind == "LeakyReLU" and "negative_slope" in found:
        found["alpha"] = found.pop("negative_slope")
    return found


def _is_begun(layer: Layer) -> bool:
    """Whether a call gives a recurrent layer its first state."""
    return any(len(node.inputs) > 1 for node in layer._inbound_nodes)


def _without_modules(value: Any) -> Any:
    """An entry without what Keras 3 alone says; ArgumentError for an activation that is layers."""
    if isinstance(value, list):
        return [_without_modules(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "Sequential" and value["config"].get("name") == "hard_sigmoid":
        raise ArgumentError(
            f"save: hard_sigmoid has another slope in Keras 3 than in Keras 2, which read one file: {TAKE}"
        )
    found = {key: _without_modules(one) for key, one in value.items() if key not in SILENT}
    return found | {key: value[key] for key in WRAPPED if key in value}  # Keras 3 asks for their modules


def _training(trainer: Trainer, optimizer: Optimizer) -> Json:
    config = _without_modules(training_config(trainer, optimizer))
    return {
        "loss": config["loss"],
        "metrics": config["metrics"],
        "weighted_metrics": config["weighted_metrics"],
        "loss_weights": config["loss_weights"],
        "optimizer_config": config["optimizer"],
    }
