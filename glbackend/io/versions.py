"""The versions of one model in the cache: a folder for each, and a record of them that is replaced as one.

    record.json     the name, all versions with their files' hashes, which one is pinned
    v1/, v2/, ...   the files of each version; never changed once they are in the record
    incoming/       what is being fetched
    lock            held by whoever fetches or changes the record

What a killed process leaves behind is no version until the record names it.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.optional import optional
from glbackend.io.parts import FileRecord, sha256_of, write_json


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model: its number, the hash of its content, when it came, and its files by path.

    `main` is the file that a loader opens. `content` is the file's SHA-256 where it is the only one, else
    that of the lines which `sha256sum` gives for all files, sorted by path.
    """

    number: int
    content: str
    fetched: str
    main: str
    files: Mapping[str, FileRecord]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files.values())


@dataclass(frozen=True, slots=True)
class Record:
    """What there is of one model: versions in the order in which they were taken, and the pinned one."""

    name: str
    versions: tuple[Version, ...] = ()
    pinned: int | None = None

    @property
    def current(self) -> Version | None:
        """The version that is loaded: the pinned one, else the newest."""
        if self.pinned is not None:
            return self.numbered(self.pinned)
        return self.versions[-1] if self.versions else None

    def numbered(self, number: int) -> Version:
        """The version of that number; ArgumentError where there is none."""
        for version in self.versions:
            if version.number == number:
                return version
        have = ", ".join(str(version.number) for version in self.versions) or "none"
        raise ArgumentError(f"{self.name!r} has no version {number}: there is {have}")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The folder of the model `name` in the cache."""

    path: Path
    name: str

    @property
    def incoming(self) -> Path:
        """Where files are kept until all are there."""
        return self.path / "incoming"

    def folder(self, version: Version) -> Path:
        """The files of a version."""
        return self.path / f"v{version.number}"

    def main(self, version: Version) -> Path:
        """The file of a version that loaders open."""
        return self.folder(version) / version.main

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Waits until no other process or thread fetches this model or changes its record."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = optional("filelock", "web", "models_cache").FileLock(self.path / "lock", thread_local=False)
        with lock:
            yield

    def record(self) -> Record:
        """What there is; ModelFormatError where the record is damaged."""
        file = self.path / "record.json"
        try:
            told = json.loads(file.read_bytes())
            versions = tuple(
                Version(**{**one, "files": {path: FileRecord(**f) for path, f in one["files"].items()}})
                for one in told["versions"]
            )
            record = Record(told["name"], versions, told["pinned"])
            record.current  # noqa: B018 - raises where the pinned version is not there
            return record
        except FileNotFoundError:
            return Record(self.name)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelFormatError(
                f"{file}: damaged ({type(error).__name__}: {error}): remove the folder {self.path}"
            ) from None

    def write(self, record: Record) -> None:
        """Puts `record` in place of the one before, then removes what no record names any more."""
        write_json(self.path / "record.json", record)
        named = {self.folder(version).name for version in record.versions}
        for path in self.path.glob("v*"):
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)

    def take(self, main: str, files: Mapping[str, FileRecord], sources: Mapping[str, Path]) -> Version:
        """Makes a version of whole files, which lie at `sources`.

        A content that was there before is taken from then, and is the newest again.
        """
        record, content = self.record(), content_of(files)
        same = [one for one in record.versions if (one.content, one.main) == (content, main)]
        whole = [version for version in same if not self.damaged(version)]
        if whole:
            version = replace(whole[0], files=files)
        else:
            number = max((version.number for version in record.versions), default=0) + 1
            version = Version(number, content, datetime.now(UTC).isoformat(timespec="seconds"), main, files)
            staged = self.path / "staged"
            for left in (staged, self.folder(version)):  # by a process that was killed
                shutil.rmtree(left, ignore_errors=True)
            for path, source in sources.items():
                _bring(source, staged / path, move=source.is_relative_to(self.incoming))
            os.replace(staged, self.folder(version))
        others = tuple(one for one in record.versions if one not in same)
        self.write(replace(record, versions=(*others, version)))
        return version

    def damaged(self, version: Version) -> list[str]:
        """The files of a version that are missing or hold other bytes than were fetched."""
        return [path for path, told in version.files.items() if not self._holds(version, path, told)]

    def checked(self, version: Version) -> Path:
        """As `main`; ModelFormatError where a file of the version is damaged."""
        if damaged := self.damaged(version):
            raise ModelFormatError(
                f"version {version.number} of {self.name} in the cache is damaged "
                f"({', '.join(damaged[:3])}): "
                f"gl.models_cache.clear({self.name!r}, {version.number}) removes it"
            )
        return self.main(version)

    def _holds(self, version: Version, path: str, told: FileRecord) -> bool:
        file = self.folder(version) / path
        with contextlib.suppress(OSError):
            return file.stat().st_size == told.size and sha256_of(file) == told.sha256
        return False


def content_of(files: Mapping[str, FileRecord]) -> str:
    """The hash by which a model's content is known."""
    if len(files) == 1:
        return next(iter(files.values())).sha256
    lines = "".join(f"{files[path].sha256}  {path}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def _bring(source: Path, target: Path, *, move: bool) -> None:
    """The same file under another name, besides or instead; a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if move:
        os.replace(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
