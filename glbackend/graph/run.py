"""A graph made ready on a backend, and run: variables are read and assigned, late numbers asked for."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.late import asked
from glbackend.base.nested import map_leaves
from glbackend.engine.backend import Plan
from glbackend.engine.graph import Graph
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor


def run_plan(graph: Graph, plan: Plan, inputs: Sequence[Handle]) -> Any:
    """What `graph` gives for `inputs`, by `plan`; its effects happen at the end, or where it fails not at all."""
    given = [*inputs, *[variable.handle for variable, _ in graph.variables]]
    with asked(graph.lates) as known:
        results = plan(given, known)
    outputs, count = iter(results), len(results) - len(graph.effects)
    for (variable, _), handle in zip(graph.effects, results[count:], strict=True):
        variable.assign(Tensor(handle))
    return map_leaves(Handle, lambda _: Tensor(next(outputs)), graph.outputs)
