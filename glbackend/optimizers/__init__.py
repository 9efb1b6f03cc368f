"""Optimizers, as `gl.train`: each by the name that `tf.train` has for it.

>>> import glbackend as gl
>>> gl.train.adam(0.01).learning_rate
0.01
"""

from glbackend.optimizers.methods import SGD as sgd
from glbackend.optimizers.methods import Adadelta as adadelta
from glbackend.optimizers.methods import Adagrad as adagrad
from glbackend.optimizers.methods import Adam as adam
from glbackend.optimizers.methods import Adamax as adamax
from glbackend.optimizers.methods import Momentum as momentum
from glbackend.optimizers.methods import RMSProp as rmsprop
from glbackend.optimizers.optimizer import Optimizer

__all__ = ["Optimizer", "adadelta", "adagrad", "adam", "adamax", "momentum", "rmsprop", "sgd"]
