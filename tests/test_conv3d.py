"""Convolutions and pools over volumes: values by loops over the definition, and from TF.js's rules."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.base.window import conv_window, pool_window
from glbackend.ops.conv3d import conv3d, conv3d_transpose
from glbackend.ops.op import run
from glbackend.ops.pool import avg_pool3d, max_pool3d, max_pool_with_argmax
from glbackend.testing.sample import normal

NAN, INF = np.nan, np.inf


def seen(window: Any, out: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """(tap, input position) of what the window at `out` sees."""
    found = []
    for tap in np.ndindex(*window.filter_size):
        at = tuple(
            o * s + k * d - before
            for o, s, k, d, (before, _) in zip(
                out, window.strides, tap, window.dilations, window.pads, strict=True
            )
        )
        if all(0 <= i < size for i, size in zip(at, window.in_size, strict=True)):
            found.append((tap, at))
    return found


@pytest.mark.parametrize(
    ("shape", "filter_shape", "strides", "pad", "dilations", "pads"),
    [
        ((2, 3, 4, 5, 3), (2, 3, 2, 3, 5), 1, "same", 1, ((0, 1), (1, 1), (0, 1))),
        ((1, 5, 4, 6, 2), (3, 2, 3, 2, 4), (2, 1, 2), "valid", 1, ((0, 0),) * 3),
        ((1, 5, 4, 6, 2), (2, 2, 2, 2, 3), 1, "same", (2, 3, 1), ((1, 1), (1, 2), (0, 1))),
        (
            (1, 3, 3, 3, 1),
            (2, 2, 2, 1, 1),
            1,
            ((0, 0), (2, 0), (0, 1), (1, 1), (0, 0)),
            1,
            ((2, 0), (0, 1), (1, 1)),
        ),
    ],
)
def test_conv3d_is_its_definition(
    backend: str, shape: Any, filter_shape: Any, strides: Any, pad: Any, dilations: Any, pads: Any
) -> None:
    x, f = normal(*shape), normal(*filter_shape)
    window = conv_window("op", shape, filter_shape, strides=strides, pad=pad, dilations=dilations, spatial=3)
    assert window.pads == pads
    dy = normal(*window.out_shape)
    y, dx, df = np.zeros(window.out_shape), np.zeros(shape), np.zeros(filter_shape)
    for out in np.ndindex(*window.out_size):
        for tap, at in seen(window, out):
            y[:, *out] += x[:, *at].astype(float) @ f[tap].astype(float)
            dx[:, *at] += dy[:, *out].astype(float) @ f[tap].T.astype(float)
            df[tap] += x[:, *at].T.astype(float) @ dy[:, *out].astype(float)
    given = gl.tensor(x), gl.tensor(f)
    np.testing.assert_allclose(
        conv3d(*given, strides, pad, "NDHWC", dilations).numpy(), y, rtol=1e-5, atol=1e-5
    )
    found = gl.grads(lambda a, b: conv3d(a, b, strides, pad, "NDHWC", dilations))(given, gl.tensor(dy))
    np.testing.assert_allclose(found[0].numpy(), dx, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[1].numpy(), df, rtol=1e-5, atol=1e-5)


def test_channels_first_is_transposed(backend: str) -> None:
    x, f = normal(2, 3, 4, 3, 5), normal(2, 2, 2, 5, 3)
    first = gl.tensor(np.moveaxis(x, -1, 1))
    y = conv3d(first, gl.tensor(f), 2, "same", "NCDHW").numpy()
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), conv3d(x, f, 2, "same").numpy(), rtol=1e-5, atol=1e-5)
    y = max_pool3d(first, 2, 1, "same", data_format="NCDHW").numpy()
    np.testing.assert_array_equal(np.moveaxis(y, 1, -1), max_pool3d(x, 2, 1, "same").numpy())


@pytest.mark.parametrize("pad", ["same", "valid", 1])
def test_pools_are_their_definition(backend: str, pad: Any) -> None:
    x = normal(2, 3, 5, 4, 3)
    window = pool_window("op", x.shape, (2, 3, 2), strides=(1, 2, 1), pad=pad, spatial=3)
    largest, mean = np.zeros(window.out_shape), np.zeros(window.out_shape)
    dmean, dy = np.zeros(x.shape), normal(*window.out_shape)
    for out in np.ndindex(*window.out_size):
        places = [at for _, at in seen(window, out)]
        values = np.stack([x[:, *at] for at in places])
        largest[:, *out], mean[:, *out] = values.max(0), values.mean(0, dtype=np.float64)
        for at in places:
            dmean[:, *at] += dy[:, *out].astype(float) / len(places)
    np.testing.assert_array_equal(max_pool3d(gl.tensor(x), (2, 3, 2), (1, 2, 1), pad).numpy(), largest)
    np.testing.assert_allclose(
        avg_pool3d(gl.tensor(x), (2, 3, 2), (1, 2, 1), pad).numpy(), mean, rtol=1e-5, atol=1e-6
    )
    found = gl.grad(lambda a: avg_pool3d(a, (2, 3, 2), (1, 2, 1), pad))(gl.tensor(x), gl.tensor(dy))
    np.testing.assert_allclose(found.numpy(), dmean, rtol=1e-5, atol=1e-6)


def test_ties_of_volumes_go_to_the_last(backend: str) -> None:
    x = gl.tensor([[3.0, 1.0], [3.0, 3.0]]).reshape((1, 2, 2, 1, 1))
    dx = gl.grad(lambda a: max_pool3d(a, (2, 2, 1), 1, "valid"))(x)
    assert dx.numpy().ravel().tolist() == [0.0, 0.0, 0.0, 1.0]


def test_nan_is_never_the_largest_volume(backend: str) -> None:
    x = gl.tensor([NAN, 2.0, NAN, NAN]).reshape((1, 4, 1, 1, 1))
    assert max_pool3d(x, (2, 1, 1), 2, "valid").numpy().ravel().tolist() == [2.0, -INF]
    assert np.isnan(avg_pool3d(x, (2, 1, 1), 2, "valid").numpy()).all()


@pytest.mark.parametrize("include", [False, True])
def test_argmax_counts_in_the_image_or_the_batch(backend: str, include: bool) -> None:
    x = gl.tensor([[[[1.0, 7.0], [2.0, 7.0]]], [[[5.0, 1.0], [5.0, 3.0]]]])  # [2, 1, 2, 2]
    y, at = max_pool_with_argmax(x, (1, 2), 1, "valid", include)
    assert y.numpy().ravel().tolist() == [2.0, 7.0, 5.0, 3.0]
    assert at.dtype == "int32"
    assert at.numpy().ravel().tolist() == [2, 1, 4 if include else 0, 7 if include else 3]


def test_argmax_of_nothing_is_minus_one(backend: str) -> None:
    y, at = max_pool_with_argmax(gl.tensor([[[[NAN], [-INF]]]]), (1, 2), 1, "valid")
    assert (y.item(), at.item()) == (-INF, -1)
    x = gl.tensor([[[[4.0], [9.0]]]])
    dx = gl.grad(lambda a: max_pool_with_argmax(a, (1, 2), 1, "valid").result * 3.0)(x)
    assert dx.numpy().ravel().tolist() == [0.0, 3.0]


def test_a_filter_larger_than_the_volume_gives_nothing(backend: str) -> None:
    assert avg_pool3d(gl.ones((1, 1, 1, 1, 1)), (1, 1, 3), 1, "valid").shape == (1, 1, 1, 0, 1)


VOLUME, TAP = normal(1, 2, 2, 2, 1), normal(1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv3d(normal(2, 2, 2), TAP, 1, "same"), r"conv3d: x must be of rank 4 or 5"),
        (lambda: conv3d(normal(1, 2, 2, 2, 3), TAP, 1, "same"), r"has 3 channels.*takes 1"),
        (lambda: conv3d(VOLUME, normal(1, 1, 1, 1), 1, "same"), r"x and filter must be of rank 5"),
        (lambda: conv3d(VOLUME, TAP, 2, "same", "NDHWC", 2), r"either strides or dilations"),
        (lambda: conv3d(VOLUME, TAP, 1, "same", "NHWC"), r"'NDHWC' or 'NCDHW'"),
        (lambda: conv3d_transpose(VOLUME, TAP, (1, 3, 2, 2, 1), 1, "same"), r"dy has shape"),
        (lambda: max_pool3d(VOLUME, (1, 2), 1, "same"), r"filter_size must be a whole number or 3"),
        (lambda: avg_pool3d(normal(2, 2), 1, 1, "same"), r"avg_pool3d: x must be of rank 4 or 5"),
        (lambda: max_pool_with_argmax(normal(2, 2, 2), 1, 1, "same"), r"argmax: x must be of rank 4"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call: Any, message: str) -> None:
    with pytest.raises(GlbackendError, match=message):
        call()


def test_pool_kernels_take_channels_last() -> None:
    attrs = {"filter_size": 1, "strides": 1, "pad": "same", "data_format": "NCDHW"}
    with pytest.raises(GlbackendError, match=r"channels last \('NDHWC'\), got 'NCDHW'"):
        run("MaxPool3D", {"x": gl.tensor(VOLUME)}, **attrs)
