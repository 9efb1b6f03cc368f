"""Activations by name, as functions on tensors."""

from collections.abc import Callable
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor

Activation = Callable[[Tensor], Tensor]

BY_NAME: dict[str, Activation] = {
    "linear": lambda x: x,
    "elu": lambda x: x.elu(),
    "selu": lambda x: x.selu(),
    "relu": lambda x: x.relu(),
    "relu6": lambda x: x.relu6(),
    "sigmoid": lambda x: x.sigmoid(),
    "hard_sigmoid": lambda x: (x * 0.2 + 0.5).clip_by_value(0.0, 1.0),
    "softplus": lambda x: x.softplus(),
    "softsign": lambda x: x / (x.abs() + 1.0),
    "tanh": lambda x: x.tanh(),
    "softmax": lambda x: x.softmax(),
    "log_softmax": lambda x: x.log_softmax(),
    "swish": lambda x: x * x.sigmoid(),
    "mish": lambda x: x * x.softplus().tanh(),
    "gelu": lambda x: x * 0.5 * ((x * 0.7071067811865476).erf() + 1.0),
    "gelu_new": lambda x: x * 0.5 * (((x * x * x * 0.044715 + x) * 0.7978845608028654).tanh() + 1.0),
}
_SPELLINGS = {name.replace("_", ""): name for name in BY_NAME} | {"silu": "swish"}


def canonical(name: Any) -> str:
    """The name by which an activation is known ("hardSigmoid" -> "hard_sigmoid"), or ArgumentError.

    >>> canonical("hardSigmoid"), canonical(None)
    ('hard_sigmoid', 'linear')
    """
    if name is None:
        return "linear"
    if isinstance(name, dict):
        name = name.get("class_name")
    known = _SPELLINGS.get(str(name).replace("_", "").lower())
    if known is None:
        raise ArgumentError(f"unknown activation {name!r}: use one of {', '.join(BY_NAME)}")
    return known


def get(name: Any) -> Activation:
    """The activation of that name."""
    return BY_NAME[canonical(name)]
