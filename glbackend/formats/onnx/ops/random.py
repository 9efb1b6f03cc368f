"""Random numbers. `gl.set_seed` decides them, or a node's own seed; they are not those of another runtime."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import NodeInfo, onnx_op
from glbackend.formats.onnx.elements import dtype_of
from glbackend.ops import comparison, logical, random
from glbackend.ops.create import fill, zeros_like


def _seed(seed: float | None) -> int | None:
    return None if seed is None else int(seed)


@onnx_op("RandomUniform", pure=False)
def random_uniform(
    *, shape: Sequence[int], low: float = 0.0, high: float = 1.0, dtype: int = 1, seed: float | None = None
) -> Tensor:
    """Numbers evenly between two."""
    return random.random_uniform(list(shape), low, high, seed=_seed(seed))


@onnx_op("RandomUniformLike", pure=False)
def random_uniform_like(
    x: Tensor, *, low: float = 0.0, high: float = 1.0, dtype: int | None = None, seed: float | None = None
) -> Tensor:
    """Numbers evenly between two, in the shape of another tensor."""
    return random.random_uniform(list(x.shape), low, high, seed=_seed(seed))


@onnx_op("RandomNormal", pure=False)
def random_normal(
    *, shape: Sequence[int], mean: float = 0.0, scale: float = 1.0, dtype: int = 1, seed: float | None = None
) -> Tensor:
    """Numbers of a normal distribution."""
    return random.random_normal(list(shape), mean, scale, seed=_seed(seed))


@onnx_op("RandomNormalLike", pure=False)
def random_normal_like(
    x: Tensor, *, mean: float = 0.0, scale: float = 1.0, dtype: int | None = None, seed: float | None = None
) -> Tensor:
    """Numbers of a normal distribution, in the shape of another tensor."""
    return random.random_normal(list(x.shape), mean, scale, seed=_seed(seed))


@onnx_op("Bernoulli", pure=False)
def bernoulli(x: Tensor, *, dtype: int | None = None, seed: float | None = None, node: NodeInfo) -> Tensor:
    """1 with the probability that an element says, else 0."""
    drawn = random.random_uniform(list(x.shape), seed=_seed(seed))
    return comparison.less(drawn, x).cast(dtype_of(node.gives[0]) or "float32")


@onnx_op("Multinomial", pure=False)
def multinomial(x: Tensor, *, sample_size: int = 1, dtype: int = 6, seed: float | None = None) -> Tensor:
    """Numbers of classes, drawn by the logarithms of their probabilities."""
    return random.multinomial(x, sample_size, _seed(seed))


@onnx_op("Dropout")
def dropout_of_old(x: Tensor, *, ratio: float = 0.5) -> tuple[Tensor, Tensor]:
    """The same: before version 12 models are run, not trained."""
    return x, fill(x.shape, True, "bool")


@onnx_op("Dropout", since=12, pure=False)
def dropout(
    x: Tensor, ratio: float | None = None, training: bool | None = None, *, seed: int | None = None
) -> Any:
    """x; while it is trained a share `ratio` of it becomes 0, and the others more. And what stayed."""
    share = 0.5 if ratio is None else ratio
    if not training or not share:
        return x, fill(x.shape, True, "bool")
    kept = comparison.greater_equal(random.random_uniform(list(x.shape), seed=seed), share)
    return logical.where(kept, x / (1 - share), zeros_like(x)), kept
