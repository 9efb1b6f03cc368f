"""Movement, views and indexing against NumPy, on both backends, and what they say of wrong input."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.tensor import METHODS

ARRAY = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
SPECIAL = np.array([[np.nan, np.inf, 1.0], [-np.inf, -0.0, 2.0]], np.float32)
needs_gather = pytest.mark.skipif("gather" not in METHODS, reason="gather is not there")


@pytest.mark.parametrize(
    "key",
    [
        np.s_[0], np.s_[-1], np.s_[1:3], np.s_[:-1], np.s_[::2], np.s_[::-1], np.s_[3:0:-2], np.s_[2:2],
        np.s_[9:], np.s_[-9:2], np.s_[1, 2, 3], np.s_[:, 1], np.s_[..., 2], np.s_[..., -1:], np.s_[1, ..., 4],
        np.s_[None], np.s_[:, None, 2:4], np.s_[..., None], np.s_[None, 1, ..., None, ::3], np.s_[()],
        np.s_[...], np.s_[:, ::-2, 5:0:-2], np.s_[np.int64(2), 1:],
    ],
    ids=str,
)  # fmt: skip
def test_basic_indexing_is_numpys(backend: str, key: Any) -> None:
    np.testing.assert_array_equal(gl.tensor(ARRAY)[key].numpy(), ARRAY[key])


@needs_gather
@pytest.mark.parametrize(
    "key",
    [
        [0, 2], np.array([3, -1, 0]), np.array([[1, 0], [2, -4]]), ARRAY[:, 0, 0] > 30,
        ARRAY[:, :, 0] % 4 == 0, ARRAY > 50, [True, False, False, True],
        np.s_[[1, 3], 2:4], np.s_[np.array([0, -1]), ..., 0], np.s_[ARRAY[:, 0, 0] > 30, ::2], [],
    ],
    ids=lambda key: str(key).replace("\n", ""),
)  # fmt: skip
def test_array_indexing_is_numpys(backend: str, key: Any) -> None:
    np.testing.assert_array_equal(gl.tensor(ARRAY)[key].numpy(), ARRAY[key])


@needs_gather
def test_index_on_the_device(backend: str) -> None:
    index = gl.tensor(np.array([1, -2], np.int32)) + gl.tensor(np.array([0, 0], np.int32))
    np.testing.assert_array_equal(gl.tensor(ARRAY)[index].numpy(), ARRAY[[1, -2]])
    np.testing.assert_array_equal(gl.tensor(ARRAY)[gl.tensor(np.int32(2))].numpy(), ARRAY[2])


@needs_gather
def test_gradient_of_indexing(backend: str) -> None:
    slope = gl.grad(lambda x: (x[1:, 4:1:-2] * x[[0, 0, 3], :2]).sum())(gl.tensor(ARRAY[..., 0])).numpy()
    x = ARRAY[..., 0].astype(np.float64)
    wanted = np.zeros_like(x)
    for i, row in enumerate((0, 0, 3)):
        for j, column in enumerate((4, 2)):
            wanted[i + 1, column] += x[row, j]
            wanted[row, j] += x[i + 1, column]
    np.testing.assert_allclose(slope, wanted)


def test_iteration_and_tuple_unpacking(backend: str) -> None:
    rows = list(gl.tensor(ARRAY[0, :2]))
    assert [row.numpy().tolist() for row in rows] == ARRAY[0, :2].tolist()
    a, b = gl.unstack([[1.0, 2.0], [3.0, 4.0]], 1)
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([1.0, 3.0], [2.0, 4.0])


def test_movement_keeps_every_bit(backend: str) -> None:
    """Copies: NaN stays NaN where it was, the sign of zero stays, nothing leaks from beside the border."""
    x = gl.tensor(SPECIAL)
    for got, wanted in [
        (x.transpose(), SPECIAL.T),
        (x.reverse(1), SPECIAL[:, ::-1]),
        (x.tile([2, 3]), np.tile(SPECIAL, (2, 3))),
        (x.pad([[1, 0], [2, 1]], 7.0), np.pad(SPECIAL, [(1, 0), (2, 1)], constant_values=7)),
        (x.mirror_pad([[1, 1], [2, 2]], "reflect"), np.pad(SPECIAL, [(1, 1), (2, 2)], "reflect")),
        (x.mirror_pad([[2, 1], [3, 1]], "symmetric"), np.pad(SPECIAL, [(2, 1), (3, 1)], "symmetric")),
        (gl.concat([x, x], 1), np.concatenate([SPECIAL, SPECIAL], 1)),
        (gl.stack([x, x], 2), np.stack([SPECIAL, SPECIAL], 2)),
        (x.broadcast_to([2, 2, 3]), np.broadcast_to(SPECIAL, (2, 2, 3))),
    ]:
        np.testing.assert_array_equal(got.numpy(), wanted)
        np.testing.assert_array_equal(np.signbit(got.numpy()), np.signbit(wanted))


def test_int32_is_exact(backend: str) -> None:
    values = np.array([[2**31 - 1, -(2**31), 2**24 + 1]], np.int32)
    x = gl.tensor(values)
    np.testing.assert_array_equal(x.transpose().numpy(), values.T)
    np.testing.assert_array_equal(x.pad([[0, 0], [1, 0]], -5).numpy(), [[-5, *values[0]]])
    assert gl.concat([x, x]).dtype == "int32"


def test_strings_move_on_the_host(backend: str) -> None:
    x = gl.tensor([["a", "b"], ["c", "d"]])
    assert x.transpose().numpy().tolist() == [["a", "c"], ["b", "d"]]
    assert gl.concat([x, x], 1)[1].numpy().tolist() == ["c", "d", "c", "d"]


def test_views_share_data(backend: str) -> None:
    x = gl.tensor(ARRAY).square()
    for view in (x.reshape([20, 6]), x.flatten(), x.expand_dims(-1), x.clone(), x.squeeze(), x[None]):
        assert view.size == x.size
        if backend == "webgl":
            assert view.data_id == x.data_id
    assert x.reshape([20, 6]).data_id == x.clone().data_id == x.expand_dims().data_id == x.data_id
    kept = x.reshape([120])
    x.dispose()
    np.testing.assert_array_equal(kept.numpy(), np.square(ARRAY).ravel())


def test_concat_meets_in_the_widest_dtype(backend: str) -> None:
    joined = gl.concat([gl.tensor([1, 2], dtype="int32"), gl.tensor([0.5])])
    assert joined.dtype == "float32"
    assert joined.numpy().tolist() == [1.0, 2.0, 0.5]


def test_space_to_batch_is_the_inverse_of_batch_to_space(backend: str) -> None:
    x = gl.tensor(ARRAY.reshape(1, 4, 6, 5))
    blocks = x.space_to_batch_nd([2, 3], [[1, 1], [0, 0]])
    assert blocks.shape == (6, 3, 2, 5)
    np.testing.assert_array_equal(blocks.batch_to_space_nd([2, 3], [[1, 1], [0, 0]]).numpy(), x.numpy())
    padded = np.pad(x.numpy(), [(0, 0), (1, 1), (0, 0), (0, 0)])
    np.testing.assert_array_equal(blocks.numpy()[1, :, :, 0], padded[0, ::2, 1::3, 0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.reshape([7, -1]), ShapeError, "no dim in place of -1"),
        (lambda x: x.reshape([7]), ShapeError, r"holds 7 elements, the tensor of shape \[4, 5, 6\] 120"),
        (lambda x: x.reshape([-1, -1]), ShapeError, "at most one -1"),
        (lambda x: x.squeeze([0]), ShapeError, "axis 0 of shape .* has 4 elements"),
        (lambda x: x.expand_dims(5), ShapeError, "axis 5"),
        (lambda x: x.transpose([0, 1]), ShapeError, "must name each of the 3 axes"),
        (lambda x: x.transpose([0, 1, 1]), ShapeError, "must name each of the 3 axes"),
        (lambda x: x.reverse(3), ShapeError, "axis 3"),
        (lambda x: x.slice([0, 2], [1, 9]), ShapeError, "begin 2 and size 9 on axis 1"),
        (lambda x: x.slice([-1]), ShapeError, "negative begin"),
        (lambda x: gl.tensor(1.0).slice([0], [1]), ShapeError, "rank 0"),
        (lambda x: x.strided_slice([0], [1], [0]), ArgumentError, "stride of axis 0 is 0"),
        (lambda x: x[4], ShapeError, "index 4 of axis 0"),
        (lambda x: x[0, 0, 0, 0], ShapeError, "4 indices"),
        (lambda x: x[..., ...], ArgumentError, "single ellipsis"),
        (lambda x: x[1.5], ArgumentError, "no index"),
        (lambda x: x[True], ArgumentError, "no index"),
        (lambda x: x[[5]], ShapeError, "outside"),
        (lambda x: x[[0.5]], DtypeError, "int32 or bool"),
        (lambda x: x[[True, False]], ShapeError, "mask of shape"),
        (lambda x: gl.concat([x, x.slice([0, 1])], 0), ShapeError, "tensor 1 has shape"),
        (lambda x: gl.concat([]), ArgumentError, "at least one"),
        (lambda x: gl.stack([x, x[0]]), ShapeError, "tensor 1 has shape"),
        (lambda x: x.split(3), ShapeError, "do not divide the 4"),
        (lambda x: x.split([1, 2]), ShapeError, "add up to the 4"),
        (lambda x: gl.unstack(1.0), ShapeError, "rank 0"),
        (lambda x: x.pad([[1, 1]]), ShapeError, "must be 3 pairs"),
        (lambda x: x.pad([[0, 0], [0, -9], [0, 0]]), ShapeError, "crop more than there is"),
        (lambda x: x.pad([[0, 0], [0, -1]]), ShapeError, "must be 3 pairs"),
        (lambda x: x.mirror_pad([[0, 0], [0, 5], [0, 0]], "reflect"), ShapeError, "must not exceed 4"),
        (lambda x: x.mirror_pad([[0, 0]] * 3, "edge"), ArgumentError, "'reflect' or 'symmetric'"),
        (lambda x: x.tile([2]), ShapeError, "for each axis"),
        (lambda x: x.broadcast_to([4, 5, 7]), ShapeError, "broadcast"),
        (lambda x: x.broadcast_to([5, 6]), ShapeError, "broadcast"),
        (lambda x: x.space_to_batch_nd([3], [[0, 0]]), ShapeError, "no multiple of 3"),
        (lambda x: x.batch_to_space_nd([3], [[0, 0]]), ShapeError, "no multiple of the blocks"),
        (lambda x: gl.slice2d(x, [0, 0], [1, 1]), ShapeError, "rank 2"),
    ],
)  # fmt: skip
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(gl.tensor(ARRAY))
