"""`python -m bench zoo [webgl] [cpu]`: the ten models of ../shared/zoo beside TensorFlow.js.

On webgl against TensorFlow.js in Chromium on the same driver, by the clock of `timing.py`; on cpu against its
wasm backend in Node, by CPU time. Each model runs its last case; results are held against the goldens.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import cpu
from bench.inputs import case_input
from bench.peers.tfjs import PeerUnavailable, TfJs
from bench.timing import Work, best, measure
from tests.zoo import ZOO, golden, models

Case = dict[str, Any]
NOT_ON_WASM = {"handtrack-human"}  # gives wrong detections there, as zoo.json tells
LEAST_TOLERANCE = 1e-4  # of an output's largest value


def cases(pattern: str = ".") -> list[Case]:
    """A case for each model whose name matches."""
    found = []
    for name, model in models().items():
        if not re.search(pattern, name):
            continue
        last = model["cases"][-1]
        outputs = last["golden"]["outputs"]
        found.append(
            {
                "name": name,
                "op": "zoo",
                "layers_model": model["format"] == "layers-model",
                "is_async": last["golden"]["how"] == "executeAsync",
                "inputs": [
                    {
                        "zoo": one,
                        **{key: one[key] for key in ("name", "shape", "dtype", "values") if key in one},
                    }
                    for one in last["inputs"]
                ],
                "outputs": [output["name"] for output in outputs],
                "flags": model.get("tfjs_flags", {}),
                "tolerance": max(LEAST_TOLERANCE, 4 * last.get("spread_vs_wasm", 0)),
                "golden": outputs,
            }
        )
    return found


def prepare(gl: Any, case: Case) -> tuple[Work[Any], Any]:
    """What is timed on the library's current backend, and a function that gives the outputs' numbers."""
    fed = {spec["name"]: gl.tensor(case_input(spec)) for spec in case["inputs"]}
    if case["layers_model"]:
        model = gl.load_layers_model(ZOO / case["name"])
        (x,) = fed.values()

        def call() -> list[Any]:
            return [model.predict(x, batch_size=x.shape[0])]
    else:
        model = gl.load_graph_model(ZOO / case["name"])

        def call() -> list[Any]:
            return list(model.execute(fed, case["outputs"]))

    def wait(outputs: list[Any]) -> None:
        first = outputs[0]
        gl.slice(first, [0] * first.rank, [1] * first.rank).data_sync()

    def values() -> Any:
        arrays = [output.numpy().ravel() for output in call() if output.dtype != "string"]
        return np.concatenate(arrays).astype(np.float32)

    return Work(call, wait, lambda outputs: gl.dispose(outputs)), values


def disagreement(case: Case, values: Any) -> str:
    """How a side's numbers are not the goldens; "" where they are."""
    at = 0
    for output in case["golden"]:
        if output["dtype"] == "string":
            continue
        size = math.prod(output["shape"])
        if "file" in output:
            wanted = golden(output).ravel()
            error = np.abs(values[at : at + size] - wanted).max() / max(np.abs(wanted).max(), 1e-3)
            if not error <= case["tolerance"]:
                return f"{output['name']} is off by {error:.1e} of its largest value"
        at += size
    return "" if at == len(values) else f"{len(values)} numbers where {at} belong"


def on_webgl(chosen: list[Case], console: Console) -> list[Case]:
    """A row for each model: ours, TensorFlow.js's."""
    import glbackend as gl  # noqa: PLC0415 - so that `cpu` alone needs no driver

    rows = []
    with TfJs() as peer:
        console.print(
            f"TensorFlow.js {peer.about['tfjs']} in {peer.about['browser']}, {peer.about['renderer']}"
        )
        gl.set_backend("webgl")
        for case in chosen:
            work, values = prepare(gl, case)
            row: Case = {"case": case["name"], "ours": measure(work).as_row(), "differs": {}}
            row["differs"]["ours"] = disagreement(case, values())
            del work, values
            theirs = peer.run({key: value for key, value in case.items() if key != "golden"})
            if "error" in theirs:
                row["differs"]["tfjs"] = theirs["error"]
            else:
                row["differs"]["tfjs"] = disagreement(case, theirs.pop("values"))
                row["tfjs"] = theirs
            rows.append(row)
    return rows


def on_cpu(chosen: list[Case], console: Console, rounds: int) -> list[Case]:
    """A row for each model: CPU ms of ours, of TensorFlow.js's wasm."""
    options = argparse.Namespace(before=None, sides="wasm")
    rows = []
    with contextlib.ExitStack() as stack:
        sides = cpu._open(stack, options, console)
        for case in chosen:
            row: Case = {"case": case["name"], "differs": {}}
            ready = []
            for side in sides:
                values = side.prepare({key: value for key, value in case.items() if key != "golden"})
                if isinstance(values, str):
                    row["differs"][side.name] = values
                    continue
                if side.name == "ours" or case["name"] not in NOT_ON_WASM:
                    row["differs"][side.name] = disagreement(case, values)
                ready.append(side)
            for _ in range(rounds):
                for side in ready:
                    row[side.name] = {
                        "median_ms": min(side.ms(), row.get(side.name, {}).get("median_ms", math.inf))
                    }
            rows.append(row)
    return rows


def show(rows: list[Case], peer: str, title: str, console: Console) -> bool:
    """Prints the table and the geometric mean; False where ours is not what the goldens are."""
    table = Table(title=title)
    for column in ("model", "ours, ms", "TF.js, ms", "TF.js : ours", "differs"):
        table.add_column(column, justify="left" if column in ("model", "differs") else "right")
    ratios = []
    for row in rows:
        ours, theirs = (best(row[side]) if side in row else math.nan for side in ("ours", peer))
        if math.isfinite(theirs / ours):
            ratios.append(theirs / ours)
        told = "; ".join(f"{side}: {how}" for side, how in row["differs"].items() if how)
        table.add_row(row["case"], f"{ours:.4g}", f"{theirs:.4g}", f"{theirs / ours:.2f}", told)
    console.print(table)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        console.print(
            f"geometric mean of TF.js : ours over {len(ratios)} models: {mean:.2f}; least {min(ratios):.2f}"
        )
    return not any(row["differs"].get("ours") for row in rows)


def main(argv: list[str], console: Console) -> int:
    """Runs the backends that are named, by default both; 1 where our numbers are not the goldens."""
    parser = argparse.ArgumentParser(
        prog="python -m bench zoo", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("backends", nargs="*", metavar="webgl|cpu")
    parser.add_argument("--models", default=".", metavar="REGEX", help="only models whose names match")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each side on cpu")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(argv)
    chosen = cases(options.models)
    if not chosen:
        console.print(f"no model of {ZOO} matches", style="red")
        return 2
    good, rows = True, {}
    try:
        for backend in options.backends or ["webgl", "cpu"]:
            if backend == "webgl":
                rows[backend] = on_webgl(chosen, console)
                good &= show(rows[backend], "tfjs", "webgl against TensorFlow.js in Chromium, ms", console)
            else:
                rows[backend] = on_cpu(chosen, console, options.rounds)
                good &= show(
                    rows[backend], "wasm", "cpu against TensorFlow.js's wasm in Node, CPU ms", console
                )
    except PeerUnavailable as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0 if good else 1
