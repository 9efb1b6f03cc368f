"""As `tf.math`."""

from glbackend.ops.evaluation import confusion_matrix

__all__ = [
    "confusion_matrix",
]
