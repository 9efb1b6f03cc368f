"""Training by objects: state over the epoch, weights, masks, steps of one's own, data of all kinds, files."""

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.training.batches import class_weights

RNG = np.random.default_rng(7)
X = RNG.normal(size=(30, 3)).astype(np.float32)
Y = RNG.normal(size=(30, 2)).astype(np.float32)
SIDE = (X[:, :1] + RNG.normal(0, 0.8, (30, 1)) > 0).astype(np.float32)
CLASSES = RNG.integers(0, 3, 30).astype(np.int32)
WEIGHTS = RNG.uniform(0.2, 2, 30).astype(np.float32)


def start(units: int, **options: Any) -> Any:
    made = gl.initializers.random_normal(seed=3)
    return gl.layers.dense(units=units, kernel_initializer=made, **options)


def chances() -> Any:
    return gl.sequential([start(1, activation="sigmoid", input_shape=[3])])


def straight(loss: Any = "mse", rate: float = 0.05, **options: Any) -> Any:
    made = gl.sequential([start(2, input_shape=[3])])
    made.compile(gl.train.sgd(rate), loss, **options)
    return made


# -- metrics with state ------------------------------------------------------------------------------------


def test_state_is_that_of_all_examples(backend: str) -> None:
    """Two epochs in unequal batches equal the metric over all examples at once; it begins anew each epoch."""
    model = chances()
    given = [gl.metrics.AUC(num_thresholds=50), gl.metrics.Precision(), "recall", "accuracy", "acc"]
    model.compile(gl.train.sgd(0.0), "binary_crossentropy", metrics=given)
    history = model.fit(X, SIDE, batch_size=7, epochs=2, verbose=0, shuffle=False).history
    p = model.predict(X).numpy()
    wanted = {
        "auc": gl.metrics.AUC(num_thresholds=50)(SIDE, p).item(),
        "precision": (SIDE * (p > 0.5)).sum() / (p > 0.5).sum(),
        "recall": (SIDE * (p > 0.5)).sum() / SIDE.sum(),
        "accuracy": ((p > 0.5) == SIDE).mean(),
        "acc": ((p > 0.5) == SIDE).mean(),
    }
    assert list(history) == ["loss", *wanted]
    for name, value in wanted.items():
        np.testing.assert_allclose(history[name], [value] * 2, rtol=1e-5)
    found = model.evaluate(X, SIDE, batch_size=11, return_dict=True)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-5)
    assert given[0].result().item() == pytest.approx(wanted["auc"], rel=1e-5)
    assert model.metrics[0].result().item() == pytest.approx(found["loss"], rel=1e-5)
    model.reset_metrics()
    assert given[0].result().item() == 0


def test_an_epoch_goes_on_elsewhere(backend: str) -> None:
    """The means and states of an epoch that was broken off are taken up by another process's metrics."""

    def trainer() -> Any:
        model = gl.sequential([start(3, activation="softmax", input_shape=[3])])
        model.compile(
            gl.train.sgd(0.0), "categorical_crossentropy",
            metrics=["acc", gl.metrics.AUC(), gl.metrics.F1Score("macro"), gl.metrics.R2Score()],
        )  # fmt: skip
        return model.trainer

    hot, found = gl.to_categorical(CLASSES, 3), []
    for broken in (False, True):
        one = trainer()
        means = one.reader("fit", "train")
        for i, batch in enumerate(one.feed.arrays((X, hot, None), "fit", 10)):
            if broken and i == 2:
                kept, one = means.state(), trainer()
                means = one.reader("fit", "train")
                means.set_state(kept)
            means.add(one.train_step(batch), batch.size)
        found.append(means.settle())
    assert found[0] == found[1]


def test_nothing_is_read_in_a_step(backend: str) -> None:
    """States and values wait on the device: a step under a trace may not read."""
    from glbackend.training.dataset import Batch

    model = chances()
    model.compile("sgd", "bce", metrics=[gl.metrics.AUC(), "acc"], weighted_metrics=["mae"])
    batch = model.trainer.feed.batch((X, SIDE, WEIGHTS), "fit")
    model.trainer.train_step(batch)
    graph = gl.trace(
        lambda x, y, w: model.trainer.train_step(Batch([x], [y], [w])),
        gl.tensor(X), gl.tensor(SIDE), gl.tensor(WEIGHTS),
    )  # fmt: skip
    assert len(graph.outputs) == 3  # loss, acc, [sum, weights] of mae


