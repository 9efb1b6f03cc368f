"""The models that were fetched or kept by name, version and content: `gl.models_cache`."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from glbackend.base import env
from glbackend.base.errors import ArgumentError
from glbackend.base.optional import optional
from glbackend.io.addresses import MODEL_FILE, name_of, scheme_of
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.files import file_system
from glbackend.io.parts import FileRecord, sha256_of
from glbackend.io.versions import ModelFolder, Record, Version

SCHEME = "cache"
_SAVING = "saving"


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A model in the cache: its name, the number of the version that is loaded, and all of them."""

    name: str
    version: int
    pinned: bool
    versions: tuple[Version, ...]

    @property
    def size(self) -> int:
        """Bytes of all versions; files that two of them share count twice."""
        return sum(version.size for version in self.versions)

    def __str__(self) -> str:
        pinned = " (pinned)" if self.pinned else ""
        return f"{self.name}  version {self.version}{pinned} of {len(self.versions)}, {self.size:,} bytes"


class ModelsCache:
    """Models by name, version and content, in a folder: what `gl.models_cache` is one of.

    `folder` is by default `models` in GLBACKEND_CACHE_DIR or the user's cache directory. The name of a
    fetched model is its address, unless `gl.io.http` was given another; of one that was saved to
    "cache://NAME" it is NAME. TF.js keeps models in a browser's localStorage and IndexedDB, one version each.

    >>> ModelsCache("no/such/folder").list()
    []
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self._folder = None if folder is None else Path(folder)

    @property
    def folder(self) -> Path:
        """Where the cache lies."""
        if self._folder is not None:
            return self._folder
        if chosen := env.text("CACHE_DIR"):
            return Path(chosen) / "models"
        base = optional("platformdirs", "web", "models_cache").user_cache_path("glbackend", appauthor=False)
        return Path(base) / "models"

    def list(self) -> list[CachedModel]:
        """All models that have a version here, by name."""
        records = [record for _, record in self._all()]
        return [_told(record) for record in sorted(records, key=lambda record: record.name)]

    def path(self, name: str, version: int | None = None) -> Path:
        """The file of a model that a loader takes: of the version that is loaded, or of another.

        ModelFormatError where it is damaged.
        """
        folder, record = self._find(name)
        chosen = record.current if version is None else record.numbered(version)
        assert chosen is not None
        return folder.checked(chosen)

    def pin(self, name: str, version: int | None = None) -> CachedModel:
        """The model stays at that version (the one that is loaded now): its server is not asked any more."""
        folder, _ = self._find(name)
        with folder.locked():
            record = folder.record()
            chosen = record.current if version is None else record.numbered(version)
            assert chosen is not None
            return self._change(folder, replace(record, pinned=chosen.number))

    def unpin(self, name: str) -> CachedModel:
        """The model is what is newest again."""
        folder, _ = self._find(name)
        with folder.locked():
            return self._change(folder, replace(folder.record(), pinned=None))

    def rollback(self, name: str) -> CachedModel:
        """Goes back to the version before the one that is loaded, and stays there until `unpin`."""
        folder, _ = self._find(name)
        with folder.locked():
            record = folder.record()
            numbers = [version.number for version in record.versions]
            at = numbers.index(record.current.number) if record.current else 0
            if at == 0:
                raise ArgumentError(f"rollback: {record.name!r} has no version before {numbers[at]}")
            return self._change(folder, replace(record, pinned=numbers[at - 1]))

    def verify(self, name: str | None = None) -> dict[str, tuple[str, ...]]:
        """Reads all files again; gives those that are missing or not what was fetched, by model.

        The files' names begin with the version, as `v2/model.json`.
        """
        found = {}
        for folder, record in self._all() if name is None else [self._find(name)]:
            damaged = tuple(
                f"{folder.folder(version).name}/{path}"
                for version in record.versions
                for path in folder.damaged(version)
            )
            if damaged:
                found[record.name] = damaged
        return found

    def clear(self, name: str | None = None, version: int | None = None) -> int:
        """Removes a version, a model, or all that can be fetched again; gives how many bytes that was.

        Without a name, models that are pinned or were saved here stay. A pinned version is not removed alone.
        """
        if name is None and version is not None:
            raise ArgumentError(f"clear: version {version} of which model? Give its name too")
        if name is None:
            fetched = [(folder, record) for folder, record in self._all() if _can_be_fetched(record)]
            return sum(self._remove(folder, record) for folder, record in fetched)
        folder, record = self._find(name)
        if version is None:
            return self._remove(folder, record)
        with folder.locked():
            record = folder.record()
            gone = record.numbered(version)
            if record.pinned == version:
                raise ArgumentError(f"clear: version {version} of {record.name!r} is pinned: unpin it first")
            rest = tuple(one for one in record.versions if one.number != version)
            folder.write(replace(record, versions=rest))
        if not rest:
            self._remove(folder, record)
        return gone.size

    def of(self, name: str) -> ModelFolder:
        """The folder of a model of that name, whether there is one or not."""
        plain = re.sub(r"[^\w.]+", "-", name.partition("://")[2] or name).strip("-.")[:60]
        return ModelFolder(self.folder / f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:16]}", name)

    def _all(self) -> Iterator[tuple[ModelFolder, Record]]:
        with suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir()):
                folder = ModelFolder(path, path.name)
                record = folder.record()
                if record.versions:
                    yield ModelFolder(path, record.name), record

    def _find(self, name: str) -> tuple[ModelFolder, Record]:
        """The model of that name, or the one whose name holds it."""
        name = name.removeprefix(f"{SCHEME}://")
        name = name_of(name) if scheme_of(name) else name
        folder = self.of(name)
        record = folder.record()
        if record.versions:
            return folder, record
        near = [one for one in self._all() if name in one[1].name]
        if len(near) == 1:
            return near[0]
        told = ", ".join(record.name for _, record in near or self._all())
        raise ArgumentError(
            f"models_cache: {len(near) or 'no'} models are called {name!r}; there are {told or 'none'}"
        )

    def _change(self, folder: ModelFolder, record: Record) -> CachedModel:
        folder.write(record)
        return _told(record)

    def _remove(self, folder: ModelFolder, record: Record) -> int:
        with folder.locked():
            folder.write(Record(record.name))
            shutil.rmtree(folder.incoming, ignore_errors=True)
            (folder.path / "record.json").unlink()
        return sum(version.size for version in record.versions)


models_cache = ModelsCache()


@dataclass(frozen=True, slots=True)
class Kept:
    """The handler of "cache://NAME": a model of that name in the cache; each save is a new version."""

    name: str

    def fetch(self) -> Path:
        """The file that loaders open; FileNotFoundError where there is no such model."""
        folder = models_cache.of(self.name)
        version = folder.record().current
        if version is None:
            raise FileNotFoundError(f"no model {self.name!r} in the cache {models_cache.folder}")
        return folder.checked(version)

    def load(self) -> ModelArtifacts:
        """The model."""
        return file_system(self.fetch()).load()

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Saves a version; where that fails, those that were there are."""
        folder = models_cache.of(self.name)
        with folder.locked():
            place = folder.path / _SAVING
            shutil.rmtree(place, ignore_errors=True)
            try:
                result = file_system(place).save(artifacts)
                saved = {file.name: file for file in place.iterdir()}
                files = {name: FileRecord("", f.stat().st_size, sha256_of(f)) for name, f in saved.items()}
                version = folder.take(MODEL_FILE, files, saved)
            finally:
                shutil.rmtree(place, ignore_errors=True)
        return replace(result, files=tuple(str(folder.folder(version) / name) for name in files))

    def remove(self) -> None:
        """Removes the model with all its versions."""
        self.fetch()
        models_cache.clear(self.name)


def _told(record: Record) -> CachedModel:
    assert record.current is not None
    return CachedModel(record.name, record.current.number, record.pinned is not None, record.versions)


def _can_be_fetched(record: Record) -> bool:
    return record.pinned is None and all(
        one.url for version in record.versions for one in version.files.values()
    )
