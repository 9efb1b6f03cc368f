"""Passes: a graph to one that computes the same by less. None knows a backend; each is a function of its file."""

from collections.abc import Callable

from glbackend.engine.graph import Graph
from glbackend.graph.passes.drop import drop
from glbackend.graph.passes.fold import fold
from glbackend.graph.passes.fuse import fuse
from glbackend.graph.passes.simplify import simplify
from glbackend.graph.passes.unfold import unfold

PASSES: tuple[Callable[[Graph], Graph], ...] = (drop, fold, unfold, simplify, fuse, drop)


def improved(graph: Graph) -> Graph:
    """The graph after all passes, in their order."""
    for one in PASSES:
        graph = one(graph)
    return graph
