"""Recurrent layers against loops in NumPy, with TF.js's options, fused (predict) and recorded (training)."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import glbackend as gl
from glbackend.testing.check import using

Array = np.ndarray[Any, Any]
X = np.random.default_rng(3).normal(size=(2, 4, 3)).astype(np.float32)
UNITS = 5


def hard(x: Array) -> Array:
    return np.clip(0.2 * x + 0.5, 0, 1)


def lstm(
    x: Array, weights: list[Array], h: Array, c: Array, gate: Any = hard
) -> tuple[list[Array], Array, Array]:
    kernel, recurrent, bias = weights
    outputs = []
    for t in range(x.shape[1]):
        i, f, inner, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, -1)
        c = gate(f) * c + gate(i) * np.tanh(inner)
        h = gate(o) * np.tanh(c)
        outputs.append(h)
    return outputs, h, c


def gru(x: Array, weights: list[Array], h: Array, after: bool) -> tuple[list[Array], Array]:
    kernel, recurrent, bias = weights
    outer, inner = (bias[0], bias[1]) if after else (bias, np.zeros(3 * UNITS))
    outputs = []
    for t in range(x.shape[1]):
        xz, xr, xh = np.split(x[:, t] @ kernel + outer, 3, -1)
        uz, ur, uh = np.split(h @ recurrent + inner, 3, -1)
        z, r = hard(xz + uz), hard(xr + ur)
        uh = r * uh if after else (r * h) @ recurrent[:, 2 * UNITS :]
        h = z * h + (1 - z) * np.tanh(xh + uh)
        outputs.append(h)
    return outputs, h


def built(name: str, **options: Any) -> tuple[Any, list[Array]]:
    """A layer with weights that are not at their start, and these."""
    layer = getattr(gl.layers, name)(units=UNITS, **options)
    layer(gl.tensor(X))
    generator = np.random.default_rng(4)
    weights = [generator.normal(size=one.shape, scale=0.5) for one in layer.weights]
    layer.set_weights(weights)
    if layer.stateful:
        layer.reset_states()
    return layer, weights


def both_ways(layer: Any, *inputs: Any) -> list[list[Array]]:
    """What a layer gives by its fused kernels, and while a tape records."""

    def apply() -> list[Array]:
        result = layer([gl.tensor(one) for one in inputs] if len(inputs) > 1 else gl.tensor(inputs[0]))
        return [one.numpy() for one in (result if isinstance(result, list) else [result])]

    with gl.GradientTape():
        recorded = apply()
    return [apply(), recorded]


ZERO = np.zeros((2, UNITS))


@pytest.mark.parametrize("backwards", [False, True])
def test_lstm(backwards: bool, backend: str) -> None:
    layer, weights = built("lstm", return_sequences=True, return_state=True, go_backwards=backwards)
    outputs, h, c = lstm(X[:, ::-1] if backwards else X, weights, ZERO, ZERO)
    for found in both_ways(layer, X):
        for got, wanted in zip(found, [np.stack(outputs, 1), h, c], strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("after", [False, True])
def test_gru(after: bool, backend: str) -> None:
    layer, weights = built("gru", return_sequences=True, return_state=True, reset_after=after)
    outputs, h = gru(X, weights, ZERO, after)
    for found in both_ways(layer, X):
        for got, wanted in zip(found, [np.stack(outputs, 1), h], strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_simple_rnn(backend: str) -> None:
    layer, (kernel, recurrent, bias) = built("simple_rnn", activation="relu")
    h = ZERO
    for t in range(4):
        h = np.maximum(X[:, t] @ kernel + h @ recurrent + bias, 0)
    for (found,) in both_ways(layer, X):
        np.testing.assert_allclose(found, h, rtol=1e-4, atol=1e-5)


def test_large_states_take_the_tiled_product(backend: str) -> None:
    """Beyond what one pass multiplies by itself."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(40, 2, 3)).astype(np.float32)
    layer = gl.layers.lstm(units=170, recurrent_activation="sigmoid", recurrent_initializer="glorotUniform")
    found = layer(gl.tensor(x)).numpy()
    zero = np.zeros((40, 170))
    _, h, _ = lstm(x, [one.numpy().astype(np.float64) for one in layer.weights], zero, zero, expit)
    np.testing.assert_allclose(found, h, rtol=1e-4, atol=1e-5)


def test_initial_state(backend: str) -> None:
    layer, weights = built("lstm")
    h, c = np.random.default_rng(1).normal(size=(2, 2, UNITS)).astype(np.float32)
    outputs, _, _ = lstm(X, weights, h, c)
    for (found,) in both_ways(layer, X, h, c):
        np.testing.assert_allclose(found, outputs[-1], rtol=1e-4, atol=1e-5)
    given = layer(gl.tensor(X), initial_state=[gl.tensor(h), gl.tensor(c)])
    np.testing.assert_allclose(given.numpy(), outputs[-1], rtol=1e-4, atol=1e-5)
    x, first, second = gl.input([4, 3]), gl.input([UNITS]), gl.input([UNITS])
    model = gl.model(inputs=[x, first, second], outputs=layer(x, initial_state=[first, second]))
    np.testing.assert_allclose(model.predict([X, h, c]).numpy(), outputs[-1], rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"initial_state must be 2 of shape \[2, 5\], got \[\[2, 5\]\]"):
        layer(gl.tensor(X), initial_state=gl.tensor(h))


