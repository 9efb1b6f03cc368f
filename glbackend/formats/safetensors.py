"""Weights in safetensors files: a header in JSON, then the arrays one after the other.

Read and written here: the format is eight bytes of length, that header, and raw numbers.
"""

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.formats.keras.hdf5 import widened
from glbackend.formats.replacing import replace_file
from glbackend.formats.telling import telling
from glbackend.layers.layer import Layer
from glbackend.models.naming import weight_names
from glbackend.models.weights import assign_weights

Array = np.ndarray[Any, Any]
LENGTH_BYTES, MOST_HEADER_BYTES = 8, 100_000_000  # the latter is the format's own limit
MOST_SIZE = 1 << 59  # of a dim or an offset
ALIGNMENT_BYTES = 8  # where numbers begin
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "V2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def save_safetensors(model: Layer, path: Path) -> None:
    """The weights of a model by our names."""
    # a transposed array would be written in the order of its memory, not of its elements: contiguous first
    arrays = {
        name: np.ascontiguousarray(variable.numpy(), "<f4") for name, variable in weight_names(model).items()
    }
    header: dict[str, Any] = {"__metadata__": {"format": "glbackend"}}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT_BYTES)

    def write(place: Path) -> None:
        with place.open("wb") as stream:
            stream.write(struct.pack("<Q", len(text)) + text)
            for array in arrays.values():
                stream.write(array.data)

    replace_file(path, write)


def load_safetensors(model: Layer, path: Path, strict: bool) -> None:
    """Gives a model the weights of a file; none where one does not fit."""
    with telling(path):
        found = read_safetensors(path)
    assign_weights(model, found, str(path), strict)


def read_safetensors(path: Path) -> dict[str, Array]:
    """The arrays of a file by name; ModelFormatError for what is none, or not whole."""
    where, size = str(path), path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(LENGTH_BYTES)
        length = struct.unpack("<Q", head)[0] if len(head) == LENGTH_BYTES else MOST_HEADER_BYTES
        if length > min(MOST_HEADER_BYTES, size - LENGTH_BYTES):
            raise ModelFormatError(f"{where}: no whole safetensors file: a header of {length:,} bytes")
        header = _header(stream.read(length), where)
        data = stream.read()
    found: dict[str, Array] = {}
    end = 0
    for name, entry in sorted(header.items(), key=lambda one: one[1]["data_offsets"]):
        start, end = _offsets(name, entry, end, len(data), where)
        dtype = np.dtype(DTYPES[entry["dtype"]])
        array = np.frombuffer(data, dtype, (end - start) // dtype.itemsize, start).reshape(entry["shape"])
        found[name] = widened(array)
    if end != len(data):
        raise ModelFormatError(f"{where}: {len(data) - end:,} bytes belong to no array")
    return found


def _header(text: bytes, where: str) -> dict[str, Any]:
    """The entries of arrays, each of the right form."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{where}: the header is not whole JSON: {error}") from None
    if not isinstance(header, dict):
        raise ModelFormatError(f"{where}: the header must be an object, not {type(header).__name__}")
    header.pop("__metadata__", None)
    for name, entry in header.items():
        given = entry if isinstance(entry, dict) else {}
        lists = [given.get("shape"), given.get("data_offsets")]
        whole = all(isinstance(one, list) and all(map(_is_size, one)) for one in lists)
        if not whole or len(given["data_offsets"]) != 2 or given.get("dtype") not in list(DTYPES):
            raise ModelFormatError(f"{where}: the entry of {name!r} is broken, or of an unknown dtype")
    return header


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST_SIZE


def _offsets(name: str, entry: dict[str, Any], at: int, size: int, where: str) -> tuple[int, int]:
    """Where an array's bytes lie: behind those of the one before, as many as its shape needs."""
    start, end = entry["data_offsets"]
    needed = math.prod(entry["shape"]) * np.dtype(DTYPES[entry["dtype"]]).itemsize
    if start != at or end > size or end - start != needed:
        raise ModelFormatError(
            f"{where}: {name!r} of shape {entry['shape']} needs {needed:,} bytes from {at:,} on, "
            f"but has those from {start:,} to {end:,} of {size:,}"
        )
    return start, end
