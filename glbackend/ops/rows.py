"""Rows of the elementwise table one after the other: in one pass, where nothing wants to see each of them."""

from glbackend.base.errors import ShapeError
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.profiler import profilers
from glbackend.engine.run import observed
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run
from glbackend.table import ROWS
from glbackend.table.step import Step

MOST_OPERANDS = 12  # of the 16 textures that OpenGL promises a shader
NUMBERS = ("float32", "int32", "bool")


def chained(first: Tensor, *others: Tensor | float, steps: tuple[Step, ...]) -> Tensor:
    """What the last of `steps` gives: registers are first the operands, then the results of the steps.

    Kernel by kernel under a tape, a trace or a listener, and where passes are cheap; the bits are the same.
    Numbers have the dtype of the first operand.
    """
    registers = [first, *[as_tensor(one, "other", "chained", like=first.dtype) for one in others]]
    one_by_one = (
        observed()
        or profilers.get()
        or len(registers) > MOST_OPERANDS
        or not engine().backend.passes_are_dear
        or any(x.dtype not in NUMBERS for x in registers)
    )
    if not one_by_one:
        try:
            return run("Chain", registers, steps=steps)
        except ShapeError:  # of which row, that row says
            pass
    for step in steps:
        given = [registers[i] for i in step.registers]
        if step.dtype is not None:
            registers.append(run("Cast", {"x": given[0]}, dtype=step.dtype))
        else:
            named = dict(zip(ROWS[step.kernel].inputs, given, strict=True))
            registers.append(run(step.kernel, named))
    return registers[-1]
