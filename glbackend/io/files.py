"""Models in a folder: model.json with its weight shards beside it, read with care and replaced as one."""

import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.model_json import WeightGroup, compose, parse, read_weights
from glbackend.io.quantization import QuantizationChoice
from glbackend.io.weights import Bytes, encode_pieces, split_shards

SHARD_BYTES = 4 * 2**20  # the TensorFlow.js converter's: the largest file that browsers cache
_OWN_SHARD = re.compile(r"(.+\.)?group\d+-shard\d+of\d+\.bin")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """The handler that `file_system` gives."""

    path: Path
    quantization: QuantizationChoice = None
    shard_bytes: int = SHARD_BYTES
    follow_links: bool = False

    def load(self) -> ModelArtifacts:
        """The model at `path`; ModelFormatError for a bad one, FileNotFoundError where there is none."""
        file = self.path / "model.json" if self.path.is_dir() else self.path
        if not file.is_file():
            raise FileNotFoundError(_nothing_there(file))
        where = str(file)
        artifacts, groups = parse(file.read_bytes(), where)
        artifacts.weights = read_weights(groups, _Folder(file.parent, where, self.follow_links), where)
        return artifacts

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Writes `artifacts` to `path`; where that fails, the model that was there before still is."""
        file = self.path if self.path.suffix == ".json" else self.path / "model.json"
        groups = {spec.name: spec.group for spec in artifacts.weight_specs}
        pieces, specs = encode_pieces(artifacts.weights, groups=groups, quantization=self.quantization)
        shards = split_shards(pieces, self.shard_bytes)
        prefix = "" if file.stem == "model" else f"{file.stem}."  # two models may share a folder
        names = [f"{prefix}group1-shard{number}of{len(shards)}.bin" for number in range(1, len(shards) + 1)]
        model, info = compose(artifacts, WeightGroup(tuple(names), tuple(specs)))
        contents: dict[str, Sequence[Bytes]] = {
            **dict(zip(names, shards, strict=True)),
            file.name: [model],
        }
        replace_together(file.parent, contents, stale=_own_shards(file) - set(names))
        info = replace(info, weight_data_bytes=sum(map(len, pieces)))
        return SaveResult(info, tuple(str(file.parent / name) for name in contents))


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
class _Folder:
    """The weight files beside the model.json named `where`; none outside of the folder is ever opened."""

    root: Path
    where: str
    follow_links: bool

    def size(self, path: str) -> int:
        return self._locate(path).stat().st_size

    def read(self, path: str) -> bytes:
        return self._locate(path).read_bytes()

    def _locate(self, path: str) -> Path:
        file = self.root / path
        try:
            inside = self.follow_links or file.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # links in a circle
            inside = False
        if not inside:
            raise ModelFormatError(
                f"{self.where}: weight file {path!r} is a symbolic link out of the model's folder, which is "
                "refused; copy the file there, or pass file_system(path, follow_links=True) if you trust it"
            )
        if not file.is_file():
            what = "is not a regular file" if file.exists() else "is missing"
            raise ModelFormatError(
                f"{self.where}: weight file {path!r} {what} in {self.root}; "
                "a model needs model.json and all its .bin files in one folder"
            )
        return file


def replace_together(
    folder: Path,
    contents: Mapping[str, Sequence[Bytes]],
    stale: set[str] | frozenset[str] = frozenset(),
) -> None:
    """Puts the files `contents` into `folder` and removes `stale`, or changes nothing and raises.

    Everything is written aside first. Then the old files step out, last name first, and the new ones step in,
    last name last: with model.json last, no moment (not even a crash) leaves a model.json beside shards that
    are not its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in contents:
        if (folder / name).is_dir():
            raise IsADirectoryError(f"{folder / name} is a folder; remove it, or save elsewhere")
    scratch = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder))
    (scratch / "old").mkdir()
    try:
        for name, pieces in contents.items():
            _write(scratch / name, pieces)
        _swap(folder, scratch, list(contents), [*reversed(list(contents)), *sorted(stale)])
    except BaseException as error:
        if any((scratch / "old").iterdir()):  # even stepping back failed
            error.add_note(f"the files of the earlier model lie in {scratch / 'old'}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
        raise
    shutil.rmtree(scratch, ignore_errors=True)


def _write(file: Path, pieces: Sequence[Bytes]) -> None:
    with file.open("wb") as stream:
        for piece in pieces:
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(folder: Path, scratch: Path, incoming: Sequence[str], outgoing: Sequence[str]) -> None:
    try:
        for name in outgoing:
            if (folder / name).exists() or (folder / name).is_symlink():
                os.replace(folder / name, scratch / "old" / name)
        for name in incoming:
            os.replace(scratch / name, folder / name)
    except BaseException:
        # Where each file lies now is read off the disk: an interrupt can strike between any two lines.
        for name in reversed(incoming):
            if not (scratch / name).exists():
                (folder / name).unlink()
        for name in reversed(outgoing):
            if (scratch / "old" / name).exists() or (scratch / "old" / name).is_symlink():
                os.replace(scratch / "old" / name, folder / name)
        raise


def _own_shards(file: Path) -> set[str]:
    """Weight files of the model now at `file` under the converter's names; others are not ours to remove."""
    paths: list[object] = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        paths = [
            path for group in json.loads(file.read_bytes())["weightsManifest"] for path in group["paths"]
        ]
    own = {path for path in paths if isinstance(path, str) and _OWN_SHARD.fullmatch(path) and "/" not in path}
    return {path for path in own if (file.parent / path).is_file()}


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
