"""Calls of layers and models that come often run as a graph: the same in all that can be seen, and less work."""

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.engine.tensor import Tensor
from glbackend.layers.repeated import OFTEN
from glbackend.testing.check import Inspecting, using

RNG = np.random.default_rng(4)
ENOUGH = OFTEN + 4  # calls: after OFTEN a signature that comes twice is traced


def network(*more: Any) -> Any:
    layers = gl.layers
    return gl.sequential(
        [
            layers.dense(units=8, activation="relu", input_shape=[6]),
            layers.batch_normalization(),
            layers.dropout(0.5),
            *more,
            layers.dense(units=3, activation="softmax"),
        ]
    )


def graph_of(layer: Any) -> Any:
    """The graph that calls of a layer run, None where they run none."""
    repeats = vars(layer).get("_repeats")
    return None if repeats is None else repeats.graph


def x(batch: int = 2) -> Tensor:
    return gl.tensor(RNG.normal(size=(batch, 6)).astype(np.float32))


@pytest.mark.parametrize("arguments", [{}, {"training": False}])
def test_the_bits_stay(backend: str, arguments: dict[str, Any]) -> None:
    model, given = network(), x()
    found = {model(given, **arguments).numpy().tobytes() for _ in range(ENOUGH)}
    assert len(found) == 1 and graph_of(model).kernels > 1
    assert model(x(5), **arguments).shape == (5, 3)


def test_less_is_drawn(webgl: Inspecting) -> None:
    layers = gl.layers
    norm = layers.layer_normalization(), layers.layer_normalization()
    model = gl.sequential([layers.dense(units=8, input_shape=[6]), *norm, layers.re_lu(), layers.re_lu()])
    with using(webgl):
        given, draws = x(), []
        for _ in range(ENOUGH):
            before = webgl.draw_count
            model(given)
            draws.append(webgl.draw_count - before)
    assert draws[-1] < draws[0] == draws[OFTEN - 1]


def test_losses_still_go_back_to_logits(backend: str) -> None:
    model = network()
    model.layers[-1].kernel.assign(model.layers[-1].kernel * 1e3)
    given, wanted = x(), gl.tensor([0, 1])
    losses = {
        gl.losses.sparse_categorical_crossentropy(wanted, model(given)).numpy().tobytes()
        for _ in range(ENOUGH)
    }
    assert len(losses) == 1 and graph_of(model) is not None


def test_weights_and_arguments_are_those_of_now(backend: str) -> None:
    model, given = network(gl.layers.leaky_relu()), x()
    for _ in range(ENOUGH):
        model(given)
    fresh = network(gl.layers.leaky_relu(alpha=0.9))
    model.set_weights(fresh.get_weights())
    model.layers[3].alpha = 0.9
    assert graph_of(model) is not None
    for _ in range(ENOUGH):
        np.testing.assert_array_equal(model(given).numpy(), fresh(given).numpy())
    assert graph_of(model) is not None, "made anew"


def test_training_and_gradients_are_as_ever(backend: str) -> None:
    model, given = network(), x(40)
    for _ in range(ENOUGH):
        model(given)
    assert not np.array_equal(model(given, training=True).numpy(), model(given, training=True).numpy())
    with gl.GradientTape() as tape:
        loss = model(given)[:, 0].sum()
    gradients = tape.gradient(loss, model.trainable_variables)
    assert all(one is not None for one in gradients)


class Counting(gl.layers.Layer):
    """A user's own, which counts its calls."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        self.calls += 1
        return inputs * 2.0


def test_what_users_wrote_runs_each_time(backend: str) -> None:
    own, seen, given = Counting(), [], x()

    def activation(y: Tensor) -> Tensor:
        seen.append(y.shape)
        return y * 2.0

    with_class, with_function = network(own), network(gl.layers.dense(units=8, activation=activation))
    for layer in own, with_class, with_function:
        own.calls = 0
        seen.clear()
        for _ in range(ENOUGH):
            layer(given)
        assert (own.calls or len(seen)) == ENOUGH and graph_of(layer) is None


def test_masks_travel(backend: str) -> None:
    embedding, tokens = gl.layers.Embedding(5, 3, mask_zero=True), gl.tensor([[1, 0]])
    lstm = gl.layers.lstm(units=2)
    results = set()
    for _ in range(ENOUGH):
        steps = embedding(tokens)
        assert steps._keras_mask.numpy().tolist() == [[True, False]]
        results.add(lstm(steps).numpy().tobytes())
    assert len(results) == 1
    for _ in range(ENOUGH):
        unmasked = lstm(gl.tensor(steps.numpy()))
    assert graph_of(lstm) is not None
    assert lstm(steps).numpy().tobytes() in results, "a mask counts after calls without one"
    assert unmasked.numpy().tobytes() not in results


def test_states_go_on(backend: str) -> None:
    arguments: dict[str, Any] = {"units": 2, "stateful": True, "batch_input_shape": [1, 3, 2]}
    one, other = gl.layers.gru(**arguments), gl.layers.gru(**arguments)
    sequences = [gl.tensor(RNG.normal(size=(1, 3, 2)).astype(np.float32)) for _ in range(ENOUGH)]
    one(sequences[0])
    other(sequences[0])
    other.set_weights(one.get_weights())
    one.reset_states()
    other.reset_states()
    for steps in sequences:
        np.testing.assert_array_equal(one(steps).numpy(), other.call(steps).numpy())
    assert graph_of(one) is not None


def test_errors_are_those_of_a_first_call(backend: str) -> None:
    model = network()
    told = []
    for _ in range(2):
        with pytest.raises(gl.errors.GlbackendError) as raised:
            model(gl.ones([2, 7]))
        told.append(str(raised.value))
        for _ in range(ENOUGH):
            model(x())
    assert told[0] == told[1] and graph_of(model) is not None


def test_copies_and_pickles_have_none(backend: str) -> None:
    model, given = network(), x()
    for _ in range(ENOUGH):
        y = model(given)
    for other in copy.deepcopy(model), pickle.loads(pickle.dumps(model)), gl.clone_model(model):
        other.set_weights(model.get_weights())
        assert graph_of(other) is None
        np.testing.assert_array_equal(other(given).numpy(), y.numpy())


def test_a_layer_goes_when_nobody_has_it(backend: str) -> None:
    layer, given = gl.layers.dense(units=2), x()
    for _ in range(ENOUGH):
        layer(given)
    gone = weakref.ref(layer)
    gc.disable()
    try:
        del layer
        assert gone() is None
    finally:
        gc.enable()


def test_views_and_single_kernels_that_cost_no_pass_need_no_graph() -> None:
    """An activation on cpu, a reshape anywhere: the kernel alone is quicker."""
    flat, relu, given = gl.layers.flatten(), gl.layers.re_lu(), x()
    for _ in range(ENOUGH):
        flat(given)
        relu(given)
    assert graph_of(flat) is None and graph_of(relu) is None


def test_weights_stay_the_variables_that_they_are(backend: str) -> None:
    """Put in their place, an array would be computed with, and the old weight saved; Keras refuses it too."""
    layer, given = gl.layers.dense(units=3, name="d"), x()
    for _ in range(ENOUGH):
        layer(given)
    for other in gl.variable(np.zeros((6, 3), np.float32)), np.zeros((4, 3), np.float32):
        with pytest.raises(
            gl.errors.ArgumentError, match=r"'d': its weight 'kernel' stays .* kernel\.assign"
        ):
            layer.kernel = other
    layer.kernel.assign(np.zeros((6, 3), np.float32))
    np.testing.assert_array_equal(layer(given).numpy(), np.zeros((len(given.numpy()), 3)))
