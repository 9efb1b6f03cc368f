"""Where each value is read for the last time, so that it dies there."""

from collections.abc import Sequence

from glbackend.formats.graph_model.program import Loop, Step


def mark_last_uses(block: "Sequence[Step | Loop]", given: set[int], lasting: set[int]) -> set[int]:
    """Puts into each step of a block the slots that no later one reads.

    `given`: slots that are filled before the block runs; `lasting` ones are read behind it. Gives the slots
    that the block reads and does not fill: they are not its own to free.
    """
    mine = given | filled(block)
    free = mine - lasting
    seen: set[int] = set()
    for step in reversed(block):
        touched = read_by(step, lasting) | _filled(step)
        step.releases = tuple((touched & free) - seen)
        seen |= touched
    return seen - mine


def filled(block: "Sequence[Step | Loop]") -> set[int]:
    """The slots that the steps of a block fill."""
    return set().union(*map(_filled, block))


def _filled(step: Step | Loop) -> set[int]:
    return {slot for _, slot in (step.exits if isinstance(step, Loop) else step.outputs)}


def read_by(step: Step | Loop, lasting: set[int]) -> set[int]:
    """The slots that a step reads, of a loop those that lie outside of it."""
    if not isinstance(step, Loop):
        return {*step.inputs, *step.controls}
    own = {slot for slot, _, _ in step.enters} | {slot for slot, _, _ in step.merges}
    inner = mark_last_uses(step.block, own, lasting.union(step.held, step.kept))
    sources = {slot for enter in step.enters for slot in (enter[1], *enter[2])}
    ends = {step.condition, *(source for source, _ in step.exits), *(slot for _, _, slot in step.merges)}
    return sources | inner | (ends - own - filled(step.block))
