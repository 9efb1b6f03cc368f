"""Tensors out of numbers, ranges, and random ones."""

import math
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import MOST_ELEMENTS, host_tensor, on_host, whole
from glbackend.ops import create, random


def _seed(seed: int, seed2: int) -> int | None:
    """As TensorFlow: both 0 is no seed."""
    return (seed * 1_000_003 + seed2) % (1 << 31) if seed or seed2 else None


@tf_op("Fill")
def fill(dims: list[int], value: Tensor) -> Tensor:
    """One value everywhere; whole numbers for shapes on the host."""
    if on_host(value) and math.prod(dims) <= MOST_ELEMENTS:
        return whole(np.full(dims, value.item()))
    return create.fill(dims, value.item(), value.dtype)


@tf_op("Zeros")
def zeros(dims: list[int], *, T: str = "float32") -> Tensor:
    """Zeros."""
    return create.zeros(dims, T)  # type: ignore[arg-type]


@tf_op("Ones")
def ones(dims: list[int], *, T: str = "float32") -> Tensor:
    """Ones."""
    return create.ones(dims, T)  # type: ignore[arg-type]


@tf_op("ZerosLike")
def zeros_like(x: Any) -> Any:
    """Zeros in a tensor's shape, an empty list for a list."""
    return x.zeros_like()


@tf_op("OnesLike")
def ones_like(x: Tensor) -> Tensor:
    """Ones in a tensor's shape."""
    return x.ones_like()


@tf_op("Range")
def range_(start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    """Numbers in equal steps; none where the step leads away from the limit."""
    first, end, step = start.item(), limit.item(), delta.item()
    if step and (end - first) / step <= MOST_ELEMENTS:
        return host_tensor(np.arange(first, end, step).astype(NUMPY[start.dtype]), start.dtype)
    return create.range_(first, end, step, start.dtype)


@tf_op("LinSpace")
def lin_space(start: float, stop: float, num: int) -> Tensor:
    """So many numbers in equal steps, both ends included."""
    return create.linspace(start, stop, num)


@tf_op("OneHot")
def one_hot(indices: Tensor, depth: int, on_value: Tensor, off_value: Tensor, *, axis: int = -1) -> Tensor:
    """A new dim that is on where the index counts, the last one or at `axis`."""
    on, off = on_value.item(), off_value.item()
    hot = indices.one_hot(depth, on, off, on_value.dtype)
    if axis in (-1, indices.rank):
        return hot
    order = list(range(indices.rank))
    order.insert(axis, indices.rank)
    return hot.transpose(order)


@tf_op("RandomUniform", pure=False)
def random_uniform(
    shape: list[int],
    *,
    seed: int = 0,
    seed2: int = 0,
    minval: float = 0,
    maxval: float = 1,
) -> Tensor:
    """Evenly spread numbers."""
    return random.random_uniform(shape, minval, maxval, "float32", _seed(seed, seed2))


@tf_op("RandomUniformInt", pure=False)
def random_uniform_int(
    shape: list[int], minval: int, maxval: int, *, seed: int = 0, seed2: int = 0
) -> Tensor:
    """Evenly spread whole numbers."""
    return random.random_uniform_int(shape, minval, maxval, _seed(seed, seed2))


@tf_op("RandomStandardNormal", pure=False)
def random_standard_normal(shape: list[int], *, seed: int = 0, seed2: int = 0) -> Tensor:
    """Numbers of the normal distribution."""
    return random.random_normal(shape, 0, 1, "float32", _seed(seed, seed2))


@tf_op("TruncatedNormal", pure=False)
def truncated_normal(
    shape: list[int], *, seed: int = 0, seed2: int = 0, means: float = 0, stddev: float = 1
) -> Tensor:
    """Numbers of the normal distribution, none beyond two deviations."""
    return random.truncated_normal(shape, means, stddev, "float32", _seed(seed, seed2))


@tf_op("StatelessRandomGetKeyCounter", outputs=("key", "counter"))
def key_and_counter(seed: Tensor) -> tuple[Tensor, Tensor]:
    """The halves of a seed, which the ops below take."""
    return seed[:1], seed[1:]


def _drawn(key: int, counter: int) -> int:
    """A seed of ours; the numbers that it gives are not those of TensorFlow's generator."""
    return _seed(key, counter) or 0


@tf_op("StatelessRandomUniformV2")
def stateless_uniform(shape: list[int], key: int, counter: int, alg: Tensor) -> Tensor:
    """Evenly spread numbers, the same for the same seed."""
    return random.random_uniform(shape, 0, 1, "float32", _drawn(key, counter))


@tf_op("StatelessRandomNormalV2")
def stateless_normal(shape: list[int], key: int, counter: int, alg: Tensor) -> Tensor:
    """Numbers of the normal distribution, the same for the same seed."""
    return random.random_normal(shape, 0, 1, "float32", _drawn(key, counter))


@tf_op("StatelessTruncatedNormalV2")
def stateless_truncated(shape: list[int], key: int, counter: int, alg: Tensor) -> Tensor:
    """Numbers of the normal distribution, none beyond two deviations, the same for the same seed."""
    return random.truncated_normal(shape, 0, 1, "float32", _drawn(key, counter))


@tf_op("StatelessRandomUniformIntV2")
def stateless_whole(
    shape: list[int], key: int, counter: int, alg: Tensor, minval: int, maxval: int
) -> Tensor:
    """Evenly spread whole numbers, the same for the same seed."""
    return random.random_uniform_int(shape, minval, maxval, _drawn(key, counter))


@tf_op("Multinomial", pure=False)
def multinomial(logits: Tensor, num_samples: int, *, seed: int = 0, seed2: int = 0) -> Tensor:
    """Classes drawn by their logits."""
    return random.multinomial(logits, num_samples, _seed(seed, seed2))
