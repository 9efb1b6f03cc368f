"""Random tensors with the arguments of Keras's `random`, and its generator of seeds: `gl.random`."""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.contracts.random import LateSeed
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import random
from glbackend.ops.create import range_, zeros
from glbackend.ops.index import gather
from glbackend.ops.keras import convert_to_tensor
from glbackend.ops.random import Seeds

Shape = Sequence[int]


class SeedGenerator:
    """Gives another seed at each use, and the same ones for the same `seed`. As `keras.random.SeedGenerator`.

    `seed`: a number or text; None: one by chance.

    >>> a, b = SeedGenerator(7), SeedGenerator(7)
    >>> bool((normal([3], seed=a).numpy() == normal([3], seed=b).numpy()).all())
    True
    """

    def __init__(self, seed: int | str | None = None) -> None:
        self.seed = seed
        self._seeds = Seeds(random.process_seeds().next() if seed is None else seed)

    def next(self) -> LateSeed:
        """The next seed."""
        return self._seeds.draw()


Seed = int | str | SeedGenerator | None


def _seed_of(seed: Seed) -> LateSeed | None:
    return seed.next() if isinstance(seed, SeedGenerator) else seed


def _seeds_of(seed: Seed) -> SeedGenerator:
    return seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)


@checked
def normal(
    shape: Shape, mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Normally distributed numbers in a tensor of `shape`. As `keras.random.normal`.

    `mean`, `stddev`: those of the distribution.
    `dtype`: float32 by default.
    `seed`: a number or text, which gives the same numbers each time, or a `SeedGenerator`; by default the
    process's generator gives one.

    >>> normal((2, 3), seed=1).shape
    (2, 3)
    """
    return random.random_normal(shape, mean, stddev, dtype or "float32", _seed_of(seed))


@checked
def uniform(
    shape: Shape, minval: float = 0.0, maxval: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Numbers spread evenly over [minval, maxval), in a tensor of `shape`. As `keras.random.uniform`.

    `minval`, `maxval`: the ends of the range; the second is left out.
    `dtype`: float32 by default.
    `seed`: as in `normal`.

    >>> uniform((2, 3), seed=1).shape
    (2, 3)
    """
    return random.random_uniform(shape, minval, maxval, dtype or "float32", _seed_of(seed))


@checked
def truncated_normal(
    shape: Shape, mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Normally distributed numbers, none further than two deviations from the mean.

    `shape`, `mean`, `stddev`, `dtype`, `seed`: as in `normal`. As `keras.random.truncated_normal`.

    >>> truncated_normal((2, 3), seed=1).shape
    (2, 3)
    """
    return random.truncated_normal(shape, mean, stddev, dtype or "float32", _seed_of(seed))


@checked
def randint(shape: Shape, minval: int, maxval: int, dtype: DType = "int32", seed: Seed = None) -> Tensor:
    """Whole numbers n with `minval` <= n < `maxval`, each equally likely. As `keras.random.randint`.

    `shape`: of the result.
    `dtype`: of the result.
    `seed`: as in `normal`.

    >>> randint((3,), 5, 6).numpy().tolist()
    [5, 5, 5]
    """
    drawn = random.random_uniform_int(shape, minval, maxval, _seed_of(seed))
    return drawn if dtype == "int32" else drawn.cast(dtype)


TRIES = 8  # of each number at once: that none is taken happens once in 1e11 at worst


def log_gamma(shape: Shape, alpha: float | Tensor, draw: Callable[[], LateSeed | None]) -> Tensor:
    """Logarithms of gamma distributed numbers, which say what is left of tiny ones.

    `alpha`: what is broadcast to `shape`, tensors too.
    `draw`: gives the seed of each draw.

    Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).

    >>> log_gamma((2, 3), 0.01, lambda: None).shape
    (2, 3)
    """
    shape, more = tuple(shape), (TRIES, *shape)
    d = zeros(shape) + alpha + 2 / 3
    x = random.random_normal(more, seed=draw())
    chance, last = (random.random_uniform(one, seed=draw()).maximum(1e-30).log() for one in (more, shape))
    root = x / (9 * d).sqrt() + 1
    log_v = root.maximum(1e-30).log() * 3
    taken = (root > 0) & (chance < x * x * 0.5 + d * (1 + log_v - log_v.exp()))
    first = taken.cast("float32").argmax(0).expand_dims(0)
    chosen = (range_(0, TRIES, dtype="int32").reshape((-1, *(1,) * len(shape))) == first).cast("float32")
    return d.log() + (chosen * log_v).sum(0) + last / alpha


def share_of(
    shape: Shape,
    alpha: float | Tensor,
    draw: Callable[[], LateSeed | None],
    beta: float | Tensor | None = None,
) -> Tensor:
    """Beta distributed numbers of these forms, by default one for both, as `log_gamma` takes them.

    >>> share_of((2, 3), 1e-6, lambda: None).shape
    (2, 3)
    """
    other = alpha if beta is None else beta
    return (log_gamma(shape, alpha, draw) - log_gamma(shape, other, draw)).sigmoid()


@checked
def gamma(shape: Shape, alpha: TensorLike, dtype: DType | None = None, seed: Seed = None) -> Tensor:
    """Gamma distributed numbers of the form `alpha` and scale 1, in a tensor of `shape`.

    `alpha`: a number, or a tensor that is broadcast to the shape.
    `dtype`: float32 by default.
    `seed`: as in `normal`.

    As `keras.random.gamma`.

    >>> gamma((2, 3), 2., seed=1).shape
    (2, 3)
    """
    if isinstance(alpha, int | float):
        return random.random_gamma(shape, alpha, 1.0, dtype or "float32", _seed_of(seed))
    given = as_tensor(alpha, "alpha", "gamma", "float32")
    return log_gamma(shape, given, _seeds_of(seed).next).exp().cast(dtype or "float32")


@checked
def beta(
    shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Beta distributed numbers, 0 to 1, in a tensor of `shape`.

    `alpha`, `beta`: of the distribution, whose mean is alpha / (alpha + beta): numbers, or tensors that are
    broadcast to the shape.
    `dtype`: float32 by default.
    `seed`: as in `normal`.

    As `keras.random.beta`.

    >>> beta((2, 3), 2., 1., seed=1).shape
    (2, 3)
    """
    a, b = as_tensor(alpha, "alpha", "beta", "float32"), as_tensor(beta, "beta", "beta", "float32")
    return share_of(shape, a, _seeds_of(seed).next, b).cast(dtype or "float32")


@checked
def binomial(
    shape: Shape, counts: int, probabilities: TensorLike, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """How many of `counts` tries succeed, in a tensor of `shape`: each try is drawn.

    `probabilities`: of a success, one number or what is repeated to the shape.
    `dtype`: float32 by default.
    `seed`: as in `normal`.

    As `keras.random.binomial`, with one number of tries for all.

    >>> binomial((3,), 5, 1.0, seed=1).numpy().tolist()
    [5.0, 5.0, 5.0]
    """
    if counts < 0:
        raise ArgumentError(f"binomial: counts must be at least 0, got {counts}")
    share = as_tensor(probabilities, "probabilities", "binomial", "float32").broadcast_to(tuple(shape))
    tries = random.random_uniform((*shape, counts), 0.0, 1.0, "float32", _seed_of(seed))
    return tries.less(share.expand_dims(-1)).cast("float32").sum(-1).cast(dtype or "float32")


@checked
def categorical(logits: TensorLike, num_samples: int, dtype: DType = "int32", seed: Seed = None) -> Tensor:
    """Class numbers drawn for each row of `logits`, [rows, classes]: [rows, num_samples].

    `num_samples`: how many of each row.
    `dtype`: of the result.
    `seed`: as in `normal`.

    As `keras.random.categorical`.

    >>> categorical([[0., 1000.]], 2, seed=1).numpy().tolist()
    [[1, 1]]
    """
    given = as_tensor(logits, "logits", "categorical", "float32")
    if given.rank != 2:
        raise ShapeError(f"categorical: logits must be [rows, classes], got shape {list(given.shape)}")
    return random.multinomial(given, num_samples, _seed_of(seed)).cast(dtype)


@checked
def dropout(
    inputs: TensorLike, rate: float, noise_shape: Sequence[Any] | None = None, seed: Seed = None
) -> Tensor:
    """`inputs` with elements set to 0 with probability `rate`, and the others divided by 1 - rate.

    `noise_shape`: elements along its dims of 1 share their fate, None is the dim of inputs.
    `seed`: as in `normal`.

    As `keras.random.dropout`.

    >>> sorted(set(dropout([3.] * 100, 0.5, seed=1).numpy().tolist()))
    [0.0, 6.0]
    """
    given = as_tensor(inputs, "inputs", "dropout", "float32")
    if rate == 1:
        return given * 0.0
    return random.dropout(given, rate, noise_shape, _seed_of(seed))


@checked
def shuffle(x: TensorLike, axis: int = 0, seed: Seed = None) -> Tensor:
    """The slices of `x` along `axis` in an order by chance. As `keras.random.shuffle`.

    `seed`: as in `normal`.

    >>> sorted(shuffle([1, 2, 3], seed=1).numpy().tolist())
    [1, 2, 3]
    """
    given = convert_to_tensor(x)
    place = normalize_axis(axis, given.rank, "shuffle")
    return gather(given, order_of(given.shape[place], _seed_of(seed)), place)


def order_of(count: int, seed: LateSeed | None) -> Tensor:
    """The numbers from 0 to `count`, which is left out, in an order by chance.

    >>> sorted(order_of(3, 1).numpy().tolist())
    [0, 1, 2]
    """
    return random.random_uniform((count,), 0.0, 1.0, "float32", seed).topk(count).indices
