"""Products of one tensor with several matrices, all read through views, become one: queries, keys and values.

Matrices, and what is added to each product, must depend on variables alone: they are put side by side once,
each times the number by which its product is multiplied afterwards.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from glbackend.base.shapes import Spec
from glbackend.engine.graph import Graph
from glbackend.engine.node import Inputs, Node, handles_of
from glbackend.engine.storage import Handle
from glbackend.graph.passes.split import parted


class _Member(NamedTuple):
    """A product, what is added to it, by what it is multiplied then, and the numbers of these nodes."""

    product: Node
    bias: Handle | None
    scale: Handle | None
    result: Handle
    numbers: tuple[int, ...]


class _Place(NamedTuple):
    """Where the columns of a member now stand: from `start` on in rows of `whole`."""

    whole: Handle
    start: int


def siblings(graph: Graph) -> Graph:
    """With one product, and one sum, in place of several; those who read them read parts of it."""
    first, second, late = parted(graph)
    graph = replace(graph, nodes=[*first, *second])
    places: dict[int, _Place] = {}  # by the id of a member's result
    made: dict[int, list[Node]] = {}  # what stands in place of the first member, by its number
    gone: set[int] = set()
    for members in _groups(graph, late):
        nodes, whole = _merged(members)
        start = 0
        for one in members:
            places[id(one.result)] = _Place(whole, start)
            start += one.result.shape[-1]
            gone.update(one.numbers)
        made[members[0].numbers[0]] = nodes
    kept: list[Node] = []
    for number, node in enumerate(graph.nodes):
        kept += made.get(number, [])
        if number not in gone:
            kept.append(_reading(node, places))
    return graph.rewritten(kept, {})


def _groups(graph: Graph, late: set[int]) -> list[list[_Member]]:
    """Members that may become one: of one tensor, all with a bias or none."""
    users = graph.users()
    groups: dict[tuple[int, bool], list[_Member]] = defaultdict(list)
    for number, node in enumerate(graph.nodes):
        member = _member(graph, number, late, users) if node.kernel == "BatchMatMul" else None
        if member is not None and isinstance(node.inputs, dict):
            groups[id(node.inputs["a"]), member.bias is None].append(member)
    return [members for members in groups.values() if len(members) > 1]


def _member(graph: Graph, number: int, late: set[int], users: dict[int, list[int]]) -> _Member | None:
    """A product that may be a part of a wider one; None where it may not."""
    node = graph.nodes[number]
    assert isinstance(node.inputs, dict)
    a, b, (result,) = node.inputs["a"], node.inputs["b"], node.outputs
    plain = not any(node.checked.attrs.values()) and all(one.dtype == "float32" for one in (a, b))
    if not plain or len(b.shape) != 2 or id(b) in late or id(a) not in late:
        return None
    numbers, found = [number], dict[str, Handle]()
    for kernel in ("Add", "Multiply"):
        using = users.get(id(result), [-1])
        after = graph.nodes[using[0]] if len(using) == 1 and using[0] >= 0 else None
        if after is None or after.kernel != kernel or after.outputs[0].spec != result.spec:
            continue
        other = next((one for one in handles_of(after.inputs) if one is not result), result)
        if other.spec != (Spec(result.shape[-1:]) if kernel == "Add" else Spec(())) or id(other) in late:
            return None
        found[kernel] = other
        numbers.append(using[0])
        result = after.outputs[0]
    if not all(one >= 0 and _reads_parts(graph.nodes[one], result) for one in users.get(id(result), [-1])):
        return None
    return _Member(node, found.get("Add"), found.get("Multiply"), result, tuple(numbers))


def _reads_parts(node: Node, whole: Handle) -> bool:
    """Whether a node reads a tensor through views alone that stay in its lines."""
    if "a_view" not in node.checked.attrs or not isinstance(node.inputs, dict):
        return False
    names = [name for name, one in node.inputs.items() if one is whole]
    width = whole.shape[-1]
    return all(node.checked.attrs[f"{name}_view"].in_lines(width, width) is not None for name in names)


def _merged(members: Sequence[_Member]) -> tuple[list[Node], Handle]:
    """The nodes that compute all members at once, and what the last one gives."""
    first, nodes = members[0].product, list[Node]()
    assert isinstance(first.inputs, dict)

    def add(kernel: str, inputs: Inputs, **attrs: Any) -> Handle:
        nodes.append(first.instead(kernel, inputs, attrs))
        return nodes[-1].outputs[0]

    def scaled(x: Handle, one: _Member) -> Handle:
        return x if one.scale is None else add("Multiply", {"a": x, "b": one.scale})

    matrices = [
        scaled(one.product.inputs["b"], one) for one in members if isinstance(one.product.inputs, dict)
    ]
    biases = [scaled(one.bias, one) for one in members if one.bias is not None]
    inputs: Inputs = {"a": first.inputs["a"], "b": add("Concat", matrices, axis=1)}
    whole = add("BatchMatMul", inputs, **first.checked.attrs)
    if biases:
        whole = add("Add", {"a": whole, "b": add("Concat", biases, axis=0)})
    return nodes, whole


def _reading(node: Node, places: Mapping[int, _Place]) -> Node:
    """A product with views of what its operands have become parts of."""
    inputs, attrs = node.inputs, dict(node.checked.attrs)
    if not isinstance(inputs, dict) or not any(id(one) in places for one in handles_of(inputs)):
        return node
    inputs = dict(inputs)
    for name, one in inputs.items():
        if id(one) in places:
            whole, start = places[id(one)]
            attrs[f"{name}_view"] = attrs[f"{name}_view"].in_lines(one.shape[-1], whole.shape[-1], start)
            inputs[name] = whole
    return node.instead(node.kernel, inputs, attrs, node.outputs)
