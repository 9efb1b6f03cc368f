"""What reaches no result goes."""

from dataclasses import replace

from glbackend.engine.graph import Graph
from glbackend.engine.node import MEETINGS, Node, handles_of


def drop(graph: Graph) -> Graph:
    """Without the nodes, and the reads of variables, that no output, no effect and no other process needs.

    Late numbers are asked for all the same: the next ones are then those of an eager run.
    """
    needed = {id(handle) for handle in graph.results}
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        if node.kernel in MEETINGS or any(id(handle) in needed for handle in node.outputs):
            nodes.append(node)
            needed.update(id(handle) for handle in handles_of(node.inputs))
    variables = [(variable, symbol) for variable, symbol in graph.variables if id(symbol) in needed]
    return replace(graph, nodes=nodes[::-1], variables=variables)
