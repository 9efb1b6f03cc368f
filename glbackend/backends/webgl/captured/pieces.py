"""A graph cut where a kernel cannot be replayed: pieces that can, and kernels between them, run as ever."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glbackend.backends.webgl import delegated
from glbackend.backends.webgl.captured.replay import Replayed
from glbackend.base.late import Late
from glbackend.engine.backend import Plan
from glbackend.engine.graph import Graph, Interpreted
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle

if TYPE_CHECKING:
    from glbackend.backends.webgl.backend import WebGL

ON_TEXTURES = ("float32", "int32", "bool")


def planned(graph: Graph, webgl: "WebGL") -> "Replayed | Pieces":
    """The plan of a graph."""
    runs: list[list[Node]] = [[]]
    for node in graph.nodes:
        if _draws(node, webgl):
            runs[-1].append(node)
        else:
            runs += [[node], []]
    if len(runs) == 1 and all(one.dtype in ON_TEXTURES for one in graph.given):
        return Replayed(graph, webgl)
    return Pieces(graph, webgl, [run for run in runs if run])


def _draws(node: Node, webgl: "WebGL") -> bool:
    every = (*handles_of(node.inputs), *node.outputs)
    on_host = node.kernel in delegated.REASONS or node.kernel in webgl.routed
    return not on_host and all(one.dtype in ON_TEXTURES for one in every)


class Pieces:
    """Plans of the pieces, and the kernels between them, one after the other."""

    def __init__(self, graph: Graph, webgl: "WebGL", runs: Sequence[Sequence[Node]]) -> None:
        self.graph = graph
        self.webgl = webgl
        needed = {id(handle) for handle in graph.results}
        self.parts: list[tuple[Graph, Plan]] = []
        for run in reversed(runs):
            made = {id(one): one for node in run for one in node.outputs}
            inputs = {
                id(one): one
                for node in run
                for one in handles_of(node.inputs)
                if id(one) not in made and one.storage.symbolic
            }
            outputs = [one for key, one in made.items() if key in needed]
            needed |= set(inputs)
            part = Graph(run, list(inputs.values()), [], [], graph.lates, outputs)
            alone = len(run) == 1 and not _draws(run[0], webgl)
            self.parts.insert(0, (part, Interpreted(part, webgl) if alone else Replayed(part, webgl)))

    def __call__(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        """The results for `given`; `known` are the values of the late numbers."""
        values = {id(symbol): one for symbol, one in zip(self.graph.given, given, strict=True)}
        for part, plan in self.parts:
            results = plan([values[id(one)] for one in part.inputs], known)
            values.update((id(symbol), one) for symbol, one in zip(part.outputs, results, strict=True))
        return [values.get(id(one), one) for one in self.graph.results]

    def explain(self) -> list[str]:
        """The lines of all parts."""
        return [line for _, plan in self.parts for line in plan.explain()]
