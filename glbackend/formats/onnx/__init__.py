"""ONNX models: read by the `onnx` package, compiled to programs, run by our ops."""

from glbackend.formats.onnx import ops
from glbackend.formats.onnx.loading import load_onnx_model
from glbackend.formats.onnx.model import OnnxModel

__all__ = ["OnnxModel", "load_onnx_model", "ops"]
