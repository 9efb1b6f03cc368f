"""From nothing to a first result: fresh processes, with empty and with filled shader caches.

Run as `python -m bench.coldstart NAME` it is the fresh process itself: it prints the ms from before the
library's import (NumPy's included) to the result, then ends.
"""

# ruff: noqa: E402, PLC0415 - what is imported when is what this module measures

import time

START = time.perf_counter()  # before any import that costs something: this line is what the module is about

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

RUNS = ("first_matmul", "mobilenet_first_predict", "mobilenet_first_captured")
TRACED = "resnet50_step_traced"  # that needs no device
REPEATS = 3


def first_matmul() -> None:
    """Imports the library and multiplies two 64x64 matrices on webgl."""
    import glbackend as gl
    from bench.inputs import floats

    gl.set_backend("webgl")
    a, b = (gl.tensor(floats(64 * 64, seed).reshape(64, 64)) for seed in (1, 1001))
    gl.matmul(a, b).data_sync()


def mobilenet_first_predict() -> float:
    """Builds MobileNetV1 on webgl and gives the ms of its first prediction alone, compiling included."""
    import glbackend as gl
    from bench.cases import load, prepare

    gl.set_backend("webgl")
    subject = prepare(gl, load("mobilenet", ("models",))[0])
    start = time.perf_counter()
    subject.work.wait(subject.work.call())
    return (time.perf_counter() - start) * 1e3


def mobilenet_first_captured() -> float:
    """As above, of the model as a captured function: traced, planned, compiled and drawn."""
    import glbackend as gl
    from bench.cases import load
    from bench.graph import model_of
    from bench.inputs import case_input

    gl.set_backend("webgl")
    (case,) = load("mobilenet", ("models",))
    captured, x = gl.function(model_of(gl, case).apply), gl.tensor(case_input(case["inputs"][0]))
    start = time.perf_counter()
    captured(x).data_sync()
    return (time.perf_counter() - start) * 1e3


def resnet50_step_traced() -> float:
    """Gives the ms in which a training step of ResNet50 becomes a graph, fused but not planned: no draw."""
    import glbackend as gl
    from bench.models import resnet50

    gl.set_backend("cpu")
    model, adam = resnet50(gl), gl.train.adam()

    @gl.function
    def step(x: Any, y: Any) -> Any:
        return adam.minimize(lambda: gl.losses.softmax_cross_entropy(y, model(x, training=True)), True)

    start = time.perf_counter()
    step.graph(gl.TensorSpec([8, 224, 224, 3]), gl.TensorSpec([8, 1000]))
    return (time.perf_counter() - start) * 1e3


def coldstart(gl: Any) -> list[dict[str, Any]]:
    """Gives the best of three fresh processes for each run, first with empty shader caches, then with filled
    ones.

    Runs whose ops the library does not have yet are left out.
    """
    from bench.cases import load, missing

    rows = []
    for name in RUNS:
        if missing(gl, load("matmul_64" if name == "first_matmul" else "mobilenet")[0]):
            continue
        with tempfile.TemporaryDirectory() as kept:
            cold = []
            for i in range(REPEATS):
                with tempfile.TemporaryDirectory() as fresh:
                    cold.append(_fresh_process(name, kept if i == 0 else fresh))
            warm = [_fresh_process(name, kept) for _ in range(REPEATS)]
        rows += [
            {"name": f"{name}, empty caches", "ms": min(cold)},
            {"name": f"{name}, filled caches", "ms": min(warm)},
        ]
    with tempfile.TemporaryDirectory() as fresh:
        rows.append({"name": TRACED, "ms": min(_fresh_process(TRACED, fresh) for _ in range(REPEATS))})
    return rows


def _fresh_process(name: str, cache: str) -> float:
    folders = {"GLBACKEND_CACHE_DIR": cache, "MESA_SHADER_CACHE_DIR": cache, "XDG_CACHE_HOME": cache}
    done = subprocess.run(
        [sys.executable, "-m", "bench.coldstart", name],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, **folders, "GLBACKEND_HOST_FORWARD": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} in a fresh process failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    if sys.argv[1] == "first_matmul":
        first_matmul()
        print((time.perf_counter() - START) * 1e3)
    else:
        print(globals()[sys.argv[1]]())
