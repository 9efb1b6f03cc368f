"""A training that is killed in its third epoch by "stop", and goes on by "go on", on another number of ranks."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl

gl.set_backend("cpu")
gl.set_seed(4)
mode, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(0)
X, Y = random.normal(size=(12, 3)).astype(np.float32), random.normal(size=(12, 1)).astype(np.float32)
strategy = gl.distribute.MultiWorkerMirroredStrategy()
with strategy.scope():
    model = gl.sequential([gl.layers.dense(units=4, input_shape=[3]), gl.layers.dense(units=1)])
    model.compile(gl.train.momentum(0.05, 0.9), "meanSquaredError")


def stop(batch: int, logs: Any) -> None:
    if model.optimizer.iterations == 8 and mode == "stop":
        strategy.barrier()
        os._exit(3)


backup = [] if mode == "through" else [gl.callbacks.BackupAndRestore(folder / "backup", save_freq=1)]
model.fit(X, Y, batch_size=4, epochs=4, verbose=0, seed=1,
          callbacks=[*backup, {"onTrainBatchBegin": stop}])  # fmt: skip
if strategy.rank == 0:
    assert model.optimizer.iterations == 12
    np.savez(
        folder / f"{mode}.npz",
        *[one.numpy() for one in model.get_weights()],
        model.history.history["loss"][-1],
    )
