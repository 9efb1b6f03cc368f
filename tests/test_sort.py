"""topk and its kin: order of equals, NaN, infinities, small and large k, refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError


@pytest.mark.parametrize(("rows", "n"), [(1, 1), (3, 40), (2, 2500), (70, 19)])
def test_topk_orders_as_a_stable_sort(backend: str, rows: int, n: int) -> None:
    generator = np.random.default_rng(n)
    for x in (
        generator.normal(size=(rows, n)).astype("f4"),
        generator.integers(-5, 5, (rows, n)).astype("i4"),
    ):
        order = np.argsort(-x, axis=1, kind="stable")
        for k in {1, min(7, n), min(16, n), min(17, n), n}:
            values, indices = gl.topk(gl.tensor(x), k)
            np.testing.assert_array_equal(indices.numpy(), order[:, :k])
            np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, order[:, :k], 1))


def test_topk_of_many_numbers_with_equals_and_nan(backend: str) -> None:
    x = np.random.default_rng(0).integers(0, 20_000, (2, 80_003)).astype("f4")
    x[1, [70_000, 5, 80_002]] = np.nan
    values, indices = gl.topk(gl.tensor(x), 30)
    order = np.lexsort((np.arange(x.shape[1]) + 0 * x, -x, ~np.isnan(x)), axis=1)[:, :30]
    np.testing.assert_array_equal(indices.numpy(), order)
    np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, order, 1))


@pytest.mark.parametrize("k", [6, 20])
def test_special_values(backend: str, k: int) -> None:
    x = np.array([0, np.nan, -np.inf, np.inf, -0.0, np.nan] + [-np.inf] * 14, np.float32)
    values, indices = gl.topk(gl.tensor(x), k)
    np.testing.assert_array_equal(indices.numpy()[:6], [1, 5, 3, 0, 4, 2])
    np.testing.assert_array_equal(np.signbit(values.numpy()[3:5]), [False, True])
    np.testing.assert_array_equal(values.numpy()[:3], [np.nan, np.nan, np.inf])


def test_topk_refuses(backend: str) -> None:
    with pytest.raises(ArgumentError, match=r"'k' passed to topk\(\) must be >= 0"):
        gl.topk(gl.zeros([2, 3]), -1)
    with pytest.raises(ArgumentError, match=r"<= the last dimension \(3\)"):
        gl.topk(gl.zeros([2, 3]), 4)
    with pytest.raises(ShapeError, match="rank 1 or higher"):
        gl.topk(1.0)


def test_in_top_k(backend: str) -> None:
    scores = gl.tensor([[1.0, 9.0, 9.0], [7.0, 8.0, 9.0]])
    np.testing.assert_array_equal(gl.in_top_k(scores, [2, 2]).numpy(), [False, True])
    np.testing.assert_array_equal(gl.in_top_k(scores, [2, 0], 2).numpy(), [True, False])
    assert gl.in_top_k(scores, [2, 2]).dtype == "bool"
    with pytest.raises(ShapeError, match="targets of its shape without the last dim"):
        gl.in_top_k(scores, [1, 1, 1])
    with pytest.raises(ArgumentError, match=r"k must be in \[1, 3\]"):
        gl.in_top_k(scores, [1, 1], 4)


def test_search_sorted_is_numpys(backend: str) -> None:
    generator = np.random.default_rng(0)
    sequence = np.sort(generator.integers(0, 40, (3, 133)), 1).astype(np.int32)
    values = generator.integers(-2, 43, (3, 50)).astype(np.int32)
    for a, v in ((sequence, values), (sequence.astype("f4"), values.astype("f4"))):
        for bound, side in ((gl.lower_bound, "left"), (gl.upper_bound, "right")):
            wanted = np.stack([np.searchsorted(a[i], v[i], side) for i in range(3)])  # type: ignore[call-overload]
            np.testing.assert_array_equal(bound(gl.tensor(a), gl.tensor(v)).numpy(), wanted)


def test_search_sorted_refuses(backend: str) -> None:
    with pytest.raises(ShapeError, match="leading dims"):
        gl.search_sorted(gl.zeros([2, 3]), gl.zeros([3, 3]))
    with pytest.raises(DtypeError, match="is float32, values are bool: cast one"):
        gl.search_sorted(gl.zeros([3]), gl.zeros([3], "bool"))
    with pytest.raises(ArgumentError, match="'left' or 'right', got 'middle'"):
        gl.search_sorted(gl.zeros([3]), gl.zeros([3]), "middle")  # type: ignore[arg-type]
