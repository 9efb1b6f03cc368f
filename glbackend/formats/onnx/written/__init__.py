"""How each kernel is written as nodes of ONNX."""

from glbackend.engine.node import Node
from glbackend.formats.onnx.writer import WRITERS, Writer
from glbackend.formats.onnx.written import elements, moving, recurrent, windows

__all__ = ["elements", "moving", "recurrent", "windows", "writable", "write"]


def writable(kernel: str) -> bool:
    """Whether there are operators of ONNX for a kernel."""
    return kernel in WRITERS


def write(writer: Writer, node: Node) -> None:
    """Writes the nodes of a kernel."""
    for handle, name in zip(node.outputs, WRITERS[node.kernel](writer, node), strict=True):
        writer.name(handle, name)
