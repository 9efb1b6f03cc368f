"""ONNX models: read by the `onnx` package, compiled to programs, run by our ops; and written."""

from glbackend.formats.onnx import ops
from glbackend.formats.onnx.loading import load_onnx_model
from glbackend.formats.onnx.model import OnnxModel
from glbackend.formats.onnx.saving import save_onnx

__all__ = ["OnnxModel", "load_onnx_model", "ops", "save_onnx"]
