"""Gradients once more: checkpointing, stop_gradient, vjp, jacobian, and what a tape can besides."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, GradientError, ShapeError

import glbackend as gl
from glbackend.testing.check import using
from glbackend.testing.interpret import replay

X = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)


def block(seed: int) -> Any:
    """Weights, moving moments and a mask: all that a second run might get wrong."""
    return gl.sequential(
        [
            gl.layers.dense(
                units=6, kernel_initializer=gl.initializers.random_normal(seed=seed), input_shape=[6]
            ),
            gl.layers.batch_normalization(),
            gl.layers.dropout(rate=0.5),
            gl.layers.dropout(rate=0.2, seed=4),
        ]
    )


def results(wrap: Any) -> list[np.ndarray[Any, Any]]:
    """Value, gradients by input and weights, and the moving moments afterwards."""
    gl.set_seed(5)
    first, second, x = block(1), block(2), gl.tensor(X)

    def loss(x: gl.Tensor) -> gl.Tensor:
        return wrap(second)(wrap(first)(x, training=True).tanh(), training=True).square().sum()

    variables = [*first.trainable_weights, *second.trainable_weights]
    with gl.GradientTape() as tape:
        tape.watch(x)
        value = loss(x)
    found = tape.gradient(value, [x, *variables])
    return [one.numpy() for one in (value, *found, *first.weights, *second.weights)]


def test_recomputed_is_the_same(backend: str) -> None:
    for one, other in zip(results(lambda f: f), results(gl.recompute), strict=True):
        np.testing.assert_array_equal(one, other)


def test_second_derivatives_and_nesting(backend: str) -> None:
    cube = gl.recompute(gl.recompute(lambda x: x * x * x))
    assert gl.grad(gl.grad(cube))(gl.scalar(2.0)).item() == pytest.approx(12)
    pair = gl.recompute(lambda x, y: {"sum": x + y, "both": [x * y, x, gl.tensor([1], dtype="int32")]})

    def f(x: gl.Tensor, y: gl.Tensor) -> gl.Tensor:
        found = pair(x, y=y)
        return found["sum"] * found["both"][0] + found["both"][1]

    assert [one.item() for one in gl.grads(f)([gl.scalar(2.0), gl.scalar(3.0)])] == [22.0, 16.0]


def test_a_recorded_step_recomputes(backend: str) -> None:
    w = gl.variable(X[0], name="w")
    f = gl.recompute(lambda x: gl.dropout(x * w, 0.5).sum())

    def step() -> Any:
        value, pairs = gl.train.sgd(0.1).compute_gradients(lambda: f(gl.tensor(X[1])))
        return value, pairs[0][0]

    graph = gl.trace(step)
    gl.set_seed(3)
    eager = step()
    gl.set_seed(3)
    for one, two in zip(eager, replay(graph), strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_a_net_of_forty_layers_holds_half(webgl: Any) -> None:
    """Peak of the textures in use, asked of gl.memory() at every layer, forward and backward."""
    weights = [gl.variable(np.eye(64, dtype=np.float32) * 0.9) for _ in range(40)]
    seen: list[int] = []

    def sample() -> None:
        now = gl.memory()
        seen.append(now["num_bytes_in_textures"] - now["num_bytes_free"])

    def back(dy: gl.Tensor) -> gl.Tensor:
        sample()
        return dy

    @gl.custom_grad
    def probe(x: gl.Tensor) -> Any:
        sample()
        return x.clone(), back

    def piece(x: gl.Tensor, first: int, count: int) -> gl.Tensor:
        for w in weights[first : first + count]:
            x = probe(x.matmul(w).tanh())
        return x

    def peak(wrap: Any, count: int) -> tuple[int, np.ndarray[Any, Any]]:
        x = gl.tensor(np.tile(X[:1, :1], (256, 64)))
        sample()
        seen.clear()

        def loss() -> gl.Tensor:
            y = x
            for first in range(0, 40, count):
                y = wrap(piece)(y, first, count)
            return y.square().mean()

        sample()
        found = gl.variable_grads(loss, weights).grads
        return max(seen), found[weights[0].name].numpy()

    with using(webgl):
        whole, wanted = peak(lambda f: f, 40)
        pieces, found = peak(gl.recompute, 5)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-9)
        assert pieces <= 0.5 * whole, (pieces, whole)


def test_stop_gradient(backend: str) -> None:
    x = gl.tensor([1.0, 2.0])
    assert gl.grad(lambda x: (x * gl.stop_gradient(x * x)).sum())(x).numpy().tolist() == [1, 4]
    with pytest.raises(GradientError, match="does not depend on argument 0"):
        gl.grad(gl.stop_gradient)(x)


def test_jacobians(backend: str) -> None:
    a, b = gl.tensor(X[0, :3]), gl.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    by_a, by_b = gl.jacobian(lambda a, b: a.dot(b))(a, b)
    np.testing.assert_array_equal(by_a.numpy(), b.numpy().T)
    np.testing.assert_array_equal(by_b.numpy(), np.einsum("i,jk->jik", a.numpy(), np.eye(2)))
    with gl.GradientTape(persistent=True) as tape:
        tape.watch([a, b])
        y = a.dot(b)
    found, none = tape.jacobian(y, [a, gl.ones([2])])
    np.testing.assert_array_equal(found.numpy(), b.numpy().T)
    assert none is None
    value, back = gl.vjp(lambda a, b: a.dot(b), a, b)
    assert back([1.0, 0.0])[0].numpy().tolist() == [1, 3, 5] and value.shape == (2,)
    with pytest.raises(GradientError, match=r"dy has shape \[3\], the function's result \[2\]"):
        back(gl.ones([3]))
    with pytest.raises(GradientError, match="does not depend on argument 1"):
        gl.jacobian(lambda a, b: a * 2.0)(a, b)


def test_tapes_stop_nest_and_forget() -> None:
    v = gl.variable(3.0)
    with gl.GradientTape(persistent=True) as outer:
        with gl.GradientTape() as inner:
            y = v * v * v
        slope = inner.gradient(y, v)
        with outer.stop_recording():
            lost = v * v
    assert (slope.item(), outer.gradient(slope, v).item(), outer.gradient(lost, v)) == (27.0, 18.0, None)
    assert outer.watched_variables() == (v,)
    outer.reset()
    assert outer.gradient(slope, v) is None and outer.watched_variables() == ()


def test_a_loop_of_ones_own(backend: str) -> None:
    """As Keras's users write it."""
    model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[6])])
    optimizer = gl.optimizers.Adam(0.1, global_clipnorm=1.0)
    target = gl.tensor(X.sum(1, keepdims=True))
    losses = []
    for _ in range(30):
        with gl.GradientTape() as tape:
            loss = (model(gl.tensor(X)) - target).square().mean()
        variables = model.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_several_targets_are_added_up(backend: str) -> None:
    """What TensorFlow's tape gives, worked out by hand."""
    x, y, w = gl.variable([1.0, 2.0]), gl.variable([3.0, 4.0]), gl.variable(5.0)
    with gl.GradientTape(persistent=True) as tape:
        a, b = x * x, x * y
        nested = {"a": a, "more": (b, [b.sum()])}
    assert tape.gradient([a, b], x).numpy().tolist() == [5.0, 8.0]
    assert tape.gradient([a, a], x).numpy().tolist() == [4.0, 8.0]
    assert tape.gradient(nested, x).numpy().tolist() == [8.0, 12.0]
    assert tape.gradient([a, x], x).numpy().tolist() == [3.0, 5.0]
    weights = [gl.tensor([10.0, 1.0]), None]
    assert tape.gradient([a, b], x, output_gradients=weights).numpy().tolist() == [23.0, 8.0]
    assert tape.gradient({"p": a, "q": b}, [x], {"p": weights[0], "q": None})[0].numpy().tolist() == [
        23.0,
        8.0,
    ]
    assert tape.gradient(a, x, [10.0, 1.0]).numpy().tolist() == [20.0, 4.0]
    assert tape.gradient(a, [y, w]) == [None, None]
    zeros = tape.gradient(a, {"y": y, "w": w}, unconnected_gradients="zero")
    assert zeros["y"].numpy().tolist() == [0.0, 0.0] and zeros["w"].numpy().tolist() == 0.0
    found = tape.jacobian(a, {"x": x, "w": w}, "zero")
    assert (
        found["x"].numpy().tolist() == [[2.0, 0.0], [0.0, 4.0]] and found["w"].numpy().tolist() == [0.0] * 2
    )


