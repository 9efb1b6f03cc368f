"""Random tensors with the arguments of Keras's `random`, and its generator of seeds: `gl.random`."""

from collections.abc import Sequence

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.contracts.random import LateSeed
from glbackend.engine.tensor import Tensor
from glbackend.ops import random
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
