"""This checkout against another one in one run: `python -m bench against CHECKOUT`.

Each has a worker process of its own. A case is made ready in both; then they run blocks of the same number
of calls in turn (A B, B A, ...), one waiting while the other runs, so that whatever else the machine does
falls on both alike. A figure is the CPU time of a call, and the lowest of all blocks counts: others only ever
add to it. A case that comes out slower is measured again in fresh processes, since some figures change from
process to process.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.status import Status
from rich.table import Table

from bench import cases, dispatch, machine
from bench.cases import Case
from bench.checksum import disagreement
from bench.report import FORMAT, geometric_mean, ms
from bench.worker import MOST_CALLS, Answer, serve

HERE = Path(__file__).resolve().parent.parent
WHAT = (*cases.SUITES, "dispatch", "import")
SLOWER = 0.95  # base : this below which a case counts as slower
EQUAL = 0.03  # how far from 1 two sides count as equal, so that no more rounds are needed
LEAST_ROUNDS, TIMES = 8, 3  # rounds of a slow case, and how often rounds are gone through
AGAIN = 5  # times that such a case is measured again, each in fresh processes
ENVIRONMENT = {
    "GLBACKEND_HOST_FORWARD": "0",  # every op must draw
    "OPENBLAS_NUM_THREADS": "1",  # its threads wait by spinning, which CPU time would count
    "OMP_NUM_THREADS": "1",
}
WILD = 100.0  # times the tolerance from which on a difference is a failure


@dataclass(frozen=True)
class Plan:
    """How long a case is measured: rounds of one block a side, and the ms that a block aims at.

    Calls that take longer than a block get fewer rounds. Where the sides differ at the end of the rounds, as
    many follow, three times in all at most.
    """

    rounds: int
    block_ms: float

    def calls(self, ms: float) -> int:
        """Gives the calls of a block where one takes about `ms`."""
        return max(1, min(MOST_CALLS, round(self.block_ms / max(ms, 1e-6))))

    def rounds_of(self, block_ms: float) -> int:
        """Gives the rounds of blocks that take about so long."""
        return min(self.rounds, max(LEAST_ROUNDS, round(self.rounds * self.block_ms / block_ms)))


FULL, QUICK = Plan(rounds=25, block_ms=20.0), Plan(rounds=5, block_ms=15.0)


@dataclass
class Row:
    """A case and its lowest figures on either side, in ms of CPU time a call."""

    case: str
    calls: int = 0
    rounds: int = 0
    ms: dict[str, float] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    differs: str | None = None
    again: bool = False

    @property
    def ratio(self) -> float | None:
        """Gives how many times longer the other checkout takes, None where either has no figure."""
        return self.ms["base"] / self.ms["this"] if len(self.ms) == 2 and not self.failed else None

    @property
    def slower(self) -> bool:
        """Says whether this checkout takes clearly longer."""
        return self.ratio is not None and self.ratio < SLOWER

    def as_json(self) -> dict[str, Any]:
        """Gives the row with its ratio, empty fields left out."""
        return {k: v for k, v in {**asdict(self), "ratio": self.ratio}.items() if v or k == "ratio"}


class WorkerEnded(Exception):
    """A worker has gone: its library cannot be imported, or the driver took it down."""

    def __init__(self, name: str, status: int | None) -> None:
        super().__init__(f"the process of {name} ended with status {status}")
        self.name = name


class Side:
    """A worker process of one checkout, `base` or `this`."""

    def __init__(self, name: str, checkout: Path, backend: str) -> None:
        self.name, self.renderer = name, ""
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(theirs, str(checkout), backend), daemon=True)
        self._process.start()
        theirs.close()  # so that our end hears when the process ends

    def send(self, *request: object) -> None:
        """Asks for something; `receive` gives the answer."""
        try:
            self._pipe.send(request)
        except OSError:
            raise self._ended() from None

    def receive(self) -> Answer:
        """Gives the answer to the oldest request; `failed` in it says what went wrong."""
        try:
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        return answer

    def _ended(self) -> WorkerEnded:
        self._process.join()
        return WorkerEnded(self.name, self._process.exitcode)

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()
        self._process.join()


@contextmanager
def workers(base: Path, backend: str) -> Iterator[tuple[Side, Side]]:
    """Gives a fresh process of either checkout, `base` first."""
    with patch.dict(os.environ, ENVIRONMENT):
        sides = Side("base", base, backend), Side("this", HERE, backend)
    try:
        for side in sides:
            side.renderer = side.receive()["renderer"]
        yield sides
    finally:
        for side in sides:
            side.close()


def measure(row: Row, case: Case, sides: tuple[Side, Side], plan: Plan) -> None:
    """Adds a plan's rounds to a row."""
    for side in sides:  # both at once: nothing is timed yet
        side.send("prepare", case, plan.block_ms)
    answers = {side.name: side.receive() for side in sides}
    row.missing |= {name: answer["missing"] for name, answer in answers.items() if "missing" in answer}
    row.failed |= {name: answer["failed"] for name, answer in answers.items() if "failed" in answer}
    if row.missing or row.failed:
        return
    _judge(row, case, answers)
    slowest = max(answer["ms"] for answer in answers.values())
    row.calls = plan.calls(slowest)
    rounds = plan.rounds_of(row.calls * slowest)
    for _ in range(TIMES):
        for i in range(rounds):
            _round(row, sides[:: -1 if i % 2 else 1])
        if row.ratio is None or abs(row.ratio - 1) < EQUAL:
            return


