"""Functions that a graph calls, put in the place of the calls: constants then meet what they decide, and
normalisations the convolutions that they are folded into."""

from collections.abc import Iterable, Mapping

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model.compile import reachable
from glbackend.formats.graph_model.frames import ENTER, FLOW
from glbackend.formats.graph_model.loading import functions_of
from glbackend.formats.graph_model.nodes import Function, GraphNode, Ref, Topology

CALLS = frozenset(("PartitionedCall", "StatefulPartitionedCall"))
LOOPS = frozenset(("While", "StatelessWhile", *ENTER))
MOST_DEEP, MOST_STEPS = 64, 10_000
MOST_GROWTH = 4  # of a graph by this: what goes beyond, as functions that call themselves do, stays a call


def inlined(topology: Topology, goals: Iterable[str]) -> Topology:
    """What the goals need of a graph, and its inputs, functions in place of the calls to them.

    A call becomes a node that hands its results on.
    """
    nodes, functions = dict(topology.nodes), topology.functions
    # else a call may lie in a branch or a loop
    straight = not any(node.op in FLOW for node in nodes.values())
    size = len(nodes) + sum(len(function.nodes) for function in functions.values())
    left, waiting = MOST_GROWTH * size, [name for name in goals if name in nodes]
    needed = dict.fromkeys(name for name, node in nodes.items() if node.op == "Placeholder")
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        needed[name] = None
        node = nodes[name]
        function = functions.get(str(node.attrs.get("f"))) if straight and node.op in CALLS else None
        if function is not None and len(function.nodes) <= left and _may_stand_in(function, node, nodes):
            left -= len(function.nodes)
            node = _put_in(function, node, nodes)
        waiting += [ref.node for ref in node.inputs]
        waiting += node.controls
    kept = {name: nodes[name] for name in needed}
    return Topology(kept, _called(kept, functions))


def _called(nodes: Mapping[str, GraphNode], functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions that are called still."""
    found: dict[str, Function] = {}
    waiting = [nodes]
    while waiting:
        for node in waiting.pop().values():
            for name in functions_of(node):
                if name in functions and name not in found:
                    found[name] = functions[name]
                    waiting.append(functions[name].nodes)
    return found


def _may_stand_in(function: Function, call: GraphNode, nodes: dict[str, GraphNode]) -> bool:
    if len(call.inputs) != len(function.arguments):
        raise ModelFormatError(
            f"node {call.name!r} gives {len(call.inputs)} arguments to the function {function.name!r}, which "
            f"takes {len(function.arguments)}"
        )
    return not any(node.op in FLOW or _within(call, name) in nodes for name, node in function.nodes.items())


def _within(call: GraphNode, name: str) -> str:
    return f"{call.name}/{name}"


def _put_in(function: Function, call: GraphNode, nodes: dict[str, GraphNode]) -> GraphNode:
    """Adds the nodes of a function; gives what stands for the call."""
    given = dict(zip(function.arguments, call.inputs, strict=True))

    def moved(ref: Ref) -> Ref:
        return given[ref.node] if ref.node in given else ref._replace(node=_within(call, ref.node))

    def waits(name: str) -> str:
        return given[name].node if name in given else _within(call, name)

    for node in function.nodes.values():
        controls = (*map(waits, node.controls), *(() if node.op == "Const" else call.controls))
        name = _within(call, node.name)
        nodes[name] = GraphNode(name, node.op, tuple(map(moved, node.inputs)), controls, node.attrs)
    ends = (*map(waits, function.effects), *call.controls)
    made = GraphNode(call.name, "IdentityN", tuple(map(moved, function.results)), ends)
    nodes[call.name] = made
    return made


def check_effort(topology: Topology, goal: Ref) -> None:
    """ModelFormatError where what runs at load has loops, or far more to do than a graph of its size has."""
    steps: dict[str, int] = {}
    size = len(topology.nodes) + sum(len(one.nodes) for one in topology.functions.values())

    def counted(nodes: Mapping[str, GraphNode], within: tuple[str, ...]) -> int:
        count = len(nodes)
        for node in nodes.values():
            if node.op in LOOPS:
                raise ModelFormatError(
                    f"node {node.name!r} ({node.op}): a loop is not run while a model loads"
                )
            for name in functions_of(node):
                if name in within or len(within) > MOST_DEEP:
                    raise ModelFormatError(f"function {name!r} calls itself, or is called too deep")
                if name not in steps:
                    steps[name] = counted(topology.functions[name].nodes, (*within, name))
                count += steps[name]
        return count

    if counted(reachable(topology.nodes, [goal], {}), ()) > MOST_GROWTH * size + MOST_STEPS:
        raise ModelFormatError("what initializes it calls functions too often")
