"""Loading layers models from TF.js's format: the topology, the weights by name, and the training."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import infer_dtype
from glbackend.base.errors import ArgumentError, ModelFormatError, warn_user
from glbackend.base.maker import KERAS_3, made_by, maker_of
from glbackend.base.registry import known_as, shared_read
from glbackend.base.shapes import Spec
from glbackend.base.unknown import unknown_noted
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable
from glbackend.io import load_artifacts
from glbackend.layers.recipe import filled_later
from glbackend.models.keras3 import by_name, in_keras_2
from glbackend.models.model import Model
from glbackend.models.naming import find_weight, restore_state, weight_names
from glbackend.models.serialization import check_classes, deserialize_layer
from glbackend.optimizers.methods import SGD, Momentum
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer


@checked
def load_layers_model(
    source: str | Path | Any, *, strict: bool = True, custom_objects: Mapping[str, Any] | None = None
) -> Model:
    """A layers model from a folder, a model.json or an IO handler, compiled where its training was saved.

    Warns, and leaves the model uncompiled, where that training is unknown here.

    Raises ModelFormatError where the file is no layers model, names unknown layers (all at once), or its
    weights do not fit; with `strict=False` surplus and missing weights are ignored. `custom_objects` are
    classes and functions of yours by the names that the file uses, for this load alone (`gl.register` makes
    them known for good). As `tf.loadLayersModel`.

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
    with known_as(custom_objects):
        with unknown_noted() as unknown, filled_later() as awaiting:
            model = _model_of(artifacts.model_topology, where)
        if unknown:
            more = ", ..." if len(unknown) > 5 else ""
            warn_user(f"{where}: what only training needs is unknown here: {', '.join(unknown[:5])}{more}")
        state = [spec.name for spec in artifacts.weight_specs if spec.group == "optimizer"]
        own = {name: array for name, array in artifacts.weights.items() if name not in state}
        given = assign_weights(model, by_name(own, model, artifacts.model_topology), where, strict)
        for variable, start in awaiting:
            if variable.id not in given:
                variable.assign(start())
        if artifacts.training_config:
            compile_as_saved(model, artifacts.training_config, where)
    if model.optimizer is not None and state:
        try:
            restore_state(model, model.optimizer, {name: artifacts.weights[name] for name in state})
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
    if not model.built:
        raise ModelFormatError(
            f"{where}: the model gives no input shape: its first layer lacks batch_input_shape"
        )
    return model


def assign_weights(
    model: Model, weights: Mapping[str, np.ndarray[Any, Any]], where: str, strict: bool
) -> set[int]:
    """Gives each variable the weight of its name; nothing changes unless all fit. The ids of those given."""
    wanted, find = weight_names(model), find_weight(model)
    found: dict[int, tuple[Variable, np.ndarray[Any, Any]]] = {}
    surplus = []
    for name, value in weights.items():
        variable = find(name)
        if variable is None:
            surplus.append(name)
            continue
        if value.dtype.kind not in "fiub":
            raise ModelFormatError(
                f"{where}: weight {name!r} holds {infer_dtype(value)}, its layer needs numbers"
            )
        if value.shape != variable.shape:
            raise ModelFormatError(
                f"{where}: weight {name!r} has shape {list(value.shape)}, "
                f"its layer needs {list(variable.shape)}"
            )
        found[id(variable)] = variable, value
    missing = sorted(name for name, variable in wanted.items() if id(variable) not in found)
    if strict and (missing or surplus):
        parts = [f"no values for {', '.join(missing)}"] * bool(missing) + [
            f"no layer takes {', '.join(surplus)}"
        ] * bool(surplus)
        raise ModelFormatError(f"{where}: weights and topology do not fit: {'; '.join(parts)}")
    for variable, value in found.values():
        array = np.ascontiguousarray(value, np.float32)
        variable.assign(Tensor(Handle.of(array, Spec(array.shape, "float32"))))
    return {variable.id for variable, _ in found.values()}


def compile_as_saved(model: Model, config: Mapping[str, Any], where: str) -> None:
    """Compiles as the saved training says; warns, and leaves the model be, where that is unknown here."""
    saved, loss = config.get("optimizer_config") or {}, config.get("loss")
    optimizer = _optimizer_of(saved)
    try:
        if optimizer is None or loss is None:
            given = f"{saved.get('class_name')} of {saved.get('config')}"
            raise ArgumentError(f"optimizer {given}, loss {loss!r}")
        model.compile(optimizer, loss, config.get("metrics"))
    except ArgumentError as error:
        warn_user(f"{where}: not compiled, as its saved training is unknown here: {error}")


# of Keras's optimizers, off by default, that train on by other numbers; other unknown keys change nothing
OPTIMIZER_KEYS = (
    "amsgrad", "centered", "clipnorm", "clipvalue", "decay", "globalclipnorm", "gradientaccumulationsteps",
    "lossscalefactor", "useema", "weightdecay",
)  # fmt: skip


def _optimizer_of(saved: Mapping[str, Any]) -> Optimizer | None:
    """The optimizer of a class name and config in TF.js's or Keras's spelling (learningRate, beta_1, ...)."""
    found, config = OPTIMIZERS.lookup(saved.get("class_name")), saved.get("config") or {}
    if found is None:
        return None
    if found.own:
        return found.make(config)
    cls, given = found.thing, {key.replace("_", "").lower(): value for key, value in config.items()}
    if cls is SGD and given.get("momentum"):  # Keras has one class for both
        cls, given = Momentum, given | {"usenesterov": given.get("nesterov", False)}
    known = {name.replace("_", ""): name for name in inspect.signature(cls.__init__).parameters}
    if any(given.get(key) for key in OPTIMIZER_KEYS if key not in known):
        return None
    options = {known[key]: value for key, value in given.items() if key in known}
    numbers = all(isinstance(value, int | float) for value in options.values())  # a schedule of Keras is none
    return cls(**options) if numbers else None
