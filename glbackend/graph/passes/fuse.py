"""Rows of the table that follow one another become one pass: alone, after a product, or within a reduction.

A fused pass has one shape only: rows that give the input of a reduction, or a root (a product, a convolution,
the gradient of a pool) and rows after it, or rows alone. From the last node to the first each row joins the
passes of those that use it.
"""

from collections.abc import Iterable

from glbackend.base.shapes import Spec
from glbackend.contracts.chain import Prologue, Root
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node, handles_of
from glbackend.engine.steps import given_in_order, steps_of
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.fusable import REDUCTIONS, ROOTS

MOST_OPERANDS = 12  # of the 16 textures that OpenGL promises a shader; a root takes two, too
MOST_STEPS = 40
MOST_REPEATED = (
    8  # rows of a pass that are computed elsewhere as well, or for each element that they spread to
)
MOST_USERS = 3  # passes that compute a row, each for itself, rather than read it
FEW_OPERANDS = 2  # of such a row
NUMBERS = ("float32", "int32", "bool")


class _Group:
    """Rows that become one pass. `out` is what the last one gives; of a `reduction`, what goes into that."""

    def __init__(self, last: Node, reduction: bool = False) -> None:
        self.last = last
        self.reduction = reduction
        self.out = handles_of(last.inputs)[0] if reduction else last.outputs[0]
        self.members = [] if reduction else [last]  # from the last to the first
        self.inner = set() if reduction else {id(self.out)}
        self.repeated = 0

    def takes(self, node: Node, again: bool) -> bool:
        """Whether the row may join: nothing costly is computed more than once, and no limit is reached.

        `again`: it joins other passes, too.
        """
        repeats = again or node.outputs[0].spec.size < self.out.spec.size
        if repeats and (self.repeated >= MOST_REPEATED or not _cheap(node)):
            return False
        if sum(map(_length, self.members)) + _length(node) > MOST_STEPS:
            return False
        inner = self.inner | {id(node.outputs[0])}
        return len(_operands([node, *self.members[::-1]], inner)) <= MOST_OPERANDS

    def join(self, node: Node, again: bool) -> None:
        """Takes a row in."""
        self.repeated += again or node.outputs[0].spec.size < self.out.spec.size
        self.members.append(node)
        self.inner.add(id(node.outputs[0]))


def fuse(graph: Graph, dear: bool = True) -> Graph:
    """With a Chain in place of each group of rows, and of the root before it or the reduction behind.

    Where passes are `dear` a cheap row is rather computed in several of them than stored by one of its own,
    and rows run within the reduction that they feed.
    """
    users = graph.users()
    numbers = {id(node.outputs[0]): number for number, node in enumerate(graph.nodes)}
    groups = _groups(graph, users, numbers, dear)
    made: dict[int, Node] = {}  # by the number of the last node of each group
    gone = set(groups)
    for group in {id(one): one for several in groups.values() for one in several}.values():
        last = numbers[id(group.last.outputs[0])]
        root = None if group.reduction else _root(graph, group, numbers, users, groups)
        if root is None and len(group.members) == (not group.reduction):
            gone.discard(last)
        elif group.reduction:
            made[last] = _within(group)
        else:
            made[last] = _chain(group, None if root is None else graph.nodes[root])
            gone |= set() if root is None else {root}
    nodes = [
        made.get(number, node)
        for number, node in enumerate(graph.nodes)
        if number in made or number not in gone
    ]
    return graph.rewritten(nodes, {})


def _groups(
    graph: Graph, users: dict[int, list[int]], numbers: dict[int, int], dear: bool
) -> dict[int, list[_Group]]:
    """By the number of a row, or of a reduction, the groups that it belongs to."""
    groups: dict[int, list[_Group]] = {}
    for number in reversed(range(len(graph.nodes))):
        node = graph.nodes[number]
        if dear and _is_reduction(node):
            groups[number] = [_Group(node, reduction=True)]
        elif _is_row(node):
            using = users.get(id(node.outputs[0]), [-1])
            found = _using(using, groups)
            again = len(found) > 1
            few = dear and len(given_in_order(node)) <= FEW_OPERANDS and len(found) <= MOST_USERS
            few = few and not any(_alone(graph, one, users, numbers) for one in given_in_order(node))
            if found and (few or not again) and all(group.takes(node, again) for group in found):
                for group in found:
                    group.join(node, again)
                groups[number] = found
            else:
                groups[number] = [_Group(node)]
    return groups


def _alone(graph: Graph, one: Handle, users: dict[int, list[int]], numbers: dict[int, int]) -> bool:
    """Whether a value is of a root that nobody else uses: the row ends its pass, and is stored by it."""
    number = numbers.get(id(one))
    return number is not None and graph.nodes[number].kernel in ROOTS and len(set(users[id(one)])) == 1


def _using(users: list[int], groups: dict[int, list[_Group]]) -> list[_Group]:
    """The groups of all who use what a row gives; none where somebody who needs it stored is among them."""
    found: dict[int, _Group] = {}
    for number in users:
        for group in groups.get(number, ()):
            found[id(group)] = group
        if number not in groups:
            return []
    return list(found.values())


def _is_reduction(node: Node) -> bool:
    if node.kernel not in REDUCTIONS:
        return False
    return all(one.dtype in ("float32", "int32") for one in (*handles_of(node.inputs), *node.outputs))


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
    every = {id(one): one for node in nodes for one in given_in_order(node)}
    return [one for one in every.values() if id(one) not in inner]


def _root(
    graph: Graph,
    group: _Group,
    numbers: dict[int, int],
    users: dict[int, list[int]],
    groups: dict[int, list[_Group]],
) -> int | None:
    """The root that the group can follow at once: the last one that nobody else uses."""
    found = []
    for one in _operands(group.members, group.inner):
        number = numbers.get(id(one))
        if (
            number is not None
            and graph.nodes[number].kernel in ROOTS
            and one.spec == group.out.spec
            and one.dtype == "float32"
            and all(groups.get(i) == [group] for i in users[id(one)])
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
    steps, numbers = steps_of(members, operands)
    given = [*first, *operands[root is not None :]]
    attrs = {"steps": steps, "numbers": numbers, "root": before}
    return group.last.instead("Chain", given, attrs, (group.out,))


def _within(group: _Group) -> Node:
    """The reduction with its rows."""
    members, node = group.members[::-1], group.last
    operands = _operands(members, group.inner)
    steps, numbers = steps_of(members, operands)
    names = tuple([f"x{i}" for i in range(len(operands))])
    before = Prologue(steps, numbers, Spec(group.out.shape, group.out.dtype))
    attrs = {"steps": (), "root": Root(node.kernel, names, node.checked.outs[0], node.checked.attrs, before)}
    return node.instead("Chain", operands, attrs, node.outputs)
