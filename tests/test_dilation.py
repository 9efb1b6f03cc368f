"""Grayscale dilation: values and gradients by loops over the definition, and what users may not do."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.ops.dilation import dilation2d
from glbackend.testing.sample import distinct, normal

NAN, INF = np.nan, np.inf


def by_definition(x: Any, f: Any, dy: Any, strides: Any, dilations: Any, pads: Any) -> Any:
    """The largest sums, and the gradients with respect to x and filter."""
    y, dx, df = np.full(dy.shape, -INF), np.zeros(x.shape), np.zeros(f.shape)
    for n, i, j, c in np.ndindex(*dy.shape):
        best = None
        for a, b in np.ndindex(*f.shape[:2]):
            row, column = (
                i * strides[0] + a * dilations[0] - pads[0],
                j * strides[1] + b * dilations[1] - pads[1],
            )
            if (
                0 <= row < x.shape[1]
                and 0 <= column < x.shape[2]
                and x[n, row, column, c] + f[a, b, c] > y[n, i, j, c]
            ):
                y[n, i, j, c], best = x[n, row, column, c] + f[a, b, c], (a, b, row, column)
        if best:
            df[best[0], best[1], c] += dy[n, i, j, c]
            dx[n, best[2], best[3], c] += dy[n, i, j, c]
    return y, dx, df


@pytest.mark.parametrize(
    ("filter_size", "strides", "dilations", "pad", "pads", "size"),
    [
        ((2, 3), (1, 1), (1, 1), "same", (0, 1), (7, 6)),
        ((3, 2), (2, 1), (1, 1), "valid", (0, 0), (3, 5)),
        ((2, 3), (2, 3), (3, 2), "same", (1, 1), (4, 2)),
        ((2, 2), (1, 2), (1, 1), ((0, 0), (1, 0), (0, 2), (0, 0)), (1, 0), (7, 4)),
    ],
)
def test_dilation_is_its_definition(
    backend: str, filter_size: Any, strides: Any, dilations: Any, pad: Any, pads: Any, size: Any
) -> None:
    x, f, dy = distinct(2, 7, 6, 5), normal(*filter_size, 5), normal(2, *size, 5)
    y, dx, df = by_definition(x, f, dy, strides, dilations, pads)
    given = gl.tensor(x), gl.tensor(f)
    np.testing.assert_allclose(dilation2d(*given, strides, pad, dilations).numpy(), y, rtol=1e-6)
    found = gl.grads(lambda a, b: dilation2d(a, b, strides, pad, dilations))(given, gl.tensor(dy))
    np.testing.assert_allclose(found[0].numpy(), dx, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1].numpy(), df, rtol=1e-5, atol=1e-5)


def test_ties_go_to_the_first(backend: str) -> None:
    x, f = gl.tensor([1.0, 0.0, 1.0]).reshape((1, 3, 1)), gl.tensor([0.0, 1.0, 0.0]).reshape((1, 3, 1))
    dx, df = gl.grads(lambda a, b: dilation2d(a, b, 1, "valid"))([x, f])
    assert dx.numpy().ravel().tolist() == [1.0, 0.0, 0.0]
    assert df.numpy().ravel().tolist() == [1.0, 0.0, 0.0]


def test_nan_and_padding_are_never_the_largest(backend: str) -> None:
    x, f = gl.tensor([NAN, 2.0, NAN]).reshape((1, 3, 1)), gl.tensor([1.0]).reshape((1, 1, 1))
    pad = ((0, 0), (0, 0), (1, 0), (0, 0))
    assert dilation2d(x, f, 1, pad).numpy().ravel().tolist() == [-INF, -INF, 3.0, -INF]
    dx, df = gl.grads(lambda a, b: dilation2d(a, b, 1, pad))([x, f])
    assert dx.numpy().ravel().tolist() == [0.0, 1.0, 0.0]
    assert df.item() == 1.0


@pytest.mark.parametrize(
    ("x", "f", "data_format", "message"),
    [
        (normal(4, 4), normal(2, 2, 1), "NHWC", r"dilation2d: x must be of rank 3 or 4"),
        (normal(1, 4, 4, 1), normal(2, 2), "NHWC", r"filter of rank 3 \[height, width, channels\]"),
        (normal(1, 4, 4, 3), normal(2, 2, 2), "NHWC", r"has 3 channels.*has 2"),
        (normal(1, 4, 4, 1), normal(2, 2, 1), "NCHW", r"data_format must be 'NHWC', got 'NCHW'"),
        (np.ones((1, 4, 4, 1), np.int32), normal(2, 2, 1), "NHWC", r"int32 and float32"),
        (normal(1, 2, 2, 1), normal(4, 1, 1), "NHWC", r"does not fit"),
    ],
)
def test_wrong_calls_say_what_is_wrong(x: Any, f: Any, data_format: str, message: str) -> None:
    with pytest.raises(GlbackendError, match=message):
        dilation2d(gl.tensor(x), gl.tensor(f), 1, "valid", 1, data_format)
