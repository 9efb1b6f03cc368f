"""Models on disk and in memory, in TF.js's formats (model.json and weight shards).

Stands on `glbackend.base` alone: NumPy arrays and plain JSON in and out. Layers and the converter give them
meaning.
"""

from glbackend.io.artifacts import ModelArtifacts, ModelArtifactsInfo, SaveResult
from glbackend.io.files import file_system
from glbackend.io.handlers import IOHandler, from_memory, load_artifacts, save_artifacts, with_save_handler
from glbackend.io.specs import Quantization, WeightSpec
from glbackend.io.weights import decode_weights, encode_weights

__all__ = [
    "IOHandler",
    "ModelArtifacts",
    "ModelArtifactsInfo",
    "Quantization",
    "SaveResult",
    "WeightSpec",
    "decode_weights",
    "encode_weights",
    "file_system",
    "from_memory",
    "load_artifacts",
    "save_artifacts",
    "with_save_handler",
]
