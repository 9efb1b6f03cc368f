"""The cpu kernels: in float32 as in float64, in little memory, in several threads."""

import itertools
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.matmul import multiply
from glbackend.backends.cpu.kernels.movement import transposed
from glbackend.backends.cpu.kernels.rows import dots, outer
from glbackend.backends.cpu.kernels.window import BLOCK_BYTES, blocks
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import assert_close, results, using

MB = 1 << 20


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_float32_is_as_good_as_float64(case: Case) -> None:
    with using(Cpu(exact=True)):
        wanted = results(case.call, case.inputs)
    with using(Cpu(exact=False)):
        got = results(case.call, case.inputs)
    for i, (a, b) in enumerate(zip(got, wanted, strict=True)):
        assert_close(a, b, case.rtol, f"{case.id}, output {i}")


@pytest.mark.parametrize("exact", ["1", "0"])
def test_the_flag_is_read_when_a_backend_is_made(exact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLBACKEND_EXACT", exact)
    assert Cpu().exact == (exact == "1")


def test_an_exact_backend_rounds_once() -> None:
    numbers = gl.tensor([1e8, 1.0, -1e8])
    with using(Cpu(exact=True)):
        assert gl.matmul(numbers.reshape([1, 3]), gl.ones([3, 1])).item() == 1.0


@pytest.mark.parametrize("n", [1000, 1009, 1 << 20, 3 * 333_667])
@pytest.mark.parametrize("axis", [0, 1])
def test_long_sums_lie_within_1e_5_of_float64(n: int, axis: int) -> None:
    values = np.random.default_rng(n).uniform(size=(n, 3) if axis == 0 else (3, n)).astype(np.float32)
    wanted = values.sum(axis, dtype=np.float64)
    for got in (gl.sum(gl.tensor(values), axis), gl.mean(gl.tensor(values), axis) * float(n)):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=2e-7)


WORK: dict[str, tuple[tuple[int, ...], Callable[[gl.Tensor], gl.Tensor]]] = {
    "conv2d": ((4, 128, 128, 32), lambda x: gl.conv2d(x, gl.ones([3, 3, 32, 32]), 1, "same")),
    "conv3d": ((1, 64, 64, 64, 8), lambda x: gl.conv3d(x, gl.ones([3, 3, 3, 8, 8]), 1, "same")),
    "depthwise": ((4, 128, 128, 32), lambda x: gl.depthwise_conv2d(x, gl.ones([3, 3, 32, 1]), 1, "same")),
    "max_pool": ((4, 128, 128, 32), lambda x: gl.max_pool(x, 3, 2, "same")),
    "softmax": ((4096, 512), gl.softmax),
    "sum": ((4096, 512), lambda x: gl.sum(x, 0)),
    "sigmoid": ((4096, 512), gl.sigmoid),
    "transpose": ((4096, 512), lambda x: gl.transpose(x, [1, 0])),
    "where": ((4096, 512), lambda x: gl.where(x > 0.0, x, 0.0)),
}


