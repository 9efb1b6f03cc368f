"""Floor 6: layers and models, as `gl.layers`; each name is TF.js's `tf.layers` name in snake_case.

>>> import glbackend as gl
>>> gl.layers.dense(units=3, input_shape=[2]).units
3
"""

from glbackend.base.naming import python_spelling as _python_spelling
from glbackend.layers.convolutional import Conv2D as conv2d
from glbackend.layers.convolutional import DepthwiseConv2D as depthwise_conv2d
from glbackend.layers.convolutional import UpSampling2D as up_sampling2d
from glbackend.layers.core import Activation as activation
from glbackend.layers.core import Dense as dense
from glbackend.layers.core import Dropout as dropout
from glbackend.layers.core import Flatten as flatten
from glbackend.layers.core import InputLayer as input_layer
from glbackend.layers.core import Permute as permute
from glbackend.layers.core import RepeatVector as repeat_vector
from glbackend.layers.core import Reshape as reshape
from glbackend.layers.core import input
from glbackend.layers.layer import Layer, SymbolicTensor
from glbackend.layers.merge import Add as add
from glbackend.layers.merge import Average as average
from glbackend.layers.merge import Concatenate as concatenate
from glbackend.layers.merge import Maximum as maximum
from glbackend.layers.merge import Minimum as minimum
from glbackend.layers.merge import Multiply as multiply
from glbackend.layers.merge import Subtract as subtract
from glbackend.layers.normalization import BatchNormalization as batch_normalization
from glbackend.layers.pooling import AveragePooling2D as average_pooling2d
from glbackend.layers.pooling import GlobalAveragePooling2D as global_average_pooling2d
from glbackend.layers.pooling import GlobalMaxPooling2D as global_max_pooling2d
from glbackend.layers.pooling import MaxPooling2D as max_pooling2d
from glbackend.layers.rectifier import ELU as elu
from glbackend.layers.rectifier import LeakyReLU as leaky_re_lu
from glbackend.layers.rectifier import PReLU as prelu
from glbackend.layers.rectifier import ReLU as re_lu
from glbackend.layers.rectifier import Softmax as softmax
from glbackend.layers.rectifier import ThresholdedReLU as thresholded_re_lu
from glbackend.layers.recurrent import GRU as gru
from glbackend.layers.recurrent import LSTM as lstm
from glbackend.layers.recurrent import SimpleRNN as simple_rnn

__all__ = [
    "Layer",
    "SymbolicTensor",
    "activation",
    "add",
    "average",
    "average_pooling2d",
    "batch_normalization",
    "concatenate",
    "conv2d",
    "dense",
    "depthwise_conv2d",
    "dropout",
    "elu",
    "flatten",
    "global_average_pooling2d",
    "global_max_pooling2d",
    "gru",
    "input",
    "input_layer",
    "leaky_re_lu",
    "lstm",
    "max_pooling2d",
    "maximum",
    "minimum",
    "multiply",
    "permute",
    "prelu",
    "re_lu",
    "repeat_vector",
    "reshape",
    "simple_rnn",
    "softmax",
    "subtract",
    "thresholded_re_lu",
    "up_sampling2d",
]


def __getattr__(name: str) -> object:
    raise AttributeError(_python_spelling("glbackend.layers", name, globals()))
