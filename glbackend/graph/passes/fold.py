"""What depends on no input and on no variable runs once, now."""

from glbackend.base.late import Late
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph, with_inputs
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle

MOST_ELEMENTS = 1 << 20  # that a constant may have: larger ones are made anew in each run, and let go


def fold(graph: Graph) -> Graph:
    """With constants in place of nodes whose inputs are constants; single numbers lie on the host."""
    open_ends = {id(handle) for handle in graph.given}
    nodes: list[Node] = []
    constants: dict[int, Handle] = {}
    for node in graph.nodes:
        late = any(isinstance(value, Late) for value in node.checked.attrs.values())
        size = sum(handle.spec.size for handle in node.outputs)
        if late or size > MOST_ELEMENTS or any(id(one) in open_ends for one in handles_of(node.inputs)):
            nodes.append(node)
            open_ends.update(id(handle) for handle in node.outputs)
            continue
        ready = with_inputs(node, constants)
        for symbol, value in zip(node.outputs, ready.run(engine().backend, ready.inputs, _none), strict=True):
            constants[id(symbol)] = _on_host(value) if value.size == 1 else value
    return graph.rewritten(nodes, constants)


def _none(late: Late) -> None:
    raise AssertionError("nothing late is folded")


def _on_host(one: Handle) -> Handle:
    known = Handle.of(one.storage.values().copy(), one.spec)
    return known if one.dtype == one.storage.dtype and one.dtype != "complex64" else one
