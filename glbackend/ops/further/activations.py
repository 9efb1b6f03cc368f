"""Keras's activations with arguments, as functions of `gl.ops`; those without are `gl.activations`."""

from glbackend.base.calling import checked
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.further.elementwise import floats


@checked
def celu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """`x` above 0, below it `alpha` (e^(x / alpha) - 1). As `keras.ops.celu`.

    >>> celu([-1., 2.]).numpy().round(4).tolist()
    [-0.632099986076355, 2.0]
    """
    given = floats(x)
    return given.relu() + (given / alpha).minimum(0.0).elu() * alpha


@checked
def glu(x: TensorLike, axis: int = -1) -> Tensor:
    """The first half of `x` along `axis` times the sigmoid of the second. As `keras.ops.glu`.

    >>> glu([2., 0.]).numpy().tolist()
    [1.0]
    """
    given = floats(x)
    place = normalize_axis(axis, given.rank, "glu")
    if given.shape[place] % 2:
        raise ShapeError(f"glu: axis {axis} must have an even size, got shape {list(given.shape)}")
    value, gate = given.split(2, place)
    return value * gate.sigmoid()


@checked
def hard_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """`x` where |x| lies above `threshold`, else 0. As `keras.ops.hard_shrink`.

    >>> hard_shrink([-1., 0.25]).numpy().tolist()
    [-1.0, 0.0]
    """
    given = floats(x)
    return logical.where(given.abs() > threshold, given, 0.0)


@checked
def soft_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """`x` nearer to 0 by `threshold`, and 0 where it was nearer than that. As `keras.ops.soft_shrink`.

    >>> soft_shrink([-1., 0.25]).numpy().tolist()
    [-0.5, 0.0]
    """
    given = floats(x)
    return given - given.clip_by_value(-threshold, threshold)


@checked
def squareplus(x: TensorLike, b: float = 4) -> Tensor:
    """(x + sqrt(x^2 + b)) / 2 of `x`, a smooth relu. As `keras.ops.squareplus`.

    `b`: how smooth.

    >>> squareplus([0.]).numpy().tolist()
    [1.0]
    """
    given = floats(x)
    return (given + (given * given + b).sqrt()) * 0.5


@checked
def threshold(x: TensorLike, threshold: float, default_value: float) -> Tensor:
    """`x` where it lies above `threshold`, else `default_value`. As `keras.ops.threshold`.

    >>> threshold([-1., 2.], 0., 9.).numpy().tolist()
    [9.0, 2.0]
    """
    given = floats(x)
    return logical.where(given > threshold, given, default_value)


@checked
def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """`x` above 0, below it `alpha` (e^x - 1). As `keras.ops.elu`.

    >>> elu([-1., 2.], 2.).numpy().round(4).tolist()
    [-1.26419997215271, 2.0]
    """
    given = floats(x)
    return given.elu() if alpha == 1 else given.relu() + given.minimum(0.0).elu() * alpha


@checked
def leaky_relu(x: TensorLike, negative_slope: float = 0.2) -> Tensor:
    """`x` above 0, below it x times `negative_slope`. As `keras.ops.leaky_relu`.

    >>> leaky_relu([-1., 2.], 0.5).numpy().tolist()
    [-0.5, 2.0]
    """
    return floats(x).leaky_relu(negative_slope)
