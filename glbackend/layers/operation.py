"""Functions of tensors as layers: operators of symbolic tensors, and nodes that Keras 3 writes into files."""

from collections.abc import Callable, Mapping
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops import arithmetic, comparison, elementary, logical, matmul
from glbackend.ops.create import ones, zeros


def _any(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return x.cast("bool").any(axis, keepdims)


def _all(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    return x.cast("bool").all(axis, keepdims)


def _expand_dims(x: Tensor, axis: int) -> Tensor:
    return x.expand_dims(axis)


def _zeros_like(x: Tensor, dtype: DType | None = None) -> Tensor:
    return zeros(x.shape, dtype or x.dtype)


def _ones_like(x: Tensor, dtype: DType | None = None) -> Tensor:
    return ones(x.shape, dtype or x.dtype)


OPERATIONS: dict[str, Callable[..., Tensor]] = {  # by Keras 3's class names; their options are its configs'
    "Add": arithmetic.add,
    "All": _all,
    "Any": _any,
    "Equal": comparison.equal,
    "ExpandDims": _expand_dims,
    "LogicalAnd": logical.logical_and,
    "LogicalNot": logical.logical_not,
    "LogicalOr": logical.logical_or,
    "Matmul": matmul.matmul,
    "Multiply": arithmetic.mul,
    "Negative": elementary.neg,
    "NotEqual": comparison.not_equal,
    "OnesLike": _ones_like,
    "Power": arithmetic.pow,
    "Subtract": arithmetic.sub,
    "TrueDivide": arithmetic.div,
    "ZerosLike": _zeros_like,
}


@layer("operation")
class Operation(Layer):
    """A function of one or two tensors as a layer: what an operator makes, and files of Keras 3 have.

    The call takes the first, and as `other` the second, a tensor or a number: `x * 2` of a symbolic tensor x
    is such a layer.

    `function`: its name as Keras 3 has it: "Add", "All", "Any", "Equal", "ExpandDims", "LogicalAnd",
    "LogicalNot", "LogicalOr", "Matmul", "Multiply", "Negative", "NotEqual", "OnesLike", "Power", "Subtract",
    "TrueDivide" or "ZerosLike".
    `options`: what it takes besides tensors, by name: `axis`, `keepdims`, `dtype`.

    Raises ArgumentError for another function. As the operations in Keras 3's functional models.

    >>> import glbackend as gl
    >>> gl.layers.operation(function="NotEqual")(gl.tensor([3, 0], dtype="int32"), other=0).numpy().tolist()
    [True, False]
    """

    accepts_int = True

    def __init__(self, function: str, options: Mapping[str, Any] | None = None, **others: Any) -> None:
        super().__init__(**others)
        if function not in OPERATIONS:
            raise ArgumentError(
                f"operation: function must be one of {', '.join(OPERATIONS)}, got {function!r}"
            )
        self.function, self.options = function, dict(options or {})

    def call(self, inputs: Tensor, other: Any = None) -> Tensor:
        tensors = [inputs] if other is None else [inputs, other]
        return OPERATIONS[self.function](*tensors, **self.options)


def _operated(self: SymbolicTensor, function: str, other: Any = None) -> Any:
    return Operation(function)(self) if other is None else Operation(function)(self, other=other)


SymbolicTensor.operated = _operated
