"""Linear algebra, held against NumPy and what TF.js documents."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.testing.case import case
from glbackend.testing.check import gradient_numeric
from glbackend.testing.sample import integers, normal


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 2), (2, 5), (2, 3, 4, 3), (1, 0), (0, 3, 2)])
@pytest.mark.parametrize("full", [False, True])
def test_qr(backend: str, shape: tuple[int, ...], full: bool) -> None:
    x = normal(*shape)
    q, r = (one.numpy() for one in gl.linalg.qr(x, full))
    m, n = shape[-2:]
    k = m if full else min(m, n)
    assert q.shape == (*shape[:-2], m, k) and r.shape == (*shape[:-2], k, n)
    np.testing.assert_allclose(q @ r, x, atol=3e-6)
    np.testing.assert_allclose(
        np.swapaxes(q, -1, -2) @ q, np.broadcast_to(np.eye(k), (*shape[:-2], k, k)), atol=3e-6
    )
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=2e-6)


def test_qr_has_the_signs_of_tfjs(backend: str) -> None:
    q, r = gl.linalg.qr([[1.0, 3.0], [-2.0, -4.0]])
    np.testing.assert_allclose(q.numpy(), [[-0.4472, -0.8944], [0.8944, -0.4472]], atol=1e-4)
    np.testing.assert_allclose(r.numpy(), [[-2.2361, -4.9193], [0, -0.8944]], atol=1e-4)


def test_qr_of_a_singular_matrix(backend: str) -> None:
    x = np.array([[0, 2, 2], [0, 1, 1], [0, 1, 2]], np.float32)
    q, r = (one.numpy() for one in gl.linalg.qr(x))
    np.testing.assert_allclose(q @ r, x, atol=1e-6)
    with pytest.raises(ShapeError, match="rank >= 2, but got rank 1"):
        gl.linalg.qr([1.0])


def test_gradients() -> None:
    one = case("Sum", "qr", lambda x: list(gl.linalg.qr(x)), normal(4, 3), grad=(0,))
    gradient_numeric(one)
    gradient_numeric(one, order=2)
    gradient_numeric(
        case("Sum", "gram_schmidt", lambda x: gl.linalg.gram_schmidt(x), normal(3, 4), grad=(0,))
    )


def test_gram_schmidt(backend: str) -> None:
    x = normal(3, 5)
    y = gl.linalg.gram_schmidt(gl.tensor(x)).numpy()
    np.testing.assert_allclose(y @ y.T, np.eye(3), atol=2e-6)
    np.testing.assert_allclose(y[0], x[0] / np.linalg.norm(x[0]), rtol=1e-5)
    rows = gl.linalg.gram_schmidt([gl.tensor(row) for row in x])
    np.testing.assert_allclose([row.numpy() for row in rows], y, rtol=1e-5)
    with pytest.raises(ShapeError, match=r"Number of vectors \(3\) exceeds number of dimensions \(2\)"):
        gl.linalg.gram_schmidt(gl.tensor(normal(3, 2)))
    with pytest.raises(ShapeError, match="Non-unique"):
        gl.linalg.gram_schmidt([gl.tensor([1.0, 2.0]), gl.tensor([1.0])])
    with pytest.raises(ArgumentError, match="empty"):
        gl.linalg.gram_schmidt([])


@pytest.mark.parametrize(("lower", "upper"), [(0, 0), (1, -1), (-1, 0), (2, 1), (-1, -1), (3, 4)])
def test_band_part(backend: str, lower: int, upper: int) -> None:
    for x in (normal(2, 3, 4), integers(-9, 9, 3, 4)):
        wanted = np.triu(x, -lower if lower >= 0 else -9)
        wanted = np.tril(wanted, upper if upper >= 0 else 9)
        got = gl.linalg.band_part(x, lower, upper).numpy()
        assert got.dtype == x.dtype
        np.testing.assert_array_equal(got, wanted)


def test_band_part_refuses() -> None:
    with pytest.raises(ShapeError, match="rank must be at least 2, got 1"):
        gl.linalg.band_part([1.0], 0, 0)
    with pytest.raises(ArgumentError, match=r"num_lower must be an integer, got 0\.5"):
        gl.linalg.band_part([[1.0]], 0.5, 0)
    with pytest.raises(ArgumentError, match=r"num_upper \(2\) must not be greater than 1"):
        gl.linalg.band_part([[1.0]], 0, 2)
