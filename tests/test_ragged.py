"""Ragged tensors: values worked out by hand, and what is refused."""

import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError


def test_gather_over_two_levels(backend: str) -> None:
    """[[[1, 2]], [[], [3, 4, 5]], []] picked by [[1, 0], [2, 1]]."""
    found = gl.ragged_gather([[0, 1, 3, 3], [0, 2, 2, 5]], [1.0, 2, 3, 4, 5], [[1, 0], [2, 1]])
    splits = [one.numpy().tolist() for one in found.output_nested_splits]
    assert splits == [[0, 2, 4], [0, 2, 3, 3, 5], [0, 0, 3, 5, 5, 8]]
    assert found.output_dense_values.numpy().tolist() == [3, 4, 5, 1, 2, 3, 4, 5]


def test_gather_of_a_scalar_loses_a_level(backend: str) -> None:
    found = gl.ragged_gather([[0, 1, 3], [0, 2, 2, 5]], [[1.0], [2], [3], [4], [5]], 1)
    assert [one.numpy().tolist() for one in found.output_nested_splits] == [[0, 0, 3]]
    assert found.output_dense_values.shape == (3, 1)
    alone = gl.ragged_gather([[0, 1, 3]], [1.0, 2, 3], 1)
    assert alone.output_nested_splits == []
    assert alone.output_dense_values.numpy().tolist() == [2, 3]


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([0, 2, 1, 3], "ascending"),
        ([-1, 1], "non-negative"),
        ([0, 9], "point past"),
    ],
)
def test_splits_that_are_none_are_refused(backend: str, splits: list[int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.ragged_gather([splits], [1.0, 2, 3], [0])


def test_bad_calls_of_gather() -> None:
    with pytest.raises(ArgumentError, match=r"indices\[1\] = 7 is not in \[0, 2\)"):
        gl.ragged_gather([[0, 1, 3]], [1.0, 2, 3], [0, 7])
    with pytest.raises(ShapeError, match="nonzero"):
        gl.ragged_gather([[0, 1]], 1.0, [0])
    with pytest.raises(ArgumentError, match="1 ragged dims"):
        gl.ragged_gather([[0, 1, 3]], [1.0, 2, 3], [0], output_ragged_rank=2)


def test_range(backend: str) -> None:
    found = gl.ragged_range([0.0, 5, 8, 3], [1.0, 7, 5, 3], [0.5, 1, -1, 1])
    assert found.rt_nested_splits.numpy().tolist() == [0, 2, 4, 7, 7]
    assert found.rt_dense_values.numpy().tolist() == [0, 0.5, 5, 6, 8, 7, 6]
    assert gl.ragged_range(0, 3, 1).rt_nested_splits.numpy().tolist() == [0, 3]


def test_bad_calls_of_range() -> None:
    with pytest.raises(ArgumentError, match="delta != 0"):
        gl.ragged_range([1.0], [2.0], [0.0])
    with pytest.raises(ArgumentError, match="2147483647"):
        gl.ragged_range([0.1], [1e10], [1e-10])
    with pytest.raises(ShapeError, match="same shape"):
        gl.ragged_range([1.0, 2], [1.0], 1.0)
    with pytest.raises(DtypeError, match="all must be"):
        gl.ragged_range([1.0], gl.tensor([1], dtype="int32"), 1.0)


def test_to_tensor(backend: str) -> None:
    """Rows [1, 2, 3], [], [4], [5, 6], said in both ways."""
    values = [1.0, 2, 3, 4, 5, 6]
    by_splits = [[0, 3, 3, 4, 6]], ["ROW_SPLITS"]
    by_ids = [4, [0, 0, 0, 2, 3, 3]], ["FIRST_DIM_SIZE", "VALUE_ROWIDS"]
    for partitions, types in (by_splits, by_ids):
        dense = gl.ragged_tensor_to_tensor([-1, 2], values, -1.0, partitions, types)
        assert dense.numpy().tolist() == [[1, 2], [-1, -1], [4, -1], [5, 6]]
        larger = gl.ragged_tensor_to_tensor([5, -1], values, 0.0, partitions, types)
        assert larger.numpy().tolist() == [[1, 2, 3], [0, 0, 0], [4, 0, 0], [5, 6, 0], [0, 0, 0]]
        fewer = gl.ragged_tensor_to_tensor([1, -1], values, 0.0, partitions, types)
        assert fewer.numpy().tolist() == [[1, 2, 3]]


def test_to_tensor_with_dense_dims_and_an_unknown_rank(backend: str) -> None:
    values = [[1.0, 2], [3, 4], [5, 6]]
    dense = gl.ragged_tensor_to_tensor(-1, values, [8.0, 9], [[0, 1, 2], [0, 2, 3]], ["ROW_SPLITS"] * 2)
    assert dense.numpy().tolist() == [[[[1, 2], [3, 4]]], [[[5, 6], [8, 9]]]]


def test_bad_calls_of_to_tensor() -> None:
    values, splits = [1.0, 2, 3], [[0, 1, 3]]
    with pytest.raises(ShapeError, match="incompatible"):
        gl.ragged_tensor_to_tensor([2, 2, 2], values, 0.0, splits, ["ROW_SPLITS"])
    with pytest.raises(ArgumentError, match="FIRST_DIM_SIZE"):
        gl.ragged_tensor_to_tensor([-1, -1], values, 0.0, [[0, 0, 1]], ["VALUE_ROWIDS"])
    with pytest.raises(ArgumentError, match="use one of"):
        gl.ragged_tensor_to_tensor([-1, -1], values, 0.0, splits, ["ROW_LENGTHS"])
    with pytest.raises(ArgumentError, match="2 values, got 3"):
        gl.ragged_tensor_to_tensor([-1, -1], values, 0.0, [[0, 1, 2]], ["ROW_SPLITS"])
    with pytest.raises(ShapeError, match="fewer dims"):
        gl.ragged_tensor_to_tensor([-1, -1], values, [0.0], splits, ["ROW_SPLITS"])
