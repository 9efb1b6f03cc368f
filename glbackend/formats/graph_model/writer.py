"""Nodes of TensorFlow for kernels of ours: what `save_graph_model` writes. One function a kernel or a family.

A function is declared by `@writes("Sum", ...)`. It receives the writer and the node of a Graph, and gives the
names of the tensors in the file that stand for the node's outputs.
"""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.engine.node import Node, handles_of
from glbackend.formats.writing import GraphWriter, Names, WritesKernel, writes_into

TYPES: dict[DType, str] = {
    "float32": "DT_FLOAT",
    "int32": "DT_INT32",
    "bool": "DT_BOOL",
    "complex64": "DT_COMPLEX64",
    "string": "DT_STRING",
}
WRITERS: dict[str, WritesKernel] = {}
writes = writes_into(WRITERS)


class Writer(GraphWriter):
    """The nodes and weights of a file, while they are made."""

    writers = WRITERS

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[dict[str, Any]] = []
        self.weights: dict[str, np.ndarray[Any, Any]] = {}

    def const(self, values: Any, name: str = "const") -> str:
        """A constant more."""
        array = np.asarray(values)
        if array.dtype == np.int64:
            array = array.astype(np.int32)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        kinds: dict[str, DType] = {"f": "float32", "i": "int32", "b": "bool", "c": "complex64"}
        made = self.add("Const", [], name=name, dtype=kinds.get(array.dtype.kind, "string"))
        self.weights[made] = array
        return made

    def add(self, op: str, inputs: Names, name: Any = "", **attrs: Any) -> str:
        """A node more; gives its name."""
        made = self.unique(name or op.lstrip("_").lower())
        entry: dict[str, Any] = {"name": made, "op": op}
        if inputs:
            entry["input"] = list(inputs)
        entry["attr"] = {key: attr(value) for key, value in attrs.items()}
        self.nodes.append(entry)
        return made


def attr(value: Any) -> dict[str, Any]:
    """An attr as files hold it; names of our dtypes are dtypes."""
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int | np.integer):
        return {"i": str(int(value))}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        if value in TYPES:
            return {"type": TYPES[value]}
        return {"s": base64.b64encode(value.encode("utf-8", "surrogateescape")).decode()}
    if isinstance(value, dict):
        return value
    kind = next(iter(attr(value[0]))) if len(value) else "i"
    return {"list": {kind: [attr(one)[kind] for one in value]}}


def shape_attr(dims: Sequence[int]) -> dict[str, Any]:
    """A shape as files hold it; -1 is any size."""
    return {"shape": shape_json(dims)}


def shape_json(dims: Sequence[int]) -> dict[str, Any]:
    """A shape in JSON."""
    return {"dim": [{"size": str(dim)} for dim in dims]}


def cast_to(writer: Writer, name: str, given: DType, wanted: DType) -> str:
    """A tensor in another dtype."""
    return name if given == wanted else writer.add("Cast", [name], SrcT=given, DstT=wanted)


def matched(writer: Writer, node: Node, dtype: DType) -> list[str]:
    """The inputs in one dtype: ops of TensorFlow do not mix them, and many are of float32 alone."""
    return [cast_to(writer, writer.of(x), x.dtype, dtype) for x in handles_of(node.inputs)]


def reshaped(writer: Writer, name: str, shape: Any) -> str:
    """A tensor in another shape; of a dim that differs from trace to trace -1 is written."""
    return writer.add("Reshape", [name, writer.const(np.array(shape, np.int32), "shape")])


def outputs_of(name: str, node: Node) -> Names:
    """What a node's outputs are called."""
    return [f"{name}:{i}" if i else name for i in range(len(node.outputs))]
