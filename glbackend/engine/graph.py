"""The graph: a flat list of nodes, the one record of a computation; and how it is run node by node."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from glbackend.base.errors import TraceError
from glbackend.base.late import Late
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Spec
from glbackend.engine.node import Look, Node, handles_of, map_inputs
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Variable

if TYPE_CHECKING:
    from glbackend.engine.backend import Backend


@dataclass(frozen=True)
class Graph:
    """What a function computes: a flat list of nodes in an order in which they can run.

    Values are handles, known by their identity. `inputs` are the arguments; `variables` those that are read,
    each with the symbol of the value it has before; `effects` those that are assigned to, each with the value
    it has afterwards; `lates` the numbers that every run asks for, in their order. `outputs` is what the
    function returns, nested as it returns it, with a handle for each tensor. A handle that nothing here gives
    is a constant and holds its data. `looks` are called with the values of those inputs that the host holds.

    It prints a line a node.
    """

    nodes: Sequence[Node]
    inputs: Sequence[Handle]
    variables: Sequence[tuple[Variable, Handle]]
    effects: Sequence[tuple[Variable, Handle]]
    lates: Sequence[Late]
    outputs: Any
    looks: Sequence[tuple[Handle, Look]] = ()

    @cached_property
    def given(self) -> list[Handle]:
        """What a run is given: the inputs, then the values of the variables."""
        return [*self.inputs, *[symbol for _, symbol in self.variables]]

    @cached_property
    def results(self) -> list[Handle]:
        """What a run gives: the outputs, then what the variables become."""
        return [*leaves(Handle, self.outputs), *[value for _, value in self.effects]]

    def users(self) -> dict[int, list[int]]:
        """By the id of a handle the numbers of the nodes that take it; -1 stands for the results."""
        found: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            for handle in handles_of(node.inputs):
                found.setdefault(id(handle), []).append(number)
        for handle in self.results:
            found.setdefault(id(handle), []).append(-1)
        return found

    def rewritten(self, nodes: Sequence[Node], instead: Mapping[int, Handle]) -> "Graph":
        """With other nodes, and by the id of a handle another one in its place, wherever it is used."""

        def now(handle: Handle) -> Handle:
            return found(handle, instead)

        return replace(
            self,
            nodes=[with_inputs(node, instead) for node in nodes],
            effects=[(variable, now(value)) for variable, value in self.effects],
            outputs=map_leaves(Handle, now, self.outputs),
        )

    def __str__(self) -> str:
        names = {id(handle): f"x{i}" for i, handle in enumerate(self.inputs)}
        names |= {id(handle): variable.name for variable, handle in self.variables}
        lines = [f"{names[id(handle)]}: {kind(handle.spec)}" for handle in self.inputs]
        count = 0
        for node in self.nodes:
            given = [names.get(id(one)) or _constant(one) for one in handles_of(node.inputs)]
            for handle in node.outputs:
                names[id(handle)] = f"%{count}"
                count += 1
            made = ", ".join(f"{names[id(handle)]}: {kind(handle.spec)}" for handle in node.outputs)
            attrs = _attrs(node)
            lines.append(f"{made} = {node.kernel}({', '.join([*given, *attrs])})")
        for variable, handle in self.effects:
            lines.append(f"{variable.name} := {names.get(id(handle)) or _constant(handle)}")
        results = [names.get(id(handle)) or _constant(handle) for handle in leaves(Handle, self.outputs)]
        return "\n".join([*lines, f"return {', '.join(results)}"])


def found(handle: Handle, instead: Mapping[int, Handle]) -> Handle:
    """What stands in place of a handle, and of that, and so on."""
    while id(handle) in instead:
        handle = instead[id(handle)]
    return handle


def with_inputs(node: Node, instead: Mapping[int, Handle]) -> Node:
    """The node with other inputs, where `instead` has them."""
    return node._replace(inputs=map_inputs(lambda one: found(one, instead), node.inputs))


def kind(spec: Spec) -> str:
    """Dtype and shape as a graph prints them."""
    return f"{spec.dtype}{list(spec.shape)}"


def _attrs(node: Node) -> list[str]:
    """A node's attrs as a graph prints them: of a chain its root and rows."""
    rows = rows_of(node)
    return [rows] if rows else [f"{name}={value!r}" for name, value in node.checked.attrs.items()]


