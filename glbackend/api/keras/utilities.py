"""This and that, as `keras.utils`; what reads files and cuts data is imported when it is first asked for."""

from typing import TYPE_CHECKING

from glbackend.api.keras.backend import clear_session, is_keras_tensor
from glbackend.base.registered import get_registered_name, get_registered_object
from glbackend.base.registry import deserialize as deserialize_keras_object
from glbackend.base.registry import known_as as CustomObjectScope
from glbackend.base.registry import known_as as custom_object_scope
from glbackend.base.registry import register_keras_serializable
from glbackend.base.registry import serialize as serialize_keras_object
from glbackend.training.preparing import (
    normalize,
    pack_x_y_sample_weight,
    pad_sequences,
    set_random_seed,
    to_categorical,
    unpack_x_y_sample_weight,
)
from glbackend.training.progbar import Progbar

if TYPE_CHECKING:
    from glbackend.data.images import image_dataset_from_directory
    from glbackend.data.indexed import PyDataset
    from glbackend.data.indexed import PyDataset as Sequence
    from glbackend.data.photos import array_to_img, img_to_array, load_img, save_img
    from glbackend.data.series import split_dataset, timeseries_dataset_from_array
    from glbackend.models.feature_space import FeatureSpace
    from glbackend.vis.dot import model_to_dot, plot_model
    from glbackend.data.texts import audio_dataset_from_directory, text_dataset_from_directory

ON_FIRST_USE = dict.fromkeys(
    (
        "PyDataset", "array_to_img", "audio_dataset_from_directory", "image_dataset_from_directory",
        "img_to_array",
        "load_img", "save_img", "split_dataset", "text_dataset_from_directory",
        "timeseries_dataset_from_array",
    ),
    "glbackend.data",
) | {
    "FeatureSpace": "glbackend.models.feature_space", "Sequence": "glbackend.data.indexed",
    "model_to_dot": "glbackend.vis.dot", "plot_model": "glbackend.vis.dot",
}  # fmt: skip

__all__ = [
    "CustomObjectScope",
    "clear_session",
    "is_keras_tensor",
    "FeatureSpace",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "audio_dataset_from_directory",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_registered_name",
    "get_registered_object",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
