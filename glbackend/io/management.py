"""Models at places with names: listed, copied, moved, removed; the mirror of TF.js's model management."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from glbackend.base.errors import ArgumentError
from glbackend.io.addresses import MODEL_FILE
from glbackend.io.artifacts import ModelArtifactsInfo
from glbackend.io.cache import SCHEME, models_cache
from glbackend.io.manifest import get_model_artifacts_info_for_json
from glbackend.io.model_json import parse
from glbackend.io.routing import handler_of, load_artifacts, save_artifacts

Place = str | os.PathLike[str]


def list_models() -> dict[str, ModelArtifactsInfo]:
    """The models in the cache by their places, "cache://NAME". As `tf.io.listModels`.

    Files that are no model of TF.js's formats, as fetched .onnx files, are in `gl.models_cache.list()` alone.

    >>> isinstance(list_models(), dict)
    True
    """
    found = {}
    for model in models_cache.list():
        (version,) = (one for one in model.versions if one.number == model.version)
        if version.main == MODEL_FILE:
            path = models_cache.of(model.name).main(version)
            info = get_model_artifacts_info_for_json(parse(path.read_bytes(), str(path))[0])
            weights = version.size - version.files[MODEL_FILE].size
            saved = datetime.fromisoformat(version.fetched)
            found[f"{SCHEME}://{model.name}"] = replace(info, weight_data_bytes=weights, date_saved=saved)
    return found


def copy_model(source: Place, target: Place) -> ModelArtifactsInfo:
    """Copies a model from one place to another; gives its sizes. As `tf.io.copyModel`.

    `source`: a path, an address, or "cache://NAME".
    `target`: a path or "cache://NAME", where the model that was there is replaced.

    ArgumentError where both are one place.

    >>> copy_model("model", "model")
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: copy_model: both places are 'model'
    """
    return _copied("copy_model", source, target)


def move_model(source: Place, target: Place) -> ModelArtifactsInfo:
    """As `copy_model`, and the one at `source` is removed. As `tf.io.moveModel`.

    >>> move_model("model", "model")
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: move_model: both places are 'model'
    """
    # differs from TF.js: the old one goes when the new one is there, not before
    remove = _remover("move_model", source)
    info = _copied("move_model", source, target)
    remove()
    return info


def remove_model(place: Place) -> ModelArtifactsInfo:
    """Removes a model; gives what sizes it had. As `tf.io.removeModel`.

    `place`: a path, of which model.json and the weight files that it names are removed, or "cache://NAME".

    FileNotFoundError where there is none.

    >>> remove_model("no/such/model")
    Traceback (most recent call last):
    FileNotFoundError: no model at no/such/model: ...
    """
    info = get_model_artifacts_info_for_json(load_artifacts(place))
    _remover("remove_model", place)()
    return info


def _copied(op: str, source: Place, target: Place) -> ModelArtifactsInfo:
    if os.fspath(source) == os.fspath(target):
        raise ArgumentError(f"{op}: both places are {os.fspath(source)!r}")
    return save_artifacts(load_artifacts(source), target).model_artifacts_info


def _remover(op: str, place: Place) -> Callable[[], None]:
    """What removes the model at a place; ArgumentError where models are only read."""
    remove: Callable[[], None] | None = getattr(handler_of(place), "remove", None)
    if remove is None:
        raise ArgumentError(f"{op}: models are not removed from {os.fspath(place)!r}")
    return remove
