"""Layer: weights, shape inference, the call, and the graph of symbolic tensors that models are made of."""

import inspect
import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glbackend.base.calling import Explained
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.naming import snake_case
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import constraints, initializers, regularizers
from glbackend.ops.create import tensor

LayerShape = tuple[int | None, ...]  # None: any size, as the batch
Inputs = Tensor | list[Tensor]

_counts: "defaultdict[str, itertools.count[int]]" = defaultdict(lambda: itertools.count(1))
_symbols = itertools.count(1)


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
        self.id = next(_symbols)

    @property
    def name(self) -> str:
        """Name of the layer that makes it."""
        return self.layer.name

    def __repr__(self) -> str:
        return f"SymbolicTensor(shape={list(self.shape)}, dtype={self.dtype}, from {self.layer.name!r})"


class Node(NamedTuple):
    """One call of a layer on symbolic tensors."""

    inputs: list[SymbolicTensor]
    outputs: list[SymbolicTensor]
    arguments: dict[str, Any]


class Weight(NamedTuple):
    """A variable of a layer with what training has to know of it."""

    short_name: str
    variable: Variable
    regularizer: "regularizers.Regularizer | None"
    constraint: "constraints.Constraint | None"


def unique_name(class_name: str) -> str:
    """A name of TF.js's form for a nameless layer: dense_Dense1, dense_Dense2, ..."""
    return f"{snake_case(class_name)}_{class_name}{next(_counts[class_name])}"


