"""This and that, as `keras.utils`; of files and arrays it is in `gl.data`."""

from glbackend.base.registry import known_as as custom_object_scope
from glbackend.base.registry import register_keras_serializable
from glbackend.ops.random import set_seed as set_random_seed
from glbackend.training.preparing import normalize, pad_sequences, to_categorical

__all__ = [
    "custom_object_scope",
    "normalize",
    "pad_sequences",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]
