"""Rows of the table that follow one another become one pass, at the end of a product or convolution or alone.

A fused pass has one shape only: a root, or nothing, then rows. From the last node to the first each row joins
the pass of those that use it, if that is a single one and it has to be computed no more often there.
"""

from collections.abc import Iterable, Sequence

from glbackend.contracts.chain import Root
from glbackend.contracts.contract import check
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.fusable import ROOTS
from glbackend.table.step import Step

MOST_OPERANDS = 12  # of the 16 textures that OpenGL promises a shader; a root takes two, too
MOST_STEPS = 40
MOST_REPEATED = 8  # rows that are computed anew for each element that they broadcast to
NUMBERS = ("float32", "int32", "bool")


class _Group:
    """Rows that become one pass; the first member is the last to run, and gives the result."""

    def __init__(self, last: Node) -> None:
        self.out = last.outputs[0]
        self.members = [last]  # from the last to the first
        self.inner = {id(self.out)}
        self.repeated = 0

    def takes(self, node: Node) -> bool:
        """Whether the row may join: nothing costly is computed more than once, and no limit is reached."""
        repeats = node.outputs[0].spec.size < self.out.spec.size
        if repeats and (self.repeated >= MOST_REPEATED or not _cheap(node)):
            return False
        if sum(map(_length, self.members)) + _length(node) > MOST_STEPS:
            return False
        inner = self.inner | {id(node.outputs[0])}
        return len(_operands([node, *self.members[::-1]], inner)) <= MOST_OPERANDS

    def join(self, node: Node) -> None:
        """Takes a row in."""
        self.repeated += node.outputs[0].spec.size < self.out.spec.size
        self.members.append(node)
        self.inner.add(id(node.outputs[0]))


def fuse(graph: Graph) -> Graph:
    """With a Chain in place of each group of rows, and of the root before it."""
    users = graph.users()
    groups: dict[int, _Group] = {}  # by the number of a member
    for number in reversed(range(len(graph.nodes))):
        node = graph.nodes[number]
        if not _is_row(node):
            continue
        found = {id(groups[i]) if i in groups else None for i in users.get(id(node.outputs[0]), [-1])}
        group = groups[users[id(node.outputs[0])][0]] if len(found) == 1 and None not in found else None
        if group is not None and group.takes(node):
            group.join(node)
            groups[number] = group
        else:
            groups[number] = _Group(node)
    numbers = {id(node.outputs[0]): number for number, node in enumerate(graph.nodes)}
    made: dict[int, Node] = {}  # by the number of the last node of each group
    gone = set(groups)
    for group in {id(one): one for one in groups.values()}.values():
        root = _root(graph, group, numbers, users, groups)
        last = numbers[id(group.out)]
        if root is None and len(group.members) == 1:
            gone.discard(last)
            continue
        made[last] = _chain(group, None if root is None else graph.nodes[root])
        if root is not None:
            gone.add(root)
    nodes = [
        made.get(number, node)
        for number, node in enumerate(graph.nodes)
        if number in made or number not in gone
    ]
    return graph.rewritten(nodes, {})


def _is_row(node: Node) -> bool:
    every = [*handles_of(node.inputs), *node.outputs]
    if any(one.dtype not in NUMBERS for one in every) or node.decided_by_values:
        return False
    if node.kernel == "Select":
        return node.checked.attrs["condition_shape"] == handles_of(node.inputs)[0].shape
    return node.kernel in ROWS or node.kernel == "Cast" or (node.kernel == "AddN" and len(node.inputs) > 1)


def _cheap(node: Node) -> bool:
    """A row that the shading language has itself."""
    row = ROWS.get(node.kernel)
    return node.kernel == "Cast" or (row is not None and not row.include)


def _length(node: Node) -> int:
    return len(node.inputs) - 1 if node.kernel == "AddN" else 1


def _operands(nodes: Iterable[Node], inner: set[int]) -> list[Handle]:
    """What the nodes take from outside, each once, in the order of its first use."""
    every = {id(one): one for node in nodes for one in _given(node)}
    return [one for one in every.values() if id(one) not in inner]


def _given(node: Node) -> list[Handle]:
    """The inputs of a row, in the order in which the row names them."""
    if isinstance(node.inputs, list) or node.kernel not in ROWS:
        return handles_of(node.inputs)
    return [node.inputs[name] for name in ROWS[node.kernel].inputs]


def _root(
    graph: Graph,
    group: _Group,
    numbers: dict[int, int],
    users: dict[int, list[int]],
    groups: dict[int, _Group],
) -> int | None:
    """The product or convolution that the group can follow at once: the last one that nobody else uses."""
    found = []
    for one in _operands(group.members, group.inner):
        number = numbers.get(id(one))
        if (
            number is not None
            and graph.nodes[number].kernel in ROOTS
            and one.spec == group.out.spec
            and one.dtype == "float32"
            and all(groups.get(i) is group for i in users[id(one)])
        ):
            found.append(number)
    return max(found, default=None)


def _chain(group: _Group, root: Node | None) -> Node:
    members = group.members[::-1]
    operands = _operands(members, group.inner)
    first: list[Handle] = []
    before: Root | None = None
    if root is not None:
        assert isinstance(root.inputs, dict)
        first = list(root.inputs.values())
        before = Root(root.kernel, tuple(root.inputs), root.checked.outs[0], root.checked.attrs)
        operands = [root.outputs[0], *[one for one in operands if one is not root.outputs[0]]]
    steps, numbers = _steps(members, operands)
    given = [*first, *operands[root is not None :]]
    attrs = {"steps": steps, "numbers": numbers, "root": before}
    return Node("Chain", given, check("Chain", [one.spec for one in given], attrs), (group.out,))


def _steps(members: Sequence[Node], operands: list[Handle]) -> tuple[tuple[Step, ...], dict[str, float]]:
    registers = {id(one): i for i, one in enumerate(operands)}
    steps: list[Step] = []
    numbers: dict[str, float] = {}
    for node in members:
        given = tuple([registers[id(one)] for one in _given(node)])
        if node.kernel == "AddN":
            total = given[0]
            for one in given[1:]:
                steps.append(Step("Add", (total, one)))
                total = len(operands) + len(steps) - 1
            registers[id(node.outputs[0])] = total
            continue
        if node.kernel == "Cast":
            steps.append(Step("Cast", given, node.outputs[0].dtype))
        else:
            attrs = node.checked.attrs
            numbers |= {f"s{len(steps)}_{name}": attrs[name] for name in ROWS[node.kernel].attrs}
            steps.append(Step(node.kernel, given))
        registers[id(node.outputs[0])] = len(operands) + len(steps) - 1
    return tuple(steps), numbers
