"""Fused kernels as their product or convolution and rows, so that `fuse` finds all rows alike.

An einsum that multiplies matrices becomes that product, whose transpositions `views` may take in.
"""

from glbackend.contracts.contract import Checked
from glbackend.engine.contraction import contracted, multiplies_matrices
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.table.fusable import FUSED

WHOLE = {fused: root for root, fused in FUSED.items()}
FUSED_INPUTS = ("bias", "prelu_activation_weights")
FUSED_ATTRS = ("activation", "alpha")


def unfold(graph: Graph) -> Graph:
    """Each fused kernel as several nodes; not those with channels first, whose bias no row could add."""
    nodes: list[Node] = []
    for node in graph.nodes:
        window = node.checked.attrs.get("window")
        if node.kernel in WHOLE and not (window is not None and window.channels_first):
            nodes.extend(_unfolded(node))
        elif _is_product(node):
            nodes.extend(_contracted(node))
        else:
            nodes.append(node)
    return graph.rewritten(nodes, {})


def _unfolded(node: Node) -> list[Node]:
    attrs, given = node.checked.attrs, node.inputs
    assert isinstance(given, dict)
    own = {name: one for name, one in given.items() if name not in FUSED_INPUTS}
    (last,) = node.outputs
    rest = {name: value for name, value in attrs.items() if name not in FUSED_ATTRS}
    new = (Handle(last.storage, last.spec),)
    nodes = [Node(WHOLE[node.kernel], own, Checked(last.spec, rest), new, node.line)]
    if given.get("bias") is not None:
        nodes.append(node.instead("Add", {"a": nodes[-1].outputs[0], "b": given["bias"]}))
    if attrs["activation"] == "Prelu":
        weights = given["prelu_activation_weights"]
        nodes.append(node.instead("Prelu", {"x": nodes[-1].outputs[0], "alpha": weights}))
    elif attrs["activation"] is not None:
        numbers = {"alpha": attrs["alpha"]} if attrs["activation"] == "LeakyRelu" else {}
        nodes.append(node.instead(attrs["activation"], {"x": nodes[-1].outputs[0]}, numbers))
    nodes[-1] = nodes[-1]._replace(outputs=node.outputs)
    return nodes


def _is_product(node: Node) -> bool:
    """Whether it is an einsum of floats that multiplies matrices."""
    if node.kernel != "Einsum" or not isinstance(node.inputs, list):
        return False
    floats = all(one.dtype == "float32" for one in node.inputs)
    return floats and multiplies_matrices(node.checked.attrs["equation"])


def _contracted(node: Node) -> list[Node]:
    assert isinstance(node.inputs, list)
    (last,), nodes = node.outputs, list[Node]()

    def run(kernel: str, inputs: dict[str, Handle], checked: Checked) -> Handle:
        (spec,) = checked.outs
        nodes.append(Node(kernel, inputs, checked, (Handle(last.storage, spec),), node.line))
        return nodes[-1].outputs[0]

    contracted(run, node.inputs, last.spec, node.checked.attrs["equation"])
    nodes[-1] = nodes[-1]._replace(outputs=node.outputs)
    return nodes
