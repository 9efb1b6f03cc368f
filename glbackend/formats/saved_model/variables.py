"""Variables and tables of a graph: which tensor of the checkpoint each has, and what may change it.

What a file restores is read from its own graph: which node assigns which output of a RestoreV2. So one way
does for TensorFlow 1, with its slices and shards, and for TensorFlow 2.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model.attrs import inline_tensor
from glbackend.formats.graph_model.compile import reachable
from glbackend.formats.graph_model.frames import ENTER, SWITCH
from glbackend.formats.graph_model.fusing import NORMS
from glbackend.formats.graph_model.lists import Variable
from glbackend.formats.graph_model.loading import functions_of
from glbackend.formats.graph_model.nodes import Function, GraphNode, Ref
from glbackend.formats.saved_model.bundle import cut_of

HANDLES, OLD = ("VarHandleOp", "VariableV2", "Variable"), ("VariableV2", "Variable")
TABLES = frozenset((
    "HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2", "AnonymousHashTable",
    "AnonymousMutableHashTable",
))  # fmt: skip
HAND_ON = frozenset(("Identity", "DisableCopyOnRead", *ENTER, *SWITCH))
ASSIGNS = ("Assign", "ResourceScatter", "ResourceApply", "ResourceSparseApply", "Scatter", "ResourceStrided")
IMPORTS = frozenset(("LookupTableImport", "LookupTableImportV2"))
Nodes = Mapping[str, GraphNode]


def name_of(node: GraphNode) -> str:
    """What the variable or table of a node is known by: nodes that share a name share it."""
    name = node.attrs.get("shared_name") or node.name
    container = node.attrs.get("container")
    return f"{container}/{name}" if container else str(name)


def assigns(op: str) -> bool:
    """Whether an op changes the variable that it takes first."""
    return op.startswith(ASSIGNS) and op != "ScatterNd" and not op.startswith("ScatterNdNon")


@dataclass(frozen=True)
class Restored:
    """A tensor of the checkpoint, and what of it is wanted."""

    key: str
    slice: str


def source(nodes: Nodes, ref: Ref) -> Ref:
    """Where a value comes from, behind nodes that only hand it on."""
    for _ in range(len(nodes)):
        node = nodes.get(ref.node)
        if node is None:
            break
        if node.op in HAND_ON and node.inputs:
            ref = node.inputs[0]
        elif node.op == "IdentityN" and ref.number < len(node.inputs):
            ref = node.inputs[ref.number]
        else:
            break
    return ref


def restores(nodes: Nodes, goal: str) -> tuple[dict[str, Restored], dict[str, tuple[Restored, Restored]]]:
    """By name what the node `goal` restores: variables, and tables with their keys and values."""
    variables: dict[str, Restored] = {}
    tables: dict[str, tuple[Restored, Restored]] = {}
    texts: dict[str, list[str]] = {}
    for node in reachable(nodes, [Ref(goal)], {}).values():
        if assigns(node.op) and len(node.inputs) > 1:
            taken = nodes.get(source(nodes, node.inputs[0]).node)
            found = _restored(nodes, node.inputs[1], texts)
            if taken is not None and taken.op in HANDLES and found is not None:
                variables[name_of(taken)] = found
        elif node.op in IMPORTS and len(node.inputs) > 2:
            taken = nodes.get(source(nodes, node.inputs[0]).node)
            keys, values = (_restored(nodes, ref, texts) for ref in node.inputs[1:3])
            if taken is not None and taken.op in TABLES and keys is not None and values is not None:
                tables[name_of(taken)] = keys, values
    return variables, tables


def _restored(nodes: Nodes, ref: Ref, texts: dict[str, list[str]]) -> Restored | None:
    ref = source(nodes, ref)
    node = nodes.get(ref.node)
    while node is not None and node.op in ("Reshape", "Cast") and node.inputs:  # to what it is already
        ref = source(nodes, node.inputs[0])
        node = nodes.get(ref.node)
    if node is None or node.op != "RestoreV2":
        return None
    if len(node.inputs) != 3:
        raise ModelFormatError(f"node {node.name!r} (RestoreV2) has {len(node.inputs)} inputs: must be 3")
    found = []
    for one in node.inputs[1:]:
        constant = nodes.get(source(nodes, one).node)
        if constant is None:
            raise ModelFormatError(f"node {node.name!r} (RestoreV2): there is no node {one.node!r}")
        if constant.name not in texts:
            value = inline_tensor(constant.attrs.get("value") or {}, f"node {constant.name!r}")
            texts[constant.name] = [] if value is None else [str(text) for text in value.ravel()]
        found.append(texts[constant.name])
    if not 0 <= ref.number < min(map(len, found)):
        raise ModelFormatError(f"node {node.name!r} (RestoreV2) has no output {ref.number}")
    cut_of(found[1][ref.number], found[0][ref.number])
    return Restored(found[0][ref.number], found[1][ref.number])


@dataclass
class Changes:
    """Which variables what runs may change; a handle that is lost sight of means all."""

    functions: Mapping[str, Function]
    known: dict[str, set[int]] = field(default_factory=dict)
    everything: bool = False

    def of_graph(self, nodes: Nodes, goals: Iterable[str]) -> set[str]:
        """The names of variables that the nodes which the goals need assign to."""
        changed = set()
        for ref in self._changed(nodes, [Ref(goal) for goal in goals]):
            node = nodes.get(source(nodes, ref).node)
            if node is not None and node.op in HANDLES:
                changed.add(name_of(node))
            else:
                self.everything = True
        return changed

    def _changed(self, nodes: Nodes, goals: list[Ref]) -> Iterator[Ref]:
        for node in reachable(nodes, goals, {}).values():
            if assigns(node.op):
                yield from node.inputs[:1]
            skipped = 1 if node.op.endswith(("If", "Case")) else 0
            for name in functions_of(node):
                for place in self.of_function(name):
                    yield from node.inputs[place + skipped :][:1]

    def of_function(self, name: str) -> set[int]:
        """The places of arguments that a function assigns to."""
        if name not in self.known and name in self.functions:
            self.known[name] = set()  # for functions that call themselves
            function = self.functions[name]
            nodes = {one: GraphNode(one, "Placeholder") for one in function.arguments} | function.nodes
            goals = [*function.results, *map(Ref, function.effects)]
            for ref in self._changed(nodes, goals):
                end = source(nodes, ref).node
                if end in function.arguments:
                    self.known[name].add(function.arguments.index(end))
                else:
                    self.everything = True
        return self.known.get(name, set())


def named(nodes: Nodes) -> dict[str, GraphNode]:
    """The nodes with variables of TensorFlow 1 read by nodes of their own, and tables under their names."""
    old = {name for name, node in nodes.items() if node.op in OLD}
    made = {}
    for name, node in nodes.items():
        inputs, op, attrs = list(node.inputs), node.op, node.attrs
        if op in TABLES:
            attrs = {**attrs, "shared_name": name_of(node)}
        elif op == "Const":
            attrs = _within_int32(attrs)
        elif op in NORMS:  # what stands at its default is left out, and that of TF.js's files is another
            attrs = {"is_training": True, **attrs}
        for place, ref in enumerate(inputs):
            if ref.node not in old or (place == 0 and (assigns(op) or op == "IsVariableInitialized")):
                continue
            if op == "Identity":
                op = "ReadVariableOp"
            elif op not in HAND_ON:
                reader = f"{name}/read/{place}"
                made[reader] = GraphNode(reader, "ReadVariableOp", (ref,), node.controls)
                inputs[place] = Ref(reader)
        made[name] = GraphNode(name, op, tuple(inputs), node.controls, attrs)
    return made


ENDS = {one: max(-(1 << 31), min(one, (1 << 31) - 1)) for one in (-(1 << 63), (1 << 63) - 1)}


def _within_int32(attrs: dict[str, Any]) -> dict[str, Any]:
    """The attrs of a constant; the ends of int64, which mean "as far as it goes", become int32's."""
    value = attrs.get("value")
    if not isinstance(value, Mapping) or not ENDS.keys() & set(value.get("int64Val", ())):
        return attrs
    numbers = value["int64Val"]
    return {**attrs, "value": {**value, "int64Val": [ENDS.get(one, one) for one in numbers]}}


