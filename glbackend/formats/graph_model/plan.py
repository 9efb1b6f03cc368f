"""A program as a Graph: traced once for inputs of given shapes, then run kernel by kernel.

Shapes, what is computed of them, and all checks are done while it is traced; a run calls kernels and frees
values at their last use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from glbackend.base.errors import TraceError
from glbackend.base.late import Late, values_of
from glbackend.base.nested import leaves
from glbackend.base.shapes import Spec
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of, map_inputs
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.trace import trace


@dataclass(slots=True)
class Kernel:
    """A node of the graph, with slots in place of handles."""

    node: Node
    inputs: Any
    outputs: tuple[int, ...]
    releases: tuple[int, ...] = ()
    late: bool = False


class Plan:
    """A graph whose values lie in numbered slots."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.template: list[Any] = []
        self._slots: dict[int, int] = {}
        self.inputs = [self._slot(handle, None) for handle in graph.inputs]
        self.variables = [(variable, self._slot(handle, None)) for variable, handle in graph.variables]
        self.kernels = []
        for node in graph.nodes:
            inputs = map_inputs(self._slot_of, node.inputs)
            outputs = tuple([self._slot(handle, None) for handle in node.outputs])
            late = any(isinstance(value, Late) for value in node.checked.attrs.values())
            self.kernels.append(Kernel(node, inputs, outputs, (), late))
        self.results = [self._slot_of(handle) for handle in leaves(Handle, graph.outputs)]
        self._mark_last_uses()

    def _slot(self, handle: Handle, constant: Handle | None) -> int:
        """The slot of a value; one that nothing before has given is a constant."""
        if id(handle) not in self._slots:
            self._slots[id(handle)] = len(self.template)
            self.template.append(constant)
        return self._slots[id(handle)]

    def _slot_of(self, handle: Handle) -> Any:
        return self._slot(handle, handle)

    def _mark_last_uses(self) -> None:
        seen = set(self.results) | {slot for slot, value in enumerate(self.template) if value is not None}
        for kernel in reversed(self.kernels):
            touched: set[Any] = {*handles_of(kernel.inputs), *kernel.outputs}
            kernel.releases = tuple(touched - seen)
            seen |= touched

    def run(self, given: Sequence[Tensor]) -> list[Tensor]:
        """The results for inputs of the shapes and dtypes that were traced."""
        backend, known = engine().backend, values_of(self.graph.lates)
        values = self.template.copy()
        for slot, tensor in zip(self.inputs, given, strict=True):
            values[slot] = tensor.handle
        for variable, slot in self.variables:
            values[slot] = variable.handle
        value_of: Callable[[Any], Any] = values.__getitem__
        for kernel in self.kernels:
            inputs = map_inputs(value_of, kernel.inputs)
            node = kernel.node
            if kernel.late:
                made = node.run(backend, inputs, lambda late: late.value(known))
            else:
                made = backend.run(node.kernel, inputs, node.checked)
                made = (made,) if node.checked.single else made
            for slot, handle in zip(kernel.outputs, made, strict=True):
                values[slot] = handle
            for slot in kernel.releases:
                values[slot] = None
        found = [values[slot] for slot in self.results]
        return [Tensor(Handle(one.storage, one.spec)) for one in found]


def plan_of(function: Callable[..., list[Tensor]], specs: Sequence[Spec]) -> Plan | None:
    """The plan of a function for inputs of such specs; None where it asks for values or sets variables."""
    if any(spec.dtype == "string" for spec in specs):
        return None
    try:
        graph = trace(function, *specs)
    except TraceError:
        return None
    static = all(isinstance(one, Handle) for one in graph.outputs) and not graph.effects
    return Plan(graph) if static and not any(node.decided_by_values for node in graph.nodes) else None
