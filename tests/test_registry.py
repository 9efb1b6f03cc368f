"""Names: one spelling rule for all kinds, near misses, users' own things in models that are saved and loaded."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend import optimizers
from glbackend.base.registry import KINDS
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.training import callbacks, loss, metrics

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("get", "spellings"),
    [
        (activations.get, ("hardSigmoid", "hard_sigmoid", "HardSigmoid")),
        (initializers.get, ("heNormal", "he_normal", "HeNormal")),
        (constraints.get, ("maxNorm", "max_norm", "MaxNorm")),
        (regularizers.get, ("l1l2", "l1_l2", "L1L2")),
        (loss.get, ("meanSquaredError", "mean_squared_error", "MeanSquaredError", "mse", "MSE")),
        (metrics.METRICS.get, ("binaryAccuracy", "binary_accuracy", "BinaryAccuracy")),
        (optimizers.get, ("rmsprop", "RMSProp", "RMSprop", "rms_prop")),
        (callbacks.CALLBACKS.get, ("earlyStopping", "early_stopping", "EarlyStopping")),
    ],
)
def test_every_kind_knows_every_spelling(get: Any, spellings: tuple[str, ...]) -> None:
    first, *others = (get(one) for one in spellings)
    assert all(one is first or type(one) is type(first) for one in others)
    with pytest.raises(gl.errors.ArgumentError, match=rf"unknown .* {spellings[0]}x'.*did you mean '"):
        get(f" {spellings[0]}x")


def test_a_name_that_nothing_resembles_lists_all() -> None:
    with pytest.raises(
        gl.errors.ArgumentError, match="unknown constraint 'qqq': use one of non_neg, max_norm"
    ):
        constraints.get("qqq")
    with pytest.raises(gl.errors.ArgumentError, match=r"constraint: must be a name, .* got 3"):
        constraints.get(3)


def test_a_class_or_factory_may_be_given_uncalled() -> None:
    assert isinstance(initializers.get(gl.initializers.ones), initializers.Ones)
    assert initializers.get(gl.initializers.he_normal).get_config()["scale"] == 2.0


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    for registry in KINDS.values():
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_by_thing", dict(registry._by_thing))


def things() -> dict[str, Any]:
    """One thing of one's own of every kind that a file holds."""

    class Half(gl.initializers.Initializer):
        def __init__(self, value: float = 0.5) -> None:
            self.value = value

        def __call__(self, shape: Any) -> Any:
            return gl.fill(shape, self.value)

    class Cube(gl.regularizers.Regularizer):
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def __call__(self, weight: Any) -> Any:
            return (weight.abs() * weight.square()).sum() * self.factor

    class AtMost(gl.constraints.Constraint):
        def __init__(self, limit: float) -> None:
            self.limit = limit

        def __call__(self, weight: Any) -> Any:
            return weight.clip_by_value(-self.limit, self.limit)

    class Slow(optimizers.SGD):
        def __init__(self, factor: float = 0.5) -> None:
            super().__init__(0.1 * factor)
            self.factor = factor

        def get_config(self) -> dict[str, Any]:
            return {"factor": self.factor}

    class Twice(gl.layers.Layer):
        def __init__(self, factor: float = 2.0, **options: Any) -> None:
            super().__init__(**options)
            self.factor = factor

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    def bent(x: Any) -> Any:
        return x * 0.5 + x.square() * 0.25

    def far(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred).abs().max(-1)

    def near(y_true: Any, y_pred: Any) -> Any:
        return ((y_true - y_pred).abs() < 1.0).cast("float32").mean(-1)

    group = (Half, Cube, AtMost, Slow, Twice, bent, far, near)
    return {one.__name__: one for one in group}


KIND_OF_FUNCTION = {"bent": "activation", "far": "loss", "near": "metric"}


def model(mine: dict[str, Any]) -> Any:
    made = gl.sequential([
        gl.layers.dense(
            units=3, input_shape=[3], activation=mine["bent"], kernel_initializer=mine["Half"](0.25),
            kernel_regularizer=mine["Cube"](0.5), kernel_constraint=mine["AtMost"](limit=0.3),
        ),
        mine["Twice"](3.0),
    ])  # fmt: skip
    made.compile(mine["Slow"](0.25), mine["far"], metrics=[mine["near"]])
    return made


