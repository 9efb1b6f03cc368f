"""Normalisation layers."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.shapes import normalize_axis
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import Layer, layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.norm import batch_norm
from glbackend.ops.normalize import normalize


@layer("batch_normalization")
class BatchNormalization(Layer):
    """Normalises each channel to mean 0 and variance 1, then scales and shifts it.

    While training by the batch's own moments (the moving ones follow), else, and where it is frozen
    (`trainable` is False), by the moving ones. Weights gamma, beta, moving_mean, moving_variance, each
    [channels].

    `axis`: the axis of the channels.
    `momentum`: share of the moving moments that stays when they follow the batch's.
    `epsilon`: added to the variance before its root is taken.
    `center`: whether beta is added.
    `scale`: whether it is multiplied by gamma.
    `beta_initializer`, `gamma_initializer`: how these weights start.
    `moving_mean_initializer`, `moving_variance_initializer`: how the moving moments start.
    `beta_constraint`, `gamma_constraint`: what the weights are forced into after each step.
    `beta_regularizer`, `gamma_regularizer`: what the weights cost in training.

    Ioffe and Szegedy 2015. As `tf.layers.batchNormalization`.

    >>> import glbackend as gl
    >>> gl.layers.batch_normalization()(gl.tensor([[1.], [3.]]), training=True).numpy().round(2).tolist()
    [[-1.0], [1.0]]
    """

    supports_masking = True

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
        self.recipe("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.recipe("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.recipe("moving_mean", moving_mean_initializer)
        self.recipe("moving_variance", moving_variance_initializer)

    def build(self, input_shape: LayerShape) -> None:
        shape = (input_shape[normalize_axis(self.axis, len(input_shape), "batchNormalization")],)
        self.gamma = self.make("gamma", shape) if self.scale else None
        self.beta = self.make("beta", shape) if self.center else None
        self.moving_mean = self.make("moving_mean", shape, trainable=False)
        self.moving_variance = self.make("moving_variance", shape, trainable=False)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        axis = normalize_axis(self.axis, inputs.rank, "batchNormalization")
        order = (*(i for i in range(inputs.rank) if i != axis), axis)
        x = inputs if axis == inputs.rank - 1 else inputs.transpose(order)
        # differs from TF.js: frozen, it stands still, as in Keras
        if training and self.trainable:
            y, mean, variance = normalize(x, self.beta, self.gamma, "channel", self.epsilon)
            follow(self.momentum, (self.moving_mean, mean), (self.moving_variance, variance))
        else:
            y = batch_norm(x, self.moving_mean, self.moving_variance, self.beta, self.gamma, self.epsilon)
        return y if x is inputs else y.transpose([order.index(i) for i in range(y.rank)])


def follow(momentum: float, *pairs: tuple[Variable, Tensor]) -> None:
    """Moves variables towards values; no gradient flows through this."""
    with nothing_recorded():
        for moving, value in pairs:
            moving.assign(moving + (value - moving) * (1 - momentum))


def affine(norm: BatchNormalization) -> tuple[Tensor, Tensor]:
    """Factor and shift per channel that normalise by the moving moments."""
    factor = (norm.moving_variance + norm.epsilon).rsqrt()
    if norm.gamma is not None:
        factor = factor * norm.gamma
    shift = -(norm.moving_mean * factor)
    return factor, shift if norm.beta is None else shift + norm.beta
