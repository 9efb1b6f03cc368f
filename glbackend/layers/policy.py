"""Dtypes of Keras's layers: whatever precision a file asks for, they compute in float32 and int32."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.unknown import note_unknown

_INTS = {"int64", "int16", "int8", "uint32", "uint16", "uint8"}
_FLOATS = {"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"}


def in_float32(config: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """A layer's config of a file with a dtype of ours, and the one that it had where that was another.

    Keras writes a name, or a policy: {"class_name": "Policy", "config": {"name": "mixed_float16"}}.
    """
    found = dict(config)
    given = found.get("dtype")
    settings = given.get("config") if isinstance(given, Mapping) else None
    name = settings.get("name") if isinstance(settings, Mapping) else given
    if name == "float32":
        found["dtype"] = name
    elif isinstance(name, str) and name in _INTS:
        found["dtype"] = "int32"
    elif isinstance(name, str) and name in _FLOATS and note_unknown(f"dtype {name}, in its place float32"):
        found["dtype"] = "float32"
        return found, given
    return found, None
