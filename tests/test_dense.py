"""Matrix products and convolutions: expectations from SciPy, honest long sums, errors, the rule of tiling."""

from typing import Any

import numpy as np
import pytest
from scipy import signal

import glbackend as gl
from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.webgl.kernels import conv2d
from glbackend.backends.webgl.kernels.matmul import _turns
from glbackend.backends.webgl.plan.tiling import (
    BLOCK_TEXELS,
    SATURATING_GPU_FRAGMENTS,
    choose,
    choose_conv,
    forced,
    grid_size,
)
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.window import conv_window
from glbackend.engine.engine import engine
from glbackend.testing.check import Inspecting, assert_close, using
from glbackend.testing.sample import normal


def correlate(x: Any, filter: Any) -> Any:
    """The valid convolution of one image by SciPy, in float64."""
    planes = [
        sum(
            signal.correlate2d(x[..., i].astype(float), filter[..., i, o].astype(float), "valid")
            for i in range(x.shape[-1])
        )
        for o in range(filter.shape[-1])
    ]
    return np.stack(planes, -1)


@pytest.mark.parametrize("rows", [None, 1, 4, 8])
def test_conv2d_is_scipys(backend: Any, rows: int | None) -> None:
    x, taps = normal(2, 9, 8, 3), normal(3, 2, 3, 5)
    expected = np.stack([correlate(image, taps) for image in x])
    with forced(rows=rows):
        y = gl.tensor(x).conv2d(gl.tensor(taps), 1, "valid").numpy()
        strided = gl.tensor(x).conv2d(gl.tensor(taps), 2, "valid").numpy()
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(strided, expected[:, ::2, ::2], rtol=1e-5, atol=1e-5)


