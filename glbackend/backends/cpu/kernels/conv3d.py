"""Convolution of volumes by NumPy: conv2d.py walks over the taps of any number of dims."""

from glbackend.backends.cpu.kernels.conv2d import conv2d, conv2d_backprop_filter, conv2d_backprop_input
from glbackend.engine.registry import kernel

kernel("Conv3D", "cpu")(conv2d)
kernel("Conv3DBackpropInputV2", "cpu")(conv2d_backprop_input)
kernel("Conv3DBackpropFilterV2", "cpu")(conv2d_backprop_filter)
