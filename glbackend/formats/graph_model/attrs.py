"""Attrs of nodes: from the JSON of TensorFlow's protocol buffers to plain Python values.

Old converters write enums as numbers and texts as lists of byte codes, and give every field of a list, the
empty ones too; all forms are read alike.
"""

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.errors import ModelFormatError

MOST_ELEMENTS = 1 << 28  # of a constant that stands in the JSON


class Type(NamedTuple):
    """A dtype of TensorFlow: its name, ours that holds it, and how its values lie in a file."""

    name: str
    ours: DType | None
    layout: str = ""


TYPES = {
    number: Type(*rest)
    for number, *rest in (
        (0, "DT_INVALID", None),
        (1, "DT_FLOAT", "float32", "<f4"),
        (2, "DT_DOUBLE", "float32", "<f8"),
        (3, "DT_INT32", "int32", "<i4"),
        (4, "DT_UINT8", "int32", "u1"),
        (5, "DT_INT16", "int32", "<i2"),
        (6, "DT_INT8", "int32", "i1"),
        (7, "DT_STRING", "string"),
        (8, "DT_COMPLEX64", "complex64", "<c8"),
        (9, "DT_INT64", "int32", "<i8"),
        (10, "DT_BOOL", "bool", "?"),
        (14, "DT_BFLOAT16", "float32", "<u2"),
        (17, "DT_UINT16", "int32", "<u2"),
        (18, "DT_COMPLEX128", "complex64", "<c16"),
        (19, "DT_HALF", "float32", "<f2"),
        (20, "DT_RESOURCE", None),
        (21, "DT_VARIANT", None),
        (22, "DT_UINT32", "int32", "<u4"),
        (23, "DT_UINT64", "int32", "<u8"),
    )
}
NUMBERS = {kind.name: number for number, kind in TYPES.items()}
# the fields of an inline tensor that hold its values where it has no tensorContent
FIELDS = (
    "floatVal", "doubleVal", "intVal", "int64Val", "boolVal", "stringVal", "halfVal", "scomplexVal",
    "dcomplexVal", "uint32Val", "uint64Val",
)  # fmt: skip


def read_attrs(given: Any, where: str) -> dict[str, Any]:
    """All attrs of a node; ModelFormatError, naming `where`, for one that is none.

    >>> read_attrs({"axis": {"i": "1"}, "padding": {"s": "U0FNRQ=="}, "T": {"type": "DT_INT64"}}, "node 'a'")
    {'axis': 1, 'padding': 'SAME', 'T': 'int32'}
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ModelFormatError(f"{where}: attr must be an object, not {type(given).__name__}")
    attrs = {}
    for name, value in given.items():
        if name.startswith("_"):  # notes of TensorFlow's own
            continue
        try:
            attrs[name] = _value(value)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise ModelFormatError(f"{where}: attr {name!r} cannot be read: {error}") from None
    return attrs


def _value(given: Mapping[str, Any]) -> Any:
    if "list" in given:
        return _list(given["list"] or {})
    for kind, read in READERS.items():
        if kind in given:
            return read(given[kind])
    return None  # a placeholder, or a zero that was not written


def _list(given: Mapping[str, Any]) -> list[Any]:
    for kind, read in READERS.items():
        if given.get(kind):
            return [read(one) for one in given[kind]]
    return []


def text(given: Any) -> str:
    """A text in base64, or as byte codes; bytes that are not UTF-8 as lone surrogates."""
    if isinstance(given, str):
        try:
            raw = base64.b64decode(given, validate=True)
        except binascii.Error:
            raise ValueError(f"{given!r:.60} is not base64") from None
    else:
        raw = _codes(given)
    return raw.decode("utf-8", "surrogateescape")


def _codes(given: Any) -> bytes:
    """Bytes, or a list of byte codes; of a number `bytes` would give as many zeros."""
    if not isinstance(given, list | bytes):
        raise ValueError(f"{given!r:.60} is neither base64 nor a list of byte codes")
    return bytes(given)


def integer(given: Any) -> int:
    """A whole number, which JSON has as a text where it may be long."""
    if isinstance(given, bool) or (isinstance(given, float) and given != int(given)):
        raise ValueError(f"{given!r} is no whole number")
    return int(given)


def _number(given: Any) -> float:
    return float(given)  # "NaN" and "Infinity" too


def _flag(given: Any) -> bool:
    if not isinstance(given, bool | int):
        raise ValueError(f"{given!r:.60} is neither true nor false")
    return bool(given)


def tf_type(given: Any) -> Type:
    """A dtype by TensorFlow's name or number; ValueError where there is none."""
    number = NUMBERS.get(given) if isinstance(given, str) else given
    if not isinstance(number, int) or number not in TYPES:
        raise ValueError(f"unknown dtype {given!r:.60}")
    return TYPES[number]


