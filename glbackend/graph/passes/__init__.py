"""Passes: from a graph to one that computes the same with less. Each is a function, none knows a backend."""

from collections.abc import Callable

from glbackend.engine.graph import Graph
from glbackend.graph.passes.drop import drop
from glbackend.graph.passes.fold import fold
from glbackend.graph.passes.fuse import fuse
from glbackend.graph.passes.simplify import simplify
from glbackend.graph.passes.split import split
from glbackend.graph.passes.unfold import unfold

SMALLER: tuple[Callable[[Graph], Graph], ...] = (drop, fold, unfold, simplify, drop)
PASSES = (*SMALLER, fuse)


def improved(graph: Graph) -> tuple[Graph, Graph]:
    """Two graphs: what depends on variables alone, and the rest, which takes what the first one gives.

    They are fused apart: what is computed once is not to be computed again in the pass that needs it.
    """
    for one in SMALLER:
        graph = one(graph)
    before, after = split(graph)
    return fuse(before), fuse(after)
