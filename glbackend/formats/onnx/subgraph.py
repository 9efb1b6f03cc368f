"""What a node with subgraphs (If, Loop, Scan) receives in place of each."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from glbackend.formats.onnx.layout import in_order
from glbackend.formats.onnx.program import Program


class Subgraph(NamedTuple):
    """A subgraph with the values that it reads from around it; a call takes its inputs, gives its outputs."""

    program: Program
    captured: Sequence[Any]

    def __call__(self, *inputs: Any) -> list[Any]:
        return [in_order(one) for one in self.program.run([*inputs, *self.captured])]
