"""Saving layers models in TF.js's format: model.json and weight shards."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from glbackend.base.errors import ArgumentError, UnsayableTrainingError, warn_user
from glbackend.base.naming import snake_case
from glbackend.base.registry import Registry
from glbackend.io import ModelArtifacts
from glbackend.io.specs import WeightSpec
from glbackend.layers.layer import LAYERS, Layer
from glbackend.models.files import kind_of
from glbackend.models.naming import shared_names, state_of, weight_names
from glbackend.models.serialization import shared_layers
from glbackend.models.weights import written
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer
from glbackend.training.loss import LOSS_CLASSES
from glbackend.training.losses import LOSSES
from glbackend.training.metrics import METRIC_CLASSES
from glbackend.training.trainer import Trainer

VERSION = "tfjs-layers 4.22.0"


def topology_of(model: Layer) -> dict[str, Any]:
    """What a model is made of, as files hold it."""
    return {
        **LAYERS.serialize(model),
        **built_for(model),
        "keras_version": VERSION,
        "backend": "tensor_flow.js",
    }


def built_for(model: Layer) -> dict[str, Any]:
    """What an entry says of the inputs of a class with a `call`: by it the weights are made, as in Keras."""
    if not (getattr(model, "_is_coded", False) and model.built):
        return {}
    shapes = [list(one.shape) for one in model._symbolic_inputs]
    return {"build_config": {"input_shape": model._arranged_inputs(shapes)}}


def artifacts_of(model: Layer, trainer: Trainer | None = None) -> ModelArtifacts:
    """Topology and weights of a model, as `save` writes them; and the training of its trainer."""
    if not model.built:
        raise ArgumentError(
            f"save: the model {model.name!r} has no weights yet: "
            f"give its first layer input_shape, or call it once"
        )
    if shared := shared_names(model):
        warn_user(
            f"save: TF.js cannot load this model, as layers of models within it share the weights' names "
            f"{', '.join(sorted(shared))}"
        )
    if twice := [one.name for one in shared_layers(model) if one.weights]:
        warn_user(
            f"save: TF.js cannot load this model, as {', '.join(twice)} stands in several of its models"
        )
    topology = topology_of(model)
    weights = {name: variable.numpy() for name, variable in weight_names(model).items()}
    artifacts = ModelArtifacts(
        model_topology=topology,
        weights=weights,
        format="layers-model",
        generated_by="TensorFlow.js tfjs-layers v4.22.0",
    )
    if trainer is not None and trainer.optimizer is not None:
        artifacts.training_config = _training_config(trainer, trainer.optimizer)
        state = state_of(model, trainer.optimizer)
        artifacts.weights |= state
        artifacts.weight_specs = tuple(
            WeightSpec(
                name, array.shape, "int32" if array.dtype.kind == "i" else "float32", group="optimizer"
            )
            for name, array in state.items()
        )
    return artifacts


def _training_config(trainer: Trainer, optimizer: Optimizer) -> dict[str, Any]:
    goals = trainer.goals
    weighed = _names(goals.weighted_metrics or [], METRIC_CLASSES, snake_case)
    return {
        "loss": _names(goals.loss, LOSS_CLASSES, _loss_name),
        "metrics": _names(goals.metrics or [], METRIC_CLASSES, snake_case),
        **({"loss_weights": goals.loss_weights} if goals.loss_weights is not None else {}),
        **({"weighted_metrics": weighed} if weighed else {}),
        "optimizer_config": OPTIMIZERS.serialize(optimizer),
    }


def _loss_name(name: str) -> str:
    found = LOSSES.lookup(name)
    return name if found is None else found.name


def _names(value: Any, registry: Registry[Any], spell: Callable[[str], str]) -> Any:
    """Names of losses or metrics as saved, in lists and dicts as they were given."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        if "class_name" in value:
            return dict(value)
        return {key: _names(one, registry, spell) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_names(one, registry, spell) for one in value]
    return spell(value) if isinstance(value, str) else registry.serialize(value)


def save_model(model: Any, target: Any, quantization: Any, include_optimizer: bool | None) -> Any:
    """As `Model.save`."""
    trainer = model.trainer if include_optimizer else None
    if (kind := kind_of(target)) is None:
        return written(model, artifacts_of(model, trainer), target, quantization)
    if include_optimizer is None and model.optimizer is not None and kind.save is not None:
        try:
            return kind.write(model, Path(target), model.trainer, quantization)
        except UnsayableTrainingError as error:
            warn_user(f"{error}: the file holds the model without its training")
    return kind.write(model, Path(target), trainer, quantization)