def test_metrics_in_a_loop_of_ones_own(backend: str) -> None:
    mean, matrix = gl.metrics.Mean(), gl.metrics.ConfusionMatrix(3)
    with gl.GradientTape() as tape:
        x = gl.variable([2.0])
        loss = (x * x).sum()
        mean.update_state(loss)
    assert tape.gradient(loss, [x])[0].item() == 4
    mean.update_state([1.0, 4.0], sample_weight=[1.0, 0.0])
    assert mean.result().item() == pytest.approx((4 + 1) / 2)
    for first in range(0, 30, 8):
        matrix.update_state(CLASSES[first : first + 8], (CLASSES[first : first + 8] + 1) % 3)
    wanted = np.zeros((3, 3))
    np.add.at(wanted, (CLASSES, (CLASSES + 1) % 3), 1)
    assert matrix.result().numpy().tolist() == wanted.tolist()
    matrix.reset_state()
    assert matrix.result().numpy().sum() == 0


class Masked(gl.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 1.0

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        return inputs.not_equal(0.0).any(-1)


def test_masked_metrics_are_means_of_steps(backend: str) -> None:
    """Not of examples: a batch of short ones counts less."""
    x = np.zeros((4, 3, 1), np.float32)
    x[0], x[1, :1], x[2, :2], x[3, :1] = 1, 2, 3, 4
    model = gl.sequential([Masked(input_shape=[3, 1])])
    model.compile("sgd", "mse", metrics=["mae", gl.metrics.MeanAbsoluteError(name="object")])
    found = model.evaluate(x, np.zeros_like(x), batch_size=2, return_dict=True)
    wanted = (1 * 3 + 2 + 3 * 2 + 4) / 7
    assert found["mae"] == pytest.approx(wanted) and found["object"] == pytest.approx(wanted)


# -- weights -----------------------------------------------------------------------------------------------


def test_sample_weights(backend: str) -> None:
    """An example with weight w costs w times as much; weighted metrics are the weighted mean."""
    model = straight(metrics=["mae"], weighted_metrics=["mae", gl.metrics.RootMeanSquaredError("rmse")])
    error = model.predict(X).numpy() - Y
    found = model.evaluate(X, Y, sample_weight=WEIGHTS, batch_size=8, return_dict=True)
    assert list(found) == ["loss", "mae", "weighted_mae", "rmse"] == model.metrics_names
    assert found["loss"] == pytest.approx(((error**2).mean(1) * WEIGHTS).mean(), rel=1e-4)
    assert found["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-4)
    assert found["weighted_mae"] == pytest.approx(
        (np.abs(error).mean(1) * WEIGHTS).sum() / WEIGHTS.sum(), rel=1e-4
    )
    assert found["rmse"] ** 2 == pytest.approx(((error**2).mean(1) * WEIGHTS).sum() / WEIGHTS.sum(), rel=1e-4)
    history = model.fit(
        X, Y, sample_weight=WEIGHTS, validation_data=(X, Y, WEIGHTS), batch_size=30, verbose=0
    )
    assert history.history["loss"] == pytest.approx([found["loss"]], rel=1e-4)
    assert "val_weighted_mae" in history.history


def test_weights_of_steps_and_of_outputs(backend: str) -> None:
    steps = RNG.normal(size=(6, 4, 3)).astype(np.float32)
    x = gl.input([4, 3])
    model = gl.model(x, [start(2, name="a")(x), start(1, name="b")(x)])
    model.compile("sgd", {"a": "mse", "b": "mae"}, loss_weights={"a": 0.5})
    ya, yb, w = np.ones((6, 4, 2)), np.ones((6, 4, 1)), RNG.uniform(size=(6, 4)).astype(np.float32)
    pa, pb = (one.numpy() for one in model.predict(steps))
    loss, first, second = model.evaluate(steps, [ya, yb], sample_weight={"a": w, "b": w[:, 0]})
    assert first == pytest.approx((((pa - ya) ** 2).mean(-1) * w).mean(), rel=1e-4)
    assert second == pytest.approx((np.abs(pb - yb)[..., 0] * w[:, :1]).mean(), rel=1e-4)
    assert loss == pytest.approx(0.5 * first + second, rel=1e-5)
    model.compile("sgd", {"a": "mse", "b": None}, metrics={"a": ["mae"]})
    assert len(model.evaluate(steps, ya)) == 3 and model.metrics_names == ["loss", "a_loss", "a_mae"]


@pytest.mark.parametrize(
    ("loss", "wanted"),
    [
        (lambda: gl.losses.Huber(0.5), None),
        (lambda: {"class_name": "Huber", "config": {"delta": 0.5}}, None),
        (lambda: gl.losses.MeanSquaredError(reduction="sum"), lambda e: (e**2).mean(1).sum()),
        (lambda: gl.losses.MeanSquaredError, lambda e: (e**2).mean()),
        (lambda: "MeanSquaredError", lambda e: (e**2).mean()),
        (lambda: lambda t, p: ((t - p) ** 4).sum(), lambda e: (e**4).sum()),
        (lambda: gl.losses.mean_squared_error, lambda e: (e**2).mean()),
    ],
)
def test_losses_of_all_kinds(loss: Any, wanted: Any) -> None:
    model = straight(loss())
    error = model.predict(X).numpy() - Y
    size = np.abs(error)
    huber = np.where(size < 0.5, size**2 / 2, 0.5 * size - 0.125).mean()
    assert model.evaluate(X, Y, batch_size=30) == pytest.approx(wanted(error) if wanted else huber, rel=1e-4)


def test_accuracy_by_the_targets() -> None:
    """Of class numbers, by a loss of Keras or of one's own."""
    for loss in ("categorical_generalized_cross_entropy", lambda t, p: (p * 0.0).sum(-1)):
        model = gl.sequential([start(3, activation="softmax", input_shape=[3])])
        model.compile("sgd", loss, metrics=["accuracy"])
        found = model.evaluate(X, CLASSES, batch_size=None, verbose="auto", return_dict=True)
        assert found["accuracy"] == pytest.approx((model.predict(X).numpy().argmax(-1) == CLASSES).mean())


def test_logits(backend: str) -> None:
    """A model that ends in logits costs what one with the softmax costs, and moves alike."""
    ends = []
    for activation, loss in (("softmax", "scce"), (None, None)):
        model = gl.sequential([start(3, activation=activation, input_shape=[3])])
        ours = gl.losses.SparseCategoricalCrossentropy(from_logits=activation is None)
        model.compile(gl.train.sgd(0.3), ours, metrics=["accuracy"])
        assert loss != "scce" or model.metrics_names == ["loss", "accuracy"]
        model.fit(X, CLASSES, batch_size=10, epochs=2, shuffle=False, verbose=0)
        ends.append([*(one.numpy() for one in model.get_weights()), *model.evaluate(X, CLASSES)])
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


# -- what layers add ---------------------------------------------------------------------------------------


class Sparse(gl.layers.Layer):
    def call(self, inputs: Any) -> Any:
        self.add_loss(inputs.abs().mean() * 0.1)
        self.add_metric(inputs.abs(), "size")
        return inputs


def test_layers_add_losses_and_metrics(backend: str) -> None:
    model = gl.sequential([start(2, input_shape=[3]), Sparse()])
    model.compile("sgd", "mse", metrics=["mae"])
    p = model.predict(X).numpy()
    found = model.evaluate(X, Y, batch_size=10, return_dict=True)
    assert list(found) == ["loss", "mae", "size"]
    assert found["size"] == pytest.approx(np.abs(p).mean(), rel=1e-4)
    assert found["loss"] == pytest.approx(((p - Y) ** 2).mean() + 0.1 * np.abs(p).mean(), rel=1e-4)
    model.layers[0].add_loss(lambda: model.layers[0].weights[0].square().sum())
    more = float((model.get_weights()[0].numpy() ** 2).sum())
    assert model.evaluate(X, Y, batch_size=10)[0] == pytest.approx(found["loss"] + more, rel=1e-4)
    alone = gl.sequential([start(2, input_shape=[3]), Sparse()])
    alone.compile(gl.train.sgd(0.5))
    before = alone.evaluate(X)[0]
    alone.fit(X, epochs=3, verbose=0)
    assert alone.evaluate(X)[0] < before


# -- models that are classes -------------------------------------------------------------------------------


class Net(gl.Model):
    def __init__(self, units: int = 2) -> None:
        super().__init__()
        self.hidden = [start(4, activation="tanh"), start(units)]
        self.seen = gl.metrics.Mean("seen")
        self.modes: set[bool] = set()

    def call(self, inputs: Any, training: bool = False) -> Any:
        self.modes.add(training)
        return self.hidden[1](self.hidden[0](inputs))


class Parts(gl.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first = gl.sequential([gl.layers.dense(units=2, activation="tanh"), gl.layers.dense(units=3)])

    def call(self, inputs: Any) -> Any:
        return self.first(inputs)


def test_a_class_with_a_call(backend: str) -> None:
    """Trains as the same layers in a row; its weights are saved by the attributes that hold them."""
    net, row = Net(), gl.sequential([start(4, activation="tanh", input_shape=[3]), start(2)])
    for model in (net, row):
        model.compile(gl.train.sgd(0.1), "mse", metrics=["mae"])
    ours, theirs = (
        one.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_split=0.2).history
        for one in (net, row)
    )
    assert ours.pop("seen") == [0.0, 0.0] == ours.pop("val_seen") and net.modes == {True, False}
    assert ours == theirs and net.input_shape == (None, 3) and net.output_shape == (None, 2)
    memory, other = gl.io.from_memory(), Net()
    net.save_weights(memory)
    assert sorted(memory.artifacts.weights) == [
        "hidden/0/bias", "hidden/0/kernel", "hidden/1/bias", "hidden/1/kernel",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"load_weights: the model .* has no weights yet"):
        other.load_weights(memory)
    other.build([None, 3])
    other.load_weights(memory)
    np.testing.assert_array_equal(other.predict(X).numpy(), net.predict(X).numpy())
    net.save(memory)  # by its name: whoever loads it says what has that name
    with pytest.raises(ValueError, match=r"unknown layer class Net"):
        gl.load_layers_model(memory)
    with gl.custom_object_scope({"Net": Net}):
        loaded = gl.load_layers_model(memory)
    np.testing.assert_array_equal(loaded.predict(X).numpy(), net.predict(X).numpy())
    parts = [Parts(), Parts()]
    for one in parts:
        one.build([None, 3])
    parts[0].save_weights(memory)
    parts[1].load_weights(
        memory
    )  # layers of sequential parts are called otherwise, and lie in the same places
    np.testing.assert_array_equal(parts[1].predict(X).numpy(), parts[0].predict(X).numpy())
    with pytest.raises(ValueError, match="has no shapes yet: call it once"):
        _ = Net().inputs


class Stepping(Net):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with gl.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        found = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(found, self.trainable_variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
        self.seen.update_state(y)
        return {one.name: one.result() for one in self.metrics}


class Calling(Net):
    def train_step(self, data: Any) -> dict[str, Any]:
        return {**super().train_step(data), "extra": 1.0}


def test_steps_of_ones_own(backend: str) -> None:
    plain, own, calling = Net(), Stepping(), Calling()
    for model in (plain, own, calling):
        model.compile(gl.train.sgd(0.1), "mse")
    histories = [
        one.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0).history
        for one in (plain, own, calling)
    ]
    for found in histories[1:]:
        np.testing.assert_allclose(found["loss"], histories[0]["loss"], rtol=1e-5)
    assert histories[1]["seen"] == pytest.approx([Y.mean()] * 2, rel=1e-4) and histories[2]["extra"] == [1, 1]
    for one, other in zip(plain.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-6)
    held = own.fit(X, Y, validation_split=0.5, shuffle=False, verbose=0).history["val_loss"]
    assert held == pytest.approx([own.evaluate(X[15:], Y[15:], return_dict=True)["loss"]], rel=1e-5)


class Pair(gl.Model):
    """Neither call nor targets: only steps, as a GAN has."""

    def __init__(self) -> None:
        super().__init__()
        self.made = start(3)

    def train_step(self, data: Any) -> dict[str, Any]:
        batch = data
        with gl.GradientTape() as tape:
            loss = (self.made(batch["x"]) - batch["x"]).square().mean()
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, self.made.weights), self.made.weights, strict=True)
        )
        return {"d_loss": loss}

    def predict_step(self, data: Any) -> Any:
        return self.made(data["x"]) * 2.0


