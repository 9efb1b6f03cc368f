"""State and names: what optimizers, flags, weights and copies of models keep, and by which names."""

import copy
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend import optimizers as methods
from glbackend.training.dataset import TensorSpec

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


def test_automatic_names_step_aside_for_loaded_ones(tmp_path: Path) -> None:
    """In a fresh process, where automatic names begin again."""
    make = f"""
import glbackend as gl
layers = [gl.layers.dense(units=2, input_shape=[2]), gl.layers.dense(units=2), gl.layers.dropout(rate=0.5)]
gl.sequential([gl.sequential(layers)]).save({str(tmp_path)!r})"""
    use = f"""
import glbackend as gl
loaded = gl.load_layers_model({str(tmp_path)!r})
model = gl.sequential([*loaded.layers, gl.sequential([gl.layers.dense(units=1)])])
model = gl.sequential([*loaded.layers[0].layers, gl.layers.dense(units=1), gl.layers.dropout(rate=0.5)])
print(model.layers[-1].name, model.predict(gl.ones([1, 2])).shape)"""
    for code in (make, use):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "dropout_Dropout2"


@pytest.mark.parametrize("name", ["dense_Dense", "dense_Dense" + "9" * 5000, "dense_Dense-3", "dense_Dense²"])
def test_names_that_only_look_automatic(name: str) -> None:
    assert gl.layers.dense(units=1, name=name).name == name
    assert len(gl.layers.dense(units=1).name) < 20


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


# -- data ----------------------------------------------------------------------------------------------------


class Batches:
    """A data set of such elements."""

    def __init__(self, spec: Any, *elements: Any) -> None:
        self.element_spec, self.elements, self.steps = spec, elements, len(elements)

    def __iter__(self) -> Any:
        return iter(self.elements)


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("of", [np.asarray, gl.tensor, list])
def test_numbers_for_columns(of: Any, built: bool, backend: str) -> None:
    """[n] where the model has [n, 1], as input, target, validation data and in data sets."""
    numbers = np.array([1.0, 2.0, 3.0, 4.0], "f4")
    model = row(gl.layers.dense(units=1, **({"input_shape": [1]} if built else {})))
    model.compile("sgd", "meanSquaredError", metrics=["mae"])
    x, y = of(numbers), of(numbers)
    history = model.fit(x, y, validation_data=(x, y), class_weight={1: 1.0, 2: 1, 3: 1, 4: 1}, verbose=0)
    assert len(history.history) == 4
    assert model.predict(x).shape == model.predict_on_batch(x).shape == (4, 1)
    columns = numbers.reshape(4, 1)
    assert model.evaluate(x, y) == pytest.approx(model.evaluate(columns, columns))
    assert model.test_on_batch(x, y) == pytest.approx(model.train_on_batch(x, y))
    if of is not list:
        spec = TensorSpec((None,))
        model.fit(Batches((spec, spec), (x, y)), verbose=0)
        model.fit(Batches(None, (x, y, x)), verbose=0)


def test_several_inputs_of_numbers(backend: str) -> None:
    a, b = gl.input([1], name="a"), gl.input([2], name="b")
    model = gl.model(inputs=[a, b], outputs=gl.layers.dense(units=1)(gl.layers.concatenate()([a, b])))
    model.compile("sgd", lambda y, p: (y - p).square())
    x, y = {"a": np.ones(4, "f4"), "b": np.ones((4, 2), "f4")}, np.zeros(4, "f4")
    model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match=r"the input 'b' must have shape \[any, 2\], got \[4\]"):
        model.fit({"a": x["a"], "b": x["a"]}, y, verbose=0)


# -- copies --------------------------------------------------------------------------------------------------


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


copies = pytest.mark.parametrize("copied", [copy.deepcopy, pickled])


@copies
def test_copies_of_variables(copied: Any, backend: str) -> None:
    v = gl.variable([1.0, 2.0], False, "v")
    w, again = copied([v, v])
    assert w is again and isinstance(w, gl.Variable) and (w.name, w.trainable, w.kept) == ("v", False, True)
    w.assign([3.0, 4.0])
    assert v.numpy().tolist() == [1, 2] and w.numpy().tolist() == [3, 4]
    assert not isinstance(copied(gl.ones([2])), gl.Variable)


