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
    "abs of truths": (lambda: ops.abs(TRUTHS), TRUTHS),
    "sign of truths": (lambda: ops.sign(TRUTHS), TRUTHS),
    "diff of truths": (lambda: ops.diff([True, True, False, True], 2), np.diff([True, True, False, True], 2)),
    "dot of truths": (lambda: ops.dot(TRUTHS, TRUTHS), np.array(True)),
    "dot of a truth": (lambda: ops.dot(True, TRUTHS), TRUTHS),
    "matmul of truths": (lambda: ops.matmul(TRUTHS[None], TRUTHS[:, None]), np.array([[True]])),
    "vdot of truths": (lambda: ops.vdot(TRUTHS, ~TRUTHS), np.array(False)),
    "inner of truths": (lambda: ops.inner(TRUTHS, TRUTHS), np.array(True)),
    "tensordot of truths": (lambda: ops.tensordot(TRUTHS, TRUTHS, 0), np.outer(TRUTHS, TRUTHS)),
    "einsum of truths": (lambda: ops.einsum("i,j->ij", TRUTHS, TRUTHS), np.outer(TRUTHS, TRUTHS)),
    "einsum of truths and numbers": (lambda: ops.einsum("i,i->", TRUTHS, [2, 3, 4]), np.array(6, np.int32)),
    "kron of truths": (lambda: ops.kron(TRUTHS[:2], TRUTHS), np.kron(TRUTHS[:2], TRUTHS)),
    "vander of truths": (lambda: ops.vander(TRUTHS[:2], 2), np.array([[True, True], [False, True]])),
    "heaviside of truths": (lambda: ops.heaviside(TRUTHS, True), np.array([True, True, True])),
    "segment_max of truths": (lambda: ops.segment_max(TRUTHS, [0, 0, 2], 3), np.array([True, False, True])),
    "segment_sum of truths": (lambda: ops.segment_sum(TRUTHS, [0, 0, 1], 3), np.array([True, True, False])),
    "scatter of truths": (lambda: ops.scatter([[2]], [True], (3,)), np.array([False, False, True])),
    "nanmax of truths": (lambda: ops.nanmax(TRUTHS), np.array(True)),
    "max from a float": (lambda: ops.max(MIXED, initial=2.0), MIXED.max()),
    "min of truths from": (lambda: ops.min(TRUTHS, initial=True), np.array(False)),
    "subtract from truths": (lambda: ops.subtract(TRUTHS, 2), np.array([-1, -2, -1], np.int32)),
    "subtract from a number": (lambda: ops.subtract(2, MIXED[3:]), np.array([7], np.int32)),
    "power of truths": (lambda: ops.power(TRUTHS, 2), np.array([1, 0, 1], np.int32)),
    "power of a number": (lambda: ops.power(2, [3, -1]), np.array([8, 0], np.int32)),
    "power to a float": (lambda: ops.power([4, 9], 0.5), np.array([2, 3], np.float32)),
    "mod of truths": (lambda: ops.mod(TRUTHS, 2), np.array([1, 0, 1], np.int32)),
    "clip between floats": (lambda: ops.clip([-1, 3], 0.0, 1.5), np.array([0, 1.5], np.float32)),
    "logsumexp of truths": (lambda: ops.logsumexp([True, False]), np.float32(np.log(np.e + 1))),
    "log_softmax of whole numbers": (lambda: ops.log_softmax([1, 1]), np.full(2, -np.log(2), np.float32)),
    "searchsorted of others": (lambda: ops.searchsorted([1.0, 2.0], [0, 2]), np.array([0, 1])),
    "digitize truths": (lambda: ops.digitize(TRUTHS, [0, 1]), np.array([2, 1, 2])),
    "crossentropy of truths": (lambda: ops.binary_crossentropy(TRUTHS, TRUTHS), np.zeros(3, np.float32)),
    **{
        f"{name} of a whole number": (lambda name=name: getattr(ops, name)(-3), np.array(wanted, np.int32))
        for name, wanted in {
            "abs": 3, "negative": 3, "sign": -1, "square": 9, "relu": 0, "sum": -3, "ptp": 0, "trunc": -3,
            "nan_to_num": -3, "transpose": -3, "squeeze": -3, "flip": -3, "copy": -3, "max": -3,
        }.items()
    },
    "stack of whole numbers": (lambda: ops.stack([1, 2]), np.array([1, 2], np.int32)),
    "stack of a truth and a number": (lambda: ops.stack([True, 2]), np.array([1, 2], np.int32)),
    "diag of whole numbers": (lambda: ops.diag([1, 2]), np.array([[1, 0], [0, 2]], np.int32)),
    "inverse of nothing": (lambda: ops.inv(np.zeros((0, 0), np.float32)), np.zeros((0, 0), np.float32)),
    "inverses of none": (lambda: ops.inv(np.zeros((0, 2, 2), np.float32)), np.zeros((0, 2, 2), np.float32)),
    "logdet of nothing": (lambda: ops.logdet(np.zeros((0, 0), np.float32)), np.float32(0)),
    "det of zeros": (lambda: ops.det(np.zeros((2, 2), np.float32)), np.float32(0)),
    "slogdet of zeros": (lambda: ops.slogdet(np.zeros((2, 2), np.float32))[1], np.float32(-INF)),
    "take_along_axis of none": (
        lambda: ops.take_along_axis(np.zeros(0, np.float32), np.zeros(0, np.int32), 0),
        np.zeros(0, np.float32),
    ),
    "slice_update of a number": (lambda: ops.slice_update(1.0, [], 2.0), np.float32(2)),
    "multi_hot of none": (lambda: ops.multi_hot(np.zeros(0, np.int32), 3), np.zeros(3, np.float32)),
    "normalize of a number": (lambda: ops.normalize(-3.0), np.array([-1], np.float32)),
    "max of nothing from": (lambda: ops.max(np.zeros(0, np.float32), initial=2.0), np.float32(2)),
    "max of none of nothing": (lambda: ops.max(np.zeros((0, 3), np.float32), 1), np.zeros(0, np.float32)),
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
    "norm of zeros": (
        lambda x: ops.norm(x, axis=-1).sum(),
        [[0.0, 0.0], [3.0, 4.0]],
        [[0.0, 0.0], [0.6, 0.8]],
    ),
    "norm of a matrix of zeros": (lambda x: ops.norm(x, "fro"), np.zeros((2, 2)), np.zeros((2, 2))),
    "norm of order 3 of zeros": (lambda x: ops.norm(x, 3), [0.0, 0.0], [0.0, 0.0]),
    "norm of order 3": (lambda x: ops.norm(x, 3), [0.0, 1.0, 2.0], [0.0, 9 ** (-2 / 3), 4 * 9 ** (-2 / 3)]),
    "norm of order 1/2": (lambda x: ops.norm(x, 0.5), [0.0, 1.0, 2.0], [0.0, 1 + 2**0.5, 1 + 0.5**0.5]),
    "gl.norm of zeros": (lambda x: gl.norm(x), [0.0, 0.0], [0.0, 0.0]),
    "std of equal ones": (
        lambda x: ops.std(x, axis=1).sum(),
        [[1.0, 1.0], [0.0, 2.0]],
        [[0.0, 0.0], [-0.5, 0.5]],
    ),
    "second derivative of norm": (
        lambda x: gl.grad(lambda y: ops.norm(y) ** 2)(x).sum(),
        [3.0, 4.0],
        [2.0, 2.0],
    ),
    "second derivative of norm of zeros": (lambda x: gl.grad(ops.norm)(x).sum(), [0.0, 0.0], [0.0, 0.0]),
    "nanstd of equal ones": (
        lambda x: ops.nanstd(x),
        [1.0, 1.0],
        [NAN, NAN],
    ),  # as in Keras, and roots by themselves:
    "root of a sum": (lambda x: ops.sqrt(ops.sum(ops.square(x))), [0.0, 0.0], [NAN, NAN]),
    "arctan2 of zeros": (lambda x: ops.arctan2(x, x), 0.0, 0.0),
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
        lambda x: ops.subtract(2, ops.cast(x, "int32")),
        lambda x: ops.power(ops.greater(x, 1.0), 2),
        lambda x: ops.abs(ops.greater(x, 1.0)),
        lambda x: ops.einsum("ij,ij->ij", ops.greater(x, 1.0), ops.less(x, 4.0)),
        lambda x: ops.logsumexp(ops.cast(x, "int32"), axis=1),
        lambda x: ops.std(x, axis=1),
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
        (lambda: ops.sum(1.0, axis=0), "sum: axis 0 is given for a tensor of rank 0"),
        (lambda: ops.swapaxes(1.0, 0, -1), "swapaxes: axis 0 is given"),
        (lambda: ops.swapaxes([1.0], 0, 2), r"swapaxes: axis 2 is outside \[-1, 1\)"),
        (lambda: ops.nonzero(1.0), "nonzero: needs at least one axis"),
        (lambda: ops.where(True), "where: .*at least one axis"),
        (lambda: ops.diag(np.zeros((1, 1, 1), np.float32)), "diag: x must be a vector or a matrix"),
        (
            lambda: ops.sparse_categorical_crossentropy([1, 0], [0.5, 0.5]),
            "target must have the shape of output",
        ),
        (lambda: ops.split(1.0, [0]), "split: axis 0 is given"),
        (lambda: ops.take(1.0, [0], axis=0), "take: axis 0 is given"),
        (lambda: ops.map(lambda x: x, gl.tensor(1.0)), "map: xs must have a first axis"),
        (lambda: ops.scan(lambda s, x: (s, x), 0.0, gl.tensor(1.0)), "scan: xs must have a first axis"),
        (lambda: ops.associative_scan(ops.add, gl.tensor(1.0)), "associative_scan: axis 0 is given"),
        (lambda: ops.ptp([]), "ptp: there are no elements"),
        (lambda: ops.max([]), "max: there are no elements along axis None"),
        (lambda: ops.amin(np.zeros((0, 3), np.float32), 0), r"min: .*along axis 0 of shape \[0, 3\]"),
        (lambda: ops.nanmax([]), "nanmax: there are no elements"),
        (lambda: ops.norm([], np.inf), "norm: there are no elements"),
    ],
)
def test_wrong_shapes_are_told(call: Any, said: str) -> None:
    gl.set_backend("cpu")
    with pytest.raises(gl.errors.ShapeError, match=said):
        call()


@pytest.mark.parametrize("name", ["hard_sigmoid", "silu", "softsign", "sparsemax", "tanh_shrink"])
def test_an_argument_that_there_is_not(name: str) -> None:
    with pytest.raises(gl.errors.CallError, match=f"^{name}: there is no argument 'axes_of'"):
        getattr(ops, name)([1.0], axes_of=0)


def test_what_nothing_is_mapped_to_is_not_known() -> None:
    gl.set_backend("cpu")
    none = np.zeros((0, 2), np.float32)
    with pytest.raises(gl.errors.ArgumentError, match="map: xs has no elements"):
        ops.map(lambda x: x, none)
    with pytest.raises(gl.errors.ArgumentError, match="scan: there are no steps"):
        ops.scan(lambda state, x: (state, x), 0.0, none)
