"""Functions of rows of the elementwise table: eagerly in one pass, where nothing wants to see each row."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple

from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.node import Trace, handles_of, recording
from glbackend.engine.profiler import profilers
from glbackend.engine.run import observed
from glbackend.engine.steps import steps_of
from glbackend.engine.storage import Handle
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run

MOST_OPERANDS = 12  # of the 16 textures that OpenGL promises a shader
NUMBERS = ("float32", "int32", "bool")


class _Plan(NamedTuple):
    """The attrs of the Chain that a function is for inputs of some specs, and constants beside the inputs."""

    attrs: dict[str, Any]
    constants: list[Handle]


def in_one_pass(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function of tensors and numbers, which runs rows and nothing else, as one kernel.

    Row by row under a tape, a trace or a listener, and where passes are cheap; the bits are the same. Numbers
    have the dtype of the first argument.

    >>> import glbackend as gl
    >>> in_one_pass(lambda x, low: (x - low).relu())(gl.tensor([1., 5.]), 2.).numpy().tolist()
    [0.0, 3.0]
    """

    @lru_cache(maxsize=256)
    def plan(*specs: Spec) -> _Plan:
        made = Trace()
        with recording(made), nothing_recorded():
            try:
                function(*[Tensor(made.input(spec)) for spec in specs])
            finally:
                made.close()
        known = {id(one) for one in (*made.inputs, *[out for node in made.nodes for out in node.outputs])}
        used = {id(one): one for node in made.nodes for one in handles_of(node.inputs)}
        constants = [one for one in used.values() if id(one) not in known]
        steps, numbers = steps_of(made.nodes, [*made.inputs, *constants])
        made.forget()
        return _Plan({"steps": steps, "numbers": numbers} if numbers else {"steps": steps}, constants)

    @wraps(function)
    def call(first: Tensor, *others: Tensor | float) -> Tensor:
        given = [first, *[as_tensor(one, "other", "in_one_pass", like=first.dtype) for one in others]]
        row_by_row = (
            observed()
            or profilers.get()
            or len(given) >= MOST_OPERANDS
            or not engine().backend.passes_are_dear
            or any(x.dtype not in NUMBERS for x in given)
        )
        if row_by_row:
            return function(*given)
        attrs, constants = plan(*[x.spec for x in given])
        return run("Chain", [*given, *map(Tensor, constants)], **attrs)

    return call
