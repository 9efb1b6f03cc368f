"""Sorted tables of keys and values in LevelDB's format, as TensorFlow writes the index of a checkpoint."""

from collections.abc import Iterator

from glbackend.base.errors import ModelFormatError
from glbackend.formats.saved_model.checksum import crc32c, masked

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES, TRAILER_BYTES = 48, 5
MOST_GROWTH = 16  # keys have what they share with the one before only once: how far that may reach
SMALL_BYTES = 1 << 16
PLAIN, SNAPPY = 0, 1


def read_table(text: bytes, where: str) -> dict[bytes, bytes]:
    """All pairs of a table; ModelFormatError, naming `where`, for one that is damaged."""
    try:
        return dict(_pairs(text))
    except (IndexError, ValueError, OverflowError) as error:
        raise ModelFormatError(f"{where} is no table, or damaged: {error}") from None


def _pairs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = text[-FOOTER_BYTES:]
    if len(footer) < FOOTER_BYTES or int.from_bytes(footer[-8:], "little") != MAGIC:
        raise ValueError("its end is not that of a table, it may be cut off")
    _, place = _handle(footer, 0)
    (offset, size), _ = _handle(footer, place)
    left = MOST_GROWTH * len(text) + SMALL_BYTES
    for _, handle in _entries(_block(text, offset, size, "the index"), left):
        (offset, size), _ = _handle(handle, 0)
        for key, value in _entries(_block(text, offset, size, f"the block at {offset}"), left):
            left -= len(key) + len(value)
            yield key, value


def _handle(text: bytes, place: int) -> tuple[tuple[int, int], int]:
    offset, place = varint(text, place)
    size, place = varint(text, place)
    return (offset, size), place


def varint(text: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place behind it; IndexError where it is cut off."""
    value = shift = 0
    while True:
        byte = text[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number has more than ten bytes")


def _block(text: bytes, offset: int, size: int, what: str) -> bytes:
    end = offset + size
    if end + TRAILER_BYTES > len(text) - FOOTER_BYTES:
        raise ValueError(f"{what} ends behind byte {len(text)}, where the file does")
    kind, stored = text[end], int.from_bytes(text[end + 1 : end + TRAILER_BYTES], "little")
    if masked(crc32c(text[offset : end + 1])) != stored:
        raise ValueError(f"{what} does not have its checksum")
    if kind not in (PLAIN, SNAPPY):
        raise ValueError(f"{what} is compressed in a way that is not known, {kind}")
    block = text[offset:end]
    return block if kind == PLAIN else unpacked(block, MOST_GROWTH * size + SMALL_BYTES)


def _entries(block: bytes, left: int) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of a block; a key is written without what it shares with the one before."""
    restarts = int.from_bytes(block[-4:], "little")
    end, place, key = len(block) - 4 - 4 * restarts, 0, b""
    if end < 0:
        raise ValueError(f"a block of {len(block)} bytes cannot have {restarts} restarts")
    while place < end:
        shared, place = varint(block, place)
        own, place = varint(block, place)
        size, place = varint(block, place)
        if shared > len(key) or place + own + size > end:
            raise ValueError("an entry does not fit into its block")
        key = key[:shared] + block[place : place + own]
        place += own + size
        left -= len(key) + size
        if left < 0:
            raise ValueError("its keys are longer than a table of this size may have")
        yield key, block[place - size : place]


def unpacked(text: bytes, most: int) -> bytes:
    """Bytes that Snappy has compressed; ValueError where they are more than `most`, or cut off.

    >>> unpacked(b"\\x08\\x04ab\\x09\\x02", 99)
    b'abababab'
    """
    size, place = varint(text, 0)
    if size > most:
        raise ValueError(f"{len(text)} compressed bytes give {size}")
    made = bytearray()
    while place < len(text):
        tag = text[place]
        place += 1
        if not tag & 3:  # bytes as they are
            count = (tag >> 2) + 1
            if count > 60:
                width = count - 60
                count = int.from_bytes(text[place : place + width], "little") + 1
                place += width
            if place + count > len(text):
                raise ValueError("compressed bytes are cut off")
            made += text[place : place + count]
            place += count
        else:  # what stood so far back
            width = (1, 2, 4)[(tag & 3) - 1]
            back = int.from_bytes(text[place : place + width], "little")
            place += width
            count = (tag >> 2) + 1
            if width == 1:
                back, count = back | (tag >> 5) << 8, (tag >> 2 & 7) + 4
            if not 0 < back <= len(made):
                raise ValueError("compressed bytes refer to what is not there")
            start = len(made) - back
            made += (bytes(made[start:]) * (count // back + 1))[:count]
        if len(made) > size:
            break
    if len(made) != size:
        raise ValueError(f"{len(made)} bytes came out where {size} were told")
    return bytes(made)
