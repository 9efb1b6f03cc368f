"""Layers that are an activation: any by name, and those with parameters of their own."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.base.calling import explained
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import axes_of, normalize_axes
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations
from glbackend.layers.activating import WITH_ARGUMENTS
from glbackend.layers.layer import Layer, layer
from glbackend.layers.symbolic import LayerShape, SymbolicTensor
from glbackend.ops.keras import convert_to_tensor as tensor_of
from glbackend.ops.logical import where
from glbackend.ops.rows import in_one_pass


@layer("activation")
class Activation(Layer):
    """Applies an activation to each value.

    `activation`: its name, as "relu" or "hardSigmoid", or a function of a tensor.

    As `tf.layers.activation`.

    >>> import glbackend as gl
    >>> gl.layers.activation("relu")(gl.tensor([-1., 2.])).numpy().tolist()
    [0.0, 2.0]
    """

    supports_masking = True

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(inputs)


SymbolicTensor.activated = lambda x, function: Activation(function)(x)


@layer("re_lu", "relu")
class ReLU(Layer):
    """x where above a threshold, cut at `max_value`; below it a slope, flat by default.

    `max_value`: the largest value of the output; None for no limit.
    `negative_slope`: what x - threshold is multiplied by where x is not above the threshold.
    `threshold`: the value from which on x passes.

    Raises ArgumentError where one of them is negative.

    As `tf.layers.reLU`.

    >>> import glbackend as gl
    >>> gl.layers.re_lu(max_value=6)(gl.tensor([-1., 2., 8.])).numpy().tolist()
    [0.0, 2.0, 6.0]
    """

    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, value in (
            ("max_value", max_value or 0),
            ("negative_slope", negative_slope),
            ("threshold", threshold),
        ):
            if value < 0:
                raise ArgumentError(f"reLU: {name} must not be negative, got {value}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    @property
    def plain(self) -> bool:
        """Whether it is flat below 0."""
        return not self.negative_slope and not self.threshold

    def call(self, inputs: Tensor) -> Tensor:
        if self.plain:
            if self.max_value == 6:
                return inputs.relu6()
            return inputs.relu() if self.max_value is None else inputs.clip_by_value(0.0, self.max_value)
        # differs from TF.js: negative_slope and threshold count, as in Keras; there they are dropped
        passed = inputs if self.max_value is None else inputs.minimum(self.max_value)
        return passed.where(inputs > self.threshold, (inputs - self.threshold) * self.negative_slope)


def _relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """As Keras's `relu`."""
    made = ReLU(max_value=max_value, negative_slope=negative_slope, threshold=threshold)
    return made(x if isinstance(x, Tensor | SymbolicTensor) else tensor_of(x))


_explained_relu = explained(_relu, "relu")
WITH_ARGUMENTS["relu"] = lambda args, named: _explained_relu(*args, **named)


@layer("leaky_re_lu", "leaky_relu")
class LeakyReLU(Layer):
    """x where positive, else alpha x.

    `alpha`: the slope on the negative side.

    Maas et al. 2013. As `tf.layers.leakyReLU`.

    >>> import glbackend as gl
    >>> gl.layers.leaky_re_lu(alpha=0.5)(gl.tensor([-2., 2.])).numpy().tolist()
    [-1.0, 2.0]
    """

    # differs from TF.js: the mask of its input goes on, as in Keras; there it is lost
    supports_masking = True
    other_names = {"negative_slope": "alpha"}  # noqa: RUF012 - read only

    def __init__(self, alpha: float | None = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = 0.3 if alpha is None else float(alpha)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.leaky_relu(self.alpha)


@layer("prelu")
class PReLU(Layer):
    """x where positive, else alpha x with an alpha learnt for each place of an example. Weight alpha.

    `alpha_initializer`: how alpha starts.
    `alpha_regularizer`: what alpha costs in training.
    `alpha_constraint`: what alpha is forced into after each step.
    `shared_axes`: dims, counted from 1, along which one alpha serves all.

    He et al. 2015. As `tf.layers.prelu`.

    >>> import glbackend as gl
    >>> gl.layers.prelu(alpha_initializer="ones")(gl.tensor([[-2., 2.]])).numpy().tolist()
    [[-2.0, 2.0]]
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.recipe("alpha", alpha_initializer, alpha_regularizer, alpha_constraint)
        self.shared_axes = None if shared_axes is None else axes_of(shared_axes)

    def build(self, input_shape: LayerShape) -> None:
        shared = normalize_axes(self.shared_axes or (), len(input_shape), self.class_name, "shared_axes")
        self._input_ranks = range(len(input_shape), len(input_shape) + 1)
        self.alpha = self.make("alpha", [1 if i in shared else dim for i, dim in enumerate(input_shape) if i])

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.prelu(self.alpha)


@layer("elu")
class ELU(Layer):
    """x where positive, else alpha (e^x - 1).

    `alpha`: minus the value that far negative inputs come to.

    Clevert et al. 2015. As `tf.layers.elu`.

    >>> import glbackend as gl
    >>> gl.layers.elu()(gl.tensor([-100., 2.])).numpy().tolist()
    [-1.0, 2.0]
    """

    # differs from TF.js: the mask of its input goes on, as in Keras; there it is lost
    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = float(alpha)

    def call(self, inputs: Tensor) -> Tensor:
        if self.alpha == 1:
            return inputs.elu()
        return inputs.relu() + (-((-inputs).relu())).expm1() * self.alpha


@in_one_pass
def _above(x: Tensor, theta: Tensor) -> Tensor:
    return where(x <= theta, 0.0, x)


@layer("thresholded_re_lu", "thresholded_relu")
class ThresholdedReLU(Layer):
    """x where above theta, else 0.

    `theta`: the threshold.

    Konda et al. 2014. As `tf.layers.thresholdedReLU`.

    >>> import glbackend as gl
    >>> gl.layers.thresholded_re_lu(theta=1.5)(gl.tensor([1., 2.])).numpy().tolist()
    [0.0, 2.0]
    """

    # differs from TF.js: the mask of its input goes on, as in Keras; there it is lost
    supports_masking = True

    def __init__(self, theta: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.theta = float(theta)

    def call(self, inputs: Tensor) -> Tensor:
        return _above(inputs, self.theta)


@layer("softmax")
class Softmax(Layer):
    """e^x scaled to sum 1 along an axis, or over several.

    `axis`: the axis, the last by default; several as Keras has them.

    As `tf.layers.softmax`.

    >>> import glbackend as gl
    >>> gl.layers.softmax()(gl.zeros([1, 4])).numpy().tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """

    # differs from TF.js: the mask of its input goes on, as in Keras; there it is lost
    supports_masking = True

    # differs from TF.js: the last axis by default, as its documentation says; its code takes axis 1
    def __init__(self, axis: int | Sequence[int] = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axis if isinstance(axis, int) else axes_of(axis)

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.axis, inputs.rank, "softmax")
        if axes == (inputs.rank - 1,):
            return inputs.softmax()
        order = (*(i for i in range(inputs.rank) if i not in axes), *axes)
        last = inputs.transpose(order)
        flat = last.reshape((*last.shape[: -len(axes)], math.prod(last.shape[-len(axes) :])))
        return flat.softmax().reshape(last.shape).transpose([order.index(i) for i in range(inputs.rank)])
