"""Textures that captured functions hold between their draws: `python -m bench memory`.

Bound: the most bytes that are needed at a time, whatever the sizes of textures. Plan: what the arena is
asked for, a texture for each slot. Measured: by how much the textures in use grow when the plan is bound.
Eager: the textures that the same function makes without a graph, where the pool was empty before: they stay
for the next call. All in MB.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import re
import sys
from collections import defaultdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.graph import _case, sides

CASES = (
    "mlp_train_step_b128", "cnn28_train_step_b64", "mobilenet_v1_224_predict_b1", "transformer4_d256_t128",
)  # fmt: skip
MB = 1e6


def measure(gl: Any, name: str) -> dict[str, Any]:
    """Gives the row of a case."""
    backend = gl.engine().backend
    gain = backend.buffer_gain()
    _, eager, captured = sides(gl, _case(name), gain)
    held_eagerly = _held_eagerly(backend, eager.call)
    captured.call()
    captured.call()
    plans = [plan for plan in backend.arena._plans if plan.draws]
    for plan in plans:
        plan.unbind()
    gc.collect()
    before = backend.memory()["num_bytes_in_textures"]
    result = captured.call()
    del result
    gc.collect()
    measured = backend.memory()["num_bytes_in_textures"] - before
    for plan in plans:
        plan.unbind()
    held = {slot for plan in plans for slot in plan._slots.values()}
    return {
        "case": name, "bound": max(_bound(plan.draws) for plan in plans), "plan": sum(map(_nbytes, held)),
        "measured": measured, "eager": held_eagerly,
    }  # fmt: skip


def _nbytes(one: Any) -> int:
    width, height, _, layers = one.size
    return int(width * height * layers * 16)


def _bound(draws: Any) -> int:
    """The most bytes of cells that are needed at the same draw."""
    cells = {id(cell): cell for drawn in draws for cell in (*drawn.targets, *drawn.sources())}
    needed: dict[int, int] = defaultdict(int)
    for cell in cells.values():
        if hasattr(cell, "fresh") and not cell.fresh:
            for number in range(cell.first, cell.last + 1):
                needed[number] += _nbytes(cell)
    return max(needed.values())


def _held_eagerly(backend: Any, call: Any) -> int:
    """The bytes of textures that calls leave, in use or to be used again."""

    def held() -> int:
        return sum(backend.memory()[key] for key in ("num_bytes_in_textures", "num_bytes_free"))

    call()
    gc.collect()
    with backend.context:
        backend.pool.collect()
        backend.pool.empty()
    before = held()
    call()
    gc.collect()
    return held() - before


def main(argv: list[str]) -> int:
    """Prints the table; 1 where a plan holds more than 5 % other than it says."""
    parser = argparse.ArgumentParser(prog="python -m bench memory", description=__doc__)
    parser.add_argument("--cases", default=".", metavar="REGEX", help="only cases whose names match")
    options = parser.parse_args(argv)
    gl = importlib.import_module("glbackend")
    gl.set_backend("webgl")
    table = Table("case", "bound", "plan", "measured", "plan : bound", "eager", "plan : eager")
    wrong = 0
    for name in CASES:
        if not re.search(options.cases, name):
            continue
        row = measure(gl, name)
        wrong += abs(row["measured"] - row["plan"]) > 0.05 * row["plan"]
        table.add_row(
            name, *(f"{row[key] / MB:.1f}" for key in ("bound", "plan", "measured")),
            f"{row['plan'] / row['bound']:.2f}", f"{row['eager'] / MB:.1f}",
            f"{row['plan'] / row['eager']:.2f}",
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 110).print(table)
    return 1 if wrong else 0
