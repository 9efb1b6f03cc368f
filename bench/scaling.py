"""What training on several ranks costs and gains: `python -m bench scaling [--backend webgl|cpu]`.

Three programs are started by the launcher. One adds arrays up, in turns by MPI's bare in-place Allreduce and
as a training does it; what counts is the CPU time of a rank, the least of all rounds. One trains a large MLP
on two ranks, in turns with gradients added up while others are computed and with all at the end: the least
times of a step, of the CPU and as they pass. The last one trains a small CNN on one rank and on two, a raster
thread each, in turns, by the same batches; what counts there is time as it passes, so that it is judged on a
machine that has nothing else to do. From the first and the last follows what more GPUs would give, on paper.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import machine
from glbackend.distribute.launch import command

MEGABYTES = (0.1, 1.0, 10.0, 50.0)
TENSORS = 12  # that a message is made of
ADDING = """
import json, sys, time
import numpy as np
from mpi4py import MPI
import glbackend as gl
from glbackend.distribute.ranks import ranks
from glbackend.distribute.reduce import buckets, flattened, total
gl.set_backend(sys.argv[1])
rounds, count = int(sys.argv[2]), int(sys.argv[3])
world, rows = ranks(), []
for megabytes in map(float, sys.argv[4:]):
    size = max(1, int(megabytes * 2**18 / count))
    tensors = [gl.ones([size]) + 0 for _ in range(count)]
    bare, parts = np.ones(size * count, np.float32), [flattened(one) for one in buckets(tensors)]
    def message():
        for wait in [world.start_adding(one) for one in parts]:
            wait()
    ways = {
        "bare": lambda: MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, bare),
        "ours": message,
        "whole": lambda: [one.data_id for one in total(world, tensors)],
    }
    least = dict.fromkeys(ways, 1e9)
    for _ in range(rounds):
        for name, way in ways.items():
            world.barrier()
            start = time.process_time(); way(); least[name] = min(least[name], time.process_time() - start)
            bare[:] = 1
            for one in parts:
                one[:] = 1
    found = world.gather(np.array([[*least.values()]]))
    rows.append([megabytes, *np.concatenate(found).max(0).tolist()])
if world.rank == 0:
    print(json.dumps(rows))
"""
OVERLAP = """
import json, sys, time
import numpy as np
import glbackend as gl
from glbackend.distribute.reduce import groups_of
from glbackend.distribute.trainer import DistributedTrainer
gl.set_backend(sys.argv[1])
rounds, steps, batch = int(sys.argv[2]), 4, 64
strategy = gl.distribute.MultiWorkerMirroredStrategy(check_every=10**9)
def made():
    with strategy.scope():
        hidden = [gl.layers.dense(units=1024, activation="relu") for _ in range(4)]
        model = gl.sequential([gl.layers.input_layer(input_shape=[1024]), *hidden, gl.layers.dense(units=10)])
        model.compile(gl.train.momentum(0.001, 0.9), "meanSquaredError")
    return model
x = np.random.default_rng(0).random((batch * steps, 1024), np.float32)
models = {True: made(), False: made()}
least = {True: [1e9, 1e9], False: [1e9, 1e9]}
for count in range(rounds + 1):
    for overlaps, model in models.items():
        DistributedTrainer.overlaps = overlaps
        strategy.barrier()
        start = time.process_time(), time.perf_counter()
        model.fit(x, x[:, :10], batch_size=batch, verbose=0)
        found = time.process_time() - start[0], time.perf_counter() - start[1]
        if count:
            least[overlaps] = [min(a, b / steps) for a, b in zip(least[overlaps], found)]
if strategy.rank == 0:
    print(json.dumps([len(groups_of(model.trainable_weights)), least[True], least[False]]))
"""
TRAINING = """
import json, sys, time
import numpy as np
import glbackend as gl
gl.set_backend(sys.argv[1])
steps, batch = int(sys.argv[2]), 64
strategy = gl.distribute.MultiWorkerMirroredStrategy(check_every=10**9)
with strategy.scope():
    model = gl.sequential([
        gl.layers.conv2d(filters=16, kernel_size=3, activation="relu", input_shape=[28, 28, 1]),
        gl.layers.conv2d(filters=32, kernel_size=3, strides=2, activation="relu"),
        gl.layers.flatten(),
        gl.layers.dense(units=10, activation="softmax"),
    ])
    model.compile(gl.train.momentum(0.01, 0.9), "sparseCategoricalCrossentropy")
x, y = np.random.default_rng(0).random((batch * steps, 28, 28, 1), np.float32), np.arange(batch * steps) % 10
model.fit(x[:2 * batch], y[:2 * batch], batch_size=batch, verbose=0)
start = time.perf_counter()
model.fit(x, y, batch_size=batch, verbose=0)
if strategy.rank == 0:
    size = sum(one.size for one in model.get_weights()) * 4
    print(json.dumps([(time.perf_counter() - start) / steps, size]))
