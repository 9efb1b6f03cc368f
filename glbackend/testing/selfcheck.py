"""The self-check for users: every kernel's cases on this machine's own GL driver against cpu."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.webgl.backend import WebGL
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, assert_close, results, using
from glbackend.testing.sample import Array


class Report(NamedTuple):
    """One kernel: how many cases ran, how far off the worst is, the ms of its calls, what failed.

    `worst`: the largest error relative to the result; `ulp`: the same in units of the last place.
    `results`: what each case gave here, by its name.
    """

    kernel: str
    cases: int
    worst: float
    ulp: float
    milliseconds: float
    failures: tuple[str, ...]
    results: dict[str, list[Array]]


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
    worst, ulp, took, failures = 0.0, 0.0, 0.0, []
    found: dict[str, list[Array]] = {}
    for case in cases:
        with using(Cpu(exact=True)):
            wanted = results(case.call, case.inputs)
        try:
            with using(gl):
                results(case.call, case.inputs)  # compiles
                start = time.perf_counter()
                got = found[case.name] = results(case.call, case.inputs)
                took += (time.perf_counter() - start) * 1e3
            for a, b in zip(got, wanted, strict=True):
                assert_close(a, b, case.rtol, case.name)
                worst, ulp = max(worst, relative_error(a, b)), max(ulp, ulp_apart(a, b))
        except (
            Exception
        ) as error:  # a driver may fail in any way, and the other kernels still want their turn
            failures.append(f"{case.name}: {' '.join(str(error).split())[:200]}")
    return Report(kernel, len(cases), worst, ulp, took, tuple(failures), found)


def ulp_apart(got: Array, wanted: Array) -> float:
    """The largest difference in units of the last place that `wanted` has as float32.

    Where an element is smaller than is typical of the result (its root mean square), of the typical size:
    what sums leave of large numbers has their errors. Below 2^-126 all is 0, as drivers may flush that.

    >>> ulp_apart(np.float32([1, 1 + 2**-23]), np.float32([1, 1]))
    1.0
    """
    if wanted.dtype.kind not in "fc":
        return float((got != wanted).any())
    if wanted.dtype.kind == "c":
        return max(ulp_apart(got.real, wanted.real), ulp_apart(got.imag, wanted.imag))
    finite = np.isfinite(wanted) & np.isfinite(got)
    a, b = got[finite].astype(np.float64), wanted[finite].astype(np.float64)
    if not b.size:
        return 0.0
    tiny = float(np.finfo(np.float32).tiny)
    a, b = (np.where(np.abs(one) < tiny, 0.0, one) for one in (a, b))
    typical = float(np.sqrt(np.mean(np.square(b))))
    size = np.maximum(np.maximum(np.abs(b), typical), tiny).astype(np.float32)
    return float((np.abs(a - b) / np.spacing(np.minimum(size, np.finfo(np.float32).max))).max())


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