@copies
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_copies_of_optimizers(optimizer: str, copied: Any, backend: str) -> None:
    """With the variables that it has trained, it goes on as the original."""
    v, one = gl.variable([1.0, 2.0]), methods.get(optimizer)
    one.minimize(lambda: v.square().sum(), var_list=[v])
    w, other = copied((v, one))
    for variable, chosen in ((v, one), (w, other)):
        for _ in range(2):
            chosen.minimize(lambda variable=variable: variable.square().sum(), var_list=[variable])
    np.testing.assert_allclose(v.numpy(), w.numpy(), rtol=1e-6)
    assert other.iterations == one.iterations == 3


@copies
def test_copies_of_layers(copied: Any, backend: str) -> None:
    """A copy is in no model; its weights are its own."""
    layer = gl.layers.dense(units=2, input_shape=[4])
    model = gl.sequential([layer, gl.layers.dense(units=2)])
    other = copied(layer)
    np.testing.assert_allclose(other(gl.tensor(X)).numpy(), layer(gl.tensor(X)).numpy())
    other.set_weights([np.zeros((4, 2), "f4"), np.zeros(2, "f4")])
    assert layer.get_weights()[0].numpy().any() and not other(gl.tensor(X)).numpy().any()
    assert gl.sequential([other]).predict(X).shape == (8, 2) and len(model.layers[0]._inbound_nodes) == 1


def shared_and_nested() -> Any:
    """Two inputs, a layer called twice, a row and a graph within, normalisation behind a convolution, a mask."""
    a, b = gl.input([4], name="a"), gl.input([4, 4, 1], name="b")
    shared = dense(activation="tanh")
    inner = gl.model(inputs=a, outputs=shared(shared(a)))
    image = gl.sequential([
        gl.layers.conv2d(filters=2, kernel_size=2, input_shape=[4, 4, 1]), gl.layers.batch_normalization(),
        gl.layers.re_lu(), gl.layers.flatten(),
    ])  # fmt: skip
    return gl.model(inputs=[a, b], outputs=dense()(gl.layers.concatenate()([inner(inner(a)), image(b)])))


@copies
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_copy_trains_on_as_the_original_would(optimizer: str, copied: Any, backend: str) -> None:
    data = [X, np.random.RandomState(1).rand(8, 4, 4, 1).astype("f4")]
    model = shared_and_nested()
    model.layers[-1].trainable = False
    model.compile(optimizer, "meanSquaredError", metrics=["mae"])
    model.fit(data, Y, verbose=0, shuffle=False)
    model.predict(data)
    other = copied(model)
    assert other.get_config() == model.get_config() and other.metrics_names == model.metrics_names
    histories = [one.fit(data, Y, epochs=3, verbose=0, shuffle=False).history for one in (model, other)]
    assert histories[0] == histories[1]
    assert_equal(model, other, 0)
    for one, two in zip(model.predict(data).numpy(), other.predict(data).numpy(), strict=True):
        np.testing.assert_array_equal(one, two)
    before = values(model)
    other.set_weights([np.zeros_like(one) for one in before])
    assert not other.predict(data).numpy().any()
    for one, two in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(one, two)
    extended = gl.model(inputs=other.inputs, outputs=dense()(other.outputs[0]))
    assert extended.predict(data).shape == (8, 4)
    np.testing.assert_allclose(round_trip(other).predict(data).numpy(), other.predict(data).numpy())


@copies
def test_copies_keep_warned_flags_and_states(copied: Any, backend: str) -> None:
    model = gl.sequential(
        [gl.layers.lstm(units=2, stateful=True, batch_input_shape=[1, 3, 2]), gl.layers.dense(units=1)]
    )
    model.compile("adam", "meanSquaredError")
    model.layers[1].trainable = False
    x = np.ones((1, 3, 2), "f4")
    model.predict(x)
    other = copied(model)
    np.testing.assert_allclose(other.predict(x).numpy(), model.predict(x).numpy())
    for one in (model, other):
        with pytest.warns(UserWarning, match="has changed since"):
            one.train_on_batch(x, np.zeros((1, 1), "f4"))
    assert_equal(model, other)


def test_a_deep_model_is_copied() -> None:
    """Copying walks along a row of layers, not down it."""
    model = gl.sequential(
        [gl.layers.dense(units=1, input_shape=[1]), *(gl.layers.activation("relu") for _ in range(400))]
    )
    for copied in (copy.deepcopy, pickled):
        assert copied(model).predict(np.ones((1, 1), "f4")).shape == (1, 1)


