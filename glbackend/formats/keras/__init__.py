"""Files of Keras 2 and Keras 3, read into our layers and written for Keras 3."""

from glbackend.formats.keras.reading import load_keras_model

__all__ = ["load_keras_model"]
