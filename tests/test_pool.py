"""Windows, depthwise convolutions and pools: values by loops over the definition, and from TF.js's rules."""

import itertools
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.window import conv_window, pool_window
from glbackend.engine.engine import engine
from glbackend.ops.depthwise import depthwise_conv2d, fused_depthwise_conv2d, separable_conv2d
from glbackend.ops.pool import avg_pool, max_pool, pool
from glbackend.testing.sample import normal

NAN, INF = np.nan, np.inf


def by_definition(
    x: Any, f: Any, strides: int, dilation: int, top: int, left: int, height: int, width: int
) -> Any:
    """A depthwise convolution, spelled out."""
    kh, kw, channels, multiplier = f.shape
    y = np.zeros((len(x), height, width, channels * multiplier))
    for n, i, j, c, m in np.ndindex(len(x), height, width, channels, multiplier):
        for a, b in np.ndindex(kh, kw):
            row, column = i * strides + a * dilation - top, j * strides + b * dilation - left
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                y[n, i, j, c * multiplier + m] += float(x[n, row, column, c]) * float(f[a, b, c, m])
    return y


@pytest.mark.parametrize(
    ("pad", "strides", "dilation", "multiplier", "origin", "size"),
    [
        ("same", 1, 1, 1, (1, 1), (6, 5)),
        ("same", 2, 1, 2, (0, 1), (3, 3)),
        ("valid", 1, 2, 3, (0, 0), (2, 1)),
        (((0, 0), (2, 0), (0, 1), (0, 0)), 1, 1, 1, (2, 0), (6, 4)),
    ],
)
def test_depthwise_is_its_definition(
    backend: str, pad: Any, strides: int, dilation: int, multiplier: int, origin: Any, size: Any
) -> None:
    x, f = normal(2, 6, 5, 3), normal(3, 3, 3, multiplier)
    y = depthwise_conv2d(gl.tensor(x), gl.tensor(f), strides, pad, "NHWC", dilation)
    expected = by_definition(x, f, strides, dilation, *origin, *size)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_depthwise_channels_first_is_transposed(backend: str) -> None:
    x, f = normal(1, 4, 5, 3), normal(2, 2, 3, 1)
    pad = ((0, 0), (0, 0), (1, 0), (0, 2))
    y = depthwise_conv2d(gl.tensor(x.transpose(0, 3, 1, 2)), gl.tensor(f), 1, pad, "NCHW")
    expected = by_definition(x, f, 1, 1, 1, 0, 4, 6).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_padding_does_not_meet_the_filter(backend: str) -> None:
    """An infinite filter over padding gives 0, not 0 * inf."""
    f = np.zeros((3, 3, 1, 1), np.float32)
    f[0, 0] = INF
    y = depthwise_conv2d(gl.tensor(np.ones((1, 2, 2, 1), np.float32)), gl.tensor(f), 1, "same")
    assert y.numpy().ravel().tolist() == [0, 0, 0, INF]


def test_fused_depthwise(backend: str) -> None:
    x, f, bias = normal(1, 4, 4, 5), normal(3, 3, 5, 1), normal(5)
    plain = by_definition(x, f, 1, 1, 1, 1, 4, 4) + bias
    activations = {
        "linear": plain,
        "relu": np.maximum(plain, 0),
        "relu6": np.clip(plain, 0, 6),
        "sigmoid": 1 / (1 + np.exp(-plain)),
        "elu": np.where(plain > 0, plain, np.expm1(plain)),
        "leakyrelu": np.where(plain > 0, plain, 0.2 * plain),
    }
    for name, expected in activations.items():
        y = fused_depthwise_conv2d(x, f, 1, "same", bias=bias, activation=name)
        np.testing.assert_allclose(y.numpy(), expected, rtol=2e-5, atol=2e-5, err_msg=name)


def test_fused_depthwise_has_a_gradient_through_its_activation(backend: str) -> None:
    x, f = gl.tensor([[[[1.0], [-2.0]]]]), gl.tensor([[[[3.0]]]])
    g = gl.grad(lambda x: fused_depthwise_conv2d(x, f, 1, "same", activation="relu").sum())(x)
    assert g.numpy().ravel().tolist() == [3, 0]


def test_max_pool_ignores_nan_and_padding(backend: str) -> None:
    x = gl.tensor([1.0, 2, 3, 4, 5, 6, 7, NAN, 9], (3, 3, 1))
    assert max_pool(x, 2, 1, 0).numpy().ravel().tolist() == [5, 6, 7, 9]
    low = gl.tensor([-3.0, -1, -INF, -INF], (2, 2, 1))
    assert max_pool(low, 2, 1, "same").numpy().ravel().tolist() == [-1, -1, -INF, -INF]


def test_max_pool_keeps_integers_exact(backend: str) -> None:
    x = gl.tensor(np.array([2**24 + 1, 2**24, -(2**31), 5], np.int32), (2, 2, 1))
    y = max_pool(x, 2, 2, "valid")
    assert (y.dtype, y.item()) == ("int32", 2**24 + 1)


def test_max_pool_gradient_goes_to_the_first_of_equals(backend: str) -> None:
    x = gl.tensor(np.ones((1, 3, 3, 1), np.float32))
    dx = gl.grad(lambda x: max_pool(x, 2, 1, "valid").sum())(x)
    assert dx.numpy().ravel().tolist() == [1, 1, 0, 1, 1, 0, 0, 0, 0]
    nothing = gl.grad(lambda x: max_pool(x, 2, 1, "valid").sum())(
        gl.tensor(np.full((1, 2, 2, 1), NAN, np.float32))
    )
    assert not nothing.numpy().any()


