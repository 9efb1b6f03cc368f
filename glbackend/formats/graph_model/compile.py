"""From nodes to a program: what the results need, in an order that can run; what only constants decide is
computed here, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.graph_model import frames as flow
from glbackend.formats.graph_model.declare import TF_OPS, Values
from glbackend.formats.graph_model.frames import Frame, common, find_frames, in_order
from glbackend.formats.graph_model.fusing import fuse
from glbackend.formats.graph_model.host import whole
from glbackend.formats.graph_model.lifetime import filled, mark_last_uses
from glbackend.formats.graph_model.nodes import GraphNode, Ref
from glbackend.formats.graph_model.pieces import in_pieces
from glbackend.formats.graph_model.program import Guarded, Loop, Merge, Program, Step, Switch

# what may give far more than it takes: not computed at load
EXPANDING = frozenset((
    "Fill", "Zeros", "Ones", "Tile", "BroadcastTo", "Range", "LinSpace", "OneHot", "ResizeBilinear", "PadV2",
    "ResizeNearestNeighbor", "Pad", "MirrorPad", "ScatterNd", "SparseToDense", "MatrixDiagV3", "Diag",
))  # fmt: skip


class Constants(Protocol):
    """Gives the tensors of Const nodes."""

    def constant(self, node: GraphNode) -> Tensor:
        """The value; ModelFormatError where there is none."""
        ...


def reachable(
    nodes: Mapping[str, GraphNode], results: Sequence[Ref], fed: Mapping[str, Any]
) -> dict[str, GraphNode]:
    """The nodes that the results need, in no order; those that are fed need nothing."""
    found: dict[str, GraphNode] = {}
    waiting = [(ref.node, "the outputs") for ref in reversed(results)]
    while waiting:
        name, user = waiting.pop()
        if name in found:
            continue
        node = nodes.get(name)
        if node is None:
            raise ModelFormatError(f"there is no node {name!r}, which {user} need")
        found[name] = GraphNode(name, "Placeholder") if name in fed else node
        if name not in fed:
            waiting += [(ref.node, f"inputs of {name!r}") for ref in reversed(node.inputs)]
            waiting += [(one, f"control inputs of {name!r}") for one in node.controls]
    return found


def compile_program(
    nodes: Mapping[str, GraphNode],
    fed: Sequence[str],
    results: Sequence[Ref],
    constants: Constants,
    run: Any,
) -> Program:
    """The program that gives `results` where the nodes of `fed` are given."""
    given = dict.fromkeys(fed)
    needed = reachable(nodes, results, given)
    missing = [node.name for node in needed.values() if node.op == "Placeholder" and node.name not in given]
    if missing:
        raise ArgumentError(f"no value is given for the input {' nor for '.join(map(repr, missing))}")
    for node in needed.values():
        if node.op in TF_OPS:
            TF_OPS[node.op].check_inputs(node)
    needed, extra = fuse(needed, results, given, constants)
    return _Compiler(needed, list(fed), list(results), constants, extra, run).program()


@dataclass(eq=False)
class _Compiler:
    """The making of one program."""

    nodes: Mapping[str, GraphNode]
    fed: list[str]
    results: list[Ref]
    constants: Constants
    extra: Mapping[str, Tensor]  # constants that fusing has made
    run: Any
    slots: dict[tuple[str, int | None], int] = field(default_factory=dict)
    template: Values = field(default_factory=list)
    known: set[int] = field(default_factory=set)  # slots of constants

    def program(self) -> Program:
        """All of it."""
        self.given = {name for name in self.fed if name in self.nodes}
        self.branching = any(node.op in flow.FLOW for node in self.nodes.values())
        ops = {node.op for node in self.nodes.values()} & TF_OPS.keys()
        # whether control inputs matter
        self.ordered = self.branching or any(not TF_OPS[op].pure for op in ops)
        computed = {name: node for name, node in self.nodes.items() if not self._is_source(node)}
        sources = {name: self._sources(node, computed) for name, node in computed.items()}
        self.outermost = Frame("")
        if any(node.op in flow.FRAMED for node in computed.values()):
            self.frames = find_frames(computed, sources, self.outermost)
        else:
            self.frames = dict.fromkeys(computed, self.outermost)
        arguments = [self.slot(Ref(name)) if name in self.given else None for name in self.fed]
        self._give_slots(computed)
        block = _Blocks(self, computed, sources).block(self.outermost)
        results = [self.slot(ref) for ref in self.results]
        template, lasting = self._pruned(block, results), set(results)
        block = in_pieces(block, lasting, self.known)
        mark_last_uses(block, {x for x in arguments if x is not None}, lasting)
        return Program(template, block, arguments, results, [ref.node for ref in self.results])

    def _is_source(self, node: GraphNode) -> bool:
        """Whether a node needs no step: it is fed, or a constant that waits for nothing."""
        return node.name in self.given or (node.op == "Const" and not (self.ordered and node.controls))

    def _sources(self, node: GraphNode, computed: Mapping[str, GraphNode]) -> list[str]:
        names = dict.fromkeys([ref.node for ref in node.inputs] + list(node.controls))
        return [name for name in names if name in computed]

    def slot(self, ref: Ref) -> int:
        """The slot of an output of a node, made where it is new; constants are put there."""
        node = self.nodes[ref.node]
        key = (ref.node, self._index(node, ref))
        if key not in self.slots:
            self.slots[key] = len(self.template)
            is_constant = node.op == "Const" and self._is_source(node) and node.name not in self.given
            if is_constant:
                self.known.add(len(self.template))
                value = self.extra.get(node.name)
                self.template.append(self.constants.constant(node) if value is None else value)
            else:
                self.template.append(None)
        return self.slots[key]

    def _index(self, node: GraphNode, ref: Ref) -> int:
        """The number of an output that a function's body names."""
        op = TF_OPS.get(node.op)
        if ref.output is None or op is None or not op.outputs:
            return ref.number
        names = [name.rstrip("*") for name in op.outputs]
        if ref.output not in names:
            raise ModelFormatError(f"node {node.name!r} ({node.op}) has no output {ref.output!r}: {names}")
        place = names.index(ref.output)
        if any(name.endswith("*") for name in op.outputs[:place]):
            return place - len(names) + ref.number
        return place + ref.number

    def control_slot(self, name: str) -> int | None:
        """The slot that says whether a node ran at all; None where it always does."""
        node = self.nodes[name]
        if not self.branching or self._is_source(node):
            return None
        if node.op in flow.FLOW and node.op not in flow.SWITCH:
            return self.slot(Ref(name))
        key = (name, None)
        if key not in self.slots:
            self.slots[key] = len(self.template)
            self.template.append(None)
        return self.slots[key]

    def _give_slots(self, computed: Mapping[str, GraphNode]) -> None:
        self.outputs: dict[str, list[tuple[int | None, int]]] = {name: [] for name in computed}
        for node in computed.values():
            for ref in node.inputs:
                self.slot(ref)
            if node.op in flow.LOOP_COND:  # which the loop itself reads
                self.slot(Ref(node.name))
            for name in node.controls:
                self.control_slot(name)
        for ref in self.results:
            self.slot(ref)
        for (name, index), slot in self.slots.items():
            if name in self.outputs:
                self.outputs[name].append((index, slot))

    def step(self, node: GraphNode) -> Step | None:
        """The step of a node; None where it could be computed now."""
        inputs = tuple([self.slot(ref) for ref in node.inputs])
        controls = tuple([x for x in map(self.control_slot, node.controls) if x is not None])
        outputs = self.outputs[node.name]
        if node.op in flow.SWITCH:
            _check_inputs(node, 2)
            return Switch(node.name, lambda given: given[0], inputs, controls, outputs)
        if node.op in flow.MERGE:
            return Merge(node.name, lambda given: whole(given[0]), inputs, controls, outputs)
        if node.op in flow.LOOP_COND:
            _check_inputs(node, 1)
            return Guarded(node.name, lambda given: given[0], inputs, controls, outputs)
        if node.op == "Const":  # in a branch
            value = self.constants.constant(node)
            return Guarded(node.name, lambda given: value, inputs, controls, outputs)
        if node.op not in TF_OPS:
            raise ModelFormatError(f"node {node.name!r}: the op {node.op} is not known here")
        op = TF_OPS[node.op]
        call = op.bind(node, self.run)
        kind = Guarded if self.branching else Step
        step = kind(f"{node.name} ({node.op})", call, inputs, controls, outputs)
        step.pure, step.own, step.of_tensors = op.pure and not op.own, op.own, op.of_tensors
        folds = step.pure and not controls and node.op not in EXPANDING and self.known.issuperset(inputs)
        return None if folds and self._fold(step) else step

    def _fold(self, step: Step) -> bool:
        """Computes a step of constants now, where it gives tensors."""
        made: dict[int, Any] = {}
        step.store(step.compute([self.template[slot] for slot in step.inputs]), _Into(made))
        if not all(isinstance(value, Tensor) for value in made.values()):
            return False
        for slot, value in made.items():
            self.template[slot] = keep(value)
            self.known.add(slot)
        return True

    def _pruned(self, block: list[Step | Loop], results: Sequence[int]) -> Values:
        """The constants that some step reads: others have gone into those."""
        read = set(results)
        waiting: list[Any] = [block]
        while waiting:
            for step in waiting.pop():
                if isinstance(step, Loop):
                    waiting.append(step.block)
                    read.update(slot for enter in step.enters for slot in (enter[1], *enter[2]))
                    read.update(slot for merge in step.merges for slot in merge)
                    read.update([step.condition, *(source for source, _ in step.exits)])
                else:
                    read.update(step.inputs)
                    read.update(step.controls)
        return [value if slot in read else None for slot, value in enumerate(self.template)]


