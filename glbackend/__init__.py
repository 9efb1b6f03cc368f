"""glbackend: the system that TensorFlow.js describes, for Python, on plain OpenGL.

>>> import glbackend as gl
>>> gl.grad(lambda x: (x * x).sum())(gl.tensor([1., 2.])).numpy().tolist()
[2.0, 4.0]
"""

import sys as _sys
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING

from glbackend import io, layers, models, optimizers
from glbackend.api import (
    audio,
    browser,
    fused,
    image,
    linalg,
    losses,
    math,
    metrics,
    signal,
    sparse,
    spectral,
    string,
)
from glbackend.api import ops as _ops
from glbackend.api.keras import (  # the package of ops has another name for users
    backend,
    config,
    mixed_precision,
    ops,
    preprocessing,
    random,
    saving,
)
from glbackend.api.keras import utilities as utils
from glbackend.api.ops import *  # noqa: F403 - all of them
from glbackend.base import errors
from glbackend.base.naming import answer_unknown as _answer_unknown
from glbackend.base.registry import known_as as custom_object_scope
from glbackend.base.registry import register
from glbackend.base.registry import serialize as _serialize
from glbackend.engine.autodiff import (
    custom_grad,
    grad,
    grads,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from glbackend.engine.derivatives import jacobian, stop_gradient, vjp
from glbackend.engine.device import adopt_context, devices, from_texture, to_texture, warm_up
from glbackend.engine.engine import engine, get_backend, set_backend
from glbackend.engine.gradient_tape import GradientTape
from glbackend.engine.profile import memory, time
from glbackend.engine.tensor import Tensor, Variable
from glbackend.engine.tidy import dispose, keep, tidy
from glbackend.formats.loading import load_model
from glbackend.graph.function import function
from glbackend.graph.signature import TensorSpec
from glbackend.graph.trace import trace
from glbackend.graph.tune import tune
from glbackend.io.cache import models_cache
from glbackend.layers import Layer, activations, constraints, initializers, regularizers
from glbackend.layers import SymbolicTensor as KerasTensor
from glbackend.layers.core import input
from glbackend.layers.core import input as Input
from glbackend.layers.initializers import Initializer
from glbackend.layers.input_spec import InputSpec
from glbackend.layers.regularizers import Regularizer
from glbackend.models import serialization
from glbackend.models.loading import clone_model, load_layers_model
from glbackend.models.model import Model
from glbackend.models.model import Model as model
from glbackend.models.sequential import Sequential
from glbackend.models.sequential import Sequential as sequential
from glbackend.ops.recompute import checkpoint
from glbackend.optimizers import train
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training import callbacks
from glbackend.training.callback import Callback
from glbackend.training.loss import Loss
from glbackend.training.metric import Metric
from glbackend.training.preparing import pad_sequences, to_categorical

if TYPE_CHECKING:
    from glbackend import data as data
    from glbackend import debug as debug
    from glbackend import distribute as distribute
    from glbackend import sklearn as sklearn
    from glbackend import vis as vis
    from glbackend.debug import profile
    from glbackend.formats.graph_model import (
        GraphModel,
        deregister_op,
        load_graph_model,
        load_graph_model_sync,
        register_op,
        save_graph_model,
    )
    from glbackend.formats.onnx import OnnxModel, load_onnx_model, save_onnx
    from glbackend.formats.saved_model import SavedModel, load_saved_model

# namespaces and names that are imported when they are first asked for, from where they stand
ROOMS = ("data", "debug", "distribute", "sklearn", "vis")
ON_FIRST_USE = {name: f"glbackend.{name}" for name in ROOMS} | dict.fromkeys(
    (
        "GraphModel", "deregister_op", "load_graph_model", "load_graph_model_sync", "register_op",
        "save_graph_model",
    ),
    "glbackend.formats.graph_model",
) | dict.fromkeys(("OnnxModel", "load_onnx_model", "save_onnx"), "glbackend.formats.onnx") | dict.fromkeys(
    ("SavedModel", "load_saved_model"), "glbackend.formats.saved_model"
) | {"profile": "glbackend.debug"}  # fmt: skip

__all__ = [
    "Callback",
    "GradientTape",
    "GraphModel",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "OnnxModel",
    "Optimizer",
    "Regularizer",
    "SavedModel",
    "Sequential",
    "Tensor",
    "TensorSpec",
    "Variable",
    "activations",
    "adopt_context",
    "audio",
    "backend",
    "browser",
    "callbacks",
    "checkpoint",
    "clone_model",
    "config",
    "constraints",
    "custom_grad",
    "custom_object_scope",
    "deregister_op",
    "devices",
    "dispose",
    "engine",
    "errors",
    "from_texture",
    "function",
    "fused",
    "get_backend",
    "grad",
    "grads",
    "image",
    "initializers",
    "input",
    "io",
    "jacobian",
    "keep",
    "layers",
    "linalg",
    "load_graph_model",
    "load_graph_model_sync",
    "load_layers_model",
    "load_model",
    "load_onnx_model",
    "load_saved_model",
    "losses",
    "math",
    "memory",
    "metrics",
    "mixed_precision",
    "model",
    "models",
    "models_cache",
    "ops",
    "optimizers",
    "pad_sequences",
    "preprocessing",
    "profile",
    "random",
    "register",
    "register_op",
    "regularizers",
    "save_graph_model",
    "save_onnx",
    "saving",
    "sequential",
    "serialization",
    "set_backend",
    "signal",
    "sparse",
    "spectral",
    "stop_gradient",
    "string",
    "tidy",
    "time",
    "to_categorical",
    "to_texture",
    "trace",
    "train",
    "tune",
    "utils",
    "value_and_grad",
    "value_and_grads",
    "variable_grads",
    "vjp",
    "warm_up",
]
__all__ += _ops.__all__

__version__ = "0.1.0"

vars(models)["load_model"] = load_model  # as keras.models has it; it stands above the models here
for _room in (activations, constraints, initializers, regularizers):  # as in Keras
    vars(_room).update(serialize=_serialize, deserialize=_room.get)

_answer_unknown("glbackend.optimizers.schedules", optimizers.schedules)
_answer_unknown("glbackend", _sys.modules["glbackend"], ON_FIRST_USE)
for _name in __all__:
    if isinstance(globals().get(_name), _ModuleType):
        _coming = getattr(globals()[_name], "ON_FIRST_USE", None)
        _answer_unknown(f"glbackend.{_name}", globals()[_name], _coming)
        _sys.modules.setdefault(f"glbackend.{_name}", globals()[_name])  # from glbackend.losses import ...
