"""bincount and dense_bincount: against NumPy, long sums, negative numbers, refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError

NOTHING = np.zeros(0, np.float32)


@pytest.mark.parametrize(("count", "size"), [(50, 7), (5000, 7), (3000, 300), (9, 1)])
def test_bincount_is_numpys(backend: str, count: int, size: int) -> None:
    generator = np.random.default_rng(0)
    x = generator.integers(0, size, count).astype(np.int32)
    weights = generator.normal(size=count).astype(np.float32)
    np.testing.assert_array_equal(gl.bincount(x, NOTHING, size).numpy(), np.bincount(x, minlength=size))
    got = gl.bincount(x, weights, size).numpy()
    np.testing.assert_allclose(got, np.bincount(x, weights, size), rtol=2e-6, atol=1e-4)
    np.testing.assert_array_equal(gl.bincount(x, weights, size).numpy(), got)


def test_long_sums_stay_honest(backend: str) -> None:
    total = gl.bincount(np.zeros(200_000, np.int32), np.full(200_000, 0.1, np.float32), 1).numpy()
    np.testing.assert_allclose(total, [np.float64(np.float32(0.1)) * 200_000], rtol=5e-6)


def test_dense_bincount(backend: str) -> None:
    x = np.array([[1, 2, 1], [0, 5, 0]], np.int32)
    np.testing.assert_array_equal(gl.dense_bincount(x, NOTHING, 3).numpy(), [[0, 2, 1], [2, 0, 0]])
    np.testing.assert_array_equal(gl.dense_bincount(x, NOTHING, 3, True).numpy(), [[0, 1, 1], [1, 0, 0]])
    weights = np.array([[1, 2, 3], [4, 5, 6]], np.int32)
    got = gl.dense_bincount(x, weights, 3)
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), [[0, 4, 2], [10, 0, 0]])
    np.testing.assert_array_equal(gl.dense_bincount(x[0], NOTHING, 2, True).numpy(), [0, 1])


def test_a_negative_number(backend: str) -> None:
    x = gl.tensor(np.array([1, -1], np.int32))
    if backend == "cpu":
        with pytest.raises(ArgumentError, match="must be non-negative"):
            gl.bincount(x, NOTHING, 3)
    else:
        np.testing.assert_array_equal(gl.bincount(x, NOTHING, 3).numpy(), [0, 1, 0])


def test_bincount_refuses(backend: str) -> None:
    with pytest.raises(DtypeError, match="x must be int32, got float32"):
        gl.bincount(gl.zeros([3]), NOTHING, 3)
    with pytest.raises(ArgumentError, match="non-negative, got -1"):
        gl.bincount([1], NOTHING, -1)
    with pytest.raises(ShapeError, match="weights must have the size of x"):
        gl.bincount([1, 2], [1.0], 3)
    with pytest.raises(ShapeError, match="at most rank 2"):
        gl.dense_bincount(gl.zeros([1, 1, 1], "int32"), NOTHING, 3)
