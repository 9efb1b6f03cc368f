"""Recurrent layers against loops in NumPy, with TF.js's options, by their kernel and by ordinary ops."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import glbackend as gl
from glbackend.backends.webgl.kernels import recurrent as kernels
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import check
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


def slowed(layer: Any) -> Any:
    """The layer with an activation that the kernel does not know: it now takes ordinary ops, step by step."""
    known = layer.cell.activation
    layer.cell.activation = lambda x: known(x)
    return layer


def both_ways(layer: Any, *inputs: Any) -> list[list[Array]]:
    """What a layer gives by its kernel, and by ordinary ops."""

    def apply() -> list[Array]:
        result = layer([gl.tensor(one) for one in inputs] if len(inputs) > 1 else gl.tensor(inputs[0]))
        return [one.numpy() for one in (result if isinstance(result, list) else [result])]

    fused, known = apply(), layer.cell.activation
    slowed(layer)
    found = [fused, apply()]
    layer.cell.activation = known
    return found


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


def test_large_states_have_a_pass_for_their_product(backend: str) -> None:
    """Beyond what a step multiplies by itself."""
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


CELLS: list[tuple[str, dict[str, Any]]] = [
    ("simple_rnn", {}),
    ("lstm", {}),
    ("gru", {}),
    ("gru", {"reset_after": True}),
]


def slopes(layer: Any, mask: Array | None) -> list[Array]:
    """Gradients of a layer's outputs and last states, by its weights, its input and its first states."""
    rng = np.random.default_rng(5)
    x, *first = sources = [
        gl.tensor(X),
        *(gl.tensor(rng.normal(size=(2, UNITS)).astype(np.float32)) for _ in layer.state_sizes),
    ]
    masked = {} if mask is None else {"mask": gl.tensor(mask)}
    with gl.GradientTape() as tape:
        tape.watch(sources)
        results = layer(x, initial_state=first, **masked)
        weights = [gl.tensor(rng.normal(size=one.shape).astype(np.float32)) for one in results]
        loss = sum(
            ((one * weight).sum() for one, weight in zip(results, weights, strict=True)), start=gl.tensor(0.0)
        )
    return [one.numpy() for one in tape.gradient(loss, [*sources, *layer.trainable_weights])]


@pytest.mark.parametrize(("name", "options"), CELLS)
@pytest.mark.parametrize("sequences", [False, True])
def test_gradients_are_those_of_ordinary_ops(
    name: str, options: dict[str, Any], sequences: bool, backend: str
) -> None:
    """With masks, backwards, and from the last states as well."""
    mask = np.array([[False, True, True, False], [True, False, True, True]])
    for chosen in (None, mask):
        layer, _ = built(
            name,
            return_state=True,
            return_sequences=sequences,
            go_backwards=sequences,
            **({} if name == "simple_rnn" else {"recurrent_activation": "sigmoid"}),
            **options,
        )
        found = slopes(layer, chosen)
        for got, wanted in zip(found, slopes(slowed(layer), chosen), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "options"), CELLS)
def test_second_derivatives_are_those_of_ordinary_ops(
    name: str, options: dict[str, Any], backend: str
) -> None:
    """Of a penalty on the gradient by the inputs."""
    layer, _ = built(name, **options)

    def penalties() -> list[Array]:
        x = gl.tensor(X[:, :3])
        with gl.GradientTape() as outer:
            with gl.GradientTape() as tape:
                tape.watch([x])
                loss = layer(x).square().sum()
            penalty = tape.gradient(loss, x).square().sum()
        return [one.numpy() for one in outer.gradient(penalty, layer.trainable_weights) if one is not None]

    found = penalties()
    slowed(layer)
    for got, wanted in zip(found, penalties(), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-5)


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


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cell": "peephole"}, "cell must be one of simple_rnn, lstm, gru, gru_reset_after, got 'peephole'"),
        ({"activation": "selu"}, "activation 'selu' must be one of linear, relu"),
        ({"x": Spec((2, 4, 9))}, "3 units need 12 gates, got 9 and 12"),
        ({"x": Spec((2, 0, 12))}, r"x must be \[batch, time, gates\]"),
        ({"c": None}, "c goes with an lstm, and only with it"),
        ({"c": Spec((1, 3))}, r"c must have shape \[2, 3\], got \[1, 3\]"),
        ({"bias": Spec((12,))}, "bias goes with gru_reset_after only"),
        ({"mask": Spec((2, 4, 1))}, "mask must be bool, got float32"),
        ({"recurrent": Spec((3, 12), "int32")}, "everything but the mask must be float32"),
    ],
)
def test_bad_input_of_the_kernel(changed: dict[str, Any], message: str) -> None:
    state = Spec((2, 3))
    given: dict[str, Any] = {"x": Spec((2, 4, 12)), "h": state, "c": state, "recurrent": Spec((3, 12))}
    given |= {"cell": "lstm", "activation": "tanh", "recurrent_activation": "sigmoid", **changed}
    names = ("cell", "activation", "recurrent_activation")
    inputs = {name: spec for name, spec in given.items() if name not in names and spec is not None}
    with pytest.raises((ArgumentError, DtypeError, ShapeError), match=message):
        check("RNN", inputs, {name: given[name] for name in names})


@pytest.mark.parametrize(("units", "passes"), [(UNITS, [1, 1]), (128, [1, 2])])
def test_passes_of_a_step(units: int, passes: list[int], webgl: Any) -> None:
    """One forward and one back, there with the product in a pass of its own where weights are many."""
    with using(webgl):
        layer = gl.layers.lstm(units=units, recurrent_initializer="glorotUniform")
        counts = []
        for time in (4, 5):
            x = gl.zeros([8, time, 3])
            for _ in range(2):
                before = webgl.inner.draw_count
                with gl.GradientTape() as tape:
                    y = layer(x).sum()
                forward = webgl.inner.draw_count
                tape.gradient(y, layer.trainable_weights)
            counts.append((forward - before, webgl.inner.draw_count - forward))
        assert [b - a for a, b in zip(*counts, strict=True)] == passes


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("batch", [1, 2, 3, 5, 9])
def test_examples_of_one_fragment_do_not_meet(
    batch: int, cell: str, webgl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bits are those of a fragment, or a pass for the product, for each example."""
    with using(webgl):
        layer = getattr(gl.layers, cell)(units=6, return_sequences=True)
        x = gl.random.uniform([batch, 4, 3], -1, 1, seed=1)
        mask = gl.tensor((np.arange(4) + np.arange(batch)[:, None]) % 3 > 0)
        several = [layer(x).numpy(), layer(x, mask=mask).numpy()]
        monkeypatch.setattr(kernels, "_examples", lambda webgl, batch: 1)
        for got, wanted in zip(several, (layer(x), layer(x, mask=mask)), strict=True):
            np.testing.assert_array_equal(got, wanted.numpy())


def test_prediction_reuses_its_textures(webgl: Any) -> None:
    with using(webgl):
        layer, _ = built("lstm")
        x = gl.tensor(X)
        held = []
        for _ in range(4):
            layer(x).numpy()
            memory = gl.memory()
            held.append(memory["num_bytes_in_textures"] + memory["num_bytes_free"])
        assert len(set(held[1:])) == 1
