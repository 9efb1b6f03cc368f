"""What our own Python costs an eager kernel: draws, flushes and switching contexts are left out.

Run as `python -m bench.dispatch`. The design allows 25 us an elementwise kernel; on a GPU, where a small draw
takes a few us, this is what small work costs.
"""

import os
import timeit
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

os.environ["GLBACKEND_HOST_FORWARD"] = "0"  # before the library is imported

import numpy as np

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.program import Program

CALLS, REPEATS = 2000, 7


def _calls() -> dict[str, Callable[[], Any]]:
    x, w, row = (gl.tensor(np.ones(shape, np.float32)) for shape in ((128, 256), (256, 256), (256,)))
    scores, heads = (gl.tensor(np.ones(shape, np.float32)) for shape in ((4, 128, 128), (128, 4, 64)))
    return {
        "add": lambda: gl.add(x, x),
        "add, a row": lambda: gl.add(x, row),
        "add, a number": lambda: gl.add(x, 0.5),
        "relu": lambda: gl.relu(x),
        "mean": lambda: gl.mean(x, -1, True),
        "softmax": lambda: gl.softmax(scores),
        "transpose": lambda: gl.transpose(heads, [1, 0, 2]),
        "reshape (a view)": lambda: gl.reshape(x, [128, 4, 64]),
        "matmul (two passes)": lambda: gl.matmul(x, w),
    }


def main() -> None:
    """Prints a line per kernel, in microseconds."""
    gl.set_backend("webgl")
    backend = gl.engine().backend
    assert isinstance(backend, WebGL)
    calls = _calls()
    for call in calls.values():  # compiles, uploads, fills caches and the pool
        call()
    with (
        backend.context,
        patch.object(Program, "draw", lambda program: None),
        patch.object(Context, "__enter__", lambda context: context),
        patch.object(Context, "__exit__", lambda context, *error: None),
    ):
        for name, call in calls.items():
            seconds = min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS
            print(f"{name:20s} {seconds * 1e6:6.1f} us")


if __name__ == "__main__":
    main()
