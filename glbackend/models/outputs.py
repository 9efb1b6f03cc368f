"""What every layer of a model gives for an input, for pictures and pages."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import as_tensor
from glbackend.engine.scope import watchers
from glbackend.engine.tensor import Tensor
from glbackend.layers.where import here
from glbackend.models.model import Model


class LayerOutput(NamedTuple):
    """A tensor that a layer gave: names of the layer and of its class, "input" for what was given."""

    name: str
    made_by: str
    tensor: Tensor


def every_output(model: Model, x: Any, op: str) -> list[LayerOutput]:
    """The inputs, and the outputs of all layers in the order in which they run, in inference.

    Of a class with a `call` what each layer made last, found while it is called. Raises ArgumentError where
    the model takes another number of inputs; `op` names the caller in errors.
    """
    several = isinstance(x, list | tuple) and all(not isinstance(one, int | float | list) for one in x)
    inputs = [as_tensor(one, "x", op) for one in (x if several else [x])]
    if model._is_coded:
        given = [LayerOutput(f"input {i + 1}", "input", one) for i, one in enumerate(inputs)]
        return given + _while_called(model, inputs)
    if len(inputs) != len(model._symbolic_inputs):
        raise ArgumentError(
            f"{op}: model {model.name!r} takes {len(model._symbolic_inputs)} inputs, got {len(inputs)}"
        )
    given = [
        LayerOutput(symbol.name, "input", one)
        for symbol, one in zip(model._symbolic_inputs, inputs, strict=True)
    ]
    calls = [(layer, symbol) for layer, node in model._graph_calls for symbol in node.outputs]
    every = Model(inputs=model._symbolic_inputs, outputs=[symbol for _, symbol in calls], name=model.name)
    found = every(inputs if len(inputs) > 1 else inputs[0])
    results = found if isinstance(found, list | tuple) else [found]
    return given + [
        LayerOutput(layer.name, type(layer).class_name, one)
        for (layer, _), one in zip(calls, results, strict=True)
    ]


def _while_called(model: Model, inputs: Sequence[Tensor]) -> list[LayerOutput]:
    """The last tensor that is made within each layer while a class with a `call` is called."""
    last: dict[str, Tensor] = {}

    def made(tensor: Tensor) -> None:
        layer = here()[0].layer
        last.pop(layer, None)
        last[layer] = tensor

    token = watchers.set((*watchers.get(), made))
    try:
        model(list(inputs) if len(inputs) > 1 else inputs[0])
    finally:
        watchers.reset(token)
    return [LayerOutput(layer, "", tensor) for layer, tensor in last.items() if layer]
