"""Normalisations of each example by itself, alike in training and out of it."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import axes_of, normalize_axes, normalize_axis
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import Layer, layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.norm import batch_norm, moments
from glbackend.ops.normalize import normalize

Axes = int | Sequence[int]


def one_or_several(axis: Axes) -> int | list[int]:
    """The axis alone where there is but one, as files of either kind mean it."""
    axes = axes_of(axis)
    return axes[0] if len(axes) == 1 else axes


class ScaledAndShifted(Layer):
    """What normalisations share that end with gamma and beta, a number for each place along `axis`."""

    supports_masking = True
    axis: int | list[int]
    gamma: Variable | None
    beta: Variable | None

    def __init__(
        self,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.recipe("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.recipe("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)

    def axes(self, rank: int) -> tuple[int, ...]:
        """The axes that gamma and beta lie along, counted from the first."""
        return tuple(sorted(normalize_axes(self.axis, rank, self.class_name)))

    def build(self, input_shape: LayerShape) -> None:
        shape = [input_shape[axis] for axis in self.axes(len(input_shape))]
        self.gamma = self.make("gamma", shape) if self.scale else None
        self.beta = self.make("beta", shape) if self.center else None

    def along_axes(self, weight: Variable | None, shape: Sequence[int]) -> Tensor | None:
        """A weight as a tensor that broadcasts to inputs of a shape."""
        axes = self.axes(len(shape))
        if weight is None:
            return None
        return weight.reshape([size if axis in axes else 1 for axis, size in enumerate(shape)])


@layer("layer_normalization")
class LayerNormalization(ScaledAndShifted):
    """Brings each example to mean 0 and variance 1 along an axis, then scales and shifts it.

    Weights gamma and beta, a number for each place along the axis, or along all axes of a list.

    `axis`: the axis, or a list of axes, of the numbers that are normalised together.
    `epsilon`: added to the variance before its root is taken.
    `center`: whether beta is added.
    `scale`: whether it is multiplied by gamma.
    `beta_initializer`, `gamma_initializer`: how these weights start.
    `beta_regularizer`, `gamma_regularizer`: what the weights cost in training.
    `beta_constraint`, `gamma_constraint`: what the weights are forced into after each step.

    Ba, Kiros and Hinton 2016. As `tf.layers.layerNormalization`.

    >>> import glbackend as gl
    >>> gl.layers.layer_normalization()(gl.tensor([[1., 3.]])).numpy().round(2).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(self, axis: Axes = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = one_or_several(axis)

    def call(self, inputs: Tensor) -> Tensor:
        axes = self.axes(inputs.rank)
        if axes == (inputs.rank - 1,):
            return normalize(inputs, self.beta, self.gamma, "row", self.epsilon)[0]
        mean, variance = moments(inputs, axes, keep_dims=True)
        beta, gamma = (self.along_axes(one, inputs.shape) for one in (self.beta, self.gamma))
        return batch_norm(inputs, mean, variance, beta, gamma, self.epsilon)


@layer("group_normalization")
class GroupNormalization(ScaledAndShifted):
    """Brings each group of channels of each example to mean 0 and variance 1, then scales and shifts it.

    Weights gamma and beta, each [channels].

    `groups`: how many groups there are, which the channels must be divisible by; -1: one for each channel.
    `axis`: the axis of the channels.
    `epsilon`: added to the variance before its root is taken.
    `center`: whether beta is added.
    `scale`: whether it is multiplied by gamma.
    `beta_initializer`, `gamma_initializer`: how these weights start.
    `beta_regularizer`, `gamma_regularizer`: what the weights cost in training.
    `beta_constraint`, `gamma_constraint`: what the weights are forced into after each step.

    Wu and He 2018. As Keras's GroupNormalization.

    >>> import glbackend as gl
    >>> norm = gl.layers.group_normalization(groups=2)
    >>> norm(gl.tensor([[1., 3., 5., 9.]])).numpy().round(2).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    axis: int

    def __init__(self, groups: int = 32, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.groups, self.axis = groups if groups == -1 else self.positive("groups", groups), axis

    def build(self, input_shape: LayerShape) -> None:
        super().build(input_shape)
        channels = input_shape[self.axis] or 0
        if self.groups != -1 and channels % self.groups:
            raise ShapeError(
                f"groupNormalization {self.name!r}: {channels} channels cannot be parted into "
                f"{self.groups} equal groups"
            )

    def call(self, inputs: Tensor) -> Tensor:
        axis = normalize_axis(self.axis, inputs.rank, "groupNormalization")
        channels = inputs.shape[axis]
        groups = channels if self.groups == -1 else self.groups
        grouped = (*inputs.shape[:axis], groups, channels // groups, *inputs.shape[axis + 1 :])
        apart = inputs.reshape(grouped)
        mean, variance = moments(apart, [i for i in range(1, apart.rank) if i != axis], keep_dims=True)
        rest = (1,) * (inputs.rank - axis - 1)
        beta, gamma = (
            None if one is None else one.reshape(((1,) * axis) + (groups, channels // groups, *rest))
            for one in (self.beta, self.gamma)
        )
        return batch_norm(apart, mean, variance, beta, gamma, self.epsilon).reshape(inputs.shape)


@layer("rms_normalization")
class RMSNormalization(Layer):
    """Divides each example by the root of its mean square along an axis, and scales it.

    Weight scale, a number for each place along the axis, or along all axes of a list.

    `axis`: the axis, or a list of axes, of the numbers that are normalised together.
    `epsilon`: added to the mean square before its root is taken.

    Zhang and Sennrich 2019. As Keras's RMSNormalization.

    >>> import glbackend as gl
    >>> gl.layers.rms_normalization()(gl.tensor([[3., 3.]])).numpy().round(2).tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, axis: Axes = -1, epsilon: float = 1e-6, **options: Any) -> None:
        super().__init__(**options)
        self.axis, self.epsilon = one_or_several(axis), epsilon

    def build(self, input_shape: LayerShape) -> None:
        axes = sorted(normalize_axes(self.axis, len(input_shape), self.class_name))
        self.scale = self.add_weight("scale", [input_shape[axis] for axis in axes], "ones")

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.axis, inputs.rank, self.class_name)
        inverse = (inputs.square().mean(axes, True) + self.epsilon).rsqrt()
        shape = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        return inputs * inverse * self.scale.reshape(shape)


@layer("unit_normalization")
class UnitNormalization(Layer):
    """Divides each example by its length along an axis, so that the squares add up to 1.

    `axis`: the axis, or a list of axes, of the numbers that are normalised together.

    As Keras's UnitNormalization.

    >>> import glbackend as gl
    >>> gl.layers.unit_normalization()(gl.tensor([[0., 4.]])).numpy().round(2).tolist()
    [[0.0, 1.0]]
    """

    supports_masking = True

    def __init__(self, axis: Axes = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = one_or_several(axis)
        if not isinstance(self.axis, int) and not self.axis:
            raise ArgumentError("unitNormalization: axis must be one axis or several, got []")

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.axis, inputs.rank, self.class_name)
        return inputs * inputs.square().sum(axes, True).rsqrt().minimum(1e12)