"""


def _run(ranks: int, program: str, *arguments: Any) -> Any:
    """What the program's rank 0 prints, as JSON."""
    environment = {**os.environ, "LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    code = f"import sys; sys.argv[0] = 'bench'\n{program}"
    started = [*command(ranks), "-c", code, *map(str, arguments)]
    found = subprocess.run(started, env=environment, capture_output=True, text=True)
    if found.returncode:
        raise RuntimeError(found.stderr[-2000:])
    return json.loads(found.stdout.splitlines()[-1])


def step_seconds(alone: float, ranks: int, size: int, bandwidth: float, latency: float) -> float:
    """A step of `ranks` GPUs, each with as many examples as one `alone`: computing, then a ring of messages.

    `size` bytes of gradients go round at `bandwidth` bytes a second, and `latency` comes with each turn.

    >>> step_seconds(0.1, 1, 10**6, 1e9, 1e-5), round(step_seconds(0.1, 2, 10**6, 1e9, 1e-5), 6)
    (0.1, 0.10102)
    """
    turns = 2 * (ranks - 1)
    return alone + turns / ranks * size / bandwidth + turns * latency


def _adding(options: argparse.Namespace, console: Console) -> tuple[float, float]:
    """Costs of sums; the bandwidth and the latency of messages between two ranks."""
    speeds, largest = (math.inf, 0.0), {}
    for ranks in (2, 3, 4):
        table = Table(
            "MB", "bare Allreduce, ms", "buckets, ms", "buckets : bare", "with flattening, ms",
            title=f"{ranks} ranks, CPU time",
        )  # fmt: skip
        rows = _run(ranks, ADDING, options.backend, options.rounds, TENSORS, *MEGABYTES)
        for megabytes, bare, ours, whole in rows:
            figures = [f"{one * 1e3:.3f}" for one in (bare, ours, whole)]
            table.add_row(f"{megabytes:g}", *figures[:2], f"{ours / bare:.2f}", figures[2])
        console.print(table)
        if ranks == 2:
            speeds = rows[-1][0] * 2**20 / rows[-1][1], rows[0][1]
        largest[ranks] = rows[-1][1]
    size = int(MEGABYTES[-1] * 2**20)
    told = [
        f"{ranks} ranks {step_seconds(0, ranks, size, *speeds) * 1e3:.1f} : {found * 1e3:.1f}"
        for ranks, found in largest.items()
    ]
    console.print(f"{MEGABYTES[-1]:g} MB, ms on paper (by 2 ranks) : measured: {', '.join(told)}")
    return speeds


def _overlapping(options: argparse.Namespace, console: Console) -> None:
    """Steps with sums that begin within the backward pass, beside those with all at its end."""
    buckets, early, late = _run(2, OVERLAP, options.backend, options.rounds)
    figures = [f"{a * 1e3:.1f} : {b * 1e3:.1f} = {a / b:.2f}" for a, b in zip(early, late, strict=True)]
    console.print(
        f"MLP on {options.backend}, two ranks, {buckets} buckets, ms a step with overlap : without: "
        f"CPU {figures[0]}, as time passes {figures[1]}"
    )


def _training(options: argparse.Namespace, console: Console) -> tuple[float, int]:
    """Gains of a second rank; the seconds of a step alone, and the bytes of its gradients."""
    busy, seconds = machine.Busy(), {1: [], 2: []}  # type: ignore[var-annotated]
    size = 0
    for _ in range(options.rounds if options.rounds < 5 else 5):
        for ranks, found in seconds.items():
            time, size = _run(ranks, TRAINING, options.backend, options.steps)
            found.append(time)
    ratio = statistics.median(a / b for a, b in zip(seconds[1], seconds[2], strict=True))
    others = busy.others()
    judged = others is not None and others < machine.NOISY and len(os.sched_getaffinity(0)) >= 2
    console.print(
        f"CNN on {options.backend}, a raster thread each: two ranks are {ratio:.2f} times as fast as one"
        + ("" if judged else f": not judged, others took {others or 0:.1f} cores")
    )
    return statistics.median(seconds[1]), size


def main(argv: list[str]) -> int:
    """Runs all and prints tables."""
    parser = argparse.ArgumentParser(prog="python -m bench scaling")
    parser.add_argument("--backend", choices=("cpu", "webgl"), default="cpu")
    parser.add_argument("--rounds", type=int, default=15, help="of sums; of trainings five at most")
    parser.add_argument("--steps", type=int, default=20, help="of a training")
    options = parser.parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 120)
    bandwidth, latency = _adding(options, console)
    _overlapping(options, console)
    alone, size = _training(options, console)
    table = Table("GPUs", "seconds a step", "examples a second, of one GPU's", title="on paper")
    for ranks in (1, 2, 4, 8, 64):
        step = step_seconds(alone, ranks, size, bandwidth, latency)
        table.add_row(str(ranks), f"{step:.4f}", f"{ranks * alone / step:.2f}")
    console.print(table)
    console.print(f"{size / 2**20:.2f} MB of gradients at {bandwidth / 1e9:.1f} GB/s, {latency * 1e6:.0f} us")
    return 0
