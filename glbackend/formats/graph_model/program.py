"""A graph that is ready to run: steps in an order that can run, values in numbered slots, each freed at its
last use.

Control flow v1 runs as TensorFlow's executor does it, but in a fixed order. What a Switch did not take
is DEAD, and so is what is computed of it; a Merge gives the input that lives. A frame (Enter .. Exit) is one
step of the block around it, a Loop, which runs its own block again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.calling import ORDINARY
from glbackend.base.errors import GlbackendError, ModelFormatError, TraceError
from glbackend.engine.node import recording, tracing
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import Bound, Values

MOST_TRACED_ROUNDS = 512  # of a loop: more are run eagerly


class _Dead:
    """The value of what was not taken."""

    def __repr__(self) -> str:
        return "dead"


DEAD: Any = _Dead()


@dataclass(slots=True, eq=False)
class Step:
    """One node. `inputs` and `controls` are slots, `outputs` pairs of the output's number and its slot; None
    is the slot's number for whether it ran at all."""

    name: str
    call: Bound
    inputs: tuple[int, ...]
    controls: tuple[int, ...] = ()
    outputs: Sequence[tuple[int | None, int]] = ()
    releases: Sequence[int] = ()
    pure: bool = True
    own: bool = False
    of_tensors: bool = True

    def run(self, values: Values) -> None:
        """Computes the node."""
        self.store(self.compute([values[slot] for slot in self.inputs]), values)

    def store(self, result: Any, values: Values) -> None:
        """Puts what the node gives into its slots."""
        several = isinstance(result, list | tuple)
        for index, slot in self.outputs:
            if index is None:
                values[slot] = True
            elif several and not result and not index:
                values[slot] = True  # a node that only does something was asked for
            elif several:
                if index >= len(result):
                    raise ModelFormatError(f"node {self.name!r} has no output {index}, only {len(result)}")
                values[slot] = result[index]
            elif index in (0, -1):
                values[slot] = result
            else:
                raise ModelFormatError(f"node {self.name!r} has no output {index}, only one")

    def compute(self, given: Values) -> Any:
        """What the node gives; under a trace what only constants and shapes decide is computed now."""
        try:
            if self.pure and tracing.get() is not None and _known(given):
                with recording(None):
                    return self.call(given)
            return self.call(given)
        except GlbackendError as error:
            error.add_note(f"in {self.name}")
            raise
        except ORDINARY as error:
            if self.own:
                raise
            raise ModelFormatError(f"{self.name}: {type(error).__name__}: {error}") from error


def _known(given: Values) -> bool:
    return all(isinstance(one, Tensor) and not one.handle.storage.symbolic for one in given)


class Guarded(Step):
    """A node among branches: dead where one of its inputs is, or a node that it waits for."""

    def run(self, values: Values) -> None:
        """Computes the node where its inputs live."""
        if any_dead(values, self.inputs) or any_dead(values, self.controls):
            for _, slot in self.outputs:
                values[slot] = DEAD
        else:
            self.store(self.compute([values[slot] for slot in self.inputs]), values)


def any_dead(values: Values, slots: Sequence[int]) -> bool:
    """Whether a value is dead."""
    for slot in slots:  # noqa: SIM110 - a generator takes twice the time
        if values[slot] is DEAD:
            return True
    return False


class Switch(Guarded):
    """Hands its data to one of two outputs: 0 where the predicate is false, 1 where it is true."""

    def run(self, values: Values) -> None:
        """The data, dead on one side."""
        alive = not (any_dead(values, self.inputs) or any_dead(values, self.controls))
        data, predicate = (values[slot] for slot in self.inputs)
        taken = int(bool(predicate.item())) if alive else -1
        for index, slot in self.outputs:
            values[slot] = data if index == taken or (index is None and alive) else DEAD


class Merge(Step):
    """Gives the first input that lives, and its number."""

    def run(self, values: Values) -> None:
        """The input that lives; dead where none does."""
        living = next((i for i, slot in enumerate(self.inputs) if values[slot] is not DEAD), None)
        if living is None:
            for _, slot in self.outputs:
                values[slot] = DEAD
            return
        self.store([values[self.inputs[living]], self.call([living])], values)


@dataclass(slots=True, eq=False)
class Loop:
    """A frame: `enters` copy values in, `merges` are (slot, slot of the first value, slot of the next), and
    `exits` copy values out once `condition` is no longer true. `held` are slots of values that live to the
    end of a round, `kept` those that live as long as the loop."""

    name: str
    block: "list[Step | Loop]" = field(default_factory=list)
    enters: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    merges: list[tuple[int, int, int]] = field(default_factory=list)
    exits: list[tuple[int, int]] = field(default_factory=list)
    condition: int = -1
    held: Sequence[int] = ()
    kept: Sequence[int] = ()
    releases: Sequence[int] = ()

    def run(self, values: Values) -> None:
        """All rounds."""
        for slot, source, controls in self.enters:
            values[slot] = DEAD if any_dead(values, controls) else values[source]
        state = [values[first] for _, first, _ in self.merges]
        rounds = 0
        while True:
            for (slot, _, _), value in zip(self.merges, state, strict=True):
                values[slot] = value
            state = value = None  # type: ignore[assignment]  # they die at their last use
            run_block(self.block, values)
            condition = values[self.condition]
            if condition is DEAD or not condition.item():
                break
            state = [values[following] for _, _, following in self.merges]
            for slot in self.held:
                values[slot] = None
            rounds += 1
            if rounds > MOST_TRACED_ROUNDS and tracing.get() is not None:
                raise TraceError(f"the loop {self.name!r} has more than {MOST_TRACED_ROUNDS} rounds")
        left = [values[source] for source, _ in self.exits]
        for slot in (*self.held, *self.kept):
            values[slot] = None
        for (_, slot), value in zip(self.exits, left, strict=True):
            values[slot] = value


def run_block(block: "Sequence[Step | Loop]", values: Values) -> None:
    """Runs steps one after the other."""
    for step in block:
        step.run(values)
        for slot in step.releases:
            values[slot] = None


@dataclass(slots=True, eq=False)
class Program:
    """Steps, the constants in their slots (`template`), and where arguments go and results lie."""

    template: Values
    block: list[Step | Loop]
    arguments: Sequence[int | None]
    results: Sequence[int]
    names: Sequence[str]

    def run(self, args: Values) -> Values:
        """The results for arguments, which it takes out of the list: they die at their last use."""
        values = self.template.copy()
        for slot, value in zip(self.arguments, args, strict=True):
            if slot is not None:
                values[slot] = value
        value = None
        args.clear()
        run_block(self.block, values)
        found = [values[slot] for slot in self.results]
        for name, result in zip(self.names, found, strict=True):
            if result is DEAD:
                raise ModelFormatError(f"{name!r} has no value here: it lies in a branch that was not taken")
        return found
