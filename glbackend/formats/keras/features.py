"""Feature spaces in `.keras` files, as Keras writes them: a config of layers, vocabularies, means."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.maker import made_by, maker_of
from glbackend.base.registry import known_as
from glbackend.formats.keras import hdf5
from glbackend.formats.keras.configs import plainly_typed
from glbackend.formats.keras.entries import Json, plain_entry
from glbackend.formats.keras.hdf5 import Array
from glbackend.formats.keras.vocabularies import FOLDER, fill_in
from glbackend.formats.keras.writing import write_archive
from glbackend.layers.layer import Layer
from glbackend.models.feature_space import FeatureSpace
from glbackend.models.keras3 import numbered

CLASS = "FeatureSpace"
WITHIN = "preprocessors"  # where Keras keeps the layers of columns, which it calls by their classes
MODULE = "keras.src.layers.preprocessing.feature_space"  # of what no user of Keras writes
IDENTITY = "TFDIdentity"
BUILT = {"input_shape": [None, 1]}


def save_feature_space(space: FeatureSpace, path: Path) -> None:
    """A `.keras` file of a feature space; ArgumentError for another ending, and before it has learned."""
    if path.suffix != ".keras":
        raise ArgumentError(f"save: a feature space goes into a .keras file, got {str(path)!r}")
    if not space.is_adapted:
        raise ArgumentError("save: some features learn from data: call adapt first")
    config = space.get_config()
    features = {name: _inner("Feature", _with_layer(one)) for name, one in config["features"].items()}
    crosses = [_inner("Cross", one) for one in config["crosses"]]
    whole = {
        "module": "keras.utils",
        "class_name": CLASS,
        "config": {**config, "features": features, "crosses": crosses},
        "registered_name": None,
        "build_config": dict.fromkeys(features, BUILT),
    }
    arrays = {
        f"{place}/vars/{i}": one.numpy()
        for place, layer in _placed(space).items()
        for i, one in enumerate(layer.weights)
    }
    groups = {place + "/vars": {"name": layer.name} for place, layer in _placed(space).items()}

    def write(weights: Path) -> dict[str, bytes]:
        hdf5.write(weights, arrays, groups)
        return {}

    write_archive(path, whole, write)


def _inner(name: str, config: Json) -> Json:
    return {"module": MODULE, "class_name": name, "config": config, "registered_name": name}


def _with_layer(config: Json) -> Json:
    """A feature's config with its layer as Keras spells it."""
    entry = plain_entry(config["preprocessor"])
    if entry["class_name"] == "Identity":
        entry = _inner(IDENTITY, entry["config"])
    return {**config, "preprocessor": {**entry, "build_config": BUILT}}


def _placed(space: FeatureSpace) -> dict[str, Layer]:
    """The layers of columns, by where Keras has their weights."""
    names = [
        IDENTITY if one.class_name == "Identity" else one.class_name for one in space.preprocessors.values()
    ]
    return {
        f"{WITHIN}/{at}": one for at, one in zip(numbered(names), space.preprocessors.values(), strict=True)
    }


def feature_space_of(
    entry: Json, about: Json, parts: Mapping[str, bytes], arrays: Mapping[str, Array], custom: Any, where: str
) -> FeatureSpace:
    """The feature space of a file's parts, which knows what it has learned."""
    config = plainly_typed(entry)["config"]
    layers = [one["config"]["preprocessor"] for one in config["features"].values()]
    texts = {name.replace(f"{FOLDER}{WITHIN}/", f"{FOLDER}layers/"): one for name, one in parts.items()}
    fill_in({"config": {"layers": layers}}, texts, {}, where)
    for one in layers:
        one.pop("build_config", None)
        if one["class_name"] == IDENTITY:
            one["class_name"] = "Identity"
    with known_as(custom), made_by(maker_of(about.get("keras_version"))):
        space = FeatureSpace.from_config(config)
    for place, layer in _placed(space).items():
        if values := [arrays[f"{place}/vars/{i}"] for i in range(3) if f"{place}/vars/{i}" in arrays]:
            layer.ensure_built([(None, 1)])
            layer.set_weights(values)
    space.is_adapted = True
    return space
