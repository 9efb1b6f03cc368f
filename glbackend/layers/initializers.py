"""How weights start, as `gl.initializers`. Drawn with the seeded random ops: equal on both backends."""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import asks_for
from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.naming import snake_case
from glbackend.base.registry import Registry
from glbackend.engine.convert import asked
from glbackend.engine.tensor import Tensor
from glbackend.layers.policy import nearest_dtype
from glbackend.ops import random
from glbackend.ops.create import tensor

Shape = tuple[int, ...]
Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["normal", "uniform", "truncated_normal", "untruncated_normal"]


class Initializer(Configured):
    """The first value of a weight; a subclass gives `__call__`. As TF.js's Initializer.

    It is called with the weight's shape, a tuple of ints, and where it takes `dtype` or **options with the
    weight's dtype by that name, and gives a tensor of the shape.

    >>> class Halves(Initializer):
    ...     def __call__(self, shape):
    ...         return tensor(np.full(shape, 0.5, np.float32))
    >>> import glbackend as gl
    >>> gl.layers.dense(units=1, kernel_initializer=Halves())(gl.tensor([[4.]])).item()
    2.0
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__call__" in vars(cls) and not asks_for(cls.__call__, "dtype"):
            cls.__call__ = _with_dtype(cls.__call__)  # type: ignore[method-assign]

    def __call__(self, shape: Shape) -> Tensor:
        raise ArgumentError(f"initializer {type(self).__name__} gives no values")


def start_of(initializer: Callable[..., Tensor], shape: Shape, dtype: Any) -> Tensor:
    """What an initializer gives for a weight of that shape and dtype, which a user's may want to know."""
    return initializer(shape, dtype=dtype) if asks_for(initializer, "dtype") else initializer(shape)


def _with_dtype(own: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A `__call__` that takes a dtype too, as Keras's, and casts to it."""

    @functools.wraps(own)
    def call(self: Initializer, shape: Any, dtype: Any = None) -> Tensor:
        found = own(self, tuple(shape))
        return found if dtype is None else found.cast(nearest_dtype(dtype))

    return call


INITIALIZERS: Registry[Initializer] = Registry("initializer", Initializer, spare=True)


@INITIALIZERS.declare("zero")
class Zeros(Initializer):
    """Zeros everywhere. As `tf.initializers.zeros`.

    >>> Zeros()((2,)).numpy().tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: Shape) -> Tensor:
        return tensor(np.zeros(shape, np.float32))


@INITIALIZERS.declare("one")
class Ones(Initializer):
    """Ones everywhere. As `tf.initializers.ones`.

    >>> Ones()((2,)).numpy().tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: Shape) -> Tensor:
        return tensor(np.ones(shape, np.float32))


@INITIALIZERS.declare()
class Constant(Initializer):
    """One `value` everywhere. As `tf.initializers.constant`.

    >>> Constant(0.5)((2,)).numpy().tolist()
    [0.5, 0.5]
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Shape) -> Tensor:
        return tensor(np.full(shape, self.value, np.float32))


@INITIALIZERS.declare("uniform")
class RandomUniform(Initializer):
    """Numbers spread evenly over a range. As `tf.initializers.randomUniform`.

    `minval`, `maxval`: the ends of the range; the second is left out.
    `seed`: makes the numbers repeatable; None for others each time.

    >>> bool((abs(RandomUniform(-1., 1., seed=1)((9,)).numpy()) <= 1).all())
    True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape: Shape) -> Tensor:
        return random.random_uniform(shape, self.minval, self.maxval, "float32", self.seed)


@INITIALIZERS.declare("normal")
class RandomNormal(Initializer):
    """Normally distributed numbers. As `tf.initializers.randomNormal`.

    `mean`, `stddev`: the mean and the standard deviation.
    `seed`: makes the numbers repeatable; None for others each time.

    >>> RandomNormal(seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape: Shape) -> Tensor:
        return random.random_normal(shape, self.mean, self.stddev, "float32", self.seed)


@INITIALIZERS.declare()
class TruncatedNormal(RandomNormal):
    """Normally distributed numbers, redrawn beyond two deviations. As `tf.initializers.truncatedNormal`.

    `mean`, `stddev`: the mean and the standard deviation.
    `seed`: makes the numbers repeatable; None for others each time.

    >>> bool((abs(TruncatedNormal(stddev=1., seed=1)((99,)).numpy()) <= 2).all())
    True
    """

    def __call__(self, shape: Shape) -> Tensor:
        return random.truncated_normal(shape, self.mean, self.stddev, "float32", self.seed)


@INITIALIZERS.declare()
class Identity(Initializer):
    """A square matrix with `gain` on its diagonal, zeros beside. As `tf.initializers.identity`.

    Raises ShapeError for a weight of another shape.

    >>> Identity()((2, 2)).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Shape) -> Tensor:
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ShapeError(f"initializer identity: the weight must be a square matrix, got {list(shape)}")
        return tensor(np.eye(shape[0], dtype=np.float32) * self.gain)


