"""Passes: from a graph to one that computes the same with less. Each is a function, none knows a backend."""

from collections.abc import Callable

from glbackend.engine.graph import Graph
from glbackend.graph.passes.drop import drop
from glbackend.graph.passes.fold import fold
from glbackend.graph.passes.normalize import normalize
from glbackend.graph.passes.siblings import siblings
from glbackend.graph.passes.simplify import simplify
from glbackend.graph.passes.split import split
from glbackend.graph.passes.unfold import unfold
from glbackend.graph.passes.views import views

SMALLER: tuple[Callable[[Graph], Graph], ...] = (
    drop, fold, unfold, simplify, normalize, views, drop, siblings,
)  # fmt: skip


def improved(graph: Graph) -> tuple[Graph, Graph]:
    """Two graphs: what depends on variables alone, and the rest, which takes what the first one gives.

    They are to be fused apart: what is computed once must not be computed again in the pass that needs it.
    """
    for one in SMALLER:
        graph = one(graph)
    return split(graph)
