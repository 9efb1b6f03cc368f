"""What `fit` costs over a loop of steps written by hand: CPU time of both, in turn, in one process.

Run as `python -m bench.fit [cpu|webgl]`. The loop cuts batches, takes a step and keeps losses and accuracies
as a user's would, and reads them once an epoch. At most 1.03 is allowed, where nothing else runs.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: threads that wait count as work
import numpy as np

ROUNDS, EXAMPLES, BATCH, ALLOWED = 21, 1024, 64, 1.03
SHAPES = {"dense": (784,), "cnn": (28, 28, 1)}
Epoch = Callable[[], Any]


def model_of(gl: Any, name: str) -> Any:
    """A model of ten classes."""
    layers = gl.layers
    if name == "dense":
        row = [layers.dense(units=128, activation="relu", input_shape=[784])]
    else:
        row = [
            layers.conv2d(filters=8, kernel_size=3, activation="relu", input_shape=[28, 28, 1]),
            layers.max_pooling2d(pool_size=2),
            layers.conv2d(filters=16, kernel_size=3, activation="relu"),
            layers.flatten(),
        ]
    return gl.sequential([*row, layers.dense(units=10, activation="softmax")])


def epochs_of(gl: Any, name: str) -> tuple[Epoch, Epoch]:
    """An epoch by fit, and one by hand, of models and data that are alike."""
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(EXAMPLES, *SHAPES[name])).astype(np.float32)
    y = np.eye(10, dtype=np.float32)[rng.integers(0, 10, EXAMPLES)]
    fitted, stepped = model_of(gl, name), model_of(gl, name)
    fitted.compile("adam", "categoricalCrossentropy", metrics=["accuracy"])
    optimizer = gl.train.adam()
    accuracy = gl.metrics.categorical_accuracy

    def by_hand() -> list[float]:
        order = rng.permutation(EXAMPLES)
        costs, hits = [], []
        for first in range(0, EXAMPLES, BATCH):
            rows = order[first : first + BATCH]
            data, target = gl.tensor(x[rows]), gl.tensor(y[rows])
            given: list[Any] = []

            def cost(data: Any = data, target: Any = target, given: list[Any] = given) -> Any:
                given.append(stepped(data, training=True))
                return gl.metrics.categorical_crossentropy(target, given[0]).mean()

            costs.append(optimizer.minimize(cost, True, stepped.trainable_weights))
            hits.append(accuracy(target, given[0]).mean())
        return [float(gl.stack(values).mean().item()) for values in (costs, hits)]

    return lambda: fitted.fit(x, y, batch_size=BATCH, verbose=0).history, by_hand


def main() -> None:
    """Prints a line a model; exits with 1 where one costs more than is allowed."""
    gl = importlib.import_module("glbackend")
    gl.set_backend(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    worst = 0.0
    for name in SHAPES:
        sides = epochs_of(gl, name)
        for epoch in sides:  # compiles, uploads, fills caches
            epoch()
        best = [float("inf")] * 2
        for turn in range(ROUNDS):
            for i in (0, 1) if turn % 2 else (1, 0):
                start = time.process_time()
                sides[i]()
                best[i] = min(best[i], time.process_time() - start)
        worst = max(worst, best[0] / best[1])
        steps = EXAMPLES // BATCH
        print(
            f"{name:8s} fit {best[0] / steps * 1e3:7.3f} ms a step, by hand {best[1] / steps * 1e3:7.3f} ms, "
            f"ratio {best[0] / best[1]:.3f}"
        )
    sys.exit(worst > ALLOWED)


if __name__ == "__main__":
    main()
