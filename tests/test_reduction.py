"""Reductions, positions, softmax and norms, held against NumPy, SciPy and what TF.js documents."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("kind", ["constant", "uniform"])
def test_long_sums_stay_honest(backend: str, kind: str, axis: int | None) -> None:
    x = np.full((1000, 1000), 0.1, np.float32)
    if kind == "uniform":
        x = np.random.default_rng(1).uniform(0, 1, x.shape).astype(np.float32)
    wanted = x.astype(np.float64).sum(axis)
    got = gl.tensor(x).sum(axis).numpy()
    assert np.abs(got / wanted - 1).max() < 3e-6
    assert np.abs(gl.tensor(x).mean(axis).numpy() * x.size / wanted.size / wanted - 1).max() < 3e-6


@pytest.mark.parametrize("shape", [(1_000_000,), (500_000, 2), (2, 500_000), (333_334, 3), (1, 1, 1_000_001)])
def test_long_sums_of_every_form(backend: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(2).uniform(0, 1, shape).astype(np.float32)
    assert gl.tensor(x).sum().item() == pytest.approx(x.sum(dtype=np.float64), rel=3e-6)


def test_dtypes_of_results(backend: str) -> None:
    flags, numbers = gl.tensor([True, False, True]), gl.tensor([1, 2, 4], dtype="int32")
    assert [(t.dtype, t.item()) for t in (flags.sum(), flags.prod(), flags.max(), flags.min())] == [
        ("int32", 2),
        ("int32", 0),
        ("bool", True),
        ("bool", False),
    ]
    assert [(t.dtype, t.item()) for t in (numbers.sum(), numbers.prod(), numbers.max())] == [
        ("int32", 7),
        ("int32", 8),
        ("int32", 4),
    ]
    mean = numbers.mean()
    assert mean.dtype == "float32" and mean.item() == pytest.approx(7 / 3)


def test_int32_is_exact_and_wraps(backend: str) -> None:
    assert gl.tensor(np.array([2**24, 1, 1])).sum().item() == 2**24 + 2
    assert gl.tensor(np.array([2**31 - 1, 1])).sum().item() == -(2**31)
    assert gl.tensor(np.array([2**16, 2**15])).prod().item() == -(2**31)
    assert gl.tensor(np.array([-(2**31), 2**31 - 1])).max().item() == 2**31 - 1


def test_nothing_to_reduce(backend: str) -> None:
    x = gl.tensor(np.zeros((0, 2), np.float32))
    assert x.sum(0).numpy().tolist() == [0, 0]
    assert x.prod(0).numpy().tolist() == [1, 1]
    assert x.max(0).numpy().tolist() == [-INF, -INF]
    assert x.min().item() == INF
    assert math.isnan(x.mean().item())


def test_nan_stays_in_extremes(backend: str) -> None:
    x = gl.tensor([[1, NAN, 3], [INF, 2, -INF]])
    assert np.array_equal(x.max(1).numpy(), [NAN, INF], equal_nan=True)
    assert np.array_equal(x.min(1).numpy(), [NAN, -INF], equal_nan=True)


@pytest.mark.parametrize("size", [7, 4096])
def test_argmax_takes_the_first(backend: str, size: int) -> None:
    x = np.zeros(size, np.float32)
    x[[3, 5, size - 1]] = 1
    assert gl.tensor(x).argmax().item() == 3
    assert gl.tensor(x).argmin().item() == 0
    assert gl.tensor(-x).argmin().item() == 3


def test_argmax_of_nan_is_that_of_tfjs(backend: str) -> None:
    x = gl.tensor([[1, NAN, 5], [NAN, 1, 5], [NAN, NAN, NAN], [-INF, NAN, -INF]])
    assert x.argmax(1).numpy().tolist() == [2, 0, 0, 0]
    assert x.argmin(1).numpy().tolist() == [0, 0, 0, 0]


def test_positions_have_no_slope(backend: str) -> None:
    assert gl.grad(lambda x: x.argmax(1))(gl.tensor([[1, 5.0], [3, 2]])).numpy().tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 8), (1, 1000), (64, 10), (2, 5001)])
def test_softmax_is_scipys(backend: str, shape: tuple[int, ...]) -> None:
    x = (np.random.default_rng(3).normal(size=shape) * 5).astype(np.float32)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(gl.tensor(x).softmax().numpy(), special.softmax(wide, -1), rtol=5e-6)
    found = gl.tensor(x).log_softmax().numpy()
    np.testing.assert_allclose(found, special.log_softmax(wide, -1), rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(gl.tensor(x).logsumexp(-1).numpy(), special.logsumexp(wide, -1), rtol=2e-6)


def test_logsumexp_of_infinities(backend: str) -> None:
    x = gl.tensor([[-INF, -INF], [-INF, 0], [INF, 0], [1000, 1000]])
    np.testing.assert_allclose(x.logsumexp(1).numpy(), [-INF, 0, INF, 1000 + math.log(2)], rtol=1e-7)


def test_gradient_of_prod_at_zeros(backend: str) -> None:
    gradient = gl.grad(lambda x: x.prod(1).sum())(gl.tensor([[2, 0, 3.0], [0, 0, 3], [2, 4, 5]]))
    assert gradient.numpy().tolist() == [[0, 6, 0], [0, 0, 0], [20, 10, 8]]
    twice = gl.grad(lambda x: gl.grad(lambda z: z.prod())(x).sum())(gl.tensor([2, 0, 3.0]))
    assert twice.numpy().tolist() == [3, 5, 2]


def test_ties_share_the_gradient_of_max(backend: str) -> None:
    x = gl.tensor([[1, 5, 5.0], [7, 2, 1]])
    assert gl.grad(lambda x: x.max(1).sum())(x).numpy().tolist() == [[0, 0.5, 0.5], [1, 0, 0]]


def test_batch_norm_normalises(backend: str) -> None:
    x = np.random.default_rng(4).normal(3, 2, (8, 5, 6)).astype(np.float32)
    mean, variance = gl.moments(gl.tensor(x), [0, 1])
    np.testing.assert_allclose(mean.numpy(), x.mean((0, 1), dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(variance.numpy(), x.var((0, 1), dtype=np.float64), rtol=1e-5)
    y = gl.batch_norm(gl.tensor(x), mean, variance, [1.0] * 6, [2.0] * 6, 0.0).numpy()
    np.testing.assert_allclose(y.mean((0, 1)), 1, atol=1e-6)
    np.testing.assert_allclose(y.std((0, 1)), 2, rtol=1e-5)


def test_norms_are_numpys(backend: str) -> None:
    x = np.random.default_rng(5).normal(size=(4, 3)).astype(np.float32)
    for order in (1, INF, -INF, "fro"):
        assert gl.tensor(x).norm(order, [0, 1]).item() == pytest.approx(np.linalg.norm(x, order), rel=1e-5)
    for order in (1, 2, INF, -INF):
        found = gl.tensor(x).norm(order, 1, True).numpy()
        np.testing.assert_allclose(found, np.linalg.norm(x, order, 1, keepdims=True), rtol=1e-5)
    assert gl.tensor(x).norm().item() == pytest.approx(np.linalg.norm(x), rel=1e-5)
    assert gl.tensor(-2.0).norm().item() == 2


MATRIX: Any = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: gl.sum(MATRIX, 2), ShapeError, r"sum: axis 2 is outside \[-2, 2\)"),
        (lambda: gl.max(MATRIX, [0, -3]), ShapeError, "max: axis -3"),
        (lambda: gl.all(MATRIX), DtypeError, "all: argument 'x' is float32, but must be bool"),
        (lambda: gl.mean(["a"]), DtypeError, "mean: argument 'x' is string"),
        (lambda: gl.argmax(np.zeros((2, 0), np.float32), 1), ShapeError, "argmax: axis 1 .* is empty"),
        (lambda: gl.argmin(MATRIX, 5), ShapeError, "argmin: axis 5"),
        (lambda: gl.softmax(MATRIX, 0), ArgumentError, "softmax: dim 0 is not the last"),
        (lambda: gl.log_softmax(np.array([1, 2])), DtypeError, "log_softmax: argument 'logits' is int32"),
        (lambda: gl.batch_norm(MATRIX, [1.0] * 3, [1.0] * 2), ShapeError, "batch_norm: argument 'mean'"),
        (
            lambda: gl.batch_norm2d([1.0], [1.0], [1.0]),
            ShapeError,
            "batch_norm2d: argument 'x' must have rank 2",
        ),
        (lambda: gl.norm(MATRIX, 3), ArgumentError, "norm: ord 3 of a vector"),
        (lambda: gl.norm(MATRIX, 2, [0, 1]), ArgumentError, "norm: ord 2 of a matrix"),
    ],
)
def test_wrong_calls(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()
