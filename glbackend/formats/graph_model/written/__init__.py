"""How each kernel is written as nodes of TensorFlow."""

from glbackend.formats.graph_model.writer import WRITERS
from glbackend.formats.graph_model.written import elements, recurrent, windows

__all__ = ["elements", "recurrent", "windows", "writable"]


def writable(kernel: str) -> bool:
    """Whether there is an op of TF.js for a kernel."""
    return kernel in WRITERS
