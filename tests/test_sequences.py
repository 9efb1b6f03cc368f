"""Embedding, wrappers and convolutional LSTMs where cases do not reach: names, errors, graphs, sharing."""

import json
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.layers.layer import LAYERS
from glbackend.testing.check import using
from glbackend.testing.interpret import replay

NUMBERS = np.array([[1, 2, 0], [4, 1, 1]], np.int32)
X = np.random.default_rng(2).normal(size=(2, 4, 3)).astype(np.float32)


def again(model: Any) -> Any:
    """The model that its file gives."""
    file = gl.io.from_memory()
    model.save(file)
    return gl.load_layers_model(file)


# -- embedding -------------------------------------------------------------------------------------------------


def test_embedding_refuses_numbers_outside_that_the_host_holds(backend: str) -> None:
    layer = gl.layers.embedding(input_dim=5, output_dim=2, name="e")
    model = gl.sequential([layer, gl.layers.lstm(units=1)])
    for apply in (layer, model.predict):
        for wrong in (5, -1):
            with pytest.raises(ValueError, match=r"Embedding 'e': numbers must lie in \[0, 5\), got"):
                apply(np.array([[0, wrong, 2]], np.int32))


def test_embedding_gives_zeros_outside_in_a_graph(backend: str) -> None:
    layer = gl.layers.embedding(input_dim=3, output_dim=2, embeddings_initializer="ones")
    x = gl.tensor([[0, 3, -1]], dtype="int32")
    graph = gl.trace(lambda x: layer(x), x)
    found = replay(graph, x)
    np.testing.assert_array_equal(found.numpy(), [[[1, 1], [0, 0], [0, 0]]])


def test_embedding_on_the_device_gives_zeros_outside(webgl: Any) -> None:
    with using(webgl):
        layer = gl.layers.embedding(input_dim=3, output_dim=2, embeddings_initializer="ones")
        numbers = gl.tensor([[0.0, 1.5]]) * 2
        np.testing.assert_array_equal(layer(numbers).numpy(), [[[1, 1], [0, 0]]])


def test_embedding_takes_floats_and_weights(backend: str) -> None:
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    layer = gl.layers.embedding(input_dim=5, output_dim=2, weights=[table], mask_zero=True)
    np.testing.assert_array_equal(layer(NUMBERS.astype(np.float32)).numpy(), table[NUMBERS])
    np.testing.assert_array_equal(layer.compute_mask(gl.tensor(NUMBERS), None).numpy(), NUMBERS != 0)


def test_gradient_of_an_embedding_is_a_sum_by_segments(backend: str) -> None:
    layer = gl.layers.embedding(input_dim=5, output_dim=2)
    layer(NUMBERS)

    def gradient() -> Any:
        with gl.GradientTape() as tape:
            loss = (layer(NUMBERS) * gl.tensor(np.arange(6, dtype=np.float32).reshape(2, 3, 1))).sum()
        return tape.gradient(loss, layer.trainable_weights)[0]

    profile = gl.profile(gradient)
    wanted = np.zeros((5, 2), np.float32)
    np.add.at(wanted, NUMBERS.ravel(), np.arange(6, dtype=np.float32)[:, None])
    np.testing.assert_array_equal(profile.result.numpy(), wanted)
    kernels = set(profile.kernel_names)
    assert "UnsortedSegmentSum" in kernels and not kernels & {"OneHot", "BatchMatMul", "_FusedMatMul"}


def test_an_embedding_tells_the_shape_of_a_model(backend: str) -> None:
    layer = gl.layers.embedding(input_dim=6, output_dim=4, mask_zero=True)
    model = gl.sequential([layer, gl.layers.lstm(units=3)])
    assert model.inputs[0].shape == (None, None)
    shorter = model.predict(NUMBERS[:, :2])
    np.testing.assert_array_equal(model.predict(NUMBERS)[0].numpy(), shorter[0].numpy())  # its last step is 0
    fixed = gl.sequential([gl.layers.embedding(input_dim=6, output_dim=4, input_length=7)])
    assert fixed.outputs[0].shape == (None, 7, 4)


