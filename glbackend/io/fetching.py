"""A model at an address: its files are fetched side by side into the cache, and taken when all are there."""

import errno
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urljoin

from glbackend.base import env
from glbackend.base.errors import (
    ArgumentError,
    FetchError,
    ModelFormatError,
    UnreachableError,
    warn_user,
)
from glbackend.io.addresses import MODEL_FILE, beside, file_name, shown
from glbackend.io.archive import zip_file
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.cache import models_cache
from glbackend.io.files import file_system
from glbackend.io.model_json import WeightGroup, check_sizes, compose, parse
from glbackend.io.parts import Budget, FileRecord, Part, Watch
from glbackend.io.progress import Silent, bar
from glbackend.io.versions import ModelFolder, Version, content_of
from glbackend.io.web import CONNECTIONS
from glbackend.io.weights import encode_pieces

MOST_BYTES = 1 << 40  # of a model
MOST_JSON_BYTES = 1 << 30
MOST_FILES = 10_000
MOST_ROUNDS = 5
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Transport(Protocol):
    """Gives the files at addresses of some kind: `Web` over HTTP, `Stores` by fsspec."""

    def fetch(self, part: Part, known: FileRecord | None, *, patient: bool = True) -> FileRecord | None:
        """As `Web.fetch`."""
        ...

    def close(self) -> None:
        """Ends what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the weight files lie that are not beside their model.json, as `load_graph_model` is told."""

    prefix: str | None = None
    convert: Callable[[str], str] | None = None

    def address(self, main: str, path: str) -> str:
        """The address of a weight file that the model.json at `main` names."""
        if self.convert is not None:
            return urljoin(main, os.fspath(self.convert(path)))
        folder = main if self.prefix is None else urljoin(main, f"{self.prefix.rstrip('/')}/{MODEL_FILE}")
        return beside(folder, path)


