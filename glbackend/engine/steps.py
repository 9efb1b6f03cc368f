"""Nodes that are rows of the elementwise table, as the steps of a Chain."""

from collections.abc import Sequence

from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.step import Step


def given_in_order(node: Node) -> list[Handle]:
    """The inputs of a row, in the order in which the row names them."""
    if isinstance(node.inputs, list) or node.kernel not in ROWS:
        return handles_of(node.inputs)
    return [node.inputs[name] for name in ROWS[node.kernel].inputs]


def steps_of(nodes: Sequence[Node], operands: Sequence[Handle]) -> tuple[tuple[Step, ...], dict[str, float]]:
    """The steps that nodes are, in their order, on registers that are `operands` first; and their numbers."""
    registers = {id(one): i for i, one in enumerate(operands)}
    steps: list[Step] = []
    numbers: dict[str, float] = {}
    for node in nodes:
        given = tuple([registers[id(one)] for one in given_in_order(node)])
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
