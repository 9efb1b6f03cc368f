"""The graph of symbolic tensors that models are made of: which call of a layer gives which tensor."""

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError

if TYPE_CHECKING:
    from glbackend.layers.layer import Layer

LayerShape = tuple[int | None, ...]  # None: any size, as the batch
_ids = itertools.count(1)


class SymbolicTensor:
    """A tensor to be: shape (None where any size fits), dtype, and the call of a layer that will make it."""

    def __init__(
        self, shape: LayerShape, dtype: DType, layer: "Layer", node_index: int, tensor_index: int
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.layer = layer
        self.node_index = node_index
        self.tensor_index = tensor_index
        self.id = next(_ids)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy is another tensor, with an id of its own."""
        vars(self).update(state)
        self.id = next(_ids)

    operated: Callable[..., Any]  # the layer of an operator, applied; `operation` sets it
    activated: Callable[..., Any]  # that of an activation; `activation` does
    __array_ufunc__ = None  # an array beside it leaves the operator to it

    def __neg__(self) -> Any:
        return self.operated("Negative", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.operated("Absolute", self)

    def __invert__(self) -> Any:
        return self.operated("LogicalNot", self)

    def __getitem__(self, key: Any) -> Any:
        return self.operated("GetItem", self, key)

    def __iter__(self) -> Any:
        if not self.shape or self.shape[0] is None:
            raise ArgumentError(f"{self} cannot be walked: the size of its first axis is not known")
        return (self[i] for i in range(self.shape[0]))

    def __len__(self) -> int:
        raise ArgumentError(f"{self} has no length: the batch is of any size")

    def __bool__(self) -> bool:
        raise ArgumentError(
            f"{self} is neither true nor false yet: choose with gl.ops.where, or in the call of a layer"
        )

    @property
    def ndim(self) -> int:
        """How many axes it has, the batch's among them."""
        return len(self.shape)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise ArgumentError(
            f"{self} has no numbers yet: in a model a function of tensors is a layer, "
            f"gl.layers.lambda_(function)(x), or the call of a class derived from gl.layers.Layer"
        )

    @property
    def name(self) -> str:
        """Name of the layer that makes it."""
        return self.layer.name

    def __repr__(self) -> str:
        return f"SymbolicTensor(shape={list(self.shape)}, dtype={self.dtype}, from {self.layer.name!r})"


def _operator(function: str, turned: bool = False) -> Callable[[SymbolicTensor, Any], Any]:
    """The operator of that operation, `turned` where it itself stands on the right."""

    def operator(self: SymbolicTensor, other: Any) -> Any:
        return self.operated(function, *((other, self) if turned else (self, other)))

    return operator


for _name, _function in {
    "add": "Add", "sub": "Subtract", "mul": "Multiply", "truediv": "TrueDivide", "floordiv": "FloorDivide",
    "mod": "Mod", "pow": "Power", "matmul": "Matmul", "and": "LogicalAnd",
    "or": "LogicalOr", "xor": "LogicalXor",
}.items():  # fmt: skip
    setattr(SymbolicTensor, f"__{_name}__", _operator(_function))
    setattr(SymbolicTensor, f"__r{_name}__", _operator(_function, turned=True))
for _name, _function in {"lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual"}.items():
    setattr(SymbolicTensor, f"__{_name}__", _operator(_function))  # == says whether two are the same one


class Node:
    """One call of a layer on symbolic tensors; `sources` are all that it needs, among its arguments too."""

    def __init__(
        self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor], arguments: dict[str, Any]
    ) -> None:
        self.inputs, self.outputs, self.arguments = inputs, outputs, arguments
        self.sources = [*inputs, *symbols_in(arguments)]


def rejoin(layer: "Layer", node: Node) -> None:
    """Gives a copy of a layer a call that it is in."""
    if node not in layer._inbound_nodes:
        for symbol in node.outputs:
            symbol.node_index = len(layer._inbound_nodes)
        layer._inbound_nodes.append(node)


def symbols_in(value: Any) -> Iterator[SymbolicTensor]:
    """Every symbolic tensor in nested lists, tuples and dicts."""
    if isinstance(value, SymbolicTensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from symbols_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from symbols_in(one)


def map_symbols(function: Callable[[SymbolicTensor], Any], value: Any) -> Any:
    """`value` with `function` of every symbolic tensor in its place, in nested lists, tuples and dicts."""
    if isinstance(value, SymbolicTensor):
        return function(value)
    if isinstance(value, dict):
        return {key: map_symbols(function, one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [map_symbols(function, one) for one in value]
    return value
