"""Core layers: input, dense, activation, flatten, reshape, permute, repeat, dropout."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.layers.layer import Layer, LayerShape, Node, SymbolicTensor
from glbackend.ops.matmul import fused_matmul
from glbackend.ops.random import dropout

FUSED = {
    "linear",
    "relu",
    "relu6",
    "elu",
    "sigmoid",
}  # activations that ride along with a matmul or convolution


class InputLayer(Layer):
    """The entry of a model: a placeholder of a fixed shape. As `tf.layers.inputLayer`."""

    class_name = "InputLayer"
    accepts_int = True

    def __init__(self, sparse: bool = False, **options: Any) -> None:
        super().__init__(**options)
        if sparse:
            raise ArgumentError("inputLayer: sparse inputs do not exist")
        if self.batch_input_shape is None:
            raise ArgumentError("inputLayer: pass input_shape (one example) or batch_input_shape")
        self.built = True
        symbol = SymbolicTensor(self.batch_input_shape, self.dtype, self, 0, 0)
        self.nodes.append(Node([], [symbol], {}))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {"batch_input_shape": list(self.batch_input_shape or ()), "dtype": self.dtype, "sparse": False,
                "name": self.name}  # fmt: skip


@checked
def input(
    shape: Sequence[int | None] | None = None,
    *,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    dtype: DType | None = None,
) -> SymbolicTensor:
    """A symbolic tensor to start a model from: `shape` of one example, or `batch_shape`. As `tf.input`.

    >>> input([28, 28, 1]).shape
    (None, 28, 28, 1)
    """
    if (shape is None) == (batch_shape is None):
        raise ArgumentError("input: pass either shape (of one example) or batch_shape")
    layer = InputLayer(input_shape=shape, batch_input_shape=batch_shape, name=name, dtype=dtype)
    symbol = layer.output
    assert isinstance(symbol, SymbolicTensor)
    return symbol


class Dense(Layer):
    """activation(x @ kernel + bias) over the last axis. As `tf.layers.dense`.

    Input [..., n], output [..., units]; weights kernel [n, units] and bias [units].
    """

    class_name = "Dense"

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorotNormal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        input_dim: int | None = None,
        **options: Any,
    ) -> None:
        if input_dim is not None and not {"input_shape", "batch_input_shape"} & set(options):
            options["input_shape"] = [input_dim]
        super().__init__(**options)
        if int(units) != units or units <= 0:
            raise ArgumentError(f"dense: units must be a positive whole number, got {units}")
        self.units = int(units)
        self.activation = activations.canonical(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: LayerShape) -> None:
        size = input_shape[-1]
        if size is None:
            raise ShapeError(
                f"dense {self.name!r}: the last dim of its input must be known, got {list(input_shape)}"
            )
        self.kernel = self.add_weight(
            "kernel",
            (size, self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (self.units,), self.bias_initializer, self.bias_regularizer, self.bias_constraint
            )

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return (*input_shape[:-1], self.units)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if inputs.shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"dense {self.name!r}: its kernel takes inputs of size {self.kernel.shape[0]}, "
                f"got shape {list(inputs.shape)}"
            )
        fused = self.activation if self.activation in FUSED else "linear"
        flat = inputs if inputs.rank == 2 else inputs.reshape((-1, inputs.shape[-1]))
        y = fused_matmul(flat, self.kernel, bias=self.bias, activation=fused)
        if inputs.rank != 2:
            y = y.reshape((*inputs.shape[:-1], self.units))
        return y if fused == self.activation else activations.get(self.activation)(y)

    def get_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            **super().get_config(),
        }


class Activation(Layer):
    """Applies an activation by name. As `tf.layers.activation`."""

    class_name = "Activation"

    def __init__(self, activation: str, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.canonical(activation)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return activations.get(self.activation)(inputs)

    def get_config(self) -> dict[str, Any]:
        return {"activation": self.activation, **super().get_config()}


class Flatten(Layer):
    """[batch, ...] to [batch, n]. As `tf.layers.flatten`;

    `data_format` "channelsFirst" moves channels last first.
    """

    class_name = "Flatten"
    accepts_int = True

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = data_format

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        inner = input_shape[1:]
        if None in inner:
            raise ShapeError(
                f"flatten {self.name!r}: all dims but the batch must be known, got {list(input_shape)}"
            )
        return (input_shape[0], math.prod(dim for dim in inner if dim is not None))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if self.data_format in ("channelsFirst", "channels_first") and inputs.rank > 2:
            inputs = inputs.transpose((0, *range(2, inputs.rank), 1))
        return inputs.reshape((inputs.shape[0], math.prod(inputs.shape[1:])))

    def get_config(self) -> dict[str, Any]:
        config = {} if self.data_format is None else {"data_format": self.data_format}
        return {**config, **super().get_config()}


class Reshape(Layer):
    """[batch, ...] to [batch, *target_shape]; one dim may be -1. As `tf.layers.reshape`."""

    class_name = "Reshape"
    accepts_int = True

    def __init__(self, target_shape: Sequence[int | None], **options: Any) -> None:
        super().__init__(**options)
        self.target_shape = tuple(-1 if dim is None else int(dim) for dim in target_shape)

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        if None in input_shape[1:]:
            return (input_shape[0], *(None if dim < 0 else dim for dim in self.target_shape))
        size = math.prod(dim for dim in input_shape[1:] if dim is not None)
        known = math.prod(dim for dim in self.target_shape if dim >= 0)
        unknown = sum(dim < 0 for dim in self.target_shape)
        if unknown > 1 or (known != size if not unknown else not known or size % known):
            raise ShapeError(
                f"reshape {self.name!r}: {list(input_shape[1:])} cannot become {list(self.target_shape)}"
            )
        return (input_shape[0], *(size // known if dim < 0 else dim for dim in self.target_shape))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        known = self.compute_output_shape(inputs.shape)[1:]
        return inputs.reshape((inputs.shape[0], *(-1 if dim is None else dim for dim in known)))

    def get_config(self) -> dict[str, Any]:
        return {"target_shape": list(self.target_shape), **super().get_config()}


class Permute(Layer):
    """Reorders the dims of an example; they are counted from 1. As `tf.layers.permute`."""

    class_name = "Permute"
    accepts_int = True

    def __init__(self, dims: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(int(dim) for dim in dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(f"permute: dims must hold 1..{len(self.dims)} once each, got {list(dims)}")

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.transpose((0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {"dims": list(self.dims), **super().get_config()}


class RepeatVector(Layer):
    """[batch, features] to [batch, n, features]. As `tf.layers.repeatVector`."""

    class_name = "RepeatVector"

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = int(n)

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return (input_shape[0], self.n, input_shape[1])

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.expand_dims(1).tile((1, self.n, 1))

    def get_config(self) -> dict[str, Any]:
        return {"n": self.n, **super().get_config()}


class Dropout(Layer):
    """While training sets a share `rate` of its inputs to 0 and scales the rest up.

    As `tf.layers.dropout`.
    """

    class_name = "Dropout"

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rate = max(min(float(rate), 1.0), 0.0)
        self.noise_shape = None if noise_shape is None else list(noise_shape)
        self.seed = seed

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        shape = None
        if self.noise_shape is not None:
            shape = [dim or size for dim, size in zip(self.noise_shape, inputs.shape, strict=True)]
        return dropout(inputs, self.rate, shape, self.seed)

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed, **super().get_config()}
