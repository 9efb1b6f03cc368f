"""Nodes that hand on what they are given, branches and loops as functions; frames are the executor's own."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import Values, tf_op


@tf_op("Identity", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics")
def identity(input: Any) -> Any:
    """What it is given."""
    return input


@tf_op("PlaceholderWithDefault")
def placeholder_with_default(input: Any) -> Any:
    """The default, where nothing is fed."""
    return input


@tf_op("IdentityN")
def identity_n(*input: Any) -> Values:
    """What it is given."""
    return list(input)


@tf_op("NoOp", pure=False)
def no_op() -> tuple[()]:
    """Waits for its control inputs."""
    return ()


@tf_op("Print", pure=False)
def print_(input: Any, *data: Any, message: str = "", summarize: int = 3) -> Any:
    """What it is given, which it also prints."""
    shown = [one.numpy().ravel()[:summarize].tolist() if isinstance(one, Tensor) else one for one in data]
    print(message, *shown)
    return input


@tf_op("Assert", pure=False)
def assert_(condition: Tensor, *data: Any, summarize: int = 3) -> tuple[()]:
    """ArgumentError with the data where the condition does not hold."""
    if not condition.item():
        shown = [one.numpy().ravel()[:summarize].tolist() if isinstance(one, Tensor) else one for one in data]
        raise ArgumentError(f"Assert: the model's own check failed: {shown}")
    return ()


@tf_op("PrintV2", pure=False)
def print_v2(input: Tensor) -> tuple[()]:
    """Prints a text."""
    print(input.item())
    return ()


def truth(value: Tensor) -> bool:
    """Whether a branch is taken: a number is true where it is not 0, a text where it is not empty, and
    other tensors where they have elements."""
    return bool(value.item()) if value.rank == 0 else value.size > 0


@tf_op("If", "StatelessIf", pure=False)
def if_(cond: Tensor, *args: Any, then_branch: str, else_branch: str, run: Any) -> Values:
    """What one of two functions gives."""
    found: Values = run.call(then_branch if truth(cond) else else_branch, list(args))
    return found


@tf_op("Case", "StatelessCase", pure=False)
def case(branch_index: int, *args: Any, branches: Sequence[str], run: Any) -> Values:
    """What one of several functions gives; the last one for a number outside."""
    inside = 0 <= branch_index < len(branches)
    found: Values = run.call(branches[branch_index if inside else -1], list(args))
    return found


@tf_op("While", "StatelessWhile", pure=False)
def while_(*args: Any, cond: str, body: str, run: Any) -> Values:
    """What goes round in a function as long as another one says so."""
    state = list(args)
    del args  # what goes round belongs to the body alone, and dies there at its last use
    while truth(run.call(cond, list(state))[0]):
        state = run.call(body, state)
    return state


@tf_op("PartitionedCall", "StatefulPartitionedCall", pure=False)
def partitioned_call(*args: Any, f: str, run: Any) -> Values:
    """What a function gives."""
    found: Values = run.call(f, list(args))
    return found
