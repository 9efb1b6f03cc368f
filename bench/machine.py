"""Which machine a figure comes from, and how busy others kept it meanwhile.

Figures are comparable only on one device; `device` names it, and `Busy` counts the cores that processes
other than ours took, so that a disturbed figure can be told from a quiet one.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path

NOISY = 0.25  # cores taken by others from which on a figure is starred


def cpu_model() -> str:
    """Gives the processor's name as the operating system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def device(renderer: str) -> dict[str, str | int]:
    """Gives what two runs must share to be compared: GL renderer, processor, number of cores."""
    return {"renderer": renderer, "cpu": cpu_model(), "cores": len(_usable_cores())}


def _usable_cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _all_ticks() -> int:
    """Busy clock ticks of all cores since boot: user, nice, system, irq, softirq, steal."""
    f = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return f[0] + f[1] + f[2] + f[5] + f[6] + f[7]


def _own_ticks() -> int:
    """Clock ticks of this process and of everything it started, directly or not."""
    parent: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            f = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(entry.name)
        parent[pid], ticks[pid] = int(f[1]), sum(map(int, f[11:15]))  # with children that have ended

    def ours(pid: int) -> bool:
        while pid > 1:
            if pid == os.getpid():
                return True
            pid = parent.get(pid, 0)
        return False

    return sum(t for pid, t in ticks.items() if ours(pid))


@dataclass
class Busy:
    """Counts the cores that other processes took since it was made; None where the system does not tell."""

    known: bool = field(default_factory=lambda: Path("/proc/stat").exists())
    started: float = field(default_factory=time.perf_counter)
    ticks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.known:
            self.ticks = _all_ticks() - _own_ticks()

    def others(self) -> float | None:
        """Gives the mean number of cores that others kept busy."""
        seconds = time.perf_counter() - self.started
        if not self.known or seconds <= 0:
            return None
        spent = (_all_ticks() - _own_ticks() - self.ticks) / os.sysconf("SC_CLK_TCK")
        return round(max(0.0, spent / seconds), 2)


def wait_until_quiet(limit_s: float = 15.0) -> None:
    """Waits until others leave the machine alone, at most limit_s seconds."""
    end = time.perf_counter() + limit_s
    while time.perf_counter() < end:
        busy = Busy()
        if not busy.known:
            return
        time.sleep(0.4)
        if (busy.others() or 0.0) < NOISY:
            return
        time.sleep(0.6)
