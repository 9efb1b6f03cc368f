"""Which element type each output of a node has: by the operator's schema, from those of its inputs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from glbackend.base.optional import optional
from glbackend.formats.onnx.elements import NAMES

# attributes that name the type of what a node gives
NAMING = ("to", "dtype", "output_dtype", "output_datatype")
_CONCRETE = re.compile(r"(?:seq\(|optional\()*tensor\((\w+)\)+$")
_SPELLED = {"float": "float32", "double": "float64"}


def schema_of(domain: str, name: str, version: int) -> Any:
    """The schema of an operator as of a version; None where the package knows none."""
    defs = optional("onnx.defs", "onnx", "load_onnx_model")
    try:
        return defs.get_schema(name, max_inclusive_version=version, domain=domain)
    except (defs.SchemaError, RuntimeError):
        return None


def element_of(proto: Any) -> str:
    """The element type of a TypeProto, of a sequence or an optional that of what it holds."""
    kind = proto.WhichOneof("value")
    if kind in ("sequence_type", "optional_type"):
        return element_of(getattr(proto, kind).elem_type)
    return NAMES.get(proto.tensor_type.elem_type, "") if kind == "tensor_type" else ""


def output_types(
    schema: Any,
    takes: Sequence[str],
    attrs: Mapping[str, Any],
    count: int,
    subgraphs: Sequence[Sequence[str]],
) -> list[str]:
    """The element types of the first `count` outputs, "" where nothing says one.

    `subgraphs` are the types that the node's subgraphs give.
    """
    if schema is None:
        return [""] * count
    bound: dict[str, str] = {}
    for formal, element in zip(_spread(schema.inputs, len(takes)), takes, strict=False):
        if element:
            bound.setdefault(formal.type_str, element)
    for one in schema.type_constraints:
        if len(one.allowed_type_strs) == 1:
            bound[one.type_param_str] = _spelled(one.allowed_type_strs[0])
    named = next((attrs[name] for name in NAMING if attrs.get(name)), None)
    found = []
    for i, formal in enumerate(_spread(schema.outputs, count)):
        if "(" in formal.type_str:
            found.append(_spelled(formal.type_str))
        elif named is not None and (formal.type_str not in bound or schema.name in _NAMED_FIRST):
            found.append(NAMES.get(named, ""))
        elif subgraphs:
            given = subgraphs[0]
            shift = (
                len(given) - count if schema.name == "Loop" else 0
            )  # a loop's body gives its condition too
            found.append(given[i + shift] if 0 <= i + shift < len(given) else "")
        elif schema.name in ("Constant", "ConstantOfShape"):
            found.append(_of_value(attrs))
        else:
            found.append(bound.get(formal.type_str) or _DEFAULTS.get(schema.name, ""))
    return found


def _spelled(text: str) -> str:
    """The element type of a type as schemas write it, tensor(float)."""
    concrete = _CONCRETE.match(text)
    return _SPELLED.get(concrete[1], concrete[1]) if concrete else ""


# whose attribute counts, though an input has a type of the same letter
_NAMED_FIRST = (
    "QuantizeLinear",
    "DequantizeLinear",
    "EyeLike",
    "RandomNormalLike",
    "RandomUniformLike",
    "Bernoulli",
)
_DEFAULTS = {
    "QuantizeLinear": "uint8", "RandomNormal": "float32", "RandomUniform": "float32", "Multinomial": "int32",
    "HannWindow": "float32", "HammingWindow": "float32", "BlackmanWindow": "float32",
    "MelWeightMatrix": "float32", "SequenceEmpty": "float32",
}  # fmt: skip


def _of_value(attrs: Mapping[str, Any]) -> str:
    """The element type of the value that a node has as an attribute."""
    for name, value in attrs.items():
        if name == "value":
            return "string" if value.dtype.kind in "OUS" else str(value.dtype.name)
        if name.startswith("value_"):
            return {"f": "float32", "i": "int64", "s": "string"}[name[6]]
    return "float32"


def _spread(formals: Any, count: int) -> list[Any]:
    """Formal parameters, the last of which stands for as many as there are where it is variadic."""
    found = list(formals)[:count]
    while found and len(found) < count:
        found.append(found[-1])
    return found


def subgraph_types(op: str, takes: Sequence[str]) -> list[str]:
    """The element types that a node's subgraph is given, where those follow from the node's inputs."""
    if op == "Loop":
        return ["int64", "bool", *takes[2:]]
    return list(takes) if op == "Scan" else []
