"""Core layers: the entry of a model, and the densely connected layer."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, regularizers
from glbackend.layers.checking import from_rank
from glbackend.layers.layer import Layer, Mask, layer
from glbackend.layers.policy import nearest_dtype
from glbackend.layers.symbolic import LayerShape, Node, SymbolicTensor
from glbackend.ops.matmul import fused_matmul


@layer("input_layer")
class InputLayer(Layer):
    """The entry of a model: a placeholder of a fixed shape; `input` gives its symbolic tensor at once.

    `shape`: short for `input_shape`.
    `sparse`: must be False; sparse inputs do not exist.

    Raises ArgumentError without input_shape or batch_input_shape. As `tf.layers.inputLayer`.

    >>> import glbackend as gl
    >>> gl.layers.input_layer(input_shape=[3]).output.shape
    (None, 3)
    """

    accepts_int = True
    unsaved = Layer.unsaved | {"trainable", "shape"}
    other_names = {"batch_shape": "batch_input_shape"}  # noqa: RUF012 - read only

    def __init__(
        self, shape: Sequence[int | None] | None = None, *, sparse: bool | None = False, **options: Any
    ) -> None:
        options["dtype"] = nearest_dtype(options.get("dtype"))  # of data: no precision is asked for
        super().__init__(**options if shape is None else {**options, "input_shape": shape})
        if sparse:
            raise ArgumentError("inputLayer: sparse inputs do not exist")
        if self.batch_input_shape is None:
            raise ArgumentError("inputLayer: pass input_shape (one example) or batch_input_shape")
        self.sparse = False
        self.built = True
        symbol = SymbolicTensor(self.batch_input_shape, self.dtype, self, 0, 0)
        self._inbound_nodes.append(Node([], [symbol], {}))

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


@checked
def input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    *,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
) -> SymbolicTensor:
    """A symbolic tensor to start a model from.

    `shape`: shape of one example, None for dims of any size.
    `batch_size`: how many examples a batch has; any number by default.
    `dtype`: "float32", "int32", "bool" or "string"; of others ("int64") the nearest.
    `batch_shape`: in place of both the shape of a batch.
    `name`: names the input in the model.

    Raises ArgumentError unless one of the shapes is given. As `tf.input`.

    >>> input([28, 28, 1]).shape
    (None, 28, 28, 1)
    """
    if (shape is None) == (batch_shape is None):
        raise ArgumentError("input: pass either shape (of one example) or batch_shape")
    entry = InputLayer(shape, batch_size=batch_size, batch_input_shape=batch_shape, name=name, dtype=dtype)
    symbol = entry.output
    assert isinstance(symbol, SymbolicTensor)
    return symbol


@layer("dense")
class Dense(Layer):
    """activation(x @ kernel + bias) over the last axis.

    Input [..., n], output [..., units]; weights kernel [n, units] and bias [units].

    `units`: size of the output's last axis.
    `activation`: applied to the result, by name or a function.
    `use_bias`: whether a bias is added.
    `kernel_initializer`, `bias_initializer`: how the weights start.
    `kernel_regularizer`, `bias_regularizer`: what the weights cost in training.
    `activity_regularizer`: what the output costs in training.
    `kernel_constraint`, `bias_constraint`: what the weights are forced into after each step.

    Raises ShapeError where the input's last axis is not n. As `tf.layers.dense`.

    >>> import glbackend as gl
    >>> layer = gl.layers.dense(units=2, kernel_initializer="ones", activation="relu")
    >>> layer(gl.tensor([[1., 2.]])).numpy().tolist()
    [[3.0, 3.0]]
    """

    supports_masking = True
    _input_ranks = from_rank(2)

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
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = self.positive("units", units)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def build(self, input_shape: LayerShape) -> None:
        self.kernel = self.make("kernel", (input_shape[-1], self.units))
        self.bias = self.make("bias", (self.units,)) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"dense {self.name!r}: its kernel takes inputs of size {self.kernel.shape[0]}, "
                f"got shape {list(inputs.shape)}"
            )
        riding, after = activations.split(self.activation)
        *rows, size = inputs.shape
        flat = inputs if inputs.rank == 2 else inputs.reshape((math.prod(rows), size))
        y = fused_matmul(flat, self.kernel, bias=self.bias, activation=riding)
        return after(y if inputs.rank == 2 else y.reshape((*rows, self.units)))


@layer("masking")
class Masking(Layer):
    """Leaves out steps of which all features are `mask_value`: they become 0, and layers behind skip them.

    Input [batch, time, ...], output of the same shape; its mask is False at those steps.

    `mask_value`: what a step without data holds.

    As `tf.layers.masking`.

    >>> import glbackend as gl
    >>> layer = gl.layers.masking(mask_value=-1.)
    >>> layer(gl.tensor([[[-1., -1.], [-1., 2.]]])).numpy().tolist()
    [[[0.0, 0.0], [-1.0, 2.0]]]
    """

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = float(mask_value)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """Where some feature is another value, whatever the mask of the input."""
        return as_tensor(inputs, "inputs", self.class_name).not_equal(self.mask_value).any(-1)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.where(inputs.not_equal(self.mask_value).any(-1, True), 0.0)
