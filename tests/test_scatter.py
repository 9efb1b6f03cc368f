"""tensor_scatter_update and sparse_to_dense: the last of equal indices counts, in gradients too; refusals."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError


@pytest.mark.parametrize(("rows", "count", "columns"), [(7, 20, 3), (20_000, 5000, 1), (900, 2000, 4)])
def test_the_last_update_counts(backend: str, rows: int, count: int, columns: int) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, columns)).astype(np.float32)
    indices = generator.integers(0, rows, (count, 1)).astype(np.int32)
    updates = generator.normal(size=(count, columns)).astype(np.float32)
    wanted = x.copy()
    for i, row in enumerate(indices[:, 0]):
        wanted[row] = updates[i]
    np.testing.assert_array_equal(gl.tensor_scatter_update(x, indices, updates).numpy(), wanted)


def test_gradients_follow_the_update_that_counts(backend: str) -> None:
    x, updates = gl.tensor([1.0, 2.0, 3.0]), gl.tensor([4.0, 5.0, 6.0])
    weights = gl.tensor([10.0, 20.0, 30.0])
    slopes = gl.grads(lambda a, u: (gl.tensor_scatter_update(a, [[1], [2], [1]], u) * weights).sum())(
        [x, updates]
    )
    np.testing.assert_array_equal(slopes[0].numpy(), [10, 0, 0])
    np.testing.assert_array_equal(slopes[1].numpy(), [0, 30, 20])


def test_sparse_to_dense(backend: str) -> None:
    np.testing.assert_array_equal(gl.sparse_to_dense(2, 5.0, [4]).numpy(), [0, 0, 5, 0])
    np.testing.assert_array_equal(gl.sparse_to_dense([0, 2], 5.0, [4], 1.0).numpy(), [5, 1, 5, 1])
    got = gl.sparse_to_dense([[0, 1], [1, 0], [0, 1]], gl.tensor([7, 8, 9], dtype="int32"), [2, 2], -1)
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), [[-1, 9], [8, -1]])
    words = gl.sparse_to_dense([1], ["b"], [3], "a").numpy()
    assert [getattr(word, "decode", lambda word=word: word)() for word in words] == ["a", "b", "a"]


def test_an_index_outside(backend: str) -> None:
    if backend == "cpu":
        with pytest.raises(ArgumentError, match=r"invalid indices: \[3\] does not index into \[3\]"):
            gl.tensor_scatter_update(gl.zeros([3]), [[3]], [1.0])
        with pytest.raises(ArgumentError, match=r"invalid indices: \[-1\]"):
            gl.sparse_to_dense([-1], [1.0], [3])
    else:
        np.testing.assert_array_equal(
            gl.tensor_scatter_update(gl.zeros([3]), [[3]], [1.0]).numpy(), [0, 0, 0]
        )
        np.testing.assert_array_equal(gl.sparse_to_dense([[0, 3]], [1.0], [2, 3]).numpy(), np.zeros((2, 3)))


def test_scatters_refuse(backend: str) -> None:
    x = gl.zeros([3, 2])
    with pytest.raises(DtypeError, match="indices must be int32"):
        gl.tensor_scatter_update(x, gl.zeros([1, 1]), gl.zeros([1, 2]))
    with pytest.raises(DtypeError, match="same dtype, instead they are float32 and int32"):
        gl.tensor_scatter_update(x, [[0]], gl.zeros([1, 2], "int32"))
    with pytest.raises(ShapeError, match=r"must have updates\.shape"):
        gl.tensor_scatter_update(x, [[0]], gl.zeros([1, 3]))
    with pytest.raises(ShapeError, match="scalar, vector, or matrix"):
        gl.sparse_to_dense(gl.zeros([1, 1, 1], "int32"), [1.0], [3])
    with pytest.raises(ShapeError, match="output_shape has 2 dims, but an index has 1"):
        gl.sparse_to_dense([0], [1.0], [3, 3])
    with pytest.raises(ShapeError, match=r"should be \[\] or \[1\]"):
        gl.sparse_to_dense([0], [1.0, 2.0], [3])
    with pytest.raises(DtypeError, match="must have the same dtype"):
        gl.sparse_to_dense([0], [1.0], [3], gl.tensor(1, dtype="int32"))
