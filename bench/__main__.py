"""The command line of the bench.

python -m bench [kernels] [models] [transfer] [coldstart] [--cases REGEX] [--quick] [--json OUT]
python -m bench tfjs [kernels] [models] [transfer] [coldstart] ...      the same, TensorFlow.js beside it
python -m bench cpu [--cases REGEX] [--before CHECKOUT] ...             cpu beside NumPy, PyTorch, ...
python -m bench data [--pictures N] [--backend NAME]                   reading data beside training
python -m bench serving [--backend webgl|cpu] ...                       the server's rates
python -m bench soak [--backend webgl|cpu] [--requests N] ...           the server for a long time
python -m bench scaling [--backend webgl|cpu] ...                       training on several ranks
python -m bench zoo [webgl] [cpu] [--models REGEX]                      real models beside TensorFlow.js
python -m bench fetch [--delay-ms N]                                    shards over a link with delay
python -m bench compare BEFORE.json AFTER.json
python -m bench report [REPORT.json] [--check CHECK.json] [--out FILE]  one page of pictures for a machine
python -m bench graph [--cases REGEX]                                   captured functions beside eager
python -m bench memory [--cases REGEX]                                  what captured functions hold
python -m bench against CHECKOUT [kernels] [models] [transfer] [dispatch] [import] ...    this one and another
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import (
    against,
    cases,
    coldstart,
    cpu,
    data,
    fetch,
    graph,
    memory,
    pictures,
    report,
    scaling,
    serving,
    soak,
    zoo,
)  # fmt: skip
from bench.bare import Bare
from bench.peers.tfjs import PeerFailed, PeerUnavailable, TfJs
from bench.rooflines import rooflines
from bench.run import run_cases
from bench.timing import LATENCY_MS

WHAT = (*cases.SUITES, "coldstart")


def main(argv: list[str]) -> int:
    """Runs the command and gives the exit status: 1 where a case failed or runs cannot be compared."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    if argv[:1] == ["compare"]:
        return _compare(argv[1:], console)
    if argv[:1] == ["against"]:
        return against.main(argv[1:], console)
    if argv[:1] == ["graph"]:
        return graph.main(argv[1:])
    if argv[:1] == ["memory"]:
        return memory.main(argv[1:])
    if argv[:1] == ["cpu"]:
        return cpu.main(argv[1:])
    if argv[:1] == ["data"]:
        return data.main(argv[1:], console)
    if argv[:1] == ["serving"]:
        return serving.main(argv[1:])
    if argv[:1] == ["soak"]:
        return soak.main(argv[1:])
    if argv[:1] == ["scaling"]:
        return scaling.main(argv[1:])
    if argv[:1] == ["fetch"]:
        return fetch.main(argv[1:])
    if argv[:1] == ["zoo"]:
        return zoo.main(argv[1:], console)
    if argv[:1] == ["report"]:
        return pictures.main(argv[1:], console, main)
    with_peer = argv[:1] == ["tfjs"]
    options = _options(argv[1:] if with_peer else argv)
    what = tuple(options.what) or WHAT
    if not with_peer:
        return _bench(options, what, None, console)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the browser is ended, too
    try:
        with TfJs() as peer:
            about = peer.about
            console.print(
                f"TensorFlow.js {about['tfjs']} in {about['browser']}, {about['renderer']}", highlight=False
            )
            return _bench(options, what, peer, console)
    except (PeerUnavailable, PeerFailed) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("what", nargs="*", metavar="suite", help=f"{', '.join(WHAT)} (all)")
    parser.add_argument("--cases", default=".", metavar="REGEX", help="only cases whose names match")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the timed calls: rough figures, full checks"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the report there")
    options = parser.parse_args(argv)
    if unknown := [w for w in options.what if w not in WHAT]:
        parser.error(
            f"unknown suite {unknown[0]!r}: use {', '.join(WHAT)}, "
            f"or against, compare, cpu, data, fetch, graph, memory, report, scaling, serving, soak, tfjs "
            f"or zoo as first word"
        )
    return options


def _library(console: Console) -> Any | None:
    """Gives the library with host forwarding off (every op must draw), None where it has no façade yet."""
    os.environ["GLBACKEND_HOST_FORWARD"] = "0"
    try:
        gl = importlib.import_module("glbackend")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "glbackend":
            raise
        console.print(f"glbackend is not here ({error}): baselines only", style="yellow")
        return None
    return gl if hasattr(gl, "set_backend") else None


def _bench(options: argparse.Namespace, what: tuple[str, ...], peer: TfJs | None, console: Console) -> int:
    gl, bare = _library(console), Bare()
    latency_ms = LATENCY_MS / 10 if options.quick else LATENCY_MS
    result = report.new_report(bare.renderer, bare.version)
    if peer is not None:
        result["versions"]["tfjs"] = peer.about["tfjs"]
    with bare:
        result["rooflines"] = [asdict(r) for r in rooflines(bare, max(latency_ms / 4, 200))]
    chosen = cases.load(options.cases, tuple(s for s in what if s in cases.SUITES))
    with console.status("") as status:
        for i, row in enumerate(run_cases(gl, chosen, bare, latency_ms, peer)):
            result["rows"].append(row)
            status.update(f"{i + 1} of {len(chosen)}: {row['case']}")
    if "coldstart" in what and options.cases == ".":
        result["coldstart"] = _coldstart(gl, peer)
    report.print_report(result, console)
    if options.json:
        report.save(result, options.json)
    return 1 if any(r.get("failed") for r in result["rows"]) else 0


def _coldstart(gl: Any | None, peer: TfJs | None) -> list[dict[str, Any]]:
    rows = coldstart.coldstart(gl) if gl is not None else []
    if peer is not None:
        rows.append({"name": "TensorFlow.js first matmul, empty caches", "ms": peer.cold_start()})
        rows.append(
            {"name": "TensorFlow.js first matmul, filled caches", "ms": peer.cold_start(keep_caches=True)}
        )
    return rows


def _compare(argv: list[str], console: Console) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench compare")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(argv)
    try:
        report.compare(report.read(options.before), report.read(options.after), console)
    except (report.NotComparable, ValueError, OSError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
