"""A layer normalisation written in ops becomes the kernel Normalize, by row, with scale and offset.

(x - mean(x)) * rsqrt(mean((x - mean(x))^2) + epsilon), or divided by the root, over the last axis; where
nothing else asks for what lies between. Sums are made in another order than by kernels of reductions.
"""

from collections.abc import Iterator
from typing import NamedTuple

from glbackend.base.shapes import Spec
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle


class _Found(NamedTuple):
    """A normalisation of `x` and the nodes that compute it, the last one first."""

    x: Handle
    mean: Handle
    variance: Handle
    epsilon: float
    nodes: list[Node]


def normalize(graph: Graph) -> Graph:
    """With a node Normalize in place of each layer normalisation."""
    made = {id(handle): node for node in graph.nodes for handle in node.outputs}
    users = graph.users()
    instead: dict[int, Node] = {}  # by the id of the last node's output
    gone: set[int] = set()
    for node in graph.nodes:
        found = _core(node, made)
        if found is not None and _closed(found.nodes, users):
            named, nodes = _affine(graph, found, users)
            (last,) = nodes[0].outputs
            attrs = {"by": "row", "variance_epsilon": found.epsilon}
            outputs = last, found.mean, found.variance
            instead[id(last)] = nodes[0].instead("Normalize", named, attrs, outputs)
            gone |= {id(one.outputs[0]) for one in nodes}
    if not instead:
        return graph
    nodes = []
    for node in graph.nodes:
        key = id(node.outputs[0])
        if key in instead:
            nodes.append(instead[key])
        elif key not in gone:
            nodes.append(node)
    return graph.rewritten(nodes, {})


def _core(node: Node, made: dict[int, Node]) -> _Found | None:
    """The normalisation that a node ends, scale and offset aside."""
    for apart, other in _ways(node):
        root = made.get(id(other))
        if root is None or root.kernel != ("Sqrt" if node.kernel == "RealDiv" else "Rsqrt"):
            continue
        added = made.get(id(*handles_of(root.inputs)))
        for variance, epsilon in _ways(added) if added is not None and added.kernel == "Add" else ():
            value = _number(epsilon)
            squares, difference = made.get(id(variance)), made.get(id(apart))
            if value is None or squares is None or difference is None or difference.kernel != "Sub":
                continue
            x, mean = handles_of(difference.inputs)
            squared = _squared(squares, x, mean, apart, made)
            first = made.get(id(mean))
            if squared is not None and first is not None and _is_mean(first, x) and value >= 0:
                between = [node, root, added, squares, squared, difference, first]
                return _Found(x, mean, variance, value, [one for one in between if one is not None])
    return None


def _ways(node: Node) -> Iterator[tuple[Handle, Handle]]:
    """The two operands of a product or sum in both orders, of a quotient in its own."""
    if node.kernel not in ("Multiply", "Add", "RealDiv"):
        return
    a, b = handles_of(node.inputs)
    yield a, b
    if node.kernel != "RealDiv":
        yield b, a


def _squared(mean: Node, x: Handle, center: Handle, apart: Handle, made: dict[int, Node]) -> Node | None:
    """The squares whose mean a node takes, if they are those of x - center, which is `apart`."""
    given = handles_of(mean.inputs)
    squares = made.get(id(given[0])) if len(given) == 1 else None
    if squares is None or not _is_mean(mean, given[0]):
        return None
    operands = handles_of(squares.inputs)
    own = squares.kernel == "Square" or (squares.kernel == "Multiply" and operands[0] is operands[1])
    power = squares.kernel == "Pow" and _number(operands[1]) == 2
    if (own or power) and operands[0] is apart:
        return squares
    both = {id(one) for one in operands} == {id(x), id(center)}
    return squares if squares.kernel == "SquaredDifference" and both else None


def _is_mean(node: Node, x: Handle) -> bool:
    """Whether a node gives a mean for each row of x."""
    rank = len(x.shape)
    return (
        node.kernel == "Mean"
        and handles_of(node.inputs)[0] is x
        and node.checked.attrs["axes"] == (rank - 1,)
        and node.outputs[0].spec == Spec((*x.shape[:-1], 1))
        and x.dtype == "float32"
    )


def _number(handle: Handle) -> float | None:
    """The value of a single number that is known."""
    host = handle.storage.host
    return float(host[0]) if host is not None and handle.size == 1 else None


def _closed(nodes: list[Node], users: dict[int, list[int]]) -> bool:
    """Whether what the nodes but the first give is asked for by them alone."""
    asked = sum(len(users[id(one.outputs[0])]) for one in nodes[1:])
    inner = {id(one.outputs[0]) for one in nodes[1:]}
    return asked == sum(id(given) in inner for one in nodes for given in handles_of(one.inputs))


def _affine(graph: Graph, found: _Found, users: dict[int, list[int]]) -> tuple[dict[str, Handle], list[Node]]:
    """The inputs of the kernel and the nodes that it stands for: with a product and a sum that follow."""
    named, nodes = {"x": found.x}, found.nodes
    channels = Spec(found.x.shape[-1:])
    for name, kernel in (("scale", "Multiply"), ("offset", "Add")):
        using = users[id(nodes[0].outputs[0])]
        after = graph.nodes[using[0]] if len(using) == 1 and using[0] >= 0 else None
        if after is None or after.kernel != kernel:
            continue
        others = [one for one in handles_of(after.inputs) if one is not nodes[0].outputs[0]]
        if len(others) == 1 and others[0].spec == channels:
            named[name], nodes = others[0], [after, *nodes]
    return named, nodes
