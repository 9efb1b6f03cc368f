"""Keras's own files as models of our layers: `.keras`, and whole models in `.h5`."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ModelFormatError
from glbackend.formats.keras.archive import members
from glbackend.formats.keras.configs import plainly_typed, training_of
from glbackend.formats.keras.features import CLASS, feature_space_of
from glbackend.formats.keras.hdf5 import Array, Group, opened
from glbackend.formats.keras.naming import BESIDES, by_group, dequantized, plain_path
from glbackend.formats.keras.state import restore_in_order
from glbackend.formats.keras.vocabularies import fill_in
from glbackend.formats.telling import telling
from glbackend.io import ModelArtifacts
from glbackend.io.fetching import Remote
from glbackend.io.routing import local
from glbackend.io.specs import WeightSpec
from glbackend.models.keras3 import by_name
from glbackend.models.loading import Spelling, model_of
from glbackend.models.model import Model

WEIGHTS, STATE = "model_weights", "optimizer_weights"  # groups of an .h5 file
OWN_TRAINING, OWN_STATE = "glbackend_training_config", "glbackend_optimizer_weights"  # of one written here


@checked
def load_keras_model(
    source: str | Path | Remote, *, strict: bool = True, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The model in a file of Keras: `.keras` (Keras 3 and late Keras 2), or a whole model in `.h5`.

    A `.keras` file may hold a `gl.utils.FeatureSpace`, too.

    `source`: the file, or its address. `strict` and `custom_objects` are those of `load_layers_model`.

    It is compiled, with the state of its optimizer, where the file holds that and it is known here; else it
    warns. No code in a file is run. Raises ModelFormatError, which names the part, for what is no whole model
    or names layers that do not exist here; MissingPackageError without h5py. As Keras's `load_model`.

    >>> load_keras_model("no/such/model.keras")
    Traceback (most recent call last):
    FileNotFoundError: ... 'no/such/model.keras'
    """
    path, where = Path(local(source)), str(source)
    with telling(where):
        with path.open("rb") as stream:
            head = stream.read(8)
        if head.startswith(b"PK"):
            return _of_archive(path, where, strict, custom_objects)
        if head == b"\x89HDF\r\n\x1a\n":
            return _of_h5(path, where, strict, custom_objects)
    raise ModelFormatError(f"{where}: neither a .keras archive nor an HDF5 file: {head[:4]!r} begins it")


def _of_archive(path: Path, where: str, strict: bool, custom: Mapping[str, Any] | None) -> Any:
    parts = members(path, where)
    entry, about = (_json(parts[name], f"{where}: {name}") for name in ("config.json", "metadata.json"))
    with opened(parts["model.weights.h5"], f"{where}: model.weights.h5") as root:
        arrays = {plain_path(name): array for name, array in root.arrays().items()}
    if entry.get("class_name") == CLASS:
        return feature_space_of(entry, about, parts, arrays, custom, where)
    places = ("optimizer/inner_optimizer/vars/", "optimizer/vars/")  # the first where a scale is around it
    held = [{name: one for name, one in arrays.items() if name.startswith(place)} for place in places]
    state = held[0] or held[1]
    listed = isinstance(entry, dict) and "layers" in (
        entry.get("config") or {}
    )  # else by attributes of a class
    weights = {
        name: array
        for name, array in arrays.items()
        if name.startswith(("layers/", "vars/"))
        or (not listed and "vars/" in name and not name.startswith(BESIDES))
    }
    fill_in(entry, parts, weights, where)
    ordered = sorted(state, key=lambda name: int(end) if (end := name.rpartition("/")[2]).isdecimal() else 0)
    artifacts = _artifacts(
        entry, about.get("keras_version"), dequantized(weights), {name: state[name] for name in ordered}
    )
    artifacts.training_config = training_of(entry.get("compile_config"))
    topology = artifacts.model_topology
    spelling = Spelling(
        partial(by_name, topology=topology), partial(restore_in_order, entry=topology["model_config"])
    )
    return model_of(artifacts, where, strict=strict, custom_objects=custom, spelling=spelling)


def _of_h5(path: Path, where: str, strict: bool, custom: Mapping[str, Any] | None) -> Model:
    with opened(path, where) as root:
        entry = root.json("model_config")
        if entry is None:
            raise ModelFormatError(
                f"{where} holds weights and no model: make the model, then model.load_weights({path.name!r})"
            )
        training = root.json("training_config") or root.json(OWN_TRAINING)
        version, held = root.text("keras_version"), STATE if STATE in root else OWN_STATE
        weights, groups = read_groups(root.group(WEIGHTS)) if WEIGHTS in root else ({}, {})
        state = _in_order(root.group(held)) if held in root else {}
    if not isinstance(entry, dict):
        raise ModelFormatError(f"{where}: model_config is no object")
    artifacts = _artifacts(entry, version or "2.0", weights, state)
    artifacts.training_config = training_of(training)
    spelling = Spelling(
        partial(by_group, groups=groups, where=where),
        partial(restore_in_order, entry=artifacts.model_topology["model_config"]),
    )
    return model_of(artifacts, where, strict=strict, custom_objects=custom, spelling=spelling)


def _artifacts(
    entry: dict[str, Any], version: Any, weights: dict[str, Array], state: dict[str, Array]
) -> ModelArtifacts:
    """What a file holds, as the converter would give it; dtypes are names."""
    specs = [
        WeightSpec(name, one.shape, "int32" if one.dtype.kind in "iu" else "float32", group="optimizer")
        for name, one in state.items()
    ]
    topology = {"model_config": plainly_typed(entry), "keras_version": version}
    return ModelArtifacts(topology, {**weights, **state}, tuple(specs))


def read_groups(root: Group) -> tuple[dict[str, Array], dict[str, list[str]]]:
    """The weights of an `.h5` file by path, and by layer their paths in order."""
    weights: dict[str, Array] = {}
    groups: dict[str, list[str]] = {}
    for layer in dict.fromkeys(root.names("layer_names")):
        group = root.group(layer)
        names = dict.fromkeys(group.names("weight_names"))
        groups[layer] = [f"{layer}/{name}" for name in names]
        weights |= {f"{layer}/{name}": group.array(name) for name in names}
    return weights, groups


def _in_order(group: Group) -> dict[str, Array]:
    """The arrays of an optimizer; of one with a scale around it those of the inner one."""
    names = list(dict.fromkeys(group.names("weight_names")))
    begins = [i for i, name in enumerate(names) if name.endswith("/dynamic_scale")]
    return {name: group.array(name) for name in names[begins[0] + 1 if begins else 0 :]}


def _json(data: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{where}: not whole JSON: {error}") from None
    if not isinstance(found, dict):
        raise ModelFormatError(f"{where}: must be an object, not {type(found).__name__}")
    return found