def test_a_model_of_steps_alone() -> None:
    model = Pair()
    model.compile(gl.train.sgd(0.1))
    found = model.fit({"x": X}, batch_size=10, epochs=4, verbose=0).history["d_loss"]
    assert found[-1] < found[0]
    np.testing.assert_allclose(
        model.predict({"x": X}, batch_size=7).numpy(), model.made(gl.tensor(X)).numpy() * 2, rtol=1e-5
    )


# -- data --------------------------------------------------------------------------------------------------


def pieces(size: int = 10) -> Iterator[tuple[Any, Any]]:
    for first in range(0, 30, size):
        yield X[first : first + size], Y[first : first + size]


class Numbered:
    def __len__(self) -> int:
        return 3

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        return X[i * 10 : i * 10 + 10], Y[i * 10 : i * 10 + 10]


def endless() -> Iterator[tuple[Any, Any]]:
    while True:
        yield from pieces()


@pytest.mark.parametrize(
    "data",
    [lambda: (endless(), 3), lambda: (pieces, None), lambda: (Numbered(), None), lambda: (list, None)],
    ids=["generator", "function", "sequence", "arrays"],
)
def test_data_of_all_kinds(data: Any) -> None:
    """All give what arrays give."""
    given, steps = data()
    model, other = straight(), straight()
    wanted = other.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0).history
    pair = (X, Y) if given is list else (given,)
    got = model.fit(*pair, batch_size=10, epochs=2, shuffle=False, verbose=0, steps_per_epoch=steps).history
    np.testing.assert_allclose(got["loss"], wanted["loss"], rtol=1e-6)


