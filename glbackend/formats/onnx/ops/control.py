"""Control flow: If, Loop, Scan."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.host import whole
from glbackend.formats.onnx.subgraph import Subgraph
from glbackend.ops.concat import stack, unstack
from glbackend.ops.create import fill


@onnx_op("If")
def if_(condition: bool, *, then_branch: Subgraph, else_branch: Subgraph) -> Any:
    """What one of two graphs gives."""
    return tuple(then_branch() if condition else else_branch())


@onnx_op("Loop")
def loop(count: int | None, condition: bool | None, *state: Any, body: Subgraph) -> Any:
    """A graph again and again, so many times or as long as a condition holds.

    It takes the round's number, the condition and the state, and gives the condition, the state, and what is
    collected round by round.
    """
    values = list(state)
    collected: list[list[Tensor]] = [[] for _ in range(len(body.program.outputs) - 1 - len(values))]
    going, turn = condition is not False, 0
    while going and (count is None or turn < count):
        again, *results = body(whole(turn), whole(going, "bool"), *values)
        values, made = results[: len(values)], results[len(values) :]
        for one, rows in zip(made, collected, strict=True):
            rows.append(one)
        going, turn = (count is not None and condition is None) or bool(again.item()), turn + 1
    return (*values, *(stack(rows) if rows else fill([0], 0) for rows in collected))


@onnx_op("Scan", since=9)
def scan(
    *values: Any,
    body: Subgraph,
    num_scan_inputs: int,
    scan_input_axes: Sequence[int] | None = None,
    scan_input_directions: Sequence[int] | None = None,
    scan_output_axes: Sequence[int] | None = None,
    scan_output_directions: Sequence[int] | None = None,
) -> Any:
    """A graph for each slice of its inputs, with a state; what it gives for each is put together again."""
    state = list(values[: len(values) - num_scan_inputs])
    count = len(body.program.outputs) - len(state)
    taken = []
    for i, one in enumerate(values[len(state) :]):
        slices = unstack(one, (scan_input_axes or [0] * num_scan_inputs)[i])
        taken.append(slices[::-1] if (scan_input_directions or [0] * num_scan_inputs)[i] else slices)
    collected: list[list[Tensor]] = [[] for _ in range(count)]
    for now in zip(*taken, strict=True):
        results = body(*state, *now)
        state = results[: len(state)]
        for one, rows in zip(results[len(state) :], collected, strict=True):
            rows.append(one)
    made = []
    for i, rows in enumerate(collected):
        ordered = rows[::-1] if (scan_output_directions or [0] * count)[i] else rows
        made.append(stack(ordered, (scan_output_axes or [0] * count)[i]))
    return (*state, *made)


@onnx_op("Scan", since=8)
def scan_of_batches(
    lengths: list[int] | None,
    *values: Any,
    body: Subgraph,
    num_scan_inputs: int,
    directions: Sequence[int] | None = None,
) -> Any:
    """As of version 8: every input has a batch in front, each example of which is scanned by itself."""
    if lengths is not None:
        raise ValueError("sequence_lens are not read here: leave them out")
    batch = values[0].shape[0]
    runs = [
        scan(
            *(one[i] for one in values),
            body=body,
            num_scan_inputs=num_scan_inputs,
            scan_input_directions=directions,
        )
        for i in range(batch)
    ]
    return tuple(stack(list(rows)) for rows in zip(*runs, strict=True))
