"""The texts in an HDF5 file, looked through before its library reads them.

HDF5 1.14 walks a heap of texts by the sizes that stand in it, for ever where adding one overflows, and takes
as much memory as an attribute says that its text is long.
"""

import math
import struct
from collections.abc import Iterator
from mmap import mmap

from glbackend.base.errors import ModelFormatError

HEAP = b"GCOL\x01\0\0\0"  # how a heap begins: signature, version
HEAD_BYTES, OBJECT_BYTES, STEP_BYTES = 16, 16, 8  # objects lie at steps, each behind its number and size
TEXTS = (b"model_config", b"training_config", b"keras_version", b"layer_names", b"weight_names", b"dtype")
POINTER_BYTES, TYPE_BYTES, TEXTUAL = (
    16,
    16,
    9,
)  # an attribute's: length and place in a heap; the class of its type
Data = bytes | mmap


def check_texts(data: Data, where: str) -> None:
    """ModelFormatError where an object of a heap reaches beyond it, or a text is longer than the file."""
    if any(_is_broken(data, start) for start in _places(data, HEAP)):
        raise ModelFormatError(f"{where}: a heap of texts is damaged: save or download the file again")
    for name in TEXTS:
        if any(_is_odd(data, start) for start in _places(data, name)):
            raise ModelFormatError(f"{where}: attribute {name.decode()} is of a damaged type")
        if any(length > len(data) for start in _places(data, name) for length in _lengths(data, start)):
            raise ModelFormatError(f"{where}: attribute {name.decode()} claims more bytes than there are")


def _places(data: Data, text: bytes) -> Iterator[int]:
    start = data.find(text)
    while start >= 0:
        yield start
        start = data.find(text, start + len(text))


def _is_broken(data: Data, start: int) -> bool:
    """Whether the objects of a heap do not fill it, one after the other."""
    if start + HEAD_BYTES > len(data):
        return True
    at, end = start + HEAD_BYTES, start + struct.unpack_from("<Q", data, start + STEP_BYTES)[0]
    if end > len(data):
        return True
    while at + OBJECT_BYTES <= end:
        number, size = struct.unpack_from("<H6xQ", data, at)
        at += _whole(size) + (OBJECT_BYTES if number else 0)  # number 0 is what is free, its head included
        if at > end or not (number or size):
            return True
    return False


def _parts(data: Data, name: int) -> tuple[int, int, int] | None:
    """Where type, shape and values of an attribute of texts lie whose name stands there; None for others."""
    head = name - STEP_BYTES  # version 1, sizes of name, type and shape, each filled up to whole steps
    if head < 0 or data[head] != 1:
        return None
    sizes = struct.unpack_from("<3H", data, head + 2)
    kind, shape = name + _whole(sizes[0]), name + _whole(sizes[0]) + _whole(sizes[1])
    at = shape + _whole(sizes[2])
    if at > len(data) or data[kind] & 15 != TEXTUAL or sizes[1] < TYPE_BYTES or sizes[2] < STEP_BYTES:
        return None
    return kind, shape, at


def _is_odd(data: Data, name: int) -> bool:
    """Whether the type of texts is none that there is: HDF5 reads on, by whatever it finds instead."""
    found = _parts(data, name)
    if found is None:
        return False
    flags, charset, size, of, element = struct.unpack_from("<xBBxIB3xI", data, found[0])
    is_text, padding = flags & 15 == 1, flags >> 4
    return not is_text or padding > 2 or charset > 1 or size != POINTER_BYTES or of & 15 > 3 or element != 1


def _lengths(data: Data, name: int) -> Iterator[int]:
    """The lengths of the texts of an attribute whose name stands there; none where it is another thing."""
    found = _parts(data, name)
    if found is None:
        return
    _, shape, at = found
    rank = min(data[shape + 1], (at - shape - STEP_BYTES) // STEP_BYTES)
    count = math.prod(struct.unpack_from(f"<{rank}Q", data, shape + STEP_BYTES))
    for number in range(min(count, (len(data) - at) // POINTER_BYTES)):
        yield struct.unpack_from("<I", data, at + number * POINTER_BYTES)[0]


def _whole(size: int) -> int:
    return -(-size // STEP_BYTES) * STEP_BYTES
