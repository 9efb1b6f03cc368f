"""The cpu backend beside its peers: `python -m bench cpu [--cases REGEX] [--before CHECKOUT] ...`.

Each side is a process of its own with one thread: this library, NumPy by hand, PyTorch, onnxruntime, OpenVINO
and Keras where they are installed, TensorFlow.js's wasm backend in Node, and with --before the library of
another checkout. They take turns, round by round, and each keeps the least CPU time of a call: what other
processes do to the machine hardly shows in that. Wall times are used only where threads are counted, and only
a quiet machine can judge those.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import cases, machine
from bench.checksum import disagreement
from bench.cpu_bounds import BOUNDS, Row, markdown, verdicts
from bench.inputs import case_input
from bench.peers import wasm
from bench.peers.tfjs import PeerUnavailable
from bench.table import CPU_BLOCK

PYTHON_SIDES = ("numpy", "torch", "onnxruntime", "openvino", "keras")
GRADIENTS = (
    "(input|filter)_grad_(56|112)|maxpool_grad|softmax_grad"  # those of families.json that have a peer
)
SUITES, LEFT_OUT = ("kernels", "models"), "upload|download"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmark.md"
SCRIPT = Path(__file__).parent / "side.py"
TURN_MS, GROUP_MS = 20.0, 0.5  # CPU time of a turn, and of a group of calls, of which the least counts
THREADED = ("mobilenet_v1_224_predict_b1", "cnn28_predict_b64", "mlp_predict_b128", "matmul_512")


class Side:
    """A side's process, asked by lines of JSON."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self.file = folder / f"{name}.f32"
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**kept, **limits, "KERAS_BACKEND": "torch"},
        )
        self.about = self._answer()
        self.groups = self.calls = 1

    def ask(self, **job: Any) -> dict[str, Any]:
        """Sends a job and waits for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"absent": "the process ended", "error": "the process ended"}

    def ms(self) -> float:
        """CPU ms of a call: the least of a turn."""
        return float(self.ask(groups=self.groups, calls=self.calls).get("ms", math.inf))

    def prepare(self, case: dict[str, Any]) -> np.ndarray[Any, Any] | str:
        """The case's numbers, or why there are none."""
        self.file.unlink(missing_ok=True)
        self.groups = self.calls = 1
        try:
            answer = self.ask(prepare=wasm.job(case) if self.name == "wasm" else case, values=str(self.file))
        except LookupError:
            return "LookupError"
        if "error" in answer:
            return str(answer["error"])
        estimate = max(min(self.ms() for _ in range(2)), 1e-3)
        self.calls = max(1, int(GROUP_MS / estimate))
        self.groups = max(1, int(TURN_MS / (self.calls * estimate)))
        return np.fromfile(self.file, np.float32)

    def close(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.terminate()
        self.process.wait()


def _open(stack: contextlib.ExitStack, options: argparse.Namespace, console: Console) -> list[Side]:
    """The sides that are here; those that are not are told."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    commands = {"ours": [sys.executable, str(SCRIPT), "ours"]}
    if options.before:
        commands["before"] = [*commands["ours"], str(options.before.resolve())]
    commands |= {name: [sys.executable, str(SCRIPT), name] for name in PYTHON_SIDES}
    try:
        commands["wasm"] = stack.enter_context(wasm.serving())
    except PeerUnavailable as error:
        console.print(f"wasm is absent: {error}", style="yellow", highlight=False)
    sides = []
    for name, command in commands.items():
        if options.sides and name not in options.sides.split(",") and name not in ("ours", "before"):
            continue
        side = Side(name, command, folder)
        stack.callback(side.close)
        if "absent" in side.about:
            console.print(f"{name} is absent: {side.about['absent']}", style="yellow", highlight=False)
        else:
            sides.append(side)
    return sides


def measure(sides: list[Side], case: dict[str, Any], rounds: int) -> Row:
    """One case on all sides in turn."""
    row: Row = {"case": case["name"], "ms": {}, "differs": {}, "notes": {}}
    here, wanted = [], None
    for side in sides:
        values = side.prepare(case)
        if isinstance(values, str):
            if not values.startswith(("LookupError", "KeyError")):
                row["notes"][side.name] = values
            continue
        if side.name == "ours":
            wanted = values
        elif wanted is not None and (
            told := disagreement(values, wanted, cases.tolerance(case) * 5, cases.least_scale(case))
        ):
            row["differs"][side.name] = told
        here.append(side)
    for _ in range(rounds):
        for side in here:
            row["ms"][side.name] = min(side.ms(), row["ms"].get(side.name, math.inf))
    ours = here[0] if here and here[0].name == "ours" else None
    if ours is not None and wanted is not None:
        given = sum(case_input(spec).nbytes for spec in case["inputs"])
        row["sizes"] = {"input": given, "output": wanted.nbytes}
        row["peak_bytes"] = ours.ask(memory=True).get("bytes")
        if case["name"] in THREADED:
            busy = machine.Busy()
            found = ours.ask(threads=2, calls=max(3, int(150 / max(row["ms"]["ours"], 0.1))))
            row["two_threads"], row["others_cpu"] = found.get("times"), busy.others()
    return row


def chosen(pattern: str) -> list[dict[str, Any]]:
    """The cases shared with other measurements, gradients of the families, and those of cpu.json."""
    shared, families, own = (
        cases.load(pattern, SUITES, (file,)) for file in ("cases.json", "families.json", "cpu.json")
    )
    return [
        *(c for c in shared if not cases.re.search(LEFT_OUT, c["name"])),
        *(c for c in families if cases.re.search(GRADIENTS, c["name"])),
        *own,
    ]


def main(argv: list[str]) -> int:
    """Prints the table and the verdicts; 1 where ours failed somewhere."""
    parser = argparse.ArgumentParser(
        prog="python -m bench cpu", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--cases", default=".", metavar="REGEX", help="only cases whose names match")
    parser.add_argument("--rounds", type=int, default=9, help="turns that each side gets (9)")
    parser.add_argument(
        "--before", type=Path, metavar="CHECKOUT", help="also the library of another working tree"
    )
    parser.add_argument("--sides", default="", help=f"only these of {','.join(PYTHON_SIDES)},wasm")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows there")
    parser.add_argument("--write", action="store_true", help="renew the section of docs/benchmark.md")
    options = parser.parse_args(argv)
    wanted = chosen(options.cases)
    if not wanted:
        parser.error(f"no case matches {options.cases!r}")
    if options.write and options.cases != ".":
        parser.error("--write takes all cases: leave --cases out")
    console = Console(width=None if sys.stdout.isatty() else 140)
    with contextlib.ExitStack() as stack:
        sides = _open(stack, options, console)
        versions = {side.name: side.about["version"] for side in sides}
        console.print(", ".join(f"{name} {version}" for name, version in versions.items()), highlight=False)
        rows = []
        for case in wanted:
            rows.append(measure(sides, case, options.rounds))
            console.print(_line(rows[-1], list(versions)), highlight=False)
    table = Table("bound", "measured", "", title=f"Bounds ({len(BOUNDS)})")
    for told in verdicts(rows):
        table.add_row(*told)
    console.print(table)
    if options.json:
        options.json.write_text(
            json.dumps({"versions": versions, "cpu": machine.cpu_model(), "rows": rows}, indent=1)
        )
    if options.write:
        block = f"<!-- cpu -->\n{markdown(rows, versions)}<!-- /cpu -->"
        text = CPU_BLOCK.sub(lambda match: block, PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(text, encoding="utf-8")
    return 1 if any("ours" in row["notes"] for row in rows) else 0


def _line(row: Row, names: list[str]) -> str:
    figures = "  ".join(
        f"{name} {row['ms'][name]:.3g}{'*' if name in row['differs'] else ''}"
        for name in names
        if name in row["ms"]
    )
    more = "".join(f"\n    {name}: {told}" for name, told in {**row["differs"], **row["notes"]}.items())
    return f"{row['case']:36s} {figures}{more}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
