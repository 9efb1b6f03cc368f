"""Ops with bias and activation in one kernel, as `tf.fused`."""

from glbackend.ops.conv2d import fused_conv2d as conv2d
from glbackend.ops.depthwise import fused_depthwise_conv2d as depthwise_conv2d
from glbackend.ops.matmul import fused_matmul as matmul

__all__ = [
    "conv2d",
    "depthwise_conv2d",
    "matmul",
]