def test_a_metric_of_each_class_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    model = gl.sequential([start(3, activation="softmax", input_shape=[3])])
    model.compile("sgd", "categorical_crossentropy", metrics=[gl.metrics.F1Score()])
    hot = gl.to_categorical(CLASSES)
    history = model.fit(X, hot, verbose=2).history
    assert history["f1_score"][0].shape == (3,) and "f1_score [0." in capsys.readouterr().out
    assert len(model.evaluate(X, hot, verbose=1)) == 2 and "f1_score [0." in capsys.readouterr().out


def test_validation_every_other_epoch() -> None:
    model = straight()
    found = model.fit(X, Y, validation_data=[X, Y], validation_freq=2, epochs=5, verbose=0).history
    assert len(found["val_loss"]) == 2 and len(found["loss"]) == 5
    found = model.fit(X, Y, validation_split=0.2, validation_freq=[1, 4], epochs=5, verbose=0).history
    assert len(found["val_loss"]) == 2


def test_batches_of_ones_own(backend: str) -> None:
    seen = gl.metrics.MeanSquaredError(name="seen")
    model = straight(rate=0.0, metrics=["mae", seen])
    first = model.train_on_batch(X[:10], Y[:10], return_dict=True)
    assert list(first) == ["loss", "mae", "seen"]
    second = model.test_on_batch(X[10:], Y[10:], WEIGHTS[10:], return_dict=True)
    error = (model.predict(X).numpy() - Y) ** 2
    assert second["loss"] == pytest.approx((error[10:].mean(1) * WEIGHTS[10:]).mean(), rel=1e-4)
    assert first["seen"] == pytest.approx(error[:10].mean(), rel=1e-4)
    assert second["seen"] == pytest.approx(error[10:].mean(), rel=1e-4), (
        "of this batch alone, as in Keras 3.15"
    )
    model.reset_metrics()
    assert seen.result().item() == 0


