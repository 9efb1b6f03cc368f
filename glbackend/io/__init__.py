"""Models on disk, in memory and at addresses, in TF.js's formats (model.json and weight shards).

Stands on `glbackend.base` alone: NumPy arrays and plain JSON in and out. Layers and the converter give them
meaning.
"""

from glbackend.io.addresses import is_http_scheme
from glbackend.io.archive import zip_file
from glbackend.io.artifacts import ModelArtifacts, ModelArtifactsInfo, SaveResult
from glbackend.io.cache import ModelsCache
from glbackend.io.files import file_system
from glbackend.io.handlers import IOHandler, browser_files, from_memory, with_save_handler
from glbackend.io.management import copy_model, list_models, move_model, remove_model
from glbackend.io.manifest import (
    get_model_artifacts_for_json,
    get_model_artifacts_info_for_json,
    get_weight_specs,
    load_weights,
    weights_loader_factory,
)
from glbackend.io.routing import (
    get_load_handlers,
    get_save_handlers,
    http,
    load_artifacts,
    register_load_router,
    register_save_router,
    save_artifacts,
)
from glbackend.io.specs import Quantization, WeightSpec
from glbackend.io.weights import (
    concatenate_array_buffers,
    decode_weights,
    decode_weights_stream,
    encode_weights,
)

__all__ = [
    "IOHandler",
    "ModelArtifacts",
    "ModelArtifactsInfo",
    "ModelsCache",
    "Quantization",
    "SaveResult",
    "WeightSpec",
    "browser_files",
    "concatenate_array_buffers",
    "copy_model",
    "decode_weights",
    "decode_weights_stream",
    "encode_weights",
    "file_system",
    "from_memory",
    "get_load_handlers",
    "get_model_artifacts_for_json",
    "get_model_artifacts_info_for_json",
    "get_save_handlers",
    "get_weight_specs",
    "http",
    "is_http_scheme",
    "list_models",
    "load_artifacts",
    "load_weights",
    "move_model",
    "register_load_router",
    "register_save_router",
    "remove_model",
    "save_artifacts",
    "weights_loader_factory",
    "with_save_handler",
    "zip_file",
]
