"""Transpositions and slices of a product's operands become its strides: heads are read where they lie.

A view is taken where its rows are whole fours of numbers, as backends pack them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from glbackend.base.view import View, whole
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle
from glbackend.graph.passes.simplify import VIEWS

MOVED = ("Transpose", "Slice", "StridedSlice", "SplitV")  # what costs a pass
MOST_RANK = 4  # of a product: two leading dims, rows, columns


class _Seen(NamedTuple):
    """What a value is a view of. `moved`: by a transposition or a slice, which cost a pass."""

    base: Handle
    view: View
    moved: bool = False


def views(graph: Graph) -> Graph:
    """With products that read through views; what made their operands goes where nobody else asks for it."""
    made = {id(handle): node for node in graph.nodes for handle in node.outputs}
    nodes = [_product(node, made) if node.kernel == "BatchMatMul" else node for node in graph.nodes]
    return graph.rewritten(nodes, {})


def _product(node: Node, made: Mapping[int, Node]) -> Node:
    assert isinstance(node.inputs, dict)
    given, (out,) = node.inputs, node.outputs
    floats = all(one.dtype == "float32" for one in (*given.values(), out))
    if not floats or len(out.shape) > MOST_RANK or "a_view" in node.checked.attrs:
        return node
    attrs, inputs, moved = dict(node.checked.attrs), {}, False
    for name, one in given.items():
        for seen in (_seen(one, made), _Seen(one, whole(one.shape))):
            view, turned = _by_rows(seen.view.broadcast(out.shape[:-2]))
            if view is not None and _in_fours(view, seen.base):
                break
        else:
            return node
        inputs[name], moved = seen.base, moved or seen.moved
        attrs |= {f"{name}_view": view, f"transpose_{name}": attrs[f"transpose_{name}"] != turned}
    if not moved:
        return node
    return node.instead("BatchMatMul", inputs, attrs, node.outputs)


def _seen(handle: Handle, made: Mapping[int, Node]) -> _Seen:
    """The value of which `handle` is a view, as far back as it is one."""
    way: list[tuple[Node, Handle]] = []
    at = handle
    while (node := made.get(id(at))) is not None and node.kernel in (*MOVED, *VIEWS):
        way.append((node, at))
        (at,) = handles_of(node.inputs)
    seen = _Seen(at, whole(at.shape))
    for node, one in reversed(way):
        view = _through(node, one, seen.view)
        moved = seen.moved or node.kernel in MOVED
        seen = _Seen(one, whole(one.shape)) if view is None else _Seen(seen.base, view, moved)
    return seen


def _through(node: Node, output: Handle, view: View) -> View | None:
    """What an output of a node shows of that of which its input shows `view`."""
    attrs = node.checked.attrs
    if node.kernel == "Transpose":
        return view.permuted(attrs["perm"])
    if node.kernel == "Slice":
        return view.cut(attrs["begin"], output.shape)
    if node.kernel == "StridedSlice":
        found = view.cut(attrs["begin"], attrs["size"]) if set(attrs["strides"]) == {1} else None
        return None if found is None else found.reshaped(output.shape)
    if node.kernel == "SplitV":
        axis = attrs["axis"]
        before = node.outputs[: next(i for i, one in enumerate(node.outputs) if one is output)]
        start = sum(one.shape[axis] for one in before)
        return view.cut([start if i == axis else 0 for i in range(len(output.shape))], output.shape)
    return view.reshaped(output.shape)


def _by_rows(view: View | None) -> tuple[View | None, bool]:
    """A view whose rows lie in one piece, and whether rows and columns had to change places for that."""
    if view is None or view.strides[-1] == 1 or view.strides[-2] != 1:
        return view, False
    rank = len(view.shape)
    return view.permuted((*range(rank - 2), rank - 1, rank - 2)), True


def _in_fours(view: View, base: Handle) -> bool:
    """Whether rows, and the steps between them, are whole fours, and rows lie in one piece."""
    steps = [step for n, step in zip(view.shape, view.strides, strict=True) if n > 1]
    fours = (base.shape[-1] if base.shape else 1, view.shape[-1], view.offset, *steps[:-1])
    return view.strides[-1] == 1 and view.shape[-1] > 1 and all(one % 4 == 0 for one in fours)
