"""A graph made ready on a backend, and run: variables are read and assigned, late numbers asked for."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from glbackend.base.late import asked
from glbackend.base.nested import map_leaves
from glbackend.engine.backend import Backend, Plan
from glbackend.engine.graph import Graph
from glbackend.engine.profiler import measured, profilers
from glbackend.engine.storage import Handle, Storage
from glbackend.engine.tensor import Tensor
from glbackend.graph.passes import improved
from glbackend.graph.passes.fuse import fuse


class Prepared:
    """A graph as it is run again and again: improved, fused as suits the backend, and planned by it."""

    def __init__(self, graph: Graph) -> None:
        places = {id(handle): place for place, handle in enumerate(graph.inputs)}
        self._looks = [(places[id(one)], look) for one, look in graph.looks if id(one) in places]
        self._parts = improved(graph)
        self.before, self.after = self._parts
        self._backend: Backend | None = None
        self._plans: tuple[Plan, Plan] | None = None
        # what `before` gave, and the data of the variables that it read for that
        self._known: tuple[list[Handle], list[Storage]] = [], []

    def __call__(self, backend: Backend, inputs: Sequence[Handle]) -> Any:
        """What the traced function gives for `inputs`, all its effects included."""
        for place, look in self._looks:
            host = inputs[place].storage.host
            if host is not None:
                look(host)
        first, second = self._planned(backend)
        if self.before.nodes:
            given = [variable.handle for variable, _ in self.before.variables]
            read = [handle.storage for handle in given]
            known, then = self._known
            if not known or any(a is not b for a, b in zip(read, then, strict=True)):
                known = first(given, {})
                self._known = known, read
            inputs = [*inputs, *known]
        return run_plan(self.after, second, inputs)

    def fused(self, backend: Backend) -> Graph:
        """What each run does."""
        self._planned(backend)
        return self.after

    def _planned(self, backend: Backend) -> tuple[Plan, Plan]:
        if self._plans is None or backend is not self._backend:
            self.before, self.after = (fuse(part, backend.passes_are_dear) for part in self._parts)
            self._plans = backend.plan(self.before), backend.plan(self.after)
            self._backend, self._known = backend, ([], [])
        return self._plans

    def explain(self, backend: Backend, inputs: Sequence[Handle]) -> str:
        """What a run does on a backend: it is tried once, and nothing that it changes lasts."""
        first, second = self._planned(backend)
        known = (
            first([variable.handle for variable, _ in self.before.variables], {}) if self.before.nodes else []
        )
        held = [variable.handle for variable, _ in self.after.variables]
        second([*inputs, *known, *held], {late: late.present for late in self.after.lates})
        lines = second.explain()
        if self.before.nodes:
            lines += ["and, where a variable has changed:", *first.explain()]
        return "\n".join(lines)


def run_plan(graph: Graph, plan: Plan, inputs: Sequence[Handle]) -> Any:
    """What `graph` gives for `inputs`, by `plan`.

    Its effects happen at the end, all of them; where it fails none does.
    """
    given = [*inputs, *[variable.handle for variable, _ in graph.variables]]
    if not graph.lates and not profilers.get():  # as most are: a small graph is mostly Python's time
        results = plan(given, {})
    else:
        with asked(graph.lates) as known:
            results = measured("Graph", partial(plan, given, known), given)
    outputs, count = iter(results), len(results) - len(graph.effects)
    for (variable, _), handle in zip(graph.effects, results[count:], strict=True):
        variable.assign(Tensor(handle))
    return map_leaves(Handle, lambda _: Tensor(next(outputs)), graph.outputs)
