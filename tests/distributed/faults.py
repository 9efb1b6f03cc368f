"""Rank 1 fails in its second epoch, in the way that it is told; the others wait for it in a step."""

import os
import signal
import sys
import time
from typing import Any

import numpy as np

import glbackend as gl

known = os.environ.get("PMI_RANK") or os.environ.get("OMPI_COMM_WORLD_RANK")
if sys.argv[1] == "fails at once" and known == "1":
    raise OSError("no such data")
gl.set_backend("cpu")
strategy = gl.distribute.MirroredStrategy()
with strategy.scope():
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    model.compile("sgd", "meanSquaredError")


def fail(epoch: int, logs: Any) -> None:
    if epoch == 1 and strategy.rank == 0:
        print("in the second epoch", flush=True)
    if epoch == 1 and strategy.rank == 1:
        match sys.argv[1]:
            case "is killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "runs out of memory":
                np.empty(2**62, np.uint8)
            case "sleeps":
                time.sleep(60)


model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0, callbacks={"onEpochBegin": fail})
