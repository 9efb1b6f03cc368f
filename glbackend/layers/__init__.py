"""Layers, as `gl.layers`: by the names of `tf.layers` in snake_case, and the classes'.

Written by tools.generate; do not edit.

>>> import glbackend as gl
>>> gl.layers.dense(units=3, input_shape=[2]).units, gl.layers.Dense is gl.layers.dense
(3, True)
"""

from glbackend.base.naming import python_spelling as _python_spelling
from glbackend.layers.activation import (
    Activation,
    Activation as activation,
    ELU,
    ELU as elu,
    LeakyReLU,
    LeakyReLU as leaky_re_lu,
    PReLU,
    PReLU as prelu,
    ReLU,
    ReLU as re_lu,
    Softmax,
    Softmax as softmax,
    ThresholdedReLU,
    ThresholdedReLU as thresholded_re_lu,
)
from glbackend.layers.cells import (
    GRUCell,
    GRUCell as gru_cell,
    LSTMCell,
    LSTMCell as lstm_cell,
    SimpleRNNCell,
    SimpleRNNCell as simple_rnn_cell,
    StackedRNNCells,
    StackedRNNCells as stacked_rnn_cells,
)
from glbackend.layers.convolution import (
    Conv2D,
    Conv2D as conv2d,
    DepthwiseConv2D,
    DepthwiseConv2D as depthwise_conv2d,
)
from glbackend.layers.core import (
    Dense,
    Dense as dense,
    InputLayer,
    InputLayer as input_layer,
    input,
)
from glbackend.layers.layer import (
    Layer,
    get,
)
from glbackend.layers.merge import (
    Add,
    Add as add,
    Average,
    Average as average,
    Concatenate,
    Concatenate as concatenate,
    Maximum,
    Maximum as maximum,
    Minimum,
    Minimum as minimum,
    Multiply,
    Multiply as multiply,
    Subtract,
    Subtract as subtract,
)
from glbackend.layers.noise import (
    Dropout,
    Dropout as dropout,
)
from glbackend.layers.normalization import (
    BatchNormalization,
    BatchNormalization as batch_normalization,
)
from glbackend.layers.pooling import (
    AveragePooling2D,
    AveragePooling2D as average_pooling2d,
    AveragePooling2D as avg_pool2d,
    AveragePooling2D as avg_pooling2d,
    GlobalAveragePooling2D,
    GlobalAveragePooling2D as global_average_pooling2d,
    GlobalMaxPooling2D,
    GlobalMaxPooling2D as global_max_pool2d,
    GlobalMaxPooling2D as global_max_pooling2d,
    MaxPooling2D,
    MaxPooling2D as max_pool2d,
    MaxPooling2D as max_pooling2d,
)
from glbackend.layers.recurrent import (
    GRU,
    GRU as gru,
    LSTM,
    LSTM as lstm,
    RNN,
    RNN as rnn,
    SimpleRNN,
    SimpleRNN as simple_rnn,
)
from glbackend.layers.reshape import (
    Flatten,
    Flatten as flatten,
    Permute,
    Permute as permute,
    RepeatVector,
    RepeatVector as repeat_vector,
    Reshape,
    Reshape as reshape,
    UpSampling2D,
    UpSampling2D as up_sampling2d,
)
from glbackend.layers.symbolic import SymbolicTensor

__all__ = [
    "Activation",
    "Add",
    "Average",
    "AveragePooling2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "ELU",
    "Flatten",
    "GRU",
    "GRUCell",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "InputLayer",
    "LSTM",
    "LSTMCell",
    "Layer",
    "LeakyReLU",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "PReLU",
    "Permute",
    "RNN",
    "ReLU",
    "RepeatVector",
    "Reshape",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "StackedRNNCells",
    "Subtract",
    "SymbolicTensor",
    "ThresholdedReLU",
    "UpSampling2D",
    "activation",
    "add",
    "average",
    "average_pooling2d",
    "avg_pool2d",
    "avg_pooling2d",
    "batch_normalization",
    "concatenate",
    "conv2d",
    "dense",
    "depthwise_conv2d",
    "dropout",
    "elu",
    "flatten",
    "get",
    "global_average_pooling2d",
    "global_max_pool2d",
    "global_max_pooling2d",
    "gru",
    "gru_cell",
    "input",
    "input_layer",
    "leaky_re_lu",
    "lstm",
    "lstm_cell",
    "max_pool2d",
    "max_pooling2d",
    "maximum",
    "minimum",
    "multiply",
    "permute",
    "prelu",
    "re_lu",
    "repeat_vector",
    "reshape",
    "rnn",
    "simple_rnn",
    "simple_rnn_cell",
    "softmax",
    "stacked_rnn_cells",
    "subtract",
    "thresholded_re_lu",
    "up_sampling2d",
]


def __getattr__(name: str) -> object:
    raise AttributeError(_python_spelling("glbackend.layers", name, globals()))
