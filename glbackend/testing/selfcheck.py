"""The self-check for users: every kernel's cases on this machine's own GL driver against cpu."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.engine.backend import make_backend
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, assert_close, results, using
from glbackend.testing.sample import Array


class Report(NamedTuple):
    """One kernel: how many cases ran, the worst error relative to the result, the ms of its calls."""

    kernel: str
    cases: int
    worst: float
    milliseconds: float
    failures: tuple[str, ...]


def check_kernels(backend: WebGL, only: str = "") -> Iterator[Report]:
    """Runs the cases of each kernel whose name contains `only`; nothing is computed on the host meanwhile."""
    cases: dict[str, list[Case]] = {}
    for case in all_cases():
        if only.lower() in case.kernel.lower():
            cases.setdefault(case.kernel, []).append(case)
    forwards, routed = backend.forwards, backend.routed
    backend.forwards, backend.routed = False, frozenset()
    try:
        for kernel in sorted(cases):
            yield _check(kernel, cases[kernel], Inspecting(backend))
    finally:
        backend.forwards, backend.routed = forwards, routed


def _check(kernel: str, cases: list[Case], gl: Inspecting) -> Report:
    worst, took, failures = 0.0, 0.0, []
    for case in cases:
        with using(make_backend("cpu")):
            wanted = results(case.call, case.inputs)
        try:
            with using(gl):
                results(case.call, case.inputs)  # compiles
                start = time.perf_counter()
                got = results(case.call, case.inputs)
                took += (time.perf_counter() - start) * 1e3
            for a, b in zip(got, wanted, strict=True):
                assert_close(a, b, case.rtol, case.name)
                worst = max(worst, relative_error(a, b))
        except (
            Exception
        ) as error:  # a driver may fail in any way, and the other kernels still want their turn
            failures.append(f"{case.name}: {' '.join(str(error).split())[:200]}")
    return Report(kernel, len(cases), worst, took, tuple(failures))


def relative_error(got: Array, wanted: Array) -> float:
    """The largest difference, relative to the value and to the typical size of the result."""
    if wanted.dtype.kind not in "fc" or not wanted.size:
        return 0.0
    finite = np.isfinite(wanted) & np.isfinite(got)
    a, b = got[finite].astype(np.complex128), wanted[finite].astype(np.complex128)
    if not b.size:
        return 0.0
    size = np.abs(b) + min(float(np.sqrt(np.mean(np.abs(b) ** 2))), 1e30) + float(np.finfo(np.float32).tiny)
    return float((np.abs(a - b) / size).max())
