"""Settings of Keras, as `keras.config`: those that say something here."""

from glbackend.api.keras.backend import backend, epsilon, floatx, image_data_format
from glbackend.layers.policy import dtype_policy, set_dtype_policy

__all__ = ["backend", "dtype_policy", "epsilon", "floatx", "image_data_format", "set_dtype_policy"]
