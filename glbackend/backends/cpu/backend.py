"""The cpu backend: how NumPy kernels get their arrays and give their results."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend.backends.view import VIEWS, viewed
from glbackend.base.dtypes import BYTES, NUMPY, DType, with_article
from glbackend.base.env import flag
from glbackend.base.errors import HostMemoryError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked
from glbackend.engine.backend import Tuned
from glbackend.engine.graph import Graph, Interpreted
from glbackend.engine.profiler import Watcher
from glbackend.engine.registry import find_kernel
from glbackend.engine.storage import Handle, Reading, Storage, live_bytes

MOST_ELEMENTS = 1 << 48  # what no memory holds: NumPy raises ValueError for the largest of these

# glibc takes the largest block that was ever given back (of at most 32 MB) for the size up to which memory is
# reused, and keeps twice as much of it. Without one, what a training step frees goes back to the system, and
# each of its pages costs 2 us to get again: a fifth of the step.
KEPT_BYTES = (32 << 20) - (64 << 10)
_WIDE = {"float32": np.dtype(np.float64), "complex64": np.dtype(np.complex128)}


class Cpu:
    """Kernels read arrays with `array` and hand results to `handle`.

    An `exact` one, made to judge shaders by, gives them float64 and rounds what they hand back, once; kernels
    keep the float type that they are given. By default the flag GLBACKEND_EXACT decides.
    """

    name = "cpu"
    passes_are_dear = False

    def __init__(self, exact: bool | None = None) -> None:
        self.exact = flag("EXACT") if exact is None else exact
        np.empty(KEPT_BYTES, np.uint8)  # given back at once: see there

    def run(self, kernel: str, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
        """Runs a NumPy kernel; floating-point warnings are off, as in TF.js NaN and infinity are values."""
        if kernel in VIEWS:
            return viewed(inputs, checked.out)
        try:
            return self._run(kernel, inputs, checked)
        except MemoryError:
            gc.collect()  # once: tensors may refer to each other in a circle
        except ValueError:
            if not any(None not in out.shape and out.size > MOST_ELEMENTS for out in checked.outs):
                raise
        try:
            return self._run(kernel, inputs, checked)
        except (MemoryError, ValueError):
            known = [one for one in checked.outs if None not in one.shape]
            sizes = ", ".join(
                f"{with_article(one.dtype)} tensor of shape {list(one.shape)}" for one in checked.outs
            )
            nbytes = sum(one.size * BYTES[one.dtype] for one in known)
            raise HostMemoryError(
                f"{kernel}: {sizes} needs {nbytes:,} bytes and working space, more than this machine gives"
            ) from None

    @np.errstate(all="ignore")  # as a decorator it takes half the time
    def _run(self, kernel: str, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
        function = find_kernel(kernel, "cpu")
        if isinstance(inputs, list):
            return function(self, inputs, out=checked.out, **checked.attrs)
        return function(self, **inputs, out=checked.out, **checked.attrs)

    def plan(self, graph: Graph) -> Interpreted:
        """Kernel by kernel: NumPy prepares nothing."""
        return Interpreted(graph, self)

    def array(self, x: Handle) -> np.ndarray[Any, Any]:
        """The values of `x` in its shape and dtype; not to be written to."""
        storage, spec = x.storage, x.spec
        values = storage.values().reshape(spec.shape)
        if spec.dtype != storage.dtype:
            return values.astype(np.int32)
        return self.widened(values, spec.dtype) if self.exact else values

    def widened(self, values: np.ndarray[Any, Any], dtype: DType) -> np.ndarray[Any, Any]:
        """Values as kernels compute with them."""
        return values.astype(_WIDE[dtype], copy=False) if self.exact and dtype in _WIDE else values

    def handle(self, array: np.ndarray[Any, Any], out: Spec) -> Handle:
        """A new handle over `array`, converted to the dtype of `out`, whose shape it must have."""
        assert array.shape == tuple(out.shape), f"kernel gave {array.shape}, contract says {out.shape}"
        return Handle.of(np.ascontiguousarray(array, dtype=NUMPY[out.dtype]), out)

    def read(self, storage: Storage) -> np.ndarray[Any, Any]:
        """Never asked: storages made here hold their array."""
        raise AssertionError("the cpu backend owns no device forms")

    def reading(self, storage: Storage) -> Reading:
        """Never asked, like `read`."""
        raise AssertionError("the cpu backend owns no device forms")

    def release(self, storage: Storage) -> None:
        """Nothing to give back."""

    def ready(self) -> Callable[[], bool]:
        """Always: NumPy is synchronous."""
        return lambda: True

    def tune(self, run: Callable[[], Any]) -> list[Tuned]:
        """Runs it, and has nothing to tell: NumPy leaves no choice."""
        run()
        return []

    def route_failed(self) -> None:
        """Nothing to route: this is where failed kernels go."""

    def synchronize(self) -> None:
        """NumPy is synchronous."""

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        """Nothing is drawn, compiled or moved."""
        yield

    def timed_draws(self, run: Callable[[], Any]) -> tuple[Any, None]:
        """No time: there is no GPU."""
        return run(), None

    def describe_device(self) -> str:
        """NumPy, and its version."""
        return f"cpu: NumPy {np.__version__}"

    no_gpu_time = "the cpu backend computes on the host"

    def num_programs(self) -> int:
        """None: nothing is compiled."""
        return 0

    def texels(self, x: Handle) -> None:
        """None: arrays are no textures."""

    def memory(self) -> dict[str, int]:
        """No memory beyond the arrays themselves."""
        return {}

    def num_data_ids(self) -> int:
        """Number of live storages."""
        return len(live_bytes())
