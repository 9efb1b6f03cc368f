"""Ops whose values decide the shape of the result: order, NaN, strings, gradients of a mask, refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import DtypeError, ShapeError


def test_unique_keeps_the_order_of_first_places(backend: str) -> None:
    values, indices = gl.unique(gl.tensor([3.0, np.nan, -0.0, 3.0, 0.0, np.nan, np.inf]))
    np.testing.assert_array_equal(values.numpy(), [3, np.nan, 0, np.inf])
    np.testing.assert_array_equal(indices.numpy(), [0, 1, 2, 0, 2, 1, 3])
    assert indices.dtype == "int32"


def test_unique_slices_and_words(backend: str) -> None:
    x = gl.tensor([[1.0, 2.0, 1.0], [3.0, 4.0, 3.0], [1.0, 2.0, 1.0]])
    rows, columns = x.unique(), x.unique(1)
    np.testing.assert_array_equal(rows.values.numpy(), [[1, 2, 1], [3, 4, 3]])
    np.testing.assert_array_equal(rows.indices.numpy(), [0, 1, 0])
    np.testing.assert_array_equal(columns.values.numpy(), [[1, 2], [3, 4], [1, 2]])
    words = gl.unique([["a", "b,c"], ["a,b", "c"], ["a", "b,c"]])
    assert words.values.shape == (2, 2)
    np.testing.assert_array_equal(words.indices.numpy(), [0, 1, 0])


def test_argwhere_is_numpys(backend: str) -> None:
    x = np.random.default_rng(0).integers(0, 2, (3, 4, 5)).astype(bool)
    np.testing.assert_array_equal(gl.argwhere(gl.tensor(x)).numpy(), np.argwhere(x))
    with pytest.raises(DtypeError, match="condition must be bool, got float32"):
        gl.argwhere(gl.zeros([3]))


def test_boolean_mask(backend: str) -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    mask = np.array([[True, False, True], [False, False, True]])
    np.testing.assert_array_equal(gl.boolean_mask(x, mask).numpy(), x[mask])
    np.testing.assert_array_equal(gl.boolean_mask(x, mask[0], 1).numpy(), x[:, mask[0]])
    slope = gl.grad(lambda v: gl.boolean_mask(v, mask).square().sum())(gl.tensor(x))
    np.testing.assert_array_equal(slope.numpy(), 2 * x * mask[..., None])
    with pytest.raises(ShapeError, match="the shape of the mask"):
        gl.boolean_mask(x, mask, 1)
    with pytest.raises(ShapeError, match="mask cannot be scalar"):
        gl.boolean_mask(x, True)


def test_setdiff1d(backend: str) -> None:
    values, indices = gl.setdiff1d(gl.tensor([1.0, np.nan, 2.0, 1.0, 4.0]), gl.tensor([2.0, np.nan]))
    np.testing.assert_array_equal(values.numpy(), [1, 1, 4])
    np.testing.assert_array_equal(indices.numpy(), [0, 3, 4])
    with pytest.raises(DtypeError, match="same dtype"):
        gl.setdiff1d(gl.zeros([2]), gl.zeros([2], "int32"))
    with pytest.raises(ShapeError, match="1D"):
        gl.setdiff1d(gl.zeros([2, 2]), gl.zeros([2]))
