"""Data: what models learn from, read and prepared while they train. As `tf.data`, imported on first use.

>>> import glbackend as gl
>>> gl.data.array([1, 2, 3]).map(lambda x: x * x).batch(2).to_array()[0].numpy().tolist()
[1.0, 4.0]
"""

import sys as _sys

from glbackend.base.naming import answer_unknown as _answer_unknown
from glbackend.base.shapes import TensorSpec
from glbackend.data.ahead import AUTOTUNE
from glbackend.data.augmentation import (
    random_brightness,
    random_contrast,
    random_crop,
    random_flip,
    random_rotation,
    random_translation,
    random_zoom,
)
from glbackend.data.camera import WebcamIterator, webcam
from glbackend.data.columns import arrow, memory_map, parquet
from glbackend.data.dataset import Dataset
from glbackend.data.images import ImageFolder, image_dataset_from_directory, image_folder
from glbackend.data.indexed import PyDataset
from glbackend.data.making import array, from_tensor_slices, func, generator
from glbackend.data.making import zip_ as zip
from glbackend.data.photos import array_to_img, img_to_array, load_img, save_img
from glbackend.data.samples import digits, iris
from glbackend.data.series import split_dataset, timeseries_dataset_from_array
from glbackend.data.sound import MicrophoneIterator, microphone
from glbackend.data.statistics import ColumnStatistics, scale_to_01
from glbackend.data.tables import ColumnConfig, CSVDataset, csv
from glbackend.data.text import FileDataSource, TextLineDataset, text_lines
from glbackend.data.texts import audio_dataset_from_directory, text_dataset_from_directory

__all__ = [
    "AUTOTUNE",
    "CSVDataset",
    "ColumnConfig",
    "ColumnStatistics",
    "Dataset",
    "FileDataSource",
    "ImageFolder",
    "MicrophoneIterator",
    "PyDataset",
    "TensorSpec",
    "TextLineDataset",
    "WebcamIterator",
    "array",
    "array_to_img",
    "arrow",
    "audio_dataset_from_directory",
    "csv",
    "digits",
    "from_tensor_slices",
    "func",
    "generator",
    "image_dataset_from_directory",
    "image_folder",
    "img_to_array",
    "iris",
    "load_img",
    "memory_map",
    "microphone",
    "parquet",
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_flip",
    "random_rotation",
    "random_translation",
    "random_zoom",
    "save_img",
    "scale_to_01",
    "split_dataset",
    "text_dataset_from_directory",
    "text_lines",
    "timeseries_dataset_from_array",
    "webcam",
    "zip",
]

_answer_unknown("glbackend.data", _sys.modules["glbackend.data"])
