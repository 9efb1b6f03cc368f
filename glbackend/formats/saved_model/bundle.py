"""The tensor bundle: a checkpoint of TensorFlow.

An index (`variables.index`, a sorted table) says of each tensor its dtype, shape, place in a shard
(`variables.data-00000-of-00001`) and checksum.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model.attrs import TYPES, shape
from glbackend.formats.saved_model.checksum import crc32c, masked
from glbackend.formats.saved_model.messages import parse, plain
from glbackend.formats.saved_model.sstable import read_table, varint

Array = np.ndarray[Any, Any]
Cut = tuple[tuple[int, int], ...]  # of each dim: where it begins, and how long it is; -1: all of it
MOST_SHARDS = 100_000
MOST_INDEX_BYTES = 1 << 30


def shards_of(index: bytes, where: str) -> int:
    """How many shards there are, by the bytes of an index; ModelFormatError, naming `where`, for none."""
    return _shards(read_table(index, where), where)


def _shards(entries: Mapping[bytes, bytes], where: str) -> int:
    header = parse("BundleHeader", entries.get(b"", b""), f"{where}: its header")
    if b"" not in entries or not 0 < header.shards <= MOST_SHARDS:
        raise ModelFormatError(f"{where}: there is no header that tells how many shards there are")
    if header.endianness:
        raise ModelFormatError(f"{where}: written on a big-endian machine, which is not read here")
    return int(header.shards)


class Bundle:
    """The tensors of a checkpoint, each read when it is asked for.

    `place`: gives the path of a file beside the index by its name. `name`: what the index's is without its
    ending.
    """

    def __init__(self, place: Callable[[str], Path], name: str) -> None:
        self._place, self.name = place, name
        index = place(f"{name}.index")
        if index.stat().st_size > MOST_INDEX_BYTES:
            raise ModelFormatError(f"{index}: the index of a checkpoint has at most {MOST_INDEX_BYTES} bytes")
        self._entries = read_table(index.read_bytes(), str(index))
        self._shards = _shards(self._entries, str(index))

    def __contains__(self, key: str) -> bool:
        return key.encode() in self._entries

    def names(self) -> list[str]:
        """The names of all tensors."""
        return [key.decode("utf-8", "replace") for key in self._entries if key and key[0]]

    def tensor(self, key: str, cut: Cut | None = None) -> Array:
        """A tensor, or what `cut` takes of it; ModelFormatError where it is not there, or damaged."""
        entry, dims = self._entry(key.encode(), repr(key))
        wanted = None if cut is None else _held(cut, dims, key)
        if not entry.slices:
            whole = self._read(entry, dims, repr(key))
            return whole if wanted is None else np.array(whole[_slices(wanted)])
        # as the index has them: a whole dim has no length
        pieces = {one: _held(one, dims, key) for one in map(_cut, entry.slices)}
        found = next((one for one, held in pieces.items() if held == wanted), None)
        if found is not None:
            return self._slice(key, found, pieces[found])
        return self._joined(key, dims, pieces, wanted)

    def _joined(
        self, key: str, dims: tuple[int, ...], pieces: Mapping[Cut, Cut], wanted: Cut | None
    ) -> Array:
        """A tensor out of its slices."""
        if sum(math.prod(length for _, length in held) for held in pieces.values()) != math.prod(dims):
            raise ModelFormatError(
                f"{self.name}: the slices of {key!r} do not make up its shape {list(dims)}"
            )
        made = [(held, self._slice(key, one, held)) for one, held in pieces.items()]
        whole = np.empty(dims, made[0][1].dtype if made else np.float32)
        for held, values in made:
            whole[_slices(held)] = values
        return whole if wanted is None else np.array(whole[_slices(wanted)])

    def _slice(self, key: str, cut: Cut, held: Cut) -> Array:
        what = f"a slice of {key!r}"
        entry, dims = self._entry(slice_key(key, cut), what)
        if dims != tuple(length for _, length in held) or entry.slices:
            raise ModelFormatError(f"{self.name}: {what} has the shape {list(dims)}, which does not fit")
        return self._read(entry, dims, what)

    def _entry(self, key: bytes, what: str) -> tuple[Any, tuple[int, ...]]:
        if key not in self._entries:
            raise ModelFormatError(f"{self.name}: there is no tensor {what} in the checkpoint")
        entry = parse("BundleEntry", self._entries[key], f"{self.name}: the entry of {what}")
        dims = shape(plain(entry.shape, "Shape"))
        if dims is None or any(dim < 0 for dim in dims) or entry.dtype not in TYPES:
            raise ModelFormatError(f"{self.name}: {what} has an impossible shape or dtype, {entry.dtype}")
        return entry, dims

    def _read(self, entry: Any, dims: tuple[int, ...], what: str) -> Array:
        """The values of an entry, held against size and checksum before they are used."""
        kind, size = TYPES[entry.dtype], math.prod(dims)
        if kind.name != "DT_STRING" and not kind.layout:
            raise ModelFormatError(f"{self.name}: {what} is of the dtype {kind.name}, which is not read here")
        if kind.layout and entry.size != size * np.dtype(kind.layout).itemsize:
            raise ModelFormatError(f"{self.name}: {what} has {entry.size} bytes, not those of {list(dims)}")
        raw = self._bytes(entry, what)
        if not kind.layout:
            return _strings(raw, size, entry.checksum, f"{self.name}: {what}").reshape(dims)
        if masked(crc32c(raw)) != entry.checksum:
            raise ModelFormatError(f"{self.name}: {what} does not have its checksum: the file is damaged")
        values = raw.view(kind.layout).reshape(dims)
        return (values.astype(np.uint32) << 16).view(np.float32) if kind.name == "DT_BFLOAT16" else values

    def _bytes(self, entry: Any, what: str) -> Array:
        if not 0 <= entry.shard < self._shards:
            raise ModelFormatError(f"{self.name}: {what} lies in shard {entry.shard} of {self._shards}")
        path = self._place(f"{self.name}.data-{entry.shard:05d}-of-{self._shards:05d}")
        held = path.stat().st_size
        if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > held:
            raise ModelFormatError(
                f"{path} is cut off: {what} lies at {entry.offset}, {entry.size} bytes, the file has {held}"
            )
        return np.fromfile(path, np.uint8, entry.size, offset=entry.offset)


def slice_key(key: str, cut: Cut) -> bytes:
    """The key of a slice in the index, so made that keys sort as names and numbers do.

    >>> slice_key("w", ((2, 2), (0, -1)))
    b'\\x00w\\x00\\x01\\x01\\x02\\x82\\x82\\x80\\x7f'
    """
    name = key.encode().replace(b"\x00", b"\x00\xff")
    rank = b"\x01" + bytes([len(cut)]) if cut else b"\x00"
    return b"\x00" + name + b"\x00\x01" + rank + b"".join(_ordered(one) for pair in cut for one in pair)


def _ordered(number: int) -> bytes:
    """As many leading ones as bytes, then the number in two's complement."""
    size = max(number, ~number).bit_length() // 7 + 1
    header = (1 << size) - 1 << 7 * size
    return ((number & (1 << 8 * size) - 1) ^ header).to_bytes(size, "big")