def rows_of(node: Node) -> str:
    """The root and the rows of a chain, in the order in which they run; "" of any other node."""
    attrs = node.checked.attrs
    if "steps" not in attrs:
        return ""
    words = [step.kernel for step in attrs["steps"]]
    root = attrs["root"]
    if root is not None:
        before = [] if root.prologue is None else [step.kernel for step in root.prologue.steps]
        words = [*before, f"[{root.kernel}]", *words]
    return " ".join(words)


def _constant(handle: Handle) -> str:
    host = handle.storage.host
    return f"const {kind(handle.spec)}" if host is None or handle.size != 1 else str(host[0])


class OtherShapeError(TraceError):
    """A shape that values decide came out otherwise than in the trace."""


def pairs(node: Node, result: Sequence[Handle]) -> Iterator[tuple[Handle, Handle]]:
    """Pairs of a node's outputs and what they are in a run; OtherShapeError where these are not alike."""
    for symbol, one in zip(node.outputs, result, strict=True):
        if one.spec != symbol.spec:
            raise OtherShapeError(f"{node.kernel} gave {one.spec}, the trace holds for {symbol.spec}")
        yield symbol, one


class Interpreted:
    """A graph run kernel by kernel on a backend: what all other ways of running it are judged by.

    A value is let go after its last use.
    """

    def __init__(self, graph: Graph, backend: "Backend") -> None:
        self.graph = graph
        self.backend = backend
        last: dict[int, int] = {}
        for number, node in enumerate(graph.nodes):
            last.update((id(one), number) for one in (*handles_of(node.inputs), *node.outputs))
        for handle in graph.results:
            last.pop(id(handle), None)
        self._ends: list[list[int]] = [[] for _ in graph.nodes]
        for value, number in last.items():
            self._ends[number].append(value)

    def __call__(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        """The results for `given`; `known` are the values of the late numbers."""
        values = {id(symbol): one for symbol, one in zip(self.graph.given, given, strict=True)}

        def value(handle: Handle) -> Handle:
            return values.get(id(handle), handle)  # constants stand for themselves

        for node, ends in zip(self.graph.nodes, self._ends, strict=True):
            result = node.run(self.backend, map_inputs(value, node.inputs), lambda late: late.value(known))
            values.update((id(symbol), one) for symbol, one in pairs(node, result))
            for end in ends:
                values.pop(end, None)
        return [value(handle) for handle in self.graph.results]

    def explain(self) -> list[str]:
        """A line for each node."""
        return [said(node) for node in self.graph.nodes]


def said(node: Node) -> str:
    """A node in words: what it computes, and which line of the user's made it."""
    what = f"{node.kernel} {rows_of(node)}".rstrip()
    return f"{what} -> {', '.join(kind(one.spec) for one in node.outputs)}  ({node.line or 'a pass'})"


def why_stored(graph: Graph) -> list[str]:
    """For each node why what it gives is stored, rather than used within the pass of who needs it."""
    users = graph.users()
    reasons = []
    for node in graph.nodes:
        using = sorted({number for one in node.outputs for number in users.get(id(one), ())})
        names = [graph.nodes[number].kernel for number in using if number >= 0]
        if -1 in using:
            reasons.append("a result")
        elif len(names) > 1:
            reasons.append(f"for {len(names)}: {', '.join(names)}")
        else:
            reasons.append(f"for {names[0]}, which reads it as a whole" if names else "for nobody")
    return reasons
