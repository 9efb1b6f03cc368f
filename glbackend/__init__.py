"""glbackend: the system that TensorFlow.js describes, for Python, on plain OpenGL.

>>> import glbackend as gl
>>> gl.grad(lambda x: (x * x).sum())(gl.tensor([1., 2.])).numpy().tolist()
[2.0, 4.0]
"""

from glbackend import io, layers
from glbackend import optimizers as train
from glbackend.base import errors
from glbackend.base.naming import python_spelling as _python_spelling
from glbackend.engine.autodiff import (
    GradientTape,
    custom_grad,
    grad,
    grads,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from glbackend.engine.device import adopt_context, from_texture, to_texture, warm_up
from glbackend.engine.engine import engine, get_backend, set_backend
from glbackend.engine.profile import memory, profile, time
from glbackend.engine.scope import dispose, keep, tidy
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import constraints, initializers, regularizers
from glbackend.layers.core import input
from glbackend.models import serialization
from glbackend.models.model import Model
from glbackend.models.model import Model as model
from glbackend.models.saving import load_layers_model
from glbackend.models.sequential import Sequential
from glbackend.models.sequential import Sequential as sequential
from glbackend.training import callbacks, metrics
from glbackend.training.callbacks import Callback

# isort: off
# fmt: off
# -- ops (written by glbackend.testing.generate) --
from glbackend.api import browser, fused, image, linalg, losses, math, signal, sparse, spectral, string
from glbackend.ops.activation import elu, leaky_relu, log_sigmoid, prelu, relu, relu6, selu, sigmoid, softplus, step
from glbackend.ops.argument import argmax, argmin
from glbackend.ops.arithmetic import add, add_n, atan2, bitwise_and, div, div_no_nan, floor_div, maximum, minimum, mod, mul, pow, squared_difference, sub
from glbackend.ops.bincount import bincount, dense_bincount
from glbackend.ops.broadcast import broadcast_args, ensure_shape
from glbackend.ops.buffer import buffer
from glbackend.ops.comparison import equal, greater, greater_equal, is_finite, is_inf, is_nan, less, less_equal, not_equal
from glbackend.ops.complex import complex, imag, real
from glbackend.ops.concat import concat, concat1d, concat2d, concat3d, concat4d, split, stack, unstack
from glbackend.ops.conv2d import conv1d, conv2d, conv2d_transpose
from glbackend.ops.conv3d import conv3d, conv3d_transpose
from glbackend.ops.create import diag, eye, fill, linspace, meshgrid, ones, ones_like, scalar, tensor, tensor1d, tensor2d, tensor3d, tensor4d, tensor5d, tensor6d, variable, zeros, zeros_like
from glbackend.ops.create import range_ as range
from glbackend.ops.custom import custom_op
from glbackend.ops.depthwise import depthwise_conv2d, separable_conv2d
from glbackend.ops.dilation import dilation2d
from glbackend.ops.einsum import einsum
from glbackend.ops.elementary import abs, acos, acosh, as_type, asin, asinh, atan, atanh, cast, ceil, clip_by_value, cos, cosh, erf, exp, expm1, floor, log, log1p, neg, reciprocal, round, rsqrt, sign, sin, sinh, sqrt, square, tan, tanh, to_bool, to_float, to_int
from glbackend.ops.evaluation import moving_average
from glbackend.ops.fourier import fft, ifft, irfft, rfft
from glbackend.ops.getitem import getitem
from glbackend.ops.image import depth_to_space
from glbackend.ops.index import gather, gather_nd, one_hot, scatter_nd
from glbackend.ops.logical import logical_and, logical_not, logical_or, logical_xor, where
from glbackend.ops.losses import Reduction
from glbackend.ops.lrn import local_response_normalization
from glbackend.ops.matmul import dot, matmul, outer_product
from glbackend.ops.norm import batch_norm, batch_norm2d, batch_norm3d, batch_norm4d, euclidean_norm, moments, norm
from glbackend.ops.pad import mirror_pad, pad, pad1d, pad2d, pad3d, pad4d
from glbackend.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d, max_pool_with_argmax, pool
from glbackend.ops.ragged import ragged_gather, ragged_range, ragged_tensor_to_tensor
from glbackend.ops.random import dropout, multinomial, rand, random_gamma, random_normal, random_standard_normal, random_uniform, random_uniform_int, set_seed, truncated_normal
from glbackend.ops.recurrent import basic_lstm_cell, multi_rnn_cell
from glbackend.ops.reduction import all, any, max, mean, min, prod, sum
from glbackend.ops.scan import cumprod, cumsum
from glbackend.ops.scatter import sparse_to_dense, tensor_scatter_update
from glbackend.ops.segment import unsorted_segment_sum
from glbackend.ops.signal import cosine_window, enclosing_power_of_two
from glbackend.ops.slice import slice, slice1d, slice2d, slice3d, slice4d, strided_slice
from glbackend.ops.softmax import log_softmax, logsumexp, softmax
from glbackend.ops.sort import in_top_k, lower_bound, search_sorted, topk, upper_bound
from glbackend.ops.space_to_batch import batch_to_space_nd, space_to_batch_nd
from glbackend.ops.tile import broadcast_to, tile
from glbackend.ops.transpose import reverse, reverse1d, reverse2d, reverse3d, reverse4d, transpose
from glbackend.ops.unique import argwhere, boolean_mask, setdiff1d, unique
from glbackend.ops.view import as1d, as2d, as3d, as4d, as5d, as_scalar, clone, expand_dims, flatten, reshape, reshape_as, squeeze
__all__ = ["Callback", "GradientTape", "Model", "Reduction", "Sequential", "Tensor", "Variable", "abs", "acos", "acosh", "add", "add_n", "adopt_context", "all", "any", "argmax", "argmin", "argwhere", "as1d", "as2d", "as3d", "as4d", "as5d", "as_scalar", "as_type", "asin", "asinh", "atan", "atan2", "atanh", "avg_pool", "avg_pool3d", "basic_lstm_cell", "batch_norm", "batch_norm2d", "batch_norm3d", "batch_norm4d", "batch_to_space_nd", "bincount", "bitwise_and", "boolean_mask", "broadcast_args", "broadcast_to", "browser", "buffer", "callbacks", "cast", "ceil", "clip_by_value", "clone", "complex", "concat", "concat1d", "concat2d", "concat3d", "concat4d", "constraints", "conv1d", "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose", "cos", "cosh", "cosine_window", "cumprod", "cumsum", "custom_grad", "custom_op", "dense_bincount", "depth_to_space", "depthwise_conv2d", "diag", "dilation2d", "dispose", "div", "div_no_nan", "dot", "dropout", "einsum", "elu", "enclosing_power_of_two", "engine", "ensure_shape", "equal", "erf", "errors", "euclidean_norm", "exp", "expand_dims", "expm1", "eye", "fft", "fill", "flatten", "floor", "floor_div", "from_texture", "fused", "gather", "gather_nd", "get_backend", "getitem", "grad", "grads", "greater", "greater_equal", "ifft", "imag", "image", "in_top_k", "initializers", "input", "io", "irfft", "is_finite", "is_inf", "is_nan", "keep", "layers", "leaky_relu", "less", "less_equal", "linalg", "linspace", "load_layers_model", "local_response_normalization", "log", "log1p", "log_sigmoid", "log_softmax", "logical_and", "logical_not", "logical_or", "logical_xor", "logsumexp", "losses", "lower_bound", "math", "matmul", "max", "max_pool", "max_pool3d", "max_pool_with_argmax", "maximum", "mean", "memory", "meshgrid", "metrics", "min", "minimum", "mirror_pad", "mod", "model", "moments", "moving_average", "mul", "multi_rnn_cell", "multinomial", "neg", "norm", "not_equal", "one_hot", "ones", "ones_like", "outer_product", "pad", "pad1d", "pad2d", "pad3d", "pad4d", "pool", "pow", "prelu", "prod", "profile", "ragged_gather", "ragged_range", "ragged_tensor_to_tensor", "rand", "random_gamma", "random_normal", "random_standard_normal", "random_uniform", "random_uniform_int", "range", "real", "reciprocal", "regularizers", "relu", "relu6", "reshape", "reshape_as", "reverse", "reverse1d", "reverse2d", "reverse3d", "reverse4d", "rfft", "round", "rsqrt", "scalar", "scatter_nd", "search_sorted", "selu", "separable_conv2d", "sequential", "serialization", "set_backend", "set_seed", "setdiff1d", "sigmoid", "sign", "signal", "sin", "sinh", "slice", "slice1d", "slice2d", "slice3d", "slice4d", "softmax", "softplus", "space_to_batch_nd", "sparse", "sparse_to_dense", "spectral", "split", "sqrt", "square", "squared_difference", "squeeze", "stack", "step", "strided_slice", "string", "sub", "sum", "tan", "tanh", "tensor", "tensor1d", "tensor2d", "tensor3d", "tensor4d", "tensor5d", "tensor6d", "tensor_scatter_update", "tidy", "tile", "time", "to_bool", "to_float", "to_int", "to_texture", "topk", "train", "transpose", "truncated_normal", "unique", "unsorted_segment_sum", "unstack", "upper_bound", "value_and_grad", "value_and_grads", "variable", "variable_grads", "warm_up", "where", "zeros", "zeros_like"]
# -- end of ops --
# fmt: on
# isort: on

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    raise AttributeError(_python_spelling("glbackend", name, globals()))