# -- files -------------------------------------------------------------------------------------------------


def test_training_is_saved_and_loaded(backend: str) -> None:
    model = chances()
    model.compile(
        gl.train.sgd(0.1), gl.losses.BinaryCrossentropy(label_smoothing=0.1),
        metrics=["accuracy", gl.metrics.AUC(num_thresholds=20), gl.metrics.Precision(thresholds=0.4)],
        weighted_metrics=["mse"],
    )  # fmt: skip
    memory = gl.io.from_memory()
    model.save(memory, include_optimizer=True)
    config = json.loads(json.dumps(memory.artifacts.training_config))
    assert config["loss"]["class_name"] == "BinaryCrossentropy"
    assert config["metrics"][1]["config"]["num_thresholds"] == 20
    loaded = gl.load_layers_model(memory)
    assert loaded.metrics_names == model.metrics_names
    assert loaded.evaluate(X, SIDE) == pytest.approx(model.evaluate(X, SIDE), rel=1e-6)


def test_copies_train_on_alike() -> None:
    model = gl.sequential([start(1, input_shape=[3])])
    model.compile(
        gl.train.sgd(0.1),
        gl.losses.BinaryCrossentropy(from_logits=True),
        metrics=[gl.metrics.AUC(from_logits=True)],
    )
    model.fit(X, SIDE, verbose=0)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.evaluate(X, SIDE) == pytest.approx(model.evaluate(X, SIDE), rel=1e-6)