class Layer(metaclass=Explained):
    """Base of all layers. Subclasses give `call`, where needed `build`, `compute_output_shape`, `get_config`.

    `input_shape` is the shape of one example, `batch_input_shape` that of a batch (None: any size). As
    `tf.layers.Layer`.

    >>> class Scaled(Layer):
    ...     class_name = "Scaled"
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", (), initializers.get("ones"))
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> import glbackend as gl
    >>> Scaled()(gl.tensor([2.])).numpy().tolist()
    [2.0]
    """

    class_name: ClassVar[str] = "Layer"
    accepts_int: ClassVar[bool] = (
        False  # integer inputs are cast to float32 unless the layer consumes integers
    )
    merges: ClassVar[bool] = False  # takes a list of inputs
    takes_training: ClassVar[bool] = True  # whether `call` wants to know

    def __init_subclass__(cls) -> None:
        parameters = inspect.signature(cls.call).parameters.values()
        cls.takes_training = any(one.name == "training" or one.kind is one.VAR_KEYWORD for one in parameters)

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: DType | None = None,
        weights: Sequence[Any] | None = None,
    ) -> None:
        self.name = name or unique_name(self.class_name)
        self.trainable = trainable
        self.dtype: DType = dtype or "float32"
        self.built = False
        self.batch_input_shape: LayerShape | None = None
        if batch_input_shape is not None:
            self.batch_input_shape = tuple(batch_input_shape)
        elif input_shape is not None:
            self.batch_input_shape = (batch_size, *input_shape)
        self._weights: list[Weight] = []
        self._initial_weights = weights
        self.nodes: list[Node] = []

    # -- to be given by subclasses -------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the weights; `input_shape` is one shape, or a list of them for merging layers."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The computation on tensors."""
        raise ArgumentError(f"layer class {type(self).__name__} has no call()")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output for an input shape; the same shape by default."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer, in Keras's spelling."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Layer":
        """A layer of such arguments; keys that this class does not know (of newer Keras) are ignored."""
        known: set[str] = set()
        for base in cls.__mro__:
            if "__init__" in vars(base):
                known |= set(inspect.signature(base.__init__).parameters)  # type: ignore[misc]
        return cls(**{key: value for key, value in config.items() if key in known})

    # -- weights -------------------------------------------------------------------------------------------

    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: "initializers.Initializer",
        regularizer: "regularizers.Regularizer | None" = None,
        constraint: "constraints.Constraint | None" = None,
        trainable: bool = True,
    ) -> Variable:
        """A new variable of the layer, named <layer>/<name>."""
        value = initializer(tuple(shape))
        variable = Variable(value.handle, trainable, f"{self.name}/{name}")
        self._weights.append(Weight(name, variable, regularizer, constraint))
        return variable

    @property
    def own_weights(self) -> list[Weight]:
        """Weights of this layer and the layers inside it, with their regularizers and constraints."""
        return self._weights

    @property
    def weights(self) -> list[Variable]:
        """All variables, trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """Variables that training changes; none where the layer is frozen."""
        return [w.variable for w in self._weights if w.variable.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Variables that training leaves alone."""
        chosen = {id(variable) for variable in self.trainable_weights}
        return [w.variable for w in self._weights if id(w.variable) not in chosen]

    def count_params(self) -> int:
        """Number of elements of all weights."""
        return sum(variable.size for variable in self.weights)

    def get_weights(self) -> list[Tensor]:
        """The values of all weights. As `layer.getWeights`."""
        return [Tensor(variable.handle) for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces the values of all weights, given in their order, or of none where one does not fit.

        Arrays are copied, tensors share their data with the weights. As `layer.setWeights`.
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ArgumentError(
                f"layer {self.name!r} has {len(variables)} weights, but {len(weights)} were given"
            )
        values = [one if isinstance(one, Tensor) else tensor(np.array(one, np.float32)) for one in weights]
        for variable, value in zip(variables, values, strict=True):
            if value.spec != variable.spec:
                raise ShapeError(
                    f"weight {variable.name!r} has shape {list(variable.shape)} ({variable.dtype}), "
                    f"but {list(value.shape)} ({value.dtype}) was given"
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    # -- the call ------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any, **arguments: Any) -> Any:
        """Applies the layer to tensors, or to symbolic ones (which only adds to the graph).

        As `layer.apply`.
        """
        group = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if group and all(isinstance(one, SymbolicTensor) for one in group):
            return self._apply_symbolic(group, arguments)
        if any(not isinstance(one, Tensor) for one in group):
            kinds = ", ".join(sorted({type(one).__name__ for one in group}))
            raise ArgumentError(f"layer {self.name!r} is applied to tensors or symbolic tensors, got {kinds}")
        if not self.takes_training:
            arguments.pop("training", None)
        given = group if self.merges or len(group) > 1 else group[0]
        self.ensure_built([one.shape for one in group])
        return self.call(self._cast(given), **arguments)

    apply = __call__

    def ensure_built(self, shapes: list[LayerShape]) -> None:
        """Makes the weights on first use."""
        if self.built:
            return
        self.build(shapes if self.merges or len(shapes) > 1 else shapes[0])
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def _cast(self, inputs: Any) -> Any:
        if self.accepts_int:
            return inputs
        if isinstance(inputs, list):
            return [one.cast("float32") if one.dtype in ("int32", "bool") else one for one in inputs]
        return inputs.cast("float32") if inputs.dtype in ("int32", "bool") else inputs

    def _apply_symbolic(self, group: list[SymbolicTensor], arguments: dict[str, Any]) -> Any:
        shapes = [one.shape for one in group]
        self.ensure_built(shapes)
        shape = self.compute_output_shape(shapes if self.merges or len(shapes) > 1 else shapes[0])
        several = isinstance(shape, list)
        outputs = [
            SymbolicTensor(tuple(one), self.output_dtype(group[0].dtype), self, len(self.nodes), i)
            for i, one in enumerate(shape if several else [shape])
        ]
        self.nodes.append(Node(group, outputs, arguments))
        return outputs if several else outputs[0]

    def output_dtype(self, dtype: DType) -> DType:
        """Dtype of the output for an input dtype."""
        return dtype if self.accepts_int and dtype != "string" else "float32"

    def _node(self) -> Node:
        if not self.nodes:
            raise ArgumentError(f"layer {self.name!r} has not been applied to anything yet")
        if len(self.nodes) > 1:
            raise ArgumentError(
                f"layer {self.name!r} is applied {len(self.nodes)} times: say which of its nodes"
            )
        return self.nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic tensor (or list) that the layer is applied to; ArgumentError after several calls."""
        inputs = self._node().inputs
        return inputs[0] if len(inputs) == 1 else inputs

    @property
    def output(self) -> Any:
        """The symbolic tensor (or list) that the layer gives."""
        outputs = self._node().outputs
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def output_shape(self) -> Any:
        """Shape of the output, None where any size fits."""
        outputs = self._node().outputs
        return outputs[0].shape if len(outputs) == 1 else [one.shape for one in outputs]

    def dispose(self) -> None:
        """Gives the weights' data back."""
        for weight in self._weights:
            weight.variable.dispose()
