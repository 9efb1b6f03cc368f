"""What a layer keeps of the file that it came from: who made it, and the dtype that it had there.

Whatever precision a file asks for, layers compute in float32 and int32.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from glbackend.base.maker import CALL, maker
from glbackend.base.unknown import note_unknown

_INTS = {"int64", "int16", "int8", "uint32", "uint16", "uint8"}
_FLOATS = {"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"}


class Origin(NamedTuple):
    """Where a layer is from.

    `maker`: whose meaning its config has.
    `dtype`: what its config had in place of float32, in which layers compute whatever a file asks for.
    """

    maker: str = CALL
    dtype: Any = None

    def noted(self, config: dict[str, Any], differing: Sequence[str]) -> dict[str, Any]:
        """The config with the dtype of old, and with the maker where it is one of `differing`."""
        marks = {} if self.dtype is None else {"dtype": self.dtype}
        return config | marks | ({"made_by": self.maker} if self.maker in differing else {})


def origin_of(config: Mapping[str, Any]) -> tuple[dict[str, Any], Origin]:
    """A layer's config of a file with a dtype of ours, and where it is from.

    Keras writes a name, or a policy: {"class_name": "Policy", "config": {"name": "mixed_float16"}}.
    """
    found = dict(config)
    by = found.pop("made_by", None) or maker()
    given = found.get("dtype")
    settings = given.get("config") if isinstance(given, Mapping) else None
    name = settings.get("name") if isinstance(settings, Mapping) else given
    if name == "float32":
        found["dtype"] = name
    elif isinstance(name, str) and name in _INTS:
        found["dtype"] = "int32"
    elif isinstance(name, str) and name in _FLOATS and note_unknown(f"dtype {name}, in its place float32"):
        found["dtype"] = "float32"
        return found, Origin(by, given)
    return found, Origin(by)
