"""glbackend: the system that TensorFlow.js describes, for Python, on plain OpenGL."""

from glbackend import ops as _ops
from glbackend.engine.autodiff import (
    GradientTape,
    custom_grad,
    grad,
    grads,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from glbackend.engine.engine import engine
from glbackend.engine.profile import memory, profile, time
from glbackend.engine.scope import dispose, keep, tidy
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.op import OPS

def set_backend(name: str) -> None:
    engine().set_backend(name)

globals().update({k: v for k, v in OPS.items() if "." not in k})
