"""Optimizers with an `update_step` and `build` of a user's, as Keras has them written, and its numbers."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, CallError, DtypeError, ShapeError, TraceError

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


@gl.register
class Paced(gl.optimizers.Optimizer):
    """With variables that belong to no weight, made before the others, between them and of whole numbers."""

    def __init__(self, learning_rate: Any = 0.05, name: Any = "paced", **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.before = self.add_variable((), "ones", name="before")

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")
        self.product = self.add_variable(shape=(), initializer="ones", name="product")
        self.steps = self.add_variable((2,), dtype="int32", name="steps")
        self.sums, self.ones = self.add_optimizer_variables(variables, ["sum", "one"], ["zeros", "ones"])

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        i = self._get_variable_index(variable)
        self.assign(self.momentums[i], self.momentums[i] * 0.9 + gradient)
        if i == 0:
            self.assign(self.product, self.product * 0.9)
            self.assign_add(self.steps, ops.ones((2,), "int32"))
        self.assign_add(self.ones[i], gradient)
        self.assign_sub(variable, self.momentums[i] * learning_rate * self.product)


def paced() -> Any:
    model = compiled()
    model.compile(Paced(), "mse")
    return model


def test_variables_of_no_weight_stand_where_keras_has_them(backend: str) -> None:
    model = paced()
    assert losses(model, 2) == pytest.approx([2.35054, 1.13184], abs=2e-5)  # by Keras 3.15.1, as the rest
    names = [one.name.rpartition("_")[2].rpartition("/")[2] for one in model.optimizer.variables]
    weights = ["sum", "one"] * 4
    wanted = ["iteration", "rate", "before", *["momentum"] * 4, "product", "steps", *weights]
    assert names == wanted
    sums = [float(one.sum()) for one in own_state(model)]
    assert sums[2:9] == pytest.approx([1, -2.9734, 1.0604, -14.4884, -0.5048, 0.4305, 16], abs=2e-3)
    assert sums[9:] == pytest.approx([0, 8.5485, 0, 4.2477, 0, -18.092, 0, 0.6886], abs=2e-3)
    model.optimizer.variables[7].assign(1.0)
    assert model.optimizer.product.item() == 1.0


@pytest.mark.parametrize("ending", ["keras", "json", "weights", "backup"])
def test_variables_of_no_weight_are_saved(ending: str, tmp_path: Any) -> None:
    model = paced()
    losses(model, 2)
    if ending == "keras":
        model.save(tmp_path / "own.keras")
        again = gl.load_model(tmp_path / "own.keras")
    elif ending == "json":
        model.save(tmp_path, include_optimizer=True)
        again = gl.load_layers_model(tmp_path)
    else:
        again = paced()
        again.set_weights(model.get_weights())
        again.optimizer.build(again.trainable_weights)
        again.optimizer.set_weights(model.optimizer.get_weights(), again.trainable_weights)
    if ending == "backup":
        keep = gl.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
        options: Any = {"batch_size": 8, "shuffle": False, "verbose": 0, "callbacks": [keep]}
        paced().fit(*data(), epochs=2, **options)
        again = paced()
        assert again.fit(*data(), epochs=3, **options).history["loss"] == pytest.approx([0.87709], abs=2e-5)
        return
    for one, other in zip(own_state(model), own_state(again), strict=True):
        assert np.array_equal(one, other) and one.dtype == other.dtype
    assert losses(again, 2) == pytest.approx([0.87709, 0.82062], abs=2e-5)


def test_variables_of_no_weight_in_a_class_of_ours() -> None:
    class Counting(gl.optimizers.SGD):
        def __init__(self) -> None:
            super().__init__(0.5, momentum=0.5)
            self.seen = [
                self.add_variable((2,), gl.initializers.Constant(3.0), name="seen") for _ in range(2)
            ]

    counting, other = Counting(), Counting()
    w = gl.variable([1.0, 2.0], name="w")
    counting.minimize(lambda: (w * w).sum())
    counting.seen[1].assign([5.0, 6.0])
    assert [one.name for one in counting.variables][2:] == [
        "counting/w_momentum",
        "counting/seen",
        "counting/seen:1",
    ]
    other.set_weights(counting.get_weights(), [w])
    assert other.seen[1].numpy().tolist() == [5.0, 6.0] and other.seen[0].numpy().tolist() == [3.0, 3.0]
    with pytest.raises(ArgumentError, match="1 variables have 4 weights of state, but 3"):
        other.set_weights(counting.get_weights()[:-1], [w])
    with pytest.raises(ShapeError, match="must be numbers, of its shape"):
        other.restore(1, [(other.seen[0], [np.ones(3, np.float32)])])
    with pytest.raises(ArgumentError, match="initializer must be 'zeros', 'ones' or an object"):
        other.add_variable((), "random_normal")
    with pytest.raises(ArgumentError, match="an initializer of each of 2 names, got 1"):
        Paced().add_optimizer_variables([w], ["a", "b"], ["zeros"])


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"shape": "x"}, CallError, "argument 'shape' must be"),
        ({"shape": (-1,)}, ShapeError, r"shape \[-1\] must hold whole numbers"),
        ({"shape": (2,), "dtype": "int64"}, DtypeError, "'int32' is nearest"),
        ({"shape": (2,), "initializer": "glorot"}, ArgumentError, "initializer must be 'zeros', 'ones'"),
    ],
)
def test_variables_that_cannot_be_added(options: Any, error: Any, said: str) -> None:
    optimizer = gl.optimizers.SGD(0.1)
    with pytest.raises(error, match=said):
        optimizer.add_variable(**options)
    assert optimizer.added == []
