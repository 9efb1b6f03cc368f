"""Where a model goes to and comes from: anything with `load` and `save`; a path means a folder on disk."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from glbackend.base.errors import ArgumentError
from glbackend.io.artifacts import ModelArtifacts, ModelArtifactsInfo, SaveResult
from glbackend.io.files import SHARD_BYTES, file_system
from glbackend.io.model_json import WeightGroup, compose
from glbackend.io.quantization import QuantizationChoice
from glbackend.io.weights import encode_pieces


class IOHandler(Protocol):
    """One place for one model; what cannot load, or cannot save, raises ArgumentError when asked."""

    def load(self) -> ModelArtifacts:
        """The model that lies there."""
        ...

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Puts a model there, in place of the one before."""
        ...


ModelTarget = str | os.PathLike[str] | IOHandler


def load_artifacts(source: ModelTarget) -> ModelArtifacts:
    """The model at `source`: a folder, a model.json, "file://..." as in tfjs-node, or a handler.

    Weights come dequantized as NumPy arrays. Raises ModelFormatError (a ValueError that names file, fault and
    remedy) for a bad model, FileNotFoundError where there is none, ArgumentError for a scheme other than
    file.

    >>> load_artifacts(from_memory(ModelArtifacts({"class_name": "Sequential"}))).format
    'layers-model'
    """
    return handler_of(source).load()


def save_artifacts(
    artifacts: ModelArtifacts,
    target: ModelTarget,
    *,
    quantization: QuantizationChoice = None,
    shard_bytes: int = SHARD_BYTES,
) -> SaveResult:
    """Saves a model to a folder, a .json file, or a handler; what was there stays whole if that fails.

    `quantization` and `shard_bytes` are those of `file_system` and go with paths only: a handler has its own.
    Raises ModelFormatError for contents that cannot be saved, OSError for a full or forbidden disk.
    """
    if not isinstance(target, str | os.PathLike) and (quantization is not None or shard_bytes != SHARD_BYTES):
        raise ArgumentError(
            "save_artifacts: give quantization and shard_bytes to the handler, as file_system takes them"
        )
    return handler_of(target, quantization, shard_bytes).save(artifacts)


def from_memory(artifacts: ModelArtifacts | None = None) -> "Memory":
    """A handler that keeps one model in memory; the mirror of `tf.io.fromMemory`.

    It is empty until saved to if `artifacts` is None. Arrays are shared, not copied.

    >>> memory = from_memory()
    >>> _ = memory.save(ModelArtifacts({"class_name": "Sequential"}))
    >>> memory.load().model_topology
    {'class_name': 'Sequential'}
    """
    return Memory(artifacts)


def with_save_handler(save: Callable[[ModelArtifacts], SaveResult]) -> "SaveHandler":
    """A handler that gives each saved model to the function `save`; as `tf.io.withSaveHandler`."""
    return SaveHandler(save)


@dataclass(slots=True)
class Memory:
    """The handler that `from_memory` gives."""

    artifacts: ModelArtifacts | None = None

    def load(self) -> ModelArtifacts:
        """The model kept; ArgumentError where none has been saved yet."""
        if self.artifacts is None:
            raise ArgumentError("from_memory: nothing has been saved here yet")
        return replace(self.artifacts, weights=dict(self.artifacts.weights))

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Keeps `artifacts`, if they could be saved to disk as well."""
        groups = {spec.name: spec.group for spec in artifacts.weight_specs}
        pieces, specs = encode_pieces(artifacts.weights, groups=groups)
        info: ModelArtifactsInfo = compose(artifacts, WeightGroup((), tuple(specs)))[1]
        self.artifacts = replace(artifacts, weights=dict(artifacts.weights), weight_specs=tuple(specs))
        return SaveResult(replace(info, weight_data_bytes=sum(map(len, pieces))))


@dataclass(frozen=True, slots=True)
class SaveHandler:
    """The handler that `with_save_handler` gives."""

    function: Callable[[ModelArtifacts], SaveResult]

    def load(self) -> ModelArtifacts:
        """Raises ArgumentError: this handler only saves."""
        raise ArgumentError("with_save_handler: this handler can only save")

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """What the function returns for `artifacts`."""
        return self.function(artifacts)


def handler_of(
    target: ModelTarget, quantization: QuantizationChoice = None, shard_bytes: int = SHARD_BYTES
) -> IOHandler:
    """The handler of a place: a path's is the file system's. ArgumentError for what is no place."""
    if not isinstance(target, str | os.PathLike):
        if not (hasattr(target, "load") and hasattr(target, "save")):
            raise ArgumentError(f"a model's place is a path or an object with load and save, not {target!r}")
        return target
    place = os.fspath(target)
    if "://" in place:
        scheme, _, place = place.partition("://")
        if scheme != "file":
            raise ArgumentError(
                f"cannot reach {target!r}: glbackend reads and writes local files. Download model.json with "
                "all its .bin files into one folder and pass that, or pass a handler"
            )
    return file_system(Path(place), quantization=quantization, shard_bytes=shard_bytes)
