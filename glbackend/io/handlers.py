"""Where a model goes to and comes from: anything with `load` and `save`; some that live in memory."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Protocol

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.io.artifacts import ModelArtifacts, ModelArtifactsInfo, SaveResult
from glbackend.io.model_json import WeightGroup, compose, parse, read_weights
from glbackend.io.weights import encode_pieces


class IOHandler(Protocol):
    """One place for one model; what cannot load, or cannot save, raises ArgumentError when asked."""

    def load(self) -> ModelArtifacts:
        """The model that lies there."""
        ...

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Puts a model there, in place of the one before."""
        ...


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


Given = str | os.PathLike[str] | tuple[str, bytes]


def browser_files(files: Sequence[Given]) -> "Files":
    """A handler for a model whose files are handed over one by one; the mirror of `tf.io.browserFiles`.

    `files`: model.json first, then its weight files, in any order: paths, or pairs of a name and bytes, as an
    upload gives them. Weight files are found by their bare names, whatever folder the manifest names.

    ArgumentError where there is no file or two have one name.

    >>> browser_files([("model.json", b"{}")]).load()
    Traceback (most recent call last):
    glbackend.base.errors.ModelFormatError: model.json: not a TF.js model: ...
    """
    if not files:
        raise ArgumentError("browser_files: give model.json and its weight files, not an empty list")
    first, *others = files
    named = {_bare(file): file for file in others}
    if len(named) < len(others):
        raise ArgumentError("browser_files: two weight files have the same name")
    return Files(first, named)


@dataclass(frozen=True, slots=True)
class Files:
    """The handler that `browser_files` gives: a ShardSource as well."""

    model: Given
    weights: dict[str, Given]

    def load(self) -> ModelArtifacts:
        """The model; ModelFormatError where it is none, or the files are not those that it names."""
        where = _bare(self.model)
        artifacts, groups = parse(_content(self.model), where)
        wanted = [_bare(path) for group in groups for path in group.paths]
        if surplus := set(self.weights) - set(wanted):
            raise ModelFormatError(
                f"{where}: does not name the file {min(surplus)!r}, which was given with it"
            )
        if len(set(wanted)) < len(wanted):
            raise ModelFormatError(f"{where}: names two weight files of the same bare name")
        artifacts.weights = read_weights(groups, self, where)
        return artifacts

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Raises ArgumentError: this handler only loads."""
        raise ArgumentError("browser_files: this handler can only load")

    def size(self, path: str) -> int:
        """Bytes in a weight file."""
        file = self._find(path)
        return len(file[1]) if isinstance(file, tuple) else Path(file).stat().st_size

    def read(self, path: str) -> bytes:
        """A whole weight file."""
        return _content(self._find(path))

    def _find(self, path: str) -> Given:
        name = _bare(path)
        if name not in self.weights:
            given = ", ".join(sorted(self.weights)) or "none"
            raise ModelFormatError(
                f"{_bare(self.model)}: weight file {name!r} was not given; there are {given}"
            )
        return self.weights[name]


def _bare(file: Given) -> str:
    return PurePath(file[0] if isinstance(file, tuple) else file).name


def _content(file: Given) -> bytes:
    return bytes(file[1]) if isinstance(file, tuple) else Path(file).read_bytes()
