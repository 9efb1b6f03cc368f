"""A model in a zip archive, read with care: nothing is unpacked to disk.

Names, links, sizes and the number of members are held against limits before the first byte is read.
"""

import errno
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.model_json import parse, read_weights

MOST_MEMBERS = 10_000
MOST_JSON_BYTES = 1 << 28
MOST_GROWTH = 20  # times the archive's size that its members may have unpacked, and
SPARE_BYTES = 1 << 20  # these on top
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}  # where an archive is unpacked to: no fault of the archive
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class ZipFile:
    """The handler that `zip_file` gives."""

    path: Path

    def load(self) -> ModelArtifacts:
        """The model; ModelFormatError for what is no sound archive of one, FileNotFoundError for no file."""
        where = str(self.path)
        with opened(self.path, where) as archive:
            check_members(archive, self.path.stat().st_size, where, MOST_GROWTH)
            names = [name for name in archive.namelist() if name.rpartition("/")[2] == "model.json"]
            if len(names) != 1:
                raise ModelFormatError(
                    f"{where}: {len(names) or 'no'} files model.json in it, where one makes a model"
                )
            raw = read_member(archive, names[0], where, MOST_JSON_BYTES)
            artifacts, groups = parse(raw, f"{where}: {names[0]}")
            members = _Members(archive, names[0].removesuffix("model.json"), where)
            artifacts.weights = read_weights(groups, members, where)
            return artifacts

    def save(self, artifacts: ModelArtifacts) -> SaveResult:
        """Raises ArgumentError: archives are only read."""
        raise ArgumentError(f"{self.path}: zip archives are only read: save to a folder, and zip that")


def zip_file(path: str | os.PathLike[str]) -> ZipFile:
    """A handler for a model in a zip archive: model.json and its weight files, in one folder or in none.

    `path`: the archive. It is only read. TF.js has no such handler.

    >>> zip_file("digits.zip").path.name
    'digits.zip'
    """
    return ZipFile(Path(path))


def is_model(path: Path) -> bool:
    """Whether a zip archive holds a model.json."""
    with opened(path, str(path)) as archive:
        return any(name.rpartition("/")[2] == "model.json" for name in archive.namelist())


@contextmanager
def opened(path: Path, where: str) -> Iterator[zipfile.ZipFile]:
    """An archive; what breaks within the block is a ModelFormatError."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            yield archive
    except (ModelFormatError, FileNotFoundError):
        raise
    except BROKEN as error:
        if getattr(error, "errno", None) in NO_SPACE:
            raise
        kind = f"{path.suffix} archive" if path.suffix else "zip archive"
        raise ModelFormatError(f"{where}: not a whole {kind} ({error}): save or download it again") from None


def check_members(archive: zipfile.ZipFile, size: int, where: str, most_growth: int) -> None:
    """ModelFormatError for members too many or too large, doubled, links, encrypted, or leading outside."""
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise ModelFormatError(f"{where}: {len(infos):,} members, at most {MOST_MEMBERS:,} are read")
    seen: set[str] = set()
    for one in infos:
        pure = PureWindowsPath(one.filename)  # knows both separators, drives and shares
        if pure.drive or pure.root or ".." in pure.parts or "\0" in one.filename:
            raise ModelFormatError(f"{where}: member {one.filename!r} leaves the archive, which is refused")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise ModelFormatError(f"{where}: member {one.filename!r} is a link, which is refused")
        if one.flag_bits & 1:
            raise ModelFormatError(f"{where}: member {one.filename!r} is encrypted")
        if one.filename in seen:
            raise ModelFormatError(f"{where}: member {one.filename!r} is there twice")
        seen.add(one.filename)
    total = sum(one.file_size for one in infos)
    if total > most_growth * size + SPARE_BYTES:
        raise ModelFormatError(
            f"{where}: {size:,} bytes that would unpack to {total:,}: "
            f"more than {most_growth} times as many are refused"
        )


def read_member(archive: zipfile.ZipFile, name: str, where: str, most: int) -> bytes:
    """A member's bytes; ModelFormatError where they are more than `most`, or not as many as it says."""
    info = archive.getinfo(name)
    if info.file_size > most:
        raise ModelFormatError(f"{where}: {name} has {info.file_size:,} bytes, at most {most:,}")
    with archive.open(info) as stream:
        data = stream.read(info.file_size + 1)  # what it unpacks to beyond its word is not held in memory
    if len(data) != info.file_size:
        raise ModelFormatError(f"{where}: {name} is cut short: {len(data):,} of {info.file_size:,} bytes")
    return data


@dataclass(frozen=True, slots=True)
class _Members:
    archive: zipfile.ZipFile
    folder: str
    where: str

    def size(self, path: str) -> int:
        return self._info(path).file_size

    def read(self, path: str) -> bytes:
        info = self._info(path)
        return read_member(self.archive, info.filename, self.where, info.file_size)

    def _info(self, path: str) -> zipfile.ZipInfo:
        name = self.folder + path.removeprefix("./")
        try:
            return self.archive.getinfo(name)
        except KeyError:
            raise ModelFormatError(f"{self.where}: weight file {name!r} is missing in the archive") from None
