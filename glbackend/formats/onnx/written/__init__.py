"""How each kernel is written as nodes of ONNX."""

from glbackend.formats.onnx.writer import WRITERS
from glbackend.formats.onnx.written import elements, moving, recurrent, windows

__all__ = ["elements", "moving", "recurrent", "windows", "writable"]


def writable(kernel: str) -> bool:
    """Whether there are operators of ONNX for a kernel."""
    return kernel in WRITERS
