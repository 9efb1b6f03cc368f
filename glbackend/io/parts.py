"""One file on its way from far: what has arrived of it, where it goes on after a break, what it may take.

It lies in a folder of its own until it is whole, beside a note of whose bytes these are: so a process that
was killed is followed by one that fetches the rest.
"""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from errno import EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOSPC, ENOTDIR
from pathlib import Path
from typing import IO, Any

from glbackend.base.errors import ModelFormatError
from glbackend.io.addresses import shown

CHUNK_BYTES = 1 << 20
NO_NAME = {EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOTDIR}
_NAMED_BY_CONTENT = re.compile(r"-(?P<content>[0-9a-f]{16})\.bin$")  # as `files.py` names what it saves


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A whole file, as it was fetched: from where, its content, and what its server knows it again by.

    `url` is without a password, and empty where the file was saved here.
    """

    url: str
    size: int
    sha256: str
    etag: str | None = None
    modified: str | None = None


class Stopped(Exception):
    """Another file of the same model failed."""


class Budget:
    """What the files of one model, or of one group of its weights, may take together: `most` bytes."""

    def __init__(self, where: str, most: int) -> None:
        self.where, self.most = where, most
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, path: str, size: int) -> None:
        """The file has, or says that it will have, so many bytes; ModelFormatError where that is too much."""
        with self._lock:
            self._sizes[path] = size
            total = sum(self._sizes.values())
        if total > self.most:
            raise ModelFormatError(
                f"{self.where}: too long, the server gives {total:,} bytes or more where at most "
                f"{self.most:,} belong there ({path})"
            )


class Watch:
    """How far a fetch is; `stop` ends it."""

    def __init__(self, arrived: Callable[[int], object] | None = None) -> None:
        self.stop = threading.Event()
        self.arrived: Callable[[int], object] = arrived or (lambda count: None)


class Part:
    """A file of a model that is being fetched into `folder`."""

    def __init__(self, folder: Path, path: str, url: str, budget: Budget, watch: Watch) -> None:
        self.path, self.url, self.budget, self.watch = path, url, budget, watch
        self.shown = shown(url)
        self.file = folder / "files" / path
        self._about = folder / "about" / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.json"
        self._note = self._read_note()
        self._stream: IO[bytes] | None = None
        self._hash, self._hashed = hashlib.sha256(), 0

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        if self._stream is not None:
            return self._hashed
        with suppress(OSError):
            return self.file.stat().st_size
        return 0

    def whole(self) -> FileRecord | None:
        """The file as an earlier fetch has left it, where that had all of it."""
        note = self._note
        if note.get("sha256") and self.size == note["size"]:
            return FileRecord(self.shown, note["size"], note["sha256"], note["etag"], note["modified"])
        return None

    def rest(self) -> tuple[int, str] | None:
        """How many bytes lie here already, and the validator by which the server can tell that they hold."""
        tag, size = self._note.get("tag"), self.size
        return (size, tag) if tag and size and not self._note.get("sha256") else None

    def begin(self, at: int, total: int | None, record: dict[str, str | None]) -> None:
        """Bytes follow, from the position `at` on; `total` is the file's size as the server says it."""
        if total is not None:
            self.budget.take(self.path, total)
        self._make_room()
        free = shutil.disk_usage(self.file.parent).free
        if total is not None and total - at > free:
            raise OSError(
                ENOSPC, f"{total - at:,} bytes are to come and the disk has {free:,} left", str(self.file)
            )
        self.close()
        if at != self._hashed:
            self._hash = hashlib.sha256()
            with self.file.open("rb") as stream:
                _digest(stream, at, self._hash)
        self._hashed = at
        self._stream = self.file.open("r+b" if at else "wb")
        self._stream.truncate(at)
        self._stream.seek(at)
        self._write_note({"url": self.shown, "size": total, "sha256": None, **record})
        self.watch.arrived(at)

    def _make_room(self) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch()
        except OSError as error:
            if error.errno in NO_NAME:
                raise ModelFormatError(f"{self.shown}: no file here can be called {self.path!r}") from None
            raise

    def write(self, chunk: bytes) -> None:
        """The next bytes."""
        if self.watch.stop.is_set():
            raise Stopped
        assert self._stream is not None
        self.budget.take(self.path, max(self._hashed + len(chunk), self._note["size"] or 0))
        self._stream.write(chunk)
        self._hash.update(chunk)
        self._hashed += len(chunk)
        self.watch.arrived(len(chunk))

    def end(self) -> FileRecord:
        """That was all; ModelFormatError where the file's name tells another content."""
        assert self._stream is not None
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.close()
        digest = self._hash.hexdigest()
        named = _NAMED_BY_CONTENT.search(self.path)
        if named is not None and named["content"] != digest[:16]:
            self.drop()
            raise ModelFormatError(
                f"{self.shown}: damaged: its content has the hash {digest[:16]}, "
                f"its name says {named['content']}"
            )
        note = {**self._note, "size": self._hashed, "sha256": digest}
        self._write_note(note)
        return FileRecord(self.shown, self._hashed, digest, note["etag"], note["modified"])

    def pause(self) -> None:
        """No more for now: what has arrived is to be found by the next attempt."""
        arrived = self._hashed if self._stream is not None else 0
        self.close()
        self.watch.arrived(-arrived)

    def drop(self) -> None:
        """What has arrived is worth nothing."""
        self.close()
        self._note, self._hash, self._hashed = {}, hashlib.sha256(), 0
        for path in (self._about, self.file):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Closes the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _read_note(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            note: dict[str, Any] = json.loads(self._about.read_bytes())
            if note["url"] == self.shown:
                return note
        return {}

    def _write_note(self, note: dict[str, Any]) -> None:
        self._note = note
        write_json(self._about, note, lasting=False)


def write_json(file: Path, value: Any, *, lasting: bool = True) -> None:
    """Puts `value` as JSON in the place of `file`, whole or not at all.

    Unless it is `lasting` a machine that stops may lose it; a process that is killed does not.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=1, default=asdict)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def sha256_of(file: Path) -> str:
    """The hash of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(stream: IO[bytes], count: int, digest: Any) -> None:
    while count and (chunk := stream.read(min(count, CHUNK_BYTES))):
        digest.update(chunk)
        count -= len(chunk)
