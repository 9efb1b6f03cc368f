"""Saving and loading layers models in TF.js's format: model.json and weight shards."""

import contextlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.naming import snake_case
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable
from glbackend.io import ModelArtifacts, SaveResult, load_artifacts, save_artifacts
from glbackend.io.specs import WeightSpec
from glbackend.models.model import Model
from glbackend.models.serialization import check_classes, deserialize_layer, serialize_layer
from glbackend.optimizers import optimizer as optimizers
from glbackend.training import losses

VERSION = "tfjs-layers 4.22.0"


def artifacts_of(model: Model, include_optimizer: bool = False) -> ModelArtifacts:
    """Topology and weights of a model, as `save` writes them; with its optimizer's state where asked."""
    if not model.built:
        raise ArgumentError(
            f"save: the model {model.name!r} has no weights yet: "
            f"give its first layer input_shape, or call it once"
        )
    topology = {**serialize_layer(model), "keras_version": VERSION, "backend": "tensor_flow.js"}
    weights = {variable.name: variable.numpy() for variable in model.weights}
    if len(weights) != len(model.weights):
        raise ArgumentError("save: two weights have the same name: give the layers names of their own")
    artifacts = ModelArtifacts(
        model_topology=topology,
        weights=weights,
        format="layers-model",
        generated_by="TensorFlow.js tfjs-layers v4.22.0",
    )
    if include_optimizer and model.optimizer is not None:
        artifacts.training_config = _training_config(model, model.optimizer)
        state = {one.name: one.tensor.numpy() for one in model.optimizer.get_weights()}
        artifacts.weights |= state
        artifacts.weight_specs = tuple(
            WeightSpec(
                name, array.shape, "int32" if array.dtype.kind == "i" else "float32", group="optimizer"
            )
            for name, array in state.items()
        )
    return artifacts


def _training_config(model: Model, optimizer: optimizers.Optimizer) -> dict[str, Any]:
    return {
        "loss": _names(model.loss, losses.canonical),
        "metrics": _names([] if model.metrics is None else model.metrics, snake_case),
        "optimizer_config": {"class_name": optimizer.class_name, "config": optimizer.get_config()},
    }


def _names(value: Any, spell: Callable[[str], str | None]) -> Any:
    """Names of losses or metrics as saved, in lists and dicts as they were given."""
    if isinstance(value, Mapping):
        return {key: _names(one, spell) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_names(one, spell) for one in value]
    if callable(value):
        known = losses.canonical(value.__name__)
        if known is None or losses.BY_NAME[known] is not value:
            raise ArgumentError(
                f"save: the function {value.__name__} cannot be saved: include_optimizer needs names"
            )
        return known
    return spell(value)


def save_model(
    model: Model, target: Any, *, quantization: Any = None, include_optimizer: bool = False
) -> SaveResult:
    """Writes a model to a folder (model.json and shards) or hands it to an IO handler. As `model.save`.

    `quantization`: None, "float16", "uint8" or "uint16".
    """
    return save_artifacts(artifacts_of(model, include_optimizer), target, quantization=quantization)


@checked
def load_layers_model(source: str | Path | Any, *, strict: bool = True) -> Model:
    """A layers model from a folder, a model.json or an IO handler, compiled where its training was saved.

    Raises ModelFormatError where the file is no layers model, names unknown layers (all at once), or its
    weights do not fit; with `strict=False` surplus and missing weights are ignored. As `tf.loadLayersModel`.

    >>> import glbackend as gl
    >>> memory = gl.io.from_memory()
    >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2])]).save(memory)
    >>> load_layers_model(memory).layers[0].units
    1
    """
    artifacts = load_artifacts(source)
    where = str(source) if isinstance(source, str | Path) else "the model"
    if artifacts.format not in (None, "layers-model"):
        raise ModelFormatError(
            f"{where} is a {artifacts.format}, which cannot be loaded yet: "
            f"convert the original as a layers model "
            f"(tensorflowjs_converter --output_format=tfjs_layers_model)"
        )
    model = _model_of(artifacts.model_topology, where)
    state = [spec.name for spec in artifacts.weight_specs if spec.group == "optimizer"]
    own = {name: array for name, array in artifacts.weights.items() if name not in state}
    assign_weights(model, own, where, strict)
    if artifacts.training_config:
        compile_as_saved(model, artifacts.training_config)
        if model.optimizer is not None and state:
            try:
                model.optimizer.set_weights(
                    [artifacts.weights[name] for name in state], model.trainable_weights
                )
            except ValueError as error:
                raise ModelFormatError(f"{where}: the optimizer's state does not fit: {error}") from error
    return model


def _model_of(topology: Any, where: str) -> Model:
    entry = topology.get("model_config", topology) if isinstance(topology, Mapping) else None
    if not isinstance(entry, dict) or "class_name" not in entry:
        raise ModelFormatError(f"{where}: modelTopology holds no layers model (no class_name)")
    check_classes(entry, where)
    try:
        model = deserialize_layer(entry)
    except ModelFormatError as error:
        raise ModelFormatError(f"{where}: {error}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ModelFormatError(f"{where}: the topology is broken: {type(error).__name__} {error}") from error
    if not isinstance(model, Model):
        raise ModelFormatError(f"{where}: modelTopology is a {entry['class_name']}, not a model of layers")
    if not model.built:
        raise ModelFormatError(
            f"{where}: the model gives no input shape: its first layer lacks batch_input_shape"
        )
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
                f"{where}: weight {name!r} has shape {list(value.shape)}, "
                f"its layer needs {list(wanted[known].shape)}"
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


def compile_as_saved(model: Model, config: Mapping[str, Any]) -> None:
    """Compiles as the saved training says;

    a training that does not exist here leaves the model uncompiled.
    """
    optimizer = _optimizer_of(config.get("optimizer_config") or {})
    loss = config.get("loss")
    if optimizer is None or loss is None:
        return
    with contextlib.suppress(ArgumentError):
        model.compile(optimizer, loss, config.get("metrics"))


def _optimizer_of(saved: Mapping[str, Any]) -> optimizers.Optimizer | None:
    """The optimizer of a class name and config in TF.js's or Keras's spelling (learningRate, beta_1, ...)."""
    cls = {cls.class_name.lower(): cls for cls in optimizers.CLASSES}.get(
        str(saved.get("class_name")).lower()
    )
    given = {key.replace("_", "").lower(): value for key, value in (saved.get("config") or {}).items()}
    if cls is optimizers.SGD and given.get("momentum"):  # Keras has one class for both
        cls, given = optimizers.Momentum, given | {"usenesterov": given.get("nesterov", False)}
    if cls is None:
        return None
    known = {name.replace("_", ""): name for name in inspect.signature(cls.__init__).parameters}
    options = {known[key]: value for key, value in given.items() if key in known}
    numbers = all(isinstance(value, int | float) for value in options.values())  # a schedule of Keras is none
    return cls(**options) if numbers else None