@dataclass(frozen=True, slots=True)
class Remote:
    """The handler of a model at an address: what `http` gives, and `gl.load_model` makes of an address."""

    address: str
    name: str
    connect: Callable[[], Transport]
    weights: Weights = Weights()
    on_progress: Callable[[float], object] | None = None
    sha256: str | None = None
    update: bool = True
    max_bytes: int = MOST_BYTES
    workers: int = CONNECTIONS
    files: tuple[str, ...] = ()
    upload: Callable[[Mapping[str, Any]], None] | None = None
    more: Callable[[Mapping[str, Path]], Sequence[str]] | None = None  # of files that are there, further ones

    def fetch(self) -> Path:
        """The model's file in the cache, beside which all others lie; fetched where that is necessary.

        FileNotFoundError where the server has none, ModelFormatError for files that cannot be those of a
        model, UnreachableError where the server cannot be reached and the cache has none.
        """
        folder = models_cache.of(self.name)
        if (version := self._without_asking(folder)) is not None:
            return self._from_cache(folder, version)
        if env.flag("OFFLINE"):
            raise FetchError(
                f"{self.name} is not in the cache {models_cache.folder}, and GLBACKEND_OFFLINE is set"
            )
        with folder.locked():
            if (
                version := self._without_asking(folder)
            ) is not None:  # another process has pinned or fetched it
                return self._from_cache(folder, version)
            current = folder.record().current
            try:
                with bar(self.name.rpartition("/")[2] or self.name) as display:
                    version = _Fetch(self, folder, display).run()
            except UnreachableError as error:
                if current is None:
                    raise
                warn_user(
                    f"{error}: version {current.number}, fetched {current.fetched}, is loaded from the cache"
                )
                return self._from_cache(folder, current)
            if self.on_progress is not None:
                self.on_progress(1.0)
            return folder.main(version)

    def load(self) -> ModelArtifacts:
        """The model; as `fetch`, and ModelFormatError where it is none of TF.js's formats."""
        path = self.fetch()
        return zip_file(path).load() if path.suffix.lower() == ".zip" else file_system(path).load()

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Sends the model to the address as a form of two files, as `tf.io.http` does."""
        if self.upload is None:
            raise ArgumentError(f"{self.name}: models are only read there")
        groups = {spec.name: spec.group for spec in artifacts.weight_specs}
        pieces, specs = encode_pieces(artifacts.weights, groups=groups)
        model, info = compose(artifacts, WeightGroup(("model.weights.bin",), tuple(specs)))
        weights = b"".join(pieces)
        self.upload({
            MODEL_FILE: (MODEL_FILE, model, "application/json"),
            "model.weights.bin": ("model.weights.bin", weights, "application/octet-stream"),
        })  # fmt: skip
        return SaveResult(info)

    def addresses(self, main: str, groups: Iterable[WeightGroup]) -> dict[str, str]:
        """The address of each weight file by its path."""
        return {path: self.weights.address(main, path) for group in groups for path in group.paths}

    def _without_asking(self, folder: ModelFolder) -> Version | None:
        """The version that is loaded without asking the server; None where that is to be asked."""
        record = folder.record()
        wanted = [one for one in record.versions if self.sha256 and one.content == self.sha256.lower()]
        if wanted:
            return wanted[0]
        asks = self.update and record.pinned is None and not env.flag("OFFLINE")
        return None if asks else record.current

    def _from_cache(self, folder: ModelFolder, version: Version) -> Path:
        path = folder.checked(version)
        check_content(f"version {version.number} of {self.name} in the cache", version.content, self.sha256)
        if self.weights != Weights() and path.suffix == ".json":
            groups = parse(path.read_bytes(), str(path))[1]
            wanted = self.addresses(version.files[version.main].url, groups)
            if any(version.files[file].url != shown(url) for file, url in wanted.items()):
                raise FetchError(
                    f"{self.name}: version {version.number} in the cache has weights from elsewhere"
                )
        if self.on_progress is not None:
            self.on_progress(1.0)
        return path


class _Fetch:
    """One fetch of a model, under its folder's lock."""

    def __init__(self, remote: Remote, folder: ModelFolder, display: Silent) -> None:
        self.remote, self.folder, self.display = remote, folder, display
        self.watch = Watch()
        self.current = folder.record().current
        damaged = folder.damaged(self.current) if self.current else []
        files = self.current.files if self.current else {}
        self.known = {path: told for path, told in files.items() if path not in damaged}
        self.on_progress = remote.on_progress
        self.files: dict[str, FileRecord] = {}
        self.sources: dict[str, Path] = {}

    def run(self) -> Version:
        """The version that the server has, taken where it is a new one."""
        transport = self.remote.connect()
        try:
            main = (
                self._begun_files(transport)
                if self.folder.incoming.exists()
                else self._settled_files(transport)
            )
            check_content(self.remote.name, content_of(self.files), self.remote.sha256)
        except (ModelFormatError, FileNotFoundError):
            shutil.rmtree(self.folder.incoming, ignore_errors=True)
            raise
        except OSError as error:
            if error.errno in NO_ROOM:  # what has arrived would stay in the way
                shutil.rmtree(self.folder.incoming, ignore_errors=True)
            raise
        finally:
            transport.close()
        if self.current is not None and self.files == self.current.files == self.known:
            return self.current
        version = self.folder.take(main, self.files, self.sources)
        shutil.rmtree(self.folder.incoming, ignore_errors=True)
        return version

    def _begun_files(self, transport: Transport) -> str:
        """As `_settled_files`; where what an earlier fetch has left is no good, once more without it."""
        try:
            return self._settled_files(transport)
        except ModelFormatError:
            shutil.rmtree(self.folder.incoming, ignore_errors=True)
            return self._settled_files(transport)

    def _settled_files(self, transport: Transport) -> str:
        """As `_all_files`; where a new version replaces one, until they stay as they are.

        So a server whose files are just being replaced gives no model of old and new ones.
        """
        for _ in range(MOST_ROUNDS):
            before = self.files
            main = self._all_files(transport)
            if self.current is None or self.files in (before, self.current.files):
                return main
            self.on_progress = None
        raise UnreachableError(f"{self.remote.name}: its files change while they are fetched")

    def _all_files(self, transport: Transport) -> str:
        """Fetches all files; gives the path of the main one."""
        self.files, self.sources, self.watch = {}, {}, Watch(self.display.arrived)
        address, name = self.remote.address, file_name(self.remote.address)
        where = shown(address)
        json = name.lower().endswith(".json")
        main = MODEL_FILE if json else name
        most = min(self.remote.max_bytes, MOST_JSON_BYTES) if json else self.remote.max_bytes
        self._keep(main, *self._one(transport, main, address, Budget(where, most)))
        groups = parse(self.sources[main].read_bytes(), where)[1] if json else []
        budget = Budget(where, self.remote.max_bytes)
        further = {path: (beside(address, path), budget) for path in self.remote.files}
        self._side_by_side(transport, {**further, **self._weights(groups, where)})
        while self.remote.more is not None:
            paths = [path for path in self.remote.more(self.sources) if path not in self.sources]
            if not paths:
                break
            _check_count(paths, where, "files")
            self._side_by_side(transport, {path: (beside(address, path), budget) for path in paths})
        for number, group in enumerate(groups, 1):
            sizes = [self.files[path].size for path in group.paths]
            check_sizes(group, sizes, f"{where}: weight group {number}")
        return main

    def _weights(self, groups: list[WeightGroup], where: str) -> dict[str, tuple[str, Budget]]:
        """The weight files that a model.json names: the address of each, and what it may take."""
        urls = self.remote.addresses(self.remote.address, groups)
        _check_count(urls, where, "weight files")
        names = {PurePosixPath(path) for path in urls}
        if len(names) < len(urls) or PurePosixPath(MODEL_FILE) in names:
            raise ModelFormatError(f"{where}: names a weight file twice, or itself as one")
        budgets = _budgets(groups, where, self.remote.max_bytes)
        self.display.expect(sum(spec.least_bytes for group in groups for spec in group.specs))
        return {path: (url, budgets[path]) for path, url in urls.items()}

    def _side_by_side(self, transport: Transport, wanted: Mapping[str, tuple[str, Budget]]) -> None:
        """Fetches files by their paths: each with its address, and what it may take."""
        from concurrent.futures import ThreadPoolExecutor, as_completed  # noqa: PLC0415 - slow to import

        self.watch.stop.clear()
        executor = ThreadPoolExecutor(self.remote.workers, "fetch")
        waiting = {
            executor.submit(self._one, transport, path, url, budget): path
            for path, (url, budget) in wanted.items()
        }
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                self._keep(waiting[future], *future.result())
                if self.on_progress is not None and done < len(waiting):
                    self.on_progress(done / len(waiting))
        finally:
            self.watch.stop.set()
            executor.shutdown(cancel_futures=True)

    def _one(self, transport: Transport, path: str, url: str, budget: Budget) -> tuple[FileRecord, Path]:
        """A file's record, and where its bytes lie."""
        part = Part(self.folder.incoming, path, url, budget, self.watch)
        told = self.known.get(path)
        told = told if told is not None and told.url == shown(url) else None
        arrived = part.whole()
        record = transport.fetch(part, arrived or told, patient=self.current is None)
        if record is not None:
            return record, part.file
        known = arrived or told
        assert known is not None
        budget.take(path, known.size)
        if arrived is not None or self.current is None:
            return known, part.file
        return known, self.folder.folder(self.current) / path

    def _keep(self, path: str, record: FileRecord, source: Path) -> None:
        self.files[path], self.sources[path] = record, source


def _check_count(files: Collection[str], where: str, what: str) -> None:
    if len(files) > MOST_FILES:
        raise ModelFormatError(f"{where}: names {len(files):,} {what}, at most {MOST_FILES:,} are fetched")


def check_content(what: str, content: str, wanted: str | None) -> None:
    """ModelFormatError where a model's content is another one than was wanted."""
    if wanted is not None and content != wanted.lower():
        raise ModelFormatError(f"{what}: its content has the hash {content}, not {wanted}: refused")


def _budgets(groups: Sequence[WeightGroup], where: str, most: int) -> dict[str, Budget]:
    """What each weight file may take, shared within its group: its weights, or `most` if it has strings."""
    budgets: dict[str, Budget] = {}
    total = sum(spec.least_bytes for group in groups for spec in group.specs)
    if total > most:
        raise ModelFormatError(f"{where}: its weights take {total:,} bytes, at most {most:,} are fetched")
    for number, group in enumerate(groups, 1):
        need = sum(spec.least_bytes for spec in group.specs)
        open_ended = any(spec.dtype == "string" for spec in group.specs)
        budget = Budget(f"{where}: weight group {number}", most if open_ended else need)
        budgets |= dict.fromkeys(group.paths, budget)
    return budgets
