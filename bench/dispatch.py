"""What our own Python costs an eager kernel: draws, flushes and switching contexts are left out.

Run as `python -m bench.dispatch`. The design allows 25 us an elementwise kernel; on a GPU, where a small draw
takes a few us, this is what small work costs.
"""

from __future__ import annotations

import importlib
import os
import sys
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

CALLS, REPEATS = 2000, 7


class Operands(NamedTuple):
    """The tensors that the kernels are called with."""

    x: Any
    w: Any
    row: Any
    scores: Any
    heads: Any


SHAPES = Operands((128, 256), (256, 256), (256,), (4, 128, 128), (128, 4, 64))
KERNELS: dict[str, Callable[[Any, Operands], Any]] = {
    "add": lambda gl, t: gl.add(t.x, t.x),
    "add, a row": lambda gl, t: gl.add(t.x, t.row),
    "add, a number": lambda gl, t: gl.add(t.x, 0.5),
    "relu": lambda gl, t: gl.relu(t.x),
    "mean": lambda gl, t: gl.mean(t.x, -1, True),
    "softmax": lambda gl, t: gl.softmax(t.scores),
    "transpose": lambda gl, t: gl.transpose(t.heads, [1, 0, 2]),
    "reshape (a view)": lambda gl, t: gl.reshape(t.x, [128, 4, 64]),
    "matmul (two passes)": lambda gl, t: gl.matmul(t.x, t.w),
}


def calls(gl: Any) -> dict[str, Callable[[], Any]]:
    """Gives the kernels as calls, each called once: that compiles, uploads, fills caches and the pool."""
    operands = Operands(*(gl.tensor(np.ones(shape, np.float32)) for shape in SHAPES))
    made: dict[str, Callable[[], Any]] = {
        name: partial(kernel, gl, operands) for name, kernel in KERNELS.items()
    }
    for call in made.values():
        call()
    return made


@contextmanager
def without_drawing(gl: Any) -> Iterator[None]:
    """Within it nothing is drawn and the context stays current.

    The classes are found on what lives, not by their modules, which differ from one checkout to another.
    """
    context = gl.engine().backend.context
    with (
        context,
        patch.object(_program_class(), "draw", lambda program: None),
        patch.object(type(context), "__enter__", lambda context: context),
        patch.object(type(context), "__exit__", lambda context, *error: None),
    ):
        yield


def _program_class() -> type:
    for name, module in list(sys.modules.items()):
        found = getattr(module, "Program", None) if name.startswith("glbackend.backends.") else None
        if isinstance(found, type):
            return found
    raise LookupError("no class Program in glbackend.backends")


def main() -> None:
    """Prints a line per kernel, in microseconds."""
    os.environ["GLBACKEND_HOST_FORWARD"] = "0"  # before the library is imported
    gl = importlib.import_module("glbackend")
    gl.set_backend("webgl")
    timed = calls(gl)
    with without_drawing(gl):
        for name, call in timed.items():
            seconds = min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS
            print(f"{name:20s} {seconds * 1e6:6.1f} us")


if __name__ == "__main__":
    main()
