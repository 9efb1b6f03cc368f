"""Optimizers against loops in NumPy float64, written here from the published formulas; names, state, errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.optimizers.optimizer import OPTIMIZERS

Array = np.ndarray[Any, Any]
START = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]])
TARGET = np.array([[0.5, 1.0, 0.5], [-1.0, 0.0, 2.0]])
STEPS = 6


def gradient(w: Array) -> Array:
    """Of sum((w - target)^2 * scale) / 2: every element has a slope of its own."""
    return (w - TARGET) * np.array([1.0, 2.0, 0.5])


def loss(w: Any) -> Any:
    return ((w - gl.tensor(TARGET)).square() * gl.tensor([1.0, 2.0, 0.5])).sum() * 0.5


def sgd(w: Array) -> Array:
    for _ in range(STEPS):
        w = w - 0.1 * gradient(w)
    return w


def momentum(w: Array) -> Array:  # Polyak 1964, in TensorFlow's form
    a = np.zeros_like(w)
    for _ in range(STEPS):
        a = 0.9 * a + gradient(w)
        w = w - 0.1 * a
    return w


def nesterov(w: Array) -> Array:  # Sutskever et al. 2013, in TensorFlow's form
    a = np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w)
        a = 0.9 * a + g
        w = w - 0.1 * (g + 0.9 * a)
    return w


def adagrad(w: Array) -> Array:  # Duchi et al. 2011
    a = np.full_like(w, 0.1)
    for _ in range(STEPS):
        g = gradient(w)
        a = a + g * g
        w = w - 0.5 * g / np.sqrt(a + 1e-7)
    return w


def adadelta(w: Array) -> Array:  # Zeiler 2012, algorithm 1
    a, u = np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w)
        a = 0.9 * a + 0.1 * g * g
        d = np.sqrt(u + 1e-3) / np.sqrt(a + 1e-3) * g
        u = 0.9 * u + 0.1 * d * d
        w = w - d
    return w


def adam(w: Array) -> Array:  # Kingma and Ba 2014, algorithm 1
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w)
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g * g
        w = w - 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-7)
    return w


def adamax(w: Array) -> Array:  # Kingma and Ba 2014, algorithm 2, with TF.js's decay of the rate
    m, u = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w)
        m, u = 0.8 * m + 0.2 * g, np.maximum(0.95 * u, np.abs(g))
        w = w - 0.1 / (1 + 0.2 * (t - 1)) / (1 - 0.8**t) * m / (u + 1e-7)
    return w


def rmsprop(w: Array) -> Array:  # Hinton, lecture 6e, with momentum as in TensorFlow
    s, a = np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w)
        s = 0.8 * s + 0.2 * g * g
        a = 0.5 * a + 0.1 * g / np.sqrt(s + 1e-7)
        w = w - a
    return w


def centered(w: Array) -> Array:  # Graves 2013, equations 38 to 41
    s, a, mean = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w)
        s, mean = 0.8 * s + 0.2 * g * g, 0.8 * mean + 0.2 * g
        a = 0.5 * a + 0.1 * g / np.sqrt(s - mean * mean + 1e-7)
        w = w - a
    return w


CASES: dict[str, tuple[Callable[[], Any], Callable[[Array], Array]]] = {
    "sgd": (lambda: gl.train.sgd(0.1), sgd),
    "momentum": (lambda: gl.train.momentum(0.1, 0.9), momentum),
    "nesterov": (lambda: gl.train.momentum(0.1, 0.9, use_nesterov=True), nesterov),
    "adagrad": (lambda: gl.train.adagrad(0.5, 0.1), adagrad),
    "adadelta": (lambda: gl.train.adadelta(1.0, 0.9, 1e-3), adadelta),
    "adam": (lambda: gl.train.adam(0.1, 0.8, 0.95), adam),
    "adamax": (lambda: gl.train.adamax(0.1, 0.8, 0.95, decay=0.2), adamax),
    "rmsprop": (lambda: gl.train.rmsprop(0.1, 0.8, 0.5), rmsprop),
    "centered": (lambda: gl.train.rmsprop(0.1, 0.8, 0.5, centered=True), centered),
}


@pytest.mark.parametrize("name", CASES)
def test_steps(name: str, backend: str) -> None:
    make, expected = CASES[name]
    optimizer, w = make(), gl.variable(gl.tensor(START))
    for _ in range(STEPS):
        optimizer.minimize(lambda: loss(w))
    assert optimizer.iterations == STEPS
    np.testing.assert_allclose(w.numpy(), expected(START), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_state_goes_on(name: str, backend: str) -> None:
    """A state that is taken up elsewhere goes on as if nothing had happened."""
    make, expected = CASES[name]
    first, w = make(), gl.variable(gl.tensor(START), name="w")
    for _ in range(3):
        first.minimize(lambda: loss(w))
    state = first.get_weights()
    assert [one.name for one in state] == ["iter", *(f"w/{slot}" for slot in first.slot_names)]
    second = make()
    second.set_weights(state, [w])
    for _ in range(3):
        second.minimize(lambda: loss(w))
    np.testing.assert_allclose(w.numpy(), expected(START), rtol=2e-5, atol=2e-6)


def test_a_wrong_state_changes_nothing() -> None:
    optimizer, w = gl.train.adam(0.1), gl.variable(gl.tensor(START))
    optimizer.minimize(lambda: loss(w))
    with pytest.raises(ValueError, match=r"1 variables have 3 weights of state, but 2 were given"):
        optimizer.set_weights([np.int32(1), np.zeros((2, 3))], [w])
    with pytest.raises(ValueError, match="must be numbers, of its shape"):
        optimizer.set_weights([np.int32(1), np.zeros((2, 3)), np.zeros((3, 2))], [w])
    assert optimizer.iterations == 1 and len(optimizer.get_weights()) == 3


def test_one_pass_a_variable(webgl: Any) -> None:
    """Value and slots are updated in one draw."""
    from glbackend.testing.check import using

    with using(webgl):
        optimizer, w = gl.train.adam(0.1), gl.variable(gl.tensor(START))
        g = gl.tensor(START).square()
        optimizer.apply_gradients([(g, w)])
        before = webgl.draw_count
        optimizer.apply_gradients([(g, w)])
        assert webgl.draw_count == before + 1


def test_names() -> None:
    for name in ("sgd", "SGD", "Adam", "RMSProp", "adagrad", "Adadelta", "adamax", "momentum"):
        assert OPTIMIZERS.lookup(name) is not None
        assert gl.sequential([gl.layers.dense(units=1, input_shape=[1])]).compile(name, "mse") is None
    with pytest.raises(ValueError, match="unknown optimizer 'adamm': did you mean 'adam'"):
        gl.sequential([gl.layers.dense(units=1, input_shape=[1])]).compile("adamm", "mse")
    with pytest.raises(AttributeError, match="no attribute 'rmsProp': in Python it is 'rmsprop'"):
        gl.train.rmsProp  # noqa: B018


def test_minimize() -> None:
    """Returns the cost where asked; only the variables of `var_list` move; f must give a scalar of them."""
    v, w = gl.variable(gl.tensor(2.0)), gl.variable(gl.tensor(3.0))
    optimizer = gl.train.sgd(0.5)
    cost = optimizer.minimize(lambda: v * w, return_cost=True, var_list=[v])
    assert cost is not None and cost.item() == 6
    assert (v.item(), w.item()) == (0.5, 3.0)
    assert optimizer.minimize(lambda: v * w) is None
    assert (v.item(), w.item()) == (-1.0, 2.75)
    with pytest.raises(ValueError, match="must return a scalar"):
        optimizer.minimize(lambda: v * gl.tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="depends on none"):
        optimizer.minimize(lambda: gl.tensor(1.0))
    optimizer.learning_rate = 1.0
    optimizer.apply_gradients([(gl.tensor(1.0), w)])
    assert w.item() == 1.75


def test_dispose_forgets_the_slots() -> None:
    optimizer, w = gl.train.momentum(0.1), gl.variable(gl.tensor(START))
    optimizer.minimize(lambda: loss(w))
    optimizer.dispose()
    assert [one.name for one in optimizer.get_weights()] == ["iter"]
