"""TensorBoard's event files, written without TensorBoard: TFRecords of a few protocol buffers."""

import os
import platform
import struct
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.histogram import bars

BINS = 30  # of a histogram
_numbers = count()


class EventFile:
    """A file in a folder, which is made; each record is an event with the step that it belongs to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        unique = f"{int(time.time())}.{platform.node()}.{os.getpid()}.{next(_numbers)}"
        self._file = (folder / f"events.out.tfevents.{unique}").open("wb")
        self._record(_text(3, "brain.Event:2"), 0)

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number."""
        self._summary(_text(1, tag) + _field(2, 5) + struct.pack("<f", value), step)

    def histogram(self, tag: str, values: np.ndarray[Any, Any], step: int) -> None:
        """How often values occur, those that are finite."""
        values = values[np.isfinite(values)].astype(np.float64)
        counts, edges = bars(values, BINS)
        ends = (values.min(), values.max()) if values.size else (0.0, 0.0)
        numbers = (*ends, values.size, values.sum(), (values**2).sum())
        made = b"".join(_double(i + 1, float(number)) for i, number in enumerate(numbers))
        made += _block(6, edges[1:].astype("<f8").tobytes()) + _block(7, counts.astype("<f8").tobytes())
        self._summary(_text(1, tag) + _block(5, made), step)

    def flush(self) -> None:
        """Lets others see what was written."""
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        self._file.close()

    def _summary(self, value: bytes, step: int) -> None:
        self._record(_block(5, _block(1, value)), step)

    def _record(self, content: bytes, step: int) -> None:
        """An event of that content, framed as TFRecords are: length, its checksum, data, their checksum."""
        event = _double(1, time.time()) + _field(2, 0) + _varint(step) + content
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def _field(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _block(number: int, content: bytes) -> bytes:
    return _field(number, 2) + _varint(len(content)) + content


def _text(number: int, text: str) -> bytes:
    return _block(number, text.encode())


def _double(number: int, value: float) -> bytes:
    return _field(number, 1) + struct.pack("<d", value)


@cache
def _table() -> list[int]:
    """The remainders of all bytes, for CRC-32C."""
    made = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        made.append(byte)
    return made


def _checksum(data: bytes) -> bytes:
    """CRC-32C, masked as TFRecords have it."""
    table, crc = _table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
