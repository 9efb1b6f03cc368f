"""Running sums and products: against NumPy, in every direction; gradients where zeros stand; refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base import env
from glbackend.base.errors import DtypeError, ShapeError


@pytest.mark.parametrize("shape", [(7,), (1000,), (3, 500), (5, 3, 7), (300, 2, 3)])
@pytest.mark.parametrize(
    ("exclusive", "reverse"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_cumsum_is_numpys(backend: str, shape: tuple[int, ...], exclusive: bool, reverse: bool) -> None:
    x = np.random.default_rng(0).integers(-9, 9, shape).astype(np.int32)
    for axis in range(len(shape)):
        turned = np.flip(x, axis) if reverse else x
        wanted = np.cumsum(turned, axis) - (turned if exclusive else 0)
        got = gl.cumsum(gl.tensor(x), axis, exclusive, reverse)
        assert got.dtype == "int32"
        np.testing.assert_array_equal(got.numpy(), np.flip(wanted, axis) if reverse else wanted)


def test_long_sums_stay_honest(backend: str) -> None:
    x = np.full(300_000, 0.1, np.float32)
    wanted = np.cumsum(x.astype(np.float64))
    np.testing.assert_allclose(gl.cumsum(gl.tensor(x)).numpy(), wanted, rtol=2e-6)


def test_what_stands_after_a_nan_does_not_reach_back(backend: str) -> None:
    x = gl.tensor([1.0, 2.0, np.nan, 3.0, np.inf])
    np.testing.assert_array_equal(gl.cumsum(x).numpy(), [1, 3, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(gl.cumsum(x, 0, True).numpy(), [0, 1, 3, np.nan, np.nan])
    np.testing.assert_array_equal(gl.cumprod(x, 0, False, True).numpy(), [np.nan] * 3 + [np.inf, np.inf])


def test_int32_wraps_and_bools_count(backend: str) -> None:
    big = gl.tensor(np.array([2**31 - 1, 1, 5], np.int32))
    np.testing.assert_array_equal(big.cumsum().numpy(), [2**31 - 1, -(2**31), -(2**31) + 5])
    np.testing.assert_array_equal(
        gl.cumprod(gl.tensor(np.array([65537] * 3, np.int32))).numpy(), [65537, 131073, 196609]
    )
    bits = gl.tensor(np.array([True, False, True]))
    assert bits.cumsum().dtype == "int32"
    np.testing.assert_array_equal(bits.cumsum().numpy(), [1, 1, 2])


def test_the_gradient_of_a_product_does_not_divide_by_zeros(backend: str) -> None:
    x = gl.tensor([2.0, 0.0, 3.0, 0.0])
    slope = gl.grad(lambda v: gl.cumprod(v).sum())(x)
    np.testing.assert_array_equal(slope.numpy(), [1, 2 + 6, 0, 0])


def test_scans_refuse(backend: str) -> None:
    with pytest.raises(ShapeError, match="cumsum: axis 2 is outside"):
        gl.cumsum(gl.zeros([2, 3]), 2)
    with pytest.raises(DtypeError, match="x must be float32, int32 or bool, got string"):
        gl.cumprod(["a", "b"])


@pytest.mark.parametrize("shape", [(65_000,), (65_000, 1), (2, 65_000)])
@pytest.mark.parametrize("reverse", [False, True])
def test_products_of_very_many_factors(backend: str, shape: tuple[int, ...], reverse: bool) -> None:
    """Of equal factors the roundings are alike, and would pile up."""
    axis = int(np.argmax(shape))
    for factor in (1.0001, 0.9999):
        x = np.full(shape, factor, np.float32)
        got = gl.cumprod(gl.tensor(x), axis, reverse=reverse).numpy()
        wanted = np.cumprod(x.astype(np.float64), axis)
        np.testing.assert_allclose(np.flip(got, axis) if reverse else got, wanted, rtol=3e-6)


def test_products_that_end_in_infinity_or_zero(backend: str) -> None:
    if backend == "cpu" and env.flag("EXACT", default=False):
        pytest.skip("nothing overflows in float64")
    x = np.ones(100, np.float32)
    x[[20, 40]], x[60], x[80] = 1e30, -1.0, 0.0
    with np.errstate(all="ignore"):
        wanted = np.cumprod(x)
        got = gl.cumprod(gl.tensor(x)).numpy()
    np.testing.assert_array_equal(got, wanted)
