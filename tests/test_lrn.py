"""Local response normalisation: the formula, channel by channel; refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ShapeError


@pytest.mark.parametrize(("channels", "radius"), [(1, 0), (3, 1), (7, 2), (16, 5), (5, 40)])
@pytest.mark.parametrize("beta", [0.5, 0.75, 1.0])
def test_the_formula(backend: str, channels: int, radius: int, beta: float) -> None:
    x = np.random.default_rng(0).normal(size=(2, 2, 3, channels)).astype(np.float32)
    wanted = np.empty_like(x)
    for c in range(channels):
        near = x[..., max(c - radius, 0) : c + radius + 1].astype(np.float64)
        wanted[..., c] = x[..., c] / (1.5 + 0.7 * np.square(near).sum(-1)) ** beta
    got = gl.local_response_normalization(x, radius, 1.5, 0.7, beta)
    np.testing.assert_allclose(got.numpy(), wanted, rtol=2e-6)
    np.testing.assert_array_equal(
        gl.local_response_normalization(x[0], radius, 1.5, 0.7, beta).numpy(), got.numpy()[0]
    )


def test_lrn_refuses(backend: str) -> None:
    with pytest.raises(ShapeError, match="rank 3 or 4 but got rank 2"):
        gl.local_response_normalization(gl.zeros([2, 3]))
    with pytest.raises(ArgumentError, match="depth_radius must be a whole number of at least 0, got 1"):
        gl.local_response_normalization(gl.zeros([1, 2, 3]), 1.5)  # type: ignore[arg-type]
