"""A program as a Graph: traced once for inputs of given shapes, then run as a captured function is.

Shapes, what is computed of them, and all checks are done while it is traced.
"""

from collections.abc import Callable, Sequence

from glbackend.base.errors import TraceError
from glbackend.base.shapes import Spec
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.run import Prepared
from glbackend.graph.trace import trace


class Plan:
    """A graph, made ready to be run again and again."""

    def __init__(self, graph: Graph) -> None:
        self._prepared = Prepared(graph)

    def run(self, given: Sequence[Tensor]) -> list[Tensor]:
        """The results for inputs of the shapes and dtypes that were traced."""
        found: list[Tensor] = self._prepared(engine().backend, [tensor.handle for tensor in given])
        return found


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
