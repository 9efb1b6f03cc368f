"""What creation ops promise, judged by NumPy and by the documentation of TF.js."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError


def test_fill_takes_its_dtype_from_the_value(backend: str) -> None:
    assert [gl.fill([2], value).dtype for value in (1, 1.0, True, "a")] == [
        "float32",
        "float32",
        "bool",
        "string",
    ]
    np.testing.assert_array_equal(gl.fill([2, 2], "a").numpy(), [["a", "a"], ["a", "a"]])
    assert np.signbit(gl.fill([2], 0.0).numpy()).tolist() == [False, False]
    assert np.signbit(gl.fill([2], -0.0).numpy()).tolist() == [True, True]


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool", "complex64"])
def test_zeros_and_ones(backend: str, dtype: str) -> None:
    for op, value in ((gl.zeros, 0), (gl.ones, 1)):
        got = op([2, 3], dtype)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.numpy(), np.full((2, 3), value, got.numpy().dtype))


def test_zeros_of_strings_are_empty(backend: str) -> None:
    assert gl.zeros([2], "string").numpy().tolist() == ["", ""]
    assert gl.zeros_like(gl.tensor(["a", "b"])).numpy().tolist() == ["", ""]
    with pytest.raises(DtypeError, match="ones_like: a string tensor has no ones"):
        gl.ones_like(gl.tensor(["a"]))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((0, 5), [0, 1, 2, 3, 4]),
        ((5, 0), [5, 4, 3, 2, 1]),
        ((5, 0, -2), [5, 3, 1]),
        ((0, 5, -1), []),
        ((5, 0, 2), []),
        ((3, 3), []),
        ((0, 1, 0.25), [0, 0.25, 0.5, 0.75]),
        ((1.2, 4, 1, "int32"), [1, 2, 3]),
        ((-1.5, 1, 0.5, "int32"), [-1, -1, 0, 0, 0]),
    ],
)
def test_range(backend: str, arguments: tuple[float, ...], wanted: list[float]) -> None:
    np.testing.assert_array_equal(gl.range(*arguments).numpy(), wanted)


def test_range_refuses_a_step_of_zero(backend: str) -> None:
    with pytest.raises(ArgumentError, match="step"):
        gl.range(0, 3, 0)


@pytest.mark.parametrize(("start", "stop", "num"), [(-1.1, 7.3, 1), (0.1, 0.7, 2), (3, -5, 101), (1, 1, 4)])
def test_linspace(backend: str, start: float, stop: float, num: int) -> None:
    got = gl.linspace(start, stop, num).numpy()
    np.testing.assert_allclose(got, np.linspace(start, stop, num), rtol=3e-7, atol=3e-7)
    assert got[0] == np.float32(start)
    assert num == 1 or got[-1] == np.float32(stop)


def test_linspace_needs_a_number(backend: str) -> None:
    with pytest.raises(ArgumentError, match="num"):
        gl.linspace(0, 1, 0)


@pytest.mark.parametrize(
    ("rows", "columns", "batch"), [(3, None, None), (2, 5, (2,)), (5, 2, (1, 3)), (1, 1, ()), (0, 3, None)]
)
def test_eye(backend: str, rows: int, columns: int | None, batch: tuple[int, ...] | None) -> None:
    wanted = np.broadcast_to(
        np.eye(rows, columns), (*(batch or ()), rows, rows if columns is None else columns)
    )
    np.testing.assert_array_equal(gl.eye(rows, columns, batch).numpy(), wanted)
    assert gl.eye(2, dtype="bool").numpy().tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_meshgrid(backend: str, indexing: str) -> None:
    x, y = np.array([1, 2, 3], np.int32), np.array([5.0, 7.0], np.float32)
    got = gl.meshgrid(x, y, indexing=indexing)
    for a, b in zip(got, np.meshgrid(x, y, indexing=indexing), strict=True):
        np.testing.assert_array_equal(a.numpy(), b)
    assert got[0].dtype == "int32"
    with pytest.raises(ArgumentError, match="indexing"):
        gl.meshgrid(x, y, indexing="yx")


def test_diag(backend: str) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(gl.diag(x).numpy(), np.diag(x.ravel()).reshape(2, 3, 2, 3))


def test_tensors_of_a_rank() -> None:
    for rank, op in enumerate(
        (gl.tensor1d, gl.tensor2d, gl.tensor3d, gl.tensor4d, gl.tensor5d, gl.tensor6d), 1
    ):
        values = np.zeros((2,) * rank, np.float32)
        assert op(values).rank == rank
        with pytest.raises(ShapeError, match=f"tensor{rank}d: needs {rank} dims"):
            op(values[None])
    with pytest.raises(ShapeError, match="scalar"):
        gl.scalar([1])


def test_buffer() -> None:
    made = gl.buffer([2, 3], "int32")
    made.set(7, 1, 2)
    assert (made.get(1, 2), made.get(), made.size, made.rank, made.index_to_loc(5)) == (7, 0, 6, 2, [1, 2])
    assert made.to_tensor().numpy().tolist() == [[0, 0, 0], [0, 0, 7]]
    made.set(1, 0, 0)
    assert gl.tensor([[1, 2], [3, 4]]).buffer().get(1, 0) == 3
    with pytest.raises(ShapeError, match="outside the shape"):
        made.set(1, 2, 0)
    with pytest.raises(ShapeError, match="do not fill"):
        gl.buffer([2], values=[1, 2, 3])
