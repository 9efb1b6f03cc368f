"""State and names: what optimizers, flags, weights and copies of models keep, and by which names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl

X, Y = np.random.RandomState(0).rand(2, 8, 4).astype("f4")
OPTIMIZERS = ("sgd", "momentum", "adam", "rmsprop", "adagrad", "adadelta", "adamax")


def dense(**options: Any) -> Any:
    return gl.layers.dense(units=4, **options)


def row(*layers: Any) -> Any:
    return gl.sequential(list(layers))


def train(model: Any, epochs: int = 2) -> None:
    model.fit(X, Y, epochs=epochs, verbose=0, shuffle=False)


def round_trip(model: Any, **options: Any) -> Any:
    memory = gl.io.from_memory()
    model.save(memory, **options)
    return gl.load_layers_model(memory)


def values(model: Any) -> list[Any]:
    return [one.numpy() for one in model.get_weights()]


def assert_equal(one: Any, other: Any, atol: float = 1e-6) -> None:
    for a, b in zip(values(one), values(other), strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


# -- optimizers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_state_stays_with_its_variable(optimizer: str, backend: str) -> None:
    """Thawed between two trainings: slots were made in another order than the weights stand in."""
    model = row(dense(input_shape=[4]), dense(), dense())
    model.layers[0].trainable = model.layers[2].trainable = False
    model.compile(optimizer, "meanSquaredError")
    train(model)
    model.layers[0].trainable = True
    model.compile(model.optimizer, "meanSquaredError")
    train(model)
    loaded = round_trip(model, include_optimizer=True)
    for one in (model, loaded):
        train(one, 3)
    assert_equal(model, loaded)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_state_of_frozen_weights(optimizer: str, backend: str) -> None:
    """Saved while a part is frozen, thawed after loading: that part goes on where it was."""
    model = row(dense(input_shape=[4]), dense())
    model.compile(optimizer, "meanSquaredError")
    train(model)
    model.layers[0].trainable = False
    loaded = round_trip(model, include_optimizer=True)
    np.testing.assert_allclose(loaded.predict(X).numpy(), model.predict(X).numpy(), atol=1e-6)
    for one in (model, loaded):
        one.layers[0].trainable = True
        one.compile(one.optimizer, "meanSquaredError")
        train(one, 3)
    assert_equal(model, loaded)


def test_thawed_weights_begin_anew() -> None:
    """The file holds start values for weights that no step has reached, so that TF.js reads the right ones."""
    model = row(dense(input_shape=[4], use_bias=False), dense(use_bias=False))
    model.layers[0].trainable = False
    model.compile("adagrad", "meanSquaredError")
    train(model)
    model.layers[0].trainable = True
    memory = gl.io.from_memory()
    model.save(memory, include_optimizer=True)
    names = [one.name for one in model.weights]
    state = [one.name for one in memory.load().weight_specs if one.group == "optimizer"]
    assert state == ["iter", *(f"{name}/accumulator" for name in names)]
    np.testing.assert_allclose(memory.load().weights[state[1]], np.full((4, 4), 0.1), rtol=1e-6)


def test_state_by_the_names_of_tfjs() -> None:
    """A page that makes two models numbers their variables: then the order counts."""
    model = row(dense(input_shape=[4]), dense())
    model.compile("adam", "meanSquaredError")
    train(model)
    memory = gl.io.from_memory()
    model.save(memory, include_optimizer=True)
    artifacts = memory.load()
    specs = {one.name for one in artifacts.weight_specs if one.group == "optimizer"}
    numbered = {name: name.replace("/kernel/", "/kernel_1/") for name in artifacts.weights}
    artifacts.weights = {numbered[name]: one for name, one in artifacts.weights.items()}
    artifacts.weight_specs = tuple(
        gl.io.WeightSpec(numbered[one.name], one.shape, one.dtype, None, one.group)
        for one in artifacts.weight_specs
    )
    assert specs != {numbered[name] for name in specs}
    loaded = gl.load_layers_model(gl.io.from_memory(artifacts))
    for one in (model, loaded):
        train(one)
    assert_equal(model, loaded)


def test_state_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    model = row(dense(input_shape=[4]), dense())
    model.compile("adam", "meanSquaredError")
    train(model)
    model.save(tmp_path, include_optimizer=True)
    file = tmp_path / "model.json"
    file.write_text(file.read_text().replace('"Adam"', '"Momentum"'))
    with pytest.warns(UserWarning, match="begins anew, as its state does not fit") as caught:
        loaded = gl.load_layers_model(tmp_path)
    assert caught[0].filename == __file__
    np.testing.assert_allclose(loaded.predict(X).numpy(), model.predict(X).numpy(), atol=1e-6)
    assert loaded.optimizer.iterations == 0
    train(loaded)


# -- weights and their names ---------------------------------------------------------------------------------


def twin(frozen: bool) -> Any:
    base = row(gl.layers.dense(units=4, input_shape=[4]), gl.layers.batch_normalization(), dense())
    base.layers[0].trainable = not frozen
    return row(base, dense())


def test_order_of_weights_does_not_depend_on_flags(backend: str) -> None:
    one, other = twin(True), twin(False)
    other.set_weights(one.get_weights())
    np.testing.assert_allclose(one.predict(X).numpy(), other.predict(X).numpy(), atol=1e-6)
    suffixes = [name.split("/")[-1] for name in (weight.name for weight in one.weights)]
    moments = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert suffixes == ["kernel", "bias", *moments, "kernel", "bias", "kernel", "bias"]


def test_equal_names_in_different_models(backend: str) -> None:
    """Names as deep as they need to be, the state of the optimizer too."""
    parts = [
        gl.sequential([dense(input_shape=[4], name="d"), dense(name=f"e{name}")], name=name) for name in "ab"
    ]
    model = row(*parts)
    model.compile("adam", "meanSquaredError")
    train(model)
    with pytest.warns(UserWarning, match="TF.js cannot load this model, .* d/bias, d/kernel"):
        loaded = round_trip(model, include_optimizer=True)
    assert list(gl.models.naming.weight_names(model))[:3] == ["a/d/kernel", "a/d/bias", "ea/kernel"]
    for one in (model, loaded):
        train(one)
    assert_equal(model, loaded)
    np.testing.assert_allclose(loaded.predict(X).numpy(), model.predict(X).numpy(), atol=1e-6)


def test_equal_names_beside_a_model() -> None:
    x = gl.input([4])
    inner = gl.sequential([dense(input_shape=[4], name="d")], name="inner")
    model = gl.model(inputs=x, outputs=dense(name="d")(inner(x)))
    with pytest.warns(UserWarning, match="TF.js cannot load"):
        loaded = round_trip(model)
    np.testing.assert_allclose(loaded.predict(X).numpy(), model.predict(X).numpy(), atol=1e-6)


# -- flags ---------------------------------------------------------------------------------------------------


def test_frozen_models_stay_frozen(backend: str) -> None:
    """In rows and graphs, a model as a whole and a layer in it."""
    base = row(dense(input_shape=[4]), dense())
    base.trainable = False
    x = gl.input([4])
    inner = gl.model(inputs=x, outputs=dense()(dense()(x)))
    inner.layers[1].trainable = False
    graph = gl.model(inputs=x, outputs=inner(base(x)))
    loaded = round_trip(row(graph, dense()))
    assert len(loaded.trainable_weights) == 4 and len(loaded.weights) == 10
    assert [layer.trainable for layer in loaded.layers[0].layers] == [True, False, True]
    loaded.layers[0].trainable = True
    assert len(loaded.trainable_weights) == 10, "layers within are thawed too, as in Keras"
    graph.trainable = False
    assert len(round_trip(graph).trainable_weights) == 0


def test_layers_within_a_layer_are_frozen_with_it(backend: str) -> None:
    class Block(gl.layers.Layer):
        class_name = "TestFrozenBlock"

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.norm = gl.layers.batch_normalization()

        def call(self, inputs: Any, training: bool = False) -> Any:
            return self.norm(inputs, training=training)

    block = Block(input_shape=[4])
    model = row(block, dense())
    block.trainable = False
    model.compile("sgd", "meanSquaredError")
    train(model)
    assert not block.norm.moving_mean.numpy().any() and len(model.trainable_weights) == 2


@pytest.mark.parametrize("axis", [-1, 1])
def test_frozen_batch_normalisation_stands_still(axis: int, backend: str) -> None:
    norm = gl.layers.batch_normalization(axis=axis, input_shape=[3, 4])
    model = gl.sequential([gl.sequential([norm]), dense()])
    model.layers[0].trainable = False
    model.compile("sgd", "meanSquaredError")
    model.train_on_batch(np.ones((2, 3, 4), "f4"), np.ones((2, 3, 4), "f4"))
    assert not norm.moving_mean.numpy().any() and (norm.moving_variance.numpy() == 1).all()
    x = gl.ones([2, 3, 4])
    np.testing.assert_allclose(norm(x, training=True).numpy(), norm(x).numpy())
    norm.trainable = True
    assert not norm(x, training=True).numpy().any() and norm.moving_mean.numpy().any()


def test_flags_of_compile_count(backend: str) -> None:
    """The usual script of a GAN: the discriminator is compiled, frozen, and trained by itself and in the pair."""
    judge = gl.sequential([
        gl.layers.batch_normalization(input_shape=[2]),
        gl.layers.dense(units=1, kernel_initializer="ones", use_bias=False),
    ])  # fmt: skip
    judge.compile(gl.train.sgd(0.01), "meanSquaredError")
    judge.trainable = False
    x = gl.input([2])
    pair = gl.model(inputs=x, outputs=judge(gl.layers.dense(units=2)(x)))
    pair.compile("sgd", "meanSquaredError")
    data = np.array([[0.0, 1.0], [2.0, 5.0]], "f4"), np.ones((2, 1), "f4")
    with pytest.warns(UserWarning, match="trainable of .* has changed since model.compile") as caught:
        judge.fit(*data, verbose=0)
    assert len(caught) == 1 and caught[0].filename == __file__
    before = values(judge)
    for step in (lambda: judge.train_on_batch(*data), lambda: judge.fit(*data, verbose=0)):  # warned once
        step()
        now = values(judge)
        assert all((a != b).any() for a, b in zip(before, now, strict=True))
        before = now
    pair.train_on_batch(*data)
    pair.fit(*data, epochs=2, verbose=0)
    for a, b in zip(before, values(judge), strict=True):
        np.testing.assert_array_equal(a, b)
    assert judge.layers[1].trainable is False, "outside of training flags are as they stand"
    judge.compile("sgd", "meanSquaredError")
    with pytest.raises(ValueError, match="none of the trainable variables"):
        judge.train_on_batch(*data)


def test_evaluate_and_test_on_batch_warn_too() -> None:
    model = row(dense(input_shape=[4]))
    model.compile("sgd", "meanSquaredError")
    model.layers[0].trainable = False
    with pytest.warns(UserWarning, match="has changed since"):
        model.evaluate(X, Y)
    model.test_on_batch(X, Y)
    model.compile("sgd", "meanSquaredError")
    model.evaluate(X, Y)
    model.layers[0].trainable = True
    with pytest.warns(UserWarning, match="has changed since"):
        model.test_on_batch(X, Y)


def test_layers_added_after_compile_are_as_they_stand() -> None:
    model = gl.sequential()
    model.compile("sgd", "meanSquaredError")
    model.add(gl.layers.batch_normalization(trainable=False))
    model.add(dense())
    train(model)
    assert not model.layers[0].moving_mean.numpy().any() and len(model.trainable_weights) == 2