def _round(row: Row, sides: tuple[Side, ...]) -> None:
    """Runs a block on one side, then on the other, and keeps what is lower than before."""
    for side in sides:
        side.send("block", row.calls)
        answer = side.receive()
        if "failed" in answer:
            row.failed[side.name] = answer["failed"]
        else:
            row.ms[side.name] = min(row.ms.get(side.name, math.inf), answer["ms"])
    row.rounds += 1


def _judge(row: Row, case: Case, answers: dict[str, Answer]) -> None:
    """Says where the results of the two sides differ; a wild difference fails this side."""
    got, want = answers["this"]["values"], answers["base"]["values"]
    if got is None or want is None:
        return
    tolerance, scale = cases.tolerance(case), cases.least_scale(case)
    row.differs = disagreement(got, want, tolerance, scale)
    if row.differs and (wild := disagreement(got, want, WILD * tolerance, scale)):
        row.failed["this"] = f"the result is not the base's: {wild}"


def chosen_cases(what: tuple[str, ...], pattern: str, backend: str) -> list[Case]:
    """Gives the bench's cases, and those that only this comparison has: our Python, and the import."""
    chosen = cases.load(pattern, tuple(s for s in what if s in cases.SUITES))
    extra: list[Case] = []
    if "dispatch" in what and backend == "webgl":
        extra += [{"name": f"python of {k}", "op": "dispatch", "kernel": k} for k in dispatch.KERNELS]
    if "import" in what:
        extra.append({"name": "import glbackend", "op": "import"})
    return chosen + [case for case in extra if re.search(pattern, case["name"])]


@dataclass
class Comparison:
    """The rows of one run, by case, and what both sides drew with."""

    base: Path
    backend: str
    plan: Plan
    rows: dict[str, Row] = field(default_factory=dict)
    renderer: str = ""

    def run(self, chosen: list[Case], status: Status) -> None:
        """Measures the cases; those that come out slower are measured five times more."""
        self.rows = {case["name"]: Row(case["name"]) for case in chosen}
        self._measure(chosen, status)
        for row in self.rows.values():
            row.again = row.slower
        for _ in range(AGAIN):
            self._measure([case for case in chosen if self.rows[case["name"]].again], status)

    def _measure(self, chosen: list[Case], status: Status) -> None:
        """Takes one pair of processes through the cases, and a new pair where one of them ends."""
        left = list(chosen)
        while left:
            with workers(self.base, self.backend) as sides:
                self.renderer = sides[1].renderer
                while left:
                    case = left.pop(0)
                    row = self.rows[case["name"]]
                    status.update(f"{len(left)} to go: {row.case}{' again' if row.again else ''}")
                    try:
                        measure(row, case, sides, self.plan)
                    except WorkerEnded as error:
                        row.failed[error.name] = str(error)
                        break