# -- wrappers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul", None])
def test_bidirectional_is_two_layers(mode: str | None, backend: str) -> None:
    pattern = gl.layers.gru(units=2, return_sequences=True)
    layer = gl.layers.bidirectional(layer=pattern, merge_mode=mode)
    y, z = (one.numpy() if i == 0 else one.numpy()[:, ::-1] for i, one in enumerate(_halves(layer)))
    wanted = {"concat": np.concatenate([y, z], -1), "sum": y + z, "ave": (y + z) / 2, "mul": y * z}
    found = layer(X)
    if mode is None:
        np.testing.assert_array_equal([one.numpy() for one in found], [y, z])
    else:
        np.testing.assert_allclose(found.numpy(), wanted[mode], rtol=1e-6)


def _halves(layer: Any) -> list[Any]:
    layer(X)
    return [layer.forward_layer(X), layer.backward_layer(X)]


def test_names_in_files_of_bidirectional_and_time_distributed() -> None:
    inner = gl.sequential([gl.layers.dense(units=2, input_shape=[3], name="d")], name="inner")
    layers = [
        gl.layers.bidirectional(layer=gl.layers.lstm(units=2, name="l", return_sequences=True), name="b"),
        gl.layers.time_distributed(layer=gl.layers.dense(units=3), name="t"),
        gl.layers.time_distributed(layer=inner, name="m"),
    ]
    x = gl.input([4, 3])
    y = x
    for layer in layers:
        y = layer(y)
    model = gl.model(inputs=x, outputs=y)
    names = list(dict(model.named_weights()))
    assert names == [
        *(f"b/{way}_l/{one}" for way in ("forward", "backward") for one in ("kernel", "recurrent_kernel", "bias")),
        "t/kernel", "t/bias", "d/kernel", "d/bias",
    ]  # fmt: skip
    loaded = again(model)
    assert list(dict(loaded.named_weights())) == names and loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded.predict(X).numpy(), model.predict(X).numpy())


def test_stateful_bidirectional_begins_anew_after_a_reset(backend: str) -> None:
    pattern = gl.layers.simple_rnn(units=2, stateful=True)
    layer = gl.layers.bidirectional(layer=pattern, batch_input_shape=[2, 4, 3])
    model = gl.sequential([layer])
    first, second = (model.predict(X).numpy() for _ in range(2))
    assert abs(first - second).max() > 1e-3
    for reset in (layer.reset_states, model.reset_states, lambda: layer.reset_states([np.zeros((2, 2))] * 2)):
        reset()
        np.testing.assert_array_equal(model.predict(X).numpy(), first)


def test_time_distributed_hands_deeper_masks_to_its_layer(backend: str) -> None:
    inner = gl.layers.simple_rnn(units=2)
    layer = gl.layers.time_distributed(layer=inner)
    x = gl.tensor(np.stack([X, X + 1], 1))
    mask = np.array([[True, False, True, True], [True, True, False, False]])
    masks = np.stack([mask, mask[::-1]], 1)
    found = layer(x, mask=gl.tensor(masks)).numpy()
    for step in range(2):
        wanted = inner(x[:, step], mask=gl.tensor(masks[:, step])).numpy()
        np.testing.assert_allclose(found[:, step], wanted, rtol=1e-5, atol=1e-6)


def test_words_within_sentences(backend: str) -> None:
    """A mask of words goes into the inner layer, and one of sentences comes out of it."""
    words = np.array([[[1, 2, 0], [3, 0, 0], [0, 0, 0]], [[4, 0, 0], [0, 0, 0], [0, 0, 0]]], np.int32)
    x = gl.input([None, None], dtype="int32")
    embedding = gl.layers.embedding(input_dim=5, output_dim=2, mask_zero=True)
    sentence, text = gl.layers.gru(units=3), gl.layers.simple_rnn(units=2)
    y = text(gl.layers.time_distributed(layer=sentence)(embedding(x)))
    found = gl.model(inputs=x, outputs=y).predict(words).numpy()
    for example, counts in zip(range(2), ([2, 1], [1]), strict=True):
        sentences = [sentence(embedding(words[example, i : i + 1, :n])) for i, n in enumerate(counts)]
        wanted = text(gl.stack(sentences, 1)).numpy()
        np.testing.assert_allclose(found[example], wanted[0], rtol=1e-5, atol=1e-6)


def test_convolutional_cells_run_in_rnn_too(backend: str) -> None:
    options = {"filters": 2, "kernel_size": 2, "kernel_initializer": "ones", "recurrent_initializer": "ones"}
    x = gl.tensor(np.random.default_rng(0).normal(size=(1, 3, 3, 4, 1)).astype(np.float32))
    driven = gl.layers.rnn(cell=gl.layers.conv_lstm2d_cell(**options))(x)
    np.testing.assert_array_equal(driven.numpy(), gl.layers.conv_lstm2d(**options)(x).numpy())


