"""Normalisation by what was seen before: batches in training, or data that a layer adapts to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.registry import serialize
from glbackend.base.shapes import axes_of, normalize_axes, normalize_axis
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.adapting import Array, batches_of
from glbackend.layers.layer import Layer, layer
from glbackend.layers.policy import NUMBERS
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import tensor
from glbackend.ops.norm import batch_norm
from glbackend.ops.normalize import normalize
from glbackend.ops.rows import in_one_pass


@layer("batch_normalization")
class BatchNormalization(Layer):
    """Normalises each channel to mean 0 and variance 1, then scales and shifts it.

    While training by the batch's own moments, which the moving ones follow; else, and where `trainable` is
    False, by these. Weights gamma, beta, moving_mean, moving_variance, each [channels].

    `axis`: the axis of the channels.
    `momentum`: share of the moving moments that stays when they follow the batch's.
    `epsilon`: added to the variance before its root is taken.
    `center`: whether beta is added.
    `scale`: whether it is multiplied by gamma.
    `beta_initializer`, `gamma_initializer`: how these weights start.
    `moving_mean_initializer`, `moving_variance_initializer`: how the moving moments start.
    `beta_constraint`, `gamma_constraint`: what the weights are forced into after each step.
    `beta_regularizer`, `gamma_regularizer`: what the weights cost in training.
    `synchronized`: whether processes that train together use the moments of all (`gl.distribute`).

    Ioffe and Szegedy 2015. As `tf.layers.batchNormalization`, with Keras's `synchronized`.

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
        synchronized: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis, self.synchronized = only_axis(axis), synchronized
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
            y, *own = normalize(x, self.beta, self.gamma, "channel", self.epsilon, self.synchronized)
            follow(self.momentum, (self.moving_mean, own[0]), (self.moving_variance, own[1]))
        else:
            y = batch_norm(x, self.moving_mean, self.moving_variance, self.beta, self.gamma, self.epsilon)
        return y if x is inputs else y.transpose([order.index(i) for i in range(y.rank)])


def only_axis(axis: int | Sequence[int]) -> int:
    """The axis, which older files hold in a list; ArgumentError where that has several, or none."""
    axes = axes_of(axis)
    if len(axes) != 1:
        raise ArgumentError(f"batchNormalization: axis must be one axis, got {axis}")
    return axes[0]


@in_one_pass
def _towards(moving: Tensor, value: Tensor, share: Tensor) -> Tensor:
    return moving + (value - moving) * share


def follow(momentum: float, *pairs: tuple[Variable, Tensor]) -> None:
    """Moves variables towards values; no gradient flows through this."""
    with nothing_recorded():
        for moving, value in pairs:
            moving.assign(_towards(moving, value, 1 - momentum))


def affine(norm: BatchNormalization) -> tuple[Tensor, Tensor]:
    """Factor and shift per channel that normalise by the moving moments."""
    factor = (norm.moving_variance + norm.epsilon).rsqrt()
    if norm.gamma is not None:
        factor = factor * norm.gamma
    shift = -(norm.moving_mean * factor)
    return factor, shift if norm.beta is None else shift + norm.beta


LEAST_DEVIATION = 1e-7  # what is divided by at least, as in Keras


