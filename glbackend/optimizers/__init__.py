"""Floor 5: optimizers, as `gl.train`; each name is TF.js's `tf.train` name.

>>> import glbackend as gl
>>> gl.train.adam(0.01).learning_rate
0.01
"""

from glbackend.base.naming import python_spelling as _python_spelling
from glbackend.optimizers.optimizer import SGD as sgd
from glbackend.optimizers.optimizer import Adadelta as adadelta
from glbackend.optimizers.optimizer import Adagrad as adagrad
from glbackend.optimizers.optimizer import Adam as adam
from glbackend.optimizers.optimizer import Adamax as adamax
from glbackend.optimizers.optimizer import Momentum as momentum
from glbackend.optimizers.optimizer import Optimizer
from glbackend.optimizers.optimizer import RMSProp as rmsprop

__all__ = ["Optimizer", "adadelta", "adagrad", "adam", "adamax", "momentum", "rmsprop", "sgd"]


def __getattr__(name: str) -> object:
    raise AttributeError(_python_spelling("glbackend.train", name, globals()))
