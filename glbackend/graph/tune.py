"""`tune`: the dense kernels of a function are tried in other ways on this device, the fastest are kept."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DtypeError, TraceError
from glbackend.base.nested import map_leaves
from glbackend.engine.backend import Tuned
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.node import tracing
from glbackend.engine.profiler import profilers
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import tidy
from glbackend.graph.signature import TensorSpec

COLUMNS = ("kernel", "shapes", "before", "after", "way")


class Tuning(list[Tuned]):
    """What `tune` tried, a record a kernel and its shapes; as text a table, its times in milliseconds."""

    def __str__(self) -> str:
        rows = [(one.kernel, one.shapes, f"{one.before:.3f}", f"{one.after:.3f}", one.way) for one in self]
        widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in (COLUMNS, *rows)
        ]
        before, after = sum(one.before for one in self), sum(one.after for one in self)
        return "\n".join([*lines, f"together {before:.3f} ms before, {after:.3f} after"])


class _Passing:
    """A listener that listens to nothing: while there is one, captured functions run kernel by kernel."""

    interprets = True

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        return run()


@checked
def tune(function: Callable[..., Any], *examples: Any) -> Tuning:
    """Runs a function once, tries its products and convolutions in other ways, and keeps the fastest.

    How a dense kernel is cut into fragments, how many of them share a sum, and whether it reads from
    textures or buffers is decided by a rule of costs that was measured on a few drivers. Here the device
    itself is asked: each kernel with its shapes is drawn in some twenty ways, and one that beats the rule by
    5 % or more, and gives the same but for rounding, is used from then on, in this process and, as it is kept
    in the cache directory, in later ones. A net of three such layers took 22 s on a busy software renderer,
    most of it for compiling, and 7 s the next time. GLBACKEND_TUNE=1 tunes whatever runs. TF.js has nothing
    like it; TensorFlow's and TVM's autotuners do the same.

    `function`: a function, captured or not, a model, or a model's method such as `train_on_batch`.
    `examples`: its arguments: tensors, arrays, or TensorSpecs, in place of which random numbers from 0 to 1
    (whole numbers: zeros) are given; its effects, say on weights, remain. Gives a list of records: `kernel`,
    `shapes`, the times `before` and `after` in milliseconds, and the `way` that is used now; printed it is a
    table. On the cpu backend there is nothing to choose, and it is empty. ArgumentError for a TensorSpec
    with an unknown size, DtypeError for one of strings or complex numbers, TraceError within a function that
    is captured at the time: nothing is drawn then.

    >>> import glbackend as gl
    >>> found = gl.tune(lambda a, b: a @ b, gl.TensorSpec([8, 8]), gl.TensorSpec([8, 8]))
    >>> all(one.after <= one.before for one in found)
    True
    """
    if tracing.get() is not None:
        raise TraceError(
            "tune: a function is being captured, and draws nothing yet: call gl.tune outside of it"
        )
    given = [map_leaves(TensorSpec, _random, one) for one in examples]

    def call() -> None:
        function(*given)

    token = profilers.set((*profilers.get(), _Passing()))
    try:
        return Tuning(engine().backend.tune(lambda: tidy(call)))
    finally:
        profilers.reset(token)


def _random(spec: TensorSpec) -> Tensor:
    if None in spec.shape:
        raise ArgumentError(f"tune: {spec!r} has an unknown size: give the one to tune for")
    if spec.dtype in ("string", "complex64"):
        raise DtypeError(f"tune: {spec!r}: give a tensor of that dtype, random numbers are float32 or whole")
    shape = [dim for dim in spec.shape if dim is not None]
    values = np.random.default_rng(0).random(shape) if spec.dtype == "float32" else np.zeros(shape)
    return as_tensor(values.astype(spec.dtype), "examples", "tune")