def test_wrong_calls() -> None:
    lstm = gl.layers.lstm(units=2)
    layers = gl.layers
    with pytest.raises(ValueError, match="layer must be a recurrent layer, got"):
        layers.bidirectional(layer=layers.dense(units=2))
    with pytest.raises(ValueError, match="merge_mode must be one of"):
        layers.bidirectional(layer=lstm, merge_mode="max")
    with pytest.raises(ValueError, match="go_backwards does not fit"):
        layers.bidirectional(layer=lstm, backward_layer=layers.lstm(units=2))
    with pytest.raises(ValueError, match="return_sequences does not fit"):
        other = layers.lstm(units=2, go_backwards=True, return_sequences=True)
        layers.bidirectional(layer=lstm, backward_layer=other)
    with pytest.raises(ValueError, match="initial_state must have as many for either way, got 1"):
        layers.bidirectional(layer=lstm)(gl.tensor(X), initial_state=[gl.zeros([2, 2])])
    with pytest.raises(ValueError, match=r"needs inputs \[batch, time, \.\.\.\], got \[None, 3\]"):
        layers.time_distributed(layer=layers.dense(units=2))(gl.input([3]))
    with pytest.raises(ValueError, match=r"needs inputs \[batch, time, size, size, features\] with known"):
        layers.conv_lstm2d(filters=2, kernel_size=2)(gl.input([4, 3]))
    with pytest.raises(ValueError, match="is smaller than its window"):
        layers.conv_lstm2d(filters=2, kernel_size=4)(gl.zeros([1, 2, 3, 3, 1]))
    with pytest.raises(ValueError, match="must have one size, and be no batch"):
        layers.dot(axes=0)([gl.zeros([2, 3]), gl.zeros([2, 3])])
    with pytest.raises(ValueError, match="must have one size, and be no batch"):
        layers.dot(axes=[1, 2])([gl.zeros([2, 3, 4]), gl.zeros([2, 3, 4])])


# -- layers in several places ----------------------------------------------------------------------------------


def shared() -> Any:
    """A layer called twice in a model within, and before and after that in the model around it."""
    dense = gl.layers.dense(units=3, activation="tanh", name="twice")
    i = gl.input([3])
    inner = gl.model(inputs=i, outputs=dense(dense(i)), name="inner")
    x = gl.input([3])
    return gl.model(inputs=x, outputs=dense(inner(dense(x))))


@pytest.mark.filterwarnings("ignore:save. TF.js cannot load this model")
def test_a_layer_in_two_models_stays_one() -> None:
    model = shared()
    loaded = again(again(model))
    assert loaded.get_config() == model.get_config()
    assert loaded.get_layer("twice") is loaded.get_layer("inner").get_layer("twice")
    assert len(loaded.weights) == len(model.weights) == 2
    np.testing.assert_array_equal(loaded.predict(X[:, 0]).numpy(), model.predict(X[:, 0]).numpy())
    copy = LAYERS.get(json.loads(json.dumps(LAYERS.serialize(model))))
    assert len(copy.weights) == 2


@pytest.mark.filterwarnings("ignore:save. TF.js cannot load this model")
def test_a_model_in_two_models_and_a_layer_in_a_wrapper_stay_one() -> None:
    block = gl.sequential([gl.layers.dense(units=3, input_shape=[3], name="d")], name="block")
    x = gl.input([3])
    wrapped = gl.model(inputs=x, outputs=block(x), name="wrapped")
    inputs = gl.input([4, 3])
    steps = gl.layers.time_distributed(layer=block)(inputs)
    last = wrapped(gl.layers.flatten()(gl.layers.simple_rnn(units=3)(steps)))
    model = gl.model(inputs=inputs, outputs=block(last))
    loaded = again(model)
    assert len(loaded.weights) == len(model.weights) == 5
    np.testing.assert_array_equal(loaded.predict(X).numpy(), model.predict(X).numpy())


def test_saving_a_shared_layer_warns() -> None:
    with pytest.warns(UserWarning, match="TF.js cannot load this model, as twice stands in several"):
        shared().save(gl.io.from_memory())