def test_configs_of_keras_3() -> None:
    """As keras 3.15 writes a metric and a loss into a file."""
    metric = {
        "module": "keras.metrics", "class_name": "AUC", "registered_name": None,
        "config": {"name": "area", "dtype": "float32", "num_thresholds": 20, "curve": "PR",
                   "summation_method": "interpolation", "multi_label": False, "num_labels": None,
                   "label_weights": None, "from_logits": True},
    }  # fmt: skip
    loss = {
        "module": "keras.losses", "class_name": "BinaryCrossentropy", "registered_name": None,
        "config": {"name": "binary_crossentropy", "reduction": "sum_over_batch_size", "from_logits": True,
                   "label_smoothing": 0.0, "axis": -1},
    }  # fmt: skip
    function = {
        "module": "builtins",
        "class_name": "function",
        "config": "mse",
        "registered_name": "function",
    }
    model = gl.sequential([start(1, input_shape=[3])])
    model.compile("sgd", loss, metrics=[metric, function])
    assert model.metrics_names == ["loss", "area", "mean_squared_error"]
    assert model.metrics[1].curve == "PR" and model.metrics[1].from_logits


def test_training_of_a_keras_2_file() -> None:
    """As keras 2.15 writes it into an .h5, and its converter into model.json."""
    model = gl.sequential([start(1, activation="sigmoid", input_shape=[3])])
    memory = gl.io.from_memory()
    model.save(memory)
    memory.artifacts.training_config = {
        "loss": {
            "class_name": "BinaryCrossentropy",
            "config": {"reduction": "auto", "name": "binary_crossentropy", "from_logits": False,
                       "label_smoothing": 0.1, "axis": -1, "fn": "binary_crossentropy"},
        },
        "metrics": [[{"class_name": "MeanMetricWrapper",
                      "config": {"name": "accuracy", "dtype": "float32", "fn": "binary_accuracy"}}]],
        "weighted_metrics": None, "loss_weights": None,
        "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.1}},
    }  # fmt: skip
    loaded = gl.load_layers_model(memory)
    assert (
        loaded.metrics_names == ["loss", "accuracy"]
        and loaded.trainer.objective("").losses[0].label_smoothing == 0.1
    )
    p = loaded.predict(X).numpy()
    assert loaded.evaluate(X, SIDE)[1] == pytest.approx(((p > 0.5) == SIDE).mean())
    again = gl.metrics.get({"class_name": "MeanMetricWrapper", "config": loaded.metrics[1].get_config()})
    assert again.fn is loaded.metrics[1].fn


def test_json_clones_and_scopes() -> None:
    model = gl.sequential([start(2, input_shape=[3]), Sparse()])
    with gl.custom_object_scope({"Sparse": Sparse}):
        again = gl.models.model_from_json(model.to_json())
        clone = gl.clone_model(model)
    for other in (again, clone):
        assert other.get_config() == model.get_config()
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(X).numpy(), model.predict(X).numpy())
    with pytest.raises(ValueError, match="unknown layer class Sparse"):
        gl.models.model_from_json(model.to_json())
    with pytest.raises(ValueError, match="the text is no JSON"):
        gl.models.model_from_json("{")


