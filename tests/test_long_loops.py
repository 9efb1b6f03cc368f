"""Loops of more turns than llvmpipe of Mesa 22.3 lets a fragment take (65,535): every shader that has one, past it."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.kernels import conv2d, crossentropy, depthwise
from glbackend.backends.webgl.plan import turns
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.backends.webgl.plan.turns import cut
from glbackend.engine.backend import make_backend
from glbackend.ops.crossentropy import categorical_crossentropy
from glbackend.ops.normalize import normalize
from glbackend.testing.check import Inspecting, using
from glbackend.testing.selfcheck import check_kernels

LONG = 70_000
Array = np.ndarray[Any, Any]


def rising(*shape: int) -> Array:
    """Numbers whose largest comes last, and most of whose sum."""
    values = np.random.default_rng(0).normal(size=shape) * 0.01 + np.linspace(
        0, 1, int(np.prod(shape))
    ).reshape(shape)
    return values.astype(np.float32)


def noise(*shape: int) -> Array:
    """Numbers around zero."""
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def agree(webgl: Inspecting, call: Callable[..., Any], *arrays: Array, rtol: float = 2e-5) -> None:
    """Both backends give the same; relative to the largest of the result."""
    found = []
    for backend in (webgl, make_backend("cpu")):
        with using(backend):
            out = call(*[gl.tensor(x) for x in arrays])
            found.append([one.numpy() for one in (out if isinstance(out, tuple | list) else [out])])
            del out
    for got, wanted in zip(*found, strict=True):
        assert got.shape == wanted.shape and np.isfinite(wanted).all()
        np.testing.assert_allclose(
            got, wanted, rtol=rtol, atol=rtol * max(float(np.abs(wanted).max()), 1e-30)
        )


def grad(call: Callable[..., Any]) -> Callable[..., Any]:
    """The gradients of the squares' sum."""
    return lambda *xs: gl.grads(lambda *ys: call(*ys).square().sum())(list(xs))


