"""How each kernel is written as nodes of TensorFlow."""

from glbackend.engine.node import Node
from glbackend.formats.graph_model.writer import WRITERS, Writer
from glbackend.formats.graph_model.written import elements, windows

__all__ = ["elements", "windows", "writable", "write"]


def writable(kernel: str) -> bool:
    """Whether there is an op of TF.js for a kernel."""
    return kernel in WRITERS


def write(writer: Writer, node: Node) -> None:
    """Writes the nodes of a kernel."""
    for handle, name in zip(node.outputs, WRITERS[node.kernel](writer, node), strict=True):
        writer.name(handle, name)