def _dtype(given: Any) -> str | None:
    kind = tf_type(given)
    return kind.ours or kind.name.removeprefix("DT_").lower()


def shape(given: Any) -> tuple[int, ...] | None:
    """A shape with -1 for unknown dims; None where the rank is unknown."""
    if given.get("unknownRank"):
        return None
    return tuple(integer((dim or {}).get("size", 0)) for dim in given.get("dim") or ())


def declared_shape(tensor: Mapping[str, Any], where: str) -> tuple[int, ...] | None:
    """The shape that a constant's attr declares, None for none; ModelFormatError for what is no shape."""
    try:
        return shape(tensor["tensorShape"]) if tensor.get("tensorShape") is not None else None
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ModelFormatError(f"{where}: its shape cannot be read: {error}") from None


def _function(given: Mapping[str, Any]) -> str:
    return str(given["name"])


READERS: dict[str, Callable[[Any], Any]] = {
    "s": text,
    "i": integer,
    "f": _number,
    "b": _flag,
    "type": _dtype,
    "shape": shape,
    "func": _function,
    "tensor": lambda given: given,  # read where it is needed: weights lie in the manifest
}


def inline_tensor(given: Mapping[str, Any], where: str) -> np.ndarray[Any, Any] | None:
    """The values of a constant that stands in the JSON itself; None where it has none there."""
    content, named = given.get("tensorContent"), next((one for one in FIELDS if given.get(one)), None)
    try:
        dims, kind = shape(given.get("tensorShape") or {}), tf_type(given["dtype"])
        size = -1 if dims is None else math.prod(dims)
        if size == 0:
            return np.zeros(dims or (), kind.layout or object)
        if not content and named is None:
            return None
        if dims is None or size < 0 or size > MOST_ELEMENTS:
            raise ValueError(f"impossible shape {dims}")
        return _filled(_raw(given, content, named, kind), size, kind).reshape(dims)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise ModelFormatError(f"{where}: its value cannot be read: {error}") from None


def _raw(given: Mapping[str, Any], content: Any, named: str | None, kind: Type) -> np.ndarray[Any, Any]:
    if content:
        raw = base64.b64decode(content) if isinstance(content, str) else _codes(content)
        return np.frombuffer(raw, kind.layout)
    values = given[named or ""]
    if kind.name == "DT_STRING":
        return np.array([text(one) for one in values], object)
    if kind.name in ("DT_HALF", "DT_BFLOAT16"):  # bits as whole numbers
        return np.array([integer(one) for one in values], np.uint16).view(kind.layout)
    if kind.name in ("DT_COMPLEX64", "DT_COMPLEX128"):
        return np.array([float(one) for one in values]).view(np.complex128).astype(kind.layout)
    if kind.ours == "bool":
        return np.array([_flag(one) for one in values])
    if kind.ours == "float32":
        return np.array([float(one) for one in values], kind.layout)
    return np.array([integer(one) for one in values]).astype(kind.layout)


def _filled(raw: np.ndarray[Any, Any], size: int, kind: Type) -> np.ndarray[Any, Any]:
    """`size` values: the last one given stands for all that are left out."""
    if raw.size > size:
        raise ValueError(f"{raw.size} values for {size} elements")
    if kind.name == "DT_BFLOAT16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)
    return raw if raw.size == size else np.concatenate([raw, np.repeat(raw[-1:], size - raw.size)])
