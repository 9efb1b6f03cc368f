"""Models in a folder: model.json with its weight shards beside it, read with care and replaced as one.

A shard's name tells its content, so a save changes no file that the earlier model needs: the one replacement
of model.json is the moment at which the new model takes the place of the old one.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.model_json import WeightGroup, compose, parse, read_weights
from glbackend.io.quantization import QuantizationChoice
from glbackend.io.weights import Bytes, encode_pieces, split_shards

SHARD_BYTES = 4 * 2**20  # the TensorFlow.js converter's: the largest file that browsers cache
_SHARD = re.compile(r"(?P<prefix>.+\.)?group\d+-shard\d+of\d+(?P<content>-[0-9a-f]{16})?\.bin")
_SCRATCH = ".saving-"


@dataclass(frozen=True, slots=True)
class FileSystem:
    """The handler that `file_system` gives."""

    path: Path
    quantization: QuantizationChoice = None
    shard_bytes: int = SHARD_BYTES
    follow_links: bool = False

    def model_file(self) -> Path:
        """The model.json itself; FileNotFoundError where there is none."""
        return _model_file(self.path)

    def load(self) -> ModelArtifacts:
        """The model at `path`; ModelFormatError for a bad one, FileNotFoundError where there is none.

        Beside saves it gives the model before or after one of them, whole.
        """
        file = _model_file(self.path)
        where, seen = str(file), None
        while True:
            with file.open("rb") as stream:
                status, raw = os.fstat(stream.fileno()), stream.read()
            try:
                artifacts, groups = parse(raw, where)
                source = Folder(file.parent, where, self.follow_links)
                artifacts.weights = read_weights(groups, source, where)
                return artifacts
            except (ModelFormatError, OSError):
                before, seen = seen, (status.st_ino, status.st_mtime_ns, raw)
                if seen == before:
                    raise  # else it may have been saved anew while it was read

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Writes `artifacts` to `path`; where that fails, the model that was there before still is."""
        file = self.path if self.path.suffix == ".json" else self.path / "model.json"
        groups = {spec.name: spec.group for spec in artifacts.weight_specs}
        pieces, specs = encode_pieces(artifacts.weights, groups=groups, quantization=self.quantization)
        shards = split_shards(pieces, self.shard_bytes)
        # differs from TF.js: a weight file's name ends with a hash of what it holds, so that saving never
        # changes a file that the earlier model needs
        names = [
            f"{_prefix(file)}group1-shard{number}of{len(shards)}-{_content(shard)}.bin"
            for number, shard in enumerate(shards, 1)
        ]
        model, info = compose(artifacts, WeightGroup(tuple(names), tuple(specs)))
        _replace_model(file, dict(zip(names, shards, strict=True)), model)
        info = replace(info, weight_data_bytes=sum(map(len, pieces)))
        return SaveResult(info, tuple(str(file.parent / name) for name in (*names, file.name)))

    def remove(self) -> None:
        """Removes model.json and the weight files that it names; FileNotFoundError where there is none."""
        file = self.model_file()
        with _only_writer(file.parent):
            groups = parse(file.read_bytes(), str(file))[1]
            folder = Folder(file.parent, str(file), self.follow_links)
            shards = [folder.locate(path) for group in groups for path in group.paths]
            for path in (file, *shards):
                path.unlink()


def file_system(
    path: str | os.PathLike[str],
    *,
    quantization: QuantizationChoice = None,
    shard_bytes: int = SHARD_BYTES,
    follow_links: bool = False,
) -> FileSystem:
    """A handler for the model at `path`: a folder with model.json, or the .json file; tfjs-node's fileSystem.

    On saving, `quantization` ("float16", "uint8", "uint16", or a dict from name patterns to these) stores
    float32 weights in fewer bits, and weights are cut into files of `shard_bytes`. `follow_links` allows
    weight files that are symbolic links out of the folder, as download caches make them. Raises ArgumentError
    for a size below 1.

    >>> file_system("digits").path.name
    'digits'
    """
    if shard_bytes < 1:
        raise ArgumentError(f"file_system: shard_bytes must be at least 1, not {shard_bytes}")
    return FileSystem(Path(path), quantization, shard_bytes, follow_links)


