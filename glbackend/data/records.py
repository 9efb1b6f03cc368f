"""Elements in a file: written one by one, whole or absent, and read one by one.

A file is a line that names the format, then records, each 8 bytes for the length of its head, 8 for that of
its body, the head (JSON: the element's structure, with dtype and shape in place of each array) and the body
(the arrays' bytes). It ends with an empty record and the number of elements: what lacks them is cut short.
"""

import contextlib
import json
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.engine.tensor import Tensor

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FORMAT = b"glbackend data 1\n"
_LENGTHS = struct.Struct("<QQ")
_ARRAY, _TUPLE, _DICT = "array", "tuple", "dict"


class Writer:
    """A file of elements in the making; `finish` puts it in its place, `discard` leaves nothing of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        self.file, self.scratch = _begun(path)
        self.count = 0
        self.file.write(FORMAT)

    def add(self, element: Any) -> None:
        """Writes one more element; ArgumentError for what a file cannot hold."""
        arrays: list[np.ndarray[Any, Any]] = []
        head = json.dumps(_described(element, arrays)).encode()
        self.file.write(_LENGTHS.pack(len(head), sum(one.nbytes for one in arrays)))
        self.file.write(head)
        for one in arrays:
            self.file.write(one.data if one.size else b"")
        self.count += 1

    def finish(self) -> None:
        """Ends the file and gives it its name: from now on it is there, whole."""
        self.file.write(_LENGTHS.pack(0, self.count))
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        os.replace(self.scratch, self.path)

    def discard(self) -> None:
        """Gives up what isn't finished."""
        if not self.file.closed:
            self.file.close()
            self.scratch.unlink(missing_ok=True)


def read_records(path: Path) -> Iterator[Any]:
    """The elements of a file, in their order; DataFormatError for a damaged one."""
    with path.open("rb") as file:
        _check_format(file, path)
        number = 0
        while True:
            head_bytes, body_bytes = _LENGTHS.unpack(_exactly(file, _LENGTHS.size, path))
            if head_bytes == 0:
                if body_bytes != number:
                    raise _damaged(path)
                return
            head = _exactly(file, head_bytes, path)
            body = _exactly(file, body_bytes, path)
            try:
                element, used = _restored(json.loads(head), body, 0)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise _damaged(path) from error
            if used != body_bytes:
                raise _damaged(path)
            yield element
            number += 1


def count_records(path: Path) -> int:
    """How many elements a file has, by its end; DataFormatError where it has none, or is none of ours."""
    with path.open("rb") as file:
        _check_format(file, path)
        end = os.fstat(file.fileno()).st_size - _LENGTHS.size
        file.seek(max(end, len(FORMAT)))
        head_bytes, count = _LENGTHS.unpack(_exactly(file, _LENGTHS.size, path))
        if head_bytes or count * _LENGTHS.size > end:
            raise _damaged(path)
        return int(count)


def _check_format(file: BinaryIO, path: Path) -> None:
    if file.read(len(FORMAT)) != FORMAT:
        raise DataFormatError(f"cache: {path} is no cache of glbackend's: give another name, or remove it")


def _described(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """JSON for an element; its arrays are put into the list."""
    if isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        if array.dtype.kind == "O":
            return {_ARRAY: [_text(one) for one in array.ravel()], "shape": array.shape}
        if array.dtype.kind in "biufcUS":
            arrays.append(array)
            return {_ARRAY: array.dtype.str, "shape": array.shape}
    elif value is None or isinstance(value, bool | int | float | str):
        return value
    elif isinstance(value, list):
        return [_described(one, arrays) for one in value]
    elif isinstance(value, tuple):
        return {_TUPLE: [_described(one, arrays) for one in value]}
    elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {_DICT: {key: _described(one, arrays) for key, one in value.items()}}
    raise ArgumentError(
        f"cache: a file holds numbers, text and arrays of them in lists, tuples and dicts by name, "
        f"got {type(value).__name__}"
    )


def _text(one: Any) -> str:
    if not isinstance(one, str):
        raise ArgumentError(f"cache: a file holds arrays of numbers or text, got one of {type(one).__name__}")
    return one


def _restored(head: Any, body: bytes, at: int) -> tuple[Any, int]:
    """The element that a head describes, and where in the body its arrays end."""
    if isinstance(head, list):
        items = []
        for one in head:
            item, at = _restored(one, body, at)
            items.append(item)
        return items, at
    if not isinstance(head, dict):
        return head, at
    if _TUPLE in head:
        inner, at = _restored(head[_TUPLE], body, at)
        return tuple(inner), at
    if _DICT in head:
        inner, at = _restored(list(head[_DICT].values()), body, at)
        return dict(zip(head[_DICT], inner, strict=True)), at
    kind, shape = head[_ARRAY], tuple(head["shape"])
    if isinstance(kind, list):
        return np.array(kind, object).reshape(shape), at
    dtype = np.dtype(kind)
    size = int(np.prod(shape, dtype=np.int64))
    array = np.frombuffer(body, dtype, size, at) if size else np.empty(size, dtype)
    return array.reshape(shape), at + array.nbytes


def _exactly(file: BinaryIO, count: int, path: Path) -> bytes:
    if count > os.fstat(file.fileno()).st_size:
        raise _damaged(path)
    found = file.read(count)
    if len(found) < count:
        raise _damaged(path)
    return found


def _damaged(path: Path) -> DataFormatError:
    return DataFormatError(f"cache: {path} is damaged: remove it, and it will be made anew")


def _scratch(path: Path) -> str:
    return f".{path.name}.part-"


def _begun(path: Path) -> tuple[BinaryIO, Path]:
    """A new scratch file, locked for as long as it is open: nobody holds what an ended process has left."""
    while True:
        number, name = tempfile.mkstemp(prefix=_scratch(path), dir=path.parent)
        file = os.fdopen(number, "wb")
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(name):
            return file, Path(name)
        file.close()  # another writer has taken it for a left one before it was locked


def _sweep(path: Path) -> None:
    """Removes what writers of this file have left that were ended before they finished."""
    for left in path.parent.iterdir() if fcntl is not None else ():
        if not left.name.startswith(_scratch(path)):
            continue
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while its writer is alive
            left.unlink()
