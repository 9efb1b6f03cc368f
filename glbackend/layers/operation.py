"""Functions of tensors as layers: operators of symbolic tensors, and nodes that Keras 3 writes into files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.operations import OPERATIONS, dtype_of
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.create import tensor

PLACE, SLICE, ELLIPSIS, CONSTANTS = (
    "__place__",
    "__slice__",
    "__ellipsis__",
    ("__tensor__", "__numpy__"),
)  # class names of arguments


def place_of(number: int) -> dict[str, Any]:
    """What stands in a call's arguments for the tensor of that number among its inputs."""
    return {"class_name": PLACE, "config": number}


@layer("operation")
class Operation(Layer):
    """A function of tensors as a layer: what an operator makes, as in `x * 2`, and files of Keras 3 have.

    The call takes the tensors, one or a list. Where the function takes something else beside them, `args` are
    all its arguments in order and `kwargs` those by name: {"class_name": "__place__", "config": 0} stands in
    them for the first tensor, and {"class_name": "__slice__", "config": {"start", "stop", "step"}} for a
    slice.

    `function`: its class's name in Keras 3, as "Multiply", "GetItem", "Mean"; ArgumentError for another.
    `options`: what the config of that class holds, by name: `axis`, `keepdims`, `dtype`.

    As the operations in Keras 3's functional models.

    >>> import glbackend as gl
    >>> halved = gl.layers.operation(function="Multiply")
    >>> halved(gl.tensor([3., 4.]), args=[0.5, {"class_name": "__place__", "config": 0}]).numpy().tolist()
    [1.5, 2.0]
    """

    accepts_int = True

    def __init__(self, function: str, options: Mapping[str, Any] | None = None, **others: Any) -> None:
        super().__init__(**others)
        if function not in OPERATIONS:
            raise ArgumentError(
                f"operation: there is no function {function!r}: they are {', '.join(sorted(OPERATIONS))}"
            )
        self.function, self.options = function, dict(options or {})

    def call(self, inputs: Any, args: Sequence[Any] | None = None, kwargs: Any = None) -> Any:
        tensors = inputs if isinstance(inputs, list) else [inputs]
        given = tensors if args is None else [_filled(one, tensors) for one in args]
        named = {key: _filled(one, tensors) for key, one in (kwargs or {}).items()}
        return OPERATIONS[self.function](*given, **{**self.options, **named})


def _filled(value: Any, tensors: list[Tensor]) -> Any:
    """An argument with its tensors and slices in their places."""
    if isinstance(value, list | tuple):
        return [_filled(one, tensors) for one in value]
    if not isinstance(value, Mapping):
        return value
    name, config = value.get("class_name"), value.get("config")
    if name == ELLIPSIS:
        return ...
    if name == SLICE and isinstance(config, Mapping):
        return slice(*(_filled(config.get(key), tensors) for key in ("start", "stop", "step")))
    if name == PLACE and isinstance(config, int) and 0 <= config < len(tensors):
        return tensors[config]
    if name in CONSTANTS and isinstance(config, Mapping):
        return tensor(config["value"], dtype=dtype_of(config.get("dtype", "float32")))
    raise ArgumentError(f"operation: an argument cannot be {value!r}")


def _operated(self: SymbolicTensor, function: str, other: Any = None) -> Any:
    """The layer of an operator, applied to a symbolic tensor and to another one, a number or an array."""
    if other is None or isinstance(other, SymbolicTensor):
        return Operation(function)(self if other is None else [self, other])
    if isinstance(other, np.ndarray):
        other = {"class_name": CONSTANTS[1], "config": {"value": other.tolist(), "dtype": other.dtype.name}}
    return Operation(function)(self, args=[place_of(0), other])


SymbolicTensor.operated = _operated