class _Into(list[Any]):
    """A list whose places are those of a dict."""

    def __init__(self, places: dict[int, Any]) -> None:
        super().__init__()
        self.places = places

    def __setitem__(self, slot: Any, value: Any) -> None:
        self.places[slot] = value


def _check_inputs(node: GraphNode, count: int) -> None:
    if len(node.inputs) != count:
        raise ModelFormatError(f"node {node.name!r} ({node.op}) must have {count} inputs")


@dataclass(eq=False)
class _Blocks:
    """The order of steps in each frame: a loop is one unit of the block around it."""

    compiler: _Compiler
    nodes: Mapping[str, GraphNode]
    sources: Mapping[str, list[str]]

    def __post_init__(self) -> None:
        self.units: dict[Frame, dict[Any, None]] = {self.compiler.outermost: {}}
        self.needs: dict[Any, dict[Any, None]] = {}
        frames = self.compiler.frames
        for name, node in self.nodes.items():
            frame = frames[name]
            self._place(name, frame)
            headed = node.op in flow.MERGE and frame is not self.compiler.outermost
            for source in self.sources[name]:
                if headed and self.nodes[source].op in flow.NEXT:
                    continue
                around = common(frame, frames[source])
                mine = name if frame is around else frame.within(around)
                theirs = source if frames[source] is around else frames[source].within(around)
                if isinstance(theirs, Frame) and self.nodes[source].op not in flow.EXIT:
                    raise ModelFormatError(f"node {source!r} is read by {name!r}, outside of its loop")
                if mine is theirs:
                    raise ModelFormatError(f"node {name!r} waits for itself: the graph has a circle")
                self.needs.setdefault(mine, {})[theirs] = None

    def _place(self, name: str, frame: Frame) -> None:
        self.units.setdefault(frame, {})[name] = None
        while frame.parent is not None:
            known = self.units.setdefault(frame.parent, {})
            if frame in known:
                break
            known[frame] = None
            frame = frame.parent

    def block(self, frame: Frame) -> list[Step | Loop]:
        """The steps of a frame."""
        order = in_order(
            self.units[frame], lambda unit: self.needs.get(unit, ()),
            lambda unit: unit.name if isinstance(unit, Frame) else unit,
        )  # fmt: skip
        steps: list[Step | Loop] = []
        for unit in order:
            if isinstance(unit, Frame):
                steps.append(self.loop(unit))
            elif frame is self.compiler.outermost or not self._belongs_to_loop(self.nodes[unit]):
                step = self.compiler.step(self.nodes[unit])
                if step is not None:
                    steps.append(step)
        return steps

    def _belongs_to_loop(self, node: GraphNode) -> bool:
        """Whether the Loop itself does what the node says."""
        return node.op in (*flow.ENTER, *flow.EXIT, *flow.NEXT) or self._is_head(node)

    def _is_head(self, node: GraphNode) -> bool:
        nodes = self.compiler.nodes
        return node.op in flow.MERGE and any(nodes[ref.node].op in flow.NEXT for ref in node.inputs)

    def loop(self, frame: Frame) -> Loop:
        """A frame as a step."""
        made, slot = Loop(frame.name), self.compiler.slot
        constant = []
        for name in self.units[frame]:
            node = self.nodes[name] if isinstance(name, str) else None
            if node is None:
                continue
            if node.op in flow.ENTER:
                _check_inputs(node, 1)
                waits = [x for x in map(self.compiler.control_slot, node.controls) if x is not None]
                made.enters.append((slot(Ref(name)), slot(node.inputs[0]), tuple(waits)))
                constant.append(slot(Ref(name)))
            elif node.op in flow.EXIT:
                _check_inputs(node, 1)
                made.exits.append((slot(node.inputs[0]), slot(Ref(name))))
            elif self._is_head(node):
                made.merges.append(self._head(node))
            elif node.op in flow.LOOP_COND:
                made.condition = slot(Ref(name))
        if made.condition < 0:
            raise ModelFormatError(f"the loop {frame.name!r} has no LoopCond")
        made.block = self.block(frame)
        held = {source for source, _ in made.exits} | {following for _, _, following in made.merges}
        own = filled(made.block) | {slot for slot, _, _ in made.merges}
        made.held, made.kept = tuple((held | {made.condition}) & own), tuple(constant)
        return made

    def _head(self, node: GraphNode) -> tuple[int, int, int]:
        nodes, slot = self.compiler.nodes, self.compiler.slot
        following = [ref for ref in node.inputs if nodes[ref.node].op in flow.NEXT]
        first = [ref for ref in node.inputs if nodes[ref.node].op not in flow.NEXT]
        if len(following) != 1 or len(first) != 1:
            raise ModelFormatError(f"node {node.name!r} (Merge) must take one Enter and one NextIteration")
        back = nodes[following[0].node]
        if self.compiler.frames[back.name] is not self.compiler.frames[node.name]:
            raise ModelFormatError(f"node {node.name!r} (Merge) goes on from another loop, {back.name!r}")
        _check_inputs(back, 1)
        return slot(Ref(node.name)), slot(first[0]), slot(back.inputs[0])
