"""Tensors feel like NumPy's arrays: methods, functions, operators, formats; variables are written to."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.engine.tensor import METHODS, NUMPY, UFUNCS
from glbackend.testing.check import using

X = np.array([[1.5, -2.25, 0.5], [3.0, 0.125, -1.0]], np.float32)
METHOD_CALLS: dict[str, Any] = {
    "T": lambda t: t.T,
    "astype": lambda t: t.astype("int32"),
    "ravel": lambda t: t.ravel(),
    "copy": lambda t: t.copy(),
    "std": lambda t: t.std(),
    "var of an axis": lambda t: t.var(1, keepdims=True),
    "sum": lambda t: t.sum(axis=0, keepdims=True),
    "mean": lambda t: t.mean(keepdims=True),
    "max": lambda t: t.max(1, keepdims=True),
    "clip": lambda t: t.clip(-1, 1),
    "positive": lambda t: +t,
}
FUNCTION_CALLS: dict[str, Any] = {
    "sum": lambda t: np.sum(t, axis=1, keepdims=True),
    "exp": np.exp,
    "sqrt of abs": lambda t: np.sqrt(np.abs(t)),
    "argmax": np.argmax,
    "argmin of an axis": lambda t: np.argmin(t, axis=1),
    "cumsum": np.cumsum,
    "concatenate": lambda t: np.concatenate([t, t], axis=1),
    "stack": lambda t: np.stack([t, t]),
    "where": lambda t: np.where(t > 0, t, 0.0),
    "transpose": lambda t: np.transpose(t, (1, 0)),
    "reshape": lambda t: np.reshape(t, (3, 2)),
    "clip": lambda t: np.clip(t, -1, 1),
    "maximum": lambda t: np.maximum(t, 0.25),
    "power": lambda t: np.float32(2) ** t,
    "an array before": lambda t: X * t,
    "an array before a product": lambda t: np.ones((1, 2), np.float32) @ t,
    "isnan": np.isnan,
    "std": lambda t: np.std(t, axis=0),
    "all": lambda t: np.all(t),
    "flip": lambda t: np.flip(t, 1),
    "round": lambda t: np.round(t, 1),
}


@pytest.mark.parametrize("name", METHOD_CALLS)
def test_methods(name: str, backend: str) -> None:
    found, wanted = METHOD_CALLS[name](gl.tensor(X)), METHOD_CALLS[name](X)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
    assert found.shape == wanted.shape and isinstance(found, gl.Tensor)


@pytest.mark.parametrize("name", FUNCTION_CALLS)
def test_functions(name: str, backend: str) -> None:
    """NumPy's functions give tensors where we have the op."""
    found, wanted = FUNCTION_CALLS[name](gl.tensor(X)), FUNCTION_CALLS[name](X)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
    assert found.shape == np.shape(wanted) and isinstance(found, gl.Tensor)


def test_what_only_numpy_has_gives_arrays() -> None:
    t = gl.tensor(X)
    for found, wanted in (
        (np.median(t), np.median(X)), (np.hypot(t, 2.0), np.hypot(X, np.float32(2))), (np.add.reduce(t), X.sum(0)),
        (np.sum(t, dtype="float64"), X.sum(dtype="float64")), (np.linalg.norm(t), np.linalg.norm(X)),
    ):  # fmt: skip
        assert not isinstance(found, gl.Tensor)
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    total = np.zeros_like(X)
    total += t
    assert isinstance(total, np.ndarray) and (total == X).all()
    assert np.shape(t) == (2, 3) and np.ndim(t) == 2 and np.size(t) == 6 and np.array_equal(t, X)
    assert set(UFUNCS.values()) <= set(METHODS) and all(callable(one) for one in NUMPY.values())


def test_nothing_is_read_for_a_function(webgl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with using(webgl):
        t = gl.tensor(X) * 2.0
        monkeypatch.setattr(type(webgl), "read", lambda *_: pytest.fail("read back"), raising=False)
        for name in FUNCTION_CALLS:
            FUNCTION_CALLS[name](t)
        v = gl.variable(X)
        v[0] = 1.0
        monkeypatch.undo()


def test_gradients_go_through_numpys_functions(backend: str) -> None:
    slope = gl.grad(lambda x: np.sum(np.exp(x) * np.float32(2)))(gl.tensor(X))
    np.testing.assert_allclose(slope.numpy(), 2 * np.exp(X), rtol=1e-6)


def test_formats_and_lists() -> None:
    loss = gl.scalar(1.23456)
    assert f"{loss:.3f}" == "1.235" and f"{gl.tensor([7], dtype='int32'):03d}" == "007"
    assert f"{loss}" == str(loss) and f"{loss:}".startswith("Tensor")
    assert gl.tensor(X).tolist() == X.tolist()
    assert round(gl.tensor([1.26, -2.5]), 1).numpy().tolist() == pytest.approx([1.3, -2.5])
    assert round(gl.scalar(2.5)).item() == 2.0
    with pytest.raises(ValueError, match=r"one of numbers, got a tensor of shape \[2, 3\]"):
        f"{gl.tensor(X):.2f}"


KEYS: dict[str, Any] = {
    "a row": 0,
    "a column": (slice(None), 1),
    "an element": (1, -1),
    "steps": (slice(None), slice(None, None, -2)),
    "dots": (..., slice(1, None)),
    "a mask": X > 0.4,
    "lists": ([0, 1, 0], [2, 0, 2]),
    "nothing": (slice(0, 0),),
}


@pytest.mark.parametrize("name", KEYS)
def test_variables_are_written_to(name: str, backend: str) -> None:
    key = KEYS[name]
    v, wanted = gl.variable(X), X.copy()
    values = np.arange(wanted[key].size, dtype=np.float32).reshape(wanted[key].shape)
    v[key] = values
    wanted[key] = values
    np.testing.assert_array_equal(v.numpy(), wanted)
    v[key] = 5
    wanted[key] = 5
    np.testing.assert_array_equal(v.numpy(), wanted)


def test_variables_add_and_refuse(backend: str) -> None:
    v = gl.variable([1.0, 2.0])
    assert v.assign_add([1.0, 1.0]).assign_sub(0.5) is v and v.numpy().tolist() == [1.5, 2.5]
    v[gl.tensor(v.numpy() > 2)] = gl.scalar(9.0)
    assert v.numpy().tolist() == [1.5, 9.0]
    with pytest.raises(ValueError, match=r"variable\[2\] of shape \[2\]: index 2 is out of bounds"):
        v[2] = 1.0
    with pytest.raises(ValueError, match="a tensor never changes"):
        gl.tensor(X)[0] = 1.0
    assert v.numpy().tolist() == [1.5, 9.0]


@pytest.mark.parametrize("reps", [2, (2,), (2, 1), (3, 2, 1), 0])
def test_tile_as_numpy_counts_dims(reps: Any, backend: str) -> None:
    """Of array and reps, whichever has fewer dims gets some in front."""
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    for one in (a, a[0]):
        assert np.array_equal(np.tile(gl.tensor(one), reps).numpy(), np.tile(one, reps))


@pytest.mark.parametrize("axis", [0, -1, (0, 1), (0, -1), (1, 3)])
def test_expand_dims_of_several_axes(axis: Any) -> None:
    a = np.zeros([2, 3], np.float32)
    assert np.expand_dims(gl.tensor(a), axis).shape == np.expand_dims(a, axis).shape
