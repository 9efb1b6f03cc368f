"""Optimizers, as `gl.optimizers`: by Keras's names, with its arguments and the defaults of Keras 3.15.

`gl.train` has those of TF.js by TF.js's names, arguments and defaults; "adam" by name alone is TF.js's.

>>> import glbackend as gl
>>> gl.optimizers.Adam(gl.optimizers.schedules.CosineDecay(0.5, 100)).learning_rate
0.5
"""

from typing import Any

from glbackend.optimizers import schedules
from glbackend.optimizers.adafactor import Adafactor
from glbackend.optimizers.loss_scale import LossScaleOptimizer
from glbackend.optimizers.methods import SGD, Adadelta, Adagrad, Ftrl, Lion, Momentum, RMSprop
from glbackend.optimizers.moments import Adam, Adamax, AdamW, Lamb, Nadam
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer
from glbackend.optimizers.train import get

__all__ = [
    "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
    "LossScaleOptimizer", "Momentum", "Nadam", "Optimizer", "RMSprop", "deserialize", "get",
    "schedules", "serialize",
]  # fmt: skip


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Class name and config of an optimizer, as files hold them. As Keras's `optimizers.serialize`.

    `optimizer`: one of ours, or of a class that `gl.register` knows.

    >>> import glbackend as gl
    >>> gl.optimizers.serialize(gl.optimizers.SGD(0.5))
    {'class_name': 'SGD', 'config': {'learning_rate': 0.5}}
    """
    saved: dict[str, Any] = OPTIMIZERS.serialize(optimizer)
    return saved


def deserialize(config: Any) -> Optimizer:
    """The optimizer of what `serialize` gave, or Keras or TF.js saved. As Keras's `optimizers.deserialize`.

    `config`: a dict with class_name and config; ArgumentError for what is unknown.

    >>> import glbackend as gl
    >>> gl.optimizers.deserialize({"class_name": "Adam", "config": {"beta_1": 0.8}}).beta_1
    0.8
    """
    return OPTIMIZERS.get(config)