def check_restored(made: Any, loaded: Any) -> None:
    """Configs, values, training: all as in the model that was saved."""
    assert loaded.get_config() == made.get_config()
    assert loaded.optimizer.get_config() == {"factor": 0.25}
    np.testing.assert_array_equal(loaded.predict(X).numpy(), made.predict(X).numpy())
    steps = [one.train_on_batch(X, X) for one in (made, loaded)]
    assert steps[0] == steps[1] and len(steps[0]) == 2
    np.testing.assert_array_equal(loaded.get_weights()[0].numpy(), made.get_weights()[0].numpy())
    assert abs(loaded.get_weights()[0].numpy()).max() <= 0.3


def test_own_things_are_saved_and_loaded(own: None, backend: str) -> None:
    mine, memory = things(), gl.io.from_memory()
    made = model(mine)
    made.save(memory, include_optimizer=True)
    with pytest.raises(
        gl.errors.ModelFormatError, match=r"unknown layer class Twice: add yours with gl.register"
    ):
        gl.load_layers_model(memory)
    for name, thing in mine.items():
        assert gl.register(thing, kind=KIND_OF_FUNCTION.get(name)) is thing
    check_restored(made, gl.load_layers_model(memory))
    dense = gl.layers.dense(units=1, activation="bent", kernel_initializer="half", kernel_constraint=None)
    assert dense(gl.ones([1, 2])).item() == 0.75  # known by name, as what is built in


def test_own_things_for_one_load(own: None) -> None:
    mine, memory = things(), gl.io.from_memory()
    made = model(mine)
    made.save(memory, include_optimizer=True)
    check_restored(made, gl.load_layers_model(memory, custom_objects=mine))
    with pytest.raises(gl.errors.ModelFormatError, match="unknown layer class Twice"):
        gl.load_layers_model(memory)


def test_names_that_are_taken(own: None) -> None:
    class Dense(gl.layers.Layer):
        pass

    def relu(x: Any) -> Any:
        return x

    with pytest.raises(gl.errors.ArgumentError, match="the layer name 'Dense' is built in: give it another"):
        gl.register(Dense)
    with pytest.raises(gl.errors.ArgumentError, match="'relu' is built in"):
        gl.register(relu, kind="activation")
    with pytest.raises(gl.errors.ArgumentError, match="relu has no name of its own to be saved by"):
        gl.layers.activation(relu).get_config()
    with pytest.raises(gl.errors.ArgumentError, match="no name of its own"):
        gl.layers.activation(lambda x: x).get_config()
    gl.register(relu, kind="activation", name="straight")
    assert gl.layers.activation(relu).get_config()["activation"] == "straight"

    def straight(x: Any) -> Any:
        return x + 1.0

    gl.register(straight, kind="activation")  # one's own may be replaced
    assert gl.layers.activation("straight")(gl.tensor([1.0])).item() == 2.0


def test_what_register_refuses(own: None) -> None:
    def far(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    with pytest.raises(gl.errors.ArgumentError, match="say of what kind far is, kind=one of"):
        gl.register(far)
    with pytest.raises(gl.errors.ArgumentError, match="far is no losss: kinds are"):
        gl.register(far, kind="losss")
    with pytest.raises(gl.errors.ArgumentError, match="Layer is no initializer"):
        gl.register(gl.layers.Layer, kind="initializer")
    with pytest.raises(gl.errors.ArgumentError, match="say of what kind int is"):
        gl.register(int)
    assert gl.serialization.register_class is gl.register


def test_an_argument_that_is_not_kept_is_told(own: None) -> None:
    class Forgetful(gl.layers.Layer):
        def __init__(self, factor: Any, **options: Any) -> None:
            super().__init__(**options)

    with pytest.raises(gl.errors.ArgumentError, match="its argument 'factor' is saved from the attribute"):
        Forgetful(gl.layers.Dense(2)).get_config()
    assert Forgetful(2.0).get_config()["factor"] == 2.0  # plain values are kept, as in Keras
