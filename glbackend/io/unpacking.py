"""Folders in archives, zip or tar, unpacked within limits: names, links, sizes and numbers of members."""

import gzip
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import IO, Any

from glbackend.base.errors import ModelFormatError
from glbackend.io.archive import (
    BROKEN,
    MOST_GROWTH,
    MOST_MEMBERS,
    NO_SPACE,
    SPARE_BYTES,
    check_members,
    opened,
)  # fmt: skip

MOST_READ_BYTES = 1 << 20  # at once: heads of members of tar files may claim any length, and chain
TAR = 257, b"ustar"  # where a tar file says so


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, compressed by gzip or not."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            with gzip.open(stream) if packed else stream as data:
                return data.read(TAR[0] + len(TAR[1]))[TAR[0] :] == TAR[1]
    except (EOFError, *BROKEN):
        return False


def zip_holds(path: Path, name: str) -> bool:
    """Whether a zip archive holds a file of that name, in whatever folder."""
    with opened(path, str(path)) as archive:
        return any(PurePosixPath(one).name == name for one in archive.namelist())


@contextmanager
def unpacked(path: Path, *mains: str) -> Iterator[Path]:
    """A folder with what lies in an archive beside the one file called as one of `mains`; it goes afterwards.

    ModelFormatError for what is no whole archive, has no such file or several, or a member that is a link,
    leads outside, is there twice, or is too large. Errors within the block name the archive.
    """
    where = str(path)
    with TemporaryDirectory(prefix="glbackend-") as place:
        into = Path(place)
        if zipfile.is_zipfile(path):
            with opened(path, where) as archive:
                check_members(archive, path.stat().st_size, where, MOST_GROWTH)
                for info in archive.infolist():
                    if not info.is_dir():
                        with archive.open(info) as stream:
                            _write(stream, into / info.filename, where)
        elif is_tar(path):
            _untar(path, into, where)
        else:
            raise ModelFormatError(f"{where} is no whole archive, of zip or tar, and no folder")
        found = sorted(one for name in mains for one in into.rglob(name))
        if len(found) != 1:
            names = " or ".join(mains)
            raise ModelFormatError(
                f"{where}: {len(found) or 'no'} files {names} in it, where one makes a model"
            )
        folder = found[0].parent
        try:
            yield folder
        except ModelFormatError as error:
            raise ModelFormatError(str(error).replace(str(folder), where)) from error


def _untar(path: Path, into: Path, where: str) -> None:
    left, count = MOST_GROWTH * path.stat().st_size + SPARE_BYTES, 0
    with _tar(path, where) as archive:
        for info in archive:
            count += 1
            pure = PureWindowsPath(info.name)  # knows both separators, drives and shares
            left -= max(info.size, 0)
            if pure.drive or pure.root or ".." in pure.parts or "\0" in info.name:
                raise ModelFormatError(f"{where}: member {info.name!r:.99} leaves the archive: refused")
            if not (info.isreg() or info.isdir()) or info.issparse():
                raise ModelFormatError(f"{where}: member {info.name!r:.99} is no plain file: refused")
            if left < 0 or count > MOST_MEMBERS:
                raise ModelFormatError(
                    f"{where}: more than {MOST_MEMBERS:,} members, or more than {MOST_GROWTH} times "
                    f"as many bytes as the archive has: refused"
                )
            stream = archive.extractfile(info)
            if info.isreg() and stream is not None:
                _write(stream, into / info.name, where)


@contextmanager
def _tar(path: Path, where: str) -> Iterator[tarfile.TarFile]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            with tarfile.open(fileobj=_Bounded(stream), mode="r:") as archive:  # type: ignore[call-overload]
                yield archive
    except ModelFormatError:
        raise
    except (tarfile.TarError, *BROKEN) as error:
        if getattr(error, "errno", None) in NO_SPACE:
            raise
        raise ModelFormatError(
            f"{where}: not a whole tar archive ({error}): save or download it again"
        ) from None


class _Bounded:
    """A stream of which nobody reads much at once."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tell, self.seek = stream.tell, stream.seek

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MOST_READ_BYTES:
            raise ValueError(f"the head of a member claims {size:,} bytes")
        data: bytes = self._stream.read(size)
        return data


def _write(stream: IO[bytes], path: Path, where: str) -> None:
    if path.exists():
        raise ModelFormatError(f"{where}: member {path.name!r} is there twice")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    except (FileExistsError, NotADirectoryError):
        raise ModelFormatError(f"{where}: member {path.name!r} is a file and a folder") from None
    with target:
        shutil.copyfileobj(stream, target, MOST_READ_BYTES)
