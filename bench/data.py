"""What reading data costs beside training: `python -m bench data [--pictures N] [--rounds N] ...`.

CPU times are those of the process, all its threads; parts take turns, and of each the least of all rounds
counts. The two rows of wall time need a machine that has nothing else to do: a star marks a disturbed one.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from bench import machine

PICTURES, SIZE, BATCH = 2000, 224, 32
SLEEP_S, SLEEPS = 0.01, 80  # of the decoder that sleeps
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Clock = Callable[[], float]


class Row(NamedTuple):
    """A ratio, what it must keep to (None: told only), and the seconds that it is made of."""

    name: str
    ratio: float
    least: float | None
    most: float | None
    parts: dict[str, float]
    busy: bool = False

    @property
    def holds(self) -> bool:
        """Gives whether the ratio keeps to its bounds."""
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )


def seconds(clock: Clock, parts: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Gives the least seconds of each part, which take turns."""
    found = dict.fromkeys(parts, float("inf"))
    for _ in range(rounds):
        for name, part in parts.items():
            begun = clock()
            part()
            found[name] = min(found[name], clock() - begun)
    return found


@contextmanager
def on_one_core() -> Iterator[None]:
    """Within it this process has one core: of two busy ones each may be slower, which CPU time counts."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def make_pictures(folder: Path, count: int) -> list[Path]:
    """Writes so many JPEG files of smooth noise, in two folders, and gives their paths."""
    rng = np.random.default_rng(0)
    paths = []
    for i in range(count):
        path = folder / "ab"[i % 2] / f"{i:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (28, 28, 3), dtype=np.uint8))
        coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return sorted(paths)


def decoded(paths: list[Path]) -> Iterator[Any]:
    """Gives float32 batches, one picture decoded after the other, with no library between."""
    for first in range(0, len(paths), BATCH):
        chosen = paths[first : first + BATCH]
        batch = np.empty((len(chosen), SIZE, SIZE, 3), np.float32)
        for place, path in zip(batch, chosen, strict=True):
            with Image.open(path) as picture:
                place[...] = np.asarray(picture.convert("RGB"))
        yield batch, np.array([int(path.parent.name == "b") for path in chosen], np.int32)


def network(gl: Any) -> Any:
    """Gives two convolutions and a dense layer: a step takes some tens of milliseconds."""
    layers = gl.layers
    model = gl.sequential(
        [
            layers.conv2d(
                filters=8, kernel_size=5, strides=4, activation="relu", input_shape=[SIZE, SIZE, 3]
            ),
            layers.conv2d(filters=16, kernel_size=3, strides=2, activation="relu"),
            layers.global_average_pooling2d(),
            layers.dense(units=2, activation="softmax"),
        ]
    )
    model.compile(gl.train.adam(1e-4), "sparseCategoricalCrossentropy")
    return model


def pictures(gl: Any, folder: Path, count: int, rounds: int) -> list[Row]:
    """An epoch over JPEG files: in CPU time, and in wall time with the steps replaced by sleeps."""
    paths = make_pictures(folder, count)
    model, steps = network(gl), -(-count // BATCH)
    ds = gl.data.image_folder(folder, shuffle=True).batch(BATCH).prefetch(2)
    rng = np.random.default_rng(1)
    ready = (
        rng.integers(0, 256, (BATCH, SIZE, SIZE, 3)).astype(np.float32),
        rng.integers(0, 2, BATCH).astype(np.int32),
    )
    made = gl.data.generator(lambda: (ready for _ in range(steps)))
    by_hand = gl.data.generator(lambda: decoded(paths))
    fit = {"verbose": 0, "epochs": 1}
    model.fit(made.take(2), **fit)
    parts: dict[str, Callable[[], object]] = {
        "decoding": lambda: [None for _ in decoded(paths)],
        "training": lambda: model.fit(made, **fit),
        "by hand": lambda: model.fit(by_hand, **fit),
        "epoch": lambda: model.fit(ds, **fit),
    }
    with on_one_core():
        cpu = seconds(time.process_time, parts, rounds)
    rows = [
        Row("epoch : decoding and training by hand, CPU", cpu["epoch"] / cpu["by hand"], None, 1.05, cpu),
        Row(
            "epoch : the sum of both apart, CPU",
            cpu["epoch"] / (cpu["decoding"] + cpu["training"]),
            None,
            None,
            cpu,
        ),
    ]
    step_s = cpu["training"] / steps
    busy = machine.Busy()

    def consume(pause: float) -> None:
        for _ in ds:
            time.sleep(pause)

    wall = seconds(
        time.perf_counter,
        {
            "decoding": lambda: consume(0),
            "sleeping": lambda: [time.sleep(step_s) for _ in range(steps)],
            "epoch": lambda: consume(step_s),
        },
        rounds,
    )
    ratio = wall["epoch"] / max(wall["decoding"], wall["sleeping"])
    rows.append(Row("epoch : longer of decoding and sleeping, wall", ratio, None, 1.15, wall, noisy(busy)))
    return rows


def sleeping(gl: Any, rounds: int) -> Row:
    """A decoder that sleeps, on one thread and on eight."""
    busy, elements = machine.Busy(), gl.data.array(list(range(SLEEPS)))

    def run(threads: int) -> None:
        for _ in elements.map(lambda x: time.sleep(SLEEP_S), num_parallel_calls=threads):
            pass

    wall = seconds(time.perf_counter, {"one thread": lambda: run(1), "eight": lambda: run(8)}, rounds)
    return Row(
        "one thread : eight, 10 ms sleeps, wall",
        wall["one thread"] / wall["eight"],
        6,
        None,
        wall,
        noisy(busy),
    )


def caches(gl: Any, folder: Path, count: int, rounds: int) -> list[Row]:
    """A second pass over decoded pictures: from a file, and from memory, beside decoding them anew."""
    ds = gl.data.image_folder(folder, num_parallel_calls=None).take(min(count, 300))
    stored, kept = ds.cache(folder / "pictures.cache"), ds.cache()
    parts = {"decoding": ds, "file": stored, "memory": kept}
    for one in parts.values():
        list(one.as_numpy_iterator())
    cpu = seconds(
        time.process_time,
        {name: lambda one=one: [None for _ in one.as_numpy_iterator()] for name, one in parts.items()},
        rounds,
    )
    return [
        Row(f"decoding : cache in {where}, CPU", cpu["decoding"] / max(cpu[where], 1e-9), 2, None, cpu)
        for where in ("file", "memory")
    ]


def noisy(busy: machine.Busy) -> bool:
    """Gives whether others disturbed what was measured meanwhile."""
    return (busy.others() or 0) >= machine.NOISY


def main(argv: list[str], console: Console) -> int:
    """Runs the rows and gives the exit status: 1 where one does not keep to its bound."""
    parser = argparse.ArgumentParser(
        prog="python -m bench data", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--pictures", type=int, default=PICTURES, help=f"JPEG files ({PICTURES})")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each part (5)")
    parser.add_argument("--backend", default="cpu", choices=("cpu", "webgl"))
    options = parser.parse_args(argv)
    if any(os.environ.get(name) != count for name, count in ONE_THREAD.items()):
        # NumPy's threads wait by spinning, which CPU time would count; they are told before it is imported
        return subprocess.call(
            [sys.executable, "-m", "bench", "data", *argv], env={**os.environ, **ONE_THREAD}
        )
    gl = importlib.import_module("glbackend")
    gl.set_backend(options.backend)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = pictures(gl, folder, options.pictures, options.rounds)
        rows += [sleeping(gl, options.rounds), *caches(gl, folder, options.pictures, options.rounds)]
    table = Table(title=f"Data, {options.pictures} pictures of {SIZE} x {SIZE}, {options.backend}")
    for column in ("what", "ratio", "bound", "seconds"):
        table.add_column(column, justify="right" if column == "ratio" else "left")
    for row in rows:
        bound = "" if row.most is None else f"<= {row.most:g}"
        bound = bound if row.least is None else f">= {row.least:g}"
        parts = ", ".join(f"{part} {value:.3g}" for part, value in row.parts.items())
        mark = ("*" if row.busy else "") + ("" if row.holds else " MISSED")
        table.add_row(row.name, f"{row.ratio:.2f}{mark}", bound, parts)
    console.print(table)
    return 0 if all(row.holds for row in rows) else 1