def test_batch_jacobians(backend: str) -> None:
    x, other = gl.variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), gl.variable(np.ones((3, 2), np.float32))
    matrix = np.array([[1, 0, 2], [0, 3, 1]], np.float32)
    with gl.GradientTape(persistent=True) as tape:
        y = (x * x).matmul(matrix)
        lengths = (x * x).sum(1)
    wanted = 2 * x.numpy()[:, None, :] * matrix.T
    np.testing.assert_allclose(tape.batch_jacobian(y, x).numpy(), wanted)
    np.testing.assert_allclose(tape.batch_jacobian(lengths, x).numpy(), 2 * x.numpy())
    whole = tape.jacobian(y, x, parallel_iterations=2, experimental_use_pfor=False).numpy()
    np.testing.assert_allclose(whole[range(3), :, range(3)], wanted)
    assert tape.batch_jacobian(y, other) is None
    assert tape.batch_jacobian(y, other, unconnected_gradients="zero").shape == (3, 3, 2)


def test_a_tape_is_entered_again() -> None:
    gl.set_backend("cpu")
    x = gl.variable(3.0)
    tape = gl.GradientTape()
    for wanted in (6.0, 6.0):  # used, it begins anew
        with tape:
            y = x * x
        assert tape.gradient(y, x).item() == wanted
    kept = gl.GradientTape(persistent=True)
    with kept:
        y = x * x
        assert kept.gradient(y, x).item() == 6.0
        with kept.stop_recording():
            hidden = y * 2.0
    with kept:  # and goes on otherwise
        z = y * x
    assert kept.gradient(z, x).item() == 27.0 and kept.gradient(hidden, x) is None
    with pytest.raises(GradientError, match="records already"), kept, kept:
        pass
    kept.reset()
    assert kept.gradient(z, x) is None and kept.watched_variables() == ()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda t, x: t.gradient(x, x, unconnected_gradients="zeros"),
            "must be 'none' or 'zero', got 'zeros'",
        ),
        (lambda t, x: t.gradient([x, x], x, output_gradients=[x]), "one of each of 2 targets"),
        (lambda t, x: t.gradient([x, 1.0], x), "needs a target tensor or several"),
        (lambda t, x: t.jacobian([x], x), "jacobian: needs a target tensor and"),
        (
            lambda t, x: t.batch_jacobian(x, gl.ones([3, 2])),
            r"equal batches in front, got \[2\] and \[3, 2\]",
        ),
        (lambda t, x: t.watch({"a": 3.0}), "watch: expected tensors, got 3.0"),
    ],
)
def test_wrong_calls_of_tapes(call: Any, said: str) -> None:
    gl.set_backend("cpu")
    x = gl.variable([1.0, 2.0])
    with gl.GradientTape(persistent=True) as tape, pytest.raises((ArgumentError, ShapeError), match=said):
        call(tape, x)


def test_a_tape_watches_nested_tensors() -> None:
    gl.set_backend("cpu")
    given = {"a": gl.tensor(2.0), "b": [gl.tensor(3.0)]}
    with gl.GradientTape() as tape:
        tape.watch(given)
        y = given["a"] * given["b"][0]
    assert [one.item() for one in tape.gradient(y, [given["a"], given["b"][0]])] == [3.0, 2.0]