def second(call: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of a gradient."""
    return lambda x: gl.grad(lambda y: gl.grad(lambda z: call(z).square().sum())(y).square().sum())(x)


def wide_pool(kind: str, pad: Any = "valid") -> Callable[..., Any]:
    """A pool over a row of 70,000, two windows of it."""
    return lambda x: getattr(gl, kind)(x, [1, LONG - 1], 1, pad)


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
@pytest.mark.parametrize("pad", ["valid", "same"])
def test_pools_over_long_rows(webgl: Inspecting, kind: str, pad: str) -> None:
    x = rising(1, 1, LONG, 1)
    if pad == "same":  # 70,000 windows of as many taps would take the day
        agree(webgl, lambda x: getattr(gl, kind)(x, [1, 2 * LONG - 1], LONG, pad), x)
    else:
        agree(webgl, wide_pool(kind), x)
        agree(webgl, grad(wide_pool(kind)), x)


def test_second_gradient_of_a_long_max_pool(webgl: Inspecting) -> None:
    agree(webgl, second(wide_pool("max_pool")), rising(1, 1, LONG, 1))


def test_windows_that_are_square(webgl: Inspecting) -> None:
    x = rising(1, 300, 300, 1)
    for kind in ("max_pool", "avg_pool"):
        agree(webgl, lambda x, kind=kind: getattr(gl, kind)(x, 300, 1, "valid"), x)
        agree(webgl, grad(lambda x, kind=kind: getattr(gl, kind)(x, 300, 1, "valid")), x)
    agree(webgl, lambda x: tuple(gl.max_pool_with_argmax(x, 300, 1, "valid")), x)
    agree(webgl, lambda x: gl.avg_pool(x, [299, 301], 299, [[0, 0], [3, 0], [2, 0], [0, 0]], "floor"), x)


def test_ties_in_long_windows_go_to_the_first(webgl: Inspecting) -> None:
    x = np.zeros((1, 256, 300, 1), np.float32)
    x[0, [100, 200], 7] = 5
    with using(webgl):
        place = gl.max_pool_with_argmax(gl.tensor(x), [256, 300], 1, "valid")[1]
        assert place.item() == 100 * 300 + 7
        del place


def test_long_windows_of_whole_numbers(webgl: Inspecting) -> None:
    agree(webgl, wide_pool("max_pool"), np.arange(LONG, dtype=np.int32).reshape(1, 1, LONG, 1))


@pytest.mark.parametrize("kind", ["max_pool3d", "avg_pool3d"])
@pytest.mark.parametrize("size", [(50, 40, 40), (LONG, 1, 1)])
def test_volumes(webgl: Inspecting, kind: str, size: tuple[int, int, int]) -> None:
    x = rising(1, *size, 1)
    agree(webgl, lambda x: getattr(gl, kind)(x, list(size), 1, "valid"), x)
    agree(webgl, grad(lambda x: getattr(gl, kind)(x, list(size), 1, "valid")), x)


def test_average_that_counts_what_lies_inside(webgl: Inspecting) -> None:
    x = rising(1, 1, LONG, 1)
    shifted = [[0, 0], [0, 0], [9, 0], [0, 0]]
    agree(webgl, lambda x: gl.avg_pool(x, [1, LONG], LONG // 2, shifted), x)
    agree(webgl, grad(lambda x: gl.avg_pool(x, [1, LONG], LONG // 2, shifted)), x)


@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("size", [(1, LONG), (270, 260)])
def test_depthwise(webgl: Inspecting, multiplier: int, size: tuple[int, int]) -> None:
    x, filter = rising(1, size[0], size[1] + 1, 1), noise(*size, 1, multiplier)
    call = lambda x, w: gl.depthwise_conv2d(x, w, 1, "valid")  # noqa: E731
    agree(webgl, call, x, filter, rtol=1e-4)
    if multiplier == 2:  # else it is a convolution the other way round, whose every result has as many terms
        agree(webgl, grad(call), x, filter, rtol=1e-4)


def test_depthwise_with_an_epilogue(webgl: Inspecting) -> None:
    x, filter, bias = (
        rising(1, 1, LONG, 1),
        np.full((1, LONG, 1, 1), 1e-3, np.float32),
        np.full(1, -5, np.float32),
    )

    def call(x: Any, w: Any, b: Any) -> Any:
        return gl.fused.depthwise_conv2d(x, w, strides=1, pad="valid", bias=b, activation="relu6")

    agree(webgl, call, x, filter, bias)


def test_filter_gradients_of_long_rows(webgl: Inspecting) -> None:
    """One line of dy is longer than a fragment may walk; and of few taps over many rows."""
    x = rising(1, 1, 300_000, 1)
    agree(webgl, grad(lambda x, w: gl.conv2d(x, w, 1, "same")), x, noise(1, 3, 1, 1), rtol=1e-4)
    agree(webgl, grad(lambda x, w: gl.conv2d(x, w, [1, 2], "same")), x, noise(1, 3, 1, 1), rtol=1e-4)
    agree(webgl, grad(lambda x, w: gl.depthwise_conv2d(x, w, 1, "same")), x, noise(1, 3, 1, 1), rtol=1e-4)


def test_strided_convolution_into_very_many_channels(webgl: Inspecting) -> None:
    x, filter = rising(1, 6, 6, 1), noise(3, 3, 1, LONG)
    agree(webgl, grad(lambda x, w: gl.conv2d(x, w, 2, "same")), x, filter, rtol=1e-4)


def test_convolutions_over_very_many_channels(webgl: Inspecting) -> None:
    """One tap of the filter is longer than a fragment may walk."""
    x = rising(1, 2, 2, 300_000)
    agree(webgl, grad(lambda x, w: gl.conv2d(x, w, 1, "valid")), x, noise(1, 2, 300_000, 1), rtol=1e-4)
    agree(
        webgl,
        lambda x: gl.conv3d(x.reshape([1, 1, *x.shape[1:]]), x.reshape([1, 2, 2, -1, 1]), 1, "valid"),
        x,
    )
    agree(
        webgl, grad(lambda x, w: gl.conv2d(x, w, 1, "valid")), x[..., :1], noise(1, 1, 1, 300_000), rtol=1e-4
    )


def test_dilation(webgl: Inspecting) -> None:
    x, filter = rising(1, 1, LONG, 1), noise(1, LONG, 1) * 0.001
    agree(webgl, lambda x, w: gl.dilation2d(x, w, 1, "valid"), x, filter)


@pytest.mark.parametrize("kind", ["resize_bilinear", "resize_nearest_neighbor"])
def test_gradients_of_resizing_to_very_long(webgl: Inspecting, kind: str) -> None:
    """Each pixel of the small image gathers from all of the long one."""
    for size in ([1, 2 * LONG], [2 * LONG, 1]):
        with using(webgl):
            slope = gl.grad(lambda x, size=size: getattr(gl.image, kind)(x, size).sum())(
                gl.tensor(noise(1, 1, 1, 1))
            )
            assert slope.item() == pytest.approx(2 * LONG, rel=1e-5)
            del slope


def test_gradient_of_very_long_crops_and_of_many(webgl: Inspecting) -> None:
    def crop(boxes: Array, size: list[int]) -> Callable[..., Any]:
        ids = np.zeros(len(boxes), np.int32)
        return grad(lambda x: gl.image.crop_and_resize(x, gl.tensor(boxes), gl.tensor(ids), size))

    whole = np.array([[0, 0, 1, 1]], np.float32)
    agree(webgl, crop(whole, [1, LONG]), noise(1, 2, 1, 1), rtol=1e-4)
    agree(webgl, crop(whole, [LONG, 1]), noise(1, 1, 2, 1), rtol=1e-4)
    agree(webgl, crop(np.repeat(whole, LONG, 0), [1, 1]), noise(1, 1, 1, 1), rtol=1e-3)


def test_cross_entropy_of_very_many_classes(webgl: Inspecting) -> None:
    for classes in (50_000, 300_000):
        shares = np.abs(noise(5, classes)) + 0.1
        shares /= shares.sum(1, keepdims=True)
        labels = np.eye(1, classes, classes - 1, dtype=np.float32).repeat(5, 0)
        labels[2] = shares[2]

        agree(webgl, lambda p, y: categorical_crossentropy(y, p), shares, labels)
        agree(webgl, lambda p, y: gl.grad(lambda q: categorical_crossentropy(y, q).sum())(p), shares, labels)


def test_samples_of_very_many_outcomes(webgl: Inspecting) -> None:
    for count in (150_000, 300_000):
        logits = np.full((2, count), -30, np.float32)
        logits[0, -5:], logits[1, 2] = 3, 4
        with using(webgl):
            got = gl.multinomial(gl.tensor(logits), 50, seed=3).numpy()
        assert (got[0] >= count - 5).all() and len(set(got[0])) > 2 and (got[1] == 2).all()
        shares = np.zeros((1, count), np.float32)
        shares[0, [7, count - 2]] = 0.5
        with using(webgl):
            got = gl.multinomial(gl.tensor(shares), 50, seed=3, normalized=True).numpy()
        assert set(got[0]) == {7, count - 2}


def test_the_last_of_very_many_updates(webgl: Inspecting) -> None:
    n = 300_000
    updates = np.arange(n, dtype=np.float32)
    indices = (np.arange(n) % 2).astype(np.int32)[:, None]
    agree(webgl, lambda t, i, u: gl.tensor_scatter_update(t, i, u), np.zeros(3, np.float32), indices, updates)


@pytest.mark.parametrize("op", ["sum", "max", "argmax"])
def test_folds_of_long_columns_side_by_side(webgl: Inspecting, op: str) -> None:
    """So many results that they alone keep the machine busy."""
    x = rising(LONG, 8)
    agree(webgl, lambda x: getattr(gl, op)(gl.tile(x, [1, 256]), 0), x, rtol=1e-4)


CUT = (
    "MaxPool", "MaxPoolGrad", "MaxPoolGradGrad", "MaxPoolWithArgmax", "AvgPool", "AvgPoolGrad", "MaxPool3D", "AvgPool3D",
    "MaxPool3DGrad", "MaxPool3DGradGrad", "AvgPool3DGrad", "DepthwiseConv2dNative", "FusedDepthwiseConv2D",
    "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter", "Dilation2D", "Dilation2DBackpropInput",
    "Dilation2DBackpropInputGrad", "Dilation2DBackpropFilterGrad", "ResizeBilinearGrad", "ResizeNearestNeighborGrad",
    "CropAndResizeGrad", "LRN", "LRNGrad", "Multinomial", "Conv2DBackpropInput", "Conv3DBackpropInputV2",
    "Conv2DBackpropFilter", "Conv3DBackpropFilterV2", "CategoricalCrossentropy", "CategoricalCrossentropyGrad",
)  # fmt: skip


@pytest.fixture(scope="module")
def apart() -> Iterator[WebGL]:
    """A backend of its own: its programs, some hundreds, are not those of ordinary calls."""
    backend = WebGL(Context())
    yield backend
    backend.context.release()


@pytest.mark.parametrize("kernel", CUT)
def test_cut_loops_agree_with_cpu(apart: WebGL, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case of the kernels whose loops are cut, at a limit that all of them pass."""
    cut.cache_clear()
    monkeypatch.setattr(turns, "MAX_TURNS", 3)
    monkeypatch.setattr(conv2d, "MAX_TURNS", 3)
    for module in (conv2d, depthwise):
        monkeypatch.setattr(module, "WIDEST", 2)
    monkeypatch.setattr(crossentropy, "LONG", 0)
    (report,) = [one for one in check_kernels(apart, kernel) if one.kernel == kernel]
    cut.cache_clear()
    assert report.cases and not report.failures, report.failures


# -- the cuts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loops",
    [(1, 1, LONG), (1, 256, 256), (3, 200, 500), (100_000, 1, 1), (4, 70_000, 2), (1, 3, 9), (2, 2, 40_000)],
)
@pytest.mark.parametrize("each", [1, 9])
def test_cuts_take_every_turn_once_and_in_order(loops: tuple[int, int, int], each: int) -> None:
    parts = cut(*loops, each)
    numbers = np.arange(int(np.prod(loops)), dtype=np.int32).reshape(loops)
    taken = [numbers[a:b, c:d, e:f].ravel() for (a, b), (c, d), (e, f) in parts]
    np.testing.assert_array_equal(np.concatenate(taken), numbers.ravel())
    for part in parts:
        deep, high, wide = (last - first for first, last in part)
        assert deep * (1 + high * (1 + wide * each)) <= MAX_TURNS + each + 2


@pytest.mark.parametrize("by", ["row", "channel"])
def test_the_mean_of_many_equal_numbers_fits_their_variance(webgl: Inspecting, by: Any) -> None:
    """Both of the same: where one is rounded and the other is not, their quotient is in the thousands."""
    x = np.full((LONG, 4) if by == "channel" else (4, LONG), 1000.1, np.float32)
    with using(webgl):
        y, _, _ = normalize(gl.tensor(x), None, None, by, 1e-12)
        assert np.abs(y.numpy()).max() <= 1
