"""fit, evaluate and predict as graphs: the same numbers, less work, and eager where that could not be told."""

import pickle
import warnings
from functools import partial
from random import random as drawn
from typing import Any

import numpy as np
import numpy.random as numbers
import pytest

import glbackend as gl
from glbackend.base.config import settings_version
from glbackend.base.errors import ArgumentError, GraphWarning
from glbackend.engine.tensor import Tensor
from glbackend.graph.outside import outside
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


SETTINGS: dict[str, Any] = {
    "the activation of a layer": (
        lambda m: m.layers[0],
        "activation",
        gl.layers.activation("tanh").activation,
    ),
    "its constraint": (lambda m: m.layers[0].kernel_constraint, "max_value", 0.1),
    "epsilon": (lambda m: m.layers[1], "epsilon", 1.0),
    "momentum": (lambda m: m.layers[1], "momentum", 0.1),
    "a slope": (lambda m: m.layers[3], "alpha", 0.9),
    "a regularizer": (lambda m: m.layers[-1].kernel_regularizer, "l2", 5.0),
    "of the optimizer": (lambda m: m.optimizer, "clipnorm", 1e-3),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_what_is_set_later_counts_at_once(what: str, backend: str) -> None:
    """An argument set between two steps: graphs of before are not used any more, and later ones are made."""
    find, name, value = SETTINGS[what]
    found = []
    for eagerly in (None, True):
        model = made(gl.layers.leaky_relu(), run_eagerly=eagerly)
        model.layers[0].kernel_constraint = gl.constraints.max_norm(2.0)
        model.layers[0]._weights[0] = (
            model.layers[0]._weights[0]._replace(constraint=model.layers[0].kernel_constraint)
        )
        model.layers[2].rate = 0.0
        model.optimizer.clipnorm = 0.5
        values = []
        for step in range(8):
            if step == 4:
                assert name in vars(find(model)), "a name of the test's own"
                setattr(find(model), name, value)
            values += [model.train_on_batch(X, Y)[0], model.predict(X).numpy().tolist()]
        assert steps_run(model) == ([] if eagerly else ["outputs", "train_step"])
        found.append(values)
    assert found[0] == found[1]


def test_another_optimizer_counts_at_once(backend: str) -> None:
    found = []
    for eagerly in (None, True):
        model = made(run_eagerly=eagerly)
        model.layers[2].rate = 0.0
        losses = []
        for step in range(8):
            if step == 4:
                model.optimizer = gl.optimizers.SGD(2.0)
            losses.append(model.train_on_batch(X, Y)[0])
        found.append(losses)
    assert found[0] == found[1]


def test_numbers_of_an_optimizer_are_asked_in_each_step() -> None:
    """A schedule of a user's own for a momentum costs no graph."""
    found = []
    for eagerly in (None, True):
        model = made(run_eagerly=eagerly)
        model.compile(gl.optimizers.Adam(0.02, weight_decay=0.1, clipvalue=0.5), "mse", run_eagerly=eagerly)
        model.layers[2].rate = 0.0
        losses: list[float] = []
        versions: set[int] = set()
        for step in range(8):
            for name, value in ("beta_1", 0.9), ("weight_decay", 0.1), ("clipvalue", 0.5), ("epsilon", 1e-6):
                setattr(model.optimizer, name, value - step * value / 10)
            versions.add(settings_version())
            losses.append(float(np.ravel(model.train_on_batch(X, Y))[0]))
        assert len(versions) == 1 and (eagerly or steps_run(model) == ["train_step"])
        found.append(losses)
    assert found[0] == found[1]


def test_settings_are_not_set_in_passing(backend: str) -> None:
    """What fit, predict and save do changes no argument, so that graphs last; nor does another model."""
    model = made()
    trained(model)
    version = settings_version()
    trained(model)
    other = made()
    other.predict(X)
    gl.clone_model(other)
    assert settings_version() == version


def test_functions_are_traced_again_for_what_was_set() -> None:
    layer = gl.layers.leaky_relu(alpha=0.5)
    traced: list[Any] = []

    @gl.function
    def half(x: Tensor) -> Tensor:
        traced.append(x)
        return layer(x)  # type: ignore[no-any-return]

    assert [half(gl.tensor([-2.0])).item() for _ in range(3)] == [-1.0] * 3 and len(traced) == 1
    layer.alpha = 0.5
    assert half(gl.tensor([-2.0])).item() == -1.0 and len(traced) == 1, "the same value is no change"
    layer.alpha = 0.25
    assert [half(gl.tensor([-2.0])).item() for _ in range(3)] == [-0.5] * 3 and len(traced) == 2


def test_a_prediction_is_folded_as_layers_are_now(backend: str) -> None:
    """A convolution, its normalisation and activation in one kernel: each of the three may be set later."""
    layers = gl.layers
    conv, norm, last = (
        layers.conv2d(4, 3, input_shape=[6, 6, 2]),
        layers.batch_normalization(),
        layers.re_lu(),
    )
    model = gl.sequential([conv, norm, last])
    x = RNG.normal(size=(2, 6, 6, 2)).astype(np.float32)
    model.predict(x)
    norm.epsilon, last.max_value = 0.9, 0.3
    for called in (model.predict, model):
        expected = last(norm(conv(gl.tensor(x)))).numpy()
        np.testing.assert_allclose(called(gl.tensor(x)).numpy(), expected, rtol=1e-5, atol=1e-6)
    assert expected.max() == np.float32(0.3)


FACTOR, FACTORS, ARRAY = 1.0, [1.0], np.ones(3, np.float32)


class Weighing:
    """A user's object that a loss asks."""

    factor = 1.0


WEIGHING = Weighing()


def by_number(y: Any, p: Any) -> Any:
    return gl.losses.mean_squared_error(y, p) * FACTOR


def by_list(y: Any, p: Any) -> Any:
    return gl.losses.mean_squared_error(y, p) * FACTORS[0]


def by_array(y: Any, p: Any) -> Any:
    return gl.losses.mean_squared_error(y * ARRAY, p * ARRAY)


def by_object(y: Any, p: Any) -> Any:
    return gl.losses.mean_squared_error(y, p) * WEIGHING.factor


def by_way_of_another(y: Any, p: Any) -> Any:
    return (lambda q: by_number(y, q))(p)


def by_default(y: Any, p: Any, which: Any = FACTORS) -> Any:
    return gl.losses.mean_squared_error(y, p) * which[0]


@pytest.mark.parametrize(
    ("loss", "graphs"),
    [(by_number, True), (by_list, True), (by_array, True), (by_object, False), (by_way_of_another, True),
     (by_default, True), (partial(by_default, which=FACTORS), True)],
)  # fmt: skip
def test_a_users_loss_finds_what_is_outside_as_it_is(
    loss: Any, graphs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number, list or array outside is compared in each step; what else there may be has no graph."""
    monkeypatch.setattr(WEIGHING, "factor", 1.0)
    model = made(loss=loss)
    rates = []
    for step in range(6):
        if step == 3:
            monkeypatch.setitem(globals(), "FACTOR", 10.0)
            FACTORS[0] = 10.0
            monkeypatch.setattr(WEIGHING, "factor", 10.0)
            ARRAY[:] = 10.0
        rates.append(model.test_on_batch(X, Y)[0])
    ARRAY[:] = FACTORS[0] = 1.0
    assert len(set(rates[:3])) == len(set(rates[3:])) == 1 and rates[3] > 5 * rates[0]
    assert steps_run(model) == (["test_step"] if graphs else [])


def by_import(p: Any) -> Any:
    import time

    return p * time.monotonic()


SEEN: list[float] = []
keep = SEEN.append


@pytest.mark.parametrize(
    "function",
    [
        lambda p: p * drawn(),
        lambda p: p * numbers.normal(),
        lambda p: keep(1.0) or p,
        lambda p: p * eval("FACTOR"),
        lambda p: p * globals()["FACTOR"],
        by_import,
    ],
)
def test_what_is_done_each_time_has_no_graph(function: Any) -> None:
    """By whatever name: random numbers, a list's method, a clock."""
    assert outside([function]) is None
    assert outside([lambda p: p * np.sin(FACTOR)]) is not None


def helper(x: Any) -> Any:
    return x


def by_helper(y: Any, p: Any) -> Any:
    return helper(gl.losses.mean_squared_error(y, p))


def test_a_function_defined_anew_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a cell of a notebook does that is run again."""
    model = made(loss=by_helper)
    losses = [model.test_on_batch(X, Y)[0] for _ in range(3)]
    monkeypatch.setitem(globals(), "helper", lambda x: x * 10.0)
    assert model.test_on_batch(X, Y)[0] > 5 * losses[-1] and steps_run(model) == ["test_step"]


class Doubling(gl.regularizers.Regularizer):
    """A user's own."""

    def __call__(self, x: Tensor) -> Tensor:
        return (x * WEIGHING.factor).square().sum()


def test_a_users_regularizer_and_activation_have_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    def activation(x: Tensor) -> Tensor:
        return x * WEIGHING.factor

    for options in {"kernel_regularizer": Doubling()}, {"activation": activation}:
        monkeypatch.setattr(WEIGHING, "factor", 1.0)
        model = made(gl.layers.dense(units=4, **options))
        losses = [model.test_on_batch(X, Y)[0] for _ in range(3)]
        monkeypatch.setattr(WEIGHING, "factor", 3.0)
        assert model.test_on_batch(X, Y)[0] != losses[2] == losses[0] and steps_run(model) == []
