"""A graph run kernel by kernel: the judge of what a trace has recorded, and of what passes make of it."""

from typing import Any

from glbackend.base.nested import leaves
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph, Interpreted
from glbackend.graph.run import run_plan
from glbackend.graph.trace import EXAMPLES


def replay(graph: Graph, *arguments: Any) -> Any:
    """What the traced function gives for `arguments`, all its effects included.

    TraceError where a shape that values decide is not the traced one.
    """
    given = [as_tensor(one, "arguments", "replay").handle for one in leaves(EXAMPLES, arguments)]
    return run_plan(graph, Interpreted(graph, engine().backend), given)
