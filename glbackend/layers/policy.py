"""What a layer keeps of the file that it came from: who made it, and the dtype that it had there.

Whatever precision a file asks for, layers compute in float32 and int32.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, warn_once
from glbackend.base.maker import CALL, maker
from glbackend.base.unknown import note_unknown

NUMBERS: tuple[DType, ...] = ("float32", "int32", "bool")
_INTS = {"int64", "int16", "int8", "uint32", "uint16", "uint8"}
_FLOATS = {"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"}


class DTypePolicy:
    """A precision by Keras's name; whatever it is, here weights are kept, and all computes, in float32.

    `name`: "float32", "mixed_float16", "mixed_bfloat16", "float16", "bfloat16" or "float64"; a warning says
    of the others, once, that they are float32. ArgumentError for another name.

    Layers keep the policy in their configs, so that files hold what was asked for. As Keras's `DTypePolicy`.

    >>> DTypePolicy("float32").compute_dtype
    'float32'
    """

    def __init__(self, name: str = "float32") -> None:
        if name != "float32" and name not in _FLOATS:
            raise ArgumentError(f"dtype_policy: must be float32, {', '.join(sorted(_FLOATS))}, got {name!r}")
        self.name = name
        self.compute_dtype = self.variable_dtype = "float32"
        if name != "float32":
            warn_once(f"precision {name!r}: all computes in float32 here")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<DTypePolicy {self.name!r}, which computes in float32>"

    def get_config(self) -> dict[str, Any]:
        """The name, as Keras's files have it."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "DTypePolicy":
        """The policy of such a config."""
        return cls(**config)


def nearest_dtype(given: Any) -> DType:
    """The dtype of ours in place of one of Keras's names, a policy or None; DtypeError for what is none.

    >>> nearest_dtype("int64"), nearest_dtype("float32"), nearest_dtype(None)
    ('int32', 'float32', 'float32')
    """
    name = _name_of(given)
    if name is None or (isinstance(name, str) and name in _FLOATS):
        return "float32"
    return "int32" if isinstance(name, str) and name in _INTS else check_dtype(name)


def _name_of(given: Any) -> Any:
    """The name in a policy, also one of a file; what is no policy as it is."""
    if isinstance(given, DTypePolicy):
        return given.name
    settings = given.get("config") if isinstance(given, Mapping) else None
    return settings.get("name", given) if isinstance(settings, Mapping) else given


def asked_precision(given: Any) -> Any:
    """What a layer's config has as its dtype in place of float32; None where that was asked for.

    `given`: the layer's argument; None for the policy that is set for all.
    """
    name = _name_of(_policy[0] if given is None else given)
    if not isinstance(name, str) or name not in _FLOATS:
        return None
    config = DTypePolicy(name).get_config()
    return {"module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": None}


_policy: list[DTypePolicy] = [DTypePolicy()]


def dtype_policy() -> DTypePolicy:
    """The policy that `set_dtype_policy` has set. As Keras's `dtype_policy`.

    >>> dtype_policy().name
    'float32'
    """
    return _policy[0]


def set_dtype_policy(policy: str | DTypePolicy) -> None:
    """Sets the policy of layers to come; all of them compute in float32. As Keras's `set_dtype_policy`.

    `policy`: one, or its name.

    >>> set_dtype_policy("float32")
    """
    _policy[0] = policy if isinstance(policy, DTypePolicy) else DTypePolicy(policy)


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
    name = _name_of(given)
    if isinstance(name, str) and name == "float32":
        found["dtype"] = name
    elif isinstance(name, str) and name in _INTS:
        found["dtype"] = "int32"
    elif isinstance(name, str) and name in _FLOATS:
        if not note_unknown(f"dtype {name}, in its place float32"):
            DTypePolicy(name)  # says it
        found["dtype"] = "float32"
        return found, Origin(by, given)
    return found, Origin(by)


class Computing:
    """What Keras's layers say of their precision, and what dtypes some of ours ask for."""

    name: str
    class_name: str
    dtype: DType
    _config_origin: Origin
    accepts_int: ClassVar[bool] = False  # else integer inputs are cast to float32

    def _cast_inputs(self, inputs: Any) -> Any:
        """The inputs as `call` takes them: integers as float32, unless the layer accepts these.

        `inputs`: a tensor, a list or a dict of them.
        """
        if self.accepts_int:
            return inputs
        if isinstance(inputs, list):
            return [self._cast_inputs(one) for one in inputs]
        if isinstance(inputs, dict):
            return {key: self._cast_inputs(one) for key, one in inputs.items()}
        return inputs.cast("float32") if inputs.dtype in ("int32", "bool") else inputs

    def takes(self, inputs: Any, *dtypes: DType) -> None:
        """DtypeError, which names the layer, unless the inputs are of one of the `dtypes`.

        `inputs`: a tensor.
        """
        if inputs.dtype not in dtypes:
            raise DtypeError(
                f"{type(self).class_name} {self.name!r}: inputs must be {' or '.join(dtypes)}, "
                f"got {got(inputs)}"
            )

    @property
    def _entry_dtype(self) -> DType:
        """The dtype of its input where it is the first layer of a model and nothing else says so."""
        return self.dtype

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The precision that was asked for; it computes in float32. As in Keras."""
        return DTypePolicy(_name_of(self._config_origin.dtype) or "float32")

    @property
    def compute_dtype(self) -> str:
        """The dtype that it computes in, "float32". As in Keras."""
        return self.dtype_policy.compute_dtype

    variable_dtype = compute_dtype
