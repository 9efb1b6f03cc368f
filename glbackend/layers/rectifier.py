"""Activations with parameters, as layers of their own."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers import constraints, initializers, regularizers
from glbackend.layers.layer import Layer, LayerShape


class ReLU(Layer):
    """max(x, 0), at most `max_value`. As `tf.layers.reLU`."""

    class_name = "ReLU"

    def __init__(self, max_value: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.max_value = max_value

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if self.max_value == 6:
            return inputs.relu6()
        return inputs.relu() if self.max_value is None else inputs.clip_by_value(0.0, self.max_value)

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, **super().get_config()}


class LeakyReLU(Layer):
    """x where positive, else alpha x. As `tf.layers.leakyReLU`."""

    class_name = "LeakyReLU"

    def __init__(self, alpha: float | None = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = 0.3 if alpha is None else float(alpha)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.leaky_relu(self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {"alpha": self.alpha, **super().get_config()}


class PReLU(Layer):
    """x where positive, else alpha x with an alpha learnt for each place. As `tf.layers.prelu`."""

    class_name = "PReLU"

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else list(shared_axes or ())

    def build(self, input_shape: LayerShape) -> None:
        shape = [1 if i in self.shared_axes else dim for i, dim in enumerate(input_shape) if i]
        if None in shape:
            raise ShapeError(
                f"prelu {self.name!r}: dims that are not shared must be known, got {list(input_shape)}"
            )
        sizes = [dim for dim in shape if dim is not None]
        self.alpha = self.add_weight(
            "alpha", sizes, self.alpha_initializer, self.alpha_regularizer, self.alpha_constraint
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.prelu(self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes or None,
            **super().get_config(),
        }


class ELU(Layer):
    """x where positive, else alpha (e^x - 1). As `tf.layers.elu`."""

    class_name = "ELU"

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = float(alpha)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if self.alpha == 1:
            return inputs.elu()
        return inputs.relu() + (-((-inputs).relu())).expm1() * self.alpha

    def get_config(self) -> dict[str, Any]:
        return {"alpha": self.alpha, **super().get_config()}


class ThresholdedReLU(Layer):
    """x where above theta, else 0. As `tf.layers.thresholdedReLU`."""

    class_name = "ThresholdedReLU"

    def __init__(self, theta: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.theta = float(theta)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs * (inputs > self.theta).cast("float32")

    def get_config(self) -> dict[str, Any]:
        return {"theta": self.theta, **super().get_config()}


class Softmax(Layer):
    """e^x scaled to sum 1 along `axis`. As `tf.layers.softmax`."""

    class_name = "Softmax"

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = int(axis)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        axis = self.axis % inputs.rank
        if axis == inputs.rank - 1:
            return inputs.softmax()
        order = (*(i for i in range(inputs.rank) if i != axis), axis)
        return inputs.transpose(order).softmax().transpose(tuple(order.index(i) for i in range(inputs.rank)))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}
