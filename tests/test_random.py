"""What random ops promise: distributions judged by SciPy, equal numbers on both backends, seeds."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.testing.check import using

SHAPE = [150, 199]  # an odd row length: lanes of a texel do not line up with elements
LEVEL = 1e-3  # a p-value below it fails; seeds are fixed, so that it does so always or never


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda seed: gl.random_uniform(SHAPE, seed=seed), stats.uniform()),
        (lambda seed: gl.random_uniform(SHAPE, -3, 5, seed=seed), stats.uniform(-3, 8)),
        (lambda seed: gl.random_normal(SHAPE, seed=seed), stats.norm()),
        (lambda seed: gl.random_normal(SHAPE, 2, 0.5, seed=seed), stats.norm(2, 0.5)),
        (lambda seed: gl.truncated_normal(SHAPE, 1, 2, seed=seed), stats.truncnorm(-2, 2, 1, 2)),
        (lambda seed: gl.random_gamma(SHAPE, 0.3, seed=seed), stats.gamma(0.3)),
        (lambda seed: gl.random_gamma(SHAPE, 1, seed=seed), stats.gamma(1)),
        (lambda seed: gl.random_gamma(SHAPE, 7.5, 2, seed=seed), stats.gamma(7.5, scale=0.5)),
    ],
    ids=["uniform", "uniform-8", "normal", "normal-2", "truncated", "gamma-0.3", "gamma-1", "gamma-7.5"],
)
def test_distribution(backend: str, draw: Callable[[int], Any], law: Any) -> None:
    for seed in (1, 2):
        values = draw(seed).numpy().ravel().astype(np.float64)
        assert abs(values.mean() - law.mean()) < 4 * law.std() / math.sqrt(values.size)
        assert abs(values.var() / law.var() - 1) < 0.05
        assert stats.kstest(values, law.cdf).pvalue > LEVEL


@pytest.mark.parametrize(("low", "high"), [(0, 2), (-7, 6), (0, 1000)])
def test_whole_numbers_are_equally_likely(backend: str, low: int, high: int) -> None:
    values = gl.random_uniform_int(SHAPE, low, high, seed=4).numpy()
    assert values.dtype == np.int32
    assert (values.min(), values.max()) == (low, high - 1)
    counts = np.bincount(values.ravel() - low, minlength=high - low)
    assert stats.chisquare(counts).pvalue > LEVEL


def test_bits_do_not_depend_on_each_other() -> None:
    """Neighbours, neighbouring seeds and rows are uncorrelated, and each of the 32 bits is a fair coin."""
    a = gl.random_uniform_int([4096, 16], -(2**31), 2**31, seed=0).numpy()
    b = gl.random_uniform_int([4096, 16], -(2**31), 2**31, seed=1).numpy()
    flat = a.ravel().astype(np.float64)
    bound = 4 / math.sqrt(flat.size)
    for other in (np.roll(flat, 1), np.roll(flat, 2), np.roll(flat, 16), b.ravel().astype(np.float64)):
        assert abs(np.corrcoef(flat, other)[0, 1]) < bound
    bits = np.unpackbits(a.view(np.uint8).ravel()).reshape(-1, 8)
    ones = np.unpackbits(np.ascontiguousarray(a).view(np.uint8).reshape(-1, 4), axis=1).mean(axis=0)
    assert bits.size and (abs(ones - 0.5) < bound).all()
    changed = np.unpackbits((a ^ np.roll(a, 1)).view(np.uint8)).mean()
    assert abs(changed - 0.5) < bound


def test_words_repeat_as_often_as_chance_has_it() -> None:
    """2^19 words of 32 bits: about 32 pairs are equal; a permutation would have none."""
    words = gl.random_uniform_int([2**19], -(2**31), 2**31, seed=5).numpy()
    repeats = words.size - np.unique(words).size
    assert 14 < repeats < 55


def test_a_seed_means_the_same_numbers_everywhere(webgl: Any) -> None:
    found = []
    for name in ("cpu", "webgl"):
        with using(webgl if name == "webgl" else gl.engine().backend):
            found.append(
                [
                    gl.random_uniform(SHAPE, -1.7, 9.3, seed="x").numpy(),
                    gl.random_uniform_int(SHAPE, -9, 999_999_999, seed=3).numpy(),
                ]
            )
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a.view(np.int32), b.view(np.int32))


@pytest.mark.parametrize("seed", [0, -1, 2**70, 0.25, "text"])
def test_seeds(backend: str, seed: int | float | str) -> None:
    first = gl.random_uniform([9], seed=seed).numpy()
    np.testing.assert_array_equal(gl.random_uniform([9], seed=seed).numpy(), first)
    assert (gl.random_uniform([9], seed=12345).numpy() != first).all()


def test_without_a_seed_numbers_differ_until_set_seed(backend: str) -> None:
    assert (gl.random_normal([9]).numpy() != gl.random_normal([9]).numpy()).any()
    gl.set_seed(3)
    first = [gl.random_uniform([9]).numpy(), gl.random_normal([9]).numpy()]
    gl.set_seed(3)
    for one in first:
        draw = gl.random_uniform if one is first[0] else gl.random_normal
        np.testing.assert_array_equal(draw([9]).numpy(), one)


def test_ranges(backend: str) -> None:
    values = gl.random_uniform(
        [100_000], 1, 1 + 2**-20, seed=1
    ).numpy()  # few numbers lie between: rounding reaches 1 + 2^-20
    assert values.min() >= 1
    assert values.max() < 1 + 2**-20
    truncated = gl.truncated_normal([100_000], 5, 3, seed=1).numpy()
    assert truncated.min() >= -1
    assert truncated.max() <= 11


def test_multinomial(backend: str) -> None:
    p = np.array([[0.1, 0.0, 0.6, 0.3], [0.0, 0.5, 0.5, 0.0]], np.float32)
    for values, normalized in ((p, True), (np.log(np.maximum(p, 1e-38)) + 3, False)):
        got = gl.multinomial(values, 9001, seed=1, normalized=normalized).numpy()
        assert got.shape == (2, 9001)
        assert got.dtype == np.int32
        for row in range(2):
            counts = np.bincount(got[row], minlength=4)
            assert counts[p[row] == 0].sum() == 0
            share = p[row][p[row] > 0].astype(float)
            assert stats.chisquare(counts[p[row] > 0], share / share.sum() * 9001).pvalue > LEVEL


def test_dropout(backend: str) -> None:
    x = np.ones((100, 101), np.float32)
    got = gl.dropout(x, 0.25, seed=1).numpy()
    assert set(np.unique(got)) == {0, np.float32(1 / 0.75)}
    assert abs((got == 0).mean() - 0.25) < 4 * math.sqrt(0.25 * 0.75 / x.size)
    shared = gl.dropout(x, 0.5, [None, 1], seed=2).numpy()
    assert (shared == shared[:, :1]).all()
    assert 0 < (shared == 0).mean() < 1
    np.testing.assert_array_equal(gl.dropout(x, 0).numpy(), x)


def test_rand() -> None:
    numbers = iter([0.25, 0.5, 0.75, 1.0])
    assert gl.rand([2, 2], lambda: next(numbers)).numpy().tolist() == [[0.25, 0.5], [0.75, 1.0]]


def test_refusals(backend: str) -> None:
    with pytest.raises(ArgumentError, match="at least 2 outcomes, but got 1"):
        gl.multinomial([1.0], 3)
    with pytest.raises(ShapeError, match="rank of probabilities must be 1 or 2, but is 3"):
        gl.multinomial(gl.zeros([2, 2, 2]), 3)
    with pytest.raises(DtypeError, match="unsupported data type bool"):
        gl.random_normal([2], dtype="bool")
    with pytest.raises(ArgumentError, match="alpha and beta must be positive"):
        gl.random_gamma([2], 0)
    with pytest.raises(ArgumentError, match=r"rate must be a float in the range \[0, 1\)"):
        gl.dropout([1.0], 1)
    with pytest.raises(DtypeError, match="float32 tensor"):
        gl.dropout(gl.zeros([2], "int32"), 0.5)
    with pytest.raises(ShapeError, match="whole numbers of at least 0"):
        gl.random_uniform([-1])
    with pytest.raises(ArgumentError, match="no int32 number"):
        gl.random_uniform_int([2], 3, 3)
