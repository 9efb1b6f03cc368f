"""What a user defines, and all that it holds, goes when nobody has it any more: notebooks define things anew."""

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import glbackend as gl

X, Y = np.ones((8, 4), np.float32), np.ones((8, 3), np.float32)


def defined_and_used() -> dict[str, Callable[[], Any]]:
    held = gl.tensor(np.ones(7, np.float32))

    class Mine(gl.layers.Layer):
        def __init__(self, units: int = 3, **options: Any) -> None:
            super().__init__(**options)
            self.units = units

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight("kernel", (input_shape[-1], self.units))

        def call(self, inputs: Any) -> Any:
            return inputs @ self.kernel + held[0]

    class MyModel(gl.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = gl.layers.Dense(3)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) + held[0]

    class MyLoss(gl.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return gl.mean(gl.abs(y_true - y_pred), -1) + held[0]

    class MyMetric(gl.metrics.Metric):
        def __init__(self, name: str = "mine", **options: Any) -> None:
            super().__init__(name=name, **options)
            self.total = self.add_weight("total")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.total.assign_add(gl.sum(y_pred) * held[0])

        def result(self) -> Any:
            return self.total

    class MyRegularizer(gl.regularizers.Regularizer):
        def __call__(self, x: Any) -> Any:
            return gl.sum(x * x) * held[0]

    class MyCallback(gl.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            assert held.size == 7

    class MyOptimizer(gl.optimizers.SGD):
        factor = held

    def activation(x: Any) -> Any:
        return x * held[0]

    def loss(y: Any, p: Any) -> Any:
        return gl.mean(gl.square(y - p)) * held[0]

    wrong: list[Callable[[], Any]] = [
        lambda: Mine(units="x", more=3), lambda: Mine()(np.ones(())), lambda: MyLoss()(1, 2, 3, 4, 5),
        lambda: MyMetric(more=1), lambda: MyOptimizer("x", more=2), lambda: Mine().nothing, lambda: MyModel()(1, 2, 3),
        lambda: gl.function(activation)("a"), lambda: gl.layers.dense(units=2, activation=activation, more=1),
    ]  # fmt: skip
    for call in wrong:
        with suppress(gl.errors.GlbackendError, TypeError, ValueError, AttributeError, IndexError):
            call()
    dense = gl.layers.dense(
        units=5, activation=activation, kernel_regularizer=MyRegularizer(), input_shape=[4]
    )
    own, model = gl.sequential([dense, Mine()]), MyModel()
    own.compile(MyOptimizer(0.1), MyLoss(), metrics=[MyMetric()])
    model.compile("sgd", loss)
    for one in own, model:
        one.fit(X, Y, epochs=2, verbose=0, callbacks=[MyCallback()])
        one.predict(X)
        assert repr(one) and not hasattr(one.layers[-1], "nothing")
    assert Mine().get_config()["units"] == 3
    captured = gl.function(activation)
    assert captured(gl.ones([2])).size == captured(gl.ones([3])).size - 1 == 2
    things = (Mine, MyModel, MyLoss, MyMetric, MyRegularizer, MyCallback, MyOptimizer, activation, loss)
    return {one.__name__: weakref.ref(one) for one in things}


@pytest.mark.filterwarnings("ignore")
def test_nothing_keeps_what_a_user_defines() -> None:
    found = defined_and_used()
    gc.collect()
    assert [name for name, one in found.items() if one() is not None] == []


@pytest.mark.parametrize("ending", ["weights.h5", "keras"])
def test_weights_of_layers_whose_class_takes_no_name(ending: str, tmp_path: Any) -> None:
    """Entries of a row name such layers not: their weights go by their place."""

    @gl.register
    class Nameless(gl.layers.Layer):
        def __init__(self, units: int = 3) -> None:
            super().__init__()
            self.units, self.inner = units, gl.layers.Dense(units)

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    def model() -> gl.Sequential:
        return gl.Sequential([gl.Input((4,)), Nameless(5), gl.layers.Dense(2), Nameless()])

    first, second = model(), model()
    if ending == "keras":
        first.save(tmp_path / "a.keras")
        second = gl.load_model(tmp_path / "a.keras")
    else:
        first.save_weights(tmp_path / "a.weights.h5")
        second.load_weights(tmp_path / "a.weights.h5")
    assert all(
        np.array_equal(a.numpy(), b.numpy()) for a, b in zip(first.weights, second.weights, strict=True)
    )


@gl.register
class Wide(gl.Model):
    def __init__(self, units: int, act: str = "relu", sizes: Any = (3, 4), name: Any = None) -> None:
        super().__init__(name=name)
        self.inner, self.units = gl.layers.Dense(units * 2, activation=act), units * 2
        self.rest = [gl.layers.Dense(one) for one in sizes]

    def call(self, inputs: Any) -> Any:
        for one in (self.inner, *self.rest):
            inputs = one(inputs)
        return inputs


@gl.register
class Scaling(gl.layers.Layer):
    def __init__(self, by: float, **options: Any) -> None:
        super().__init__(**options)
        self.factor = by * 2.0
        self.by = self.factor  # no argument any more

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


@pytest.mark.parametrize("frozen", [False, True])
def test_a_class_without_a_config_is_saved_by_what_it_was_made_of(frozen: bool, tmp_path: Any) -> None:
    """As Keras does: by plain arguments, as they were given, whatever the attributes are."""
    model = Wide(3, sizes=[2, 5], name="wide")
    wanted = model(gl.tensor(X)).numpy()
    model.trainable = not frozen
    assert model.get_config() == {"units": 3, "act": "relu", "sizes": [2, 5], "name": "wide"} | (
        {"trainable": False} if frozen else {}
    )
    model.save(tmp_path / "a.keras")
    again = gl.load_model(tmp_path / "a.keras")
    assert (
        isinstance(again, Wide)
        and again.units == 6
        and again.name == "wide"
        and again.trainable is not frozen
    )
    assert np.array_equal(again(gl.tensor(X)).numpy(), wanted)
    row = gl.Sequential([gl.Input((4,)), Scaling(1.5, name="s")])
    assert row.layers[0].get_config()["by"] == 1.5
    row.save(tmp_path / "b.keras")
    assert np.array_equal(gl.load_model(tmp_path / "b.keras").predict(X, verbose=0).numpy(), X * 3)
    assert (
        Wide.from_config({"units": 1, "trainable": True, "dtype": "float32"}).units == 2
    )  # as Keras writes it


def test_a_class_made_of_more_than_plain_values_says_so(tmp_path: Any) -> None:
    class Around(gl.Model):
        def __init__(self, layer: Any, *rest: Any) -> None:
            super().__init__()
            self.inner = layer

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    for model in (Around(gl.layers.Dense(2)), Around(None, 1)):
        with pytest.raises(
            gl.errors.ArgumentError, match="made of more than numbers and texts: give the class a get_con"
        ):
            model.get_config()
