"""Models that are classes with a `call` of their own: their inputs and outputs, found by tracing it."""

from collections.abc import Sequence
from typing import Any

from glbackend.layers.activity import collected
from glbackend.layers.core import InputLayer
from glbackend.layers.inference import DimSpec
from glbackend.layers.layer import Layer
from glbackend.layers.symbolic import SymbolicTensor

Ends = tuple[list[SymbolicTensor], list[SymbolicTensor]]


def ends_of(model: Layer, input_shape: Any) -> Ends:
    """Symbolic inputs and outputs of a model for inputs of a shape, or of several; its weights are made."""
    several = isinstance(input_shape, dict) or (input_shape and isinstance(input_shape[0], list | tuple))
    shapes = [(None, *one[1:]) for one in (model._grouped_inputs(input_shape) if several else [input_shape])]
    heads = model._input_keys or [f"input_{i + 1}" for i in range(len(shapes))]
    inputs = [_named(name, shape) for name, shape in zip(heads, shapes, strict=True)]
    with collected():  # what its `call` adds to a loss is none of the caller's: it has no numbers
        found = model._foretell([DimSpec(one.shape) for one in inputs], {})
    names: Sequence[str] = ["output"] if len(found) == 1 else [f"output_{i + 1}" for i in range(len(found))]
    names = model._output_keys or names
    outputs = [
        _named(name, (None, *one.shape[1:]), one.dtype) for name, one in zip(names, found, strict=True)
    ]
    return inputs, outputs


def _named(name: str, shape: Any, dtype: Any = "float32") -> SymbolicTensor:
    """A symbolic tensor of that name; where it comes from nobody asks."""
    entry = InputLayer(batch_input_shape=shape, dtype=dtype, name=name)
    symbol: SymbolicTensor = entry._inbound_nodes[0].outputs[0]
    return symbol
