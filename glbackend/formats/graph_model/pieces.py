"""Static pieces of a program that as a whole asks for values: runs of steps, each a Graph for inputs of given
shapes. Between them stand loops, branches, and the steps that ask.

Which steps ask is found by trying: where tracing a piece fails, it is parted there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.shapes import Spec
from glbackend.engine.engine import engine
from glbackend.engine.profiler import interpreting
from glbackend.engine.run import observed
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import Values
from glbackend.formats.graph_model.host import on_host
from glbackend.formats.graph_model.lifetime import mark_last_uses, read_by
from glbackend.formats.graph_model.plan import Plan, plan_of
from glbackend.formats.graph_model.program import Guarded, Loop, Step, any_dead, run_block

LEAST_STEPS = 4  # of a piece: fewer are not worth a plan
MOST_PARTINGS = 32  # one within the other: what is left then is run step by step
MOST_PLANS = 8  # of a piece: one whose small whole numbers change each time is run step by step


@dataclass(slots=True, eq=False)
class Piece(Step):
    """Steps as one: `inputs` are what they read and do not make, `lasting` what is read behind them."""

    steps: Sequence[Step] = ()
    lasting: tuple[int, ...] = ()
    known: Collection[int] = ()  # slots of constants
    parts: list[Step] = field(default_factory=list)  # once it is parted
    plans: dict[Any, Plan | None] = field(default_factory=dict)
    partings: int = MOST_PARTINGS

    def run(self, values: Values) -> None:
        """By a plan for inputs of these shapes where there is one, else step by step."""
        given = [values[slot] for slot in self.inputs]
        plan = None
        if not self.parts and not observed() and not interpreting() and not any_dead(values, self.inputs):
            strange = {slot for slot, one in zip(self.inputs, given, strict=True) if not _plain(one)}
            if strange and self.partings:  # lists, texts: what reads them stands for itself
                self._part(next(i for i, step in enumerate(self.steps) if strange.intersection(_reads(step))))
            elif not strange and len(self.plans) <= MOST_PLANS:
                plan = self._plan(values, given)
        if plan is None:
            run_block(self.parts or self.steps, values)
            return
        for slot, tensor in zip(self.lasting, plan.run([x for x in given if not _fixed(x)]), strict=True):
            values[slot] = tensor

    def _plan(self, values: Values, given: Values) -> Plan | None:
        """The plan for inputs like these; None where a step asks for values: the piece is then parted."""
        key = engine().backend.name, *map(_key, given)
        if key in self.plans:
            return self.plans[key]
        place = 0

        def trace(*symbols: Tensor) -> list[Any]:
            nonlocal place
            local, rest = values.copy(), iter(symbols)
            for slot, one in zip(self.inputs, given, strict=True):
                local[slot] = one if _fixed(one) else next(rest)
            for step in self.steps:
                step.run(local)
                place += 1
            return [local[slot] for slot in self.lasting]

        plan = self.plans[key] = plan_of(trace, [Spec(x.shape, x.dtype) for x in given if not _fixed(x)])
        if plan is None and place < len(self.steps) and self.partings:
            self._part(place)
        return plan

    def _part(self, place: int) -> None:
        """The step at a place stands for itself, and what is before and behind are pieces."""
        runs = self.steps[:place], self.steps[place : place + 1], self.steps[place + 1 :]
        for run in runs:
            read = {slot for other in runs if other is not run for step in other for slot in _reads(step)}
            self.parts += grouped(run, read.union(self.lasting), self.known, self.partings - 1)
        mark_last_uses(self.parts, set(), set(self.lasting))


def _plain(one: Any) -> bool:
    return one is True or (isinstance(one, Tensor) and one.dtype != "string")


def _fixed(one: Any) -> bool:
    """Whether a trace goes by the value: of shapes and counters, and of nodes that ran."""
    return one is True or on_host(one)


def _key(one: Any) -> Any:
    if one is True:
        return True
    return (one.shape, one.numpy().tobytes()) if on_host(one) else (one.shape, one.dtype)


def _may_be_traced(step: Step) -> bool:
    return step.pure and step.of_tensors and not step.own


def _reads(step: Step) -> tuple[int, ...]:
    return *step.inputs, *step.controls


def in_pieces(block: Sequence[Step | Loop], results: set[int], known: Collection[int]) -> list[Step | Loop]:
    """A block with its longest runs of steps as pieces. `known`: slots of constants."""
    made: list[Step | Loop] = []
    run: list[Step] = []
    behind = set(results)  # what is read behind the place where the walk from the end has come to
    for step in reversed(block):
        if isinstance(step, Loop) or type(step) not in (Step, Guarded) or not _may_be_traced(step):
            made += [*reversed(grouped(run[::-1], behind, known)), step]
            behind.update(slot for one in run for slot in _reads(one))
            behind |= read_by(step, results)
            run = []
        else:
            run.append(step)
    return [*grouped(run[::-1], behind, known), *reversed(made)]


def grouped(
    steps: Sequence[Step], read: set[int], known: Collection[int], partings: int = MOST_PARTINGS
) -> list[Step]:
    """Some steps as a piece, if they are enough. `read`: slots that are read behind them."""
    if len(steps) < LEAST_STEPS:
        return list(steps)
    own = {slot for step in steps for _, slot in step.outputs}
    inputs = tuple(
        dict.fromkeys(x for step in steps for x in _reads(step) if x not in own and x not in known)
    )
    lasting = tuple(slot for slot in own if slot in read)
    mark_last_uses(steps, set(), set(lasting))
    made = Piece(steps[0].name, steps[0].call, inputs, outputs=[(0, slot) for slot in lasting], steps=steps)
    made.lasting, made.known, made.partings = lasting, known, partings
    return [made]
