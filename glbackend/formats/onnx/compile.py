"""From ONNX's graphs to programs: names to slots, operators found by version, constants computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.errors import GlbackendError, ModelFormatError
from glbackend.engine.node import recording
from glbackend.engine.tape import nothing_recorded
from glbackend.formats.onnx.attributes import read_attribute, tensor_of
from glbackend.formats.onnx.declare import OPS, NodeInfo, OnnxOp, find_op
from glbackend.formats.onnx.functions import attributes_of, body_of, referred
from glbackend.formats.onnx.layout import in_order
from glbackend.formats.onnx.program import Program, Step, kept
from glbackend.formats.onnx.subgraph import Subgraph
from glbackend.formats.onnx.types import element_of, output_types, schema_of, subgraph_types

DEEPEST = 32  # functions and subgraphs within each other


@dataclass(slots=True)
class Scope:
    """What names stand for while a graph is compiled: slots, and what is known of them."""

    outer: "Scope | None" = None
    slots: dict[str, int] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    captured: list[str] = field(default_factory=list)
    program: Program = field(default_factory=Program)

    def new(self, name: str, element: str = "") -> int:
        """A slot for a name; ModelFormatError where it stands for something already."""
        if name in self.slots:
            raise ModelFormatError(f"the value {name!r} is given twice")
        slot = self.program.size
        self.program.size += 1
        self.slots[name] = slot
        self.types[slot] = element
        return slot

    def constant(self, name: str, value: Any, element: str) -> None:
        """Makes a name stand for a value that is there from the start."""
        self.program.constants[self.new(name, element)] = value

    def find(self, name: str) -> int | None:
        """The slot of a name, taken over from around where it is not of this graph."""
        if name in self.slots:
            return self.slots[name]
        around = None if self.outer is None else self.outer.find(name)
        if around is None or self.outer is None:
            return None
        element, known = self.outer.types[around], self.outer.program.constants
        if around in known:
            self.constant(name, known[around], element)
        else:
            self.captured.append(name)
            self.new(name, element)
        return self.slots[name]


class Compiler:
    """Compiles the graphs of one model. `unknown` collects the nodes whose operators nothing here can run."""

    def __init__(self, functions: Mapping[tuple[str, str, str], Any], base: str) -> None:
        self.functions, self.base = functions, base
        self.unknown: dict[str, list[str]] = {}
        self.reasons: dict[str, str] = {}

    def graph(
        self,
        graph: Any,
        opsets: Mapping[str, int],
        outer: Scope | None = None,
        depth: int = 0,
        given: Sequence[str] = (),
    ) -> Program:
        """The program of a graph; `outer` is what a subgraph sees around it, `given` the types that it takes
        where it does not say them itself."""
        scope = Scope(outer)
        weights = {tensor.name for tensor in graph.initializer}
        taken = [info for info in graph.input if info.name not in weights or outer is not None]
        types = [*given, *[""] * len(taken)]
        scope.program.inputs = [
            scope.new(info.name, element_of(info.type) or types[i]) for i, info in enumerate(taken)
        ]
        for tensor in graph.initializer:
            scope.constant(tensor.name, *tensor_of(tensor, self.base))
        if graph.sparse_initializer:
            raise ModelFormatError("sparse initializers are not read here: make them dense")
        names = [info.name for info in graph.output]
        return self._finished(scope, graph.node, opsets, names, depth)

    def function(
        self,
        function: Any,
        given: Mapping[str, Any],
        types: Sequence[str],
        known: Mapping[int, Any],
        around: Mapping[str, int],
        depth: int,
    ) -> Program:
        """The program of a function's body: `given` are its attributes, `known` inputs that are constants.

        Operator sets that it does not import are those `around` it. What its body does not give is None.
        """
        scope = Scope()
        scope.program.inputs = [
            scope.new(name, types[i] if i < len(types) else "") for i, name in enumerate(function.input)
        ]
        for i, value in known.items():
            scope.program.constants[scope.program.inputs[i]] = value
        nodes = referred(function.node, given)
        made = {name for node in nodes for name in node.output} | set(function.input)
        outputs = [name if name in made else "" for name in function.output]
        return self._finished(scope, nodes, {**around, **opsets_of(function)}, outputs, depth)

    def _finished(
        self,
        scope: Scope,
        nodes: Sequence[Any],
        opsets: Mapping[str, int],
        outputs: Sequence[str],
        depth: int,
    ) -> Program:
        if depth > DEEPEST:
            raise ModelFormatError(f"functions and subgraphs lie within each other more than {DEEPEST} deep")
        for node in nodes:
            self._node(node, scope, opsets, depth)
        program = scope.program
        found = [scope.find(name) if name else -1 for name in outputs]
        for name, slot in zip(outputs, found, strict=True):
            if slot is None:
                raise ModelFormatError(f"the output {name!r} is given by no node")
        program.outputs = [slot for slot in found if slot is not None]
        program.types = [scope.types.get(slot, "") for slot in program.outputs]
        program.captured = scope.captured
        program.inputs = [*program.inputs, *(scope.slots[name] for name in scope.captured)]
        program.finish()
        return program

    def _node(self, node: Any, scope: Scope, opsets: Mapping[str, int], depth: int) -> None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        inputs = []
        for name in node.input:
            slot = scope.find(name) if name else -1
            if slot is None:
                raise ModelFormatError(
                    f"node {node.name!r} ({node.op_type}) reads {name!r}, which nothing before gives"
                )
            inputs.append(slot)
        takes = [scope.types.get(slot, "") for slot in inputs]
        while inputs and inputs[-1] < 0:
            inputs.pop()
        name = node.name or next(iter(node.output), "")
        wanted = [bool(one) for one in node.output]
        info = NodeInfo(name, node.op_type, domain, opsets.get(domain, 0), takes, (), wanted)
        step, gives = self._step(node, info, inputs, scope, opsets, depth)
        if step is None:
            for name in node.output:
                if name:
                    scope.new(name)
            return
        results = _folded(step, scope.program)
        for i, name in enumerate(node.output):
            if not name:
                continue
            if results is not None:
                scope.constant(name, results[i], gives[i])
            else:
                step.outputs[i] = scope.new(name, gives[i])
        if results is None:
            scope.program.steps.append(step)

    def _step(
        self,
        node: Any,
        info: NodeInfo,
        inputs: list[int],
        scope: Scope,
        opsets: Mapping[str, int],
        depth: int,
    ) -> tuple[Step | None, list[str]]:
        """The step of a node, None where nothing can run it, and the types that it gives."""
        count = len(node.output)
        own = self.functions.get((info.domain, info.op, node.overload))
        op = None if own is not None else find_op(info.domain, info.op, info.version)
        graphs = {
            attr.name: self.graph(attr.g, opsets, scope, depth + 1, subgraph_types(info.op, info.takes))
            for attr in node.attribute
            if attr.HasField("g")
        }
        attrs = {
            attr.name: read_attribute(attr, self.base) for attr in node.attribute if attr.name not in graphs
        }
        misfit = op.misfit(len(inputs), attrs | graphs) if op is not None else ""
        if op is not None and not misfit:
            return _operator_step(op, info, inputs, attrs, graphs, scope)
        body = own if own is not None else body_of(node, info.version, info.takes, attrs)
        if body is None:
            self.unknown.setdefault(f"{info.domain}.{info.op}".lstrip("."), []).append(info.name)
            self.reasons[info.op] = misfit or newer(info.domain, info.op, info.version)
            return None, []
        schema = None if own is not None else schema_of(info.domain, info.op, info.version)
        constants = scope.program.constants
        known = {i: constants[slot] for i, slot in enumerate(inputs) if slot in constants}
        program = self.function(body, attributes_of(node, body, schema), info.takes, known, opsets, depth + 1)
        gives = [*program.types, *[""] * count][:count]
        return Step(info, _calling(program), tuple(inputs), [-1] * count, pure=program.pure), gives


def _operator_step(
    op: OnnxOp,
    info: NodeInfo,
    inputs: list[int],
    attrs: Mapping[str, Any],
    graphs: Mapping[str, Program],
    scope: Scope,
) -> tuple[Step, list[str]]:
    """The step of a node whose operator has a function here; what subgraphs capture comes after inputs."""
    count, subgraphs = len(info.wanted), list(graphs.values())
    schema = schema_of(info.domain, info.op, info.version)
    gives = output_types(schema, info.takes, attrs, count, [one.types for one in subgraphs])
    bound = op.bind(attrs, info._replace(gives=gives))
    if graphs:
        bound = _with_subgraphs(bound, len(inputs), graphs)
    captured = [slot for one in subgraphs for name in one.captured if (slot := scope.find(name)) is not None]
    readers = tuple(op.reader(i) for i in range(len(inputs)))
    pure = op.pure and all(one.pure for one in subgraphs)
    slots = (*inputs, *captured)
    return Step(info, bound, slots, [-1] * count, readers, pure, op.layout), gives


def newer(domain: str, name: str, version: int) -> str:
    """Where an operator is known, but not as old as in a model, what to do; else ""."""
    oldest = min((op.since for op in OPS.get((domain, name), ())), default=0)
    if oldest <= version:
        return ""
    return f"is known from operator set {oldest} on: onnx.version_converter.convert_version brings a model up"


def _with_subgraphs(bound: Any, own: int, graphs: Mapping[str, Program]) -> Any:
    """A step's function that hands each subgraph the values that it captures."""

    def call(*values: Any) -> Any:
        bodies, at = {}, own
        for name, program in graphs.items():
            end = at + len(program.captured)
            bodies[name] = Subgraph(program, values[at:end])
            at = end
        return bound(*values[:own], **bodies)

    return call


