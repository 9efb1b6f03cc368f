"""Policies of precision, as `keras.mixed_precision`: all of them compute in float32 here, and say so once."""

from glbackend.layers.policy import DTypePolicy
from glbackend.layers.policy import DTypePolicy as Policy
from glbackend.layers.policy import dtype_policy, set_dtype_policy
from glbackend.layers.policy import dtype_policy as global_policy
from glbackend.layers.policy import set_dtype_policy as set_global_policy
from glbackend.optimizers.loss_scale import LossScaleOptimizer

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy", "set_dtype_policy",
    "set_global_policy",
]  # fmt: skip