def cut_of(text: str, key: str) -> Cut | None:
    """What RestoreV2 wants of a tensor: "" all of it, else its shape, and begin and length of each dim.

    >>> cut_of("6 4 2,2:-", "w")
    ((2, 2), (0, -1))
    """
    if not text:
        return None
    try:
        dims = text.split(" ")[-1].split(":")
        pairs = [(0, -1) if one == "-" else tuple(map(int, one.split(","))) for one in dims]
        return tuple((start, length) for start, length in pairs)
    except ValueError:
        raise ModelFormatError(f"the slice {text!r:.60} of {key!r} cannot be read") from None


def _cut(entry: Any) -> Cut:
    return tuple((int(one.start), int(one.length) if one.HasField("length") else -1) for one in entry.extent)


def _held(cut: Cut, dims: Sequence[int], key: str) -> Cut:
    """A slice with the lengths that it has in a tensor of these dims."""
    if len(cut) != len(dims):
        raise ModelFormatError(f"a slice of {key!r} has {len(cut)} dims, the tensor {len(dims)}")
    held = tuple(
        (start, dim if length < 0 else length) for (start, length), dim in zip(cut, dims, strict=True)
    )
    if any(start < 0 or start + length > dim for (start, length), dim in zip(held, dims, strict=True)):
        raise ModelFormatError(f"a slice of {key!r} lies outside of its shape {list(dims)}")
    return held


def _slices(held: Cut) -> tuple[slice, ...]:
    return tuple(slice(start, start + length) for start, length in held)


def _strings(raw: Array, count: int, checksum: int, what: str) -> Array:
    """Texts: the lengths of all, a checksum of those, then the bytes of one after the other."""
    text, lengths, place = raw.tobytes(), [], 0
    try:
        if count > len(text):
            raise ValueError(f"{count} texts in {len(text)} bytes")
        for _ in range(count):
            length, place = varint(text, place)
            lengths.append(length)
        # the checksum is over lengths of a fixed width
        told = b"".join(one.to_bytes(4 if one < 1 << 32 else 8, "little") for one in lengths)
        stored, start = text[place : place + 4], place + 4
        if masked(crc32c(told)) != int.from_bytes(stored, "little") or start + sum(lengths) != len(text):
            raise ValueError("the lengths of its texts do not have their checksum")
        if masked(crc32c(told + text[place:])) != checksum:
            raise ValueError("it does not have its checksum")
    except (ValueError, IndexError) as error:
        raise ModelFormatError(f"{what}: {error}: the file is damaged") from None
    made = np.empty(count, object)
    for number, length in enumerate(lengths):
        made[number] = text[start : start + length].decode("utf-8", "surrogateescape")
        start += length
    return made