@dataclass(frozen=True, slots=True)
class Folder:
    """The weight files beside the model.json named `where`; none outside of the folder is ever opened."""

    root: Path
    where: str
    follow_links: bool

    def size(self, path: str) -> int:
        """Bytes in a file."""
        return self.locate(path).stat().st_size

    def read(self, path: str) -> bytes:
        """A whole file."""
        return self.locate(path).read_bytes()

    def locate(self, path: str) -> Path:
        """The file itself; ModelFormatError where it is missing, or outside."""
        file = self.root / path
        try:
            inside = self.follow_links or file.resolve().is_relative_to(self.root.resolve())
            regular = file.is_file()
        except (OSError, RuntimeError) as error:  # links in a circle, longer than the system takes
            raise ModelFormatError(f"{self.where}: weight file {path!r} cannot be opened: {error}") from None
        if not inside:
            raise ModelFormatError(
                f"{self.where}: weight file {path!r} is a symbolic link out of the model's folder, which is "
                "refused; copy the file there, or pass file_system(path, follow_links=True) if you trust it"
            )
        if not regular:
            what = "is not a regular file" if file.exists() else "is missing"
            raise ModelFormatError(
                f"{self.where}: weight file {path!r} {what} in {self.root}; "
                "a model needs model.json and all its .bin files in one folder"
            )
        return file


def _replace_model(file: Path, shards: Mapping[str, Sequence[Bytes]], model: bytes) -> None:
    """Puts the model `model` at `file` and its shards beside it, or raises and the earlier model stays.

    Whatever moment it is ended at, `file` and the shards that it names are those of one model; what an ended
    save has left behind goes with the next one.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    for name in (*shards, file.name):
        if (file.parent / name).is_dir():
            raise IsADirectoryError(f"{file.parent / name} is a folder; remove it, or save elsewhere")
    with _only_writer(file.parent):
        former = _named_by(file) or set()
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=file.parent))
        try:
            for name, pieces in {**shards, file.name: [model]}.items():
                _write(scratch / name, pieces)
                os.replace(scratch / name, file.parent / name)
        finally:
            _sweep(file, former)


@contextlib.contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Waits until no other process or thread saves into the folder.

    Without such locks (Windows) one of two saves may remove a shard of the other, which loading reports.
    """
    lock = None
    with contextlib.suppress(OSError):  # folders and file systems that cannot be locked
        if fcntl is not None:
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _write(file: Path, pieces: Sequence[Bytes]) -> None:
    with file.open("wb") as stream:
        for piece in pieces:
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())


def _sweep(file: Path, former: set[str]) -> None:
    """Removes what the model at `file` does not need: `former` shards, and what ended saves have left."""
    with contextlib.suppress(OSError):  # a file that is in use on Windows goes with the next save
        for path in file.parent.glob(f"{_SCRATCH}*"):
            shutil.rmtree(path)
        present = _named_by(file)
        if present is None:
            return
        ours = {path.name for path in file.parent.iterdir() if _is_ours(path.name, file)}
        for name in (former | ours) - present:
            (file.parent / name).unlink(missing_ok=True)


def _named_by(file: Path) -> set[str] | None:
    """Weight files that `file` names as we or the converter do; None where it is no model."""
    try:
        manifest = json.loads(file.read_bytes())["weightsManifest"]
        paths = [path for group in manifest for path in group["paths"]]
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return {path for path in paths if isinstance(path, str) and _SHARD.fullmatch(path) and "/" not in path}


def _is_ours(name: str, file: Path) -> bool:
    """Whether a save to `file` has given that name."""
    found = _SHARD.fullmatch(name)
    return found is not None and found["content"] is not None and (found["prefix"] or "") == _prefix(file)


def _prefix(file: Path) -> str:
    """What the names of a model's shards begin with: two models may share a folder."""
    return "" if file.stem == "model" else f"{file.stem}."


def _content(pieces: Sequence[Bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()[:16]


def _model_file(path: Path) -> Path:
    try:
        file = path / "model.json" if path.is_dir() else path
        if file.is_file():
            return file
    except OSError as error:  # longer than the system takes
        raise FileNotFoundError(f"no model there: {error.strerror}: {str(path)[:200]}") from None
    raise FileNotFoundError(_nothing_there(file))


def _nothing_there(file: Path) -> str:
    if not file.parent.is_dir():
        return f"no model at {file}: the folder {file.parent} does not exist"
    if file.name != "model.json" and file.suffix != ".json":
        return f"no model at {file}: name a folder with model.json, or the .json file"
    others = sorted(other.name for other in file.parent.glob("*.json") if _is_model(other))[:5]
    return f"no model at {file}" + (
        f"; {file.parent} holds {', '.join(others)}: name one of them" if others else ""
    )


def _is_model(file: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        return file.stat().st_size < 1 << 28 and "modelTopology" in json.loads(file.read_bytes())
    return False
