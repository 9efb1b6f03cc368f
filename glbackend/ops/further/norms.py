"""Keras's `ops.nn` that normalise, attend and measure: what layers are made of. In `gl.ops`."""

import math
from collections.abc import Sequence

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import normalize_axes, normalize_axis
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.create import tensor
from glbackend.ops.further.elementwise import floats, tensor_of
from glbackend.ops.keras_arrays import LOG_10, repeat
from glbackend.ops.norm import moments
from glbackend.ops.normalize import normalize

EPSILON = 1e-7  # of `keras.config.epsilon()`
NEVER = -0.7 * float(np.finfo(np.float32).max)  # the score of what a mask leaves out, as in Keras


@checked
def batch_normalization(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    axis: int,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with numbers of each place of `axis`.

    `x`: any shape.
    `mean`, `variance`, `offset`, `scale`: vectors as long as that axis.
    `epsilon`: added to the variance.

    As `keras.ops.batch_normalization`.

    >>> batch_normalization([[3.]], [1.], [4.], -1, epsilon=0.).numpy().tolist()
    [[1.0]]
    """
    given = floats(x)
    place = normalize_axis(axis, given.rank, "batch_normalization")
    shape = [size if i == place else 1 for i, size in enumerate(given.shape)]
    centre, spread = (floats(one).reshape(shape) for one in (mean, variance))
    factor = (spread + epsilon).rsqrt()
    factor = factor if scale is None else factor * floats(scale).reshape(shape)
    y = (given - centre) * factor
    return y if offset is None else y + floats(offset).reshape(shape)


def _affine(given: TensorLike | None, x: Tensor, axes: Sequence[int]) -> Tensor | None:
    """Numbers of places of some axes, so that they meet those of `x`."""
    if given is None:
        return None
    found = floats(given)
    if found.rank == x.rank or tuple(axes) == (x.rank - 1,):
        return found
    return found.reshape([size if i in axes else 1 for i, size in enumerate(x.shape)])


@checked
def layer_normalization(
    x: TensorLike,
    gamma: TensorLike | None = None,
    beta: TensorLike | None = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
) -> Tensor:
    """`x` less its mean over `axis`, divided by its deviation, times `gamma`, plus `beta`.

    `gamma`, `beta`: as large as x is along the axes; 1 and 0 by default.
    `epsilon`: added to the variance, 1e-7 by default.

    As `keras.ops.layer_normalization`.

    >>> layer_normalization([[1., 3.]]).numpy().round(3).tolist()
    [[-1.0, 1.0]]
    """
    given, small = floats(x), EPSILON if epsilon is None else epsilon
    axes = normalize_axes(axis, given.rank, "layer_normalization")
    factor, shift = _affine(gamma, given, axes), _affine(beta, given, axes)
    if tuple(axes) == (given.rank - 1,) and all(one is None or one.rank == 1 for one in (factor, shift)):
        return normalize(given, shift, factor, "row", small)[0]
    mean, variance = moments(given, list(axes), True)
    y = (given - mean) * (variance + small).rsqrt()
    y = y if factor is None else y * factor
    return y if shift is None else y + shift


@checked
def rms_normalization(
    x: TensorLike,
    scale: TensorLike | None = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
) -> Tensor:
    """`x` divided by the root of its mean square over `axis`, times `scale`.

    `scale`: meets x as NumPy has it; 1 by default.
    `epsilon`: added to the mean square, 1e-7 by default.

    As `keras.ops.rms_normalization`.

    >>> rms_normalization([[3., 3.]]).numpy().round(3).tolist()
    [[1.0, 1.0]]
    """
    given = floats(x)
    axes = normalize_axes(axis, given.rank, "rms_normalization")
    y = given * (given.square().mean(list(axes), True) + (EPSILON if epsilon is None else epsilon)).rsqrt()
    return y if scale is None else y * floats(scale)


@checked
def dot_product_attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    bias: TensorLike | None = None,
    mask: TensorLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """What each place of `query` finds at those of `key` that it is like: means of `value`.

    `query`: [batch, targets, heads, size].
    `key`, `value`: [batch, sources, heads, size]; of fewer heads each serves several of the query's.
    `bias`: added to the scores, meets [batch, heads, targets, sources].
    `mask`: bool of that shape, False where a source is not to be looked at.
    `scale`: of the scores, 1 / sqrt(size) by default.
    `is_causal`: whether a target sees no later source.
    `flash_attention`, `attn_logits_soft_cap`: ArgumentError, there are none here.

    As `keras.ops.dot_product_attention`.

    >>> dot_product_attention([[[[0.]]]], [[[[1.]], [[2.]]]], [[[[3.]], [[5.]]]]).numpy().tolist()
    [[[[4.0]]]]
    """
    if flash_attention or attn_logits_soft_cap is not None:
        raise ArgumentError(
            "dot_product_attention: there is no flash_attention and no attn_logits_soft_cap here"
        )
    q, k, v = floats(query), floats(key), floats(value)
    if (q.rank, k.rank, v.rank) != (4, 4, 4) or q.shape[2] % max(k.shape[2], 1) or k.shape[:3] != v.shape[:3]:
        raise ShapeError(
            f"dot_product_attention: needs [batch, places, heads, size], the heads of query a multiple, got "
            f"{list(q.shape)}, {list(k.shape)} and {list(v.shape)}"
        )
    many = q.shape[2] // k.shape[2]
    k, v = (one if many == 1 else repeat(one, many, 2) for one in (k, v))
    q, k, v = (one.transpose((0, 2, 1, 3)) for one in (q, k, v))
    scores = q.matmul(k, False, True) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    scores = scores if bias is None else scores + floats(bias)
    seen = None if mask is None else tensor_of(mask).cast("bool")
    if is_causal:
        earlier = tensor(np.tri(*scores.shape[2:], dtype=bool))
        seen = earlier if seen is None else seen.logical_and(earlier)
    scores = scores if seen is None else logical.where(seen, scores, NEVER)
    return scores.softmax().matmul(v).transpose((0, 2, 1, 3))


@checked
def psnr(x1: TensorLike, x2: TensorLike, max_val: float) -> Tensor:
    """How near images `x1` and `x2` are, in decibels. As `keras.ops.psnr`.

    `max_val`: the largest number that they can hold.

    >>> psnr([0.], [0.1], 1.).numpy().round(2).item()
    20.0
    """
    a, b = floats(x1), floats(x2)
    if a.shape != b.shape:
        raise ShapeError(f"psnr: x1 and x2 must have one shape, got {list(a.shape)} and {list(b.shape)}")
    return 20 * math.log10(max_val) - (a - b).square().mean().log() * (10 / LOG_10)
