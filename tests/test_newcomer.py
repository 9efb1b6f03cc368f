"""What somebody writes who comes from Keras and has not read the documentation."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl

layers, ops = gl.layers, gl.ops
Array = np.ndarray[Any, Any]
KERAS_SIAMESE = [0.3931863606, 0.3222997487, 0.2632087469]  # of each epoch, measured with Keras 3.15


def numbers(*shape: int) -> Array:
    """The same numbers in every library, between -1 and 1."""
    return np.sin(np.arange(np.prod(shape)) * 0.7).reshape(shape).astype(np.float32)


def siamese() -> Any:
    """Two images through one model: how far they are from one another."""
    image = layers.Input((6, 6, 1))
    x = layers.BatchNormalization()(image)
    x = layers.Conv2D(4, (3, 3), activation="tanh")(x)
    x = layers.AveragePooling2D(pool_size=(2, 2))(x)
    embedding = gl.Model(image, layers.Dense(5, activation="tanh")(layers.Flatten()(x)))
    a, b = layers.Input((6, 6, 1)), layers.Input((6, 6, 1))
    apart = (embedding(a) - embedding(b)) ** 2
    apart = layers.concatenate([apart, 1.0 - apart / 4.0], axis=-1)
    return gl.Model([a, b], layers.Dense(1, activation="sigmoid")(apart))


def contrastive(y_true: Any, y_pred: Any) -> Any:
    margin = ops.square(ops.maximum(1.0 - y_pred, 0.0))
    return ops.mean((1.0 - y_true) * ops.square(y_pred) + y_true * margin)


def test_a_siamese_network_learns_as_in_keras(backend: str) -> None:
    model = siamese()
    model.set_weights([0.3 * numbers(*one.shape) + 0.5 for one in model.get_weights()])
    model.compile(loss=contrastive, optimizer=gl.optimizers.SGD(0.5), metrics=["accuracy"])
    first, second = numbers(24, 6, 6, 1), numbers(24, 6, 6, 1)[::-1].copy()
    labels = np.arange(24) % 2.0
    fitted = model.fit([first, second], labels, batch_size=10, epochs=3, shuffle=False, verbose=0)
    np.testing.assert_allclose(fitted.history["loss"], KERAS_SIAMESE, rtol=1e-5)


class Sampling(layers.Layer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seeds = gl.random.SeedGenerator(1337)
        self.spread = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        drawn = gl.random.normal(shape=ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(0.5 * log_variance) * drawn * self.spread


class Variational(gl.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.mean, self.log_variance = layers.Dense(2), layers.Dense(2)
        self.sampling = Sampling()
        self.decoder = gl.Sequential([gl.Input((2,)), layers.Dense(8, activation="relu"), layers.Dense(6)])
        self.tracker = gl.metrics.Mean(name="loss")

    def call(self, x: Any) -> Any:
        hidden = self.hidden(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        self.add_loss(-0.005 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance)))
        return self.decoder(self.sampling([mean, log_variance]))

    def train_step(self, data: Any) -> Any:
        with gl.GradientTape() as tape:
            loss = ops.mean(ops.square(data - self(data))) + sum(self.losses)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


def test_a_variational_autoencoder_of_ones_own_step() -> None:
    gl.utils.set_random_seed(3)
    model = Variational()
    model.compile(optimizer=gl.optimizers.Adam(0.01))
    history = model.fit(numbers(60, 6), epochs=8, batch_size=20, verbose=0).history
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    assert model.decoder.predict(np.array([[0.0, 1.0]])).shape == (1, 6)


def test_a_checkpoint_in_keras_format(tmp_path: Path) -> None:
    model = gl.Sequential([gl.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    best = gl.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), monitor="loss", save_best_only=True)
    model.fit(numbers(4, 2), numbers(4, 1), verbose=0, callbacks=[best])
    again = gl.models.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_losses_in_a_loop_of_ones_own() -> None:
    model = Variational()
    plain = gl.Sequential([gl.Input((2,)), layers.Dense(1, "relu", activity_regularizer="l2")])
    plain.set_weights([np.ones((2, 1)), np.zeros(1)])
    for x in (numbers(4, 6), np.zeros((4, 6))):
        with gl.GradientTape() as tape:
            model(x)
            added = sum(model.losses)
        assert len(model.losses) == 1 and tape.gradient(added, model.mean.kernel) is not None
    plain(np.ones((3, 2)))
    assert plain.losses[0].item() == pytest.approx(0.01 * 3 * 2.0**2 / 3)  # as Keras: by the examples


def test_a_pipeline_of_pairs() -> None:
    def scaled(image: Any, label: Any) -> Any:
        return image / 255.0, label

    pairs = gl.data.Dataset.from_tensor_slices((np.arange(20, dtype=np.uint8), np.arange(20) % 3))
    kept = pairs.map(scaled, num_parallel_calls=gl.data.AUTOTUNE).filter(lambda image, label: label > 0)
    found = kept.cache().shuffle(20, seed=1).batch(4).prefetch(gl.data.AUTOTUNE).to_array()
    images = np.concatenate([np.asarray(image) for image, _ in found])
    wanted = [n / 255 for n in range(20) if n % 3]
    np.testing.assert_allclose(np.sort(images), wanted, rtol=1e-6)
    assert gl.data.array([(1, 2)]).map(lambda pair: pair[1]).to_array() == [2]
    assert gl.data.array([(1, 2)]).map(lambda pair, factor=3: pair[0] * factor).to_array() == [3]


def test_an_input_in_front_of_a_row() -> None:
    model = gl.Sequential([gl.Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.Flatten()])
    assert [one.class_name for one in model.layers] == ["Embedding", "Flatten"]
    assert model.output_shape == (None, 6) and model.inputs[0].dtype == "int32"
    memory = gl.io.from_memory()
    model.save(memory)
    again = gl.models.load_model(memory)
    np.testing.assert_array_equal(again.predict([[1, 2, 4]]).numpy(), model.predict([[1, 2, 4]]).numpy())
    with pytest.raises(gl.errors.ArgumentError, match="in front of all"):
        model.add(gl.Input((3,)))
    with pytest.raises(gl.errors.ShapeError, match="no shapes yet"):
        _ = gl.Sequential([gl.Input((3,))]).outputs


def test_operators_of_symbolic_tensors(backend: str) -> None:
    a, b = gl.Input((3,)), gl.Input((3,))
    y = 2 - (a + b * 2) / (a**2 + 1.0) - 1 / (b + 3) + np.array([1.0, 2.0, 3.0], np.float32)
    model, memory = gl.Model([a, b], -y), gl.io.from_memory()
    model.save(memory)
    first, second = numbers(4, 3), numbers(3, 4).T.copy()
    wanted = -(2 - (first + second * 2) / (first**2 + 1) - 1 / (second + 3) + [1, 2, 3])
    for one in (model, gl.models.load_model(memory)):
        np.testing.assert_allclose(one.predict([first, second]).numpy(), wanted, rtol=1e-5)
    with pytest.raises(gl.errors.DtypeError, match="in a model a function of tensors is a layer"):
        gl.abs(a)


def test_a_models_input_is_its_own() -> None:
    inner = gl.Sequential([gl.Input((3,)), layers.Dense(2), layers.Dense(1)])
    outer = gl.Input((3,))
    inner(outer)
    inner(outer)
    middle = gl.Model(inner.input, inner.layers[0].output)
    assert middle.predict(numbers(1, 3)).shape == (1, 2) and inner.output.shape == (None, 1)


def test_the_ops_that_mean_otherwise_than_tensorflow_js() -> None:
    x = numbers(2, 3)
    for name in ("argmax", "argmin"):
        for axis in (None, 0, 1):
            np.testing.assert_array_equal(
                getattr(ops, name)(x, axis, keepdims=True), getattr(np, name)(x, axis, keepdims=True)
            )
    np.testing.assert_allclose(ops.cumsum(x), np.cumsum(x), rtol=1e-6)
    for part, other in zip(ops.split(x, [1], axis=1), np.split(x, [1], axis=1), strict=True):
        np.testing.assert_array_equal(part, other)
    for width in (1, (1, 2), ((0, 1), (2, 0))):
        np.testing.assert_array_equal(ops.pad(x, width), np.pad(x, width))
    np.testing.assert_array_equal(ops.pad(x, 1, mode="reflect"), np.pad(x, 1, mode="reflect"))
    np.testing.assert_allclose(ops.softmax(x, axis=0), np.exp(x) / np.exp(x).sum(0), rtol=1e-6)
    assert ops.one_hot([0, 2], 3, axis=0).shape == (3, 2) and ops.one_hot([1], 2).dtype == "float32"
    assert ops.arange(5).dtype == "int32" and ops.arange(3, 1).shape == (0,)
    assert ops.arange(0, 1, 0.25).numpy().tolist() == np.arange(0, 1, 0.25).tolist()
    with pytest.raises(gl.errors.ArgumentError, match="mode must be"):
        ops.pad(x, 1, mode="wrap")


def test_namespaces_are_modules_too() -> None:
    for name in (
        "callbacks",
        "losses",
        "metrics",
        "regularizers",
        "random",
        "utils",
        "saving",
        "activations",
    ):
        assert importlib.import_module(f"glbackend.{name}") is getattr(gl, name)


def test_seeds_of_a_generator_differ() -> None:
    seeds = gl.random.SeedGenerator(5)
    first, second = (gl.random.uniform((4,), seed=seeds).numpy() for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(gl.random.uniform((4,), seed=gl.random.SeedGenerator(5)), first)
    assert set(gl.random.randint((50,), 0, 3, seed=1).numpy().tolist()) == {0, 1, 2}
    assert gl.random.normal((4,), seed=gl.random.SeedGenerator()).shape == (4,)


def test_weights_without_names() -> None:
    layer = layers.Layer()
    for _ in range(3):
        layer.add_weight(shape=(2,), initializer="zeros")
    assert [one.short_name for one in layer._weights] == ["variable", "variable_1", "variable_2"]
