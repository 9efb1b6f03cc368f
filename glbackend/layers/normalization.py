"""Normalisation layers."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.layers import constraints, initializers, regularizers
from glbackend.layers.layer import Layer, LayerShape
from glbackend.ops.norm import batch_norm


class BatchNormalization(Layer):
    """Normalises each channel to mean 0 and variance 1, then scales and shifts it.

    While training by the batch's own moments (the moving ones follow with `momentum`), else by the moving
    ones. Weights gamma, beta, moving_mean, moving_variance, each [channels] of `axis`. Ioffe and Szegedy
    2015. As `tf.layers.batchNormalization`.
    """

    class_name = "BatchNormalization"

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis = axis if isinstance(axis, int) else int(axis[0])
        self.momentum, self.epsilon, self.center, self.scale = momentum, epsilon, center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)

    def build(self, input_shape: LayerShape) -> None:
        size = input_shape[normalize_axis(self.axis, len(input_shape), "batchNormalization")]
        if size is None:
            raise ShapeError(f"batchNormalization {self.name!r}: dim {self.axis} of its input must be known")
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", (size,), self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
            )
        if self.center:
            self.beta = self.add_weight(
                "beta", (size,), self.beta_initializer, self.beta_regularizer, self.beta_constraint
            )
        self.moving_mean = self.add_weight(
            "moving_mean", (size,), self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", (size,), self.moving_variance_initializer, trainable=False
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        axis = normalize_axis(self.axis, inputs.rank, "batchNormalization")
        if axis == inputs.rank - 1:
            return self._normalized(inputs, training)
        order = (*(i for i in range(inputs.rank) if i != axis), axis)
        back = tuple(order.index(i) for i in range(inputs.rank))
        return self._normalized(inputs.transpose(order), training).transpose(back)

    def affine(self) -> tuple[Tensor, Tensor]:
        """Factor and shift per channel that normalise by the moving moments."""
        factor = (self.moving_variance + self.epsilon).rsqrt()
        if self.gamma is not None:
            factor = factor * self.gamma
        shift = -(self.moving_mean * factor)
        return factor, shift if self.beta is None else shift + self.beta

    def _normalized(self, x: Tensor, training: bool) -> Tensor:
        """The computation with channels last."""
        if not training:
            return batch_norm(x, self.moving_mean, self.moving_variance, self.beta, self.gamma, self.epsilon)
        axes = tuple(range(x.rank - 1))
        mean = x.mean(axes)
        centred = x - mean
        variance = centred.square().mean(axes)
        self._follow(mean, variance)
        return batch_norm(x, mean, variance, self.beta, self.gamma, self.epsilon)

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the moving moments towards the batch's; no gradient flows through this."""
        with nothing_recorded():
            share = 1 - self.momentum
            self.moving_mean.assign(self.moving_mean + (mean - self.moving_mean) * share)
            self.moving_variance.assign(self.moving_variance + (variance - self.moving_variance) * share)

    def get_config(self) -> dict[str, Any]:
        return {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
            **super().get_config(),
        }
