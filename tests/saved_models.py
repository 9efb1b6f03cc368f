"""`tests/golden/saved_models.zip`: folders of TensorFlow's and what it gives for them."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.formats.saved_model.checksum import crc32c, masked
from glbackend.formats.saved_model.sstable import MAGIC

GOLDEN = Path(__file__).resolve().parent / "golden" / "saved_models.zip"


class Call(NamedTuple):
    """A call of a signature: what it is fed, and what it has to give."""

    signature: str
    fed: dict[str, Any]
    given: dict[str, Any]


def names() -> list[str]:
    """All models of the archive."""
    with zipfile.ZipFile(GOLDEN) as archive:
        return list(json.loads(archive.read("calls.json")))


def unpacked(name: str, place: Path) -> Path:
    """The folder of a model, written into `place`."""
    with zipfile.ZipFile(GOLDEN) as archive:
        archive.extractall(place, [one for one in archive.namelist() if one.startswith(f"{name}/")])
    return place / name


def calls(name: str) -> list[Call]:
    """The calls of a model, in their order."""
    with zipfile.ZipFile(GOLDEN) as archive:
        told = json.loads(archive.read("calls.json"))[name]
        with archive.open("calls.npz") as stream, np.load(stream) as arrays:
            return [
                Call(
                    one["signature"],
                    {key: arrays[f"{name}/{number}/in/{key}"] for key in one["fed"]},
                    {key: arrays[f"{name}/{number}/out/{key}"] for key in one["given"]},
                )
                for number, one in enumerate(told)
            ]


def table_of(pairs: dict[bytes, bytes], kind: int = 0, pack: Callable[[bytes], bytes] = bytes) -> bytes:
    """A sorted table of one block, which `pack` compresses in the way `kind`."""
    made = b""

    def place_of(block: bytes, kind: int) -> bytes:
        """Adds a block; gives its handle."""
        nonlocal made
        handle = _varint(len(made)) + _varint(len(block))
        checked = block + bytes([kind])
        made += checked + masked(crc32c(checked)).to_bytes(4, "little")
        return handle

    data = place_of(pack(_block(pairs)), kind)
    index = place_of(_block({max(pairs, default=b""): data}), 0)
    return made + (place_of(_block({}), 0) + index).ljust(40, b"\0") + MAGIC.to_bytes(8, "little")


def _block(pairs: dict[bytes, bytes]) -> bytes:
    parts, before = [], b""
    for key in sorted(pairs):
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b),
            min(len(key), len(before)),
        )
        sizes = b"".join(map(_varint, (shared, len(key) - shared, len(pairs[key]))))
        parts.append(sizes + key[shared:] + pairs[key])
        before = key
    return b"".join(parts) + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])
