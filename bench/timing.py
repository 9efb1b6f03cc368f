"""The clock: latency with a wait after each call, throughput of queued calls, and GPU time by timer queries.

bench/peers/page.js follows the same protocol, so that our figures and TensorFlow.js's mean the same thing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from bench import machine

R = TypeVar("R")
Clock = Callable[[], float]  # seconds from a moment of its own

LATENCY_MS = 1200.0  # time spent on calls that are waited for one by one; queued calls get as much again
MOST_REPS, MOST_QUEUED, BLOCKS = 60, 64, 3


@dataclass(frozen=True)
class Work(Generic[R]):
    """One thing to time.

    `call` queues the work and gives its result; `wait` returns when a result is finished; `release` frees it;
    `after`, where given, is what is timed instead of the call, on a finished result (a download).
    `queueable` is False where calls must not be queued without a wait. `gpu` runs a function and gives the
    GPU's ms, or None.
    """

    call: Callable[[], R]
    wait: Callable[[R], object]
    release: Callable[[R], object] = lambda result: None
    after: Callable[[R], object] | None = None
    queueable: bool = True
    gpu: Callable[[Callable[[], object]], float | None] | None = None


@dataclass(frozen=True)
class Timing:
    """Figures in ms.

    `first` holds uploads and compiling, `median` and `min` a wait after each of `reps` calls, `amortised` the
    mean of `k` queued calls (median of three blocks), `gpu` the timer query's median.
    """

    first_ms: float
    median_ms: float
    min_ms: float
    reps: int
    amortised_ms: float | None = None
    k: int | None = None
    gpu_ms: float | None = None
    others_cpu: float | None = None

    @property
    def best_ms(self) -> float:
        """Gives the lower of the synced median and the amortised figure: what ratios are made of."""
        return best(asdict(self))

    def as_row(self) -> dict[str, Any]:
        """Gives a JSON row, figures rounded to five digits, those not measured left out."""
        row = {k: v for k, v in asdict(self).items() if v is not None}
        return {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in row.items()}


def best(row: dict[str, Any]) -> float:
    """Gives the lower of a row's synced median and amortised figure.

    >>> best({"median_ms": 2.0, "amortised_ms": 1.5})
    1.5
    """
    queued = row.get("amortised_ms")
    return float(row["median_ms"] if queued is None else min(row["median_ms"], queued))


def measure(work: Work[R], latency_ms: float = LATENCY_MS) -> Timing:
    """Gives the figures of `work`: two warm-up calls (three where one takes under 300 ms), then the timed
    ones.

    Spends about latency_ms on synced calls and as much on queued ones; calls over it are not queued.
    """
    busy = machine.Busy()
    first = _once(work)
    estimate = _once(work)
    if estimate < 300:
        estimate = min(estimate, _once(work))
    reps = _between(3, int(latency_ms / estimate), MOST_REPS)
    times = [_once(work) for _ in range(reps)]
    typical = statistics.median(times)
    amortised, k = None, None
    if work.queueable and work.after is None and typical <= latency_ms:
        k = _between(2, round(latency_ms / 3 / typical), MOST_QUEUED)
        blocks = 1 if typical > latency_ms / 3 else BLOCKS
        amortised = statistics.median(_queued(work, k) for _ in range(blocks))
    gpu = _gpu(work, _between(1, int(latency_ms / 6 / typical), 9))
    return Timing(first, typical, min(times), reps, amortised, k, gpu, busy.others())


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(high, value))


def block(work: Work[R], k: int, clock: Clock = time.perf_counter) -> float:
    """Gives ms per call of k calls: queued before one wait where they may be, else one by one."""
    if work.queueable and work.after is None:
        return _queued(work, k, clock)
    return sum(_once(work, clock) for _ in range(k)) / k


def _once(work: Work[R], clock: Clock = time.perf_counter) -> float:
    start = clock()
    result = work.call()
    work.wait(result)
    if work.after is not None:
        start = clock()
        work.after(result)
    ms = (clock() - start) * 1e3
    work.release(result)
    return ms


def _queued(work: Work[R], k: int, clock: Clock = time.perf_counter) -> float:
    """Gives ms per call of k calls and one wait.

    A result lives until the next one exists, so two calls in a row never write the same texture: llvmpipe
    drops a draw that a later one covers wholly, and would otherwise time nothing.
    """
    start = clock()
    held = work.call()
    for _ in range(k - 1):
        result = work.call()
        work.release(held)
        held = result
    work.wait(held)
    ms = (clock() - start) * 1e3 / k
    work.release(held)
    return ms


def _gpu(work: Work[R], times: int) -> float | None:
    if work.gpu is None or work.after is not None:
        return None

    def finished() -> None:
        result = work.call()
        work.wait(result)
        work.release(result)

    figures = [work.gpu(finished) for _ in range(times)]
    known = [ms for ms in figures if ms is not None]
    return statistics.median(known) if known else None
