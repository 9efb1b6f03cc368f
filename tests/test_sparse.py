"""Sparse tensors and sums of picked rows by segment: by hand, against NumPy, and what is refused."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.testing.sample import integers, normal


def test_fill_empty_rows(backend: str) -> None:
    found = gl.sparse.sparse_fill_empty_rows([[3, 1], [1, 2], [3, 0]], [7.0, 8, 9], [5, 4], -1.0)
    assert found.output_indices.numpy().tolist() == [[0, 0], [1, 2], [2, 0], [3, 1], [3, 0], [4, 0]]
    assert found.output_values.numpy().tolist() == [-1, 8, -1, 7, 9, -1]
    assert found.empty_row_indicator.numpy().tolist() == [True, False, True, False, True]
    assert found.reverse_index_map.numpy().tolist() == [3, 1, 4]


def test_fill_empty_rows_of_nothing(backend: str) -> None:
    found = gl.sparse.sparse_fill_empty_rows(np.zeros((0, 2), np.int32), np.zeros(0, np.float32), [0, 5], 1.0)
    assert [one.shape for one in found] == [(0, 2), (0,), (0,), (0,)]


@pytest.mark.parametrize(("row", "message"), [(-1, r"indices\(1, 0\) is invalid: -1 < 0"), (2, "2 >= 2")])
def test_rows_outside_are_refused(backend: str, row: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.sparse.sparse_fill_empty_rows([[0, 0], [row, 0]], [1.0, 2], [2, 3], 0.0)


def test_reshape(backend: str) -> None:
    indices = [[0, 0, 0], [0, 1, 2], [1, 2, 3]]
    found = gl.sparse.sparse_reshape(indices, [2, 3, 6], [9, -1])
    flat = np.ravel_multi_index(np.transpose(indices), (2, 3, 6))
    np.testing.assert_array_equal(found.output_indices.numpy(), np.stack(np.unravel_index(flat, (9, 4)), 1))
    assert found.output_shape.numpy().tolist() == [9, 4]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([-1, -1], "only one output dimension may be -1, not both 0 and 1"),
        ([4, -1], "multiple of 4"),
        ([1, -7], "size 1 must be non-negative, not -7"),
        ([0, -1], "non-zero"),
        ([7], "6 dense values"),
    ],
)
def test_reshape_refuses(shape: list[int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.sparse.sparse_reshape([[0, 0]], [2, 3], shape)


def by_segment(data: np.ndarray[Any, Any], indices: Any, ids: Any, mean: bool) -> np.ndarray[Any, Any]:
    """A loop over the segments."""
    out = np.zeros((ids[-1] + 1, *data.shape[1:]))
    for segment in set(ids):
        rows = data[[i for i, one in zip(indices, ids, strict=True) if one == segment]].astype(float)
        out[segment] = rows.mean(0) if mean else rows.sum(0)
    return out


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 5), (6, 2, 4)])
def test_segments(backend: str, shape: tuple[int, ...], mean: bool) -> None:
    data, indices, ids = normal(*shape), [5, 0, 0, 2, 4], [1, 1, 1, 4, 4]
    op = gl.sparse.sparse_segment_mean if mean else gl.sparse.sparse_segment_sum
    np.testing.assert_allclose(
        op(data, indices, ids).numpy(), by_segment(data, indices, ids, mean), rtol=1e-5
    )


def test_segments_of_integers(backend: str) -> None:
    """Sums wrap as 32-bit integers do, means are cut towards 0."""
    data = np.array([[2**31 - 1, -7], [1, 2]], np.int32)
    assert gl.sparse.sparse_segment_sum(data, [0, 1], [0, 0]).numpy().tolist() == [[-(2**31), -5]]
    assert gl.sparse.sparse_segment_mean(data[:, 1:], [0, 1], [0, 0]).numpy().tolist() == [[-2]]


def test_long_segments_stay_exact(backend: str) -> None:
    data, indices = np.full((3, 1), 0.1, np.float32), integers(0, 3, 100_000)
    total = gl.sparse.sparse_segment_sum(data, indices, np.zeros(100_000, np.int32)).item()
    assert total == pytest.approx(10_000, rel=2e-5)


@pytest.mark.parametrize(
    ("indices", "ids", "message"),
    [
        ([1, -1], [0, 0], r"indices\[1\] == -1 out of range \[0, 3\)"),
        ([1, 3], [0, 0], r"indices\[1\] == 3 out of range \[0, 3\)"),
        ([0, 1, 2, 0], [0, 1, 0, 1], "not increasing"),
        ([0, 1, 2], [0, 1, 0], r"Segment id 1 out of range \[0, 1\)"),
        ([0, 1], [0, -1], "must be >= 0"),
    ],
)
def test_segments_refuse(backend: str, indices: list[int], ids: list[int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.sparse.sparse_segment_sum(normal(3, 2), indices, ids)


def test_segments_refuse_other_ranks() -> None:
    with pytest.raises(ShapeError, match="at least 1 dimensional"):
        gl.sparse.sparse_segment_mean(1.0, [0], [0])
    with pytest.raises(ShapeError, match="same size"):
        gl.sparse.sparse_segment_mean([1.0], [0], [0, 0])
