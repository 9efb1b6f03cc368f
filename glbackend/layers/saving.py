"""Saving and loading layers models in TF.js's format: model.json and weight shards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable
from glbackend.io import ModelArtifacts, SaveResult, load_artifacts, save_artifacts
from glbackend.layers import losses
from glbackend.layers.model import Model
from glbackend.layers.serialization import check_classes, deserialize_layer, serialize_layer
from glbackend.optimizers import optimizer as optimizers

VERSION = "tfjs-layers 4.22.0"


def artifacts_of(model: Model, include_optimizer: bool = False) -> ModelArtifacts:
    """Topology and weights of a model, as `save` writes them."""
    topology = {**serialize_layer(model), "keras_version": VERSION, "backend": "tensor_flow.js"}
    weights = {variable.name: variable.numpy() for variable in model.weights}
    if len(weights) != len(model.weights):
        raise ArgumentError("save: two weights have the same name: give the layers names of their own")
    config = _training_config(model) if include_optimizer and model.optimizer is not None else None
    return ModelArtifacts(
        model_topology=topology,
        weights=weights,
        format="layers-model",
        generated_by="TensorFlow.js tfjs-layers v4.22.0",
        training_config=config,
    )


def _training_config(model: Model) -> dict[str, Any]:
    assert model.optimizer is not None
    names = [losses.canonical(one) if not callable(one) else one.__name__ for one in model._loss_names]
    return {
        "loss": names[0] if len(names) == 1 else names,
        "metrics": [str(one) for one in model._metric_names],
        "optimizer_config": {
            "class_name": model.optimizer.class_name,
            "config": model.optimizer.get_config(),
        },
    }


def save_model(
    model: Model, target: Any, *, quantization: Any = None, include_optimizer: bool = False
) -> SaveResult:
    """Writes a model to a folder (model.json and shards) or hands it to an IO handler. As `model.save`.

    `quantization`: None, "float16", "uint8" or "uint16".
    """
    return save_artifacts(artifacts_of(model, include_optimizer), target, quantization=quantization)


def load_layers_model(source: str | Path | Any, *, strict: bool = True) -> Model:
    """A layers model from a folder, a model.json or an IO handler, compiled where its training was saved.

    Raises ModelFormatError where the file is no layers model, names unknown layers (all at once), or its weights do
    not fit; with `strict=False` surplus and missing weights are ignored. As `tf.loadLayersModel`.
    """
    artifacts = load_artifacts(source)
    where = str(source) if isinstance(source, str | Path) else "the model"
    if artifacts.format not in (None, "layers-model"):
        raise ModelFormatError(
            f"{where} is a {artifacts.format}: load it with gl.load_graph_model, or convert it as a layers model"
        )
    topology = artifacts.model_topology
    entry = topology.get("model_config", topology) if isinstance(topology, Mapping) else None
    if not isinstance(entry, dict) or "class_name" not in entry:
        raise ModelFormatError(f"{where}: modelTopology holds no layers model (no class_name)")
    check_classes(entry, where)
    try:
        model = deserialize_layer(entry)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelFormatError(f"{where}: the topology is broken: {type(error).__name__} {error}") from error
    assert isinstance(model, Model)
    assign_weights(model, artifacts.weights, where, strict)
    if artifacts.training_config:
        _compile(model, artifacts.training_config)
    return model


def assign_weights(
    model: Model, weights: Mapping[str, np.ndarray[Any, Any]], where: str, strict: bool
) -> None:
    """Gives each variable the weight of its name; nothing changes unless all fit."""
    wanted: dict[str, Variable] = {variable.name: variable for variable in model.weights}
    found: dict[str, np.ndarray[Any, Any]] = {}
    surplus = []
    for name, value in weights.items():
        known = next((one for one in _spellings(name) if one in wanted), None)
        if known is None:
            surplus.append(name)
            continue
        if value.shape != wanted[known].shape:
            raise ModelFormatError(
                f"{where}: weight {name!r} has shape {list(value.shape)}, its layer needs {list(wanted[known].shape)}"
            )
        found[known] = value
    missing = sorted(set(wanted) - set(found))
    if strict and (missing or surplus):
        parts = [f"no values for {', '.join(missing)}"] * bool(missing) + [
            f"no layer takes {', '.join(surplus)}"
        ] * bool(surplus)
        raise ModelFormatError(f"{where}: weights and topology do not fit: {'; '.join(parts)}")
    for name, value in found.items():
        array = np.ascontiguousarray(value, np.float32)
        wanted[name].assign(Tensor(Handle.of(array, Spec(array.shape, "float32"))))


def _spellings(name: str) -> list[str]:
    """A weight's name, and without the cell of a recurrent layer (lstm/lstm_cell/kernel -> lstm/kernel)."""
    parts = name.split("/")
    return [name, "/".join([*parts[:-2], parts[-1]])] if len(parts) > 2 else [name]


def _compile(model: Model, config: Mapping[str, Any]) -> None:
    """Compiles as the saved training says; a training that does not exist here leaves the model uncompiled."""
    chosen = config.get("optimizer_config") or {}
    known = {cls.class_name.lower(): cls for cls in optimizers.Optimizer.__subclasses__()}
    cls = known.get(str(chosen.get("class_name")).lower())
    loss = config.get("loss")
    if cls is None or loss is None or isinstance(loss, dict):
        return
    options = chosen.get("config") or {}
    accepted = cls.__init__.__code__.co_varnames
    options = {key: value for key, value in options.items() if key in accepted}
    model.compile(cls(**options), loss, config.get("metrics"))
