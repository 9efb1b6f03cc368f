"""Nodes of ONNX for kernels of ours: what `save_onnx` writes. One function a kernel or a family.

A function is declared by `@writes("Sum", ...)`. It receives the writer and the node of a Graph, and gives the
names of the values in the file that stand for the node's outputs. Images lie channels first in ONNX: what a
convolution gives has a name for either order, and the turn that nobody needs is left out in the end.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.engine.node import Node, handles_of
from glbackend.formats.writing import GraphWriter, Names, WritesKernel, writes_into

Array = np.ndarray[Any, Any]
WRITERS: dict[str, WritesKernel] = {}
writes = writes_into(WRITERS)
ELEMENTS: dict[DType, str] = {"float32": "FLOAT", "int32": "INT32", "bool": "BOOL", "string": "STRING"}
END = np.iinfo(np.int64).max  # of a slice: as far as there is


class Entry(NamedTuple):
    """A node of the file."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attrs: dict[str, Any]


class Writer(GraphWriter):
    """The nodes and constants of a file, while they are made."""

    writers = WRITERS

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Entry] = []
        self.constants: dict[str, Array] = {}
        self.forbidden: dict[str, str] = {}  # values that ONNX does not give, and why
        self._turned: dict[tuple[str, tuple[int, ...]], str] = {}

    def const(self, values: Any, name: str = "const") -> str:
        """A constant more, of one of our dtypes."""
        array = np.asarray(values)
        kinds = {"f": np.float32, "i": np.int32, "u": np.int32}
        made = self.unique(name)
        # a copy: -1 is written into it where dims are open
        self.constants[made] = np.array(array, kinds.get(array.dtype.kind, array.dtype), order="C")
        return made

    def indices(self, values: Any, name: str = "indices") -> str:
        """Whole numbers as ONNX wants them for shapes and axes: a constant of int64."""
        made = self.unique(name)
        self.constants[made] = np.array(values, np.int64)
        return made

    def add(self, op: str, inputs: Names, count: int = 1, **attrs: Any) -> Any:
        """A node more; gives the name of its output, or a list of them where there are several."""
        outputs = [self.unique(op.lower()) for _ in range(count)]
        self.nodes.append(Entry(op, list(inputs), outputs, attrs))
        return outputs[0] if count == 1 else outputs

    def cast(self, name: str, given: DType, wanted: DType) -> str:
        """A value in another dtype."""
        return name if given == wanted else str(self.add("Cast", [name], to=element_of(wanted)))

    def turned(self, name: str, perm: Sequence[int]) -> str:
        """A value with its axes in another order; once for each, and constants are turned here."""
        key = name, tuple(perm)
        if key[1] == tuple(range(len(key[1]))):
            return name
        if key not in self._turned:
            if name in self.constants:
                made = self.const(self.constants[name].transpose(key[1]), name)
            else:
                made = self.add("Transpose", [name], perm=list(key[1]))
            self._turned[key] = made
            self._turned[made, tuple(int(one) for one in np.argsort(key[1]))] = name
        return self._turned[key]

    def reshaped(self, name: str, shape: Sequence[int]) -> str:
        """A value in another shape; constants are reshaped here."""
        if name in self.constants:
            return self.const(self.constants[name].reshape(tuple(shape)), name)
        empty = {"allowzero": 1} if 0 in shape else {}
        return str(self.add("Reshape", [name, self.indices(shape, "shape")], **empty))


def element_of(dtype: DType) -> str:
    """What ONNX calls a dtype; ArgumentError for complex64."""
    if dtype not in ELEMENTS:
        raise ArgumentError(f"save_onnx: {dtype} cannot be written as ONNX: its operators take real numbers")
    return ELEMENTS[dtype]


def matched(writer: Writer, node: Node, dtype: DType) -> list[str]:
    """The inputs in one dtype: operators of ONNX do not mix them."""
    return [writer.cast(writer.of(x), x.dtype, dtype) for x in handles_of(node.inputs)]


def refuse(node: Node, why: str) -> ArgumentError:
    """The error for a kernel that can be written, but not so."""
    return ArgumentError(f"save_onnx: {node.kernel} {why} cannot be written as ONNX")
