"""Data: what models learn from, read and prepared while they train. As `tf.data`, imported on first use.

>>> import glbackend as gl
>>> gl.data.array([1, 2, 3]).map(lambda x: x * x).batch(2).to_array()[0].numpy().tolist()
[1.0, 4.0]
"""

from glbackend.base.shapes import TensorSpec
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.dataset import Dataset
from glbackend.data.making import array, from_tensor_slices, func, generator
from glbackend.data.making import zip_ as zip
from glbackend.data.statistics import ColumnStatistics, scale_to_01

__all__ = [
    "AUTOTUNE",
    "ColumnStatistics",
    "Dataset",
    "TensorSpec",
    "array",
    "from_tensor_slices",
    "func",
    "generator",
    "scale_to_01",
    "zip",
]