@pytest.mark.parametrize("name", sorted(WORK))
def test_beside_input_and_output_little_is_held(name: str) -> None:
    """Blocks, not one matrix of all windows, which would be nine times the input."""
    shape, call = WORK[name]
    x = gl.tensor(np.ones(shape, np.float32))
    tracemalloc.start()
    try:
        y = call(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    room = 8 * BLOCK_BYTES
    assert peak <= 4 * y.size + room, (
        f"{name} held {peak / MB:.1f} MB for {y.size * 4 / MB:.1f} MB of results"
    )


def test_blocks_cover_all_once() -> None:
    for sizes, limit in (((3, 5, 7), 16), ((3, 5, 7), 1), ((3, 5, 7), 1000), ((2, 0, 3), 8), ((9,), 4)):
        seen = np.zeros(sizes, int)
        for box in blocks(sizes, 1, limit):
            seen[box] += 1
            assert seen[box].size <= limit
        assert (seen == 1).all()


def test_threads_predict_at_once() -> None:
    model = gl.sequential(
        [
            gl.layers.conv2d(filters=8, kernel_size=3, activation="relu", input_shape=[12, 12, 3]),
            gl.layers.max_pooling2d(pool_size=2),
            gl.layers.flatten(),
            gl.layers.dense(units=5, activation="softmax"),
        ]
    )
    generator = np.random.default_rng(1)
    inputs = [gl.tensor(generator.normal(size=(4, 12, 12, 3)).astype(np.float32)) for _ in range(4)]
    wanted = [model.predict(x).numpy() for x in inputs]
    found: dict[int, list[np.ndarray]] = {}

    def work(i: int) -> None:
        found[i] = [model.predict(inputs[i]).numpy() for _ in range(10)]

    crew = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert all((one == wanted[i]).all() for i in range(4) for one in found[i])


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_stays_where_it_is(value: float) -> None:
    """Blocked sums multiply by ones and zeros; an infinity must not meet a zero."""
    x = np.ones((8, 1024), np.float32)
    x[3, 100] = value
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(gl.cumsum(gl.tensor(x), 1).numpy(), np.cumsum(x, 1))
        np.testing.assert_array_equal(gl.sum(gl.tensor(x), 1).numpy(), x.sum(1))


def test_a_mean_of_large_numbers_does_not_overflow() -> None:
    assert gl.mean(gl.fill([8192], 1e37)).item() == pytest.approx(1e37, rel=1e-6)


@pytest.mark.parametrize(
    ("size", "taps", "strides", "pad"),
    [
        ((9, 8), (3, 2), (2, 1), "same"),
        ((14, 15), (2, 3), (3, 2), "valid"),
        ((12, 7), (1, 3), (2, 2), "same"),
        ((10, 11), (3, 3), (2, 2), [[0, 0], [1, 2], [0, 1], [0, 0]]),
        ((6, 9, 8), (2, 3, 3), (2, 1, 2), "same"),
    ],
)
def test_the_input_gradient_is_the_adjoint_of_a_strided_convolution(
    size: tuple[int, ...], taps: tuple[int, ...], strides: tuple[int, ...], pad: Any
) -> None:
    """Of enough channels to go by convolutions between the steps."""
    rng = np.random.default_rng(0)
    convolve = gl.conv2d if len(size) == 2 else gl.conv3d
    x, filter = (rng.normal(size=s).astype("f4") for s in ((8, *size, 16), (*taps, 16, 3)))

    def call(x: gl.Tensor) -> gl.Tensor:
        return convolve(x, gl.tensor(filter), list(strides), pad)

    with using(Cpu()):
        y = call(gl.tensor(x))
        dy = rng.normal(size=y.shape).astype("f4")
        dx = gl.grad(call)(gl.tensor(x), gl.tensor(dy)).numpy().astype("f8")
        for axis in range(1, len(size) + 1):  # each line of the input by itself
            for line in range(x.shape[axis]):
                alone = np.zeros_like(x)
                np.moveaxis(alone, axis, 0)[line] = np.moveaxis(x, axis, 0)[line]
                wanted = (call(gl.tensor(alone)).numpy().astype("f8") * dy).sum()
                assert (dx * alone).sum() == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(
    ("shape", "perm"),
    [((128, 128), (1, 0)), ((300, 290), (1, 0)), ((70, 3, 256), (2, 1, 0)), ((2, 3, 260, 64), (3, 1, 0, 2))],
)
def test_transposing_much_moves_all_of_it(shape: tuple[int, ...], perm: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    np.testing.assert_array_equal(transposed(x, perm), x.transpose(perm))


@pytest.mark.parametrize("shape", [(300, 300), (4096, 80), (3, 100, 90), (2, 2, 70, 80)])
def test_transposing_a_view_of_any_strides(shape: tuple[int, ...]) -> None:
    """Whatever an array came by: turned, cut, reversed, repeated."""
    whole = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    for turn, perm in itertools.product(itertools.permutations(range(len(shape))), repeat=2):
        x = whole.transpose(turn)
        for view in (x, x[..., 1:], x[1:], x[::-1], np.broadcast_to(x[:1], x.shape)):
            np.testing.assert_array_equal(transposed(view, perm), view.transpose(perm))


@pytest.mark.parametrize(
    "shape", [(100, 700, 64), (37, 512, 192), (300, 130, 100), (49, 1024, 1024), (5, 9, 0)]
)
def test_pieces_of_a_product_are_its_own(shape: tuple[int, int, int]) -> None:
    rng, (rows, depth, columns) = np.random.default_rng(0), shape
    a, b = rng.normal(size=(rows, depth)), rng.normal(size=(depth, columns))
    for left in (a, np.asfortranarray(a)):
        out = np.full((rows, columns), np.nan)
        multiply(left, b, out)
        np.testing.assert_allclose(out, a @ b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("width", [1, 7, 300, 1000])
def test_column_factors_and_sums_of_products(width: int) -> None:
    rng = np.random.default_rng(width)
    a, b, column = rng.normal(size=(40, width)), rng.normal(size=(40, width)), rng.normal(size=40)
    column[3] = np.inf
    with np.errstate(invalid="ignore"):  # what OpenBLAS computes beside the matrix, as kernels run
        np.testing.assert_array_equal(outer(column, a[0]), column[:, None] * a[0])
    np.testing.assert_allclose(dots(a, b), (a * b).sum(1), atol=1e-12)
    np.testing.assert_allclose(dots(a, b[0]), a @ b[0], atol=1e-12)
