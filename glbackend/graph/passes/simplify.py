"""Nodes that change nothing go, views and transpositions that meet become one, equal nodes are one.

Rows with nothing but a number beside them come before views, so that they join what gives the elements.
"""

from collections.abc import Hashable
from typing import Any

from glbackend.base.late import Late
from glbackend.engine.graph import Graph, with_inputs
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

VIEWS = ("Reshape", "ExpandDims")  # another shape over the same elements


def simplify(graph: Graph) -> Graph:
    """With fewer nodes, and the same bits."""
    nodes: list[Node] = []
    made: dict[int, Node] = {}  # by the id of an output
    known: dict[Hashable, Node] = {}
    instead: dict[int, Handle] = {}
    for old in graph.nodes:
        node = _met(with_inputs(old, instead), made)
        row = _before_view(node, made)
        if row is not None:
            nodes.append(row)
            made[id(row.outputs[0])] = row
            node = _view(row.outputs[0], node)
        same = _unchanged(node)
        if same is not None:
            instead[id(node.outputs[0])] = same
            continue
        key = _key(node)
        twin = known.get(key) if key is not None else None
        if twin is not None:
            pairs = zip(node.outputs, twin.outputs, strict=True)
            instead.update((id(mine), theirs) for mine, theirs in pairs)
            continue
        if key is not None:
            known[key] = node
        nodes.append(node)
        made.update((id(handle), node) for handle in node.outputs)
    return graph.rewritten(nodes, instead)


def _only_input(node: Node) -> Handle | None:
    if not isinstance(node.inputs, dict) or len(node.inputs) != 1:
        return None
    (one,) = node.inputs.values()
    return one if isinstance(one, Handle) else None


def _unchanged(node: Node) -> Handle | None:
    """What a node gives without doing anything to it."""
    x = _only_input(node)
    if x is None or node.outputs[0].spec != x.spec:
        return None
    if node.kernel in ("Identity", "Cast", *VIEWS):
        return x
    perm = node.checked.attrs.get("perm")
    return x if node.kernel == "Transpose" and perm == tuple(range(len(x.shape))) else None


def _met(node: Node, made: dict[int, Node]) -> Node:
    """A view of a view, or a transposition of a transposition, as one of what came before."""
    x = _only_input(node)
    before = None if x is None else made.get(id(x))
    source = None if before is None else _only_input(before)
    if before is None or source is None:
        return node
    if node.kernel in VIEWS and before.kernel in VIEWS:
        return _view(source, node)
    if node.kernel == before.kernel == "Transpose":
        first, second = before.checked.attrs["perm"], node.checked.attrs["perm"]
        perm = tuple(first[i] for i in second)
        return node.instead("Transpose", {"x": source}, {"perm": perm}, node.outputs)
    return node


def _view(source: Handle, node: Node) -> Node:
    """A view of `source` in place of a node."""
    return node.instead("Reshape", {"x": source}, {"shape": node.outputs[0].shape}, node.outputs)


def _before_view(node: Node, made: dict[int, Node]) -> Node | None:
    """A row of a view and single numbers, as a row of what the view shows; None where it is no such row."""
    if node.kernel not in ROWS or node.kernel == "Select" or not isinstance(node.inputs, dict):
        return None
    wide = {name: one for name, one in node.inputs.items() if one is not None and one.spec.size > 1}
    views = [made.get(id(one)) for one in wide.values()]
    if len(wide) != 1 or views[0] is None or views[0].kernel not in VIEWS:
        return None
    (name,), source = wide, _only_input(views[0])
    others = [one for other, one in node.inputs.items() if other != name and one is not None]
    if source is None or any(len(one.shape) > len(source.shape) for one in others):
        return None
    return node.instead(node.kernel, {**node.inputs, name: source}, node.checked.attrs)


def _key(node: Node) -> Hashable | None:
    """What two nodes have in common that give the same; None where there can be no other."""
    attrs = node.checked.attrs
    if any(isinstance(value, Late) for value in attrs.values()):
        return None
    given = node.inputs if isinstance(node.inputs, list) else list(node.inputs.items())
    told = tuple([(name, _told_apart(value)) for name, value in attrs.items()])
    key = node.kernel, _ids(given), told, tuple([one.spec for one in node.outputs])  # a view has no attrs
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _ids(given: Any) -> Any:
    if isinstance(given, Handle):
        return id(given)
    return tuple([_ids(one) for one in given]) if isinstance(given, list | tuple) else given


def _told_apart(value: Any) -> Any:
    """Equal only where the bits are: 1 is not 1.0, nor 0.0 -0.0."""
    return (type(value), repr(value)) if isinstance(value, float | int) else value