def test_avg_pool_counts_what_it_sees(backend: str) -> None:
    x = gl.tensor([1.0, 2, 3, 4], (2, 2, 1))
    assert avg_pool(x, 2, 1, "same").numpy().ravel().tolist() == [2.5, 3, 3.5, 4]
    assert avg_pool(gl.tensor([1, 2, 4, 4], (2, 2, 1), "int32"), 2, 2, "valid").item() == 2


def test_avg_pool_gradient_is_right_where_the_kernel_is_tfjs(backend: str) -> None:
    """With SAME padding the op divides by what a window sees, the kernel alone by the filter's size."""
    x = gl.tensor([1.0, 2, 3, 4], (1, 2, 2, 1))
    dx = gl.grad(lambda x: avg_pool(x, 2, 1, "same").sum())(x)
    assert dx.numpy().ravel().tolist() == [0.25, 0.75, 0.75, 2.25]
    attrs = {"filter_size": 2, "strides": 1, "pad": "same"}
    ones = gl.tensor(np.ones((1, 2, 2, 1), np.float32))
    kernel = engine().run_kernel("AvgPoolGrad", {"dy": ones, "input": x}, attrs)
    assert kernel.numpy().ravel().tolist() == [0.25, 0.5, 0.5, 1]


def test_wide_windows_agree_with_narrow_ones(backend: str) -> None:
    """Two passes give what NumPy's means and maxima give."""
    x = normal(2, 20, 18, 5)
    np.testing.assert_allclose(
        avg_pool(x, (20, 18), 1, "valid").numpy(), x.mean((1, 2), keepdims=True), atol=1e-6
    )
    np.testing.assert_array_equal(max_pool(x, (20, 18), 1, "valid").numpy(), x.max((1, 2), keepdims=True))


def test_pool_with_dilations(backend: str) -> None:
    x = gl.tensor(np.arange(16, dtype=np.float32), (4, 4, 1))
    assert pool(x, 2, "max", "valid", dilations=2).numpy().ravel().tolist() == [10, 11, 14, 15]
    assert pool(x, 2, "avg", "valid", dilations=2).numpy().ravel().tolist() == [5, 6, 9, 10]
    corner = pool(gl.tensor(np.full((3, 3, 1), -1, np.float32)), 2, "max", "same", dilations=2)
    assert corner.numpy().tolist() == np.full((3, 3, 1), -1).tolist()


@pytest.mark.parametrize(
    ("size", "filter", "stride", "pad", "mode", "out"),
    [
        (5, 3, 2, "same", None, 3),
        (6, 3, 2, "valid", None, 2),
        (6, 3, 2, 0, None, 2),
        (6, 3, 2, 0, "floor", 2),
        (6, 3, 2, 0, "round", 3),
        (6, 3, 2, 0, "ceil", 3),
        (6, 2, 3, 1, "round", 3),
        (2, 3, 1, "valid", None, 0),
        (7, 2, 3, ((0, 0), (1, 0), (1, 0), (0, 0)), None, 3),
    ],
)
def test_output_sizes(size: int, filter: int, stride: int, pad: Any, mode: str | None, out: int) -> None:
    window = pool_window("op", (1, size, size, 2), filter, strides=stride, pad=pad, dim_rounding_mode=mode)
    assert window.out_size == (out, out)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_explicit_padding_gives_the_window_again(data_format: str) -> None:
    for size, filter, stride, pad, mode in itertools.product(
        (4, 5, 7), (1, 2, 3), (1, 2, 3), (0, 1, 2), (None, "floor", "round", "ceil")
    ):
        shape = (2, size, size + 1, 3) if data_format == "NHWC" else (2, 3, size, size + 1)
        first = conv_window(
            "op",
            shape,
            (filter, 2, 3, 4),
            strides=stride,
            pad=pad,
            data_format=data_format,
            dim_rounding_mode=mode,
        )
        again = conv_window("op", shape, (filter, 2, 3, 4), **first.attrs())
        assert (again.out_shape, again.pads_before) == (first.out_shape, first.pads_before)


def test_bad_calls_say_what_is_wrong() -> None:
    x, f = gl.tensor(normal(1, 4, 4, 3)), gl.tensor(normal(3, 3, 3, 1))
    with pytest.raises(ValueError, match=r"3 channels, but filter of shape \[3, 3, 2, 1\] takes 2"):
        depthwise_conv2d(x, normal(3, 3, 2, 1), 1, "same")
    with pytest.raises(ValueError, match="either strides or dilations must be 1"):
        depthwise_conv2d(x, f, 2, "same", "NHWC", 2)
    with pytest.raises(TypeError, match="'x' must be float32, got int32"):
        depthwise_conv2d(gl.tensor(np.ones((1, 4, 4, 3), np.int32)), f, 1, "same")
    with pytest.raises(ValueError, match="rank 3 or 4"):
        max_pool(normal(4, 4), 2, 1, "same")
    with pytest.raises(ValueError, match="pad 'full' must be"):
        avg_pool(x, 2, 1, "full")
    with pytest.raises(ValueError, match="whole number or explicit with dim_rounding_mode"):
        avg_pool(x, 2, 1, "same", "floor")
    with pytest.raises(ValueError, match="pad must be whole numbers of at least 0"):
        max_pool(x, 2, 1, ((0, 0), (1.5, 1), (0, 0), (0, 0)), "floor")
    with pytest.raises(ValueError, match=r"filter of size \[9, 9\].* does not fit"):
        max_pool(x, 9, 1, "valid")
    with pytest.raises(ValueError, match="strides must be whole numbers of at least 1"):
        max_pool(x, 2, 0, "valid")
    with pytest.raises(ValueError, match=r"pointwise_filter must have shape \[1, 1, 3"):
        separable_conv2d(x, f, normal(1, 1, 4, 2), 1, "same")
