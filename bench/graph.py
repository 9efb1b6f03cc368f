"""Captured functions against the same functions eager, in one process: `python -m bench graph`.

Eager runs once as it did before there were buffers, all reads from textures, which is what ratios are to, and
once as it is. All sides run blocks of calls in turn. A figure is the CPU time of a call, llvmpipe's threads
included, and the lowest block counts; the wall time stands beside it. Results are compared bit by bit, and
within rounding where sums are made in another order. The first call of a captured function traces, plans,
compiles what is fused, and draws.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import cases
from bench.inputs import case_input, labels
from bench.report import geometric_mean, ms

CASES = (
    "chain10_1e6", "chain10_1e4", "layernorm_512x768", "layernorm_128x256", "softmax_1024x1000",
    "transformer4_d256_t128", "lstm128_predict_8x50x64", "mobilenet_v1_224_predict_b1",
    "cnn28_predict_b64", "mlp_predict_b128", "mlp_train_step_b128", "cnn28_train_step_b64",
)  # fmt: skip
SMALLER = {  # cases of their own here: what they are like, and the shapes of their inputs
    "chain10_1e4": ("chain10_1e6", [[100, 100]] * 2),
    "layernorm_128x256": ("layernorm_512x768", [[128, 256], [256], [256]]),
}
BLOCK_MS, ROUNDS, LEAST_ROUNDS = 20.0, 25, 8


@dataclass
class Side:
    """A function as it is called, and its lowest figures in ms."""

    call: Callable[[], Any]
    gain: float | None  # of reading from buffers, as the backend is to know it
    draws: int = 0
    cpu: float = math.inf
    wall: float = math.inf


def _case(name: str) -> cases.Case:
    like, shapes = SMALLER.get(name, (name, None))
    (found,) = cases.load(f"^{like}$")
    if shapes is None:
        return found
    inputs = [{**one, "shape": shape} for one, shape in zip(found["inputs"], shapes, strict=True)]
    return {**found, "name": name, "inputs": inputs}


def sides(gl: Any, case: cases.Case, gain: float) -> tuple[Side, Side, Side]:
    """Gives the case eager on textures, eager and captured, each with weights of its own where it trains."""
    x = [gl.tensor(case_input(one)) for one in case["inputs"]]
    if case["op"] != "model":
        run = lambda *given: cases.OPS[case["op"]].call(gl, list(given), case["attrs"])  # noqa: E731
        calls = [run] * 3
    elif case["model"] == "transformer4":
        calls = [cases._transformer(gl)] * 3
    elif case["mode"] == "predict":
        calls = [model_of(gl, case).apply] * 3
    else:
        calls = [_step(gl, case) for _ in range(3)]
        x.append(gl.tensor(labels(x[0].shape[0], 10)))
    first, eager, captured = calls[0], calls[1], gl.function(calls[2])
    return (
        Side(lambda: gl.tidy(lambda: first(*x)), 0.0),
        Side(lambda: gl.tidy(lambda: eager(*x)), gain),
        Side(lambda: gl.tidy(lambda: captured(*x)), gain),
    )


def model_of(gl: Any, case: cases.Case) -> Any:
    """Gives the model of a case, with its weights."""
    model = gl.sequential([getattr(gl.layers, name)(**args) for name, args in cases.LAYERS[case["model"]]()])
    cases._set_weights(gl, model.layers)
    return model


def _step(gl: Any, case: cases.Case) -> Callable[[Any, Any], Any]:
    """Gives a step of Adam as the bench of models takes it."""
    model, adam = model_of(gl, case), gl.train.adam(1e-3, 0.9, 0.999, 1e-7)

    def step(x: Any, y: Any) -> Any:
        def loss() -> Any:
            p = gl.clip_by_value(model.apply(x, training=True), 1e-7, 1 - 1e-7)
            return gl.mean(gl.neg(gl.sum(gl.mul(y, gl.log(p)), -1)))

        return adam.minimize(loss, return_cost=True)

    return step


def measure(gl: Any, name: str, gain: float, rounds: int) -> dict[str, Any]:
    """Gives the row of a case."""
    backend = gl.engine().backend
    three = textures, eager, captured = sides(gl, _case(name), gain)
    wanted = [[_result(backend, side) for _ in range(3)] for side in (textures, eager)]
    start = time.perf_counter()
    got = [_result(backend, captured)]
    first = (time.perf_counter() - start) * 1e3
    got += [_result(backend, captured) for _ in range(2)]
    for side in three:
        before = backend.draw_count
        _block(backend, side, 1)
        side.draws = backend.draw_count - before
        side.cpu = side.wall = math.inf
    start = time.perf_counter()
    _block(backend, textures, 1)
    once = (time.perf_counter() - start) * 1e3
    calls = max(1, round(BLOCK_MS / once))
    for _ in range(max(LEAST_ROUNDS, min(rounds, round(rounds * BLOCK_MS / once)))):
        for side in (*three, *three[::-1]):
            _block(backend, side, calls)
    compared = [(a, b) for one in wanted for a, b in zip(one, got, strict=True)]
    same = all(np.array_equal(a, b, equal_nan=True) for a, b in compared)
    close = all(np.allclose(a, b, 1e-4, 1e-5) for a, b in compared)
    return {
        "case": name, "draws": (eager.draws, captured.draws), "cpu": [side.cpu for side in three],
        "ratio": textures.cpu / captured.cpu, "wall ratio": textures.wall / captured.wall, "first": first,
        "bits": "same" if same else "close" if close else "OTHER",
    }  # fmt: skip


def _result(backend: Any, side: Side) -> Any:
    backend.known_gain = side.gain
    return side.call().numpy()


def _block(backend: Any, side: Side, calls: int) -> None:
    backend.known_gain = side.gain
    wall, cpu = time.perf_counter(), time.process_time()
    held = side.call()
    for _ in range(calls - 1):
        held = side.call()  # the one before lives until this one is there: see timing.py
    backend.synchronize()
    side.cpu = min(side.cpu, (time.process_time() - cpu) * 1e3 / calls)
    side.wall = min(side.wall, (time.perf_counter() - wall) * 1e3 / calls)
    del held


def main(argv: list[str]) -> int:
    """Prints the table; 1 where a captured function gave other results."""
    parser = argparse.ArgumentParser(prog="python -m bench graph", description=__doc__)
    parser.add_argument("--cases", default=".", metavar="REGEX", help="only cases whose names match")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="blocks of either side, twice")
    options = parser.parse_args(argv)
    os.environ["GLBACKEND_HOST_FORWARD"] = "0"
    gl = importlib.import_module("glbackend")
    gl.set_backend("webgl")
    table = Table(
        "case",
        "draws",
        "on textures, ms",
        "eager ms",
        "captured ms",
        "ratio",
        "wall ratio",
        "first call ms",
        "bits",
    )
    gain = gl.engine().backend.buffer_gain()
    rows = [measure(gl, name, gain, options.rounds) for name in CASES if re.search(options.cases, name)]
    for row in rows:
        table.add_row(
            row["case"], "{} -> {}".format(*row["draws"]), *map(ms, row["cpu"]),
            f"{row['ratio']:.2f}", f"{row['wall ratio']:.2f}", f"{row['first']:.0f}",
            row["bits"],
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"geometric mean of the ratios: {geometric_mean([row['ratio'] for row in rows]):.2f}")
    return 0 if all(row["bits"] != "OTHER" for row in rows) else 1
