"""Operators that are given as functions of others: by the model itself, or by ONNX's own schemas."""

from collections.abc import Mapping, Sequence
from typing import Any

from glbackend.base.optional import optional
from glbackend.formats.onnx.elements import NUMBERS
from glbackend.formats.onnx.types import schema_of


def body_of(node: Any, version: int, takes: Sequence[str], attrs: Mapping[str, Any]) -> Any:
    """The FunctionProto that ONNX's schema gives for an operator, None where it gives none, or where the node
    does not fit the schema.

    `takes` are the element types of its inputs, on which some bodies depend.
    """
    onnx = optional("onnx", "onnx", "load_onnx_model")
    schema = schema_of(node.domain, node.op_type, version) if version > 0 else None
    if schema is None or set(attrs) - set(schema.attributes) or len(node.input) > schema.max_input:
        return None
    plain = [one for one in schema.function_opset_versions if one <= version]
    if plain:
        return onnx.FunctionProto.FromString(schema.get_function_with_opset_version(max(plain)))
    depending = [one for one in schema.context_dependent_function_opset_versions if one <= version]
    if not depending:
        return None
    types = [
        onnx.helper.make_tensor_type_proto(NUMBERS.get(element, 0), None).SerializeToString()
        if element
        else b""
        for element in takes
    ]
    text = schema.get_context_dependent_function_with_opset_version(
        max(depending), with_defaults(node, schema).SerializeToString(), types
    )
    return onnx.FunctionProto.FromString(text) if text else None


def with_defaults(node: Any, schema: Any) -> Any:
    """A node with the attributes that its schema has a default for."""
    whole = type(node)()
    whole.CopyFrom(node)
    given = {attr.name for attr in node.attribute}
    for name, formal in schema.attributes.items():
        if name not in given and formal.default_value.name:
            whole.attribute.add().CopyFrom(formal.default_value)
    return whole


def attributes_of(node: Any, function: Any, schema: Any) -> dict[str, Any]:
    """The AttributeProtos of a call by name: the node's own, else the function's or the schema's defaults."""
    found = {attr.name: attr for attr in function.attribute_proto}
    if schema is not None:
        node = with_defaults(node, schema)
    return found | {attr.name: attr for attr in node.attribute}


def referred(nodes: Sequence[Any], given: Mapping[str, Any]) -> list[Any]:
    """The nodes of a function with the attributes of its call where they refer to those, in subgraphs too."""
    made = []
    for node in nodes:
        whole = type(node)()
        whole.CopyFrom(node)
        del whole.attribute[:]
        for attr in node.attribute:
            if attr.ref_attr_name:
                source = given.get(attr.ref_attr_name)
                if source is None:
                    continue  # left out by the caller, without a default
                whole.attribute.add().CopyFrom(source)
                whole.attribute[-1].name = attr.name
                continue
            whole.attribute.add().CopyFrom(attr)
            for graph in (whole.attribute[-1].g, *whole.attribute[-1].graphs):
                if graph.node:
                    inner = referred(graph.node, given)
                    del graph.node[:]
                    graph.node.extend(inner)
        made.append(whole)
    return made
