"""Losses of tensors, as `tf.losses`."""

from glbackend.ops.losses import absolute_difference
from glbackend.ops.losses import compute_weighted_loss
from glbackend.ops.losses import cosine_distance
from glbackend.ops.losses import hinge_loss
from glbackend.ops.losses import huber_loss
from glbackend.ops.losses import log_loss
from glbackend.ops.losses import mean_squared_error
from glbackend.ops.losses import sigmoid_cross_entropy
from glbackend.ops.losses import softmax_cross_entropy

__all__ = [
    "absolute_difference",
    "compute_weighted_loss",
    "cosine_distance",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]