class ByMoments(Layer):
    """What `normalization` learns: mean and variance of data, for each place along an axis."""

    axis: list[int]
    given: Sequence[Any] | None
    learned: Sequence[Variable] = ()
    _broad: tuple[int, ...] | None = None  # dims of its inputs, 1 for the axes that have one moment for all

    def kept(self, rank: int) -> tuple[int, ...]:
        """The axes that have a mean for each place, counted from the first."""
        return tuple(sorted(normalize_axes(self.axis, rank, "normalization"))) if self.axis else ()

    def build(self, input_shape: LayerShape) -> None:
        kept = self.kept(len(input_shape))
        shape = [input_shape[axis] for axis in kept]
        self._broad = tuple((axis in kept and size) or 1 for axis, size in enumerate(input_shape))
        if self.given is None:
            self.learned = [
                self.add_weight(name, dims, start, trainable=False)
                for name, dims, start in (
                    ("mean", shape, "zeros"),
                    ("variance", shape, "ones"),
                    ("count", [], "zeros"),
                )
            ]

    @property
    def mean(self) -> Any:
        """What it takes off, of as many dims as its inputs have; None before it knows any. As in Keras."""
        return self._moment(0)

    @property
    def variance(self) -> Any:
        """The square of what it divides by, as `mean`."""
        return self._moment(1)

    def _moment(self, place: int) -> Any:
        if self._broad is None:
            return None if self.given is None else tensor(self.given[place], dtype="float32")
        return self.moments(self._broad)[place]

    def moments(self, shape: Sequence[int]) -> list[Tensor]:
        """Mean and variance of a tensor of that shape, whose axes that have one for all are 1.

        `shape`: its dims.
        """
        kept = self.kept(len(shape))
        sizes = [size if axis in kept else 1 for axis, size in enumerate(shape)]
        known = (
            self.learned[:2] if self.given is None else [tensor(one, dtype="float32") for one in self.given]
        )
        return [one.broadcast_to([sizes[axis] for axis in kept]).reshape(sizes) for one in known]

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns mean and variance.

        `data`: an array, a tensor, or batches of them.
        `steps`: how many batches count, by default all.
        """
        if self.given is not None:
            raise ArgumentError(f"normalization {self.name!r}: its mean and variance were given")
        batches = batches_of(data, steps, whose=f"normalization {self.name!r}")
        found = moments_of(map(self.seen, batches), self.kept)
        for variable, value in zip(self.learned, found, strict=True):
            variable.assign(tensor(np.asarray(value, np.float32)))

    def seen(self, batch: Array) -> Array:
        """A batch of data, by whose shape the weights are made."""
        self.ensure_built([batch.shape])
        return batch


@layer("normalization")
class Normalization(ByMoments):
    """(x - mean) / deviation, both given or learned from data by `adapt`.

    Weights mean, variance and count where they are learned, none of them trained.

    `axis`: the axes that have a mean for each of their places, None for one mean of all.
    `mean`, `variance`: those that are known already.
    `invert`: whether it goes back: x * deviation + mean.

    Raises ArgumentError where only one of the two is given. As Keras's Normalization.

    >>> import glbackend as gl
    >>> layer = gl.layers.normalization(axis=None)
    >>> layer.adapt([[1.], [3.]])
    >>> layer(gl.tensor([[5.]])).numpy().tolist()
    [[3.0]]
    """

    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: float | Sequence[Any] | None = None,
        variance: float | Sequence[Any] | None = None,
        invert: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ArgumentError("normalization: mean and variance are given both, or neither of them")
        self.axis = axes_of(axis)
        if variance is not None and not np.all(np.asarray(variance, float) >= 0):
            raise ArgumentError(f"normalization: variance must be at least 0, got {variance}")
        self.given = None if mean is None else (mean, variance)
        self.invert = invert

    def get_config(self) -> dict[str, Any]:
        mean, variance = self.given or (None, None)
        return {**super().get_config(), "mean": serialize(mean), "variance": serialize(variance)}

    def call(self, inputs: Tensor) -> Tensor:
        self.takes(inputs, *NUMBERS)
        mean, variance = self.moments(inputs.shape)
        deviation = variance.sqrt().maximum(LEAST_DEVIATION)
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation


def moments_of(batches: Iterable[Array], kept: Callable[[int], tuple[int, ...]]) -> tuple[Any, Any, int]:
    """Mean, variance and count of all batches together, over all axes but those `kept` of their rank."""
    count, total, squares = 0, np.zeros(()), np.zeros(())
    for batch in batches:
        over = tuple(axis for axis in range(batch.ndim) if axis not in kept(batch.ndim))
        count += int(np.prod([batch.shape[axis] for axis in over]))
        total = total + batch.sum(over, dtype=np.float64)
        squares = squares + np.square(batch, dtype=np.float64).sum(over)
    if not count:
        raise ArgumentError("normalization: there are no data to learn from")
    mean = total / count
    return mean, squares / count - mean**2, count
