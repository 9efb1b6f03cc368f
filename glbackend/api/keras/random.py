"""Random tensors, as `keras.random`."""

from glbackend.layers.operation import in_keras_words as _in_keras_words
from glbackend.ops.seeded import (
    SeedGenerator,
    beta,
    binomial,
    categorical,
    dropout,
    gamma,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

for _name in __all__[1:]:  # dtypes by Keras's names, as those of its ops
    vars()[_name] = _in_keras_words(_name, vars()[_name])
