"""Loading layers models from TF.js's format: the topology, the weights by name, and the training."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ModelFormatError, warn_user
from glbackend.base.maker import KERAS_3, made_by, maker_of
from glbackend.base.registry import known_as, shared_read
from glbackend.base.unknown import unknown_noted
from glbackend.io import ModelArtifacts
from glbackend.io.redirected import redirected
from glbackend.layers.core import InputLayer
from glbackend.layers.layer import Layer
from glbackend.layers.operation import Operation
from glbackend.layers.recipe import filled_later
from glbackend.layers.structure import keyed
from glbackend.models.keras3 import by_name, in_keras_2
from glbackend.models.model import Model
from glbackend.models.naming import Arrays, restore_state
from glbackend.models.sequential import Sequential
from glbackend.models.serialization import check_classes, deserialize_layer, graph_of, own_options
from glbackend.models.weights import assign_weights
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer
from glbackend.training.loss import get as get_loss


@checked
def load_layers_model(
    source: str | Path | Any,
    *,
    strict: bool = True,
    custom_objects: Mapping[str, Any] | None = None,
    on_progress: Callable[[float], object] | None = None,
    weight_path_prefix: str | os.PathLike[str] | None = None,
    weight_url_converter: Callable[[str], str] | None = None,
) -> Model:
    """A layers model from a folder, a model.json or an IO handler, compiled where its training was saved.

    `source`: a path, an address or a handler.
    `strict`: whether surplus and missing weights are an error.
    `custom_objects`: classes and functions of yours by the names that the file uses, for this load alone
    (`gl.register` makes them known for good).
    `on_progress`: called with the fraction of the weight files that is read, up to 1.
    `weight_path_prefix`: the folder of the weight files, by default that of the model.json.
    `weight_url_converter`: gives for each name of a weight file the path where it lies.

    Warns, and leaves the model uncompiled, where its training is unknown here. Raises ModelFormatError where
    the file is no layers model, names unknown layers (all at once), or its weights do not fit. As
    `tf.loadLayersModel`.

    >>> import glbackend as gl
    >>> memory = gl.io.from_memory()
    >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2])]).save(memory)
    >>> load_layers_model(memory).layers[0].units
    1
    """
    artifacts = redirected(
        source, on_progress=on_progress, prefix=weight_path_prefix, convert=weight_url_converter
    ).load()
    where = str(source) if isinstance(source, str | Path) else "the model"
    if artifacts.format not in (None, "layers-model"):
        raise ModelFormatError(f"{where} is a {artifacts.format}: gl.load_graph_model loads it")
    return model_of(artifacts, where, strict=strict, custom_objects=custom_objects)


class Spelling(NamedTuple):
    """How a file calls what it holds.

    `weights`: of a file's weights and the model, the same under names of ours.
    `state`: takes up the state of the model's optimizer.
    """

    weights: Callable[[Arrays, Model], Arrays]
    state: Callable[[Model, Optimizer, Arrays], None] = restore_state


_left_out: ContextVar[bool] = ContextVar("glbackend_training_left_out", default=False)


@contextmanager
def training_left_out(wanted: bool = True) -> Iterator[None]:
    """Within the block models are loaded without their training, if that is wanted."""
    token = _left_out.set(wanted)
    try:
        yield
    finally:
        _left_out.reset(token)


def model_of(
    artifacts: ModelArtifacts,
    where: str,
    *,
    strict: bool = True,
    custom_objects: Mapping[str, Any] | None = None,
    spelling: Spelling | None = None,
) -> Model:
    """The layers model that artifacts describe, as `load_layers_model`; `where` names it in messages.

    `spelling` is how they call weights where that is another way than TF.js's and its converter's.
    """
    spelling = spelling or Spelling(partial(by_name, topology=artifacts.model_topology))
    with known_as(custom_objects):
        with unknown_noted() as unknown, filled_later() as awaiting:
            model = _model_of(artifacts.model_topology, where)
        if unknown:
            more = ", ..." if len(unknown) > 5 else ""
            warn_user(f"{where}: what only training needs is unknown here: {', '.join(unknown[:5])}{more}")
        state = [spec.name for spec in artifacts.weight_specs if spec.group == "optimizer"]
        own = {name: array for name, array in artifacts.weights.items() if name not in state}
        given = assign_weights(model, spelling.weights(own, model), where, strict)
        for variable, start in awaiting:
            if variable.id not in given:
                variable.assign(start())
        if artifacts.training_config and not _left_out.get():
            compile_as_saved(model, artifacts.training_config, where)
    if model.optimizer is not None and state:
        try:
            spelling.state(model, model.optimizer, {name: artifacts.weights[name] for name in state})
        except ValueError as error:
            warn_user(f"{where}: the optimizer begins anew, as its state does not fit: {error}")
    return model


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Within the block a broken topology raises ModelFormatError, which says where it is."""
    try:
        yield
    except ModelFormatError as error:
        raise ModelFormatError(f"{where}: {error}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ModelFormatError(f"{where}: the topology is broken: {type(error).__name__} {error}") from error


def _model_of(topology: Any, where: str) -> Model:
    entry = topology.get("model_config", topology) if isinstance(topology, Mapping) else None
    if not isinstance(entry, dict) or "class_name" not in entry:
        raise ModelFormatError(f"{where}: modelTopology holds no layers model (no class_name)")
    by = maker_of(topology.get("keras_version"))
    if by == KERAS_3:
        with _named(where):
            entry = in_keras_2(entry)
    check_classes(entry, where)
    with _named(where), made_by(by), shared_read():
        model = deserialize_layer(entry)
    if not isinstance(model, Model):
        raise ModelFormatError(f"{where}: modelTopology is a {entry['class_name']}, not a model of layers")
    if (
        model._is_coded
        and not model.built
        and (shape := (entry.get("build_config") or {}).get("input_shape"))
    ):
        with _named(where):
            model.build(shape)
    if not model.built:
        raise ModelFormatError(
            f"{where}: the model gives no input shape: its first layer lacks batch_input_shape"
        )
    return model


@checked
def model_from_json(
    config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Model:
    """A model of what `to_json` gave, with weights of its own. As `tf.models.modelFromJSON`.

    `config`: a JSON text, or what it holds; a whole model.json serves too, of which weights are left out.
    `custom_objects`: classes and functions of yours by the names that it uses.

    ModelFormatError where it is no layers model, or names what is unknown.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
    >>> model_from_json(model.to_json()).layers[0].units
    3
    """
    try:
        topology = json.loads(config) if isinstance(config, str) else config
    except ValueError as error:
        raise ModelFormatError(f"model_from_json: the text is no JSON: {error}") from None
    if isinstance(topology, Mapping) and "modelTopology" in topology:
        topology = topology["modelTopology"]
    with known_as(custom_objects):
        return _model_of(topology, "model_from_json")


@checked
def clone_model(model: Model, clone_function: Callable[[Layer], Layer] | None = None) -> Model:
    """A model of the same layers, with weights of its own, made anew. As Keras's `clone_model`.

    `model`: of layers; of a class with a `call` that has a `get_config`.
    `clone_function`: gives the layer in place of each one but inputs and functions of tensors; it may be the
    same one, whose weights are then shared. ArgumentError for a class with a `call`.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
    >>> clone_model(model).layers[0].units
    3
    """
    if clone_function is None:
        return type(model).from_config(model.get_config())
    if model._is_coded:
        raise ArgumentError(f"clone_model: {model.name!r} has a call() of its own: its layers are not known")
    layers = [one for one in model.layers if not isinstance(one, InputLayer | Operation)]
    clones = {one.name: clone_function(one) for one in layers}
    for name, one in clones.items():
        if not isinstance(one, Layer):
            raise ArgumentError(f"clone_model: clone_function must give a layer, not {got(one)} for {name!r}")
    config = model.get_config()
    if isinstance(model, Sequential):
        return _row_of(model, clones)
    with shared_read():
        inputs, outputs = graph_of(config, clones)
    keys = (keyed(one, config.get(key)) for one, key in ((inputs, "input_keys"), (outputs, "output_keys")))
    return Model(*keys, **own_options(config))


def _row_of(model: Sequential, clones: Mapping[str, Layer]) -> Sequential:
    """A row of those layers in place of a model's, for inputs of the same shape where that is known."""
    made = Sequential(name=model.name)
    if model.built:
        first = model._symbolic_inputs[0]
        made.add(InputLayer(batch_input_shape=first.shape, dtype=first.dtype)._inbound_nodes[0].outputs[0])
    for one in model.layers:
        if not isinstance(one, InputLayer):
            made.add(clones.get(one.name, one))
    return made


def compile_as_saved(model: Model, config: Mapping[str, Any], where: str) -> None:
    """Compiles as the saved training says; warns, and leaves the model be, where that is unknown here."""
    saved, loss = config.get("optimizer_config") or {}, config.get("loss")
    try:
        if loss is None:
            raise ArgumentError("there is no loss")
        model.compile(
            _optimizer_of(saved),
            _losses_of(loss),
            config.get("metrics"),
            loss_weights=config.get("loss_weights"),
            weighted_metrics=config.get("weighted_metrics"),
        )
    except ArgumentError as error:
        warn_user(f"{where}: not compiled, as its saved training is unknown here: {error}")


def _losses_of(saved: Any) -> Any:
    """The losses as `compile` was given them: an object of each class and config."""
    if isinstance(saved, Mapping) and "class_name" in saved:
        return get_loss(saved)
    if isinstance(saved, Mapping):
        return {key: _losses_of(one) for key, one in saved.items()}
    return [_losses_of(one) for one in saved] if isinstance(saved, list) else saved


def _optimizer_of(saved: Any) -> Optimizer:
    """The optimizer of a class name and config; ArgumentError for one that is unknown here."""
    try:
        return OPTIMIZERS.get(saved)
    except (TypeError, ValueError) as error:
        entry = isinstance(saved, Mapping)
        given = f"{saved.get('class_name')} of {saved.get('config')}" if entry else repr(saved)
        raise ArgumentError(f"optimizer {given}: {error}") from error
