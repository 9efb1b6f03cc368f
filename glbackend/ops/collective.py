"""What a step on several processes asks of the others while it runs; see `base/whole.py`."""

from collections.abc import Sequence

from glbackend.engine.engine import engine
from glbackend.engine.node import late
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat
from glbackend.ops.op import run, run_several


def all_reduce(x: Tensor) -> Tensor:
    """The sum of a float32 tensor over all processes, for which it waits; no gradient flows through it.

    In a captured step it is asked for in each run, at its place among the kernels.
    """
    with nothing_recorded():
        return run("AllReduce", {"x": x}, number=late(lambda: 0, lambda ahead: 0))


def all_reduce_moments(mean: Tensor, variance: Tensor, rows: int) -> tuple[Tensor, ...]:
    """Mean and variance of channels over all processes, of which this one has `rows` rows; and of how many.

    No gradient flows through it; in a captured step it is asked for in each run.
    """
    inputs = {"mean": mean, "variance": variance}
    with nothing_recorded():
        return run_several("AllReduceMoments", inputs, rows=rows, number=late(lambda: 0, lambda ahead: 0))


def all_reduce_start(tensors: Sequence[Tensor], number: int) -> Tensor:
    """The values of float32 tensors one after the other, which begin to become their sums over all processes.

    They are so once the part that the process has of the step (`base/whole.py`) has finished. `number` counts
    what a step begins, from 0; all processes begin the same in the same order. In a captured step the sum
    begins in each run, at its place among the kernels.
    """
    if engine().backend.name != "cpu" and len(tensors) > 1:  # one read-back
        tensors = [concat([one.reshape((one.size,)) for one in tensors])]
    return run("AllReduceStart", list(tensors), number=late(lambda: number, lambda ahead: number))
