"""The weights of a model by name: given, saved by themselves, and read again."""

import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, infer_dtype
from glbackend.base.errors import ArgumentError, ModelFormatError, warn_user
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable
from glbackend.io import ModelArtifacts, SaveResult, from_memory, load_artifacts, save_artifacts
from glbackend.io.routing import local
from glbackend.layers.layer import Layer
from glbackend.models.files import kind_of
from glbackend.models.naming import find_weight, weight_names

_skips: ContextVar[str] = ContextVar(
    "glbackend_skips", default=""
)  # which may keep theirs: "layer", "weight"
TOPOLOGY = {"class_name": "Weights"}  # what stands in a file of weights alone


def assign_weights(
    model: Layer, weights: Mapping[str, np.ndarray[Any, Any]], where: str, strict: bool
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
            if _skips.get():
                continue
            raise ModelFormatError(
                f"{where}: weight {name!r} has shape {list(value.shape)}, "
                f"its layer needs {list(variable.shape)}"
            )
        found[id(variable)] = variable, value
    missing = sorted(name for name, variable in wanted.items() if id(variable) not in found)
    if missing and _skips.get():
        left = missing if _skips.get() == "weight" else sorted({name.rpartition("/")[0] for name in missing})
        warn_user(f"{where}: what the file does not fit stays as it is: {', '.join(left)}")
        for name, variable in wanted.items():
            if name in left or name.rpartition("/")[0] in left:
                found.pop(id(variable), None)
    if strict and (missing or surplus):
        parts = [f"no values for {', '.join(missing)}"] * bool(missing) + [
            f"no layer takes {', '.join(surplus)}"
        ] * bool(surplus)
        raise ModelFormatError(f"{where}: weights and topology do not fit: {'; '.join(parts)}")
    for variable, value in found.values():
        array = np.asarray(value, NUMPY[variable.dtype], order="C")
        variable.assign(Tensor(Handle.of(array, variable.spec)))
    return {variable.id for variable, _ in found.values()}


def save_weights(model: Layer, target: Any) -> Any:
    """As `Model.save_weights`."""
    _need_weights(model, "save_weights")
    if (kind := kind_of(target)) is not None:
        return kind.write_weights(model, Path(target))
    weights = {name: variable.numpy() for name, variable in weight_names(model).items()}
    return written(model, ModelArtifacts(model_topology=dict(TOPOLOGY), weights=weights), target)


def written(model: Any, artifacts: ModelArtifacts, target: Any, quantization: Any = None) -> SaveResult:
    """Saves what a model is made of; of several processes that train it one alone writes files."""
    if isinstance(target, str | os.PathLike) and not model.trainer.saves:
        return save_artifacts(artifacts, from_memory())
    return save_artifacts(artifacts, target, quantization=quantization)


def load_weights(model: Layer, source: Any, strict: bool, skip_mismatch: bool, by_name: bool) -> None:
    """As `Model.load_weights`."""
    _need_weights(model, "load_weights")
    counted = str(source).endswith(".weights.h5")
    if by_name and counted:
        raise ArgumentError("load_weights: by_name is for files that name layers, *.weights.h5 counts them")
    singly = str(source).endswith(".h5") and not counted  # as Keras does in files that name layers
    token = _skips.set("" if not skip_mismatch else "weight" if singly else "layer")
    try:
        _load_weights(model, local(source), strict and not (by_name or skip_mismatch))
    finally:
        _skips.reset(token)


def _load_weights(model: Layer, source: Any, strict: bool) -> None:
    if (kind := kind_of(source)) is not None:
        kind.read_weights(model, Path(source), strict)
        return
    if isinstance(source, Mapping):
        where = "load_weights"
        weights = {str(name): np.asarray(value) for name, value in source.items()}
    else:
        where = str(source) if isinstance(source, str | os.PathLike) else "the model"
        artifacts = load_artifacts(source)
        states = {spec.name for spec in artifacts.weight_specs if spec.group == "optimizer"}
        weights = {name: value for name, value in artifacts.weights.items() if name not in states}
    assign_weights(model, weights, where, strict)


def skipping() -> bool:
    """Whether layers that the weights of a file do not fit keep their own."""
    return bool(_skips.get())


def _need_weights(model: Layer, op: str) -> None:
    if not model.built:
        raise ArgumentError(
            f"{op}: the model {model.name!r} has no weights yet: give its first layer input_shape, build it, "
            f"or call it once"
        )
