"""Nodes that become one: a normalisation goes into the weights of its convolution, and bias and activation
ride along with a convolution or a product."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glbackend.engine.storage import Coded
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.frames import FLOW
from glbackend.formats.graph_model.fused import RIDING
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.formats.graph_model.nodes import GraphNode, Ref

CONVOLUTIONS = {
    "Conv2D": "_FusedConv2D",
    "_FusedConv2D": "_FusedConv2D",
    "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "FusedDepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
}
PRODUCTS = {**CONVOLUTIONS, "MatMul": "_FusedMatMul", "_FusedMatMul": "_FusedMatMul"}
NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
ADDS = ("BiasAdd", "BiasAddV1", "Add", "AddV2")


def fuse(
    nodes: Mapping[str, GraphNode], results: Sequence[Ref], fed: Iterable[str], constants: Any
) -> tuple[dict[str, GraphNode], dict[str, Tensor]]:
    """The nodes after fusing, and the constants that this has made, by the names of their nodes.

    What is asked for as a result, waited for, or read twice stays a node of its own.
    """
    passes = _Fusing(dict(nodes), {ref.node for ref in results} | set(fed), constants)
    for name in list(passes.nodes):
        node = passes.nodes.get(name)
        if node is not None and node.op in CONVOLUTIONS:
            passes.fold_norm(node)
    for name in list(passes.nodes):
        node = passes.nodes.get(name)
        if node is not None and node.op in PRODUCTS:
            passes.fuse_epilogue(node)
    return passes.nodes, passes.made


@dataclass(eq=False)
class _Fusing:
    nodes: dict[str, GraphNode]
    fixed: set[str]
    constants: Any
    made: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.users: dict[str, list[tuple[str, int]]] = {name: [] for name in self.nodes}
        self.renamed: dict[str, str] = {}  # nodes that have gone into another one
        for node in self.nodes.values():
            for ref in node.inputs:
                self.users[ref.node].append((node.name, ref.number))
            for one in node.controls:
                self.fixed.add(one)

    def follower(self, node: GraphNode) -> GraphNode | None:
        """The only node that reads another one, which nobody else asks for."""
        users = self.users.get(node.name, [])
        if node.name in self.fixed or len(users) != 1 or users[0][1]:
            return None
        name = users[0][0]
        while name in self.renamed:
            name = self.renamed[name]
        found = self.nodes[name]
        return None if found.controls or found.op in FLOW else found

    def value(self, ref: Ref) -> Tensor | None:
        """The tensor of a constant, also behind an Identity; None where it is none."""
        node = self.nodes.get(ref.node)
        for _ in range(8):
            if node is None or node.name in self.fixed or node.controls:
                return None
            if node.op == "Const":
                made = self.made.get(node.name)
                found: Tensor = self.constants.constant(node) if made is None else made
                return found
            if node.op != "Identity" or len(node.inputs) != 1:
                return None
            node = self.nodes.get(node.inputs[0].node)
        return None

    def replace(self, first: GraphNode, last: GraphNode, made: GraphNode) -> GraphNode:
        """One node in place of two: it has the name, and so the users, of the last one."""
        del self.nodes[first.name]
        self.nodes[last.name] = made
        self.renamed[first.name] = last.name
        return made

    def add(self, name: str, value: Tensor) -> Ref:
        """A constant more."""
        self.nodes[name] = GraphNode(name, "Const")
        self.made[name] = value
        self.users[name] = []
        return Ref(name)

    def compute(self, name: str, op: str, *inputs: Ref) -> Ref:
        """A node more, of constants: it is computed when the program is made."""
        self.nodes[name] = GraphNode(name, op, inputs)
        self.users[name] = []
        return Ref(name)

    def fold_norm(self, conv: GraphNode) -> None:
        """A normalisation by given moments goes into the filter and a bias."""
        norm = self.follower(conv)
        if conv.attrs.get("fused_ops") or norm is None or norm.op not in NORMS or len(norm.inputs) != 5:
            return
        if norm.inputs[0].node != conv.name:
            return
        turned = conv.attrs.get("data_format", "NHWC") != norm.attrs.get("data_format", "NHWC")
        used = any(index for _, index in self.users[norm.name])  # its moments are read too
        values = [self.value(ref) for ref in (conv.inputs[1], *norm.inputs[1:])]
        if turned or used or norm.attrs.get("is_training", False) or any(value is None for value in values):
            return
        filter = values[0]
        assert filter is not None
        if filter.rank != 4 or len(conv.inputs) != 2 or isinstance(filter.handle.storage, Coded):
            return  # what stays quantised stays as it is
        base = f"{norm.name}/folded"
        scale, offset, mean, variance = norm.inputs[1:]
        epsilon = self.add(f"{base}/epsilon", host_tensor(norm.attrs.get("epsilon", 1e-4), "float32"))
        spread = self.compute(
            f"{base}/spread", "Rsqrt", self.compute(f"{base}/sum", "AddV2", variance, epsilon)
        )
        factor = self.compute(f"{base}/factor", "Mul", scale, spread)
        shift = self.compute(
            f"{base}/shift", "Sub", offset, self.compute(f"{base}/moved", "Mul", mean, factor)
        )
        if conv.op == "DepthwiseConv2dNative":
            shape = self.add(f"{base}/shape", whole(filter.shape[2:]))
            factor = self.compute(f"{base}/factors", "Reshape", factor, shape)
        weights = self.compute(f"{base}/filter", "Mul", conv.inputs[1], factor)
        attrs = {**conv.attrs, "fused_ops": ["BiasAdd"]}
        made = GraphNode(
            norm.name, CONVOLUTIONS[conv.op], (conv.inputs[0], weights, shift), conv.controls, attrs
        )
        self.replace(conv, norm, made)

    def fuse_epilogue(self, node: GraphNode) -> None:
        """A bias, then an activation."""
        fused = list(node.attrs.get("fused_ops") or ())
        follower = self.follower(node)
        if not fused and follower is not None and follower.op in ADDS and len(follower.inputs) == 2:
            bias = follower.inputs[1] if follower.inputs[0].node == node.name else follower.inputs[0]
            if self._is_bias(node, follower, bias):
                fused = ["BiasAdd"]
                attrs = {**node.attrs, "fused_ops": fused}
                made = GraphNode(follower.name, PRODUCTS[node.op], (*node.inputs, bias), node.controls, attrs)
                node = self.replace(node, follower, made)
                follower = self.follower(node)
        if fused not in ([], ["BiasAdd"]) or follower is None or follower.op not in RIDING:
            return
        attrs = {**node.attrs, "fused_ops": [*fused, follower.op]}
        if follower.op == "LeakyRelu":
            attrs["leakyrelu_alpha"] = follower.attrs.get("alpha", 0.2)
        if follower.inputs[0].node != node.name:  # the slopes of a Prelu
            return
        inputs = (*node.inputs, *follower.inputs[1:])
        self.replace(
            node, follower, GraphNode(follower.name, PRODUCTS[node.op], inputs, node.controls, attrs)
        )

    def _is_bias(self, node: GraphNode, add: GraphNode, bias: Ref) -> bool:
        """Whether what is added is a constant number for each channel, in the order in which it comes."""
        value = self.value(bias)
        if value is None or value.dtype != "float32" or bias.node == node.name:
            return False
        first = str(node.attrs.get("data_format", "NHWC")).startswith("NC")
        if add.op in ("BiasAdd", "BiasAddV1"):
            return first == str(add.attrs.get("data_format", "NHWC")).startswith("NC")
        if first or not value.rank or value.rank > (2 if node.op in ("MatMul", "_FusedMatMul") else 4):
            return False
        return value.size == value.shape[-1] == self._channels(node)

    def _channels(self, node: GraphNode) -> int | None:
        """How many channels a convolution or product gives; None where that is not known."""
        weights = self.value(node.inputs[1])
        if weights is None or weights.rank != (2 if node.op in ("MatMul", "_FusedMatMul") else 4):
            return None
        if weights.rank == 2:
            return weights.shape[0 if node.attrs.get("transpose_b") else 1]
        deep = "Depthwise" in node.op
        return weights.shape[2] * weights.shape[3] if deep else weights.shape[3]
