"""Weight files that lie elsewhere than beside their model.json, and word of how far reading them is."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.io.artifacts import ModelArtifacts
from glbackend.io.cache import Kept
from glbackend.io.fetching import Remote, Weights
from glbackend.io.files import FileSystem, Folder
from glbackend.io.model_json import parse, read_weights
from glbackend.io.routing import handler_of


@dataclass(slots=True)
class Redirected:
    """The handler that `redirected` gives."""

    files: FileSystem
    prefix: Path | None
    convert: Callable[[str], str] | None
    on_progress: Callable[[float], object] | None
    keep_codes: bool = False

    def load(self) -> ModelArtifacts:
        """The model, its weights read from where they lie."""
        file = self.files.model_file()
        artifacts, groups = parse(file.read_bytes(), str(file))
        folder = Folder(self.prefix or file.parent, str(file), self.files.follow_links)
        source = _Shards(folder, self.convert, self.on_progress, sum(len(group.paths) for group in groups))
        artifacts.weights = read_weights(groups, source, str(file), keep_codes=self.keep_codes)
        return artifacts


@dataclass(slots=True)
class _Shards:
    folder: Folder
    convert: Callable[[str], str] | None
    on_progress: Callable[[float], object] | None
    count: int
    done: int = 0

    def size(self, path: str) -> int:
        return self._located(path).size(self._name(path))

    def read(self, path: str) -> bytes:
        data = self._located(path).read(self._name(path))
        self.done += 1
        if self.on_progress is not None:
            self.on_progress(self.done / self.count)
        return data

    def _located(self, path: str) -> Folder:
        """The folder of the weights; a whole path that the user's function gives lies where it says."""
        whole = self.convert is not None and os.path.isabs(self._name(path))
        return Folder(Path(self._name(path)).parent, self.folder.where, True) if whole else self.folder

    def _name(self, path: str) -> str:
        return path if self.convert is None else os.fspath(self.convert(path))


def redirected(
    source: Any,
    *,
    on_progress: Callable[[float], object] | None,
    prefix: str | os.PathLike[str] | None,
    convert: Callable[[str], str] | None,
    keep_codes: bool = False,
) -> Any:
    """A handler for `source` that heeds these options; its own where none is given."""
    files = handler_of(source)
    if isinstance(files, Remote):
        if prefix is not None or convert is not None:
            weights = Weights(None if prefix is None else os.fspath(prefix), convert)
            files = replace(files, weights=weights)
        if on_progress is not None:
            files = replace(files, on_progress=on_progress)
        on_progress = prefix = convert = None
    if keep_codes and isinstance(files, Remote | Kept):
        files = handler_of(files.fetch())
    if on_progress is None and prefix is None and convert is None and not keep_codes:
        return files
    if not isinstance(files, FileSystem):
        raise ArgumentError("options of where weight files lie go with paths: a handler has its own")
    return Redirected(files, None if prefix is None else Path(prefix), convert, on_progress, keep_codes)
