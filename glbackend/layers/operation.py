"""Functions of tensors as layers: nodes that Keras 3 writes into its files."""

from collections.abc import Callable
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.ops import comparison, logical

OPERATIONS: dict[str, Callable[..., Tensor]] = {  # by Keras 3's class names
    "Equal": comparison.equal,
    "NotEqual": comparison.not_equal,
    "LogicalAnd": logical.logical_and,
    "LogicalNot": logical.logical_not,
    "LogicalOr": logical.logical_or,
}


@layer("operation")
class Operation(Layer):
    """A function of one or two tensors as a layer: what files of Keras 3 have among their layers.

    The call takes the first, and as `other` the second, a tensor or a number. Masks of sequences are made by
    such layers there.

    `function`: its name as Keras 3 has it: "Equal", "NotEqual", "LogicalAnd", "LogicalNot" or "LogicalOr".

    Raises ArgumentError for another function. As the operations in Keras 3's functional models.

    >>> import glbackend as gl
    >>> gl.layers.operation(function="NotEqual")(gl.tensor([3, 0], dtype="int32"), other=0).numpy().tolist()
    [True, False]
    """

    accepts_int = True

    def __init__(self, function: str, **options: Any) -> None:
        super().__init__(**options)
        if function not in OPERATIONS:
            raise ArgumentError(
                f"operation: function must be one of {', '.join(OPERATIONS)}, got {function!r}"
            )
        self.function = function

    def call(self, inputs: Tensor, other: Any = None) -> Tensor:
        function = OPERATIONS[self.function]
        return function(inputs) if other is None else function(inputs, other)
