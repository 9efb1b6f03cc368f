"""glbackend: the system that TensorFlow.js describes, for Python, on plain OpenGL.

>>> import glbackend as gl
>>> gl.grad(lambda x: (x * x).sum())(gl.tensor([1., 2.])).numpy().tolist()
[2.0, 4.0]
"""

from glbackend import io, layers
from glbackend import ops as _ops
from glbackend import optimizers as train
from glbackend.base import errors
from glbackend.base.naming import python_spelling as _python_spelling
from glbackend.engine.autodiff import (
    GradientTape,
    custom_grad,
    grad,
    grads,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from glbackend.engine.device import adopt_context, from_texture, to_texture, warm_up
from glbackend.engine.engine import engine, get_backend, set_backend
from glbackend.engine.profile import memory, profile, time
from glbackend.engine.scope import dispose, keep, tidy
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import callbacks, constraints, initializers, metrics, regularizers, serialization
from glbackend.layers.callbacks import Callback
from glbackend.layers.core import input
from glbackend.layers.model import Model, Sequential
from glbackend.layers.model import Model as model
from glbackend.layers.model import Sequential as sequential
from glbackend.layers.saving import load_layers_model

# isort: off
# -- ops (written by glbackend.testing.generate) --
from glbackend.api import fused, image, linalg, losses, math, signal, spectral
from glbackend.ops.op import OPS as _OPS
globals().update({k: v for k, v in _OPS.items() if "." not in k})
# -- end of ops --
# isort: on

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    raise AttributeError(_python_spelling("glbackend", name, globals()))