def test_conv2d_gradients_are_scipys(backend: Any) -> None:
    x, taps, dy = normal(1, 6, 7, 1), normal(3, 2, 1, 1), normal(1, 4, 6, 1)
    dx, dtaps = gl.grads(lambda a, b: a.conv2d(b, 1, "valid"))([gl.tensor(x), gl.tensor(taps)], gl.tensor(dy))
    full = signal.convolve2d(dy[0, ..., 0], taps[..., 0, 0], "full")
    seen = signal.correlate2d(x[0, ..., 0], dy[0, ..., 0], "valid")
    np.testing.assert_allclose(dx.numpy()[0, ..., 0], full, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(dtaps.numpy()[..., 0, 0], seen, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("parts", [None, 1])
def test_sum_of_a_million_is_honest(backend: Any, parts: int | None) -> None:
    values = np.random.default_rng(7).uniform(0, 1, (1, 1_000_000)).astype(np.float32)
    ones = gl.ones([1_000_000, 1])
    with forced(parts=parts):
        total = gl.matmul(values, ones).numpy()[0, 0]
    assert abs(total / values.astype(np.float64).sum() - 1) < 1e-5


@pytest.mark.parametrize("height", [1, 2])
def test_sums_over_many_pixels_are_whole(backend: Any, height: int) -> None:
    size = 384  # llvmpipe leaves a fragment's loops after 65,535 turns, without a word
    x, dy = gl.ones([1, size, size, 1]), gl.ones([1, size + 1 - height, size, 1])
    attrs = {"strides": 1, "pad": "valid", "filter_shape": [height, 1, 1, 1]}
    with forced(parts=1):
        slope = engine().run_kernel("Conv2DBackpropFilter", {"x": x, "dy": dy}, attrs).numpy()
    assert (slope == dy.size).all()


@pytest.mark.parametrize("rows", [1, 4])
def test_infinity_stays_in_its_row_and_column(backend: Any, rows: int) -> None:
    a, b = normal(6, 5), normal(5, 7)
    a[2, 4] = np.inf  # the last lane in use of a padded texel
    b[1, 3] = np.nan
    with forced(rows=rows):
        finite = np.isfinite(gl.matmul(a, b).numpy())
    expected = np.ones((6, 7), bool)
    expected[2], expected[:, 3] = False, False
    assert (finite == expected).all()


@pytest.mark.parametrize("rows", [1, 4])
def test_infinity_stays_in_its_windows(backend: Any, rows: int) -> None:
    x, taps = normal(1, 7, 7, 3), normal(3, 3, 3, 2)
    x[0, 0, 0, 2] = np.inf
    with forced(rows=rows):
        finite = np.isfinite(gl.tensor(x).conv2d(gl.tensor(taps), 1, "same").numpy()[0])
    expected = np.ones((7, 7, 2), bool)
    expected[:2, :2] = False
    assert (finite == expected).all()


def test_int32_wraps_exactly(backend: Any) -> None:
    a, b = np.array([[2**20, 3]], np.int32), np.array([[2**13], [5]], np.int32)
    product = gl.matmul(a, b)
    assert product.dtype == "int32" and product.numpy()[0, 0] == np.int32((2**33 + 15) & 0xFFFFFFFF)


def test_wrong_arguments_are_named(backend: Any) -> None:
    with pytest.raises(ShapeError, match=r"inner dims 3 and 2 of shapes \[2, 3\] and \[2, 3\]"):
        gl.matmul(normal(2, 3), normal(2, 3))
    with pytest.raises(ShapeError, match="at least rank 2"):
        gl.matmul(normal(3), normal(3, 2))
    with pytest.raises(ShapeError, match="do not broadcast"):
        gl.matmul(normal(2, 3, 3), normal(4, 3, 3))
    with pytest.raises(ArgumentError, match="activation 'swish' is not one of linear, relu"):
        engine().run_kernel(
            "_FusedMatMul", {"a": gl.ones([2, 2]), "b": gl.ones([2, 2])}, {"activation": "swish"}
        )
    with pytest.raises(ShapeError, match=r"bias of shape \[3\]|do not broadcast"):
        inputs = {"a": gl.ones([2, 2]), "b": gl.ones([2, 2]), "bias": gl.ones([3])}
        engine().run_kernel("_FusedMatMul", inputs, {})
    image, taps = gl.ones([1, 5, 5, 3]), gl.ones([3, 3, 3, 2])
    with pytest.raises(ShapeError, match="3 channels"):
        image.conv2d(gl.ones([3, 3, 4, 2]), 1, "same")
    with pytest.raises(ArgumentError, match="either strides or dilations must be 1"):
        image.conv2d(taps, 2, "same", "NHWC", 2)
    with pytest.raises(DtypeError, match="conv2d: argument 'x' must be float32, got int32"):
        image.cast("int32").conv2d(taps, 1, "same")
    attrs = {"strides": 1, "pad": "same", "input_shape": [1, 6, 5, 3]}
    with pytest.raises(ShapeError, match=r"dy has shape \[1, 5, 5, 2\]"):
        engine().run_kernel("Conv2DBackpropInput", {"dy": gl.ones([1, 5, 5, 2]), "filter": taps}, attrs)


@pytest.mark.parametrize("activation", ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"])
def test_gradients_through_a_fused_activation(activation: str, backend: Any) -> None:
    """They are those of the product and the activation one after the other, the second derivatives too."""
    generator = np.random.default_rng(5)
    a, b, bias, weights = (
        gl.tensor(generator.normal(scale=3, size=shape).astype(np.float32))
        for shape in ((4, 3), (3, 6), 6, 6)
    )
    alone: dict[str, Any] = {
        "linear": lambda z, w: z,
        "leakyrelu": lambda z, w: z.leaky_relu(-0.3),
        "prelu": lambda z, w: z.prelu(w),
    }
    apart = alone.get(activation, lambda z, w: getattr(z, activation)())
    prelu = activation == "prelu"

    def fused(a: Any, b: Any, bias: Any, w: Any) -> Any:
        return gl.fused.matmul(
            a, b, bias=bias, activation=activation, leakyrelu_alpha=-0.3,
            prelu_activation_weights=w if prelu else None,
        )  # fmt: skip

    def plain(a: Any, b: Any, bias: Any, w: Any) -> Any:
        return apart(gl.matmul(a, b) + bias, w)

    def slopes(f: Any) -> list[Any]:
        inputs = [a, b, bias, weights] if prelu else [a, b, bias]
        bend = lambda *xs: f(*xs, *[weights][prelu:]).square().sum()  # noqa: E731
        first = gl.grads(bend)(inputs)
        second = gl.grads(lambda *xs: gl.grads(bend)(list(xs))[0].square().sum())(inputs)
        return [*first, *second]

    for got, wanted in zip(slopes(fused), slopes(plain), strict=True):
        np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-4)


def test_the_rule_of_tiling() -> None:
    assert choose(512, 128, 128).rows == 8 and choose(512, 128, 128).parts == 1
    assert choose(1, 256, 256).parts >= 8, "a vector's product must share out the depth"
    assert choose(2, 1, 1).direct, "tiny products are one pass"
    assert choose(10, 3, 5, transpose_a=True).rows in (4, 8)
    window = conv_window("conv2d", (1, 56, 56, 64), (3, 3, 64, 64), strides=1, pad="same")
    assert choose_conv(window, 16, 16).rows >= 7
    line = conv_window("conv2d", (1, 1, 5000, 64), (1, 9, 64, 64), strides=1, pad="same")
    assert choose_conv(line, 16, 16).axis == 1, "an image of one row is tiled along it"
    with forced(rows=2, parts=3):
        assert (choose(512, 128, 128).rows, choose(512, 128, 128).parts) == (2, 3)
    for fragments in (1, 100, 5000, 10**6, 10**8):
        width, height = grid_size(fragments, 16384)
        assert width * height >= fragments and height % 4 == 0 and max(width, height) <= 16384


@pytest.mark.parametrize("rows", [None, *range(1, 9)])
@pytest.mark.parametrize(("taps", "stride"), [(3, 1), (3, 2), (5, 1), (2, 1), (7, 1)])
def test_tiles_fit_into_the_registers_of_a_gpu(rows: int | None, taps: int, stride: int) -> None:
    """Found with the drivers of Apple's M1 and GeForce 9 (docs/drivers.md)."""
    for depth, sums in ((8, 1), (65, 2)):  # texels of input channels, texels a row that hold sums
        shapes = (1, 64, 64, 4 * depth), (taps, taps, 4 * depth, 32)
        window = conv_window("conv2d", *shapes, strides=stride, pad="same")
        with forced(rows=rows):
            tiling = choose_conv(window, 8, depth, saturation=SATURATING_GPU_FRAGMENTS)
        chosen, shared = tiling.rows, tiling.taps > 1
        assert not shared or sums * chosen + (chosen - 1) * stride + taps + 4 <= 18
        assert rows is not None or shared or chosen <= (6 if sums == 1 else 4)
        assert chosen == rows or rows is None or rows > 3 or stride > 1
        assert taps < 7 or rows in (None, chosen), "no sharing: a row more is a texel more"


def test_long_sums_on_gpus_are_shared_out() -> None:
    """Blocks within a fragment hold twice as many registers; where shares would be too many, tiles are small."""
    for depth in (65, 256, 1000):
        tiling = choose(1024, 256, depth, saturation=SATURATING_GPU_FRAGMENTS)
        assert tiling.rows == 8 and -(-depth // tiling.parts) <= BLOCK_TEXELS
    assert choose(8192, 2048, 2048, saturation=SATURATING_GPU_FRAGMENTS).rows == 4
    with forced(rows=8):
        assert choose(8192, 2048, 2048, saturation=SATURATING_GPU_FRAGMENTS).rows == 8


def test_as_drawn_on_gpus(webgl: Inspecting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles, parts and uniforms as there; convolutions whose pixels share what they read, and others."""
    monkeypatch.setattr(webgl.context, "software", False)
    a, b, x = normal(150, 530), normal(530, 70), normal(2, 24, 22, 64)
    with using(webgl):
        got = gl.matmul(a, b).numpy(), gl.matmul(a.T, b.T, True, True).numpy()
    for one in got:
        np.testing.assert_allclose(one, a.astype(float) @ b, rtol=1e-4, atol=1e-4)
    for taps, stride in ((normal(3, 3, 64, 32), 1), (normal(3, 3, 64, 32), 2), (normal(1, 3, 64, 32), 1)):
        results = []
        for backend in (webgl, Cpu()):
            with using(backend):
                y, slopes = gl.value_and_grads(lambda x, w: gl.conv2d(x, w, stride, "same"))([x, taps])  # noqa: B023
                results.append([one.numpy() for one in (y, *slopes)])
        for one, wanted in zip(*results, strict=True):
            assert_close(one, wanted, 1e-4, f"{taps.shape}, stride {stride}")


@pytest.mark.parametrize("rows", [None, 1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_infinite_gradients_meet_no_padding(backend: str, channels: int, rows: int | None) -> None:
    x, dy = np.ones((1, 7, 12, channels), np.float32), np.full((1, 7, 12, 8), np.inf, np.float32)
    attrs = {"strides": 1, "pad": "same", "filter_shape": [3, 3, channels, 8]}
    with forced(rows=rows):
        found = engine().run_kernel("Conv2DBackpropFilter", {"x": gl.tensor(x), "dy": gl.tensor(dy)}, attrs)
    assert np.isposinf(found.numpy()).all()


@pytest.mark.parametrize("channels", [1, 5, 8])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_infinite_weights_meet_no_padding(backend: str, channels: int, stride: int, dilation: int) -> None:
    """What lies outside is left out, as in TF.js's cpu backend: it is not multiplied as zero."""
    x, inf = np.ones((1, 7, 6, channels), np.float32), np.full((3, 3, channels, 4), np.inf, np.float32)
    for rows in (1, 2, 3):
        with forced(rows=rows):
            call = lambda t: gl.conv2d(t, gl.tensor(inf), stride, "same", dilations=dilation)  # noqa: E731
            assert np.isposinf(call(gl.tensor(x)).numpy()).all()
            assert np.isposinf(gl.grad(lambda t: call(t).sum())(gl.tensor(x)).numpy()).all()  # noqa: B023


@pytest.mark.parametrize(
    ("taps", "stride", "pad"), [(3, 1, "same"), (3, 2, "same"), (5, 1, "same"), (3, 1, 2)]
)
def test_whole_tiles_meet_the_border_where_they_reach_over_it(
    taps: int, stride: int, pad: Any, webgl: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of large convolutions only the first and last pixels of a tile are asked whether they lie outside."""
    monkeypatch.setattr(conv2d, "LARGE_READS", 0)
    x, f = normal(2, 8 * stride, 8 * stride, 8), normal(taps, taps, 8, 4)
    call = lambda f: lambda t: gl.conv2d(t, f, stride, pad)  # noqa: E731
    results = []
    for backend in (webgl, Cpu()):
        with using(backend), forced(rows=2):
            results.append([one.numpy() for one in gl.value_and_grad(call(f))(gl.tensor(x))])
            endless = call(np.full_like(f, np.inf))
            assert np.isposinf(endless(gl.ones(x.shape)).numpy()).all()
            assert np.isposinf(gl.grad(lambda t: endless(t).sum())(gl.ones(x.shape)).numpy()).all()  # noqa: B023
    for one, wanted in zip(*results, strict=True):
        assert_close(one, wanted, 1e-5, f"{taps} taps, stride {stride}")


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
def test_rows_of_large_products_are_taken_apart(transposed: tuple[bool, bool], webgl: Inspecting) -> None:
    """Into matrices one below the other, which a captured graph may draw in turns."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape).astype(np.float32) for shape in ((512, 18), (18, 400)))
    assert _turns(512, 100) == 4
    left, right = (x.T if turned else x for x, turned in zip((a, b), transposed, strict=True))
    with using(webgl):
        got = gl.matmul(gl.tensor(left), gl.tensor(right), *transposed).numpy()
    np.testing.assert_allclose(got, a @ b, rtol=1e-4, atol=1e-4)