def test_stateful(backend: str) -> None:
    """Two batches one after the other are one long sequence, until the states are reset."""
    layer, weights = built("lstm", stateful=True, batch_input_shape=[2, 4, 3])
    outputs, _, _ = lstm(np.concatenate([X, X], 1), weights, ZERO, ZERO)
    for wanted in (outputs[3], outputs[7]):
        np.testing.assert_allclose(layer(gl.tensor(X)).numpy(), wanted, rtol=1e-4, atol=1e-5)
    layer.reset_states()
    np.testing.assert_allclose(layer(gl.tensor(X)).numpy(), outputs[3], rtol=1e-4, atol=1e-5)
    layer.reset_states([ZERO, ZERO])
    np.testing.assert_allclose(layer(gl.tensor(X)).numpy(), outputs[3], rtol=1e-4, atol=1e-5)
    layer.reset_states()
    with pytest.raises(ValueError, match="must know its batch size: give batch_input_shape"):
        gl.layers.lstm(units=2, stateful=True, input_shape=[4, 3])(gl.input([4, 3]))
    with pytest.raises(ValueError, match="only a stateful layer has states"):
        built("gru")[0].reset_states()


def test_dropout(backend: str) -> None:
    """While training one mask serves all steps; a rate of 0 and prediction leave everything as it is."""
    layer, _ = built("lstm", dropout=0.5, recurrent_dropout=0.5)
    plain = layer(gl.tensor(X)).numpy()
    dropped = layer(gl.tensor(X), training=True).numpy()
    assert abs(dropped - plain).max() > 1e-3 and np.isfinite(dropped).all()
    np.testing.assert_array_equal(layer(gl.tensor(X)).numpy(), plain)


def _moved(weights: list[Array], i: int, by: Array) -> list[Array]:
    return [w + by if i == j else w for j, w in enumerate(weights)]


def test_training(backend: str) -> None:
    """The gradient through all steps agrees with differences of the loop in NumPy."""
    layer, weights = built("lstm")
    sources = layer.trainable_weights
    with gl.GradientTape() as tape:
        loss = layer(gl.tensor(X)).square().sum()
    for i, slope in enumerate(tape.gradient(loss, sources)):
        direction = np.random.default_rng(i).normal(size=weights[i].shape) * 1e-5
        ahead, behind = (
            (lstm(X.astype(float), _moved(weights, i, s * direction), ZERO, ZERO)[1] ** 2).sum()
            for s in (1, -1)
        )
        assert (slope.numpy() * direction).sum() == pytest.approx((ahead - behind) / 2, rel=1e-3)


def test_a_model_learns(backend: str) -> None:
    """The sign of a sequence's first element, which must be remembered to the end."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(96, 6, 1)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.float32)
    model = gl.sequential([
        gl.layers.gru(units=8, input_shape=[6, 1], kernel_initializer=gl.initializers.glorot_normal(seed=1),
                      recurrent_initializer=gl.initializers.orthogonal(seed=2)),
        gl.layers.dense(units=1, activation="sigmoid",
                        kernel_initializer=gl.initializers.glorot_normal(seed=3)),
    ])  # fmt: skip
    model.compile(gl.train.adam(0.05), "binaryCrossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=12, verbose=0, batch_size=48, seed=1)
    assert history.history["loss"][-1] < 0.6 * history.history["loss"][0]


@pytest.mark.parametrize("name", ["simple_rnn", "gru", "lstm"])
def test_config_and_saving(name: str) -> None:
    options = {"unit_forget_bias": True} if name == "lstm" else {}
    layer = getattr(gl.layers, name)(
        units=UNITS, input_shape=[4, 3], return_sequences=True, go_backwards=True, dropout=0.1,
        use_bias=name == "lstm",
        recurrent_regularizer="l2", recurrent_constraint="unitNorm", **options,
    )  # fmt: skip
    model, memory = gl.sequential([layer]), gl.io.from_memory()
    model.save(memory)
    loaded = gl.load_layers_model(memory)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded.predict(X).numpy(), model.predict(X).numpy())
    assert [one.name for one in model.weights][:2] == [
        f"{layer.name}/kernel",
        f"{layer.name}/recurrent_kernel",
    ]
    if name == "lstm":
        assert layer.bias.numpy().tolist() == [0] * 5 + [1] * 5 + [0] * 10


def test_bad_input(backend: str) -> None:
    layer, _ = built("lstm")
    with pytest.raises(ValueError, match=r"takes \[batch, time, 3\], got \[2, 4, 2\]"):
        layer(gl.tensor(X[:, :, :2]))
    with pytest.raises(ValueError, match=r"takes \[batch, time, 3\], got \[2, 0, 3\]"):
        layer(gl.tensor(X[:, :0]))
    with pytest.raises(ValueError, match=r"needs inputs \[batch, time, features\]"):
        gl.layers.gru(units=2)(gl.input([3]))
    with pytest.raises(ValueError, match="units must be a positive whole number, got 0"):
        gl.layers.simple_rnn(units=0)


def test_a_step_is_one_pass(webgl: Any) -> None:
    with using(webgl):
        layer, _ = built("lstm")
        x = gl.tensor(X)
        layer(x)
        before = webgl.inner.draw_count
        layer(x)
        assert webgl.inner.draw_count - before <= 4 + 3
        held = []
        for _ in range(4):
            layer(x).numpy()
            memory = gl.memory()
            held.append(memory["num_bytes_in_textures"] + memory["num_bytes_free"])
        assert len(set(held[1:])) == 1
