"""The zip archive that a `.keras` file is, read with care: nothing is unpacked to disk.

Names, links, sizes and the number of members are held against limits before the first byte is read.
"""

import stat
import zipfile
import zlib
from pathlib import Path, PureWindowsPath
from typing import IO

from glbackend.base.errors import ModelFormatError

MOST_MEMBERS = 10_000
MOST_TEXT_BYTES = 1 << 28  # of config.json
MOST_GROWTH = 4  # times the archive's size that its members may have unpacked, and
SPARE_BYTES = 1 << 20  # these on top
PARTS = ("config.json", "metadata.json", "model.weights.h5")
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


def members(path: Path, where: str) -> dict[str, bytes]:
    """The parts of a `.keras` file by name; ModelFormatError for what is no sound archive of them."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            size = stream.seek(0, 2)
            _check(archive.infolist(), size, where)
            return {name: _read(archive, name, where) for name in PARTS}
    except ModelFormatError:
        raise
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise ModelFormatError(
            f"{where}: not a whole .keras archive ({error}): save or download it again"
        ) from None


def _check(infos: list[zipfile.ZipInfo], size: int, where: str) -> None:
    names = [one.filename for one in infos]
    if len(infos) > MOST_MEMBERS:
        raise ModelFormatError(f"{where}: {len(infos):,} members, at most {MOST_MEMBERS:,} are read")
    for one in infos:
        pure = PureWindowsPath(one.filename)  # knows both separators, drives and shares
        if pure.drive or pure.root or ".." in pure.parts or "\0" in one.filename:
            raise ModelFormatError(f"{where}: member {one.filename!r} leaves the archive, which is refused")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise ModelFormatError(f"{where}: member {one.filename!r} is a link, which is refused")
        if one.flag_bits & 1:
            raise ModelFormatError(f"{where}: member {one.filename!r} is encrypted")
    doubled = (
        sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    )
    if doubled:
        raise ModelFormatError(f"{where}: member {doubled[0]!r} is there twice")
    total = sum(one.file_size for one in infos)
    if total > MOST_GROWTH * size + SPARE_BYTES:
        raise ModelFormatError(
            f"{where}: {size:,} bytes that would unpack to {total:,}: "
            f"more than {MOST_GROWTH} times as many are refused"
        )
    missing = [name for name in PARTS if name not in names]
    if missing:
        raise ModelFormatError(
            f"{where}: the archive has no {missing[0]}; a .keras file of Keras 3 holds {', '.join(PARTS)}, "
            f"here are {', '.join(names[:5]) or 'none'}"
        )


def _read(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    info = archive.getinfo(name)
    if name.endswith(".json") and info.file_size > MOST_TEXT_BYTES:
        raise ModelFormatError(f"{where}: {name} has {info.file_size:,} bytes, at most {MOST_TEXT_BYTES:,}")
    with archive.open(info) as stream:
        data = _exactly(stream, info.file_size)
    if len(data) != info.file_size:
        raise ModelFormatError(f"{where}: {name} is cut short: {len(data):,} of {info.file_size:,} bytes")
    return data


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """At most one byte more than `size`: what a member unpacks to beyond its word is not held in memory."""
    return stream.read(size + 1)
