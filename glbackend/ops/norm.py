"""Normalisation and norms: batch normalisation with its gradients, moments, vector and matrix norms."""

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec, broadcast_axes, normalize_axes, reduced_shape
from glbackend.engine.autodiff import custom_grad
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.logical import where
from glbackend.ops.op import kept, op, run

Axes = int | Sequence[int] | None
Order = float | Literal["euclidean", "fro"]


class Moments(NamedTuple):
    """Mean and variance."""

    mean: Tensor
    variance: Tensor


@op()
def batch_norm(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    variance_epsilon: float = 0.001,
) -> Tensor:
    """(x - mean) / sqrt(variance + variance_epsilon) * scale + offset, in x's shape. As `tf.batchNorm`.

    `x`: a float32 tensor, its channels last.
    `mean`, `variance`: what x is normalised by.
    `offset`, `scale`: what is added to it and what it is multiplied by then; None for neither.
    `variance_epsilon`: added to the variance before its root is taken.

    Each of the four is a vector over the last axis, or a tensor of x's rank that broadcasts to x; all
    float32. Raises ShapeError where their ranks do not fit. Ioffe and Szegedy 2015, arXiv:1502.03167.

    >>> batch_norm([[1., 2.]], [1., 1.], [4., 4.], variance_epsilon=0.).numpy().tolist()
    [[0.0, 0.5]]
    """
    return _batch_norm("batch_norm", x, mean, variance, offset, scale, variance_epsilon)


def _batch_norm(
    name: str,
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None,
    scale: TensorLike | None,
    variance_epsilon: float,
    rank: int | None = None,
) -> Tensor:
    tensor = as_tensor(x, "x", name)
    if rank is not None and tensor.rank != rank:
        raise ShapeError(f"{name}: argument 'x' must have rank {rank}, got shape {list(tensor.shape)}")
    given = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    parameters = {key: as_tensor(value, key, name) for key, value in given.items() if value is not None}
    for key, parameter in parameters.items():
        if parameter.rank not in (1, tensor.rank):
            raise ShapeError(
                f"{name}: argument {key!r} must have rank 1 or that of x, {tensor.rank}, "
                f"got shape {list(parameter.shape)}"
            )
    return run("FusedBatchNorm", {"x": tensor, **parameters}, variance_epsilon=variance_epsilon)


@op(method=False)
def batch_norm2d(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    variance_epsilon: float = 0.001,
) -> Tensor:
    """`batch_norm` of a tensor of rank 2; ShapeError for another rank. As `tf.batchNorm2d`.

    `x`, `mean`, `variance`, `offset`, `scale`, `variance_epsilon`: as in `batch_norm`.

    >>> batch_norm2d([[3.]], [1.], [4.], variance_epsilon=0.).item()
    1.0
    """
    return _batch_norm("batch_norm2d", x, mean, variance, offset, scale, variance_epsilon, 2)


@op(method=False)
def batch_norm3d(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    variance_epsilon: float = 0.001,
) -> Tensor:
    """`batch_norm` of a tensor of rank 3; ShapeError for another rank. As `tf.batchNorm3d`.

    `x`, `mean`, `variance`, `offset`, `scale`, `variance_epsilon`: as in `batch_norm`.

    >>> batch_norm3d([[[3.]]], [1.], [4.], variance_epsilon=0.).item()
    1.0
    """
    return _batch_norm("batch_norm3d", x, mean, variance, offset, scale, variance_epsilon, 3)


@op(method=False)
def batch_norm4d(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    variance_epsilon: float = 0.001,
) -> Tensor:
    """`batch_norm` of a tensor of rank 4; ShapeError for another rank. As `tf.batchNorm4d`.

    `x`, `mean`, `variance`, `offset`, `scale`, `variance_epsilon`: as in `batch_norm`.

    >>> batch_norm4d([[[[3.]]]], [1.], [4.], variance_epsilon=0.).item()
    1.0
    """
    return _batch_norm("batch_norm4d", x, mean, variance, offset, scale, variance_epsilon, 4)


def _summed(x: Tensor, like: Spec) -> Tensor:
    """The sum of x over the axes along which a tensor of shape `like` was repeated."""
    axes = broadcast_axes(like.shape, x.shape)
    return x.sum(axes).reshape(like.shape) if axes else x


def _factor(variance: Tensor, scale: Tensor | None, epsilon: float) -> Tensor:
    factor = (variance + epsilon).rsqrt()
    return factor if scale is None else factor * scale


@gradient("FusedBatchNorm", wrt="x")
def batch_norm_dx(dy: Tensor, variance: Tensor, scale: Tensor | None, *, variance_epsilon: float) -> Tensor:
    """dy in the units of x."""
    return dy * _factor(variance, scale, variance_epsilon)


@gradient("FusedBatchNorm", wrt="mean")
def batch_norm_dmean(
    dy: Tensor, mean_spec: Spec, variance: Tensor, scale: Tensor | None, *, variance_epsilon: float
) -> Tensor:
    """The mean moves against x."""
    factor = _factor(variance, scale, variance_epsilon)
    if factor.shape == mean_spec.shape:
        return -(_summed(dy, mean_spec) * factor)
    return -_summed(dy * factor, mean_spec)


@gradient("FusedBatchNorm", wrt="variance")
def batch_norm_dvariance(
    dy: Tensor, x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor | None, *, variance_epsilon: float
) -> Tensor:
    """Of (variance + epsilon)^-1/2."""
    inverse = (variance + variance_epsilon).rsqrt()
    cubed = inverse * inverse * inverse * -0.5
    moved = dy * (x - mean)
    if scale is not None and scale.shape != variance.shape:
        return _summed(moved * cubed * scale, variance.spec)
    summed = _summed(moved, variance.spec)
    return summed * cubed if scale is None else summed * (cubed * scale)