@copies
def test_models_that_share_are_copied_together(copied: Any) -> None:
    judge = row(dense(input_shape=[4]))
    pair = row(dense(input_shape=[4]), judge)
    a, b = copied((pair, judge))
    assert a.layers[1] is b
    b.set_weights([np.zeros((4, 4), "f4"), np.zeros(4, "f4")])
    assert not a.predict(X).numpy().any() and pair.predict(X).numpy().any()
    assert copied(gl.sequential([dense()])).built is False


# -- variables -----------------------------------------------------------------------------------------------


def test_variables_by_their_class(backend: str) -> None:
    for initial in (gl.ones([2]), [1.0, 1.0], np.ones(2, "f4")):
        v = gl.Variable(initial)
        assert isinstance(v, gl.Variable) and (v + 1).numpy().tolist() == [2, 2]
    v = gl.Variable([1, 2], False, "v", "float32")
    assert (v.name, v.trainable, v.dtype) == ("v", False, "float32") and gl.Variable(True).dtype == "bool"
    for wrong in (None, object(), {"a": 1}):
        with pytest.raises(TypeError, match="variable"):
            gl.Variable(wrong)
    with pytest.raises(TypeError, match="'name' must be"):
        gl.Variable(1.0, True, 5)
    with pytest.raises((TypeError, ValueError), match="dtype"):
        gl.Variable(1.0, dtype="float99")


# -- call arguments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, 1, False, 0])
@pytest.mark.parametrize("within", [False, True])
def test_training_as_a_call_argument(within: bool, training: Any, backend: str) -> None:
    """It counts in predict as in training, of a layer and of a model within, and files keep it."""
    norm = gl.layers.batch_normalization(momentum=0.5)
    x = gl.input([1])
    inner = gl.model(inputs=x, outputs=norm(x)) if within else norm
    y = gl.input([1])
    data = np.array([[10.0], [20.0]], "f4")
    model = gl.model(inputs=y, outputs=inner(y, training=training))
    wanted = [[-1], [1]] if training else data
    for _ in range(2):
        np.testing.assert_allclose(round_trip(model).predict(data).numpy(), wanted, atol=0.02)
        norm.set_weights([np.array([one], "f4") for one in (1, 0, 0, 1)])
    model.compile(gl.train.sgd(0.0), "meanSquaredError")
    model.fit(data, data, verbose=0)
    assert norm.moving_mean.item() == (7.5 if training else 0)


# -- states of recurrent layers ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["simple_rnn", "lstm", "gru"])
def test_states_of_a_model_are_reset(kind: str, backend: str) -> None:
    """Two stateful layers, one of them within a model, and one that has no states."""
    make, options = getattr(gl.layers, kind), {"units": 2, "return_sequences": True}
    inner = gl.sequential([make(**options, stateful=True, batch_input_shape=[1, 3, 2])])
    model = gl.sequential([inner, make(**options), make(units=2, stateful=True)])
    x = np.ones((1, 3, 2), "f4")
    first, second = model.predict(x).numpy(), model.predict(x).numpy()
    assert abs(first - second).max() > 1e-6
    model.reset_states()
    np.testing.assert_array_equal(model.predict(x).numpy(), first)
    gl.sequential([dense()]).reset_states()  # not built, nothing to reset


# -- files of others -----------------------------------------------------------------------------------------


def load(layer: Any, weights: Any = (), **options: Any) -> Any:
    """A model of one layer, whose config and weights a file gives."""
    topology = {"model_config": {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}}
    arrays = {name: np.asarray(one, "f4") for name, one in weights}
    return gl.load_layers_model(gl.io.from_memory(gl.io.ModelArtifacts(topology, arrays)), **options)


