"""Writing graphs: what writers of graph models and of ONNX share, names of values above all.

Each format has a Writer of its own, and functions for kernels of ours: they receive it and a node of a Graph,
and give the names of the values in the file that stand for the node's outputs.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.nested import leaves
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle

Names = Sequence[str]
WritesKernel = Callable[[Any, Node], Names]


class GraphWriter(ABC):
    """Names of values, while the nodes and constants of a file are made."""

    writers: ClassVar[Mapping[str, WritesKernel]]  # by kernel

    def __init__(self) -> None:
        self._names: dict[int, str] = {}  # by id of a handle
        self._taken: set[str] = set()
        self._kept: list[Handle] = []  # so that ids stay theirs

    @abstractmethod
    def const(self, values: Any, name: str = "const") -> str:
        """A constant more; gives its name."""

    def unique(self, wanted: str) -> str:
        """A name that no value has yet."""
        name, count = wanted, 0
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name

    def name(self, handle: Handle, name: str) -> None:
        """From here on the value is called so."""
        self._kept.append(handle)
        self._names[id(handle)] = name

    def of(self, handle: Handle) -> str:
        """What the value is called; one that no node gives is a constant."""
        if id(handle) not in self._names:
            self.name(handle, self._constant(handle))
        return self._names[id(handle)]

    def inputs(self, node: Node) -> list[str]:
        """What a kernel's inputs are called, in their order."""
        return [self.of(handle) for handle in handles_of(node.inputs)]

    def write(self, graph: Graph) -> None:
        """The values of variables, then all nodes; those without inputs are constants, computed now."""
        for variable, handle in graph.variables:
            self.name(handle, self.const(variable.numpy(), variable.name))
        for node in graph.nodes:
            if node.inputs:
                made = self.writers[node.kernel](self, node)
            else:
                results = node.run(engine().backend, node.inputs, lambda late: late.present)
                made = [self._constant(one) for one in results]
            for handle, name in zip(node.outputs, made, strict=True):
                self.name(handle, name)

    def _constant(self, handle: Handle) -> str:
        values = handle.storage.values().reshape(handle.shape)
        return self.const(values.astype(np.int32) if handle.dtype == "int32" else values)


def writes_into(writers: dict[str, WritesKernel]) -> Callable[..., Callable[[WritesKernel], WritesKernel]]:
    """A decorator, `@writes("Sum", ...)`: declares the function that writes these kernels."""

    def writes(*kernels: str) -> Callable[[WritesKernel], WritesKernel]:
        def declare(function: WritesKernel) -> WritesKernel:
            writers.update(dict.fromkeys(kernels, function))
            return function

        return declare

    return writes


def kind(node: Node) -> DType:
    """The dtype of a kernel's first input."""
    return handles_of(node.inputs)[0].dtype


def named_outputs(graph: Graph) -> tuple[list[tuple[str, Handle]], bool]:
    """Names and outputs: the keys of a dict of them, or output_0, output_1, ...; and whether it is a dict."""
    given = graph.outputs
    if isinstance(given, dict) and all(isinstance(one, Handle) for one in given.values()):
        return [(str(key), one) for key, one in given.items()], True
    return [(f"output_{i}", one) for i, one in enumerate(leaves(Handle, given))], False
