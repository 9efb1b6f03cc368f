"""Local response normalisation, its gradient, and that one's gradient."""

import numpy as np

from glbackend.base.errors import ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.op import op, run


@op()
def local_response_normalization(
    x: TensorLike, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5
) -> Tensor:
    """`x` / (`bias` + `alpha` * s) ** `beta`; s sums squares over the channels at most `depth_radius` away.

    `x`: float32 [height, width, channels] or [batch, height, width, channels]; the shape stays. Raises
    ShapeError for another rank, ArgumentError for a radius that is no whole number. Krizhevsky et al., 2012.
    As `tf.localResponseNormalization`.

    >>> local_response_normalization([[[2., 4.]]], 1, 44.).numpy().tolist()
    [[[0.25, 0.5]]]
    """
    image = as_tensor(x, "x", "local_response_normalization")
    if image.rank not in (3, 4):
        raise ShapeError(f"local_response_normalization: x must be rank 3 or 4 but got rank {image.rank}")
    batch = image.reshape((1, *image.shape)) if image.rank == 3 else image
    attrs = {"depth_radius": depth_radius, "bias": bias, "alpha": alpha, "beta": beta}
    return run("LRN", {"x": batch}, **attrs).reshape(image.shape)


@gradient("LRN", wrt="x")
def lrn_dx(
    dy: Tensor, x: Tensor, y: Tensor, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> Tensor:
    """A kernel of its own."""
    attrs = {"depth_radius": depth_radius, "bias": bias, "alpha": alpha, "beta": beta}
    return run("LRNGrad", {"x": x, "y": y, "dy": dy}, **attrs)


def _window_sums(x: Tensor, radius: int) -> Tensor:
    """Sums over the channels at most `radius` away, as a product with a band of ones: its own adjoint."""
    channels = x.shape[-1]
    place = np.arange(channels)
    band = np.abs(place[:, None] - place) <= radius
    flat = x.reshape((x.size // max(channels, 1), channels))
    return flat.matmul(tensor(band.astype(np.float32))).reshape(x.shape)


# With s the norm, W the sums over the window, LRNGrad is dy s^-beta - 2 alpha beta x W(dy y / s).


@gradient("LRNGrad", wrt="dy")
def lrn_grad_ddy(
    dy: Tensor, x: Tensor, y: Tensor, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> Tensor:
    """Linear in dy: the adjoint."""
    norm = _window_sums(x * x, depth_radius) * alpha + bias
    return dy * norm**-beta - _window_sums(x * dy, depth_radius) * y / norm * (2 * alpha * beta)


@gradient("LRNGrad", wrt="y")
def lrn_grad_dy(
    dy: Tensor, x: Tensor, dy_input: Tensor, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> Tensor:
    """Linear in y: the adjoint."""
    norm = _window_sums(x * x, depth_radius) * alpha + bias
    return _window_sums(x * dy, depth_radius) * dy_input / norm * (-2 * alpha * beta)


@gradient("LRNGrad", wrt="x")
def lrn_grad_dx(
    dy: Tensor,
    x: Tensor,
    y: Tensor,
    dy_input: Tensor,
    *,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> Tensor:
    """Through the factor x, and through the norm in both terms."""
    norm = _window_sums(x * x, depth_radius) * alpha + bias
    share = dy_input * y / norm
    shared = _window_sums(x * dy, depth_radius)
    by_norm = shared * share / norm * (2 * alpha * beta) - dy * dy_input * norm ** (-beta - 1) * beta
    factor = dy * _window_sums(share, depth_radius) * (-2 * alpha * beta)
    return factor + x * _window_sums(by_norm, depth_radius) * (2 * alpha)
