"""fit, evaluate and predict as graphs: the same numbers, less work, and eager where that could not be told."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, GraphWarning
from glbackend.engine.tensor import Tensor
from glbackend.testing.check import Inspecting, using
from glbackend.training.trainer import Trainer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 6)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 70)]


def made(
    *more: Any, run_eagerly: bool | None = None, loss: Any = "categoricalCrossentropy", **options: Any
) -> Any:
    """A model with each kind of state."""
    start, layers = gl.initializers.glorot_uniform, gl.layers
    model = gl.sequential(
        [
            layers.dense(units=8, activation="relu", input_shape=[6], kernel_initializer=start(seed=1)),
            layers.batch_normalization(),
            layers.dropout(rate=0.3),
            *more,
            layers.dense(units=3, activation="softmax", kernel_initializer=start(seed=2), kernel_regularizer="l2"),
        ]
    )  # fmt: skip
    model.compile(gl.train.adam(0.02), loss, metrics=["accuracy"], run_eagerly=run_eagerly, **options)
    return model


class Counting(gl.layers.Layer):
    """A user's own, which counts its calls."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        self.calls += 1
        return inputs * 2.0


def trained(model: Any) -> list[Any]:
    """What three epochs leave: the history, the weights, what evaluate and predict say."""
    gl.set_seed(4)
    history = model.fit(X, Y, epochs=3, batch_size=16, verbose=0, validation_data=(X[:20], Y[:20]), seed=1)
    found = [history.history, *[one.numpy().tolist() for one in model.get_weights()]]
    return [*found, model.evaluate(X, Y), *[model.predict(X[:20]).numpy().tolist() for _ in range(3)]]


def steps_run(model: Any) -> list[str]:
    """The steps of its trainer that run as graphs."""
    return sorted(name for name, one in model.trainer._flags.graphs._captured.items() if one._graphs)


def test_training_by_graphs_is_training(backend: str) -> None:
    graphs, eager = made(), made(run_eagerly=True)
    assert trained(graphs) == trained(eager)
    assert steps_run(graphs) == ["outputs", "test_step", "train_step"] and not steps_run(eager)


def test_a_step_draws_less(webgl: Inspecting) -> None:
    draws = []
    with using(webgl):
        for model in (made(), made(run_eagerly=True)):
            for _ in range(3):
                model.train_on_batch(X[:16], Y[:16])
            before = webgl.draw_count
            model.train_on_batch(X[:16], Y[:16])
            draws.append(webgl.draw_count - before)
    assert draws[0] < 0.75 * draws[1], draws


def test_who_calls_once_traces_nothing() -> None:
    model = made()
    model.predict(X, batch_size=70)
    model.evaluate(X, Y, batch_size=70)
    model.train_on_batch(X, Y)
    assert not steps_run(model)


def test_layers_of_a_users_own_run_as_they_are_unless_asked() -> None:
    counting = Counting()
    model = made(counting)
    built = counting.calls
    assert trained(model) == trained(made(Counting(), run_eagerly=True))
    assert counting.calls > built + 15 and not steps_run(model)
    asked = made(counting := Counting(), run_eagerly=False)
    built = counting.calls
    trained(asked)
    assert counting.calls < built + 15 and "train_step" in steps_run(asked)


def test_a_trainer_of_a_users_own_runs_as_it_is_unless_asked() -> None:
    class Every(Trainer):
        """Takes every second step."""

        seen = 0

        def reduce_gradients(self, pairs: Any) -> Any:
            self.seen += 1
            return pairs if self.seen % 2 == 0 else []

    model = made()
    model.trainer = Every(model)
    model.compile("sgd", "categoricalCrossentropy")
    for _ in range(4):
        model.train_on_batch(X, Y)
    assert (model.trainer.seen, model.optimizer.iterations) == (4, 2)


def test_what_cannot_be_captured_runs_as_it_is_and_says_so_once() -> None:
    def curious(target: Tensor, predicted: Tensor) -> Tensor:
        return (target - predicted).square().mean(-1) if predicted.sum().item() else predicted.sum(-1)

    model = made(loss=curious)
    with pytest.warns(
        GraphWarning, match=r"run kernel by kernel, as .*test_training_graphs.py:\d+: the values"
    ) as told:
        model.fit(X, Y, epochs=2, batch_size=16, verbose=0)
    assert len(told) == 1
    eager = made(loss=curious, run_eagerly=True)
    gl.set_seed(1)
    wanted = eager.train_on_batch(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = made(loss=curious, run_eagerly=True)
        gl.set_seed(1)
        assert again.train_on_batch(X, Y) == wanted


def test_predictions_follow_the_weights(backend: str) -> None:
    model = made()
    for factor in (1.0, 1.0, 1.0, 2.0, 2.0):
        model.set_weights([one * factor for one in model.get_weights()])
        eager = model.apply(gl.tensor(X)).numpy()
        np.testing.assert_array_equal(model.predict(X, batch_size=70).numpy(), eager)
    assert steps_run(model) == ["outputs"]


def test_layers_that_come_later_count(backend: str) -> None:
    model = made()
    for _ in range(3):
        assert model.predict(X[:4]).shape == (4, 3)
    model.add(gl.layers.dense(units=2, kernel_initializer="ones"))
    for _ in range(3):
        assert model.predict(X[:4]).shape == (4, 2)


def test_what_the_host_holds_is_looked_at_in_each_run(backend: str) -> None:
    layer = gl.layers.embedding(input_dim=5, output_dim=2, name="e", input_shape=[3])
    model = gl.sequential([layer, gl.layers.flatten(), gl.layers.dense(units=1)])
    for _ in range(3):
        model.predict(np.array([[0, 4, 2]], np.int32))
    assert steps_run(model) == ["outputs"]
    for wrong in (5, -1):
        with pytest.raises(ArgumentError, match=r"Embedding 'e': numbers must lie in \[0, 5\), got"):
            model.predict(np.array([[0, wrong, 2]], np.int32))


def test_many_lengths_warn_of_nothing(backend: str) -> None:
    """So many are captured as graphs are kept; batches of further shapes run as they are."""
    model = made()
    for size in (*range(1, 25), *range(1, 25)):
        assert model.predict(X[:size], batch_size=70).shape == (size, 3)
    assert len(model.trainer._flags.graphs._captured["outputs"]._graphs) == 16


def test_a_trained_model_is_pickled_without_its_graphs() -> None:
    model = made()
    wanted = trained(model)[-1]
    again = pickle.loads(pickle.dumps(model))
    assert not steps_run(again)
    for _ in range(3):
        assert again.predict(X[:20]).numpy().tolist() == wanted
