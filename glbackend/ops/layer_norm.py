"""Rows normalised each by itself, and the gradients: in one kernel where rows are not too long."""

from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.norm import batch_norm, moments
from glbackend.ops.op import run

LONGEST = 4096  # elements of a row that one fragment adds up; beyond, many share in a sum


def layer_norm(x: Tensor, scale: Tensor | None, offset: Tensor | None, epsilon: float) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with mean and variance of each row of `x`.

    `scale` and `offset` are vectors over the last axis, or None. Ba, Kiros and Hinton 2016.

    >>> import glbackend as gl
    >>> layer_norm(gl.tensor([[1., 3.], [2., 2.]]), None, None, 0.0).numpy()[0].tolist()
    [-1.0, 1.0]
    """
    if x.shape[-1] > LONGEST:
        mean, variance = moments(x, -1, keep_dims=True)
        return batch_norm(x, mean, variance, offset, scale, epsilon)
    vectors = {"scale": scale, "offset": offset}
    given = {name: one for name, one in vectors.items() if one is not None}
    return run("LayerNorm", {"x": x, **given}, epsilon=epsilon)


def _normal(x: Tensor, epsilon: float) -> Tensor:
    return run("LayerNorm", {"x": x}, epsilon=epsilon)


def _dx(x: Tensor, dy: Tensor, scale: Tensor | None, epsilon: float) -> Tensor:
    given = {} if scale is None else {"scale": scale}
    return run("LayerNormGrad", {"x": x, "dy": dy, **given}, epsilon=epsilon)


def _over_rows(x: Tensor) -> Tensor:
    return x.sum(tuple(range(x.rank - 1)))


@gradient("LayerNorm", wrt="x")
def layer_norm_dx(dy: Tensor, x: Tensor, scale: Tensor | None, *, epsilon: float) -> Tensor:
    """A kernel of its own."""
    return _dx(x, dy, scale, epsilon)


@gradient("LayerNorm", wrt="scale")
def layer_norm_dscale(dy: Tensor, x: Tensor, *, epsilon: float) -> Tensor:
    """It multiplies what is normalised."""
    return _over_rows(dy * _normal(x, epsilon))


@gradient("LayerNorm", wrt="offset")
def layer_norm_doffset(dy: Tensor) -> Tensor:
    """It is added."""
    return _over_rows(dy)


@gradient("LayerNormGrad", wrt="dy")
def layer_norm_grad_ddy(dy: Tensor, x: Tensor, scale: Tensor | None, *, epsilon: float) -> Tensor:
    """The same but for the order: without scale the gradient is a symmetric matrix for each row."""
    found = _dx(x, dy, None, epsilon)
    return found if scale is None else found * scale


@gradient("LayerNormGrad", wrt="scale")
def layer_norm_grad_dscale(dy: Tensor, x: Tensor, dy_input: Tensor, *, epsilon: float) -> Tensor:
    """It multiplies dy."""
    return _over_rows(dy_input * _dx(x, dy, None, epsilon))


@gradient("LayerNormGrad", wrt="x")
def layer_norm_grad_dx(
    dy: Tensor, x: Tensor, dy_input: Tensor, scale: Tensor | None, *, epsilon: float
) -> Tensor:
    """Of c A g for the symmetric A = r (1 - 1/n - y y / n): through r, and through the normalised y."""
    c, g, y = dy, dy_input if scale is None else dy_input * scale, _normal(x, epsilon)
    r = (moments(x, -1, keep_dims=True).variance + epsilon).rsqrt()
    c_along, g_along = (c * y).mean(-1, True), (g * y).mean(-1, True)
    rest = (c * g).mean(-1, True) - c.mean(-1, True) * g.mean(-1, True) - c_along * g_along
    through_y = _dx(x, c, None, epsilon) * g_along + _dx(x, g, None, epsilon) * c_along
    return -(through_y * r + r.square() * rest * y)
