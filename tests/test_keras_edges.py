"""`gl.ops` with odd numbers: NaN, infinity, truths, no elements, tensors as bounds; what NumPy and Keras give."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl

INF, NAN = np.inf, np.nan
HOLES = np.array([[NAN, 1, -INF], [INF, NAN, -0.0], [2, 1, 3]], np.float32)
MIXED = np.array([-(2**31), 0, 2**31 - 1, -5], np.int32)
TRUTHS = np.array([True, False, True])
ops: Any = gl.ops

CASES: dict[str, tuple[Any, Any]] = {
    "sort NaN": (lambda: ops.sort(HOLES), np.sort(HOLES)),
    "sort NaN along 0": (lambda: ops.sort(HOLES, 0), np.sort(HOLES, 0)),
    "sort smallest": (lambda: ops.sort(MIXED), np.sort(MIXED)),
    "argsort smallest": (lambda: ops.argsort(MIXED), np.argsort(MIXED)),
    "argsort NaN": (lambda: ops.argsort([NAN, 2.0, 1.0]), np.array([2, 1, 0])),
    "sort truths": (lambda: ops.sort(TRUTHS), np.sort(TRUTHS)),
    "isin NaN": (lambda: ops.isin([0.0, 1.0, 5.0], [NAN, 1.0, NAN, -0.0]), np.array([True, True, False])),
    "median NaN": (lambda: ops.median(HOLES, -1), np.array([NAN, NAN, 2.0], np.float32)),
    "median of axes": (lambda: ops.median(HOLES[2:], (0, 1), keepdims=True), np.array([[2.0]], np.float32)),
    "quantile NaN": (lambda: ops.quantile(HOLES, 0.5, -1), np.array([NAN, NAN, 2.0], np.float32)),
    "diag inf": (lambda: ops.diag([INF, NAN, 1.0], -1), np.diag(np.array([INF, NAN, 1.0], np.float32), -1)),
    "diag of nothing": (lambda: ops.diag(np.zeros(0, np.float32)), np.zeros((0, 0), np.float32)),
    "nanvar inf": (lambda: ops.nanvar([INF, 1.0, NAN]), np.float32(NAN)),
    "fmax": (lambda: ops.fmax([NAN, 1.0], [2.0, NAN]), np.array([2.0, 1.0], np.float32)),
    "fmin": (lambda: ops.fmin([NAN, NAN], [2.0, NAN]), np.array([2.0, NAN], np.float32)),
    "angle": (lambda: ops.angle([-1.0, 0.0, NAN, INF]), np.array([np.pi, 0, NAN, 0], np.float32)),
    "add truths": (lambda: ops.add(TRUTHS, True), TRUTHS | True),
    "multiply truths": (lambda: ops.multiply(TRUTHS, TRUTHS[::-1].copy()), TRUTHS),
    "maximum truths": (lambda: ops.maximum(TRUTHS, False), TRUTHS),
    "minimum truths": (lambda: ops.minimum(TRUTHS, False), TRUTHS & False),
    "add to truths": (lambda: ops.add(TRUTHS, 2), np.array([3, 2, 3], np.int32)),
    "outer truths": (lambda: ops.outer(TRUTHS, TRUTHS), np.outer(TRUTHS, TRUTHS)),
    "divide_no_nan": (lambda: ops.divide_no_nan([3, 1], [2, 0]), np.array([1.5, 0], np.float32)),
    "isclose": (lambda: ops.isclose([1, 2**30], [1, 2**30 + 1]), np.array([True, False])),
    "allclose": (lambda: ops.allclose([1, 2**30], [1, 2**30 + 1]), np.array(False)),
    "clip by tensors": (
        lambda: ops.clip([1.0, 5.0, 9.0], gl.tensor([2.0, 2.0, 8.5]), np.array([3.0, 3.0, 9.5], np.float32)),
        np.array([2, 3, 9], np.float32),
    ),
    "clip turned round": (lambda: ops.clip([1.0, 2.0], 3, 0), np.zeros(2, np.float32)),
    "clip truths": (lambda: ops.clip(TRUTHS, 0, 5), TRUTHS.astype(np.int32)),
    "segment_max of nothing": (
        lambda: ops.segment_max(np.zeros((0, 2), np.float32), np.zeros(0, np.int32), 2),
        np.full((2, 2), -INF, np.float32),
    ),
    "nan_to_num": (lambda: ops.nan_to_num(MIXED), MIXED),
    "inner": (lambda: ops.inner(MIXED[1:2], 2), np.array([0], np.int32)),
    "log_softmax": (lambda: ops.log_softmax(HOLES[2:] * 0, None), np.full((1, 3), -np.log(3), np.float32)),
    "qr": (lambda: ops.qr([[2.0, 1.0], [1.0, 3.0]])[1], np.linalg.qr(np.array([[2, 1], [1, 3]], np.float32))[1]),
    "qr of one": (lambda: ops.qr(np.eye(3, dtype=np.float32))[1], np.eye(3, dtype=np.float32)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_gives_what_numpy_gives(name: str, backend: str) -> None:
    call, wanted = CASES[name]
    found = call().numpy()
    assert found.dtype.kind == wanted.dtype.kind
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


WEIGHTS = np.arange(9.0).reshape(3, 3)
GRADIENTS: dict[str, tuple[Any, Any, Any]] = {
    "pinv": (lambda x: (ops.pinv(x) * WEIGHTS).sum(), np.eye(3), -WEIGHTS),
    "nanvar": (lambda x: ops.nanvar(x), [NAN, 1.0, 2.0], [0.0, -0.5, 0.5]),
    "angle": (lambda x: ops.angle(x).sum(), [0.0, -1.0, 2.0], [0.0, 0.0, 0.0]),
    "fmod": (lambda x: ops.fmod(x, 3.0).sum(), [0.0, -4.0, 4.0], [1.0, 1.0, 1.0]),
    "diag": (lambda x: ops.diag(x, 1)[1, 2] * 2.0, [INF, 1.0], [0.0, 2.0]),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_has_the_gradient(name: str, backend: str) -> None:
    function, at, wanted = GRADIENTS[name]
    np.testing.assert_allclose(gl.grad(function)(gl.tensor(at)).numpy(), wanted, atol=1e-6)


def test_nodes_are_what_functions_are(backend: str) -> None:
    """Of a symbolic tensor and of numbers the same, for arguments that few give."""
    functions: list[Any] = [
        lambda x: ops.max(x, axis=1, initial=2.0),
        lambda x: ops.floor_divide(ops.cast(x, "int32"), 2),
        lambda x: ops.roll(x, (1, 1), axis=(0, 1)),
        lambda x: ops.softmax(x, axis=None),
        lambda x: ops.repeat(x, [1, 0, 2], axis=1),
        lambda x: ops.clip(x, 0.0, 4.0),
        lambda x: ops.cumsum(x, axis=1, dtype="int32"),
        lambda x: ops.one_hot(ops.cast(x, "int32"), 6, dtype="int32"),
        lambda x: ops.layer_normalization(x),
    ]
    given = gl.tensor([[1.0, 5.0, 3.0], [0.0, 4.0, 2.0]])
    end = gl.input(batch_shape=[2, 3])
    model = gl.model(inputs=end, outputs=[one(end) for one in functions])
    for found, one in zip(model(given), functions, strict=True):
        wanted = one(given)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found.numpy(), wanted.numpy())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ops.sort(1.0), "sort: axis -1"),
        (lambda: ops.diff(1.0), "diff: axis -1"),
        (lambda: ops.tril([1.0]), "tril: needs matrices"),
        (lambda: ops.tensordot([1.0], 2.0, 1), "tensordot: axes 0"),
    ],
)
def test_wrong_shapes_are_told(call: Any, said: str) -> None:
    gl.set_backend("cpu")
    with pytest.raises(gl.errors.ShapeError, match=said):
        call()
