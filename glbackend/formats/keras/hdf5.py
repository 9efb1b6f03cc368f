"""HDF5 files as plain arrays and texts, read with care.

Only what Keras writes is read: hard links, data that lies whole in the file, no filters, and no more bytes
than are there.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.formats.keras.heaps import check_texts

Array = np.ndarray[Any, Any]
DEEPEST = 60
MOST_OBJECTS = 200_000
# what h5py raises for files that are damaged
BROKEN = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, MemoryError, OverflowError)


@contextmanager
def opened(source: Path | bytes, where: str) -> Iterator["Group"]:
    """The root of an HDF5 file, or of the bytes of one; within the block what is damaged is an error."""
    h5py = optional("h5py", "keras", "load_model")
    stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    try:
        with stream, _mapped(source, stream) as data:
            check_texts(data, where)
            with h5py.File(stream, "r") as file:
                yield Group(file, where, [MOST_OBJECTS, stream.seek(0, 2)])
    except ModelFormatError:
        raise
    except BROKEN as error:
        raise ModelFormatError(
            f"{where}: not a whole HDF5 file ({type(error).__name__}: {error}): save or download it again"
        ) from None


def _mapped(source: Path | bytes, stream: Any) -> Any:
    """The bytes of the file, for as long as they are looked at."""
    if isinstance(source, bytes):
        return nullcontext(source)
    return mmap(stream.fileno(), 0, access=ACCESS_READ)


class Group:
    """A group of a file; `left` are the objects and bytes that may still be read."""

    def __init__(self, group: Any, where: str, left: list[int], depth: int = 0) -> None:
        self._group, self.where, self.left, self.depth = group, where, left, depth

    def __contains__(self, name: str) -> bool:
        return name in self._group

    def group(self, name: str) -> "Group":
        """The group of a name; ModelFormatError where there is none."""
        found = self._member(name)
        if not hasattr(found, "keys"):
            raise ModelFormatError(f"{self.where}: {self._path(name)} is no group")
        return Group(found, self.where, self.left, self.depth + 1)

    def array(self, path: str) -> Array:
        """The array at a path below."""
        *groups, name = path.split("/")
        place = self
        for one in groups:
            place = place.group(one)
        return place._array(name, place._member(name))

    def arrays(self, prefix: str = "") -> dict[str, Array]:
        """All arrays of this group and of those within, by path."""
        if self.depth > DEEPEST:
            raise ModelFormatError(f"{self.where}: its groups lie more than {DEEPEST} deep within each other")
        found: dict[str, Array] = {}
        for name in self._group:
            member = self._member(name)
            if hasattr(member, "keys"):
                within = Group(member, self.where, self.left, self.depth + 1)
                found |= within.arrays(f"{prefix}{name}/")
            else:
                found[f"{prefix}{name}"] = self._array(name, member)
        return found

    def text(self, name: str) -> str | None:
        """An attribute that is a text; None where there is none."""
        if name not in self._group.attrs:
            return None
        value = self._attribute(name)
        if isinstance(value, bytes):
            return value.decode("utf-8")
        if not isinstance(value, str):
            raise ModelFormatError(f"{self.where}: attribute {name} is no text but {type(value).__name__}")
        return value

    def json(self, name: str) -> Any:
        """What an attribute holds as JSON; None where there is none."""
        text = self.text(name)
        try:
            return None if text is None else json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelFormatError(f"{self.where}: attribute {name} is not whole JSON: {error}") from None

    def names(self, name: str) -> list[str]:
        """An attribute that is a list of texts; Keras cuts long ones into <name>0, <name>1, ..."""
        if name in self._group.attrs:
            return self._texts(name)
        found: list[str] = []
        number = 0
        while f"{name}{number}" in self._group.attrs:
            found += self._texts(f"{name}{number}")
            number += 1
        return found

    def _texts(self, name: str) -> list[str]:
        values = np.asarray(self._attribute(name)).ravel().tolist()
        texts = [one.decode("utf-8") if isinstance(one, bytes) else one for one in values]
        if not all(isinstance(one, str) for one in texts):
            raise ModelFormatError(f"{self.where}: attribute {name} is no list of texts")
        return texts

    def _attribute(self, name: str) -> Any:
        found = self._group.attrs.get_id(name)
        size = int(np.prod(found.shape, dtype=object)) * found.dtype.itemsize
        if size > self.left[1]:
            raise ModelFormatError(
                f"{self.where}: attribute {name} claims {size:,} bytes, more than there are"
            )
        return self._group.attrs[name]

    def _member(self, name: str) -> Any:
        link = self._group.get(name, getlink=True)
        if type(link).__name__ != "HardLink":
            raise ModelFormatError(
                f"{self.where}: {self._path(name)} is a link to elsewhere, which is refused"
                if link is not None
                else f"{self.where}: there is no {self._path(name)}"
            )
        self.left[0] -= 1
        if self.left[0] < 0:
            raise ModelFormatError(f"{self.where}: more than {MOST_OBJECTS:,} groups and arrays")
        return self._group[name]

    def _array(self, name: str, data: Any) -> Array:
        path = self._path(name)
        if not hasattr(data, "shape") or data.shape is None or data.dtype.hasobject:
            raise ModelFormatError(f"{self.where}: {path} holds no numbers")
        if data.is_virtual or data.external or data.chunks is not None:
            raise ModelFormatError(f"{self.where}: {path} is not stored whole, as Keras stores arrays")
        shape = list(data.shape)
        stored, needed = (
            data.id.get_storage_size(),
            int(np.prod(data.shape, dtype=object)) * data.dtype.itemsize,
        )
        if stored != needed or needed > self.left[1]:
            raise ModelFormatError(
                f"{self.where}: {path} holds {stored:,} bytes where its shape {shape} needs {needed:,}"
            )
        self.left[1] -= needed
        return widened(data[()], data.attrs.get("dtype"))

    def _path(self, name: str) -> str:
        return f"{self._group.name.rstrip('/')}/{name}".lstrip("/")


def widened(values: Any, declared: Any = None) -> Array:
    """Numbers as NumPy knows them: bfloat16, which HDF5 holds as two bytes without a meaning, as float32.

    >>> widened(np.array([0x3FC0], np.uint16).view("V2")).tolist()
    [1.5]
    """
    array = np.asarray(values)
    if array.dtype.kind == "V" and array.dtype.itemsize == 2 and declared in (None, "bfloat16", b"bfloat16"):
        return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"an array of {array.dtype}, where numbers belong")
    return array.astype(np.float32) if array.dtype == np.float16 else array


def write(
    path: Path, arrays: Mapping[str, Array], attributes: Mapping[str, Mapping[str, str | Sequence[str]]]
) -> None:
    """An HDF5 file of arrays by path; `attributes` are texts, and lists of them, of groups, by path."""
    h5py = optional("h5py", "keras", "save")
    with h5py.File(path, "w") as file:
        for group, texts in attributes.items():
            for name, text in texts.items():
                several = [one.encode() for one in text] if not isinstance(text, str) else None
                value = text if several is None else np.array(several, dtype=None if several else "S1")
                (file.require_group(group) if group else file).attrs[name] = value
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
