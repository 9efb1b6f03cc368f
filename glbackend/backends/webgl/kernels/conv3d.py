"""Convolution of volumes on the GPU: the shaders of conv2d.py walk over the depth as well."""

from glbackend.backends.webgl.kernels.conv2d import conv2d, conv2d_backprop_filter, conv2d_backprop_input
from glbackend.engine.registry import kernel

kernel("Conv3D", "webgl")(conv2d)
kernel("Conv3DBackpropInputV2", "webgl")(conv2d_backprop_input)
kernel("Conv3DBackpropFilterV2", "webgl")(conv2d_backprop_filter)
