"""Training on several GPUs and machines, as `gl.distribute`: a process each, over MPI.

>>> import glbackend as gl
>>> gl.distribute.MultiWorkerMirroredStrategy().reduce("sum", 2.0)
2.0
"""

from glbackend.distribute.strategy import (
    InputContext,
    MirroredStrategy,
    MultiWorkerMirroredStrategy,
    Strategy,
)

__all__ = ["InputContext", "MirroredStrategy", "MultiWorkerMirroredStrategy", "Strategy"]