def bound(nodes: Nodes, variables: Mapping[str, Variable], all_fixed: bool) -> dict[str, GraphNode]:
    """The nodes with their variables: those that never change are constants, and reading them is too."""
    made = dict(nodes)
    for name, node in nodes.items():
        if node.op in HANDLES:
            made[name] = _constant_or(node, variables[name_of(node)])
        elif node.op in ("ReadVariableOp", "ResourceGather") and node.inputs:
            taken = nodes.get(source(nodes, node.inputs[0]).node)
            variable = variables[name_of(taken)] if taken is not None and taken.op in HANDLES else None
            fixed = all_fixed if variable is None else variable.fixed
            if node.op == "ReadVariableOp" and fixed and variable is not None:
                made[name] = _constant_or(node, variable)
            elif fixed and not node.attrs.get("batch_dims"):
                op = "Identity" if node.op == "ReadVariableOp" else "Gather"
                made[name] = GraphNode(name, op, node.inputs, node.controls, node.attrs)
    return made


def _constant_or(node: GraphNode, variable: Variable) -> GraphNode:
    if variable.fixed:
        return GraphNode(node.name, "Const", attrs={"value": variable})
    return GraphNode(node.name, node.op, attrs={"variable": variable})


def names_in(parts: Iterable[Nodes]) -> list[str]:
    """The names of all variables."""
    return sorted({name_of(node) for nodes in parts for node in nodes.values() if node.op in HANDLES})
