"""What depends on variables alone, none of which the graph assigns, runs again only when one has changed."""

from dataclasses import replace

from glbackend.base.late import Late
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of


def split(graph: Graph) -> tuple[Graph, Graph]:
    """Two graphs: what of `graph` is known before its inputs are, and the rest.

    The results of the first are the last inputs of the second. Folded weights of convolutions are such; in a
    training step, whose variables change each time, there is nothing of the kind.
    """
    first, second, _ = parted(graph)
    made = {id(one): one for node in first for one in node.outputs}
    used = [one for node in second for one in handles_of(node.inputs)] + graph.results
    between = list({id(one): one for one in used if id(one) in made}.values())
    needed = {id(one) for node in first for one in handles_of(node.inputs)}
    variables = [pair for pair in graph.variables if id(pair[1]) in needed]
    still = {id(one) for one in used}
    before = replace(
        graph, nodes=first, inputs=[], variables=variables, effects=[], lates=[], outputs=between
    )
    after = replace(
        graph,
        nodes=second,
        inputs=[*graph.inputs, *between],
        variables=[pair for pair in graph.variables if id(pair[1]) in still],
    )
    return before, after


def parted(graph: Graph) -> tuple[list[Node], list[Node], set[int]]:
    """The nodes that depend on variables alone, none of which the graph assigns; the others; ids of what is
    known in a run only.
    """
    assigned = {id(variable) for variable, _ in graph.effects}
    late = {id(one) for one in graph.given}
    late -= {id(symbol) for variable, symbol in graph.variables if id(variable) not in assigned}
    first: list[Node] = []
    second: list[Node] = []
    for node in graph.nodes:
        waits = any(isinstance(value, Late) for value in node.checked.attrs.values())
        if waits or node.decided_by_values or any(id(one) in late for one in handles_of(node.inputs)):
            second.append(node)
            late.update(id(one) for one in node.outputs)
        else:
            first.append(node)
    return first, second, late