def fans(shape: Shape) -> tuple[float, float]:
    """Number of inputs and outputs of a unit of a kernel of this shape (channels last).

    >>> fans((3, 3, 16, 32))
    (144, 288)
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) in (3, 4, 5):
        field = math.prod(shape[:-2])
        return field * shape[-2], field * shape[-1]
    root = math.sqrt(math.prod(shape))
    return root, root


@INITIALIZERS.declare()
class VarianceScaling(Initializer):
    """Random numbers whose spread fits the size of the kernel. As `tf.initializers.varianceScaling`.

    `scale`: factor of the variance, which is scale / n.
    `mode`: n, "fan_in" (the inputs of a unit), "fan_out" (its outputs) or "fan_avg" (their mean).
    `distribution`: "normal" and "truncated_normal" (redrawn beyond two deviations), "untruncated_normal" or
    "uniform".
    `seed`: makes the numbers repeatable; None for others each time.

    Raises ArgumentError for a negative scale.

    >>> limit = (3 / 6) ** 0.5
    >>> bool((abs(VarianceScaling(1., "fan_in", "uniform", seed=1)((6, 9)).numpy()) <= limit).all())
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: Mode = "fan_in",
        distribution: Distribution = "normal",
        seed: int | None = None,
    ) -> None:
        if scale < 0:
            raise ArgumentError(f"initializer varianceScaling: scale must be positive, got {scale}")
        self.scale, self.seed = scale, seed
        self.mode: Mode = snake_case(mode)  # type: ignore[assignment]
        self.distribution: Distribution = snake_case(distribution)  # type: ignore[assignment]

    def __call__(self, shape: Shape) -> Tensor:
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        scale = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * scale)
            return random.random_uniform(shape, -limit, limit, "float32", self.seed)
        if self.distribution == "untruncated_normal":
            return random.random_normal(shape, 0.0, math.sqrt(scale), "float32", self.seed)
        return random.truncated_normal(shape, 0.0, math.sqrt(scale), "float32", self.seed)


@INITIALIZERS.declare()
class Orthogonal(Initializer):
    """A matrix with orthonormal rows or columns (Saxe et al. 2013). As `tf.initializers.orthogonal`.

    `gain`: what it is multiplied by.
    `seed`: makes the numbers repeatable; None for others each time.

    All dims but the last are its rows. Raises ShapeError for a weight of rank below 2.

    >>> q = Orthogonal(seed=1)((2, 2)).numpy()
    >>> (q @ q.T).round(3).tolist() == [[1, 0], [0, 1]]
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain, self.seed = gain, seed

    def __call__(self, shape: Shape) -> Tensor:
        if len(shape) < 2:
            raise ShapeError(
                f"initializer orthogonal: the weight must have rank 2 or more, got {list(shape)}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = random.random_normal(
            (max(rows, columns), min(rows, columns)), 0.0, 1.0, "float32", self.seed
        ).numpy()
        q, r = np.linalg.qr(drawn.astype(np.float64))
        q = q * np.sign(np.diag(r))
        square = q.T if rows < columns else q
        return tensor((self.gain * square).reshape(shape).astype(np.float32))


def _scaled(
    name: str, what: str, scale: float, mode: Mode, distribution: Distribution
) -> Callable[..., VarianceScaling]:
    def make(seed: int | None = None) -> VarianceScaling:
        return VarianceScaling(scale, mode, distribution, seed)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""{what}. As Keras's and TF.js's initializer of that name.

    `seed` makes the numbers repeatable; without one they are others each time.

    >>> {name}(seed=1)((2, 3)).shape
    (2, 3)
    """
    INITIALIZERS.factory(name, make)
    return make


GLOROT = "numbers of variance 2 / (inputs + outputs of a unit) (Glorot and Bengio 2010)"
HE = "numbers of variance 2 / inputs of a unit (He et al. 2015)"
LECUN = "numbers of variance 1 / inputs of a unit (LeCun et al. 1998)"

# TF.js's names
zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
random_uniform, random_normal, truncated_normal = RandomUniform, RandomNormal, TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = _scaled("glorot_uniform", f"Uniform {GLOROT}", 1.0, "fan_avg", "uniform")
glorot_normal = _scaled("glorot_normal", f"Normal {GLOROT}", 1.0, "fan_avg", "normal")
he_uniform = _scaled("he_uniform", f"Uniform {HE}", 2.0, "fan_in", "uniform")
he_normal = _scaled("he_normal", f"Normal {HE}", 2.0, "fan_in", "normal")
lecun_uniform = le_cun_uniform = _scaled("lecun_uniform", f"Uniform {LECUN}", 1.0, "fan_in", "uniform")
lecun_normal = le_cun_normal = _scaled("lecun_normal", f"Normal {LECUN}", 1.0, "fan_in", "normal")
# Keras's names
GlorotUniform, GlorotNormal, HeUniform, HeNormal = glorot_uniform, glorot_normal, he_uniform, he_normal
LecunUniform, LecunNormal = lecun_uniform, lecun_normal


def get(initializer: Any) -> Initializer:
    """The initializer of a name ("heNormal", "he_normal", "HeNormal"), a config, or the object itself.

    >>> get("glorotUniform").get_config()["mode"]
    'fan_avg'
    """
    if isinstance(initializer, Mapping):  # Keras 2 writes a dtype, which is float32 here
        config = {key: one for key, one in (initializer.get("config") or {}).items() if key != "dtype"}
        initializer = {**initializer, "config": config}
    return INITIALIZERS.get(initializer)


asked.update(initializer=get, dtype=nearest_dtype)  # variables take these by name