@gradient("FusedBatchNorm", wrt="offset")
def batch_norm_doffset(dy: Tensor, offset_spec: Spec) -> Tensor:
    """It is added."""
    return _summed(dy, offset_spec)


@gradient("FusedBatchNorm", wrt="scale")
def batch_norm_dscale(
    dy: Tensor, x: Tensor, mean: Tensor, variance: Tensor, scale_spec: Spec, *, variance_epsilon: float
) -> Tensor:
    """It multiplies what is normalised."""
    moved = dy * (x - mean)
    inverse = (variance + variance_epsilon).rsqrt()
    if variance.shape == scale_spec.shape:
        return _summed(moved, scale_spec) * inverse
    return _summed(moved * inverse, scale_spec)


@op(method=False)
def moments(
    x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None
) -> Moments:
    """Mean and (not the sample's) variance of `x` over `axis`, every axis by default, in float32.

    These axes go, or stay as 1 with `keep_dims`, NumPy's `keepdims`. The two are named: `.mean` and
    `.variance`. As `tf.moments`.

    >>> [m.item() for m in moments([1., 3.])]
    [2.0, 1.0]
    """
    keep_dims = kept(keep_dims, keepdims)
    tensor = as_tensor(x, "x", "moments").cast("float32")
    axes = normalize_axes(axis, tensor.rank, "moments")
    center = tensor.mean(axes, True)
    variance = tensor.squared_difference(center).mean(axes, keep_dims)
    return Moments(center if keep_dims else center.reshape(variance.shape), variance)


@op()
def norm(
    x: TensorLike,
    ord: Order = "euclidean",
    axis: Axes = None,
    keep_dims: bool = False,
    *,
    keepdims: bool | None = None,
) -> Tensor:
    """The norm of vectors along one axis, of matrices over two, or of all elements as a vector. As `tf.norm`.

    `x`: a tensor, float32 or what becomes it.
    `ord`: of vectors 1, 2 or "euclidean", inf, -inf; of matrices 1 and inf (largest sum of a column, a row),
    -inf, "euclidean" or "fro". ArgumentError for any other.
    `axis`: one axis, two, or None for all elements.
    `keep_dims`: whether these axes stay as 1; NumPy's name `keepdims` serves too.

    The gradient of the root of a sum of squares is 0 where the sum is 0.

    >>> norm([3., 4.]).item(), norm([[1., 2.], [3., 4.]], 1, [0, 1]).item()
    (5.0, 6.0)
    """
    keep_dims = kept(keep_dims, keepdims)
    tensor = as_tensor(x, "x", "norm")
    if tensor.rank == 0:
        return tensor.abs()
    if tensor.rank > 1 and axis is None:
        axes: tuple[int, ...] = tuple(range(tensor.rank))
    else:
        axes = normalize_axes(axis, tensor.rank, "norm")
    if axis is None or len(axes) == 1:
        return _vector_norm(tensor, ord, axes, keep_dims)
    if len(axes) == 2:
        found = _matrix_norm(tensor, ord, axes)
        return found if keep_dims else found.reshape(reduced_shape(tensor.shape, axes, False))
    raise ArgumentError(
        f"norm: axis {list(axes)} must be one axis (vectors) or two (matrices), or be left out"
    )


@custom_grad
def root(x: Tensor, save: Callable[[Tensor], None]) -> tuple[Tensor, Callable[..., Tensor]]:
    """The square root of sums of squares, whose gradient is 0 where they are 0, as PyTorch has it."""
    found = x.sqrt()
    save(found)

    def back(dy: Tensor, saved: Sequence[Tensor]) -> Tensor:
        return dy * (0.5 / where(saved[0].equal(0.0), math.inf, saved[0]))

    return found, back


def _vector_norm(x: Tensor, ord: Order, axes: tuple[int, ...], keep_dims: bool) -> Tensor:
    if ord == 1:
        return x.abs().sum(axes, keep_dims)
    if ord == math.inf:
        return x.abs().max(axes, keep_dims)
    if ord == -math.inf:
        return x.abs().min(axes, keep_dims)
    if ord in (2, "euclidean"):
        return root(x.square().sum(axes, keep_dims))
    raise ArgumentError(f"norm: ord {ord!r} of a vector must be 1, 2, 'euclidean', inf or -inf")


def _matrix_norm(x: Tensor, ord: Order, axes: tuple[int, ...]) -> Tensor:
    rows, columns = axes
    if ord == 1:
        return x.abs().sum(rows, True).max(columns, True)
    if ord == math.inf:
        return x.abs().sum(columns, True).max(rows, True)
    if ord == -math.inf:
        return x.abs().sum(columns, True).min(rows, True)
    if ord in ("fro", "euclidean"):
        return root(x.square().sum(axes, True))
    raise ArgumentError(f"norm: ord {ord!r} of a matrix must be 1, 'fro', 'euclidean', inf or -inf")


@op()
def euclidean_norm(
    x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None
) -> Tensor:
    """The root of the sum of squares of `x` over `axis` (every axis by default). As `tf.euclideanNorm`.

    With `keep_dims`, NumPy's `keepdims`, these axes stay as 1.

    >>> euclidean_norm([3., 4.]).item()
    5.0
    """
    keep_dims = kept(keep_dims, keepdims)
    return norm(x, "euclidean", axis, keep_dims)