def _calling(program: Program) -> Any:
    """A step's function that runs a function's body; inputs that are left out are None."""
    count = len(program.inputs)
    return lambda *values: tuple(program.run([*values, *[None] * (count - len(values))]))


def _folded(step: Step, program: Program) -> Sequence[Any] | None:
    """What a node gives where only constants decide it; None where something else does.

    What a constant's reader gives is kept too, whatever the other inputs are.
    """
    known = program.constants
    if step.pure and all(slot < 0 or slot in known for slot in step.inputs):
        with recording(None), nothing_recorded():
            try:
                results = step.compute([None if slot < 0 else known[slot] for slot in step.inputs])
                return [kept(in_order(one)) for one in results]
            except GlbackendError:
                return None  # an error of a branch that may never be taken is told where it is
    readers = list(step.readers)
    inputs = list(step.inputs)
    for i, reader in enumerate(step.readers):
        if reader is not None and inputs[i] in known:
            with recording(None), nothing_recorded():
                inputs[i] = program.hold(known[inputs[i]], reader)
            readers[i] = None
    step.inputs, step.readers = tuple(inputs), tuple(readers)
    return None


def opsets_of(proto: Any) -> dict[str, int]:
    """The versions of the operator sets that a model or a function imports, by domain."""
    return {"" if one.domain == "ai.onnx" else one.domain: one.version for one in proto.opset_import}