KERNEL = [("d/kernel", [[1.0], [2.0]]), ("d/bias", [3.0])]
BASE = {"name": "d", "units": 1, "activation": "linear", "batch_input_shape": [None, 2]}
FEATURES = {
    "regularizer": {"kernel_regularizer": {"class_name": "NuclearRegularizer", "config": {"factor": 0.01}}},
    "registered": {"bias_regularizer": {"class_name": "my_package>Own", "config": {}}},
    "wrong config": {"kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.1, "l7": 1}}},
    "constraint": {"kernel_constraint": {"class_name": "RadialConstraint", "config": {}}},
    "constraint's name": {"bias_constraint": "mine"},
}


@pytest.mark.parametrize("feature", FEATURES)
def test_what_only_training_needs(feature: str, backend: str) -> None:
    """Kept, warned of, written back, and an error once training needs it, before anything has moved."""
    extra = FEATURES[feature]
    with pytest.warns(
        UserWarning, match="only training needs is unknown here: (regularizer|constraint) '"
    ) as caught:
        model = load({"class_name": "Dense", "config": {**BASE, **extra}}, KERNEL)
    assert caught[0].filename == __file__
    assert model.predict(np.ones((1, 2), "f4")).item() == 6.0
    config = model.get_config()["layers"][0]["config"]
    assert {key: config[key] for key in extra} == extra
    with pytest.warns(UserWarning, match="only training needs"):
        assert round_trip(copy.deepcopy(model)).get_config() == model.get_config()
    model.compile("adam", "meanSquaredError")
    for train in (model.train_on_batch, lambda *data: model.fit(*data, verbose=0)):
        with pytest.raises(
            ValueError, match=r"(regularizer|constraint) of the loaded model cannot be used: "
        ):
            train(np.ones((4, 2), "f4"), np.zeros((4, 1), "f4"))
    assert model.optimizer.iterations == 0 and model.predict(np.ones((1, 2), "f4")).item() == 6.0


@pytest.mark.parametrize(
    "dtype", ["mixed_float16", "float16", {"class_name": "Policy", "config": {"name": "mixed_bfloat16"}}]
)
def test_precisions_of_keras(dtype: Any, backend: str) -> None:
    with pytest.warns(UserWarning, match="dtype .*float16, in its place float32"):
        model = load({"class_name": "Dense", "config": {**BASE, "dtype": dtype}}, KERNEL)
    assert model.predict(np.ones((1, 2), "f4")).item() == 6.0
    assert model.get_config()["layers"][0]["config"]["dtype"] == dtype
    model.compile("sgd", "meanSquaredError")
    model.train_on_batch(np.ones((4, 2), "f4"), np.zeros((4, 1), "f4"))
    policy = {"class_name": "Policy", "config": {"name": "float32"}}
    load({"class_name": "Dense", "config": {**BASE, "dtype": policy}}, KERNEL)


def test_initializers_that_are_not_known() -> None:
    """The file has the values; where it lacks them, they are needed."""
    layer = {
        "class_name": "Dense",
        "config": {**BASE, "kernel_initializer": "Magic", "bias_initializer": "ones"},
    }
    with pytest.warns(UserWarning, match="initializer 'Magic'"):
        assert load(layer, KERNEL).predict(np.ones((1, 2), "f4")).item() == 6.0
    with (
        pytest.warns(UserWarning),
        pytest.raises(ValueError, match=r"initializer of the loaded model .* 'Magic'"),
    ):
        load(layer, KERNEL[1:], strict=False)
    with pytest.warns(UserWarning):
        assert load(layer, KERNEL[:1], strict=False).predict(np.ones((1, 2), "f4")).item() == 4.0


def test_users_are_told_at_once() -> None:
    for wrong in (
        {"kernel_regularizer": "L3"},
        {"kernel_initializer": "Magic"},
        {"bias_constraint": {"class_name": "C"}},
    ):
        with pytest.raises(ValueError, match="unknown"):
            gl.layers.dense(units=1, **wrong)


@pytest.mark.parametrize("name", ["exponential", "leaky_relu", "hard_swish", "sparsemax"])
def test_activations_of_keras_3(name: str, backend: str) -> None:
    config = {"name": "a", "activation": name, "batch_input_shape": [None, 2]}
    y = load({"class_name": "Activation", "config": config}).predict(np.array([[-1.0, 1.0]], "f4")).numpy()
    wanted = {
        "exponential": np.exp([-1, 1]),
        "leaky_relu": [-0.2, 1],
        "hard_swish": [-1 / 3, 2 / 3],
        "sparsemax": [0, 1],
    }
    np.testing.assert_allclose(y, [wanted[name]], rtol=1e-6)


def test_nothing_is_filled_that_the_file_replaces() -> None:
    """Neither drawn nor made: shapes are held against the file first, and the generator stays where it is."""
    layers = [gl.layers.dense(units=3, input_shape=[2], name="d"), gl.layers.batch_normalization()]
    memory = gl.io.from_memory()
    gl.sequential(layers).save(memory)
    gl.set_seed(3)
    wanted = gl.random_normal([4]).numpy()
    gl.set_seed(3)
    gl.load_layers_model(memory)
    np.testing.assert_array_equal(gl.random_normal([4]).numpy(), wanted)
    config = {**BASE, "units": 500_000_000}
    tracemalloc.start()
    with pytest.raises(
        ValueError, match=r"weight 'd/kernel' has shape \[2, 1\], its layer needs \[2, 500000000\]"
    ):
        load({"class_name": "Dense", "config": config}, KERNEL)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