def test_arrays_made_ready() -> None:
    assert gl.to_categorical([[1], [0]], 2).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match="classes must lie in 0 to 1, got 0 to 2"):
        gl.to_categorical([0, 2], 2)
    rows = [[1], [2, 3, 4]]
    assert gl.pad_sequences(rows).tolist() == [[0, 0, 1], [2, 3, 4]]
    assert gl.pad_sequences(rows, 2, truncating="post", value=9).tolist() == [[9, 1], [2, 3]]


# -- wrong calls -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m: m.compile("sgd", "mse", metrics=["acuracy"]), "unknown metric 'acuracy': did you mean 'accuracy'"),
        (lambda m: m.compile("sgd", "huberr"), "unknown loss 'huberr': did you mean 'huber'"),
        (lambda m: m.compile("sgd", "mse", metrics=[3]), "must be a name, a saved config or a metric, got 3"),
        (lambda m: m.compile("sgd", "mse", loss_weights=[1.0, 2.0]), "1 outputs, but 2 loss_weights entries"),
        (lambda m: m.compile("sgd", "mse", loss_weights=[float("nan")]), "loss_weights must be finite numbers"),
        (lambda m: m.compile("sgd", "mse", metrics={"b": "mae"}), "metrics for b, but the outputs are"),
        (lambda m: m.fit(X, [Y, Y], verbose=0), "the model has 1 targets .* but 2 were given"),
        (lambda m: m.fit(X, Y, sample_weight=WEIGHTS[:9], verbose=0), r"as many examples, got \[9, 30\]"),
        (lambda m: m.fit(X, Y, sample_weight=Y, verbose=0), r"one number an example, got shape \[30, 2\]"),
        (lambda m: m.fit(pieces(), epochs=2, verbose=0), "cannot begin again for 2 epochs: give steps_per_epoch"),
        (lambda m: m.fit(pieces(), steps_per_epoch=4, verbose=0), "the generator ended after 3 batches"),
        (lambda m: m.fit(X, Y, validation_data=X, verbose=0), r"must be \(x, y\), \(x, y, weights\) or a data set"),
        (lambda m: m.fit(X, Y, validation_freq=0, verbose=0), "validation_freq must be at least 1, got 0"),
        (lambda m: m.evaluate(lambda: pieces(), sample_weight=WEIGHTS), "its own weights: leave sample_weight out"),
        (lambda m: m.compile("sgd") or m.fit(X, verbose=0), "the model has no loss: give compile one, or add_loss"),
        (lambda m: gl.metrics.AUC(curve="XYZ"), "curve must be one of ROC, PR, PRGAIN, got 'XYZ'"),
        (lambda m: gl.metrics.Precision(thresholds=[2.0]), r"thresholds must lie in \[0, 1\], got 2.0"),
        (lambda m: gl.metrics.Recall()([1.0], [[1.0, 0.0]]), r"targets \[1\] and predictions \[1, 2\] must have one shape"),
        (lambda m: gl.losses.Huber(deltas=1), "there is no argument 'deltas'"),
        (lambda m: gl.metrics.MeanIoU(num_classes=0), "num_classes must be at least 1, got 0"),
        (lambda m: gl.metrics.F1Score("mean"), "average must be None, 'micro', 'macro' or 'weighted', got 'mean'"),
    ],
)  # fmt: skip
def test_wrong_calls(call: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        call(straight())


def test_class_weights_are_numbers() -> None:
    with pytest.raises(ValueError, match="class_weight of class 1 must be a finite number, got nan"):
        class_weights([CLASSES], {0: 1.0, 1: float("nan"), 2: 1.0}, ["out"])
    model = gl.sequential([start(3, activation="softmax", input_shape=[3])])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"weights of its own \(sample_weight\)"):
        model.fit(X, CLASSES, sample_weight=WEIGHTS, class_weight={0: 1.0, 1: 1.0, 2: 1.0}, verbose=0)
