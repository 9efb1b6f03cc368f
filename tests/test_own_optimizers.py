"""Optimizers with an `update_step` and `build` of a user's, as Keras has them written, and its numbers."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, ShapeError, TraceError

import glbackend as gl
from glbackend import ops

# losses of `trained`, by Keras 3.15.1
KERAS: list[tuple[dict[str, Any], list[float]]] = [
    ({}, [2.4243, 1.92917, 1.70694, 1.57009]),
    ({"weight_decay": 0.1, "clipnorm": 0.3}, [2.42685, 1.93441, 1.72485, 1.60469]),
    ({"clipvalue": 0.05, "amount": 0.1}, [2.41053, 1.846, 1.55904, 1.36358]),
    ({"global_clipnorm": 0.2}, [2.42732, 1.92474, 1.69642, 1.55574]),
]


@gl.register
class Mine(gl.optimizers.Optimizer):
    def __init__(
        self,
        learning_rate: Any = 0.05,
        beta: float = 0.9,
        amount: float = 0.5,
        name: Any = "mine",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta, self.amount = beta, amount

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._m, self._v = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        self.extra = []
        for v in variables:
            self.extra.append(
                self.add_variable_from_reference(reference_variable=v, name="extra", initializer="ones")
            )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        lr = ops.cast(learning_rate, variable.dtype)
        step = ops.cast(self.iterations + 1, variable.dtype)
        i = self._get_variable_index(variable)
        m, v, e = self._m[i], self._v[i], self.extra[i]
        self.assign(m, ops.add(ops.multiply(m, self.beta), ops.multiply(gradient, 1 - self.beta)))
        self.assign_add(v, ops.square(gradient) - v * 0.1)
        self.assign_sub(e, e * self.amount * 0.1)
        correction = 1 - ops.power(ops.cast(self.beta, variable.dtype), step)
        self.assign_sub(variable, ops.divide(ops.multiply(m, lr * e), correction * (ops.sqrt(v) + 1e-3)))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"beta": self.beta, "amount": self.amount}


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 4)).astype("f4")
    return x, x @ rng.normal(size=(4, 2)).astype("f4")


def compiled(**options: Any) -> Any:
    model = gl.Sequential([gl.Input((4,)), gl.layers.Dense(3, activation="tanh"), gl.layers.Dense(2)])
    first, second = np.linspace(-1, 1, 12).reshape(4, 3), np.linspace(-0.5, 0.5, 6).reshape(3, 2)
    model.set_weights([np.array(one, "f4") for one in (first, np.zeros(3), second, np.zeros(2))])
    model.compile(Mine(**options), "mse")
    return model


def losses(model: Any, epochs: int = 4) -> list[float]:
    return model.fit(*data(), epochs=epochs, batch_size=8, shuffle=False, verbose=0).history["loss"]


def own_state(model: Any) -> list[Any]:
    return [one.numpy() for one in model.optimizer.variables]


@pytest.mark.parametrize(("options", "wanted"), KERAS)
def test_it_trains_as_in_keras(options: dict[str, Any], wanted: list[float], backend: str) -> None:
    assert losses(compiled(**options)) == pytest.approx(wanted, abs=2e-5)


def test_its_state_is_that_of_keras_in_its_order() -> None:
    model = compiled()
    losses(model)
    sums = [float(one.sum()) for one in own_state(model)]
    assert sums[0] == 16 and model.optimizer.iterations == 16
    keras = [
        0.05,
        -0.1084,
        1.0486,
        0.088,
        0.1618,
        -2.6609,
        26.6866,
        -0.0599,
        4.2519,
        5.2815,
        1.3204,
        2.6408,
        0.8803,
    ]
    assert sums[1:] == pytest.approx(keras, abs=2e-3)
    ends = [one.name.rpartition("_")[2] for one in model.optimizer.variables[2:]]
    assert ends == ["momentum", "velocity"] * 4 + ["extra"] * 4


@pytest.mark.parametrize("ending", ["keras", "json"])
def test_a_saved_one_trains_on(ending: str, tmp_path: Any) -> None:
    model = compiled()
    losses(model, 2)
    if ending == "keras":
        model.save(tmp_path / "own.keras")
        again = gl.load_model(tmp_path / "own.keras")
    else:
        model.save(tmp_path, include_optimizer=True)
        again = gl.load_layers_model(tmp_path)
    assert isinstance(again.optimizer, Mine) and again.optimizer.iterations == 8
    for one, other in zip(own_state(model), own_state(again), strict=True):
        assert np.array_equal(one, other)
    assert losses(model, 2) == losses(again, 2)


def test_what_does_not_go_is_said() -> None:
    class Empty(gl.optimizers.Optimizer):
        pass

    with pytest.raises(
        ArgumentError, match=r"give the class an update_step\(self, gradient, variable, learning_rate\)"
    ):
        Empty(0.1)
    with pytest.raises(ArgumentError, match="no use_ema, gradient_accumulation_steps"):
        Mine(use_ema=True)
    w, other, mine = gl.variable([1.0, 2.0]), gl.variable(1.0), Mine()
    mine.minimize(lambda: (w * w).sum())
    with pytest.raises(ArgumentError, match="was not built with"):
        mine.minimize(lambda: other * other)
    with pytest.raises(ArgumentError, match="have one 'extra' alone"):
        mine.add_variable_from_reference(w, "extra")
    with pytest.raises(ShapeError, match="must be numbers, of its shape"):
        mine.restore(3, [(w, [np.ones(3)] * 3)])
    with pytest.raises(TraceError, match="runs op by op"):
        gl.function(lambda: mine.minimize(lambda: (w * w).sum()))()
    assert mine.iterations == 1


def test_a_subclass_of_ours_with_its_own_step() -> None:
    class Plain(gl.optimizers.SGD):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            variable.assign_sub(gradient * learning_rate * 2.0)

    w = gl.variable(3.0)
    Plain(0.1).apply([gl.scalar(1.0)], [w])
    assert w.item() == pytest.approx(2.8)
