"""Models in files, and what they need to know, as `keras.saving`."""

from glbackend.base.registered import get_registered_name, get_registered_object
from glbackend.base.registry import deserialize as deserialize_keras_object
from glbackend.base.registry import known_as as CustomObjectScope
from glbackend.base.registry import known_as as custom_object_scope
from glbackend.base.registry import register_keras_serializable
from glbackend.base.registry import serialize as serialize_keras_object
from glbackend.formats.loading import load_model

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "register_keras_serializable",
    "serialize_keras_object",
]