def print_rows(rows: list[Row], console: Console) -> None:
    """Prints the cases, the slowest against the base last, and what has no figure."""
    known = sorted(((row.ratio, row) for row in rows if row.ratio is not None), key=lambda pair: -pair[0])
    table = Table(title="ms of CPU time a call, the lowest of all blocks", title_justify="left")
    table.add_column("case", no_wrap=True)
    for heading in ("base", "this", "base : this", "rounds"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for ratio, row in known:
        mark = "[red]slower[/] " if row.slower else ""
        mark += "measured again" if row.again else ""
        table.add_row(row.case, ms(row.ms["base"]), ms(row.ms["this"]), f"{ratio:.3f}", str(row.rounds), mark)
    if known:
        console.print(table)
        ratios = [ratio for ratio, _ in known]
        mean = geometric_mean(ratios)
        console.print(
            f"base : this: geometric mean {mean:.3f} over {len(known)} cases, "
            f"{min(ratios):.3f} to {max(ratios):.3f}; above 1 this checkout is faster",
            highlight=False,
        )
    _print_list("results differ", [(row.case, row.differs) for row in rows if row.differs], console)
    for name in ("base", "this"):
        lacks = [
            (row.case, ", ".join("gl." + one for one in row.missing[name]))
            for row in rows
            if name in row.missing
        ]
        _print_list(f"not built in {name}", lacks, console)
        failed = [(row.case, row.failed[name]) for row in rows if name in row.failed]
        _print_list(f"failed in {name}", failed, console)


def _print_list(title: str, entries: list[tuple[str, str]], console: Console) -> None:
    if entries:
        console.print(f"\n[yellow]{title}:[/]")
        for name, text in entries:
            console.print(f"  {name}: {text}", highlight=False, markup=False)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench against", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("checkout", type=Path, help="the other checkout's folder")
    parser.add_argument("what", nargs="*", metavar="suite", help=f"{', '.join(WHAT)} (all)")
    parser.add_argument("--cases", default=".", metavar="REGEX", help="only cases whose names match")
    parser.add_argument("--backend", default="webgl", choices=("webgl", "cpu"))
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds of a block a side ({FULL.rounds})")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter blocks: rough figures")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_intermixed_args(argv)  # suites may follow options
    if unknown := [w for w in options.what if w not in WHAT]:
        parser.error(f"unknown suite {unknown[0]!r}: use {', '.join(WHAT)}")
    if not (options.checkout / "glbackend" / "__init__.py").exists():
        parser.error(f"no glbackend in {options.checkout}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds takes a number from 1")
    return options


def main(argv: list[str], console: Console) -> int:
    """Runs the command and gives the exit status: 1 where a case is slower here or failed here."""
    options = _options(argv)
    base, what = options.checkout.resolve(), tuple(options.what) or WHAT
    plan = QUICK if options.quick else FULL
    run = Comparison(base, options.backend, replace(plan, rounds=options.rounds or plan.rounds))
    started = time.perf_counter()
    try:
        with console.status("") as status:
            run.run(chosen_cases(what, options.cases, options.backend), status)
    except WorkerEnded as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2
    rows, seconds = list(run.rows.values()), round(time.perf_counter() - started)
    print_rows(rows, console)
    console.print(f"{HERE} against {base} on {run.renderer}: {seconds} s", highlight=False, markup=False)
    if options.json:
        found = {"format": FORMAT, "base": str(base), "this": str(HERE), "seconds": seconds}
        found |= {"device": machine.device(run.renderer), "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if any(row.slower or "this" in row.failed for row in rows) else 0
