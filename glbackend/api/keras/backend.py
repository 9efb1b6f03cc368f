"""What Keras computes with, as `keras.backend`: its small number and its dtype."""

from typing import Any

from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.keras import is_tensor

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "image_data_format", "is_keras_tensor", "is_tensor",
]  # fmt: skip


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is symbolic: what `gl.Input` and layers called on it give. As Keras's `is_keras_tensor`.

    >>> is_keras_tensor(1.0)
    False
    """
    return isinstance(x, SymbolicTensor)


def backend() -> str:
    """What Keras would compute with; here the name of this library. As `keras.backend.backend`.

    >>> backend()
    'glbackend'
    """
    return "glbackend"


def clear_session() -> None:
    """Nothing: what nobody refers to is given back by itself. As `keras.backend.clear_session`.

    >>> clear_session()
    """


def image_data_format() -> str:
    """Where channels stand by default. As `keras.backend.image_data_format`.

    >>> image_data_format()
    'channels_last'
    """
    return "channels_last"


def epsilon() -> float:
    """The number that is added where a divisor may be 0. As `keras.backend.epsilon`.

    >>> epsilon()
    1e-07
    """
    return 1e-7


def floatx() -> str:
    """The dtype of weights, the one float there is. As `keras.backend.floatx`.

    >>> floatx()
    'float32'
    """
    return "float32"
