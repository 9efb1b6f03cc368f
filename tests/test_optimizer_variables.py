"""`optimizer.variables`: what Keras 3.15 has there, in its order, by its names, with its values; and assigned."""

from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, ShapeError, TraceError

import glbackend as gl

W, B = np.array([[1.0, 2.0], [3.0, 4.0]], "f4"), np.array([5.0, 6.0], "f4")
DW, DB = np.array([[0.5, 0.5], [0.5, 0.5]], "f4"), np.array([1.0, 1.0], "f4")
# the first element of each after one step of gradients 0.5 and 1, rate 0.5, from ones, as Keras 3.15 has them
KERAS: dict[str, tuple[str, dict[str, Any], list[tuple[str, float]]]] = {
    "sgd": ("SGD", {}, []),
    "momentum": ("SGD", {"momentum": 0.9}, [("w_momentum", -0.25), ("b_momentum", -0.5)]),
    "adam": ("Adam", {}, [("w_momentum", 0.05), ("w_velocity", 0.00025), ("b_momentum", 0.1), ("b_velocity", 0.001)]),
    "amsgrad": (
        "Adam", {"amsgrad": True},
        [("w_momentum", 0.05), ("w_velocity", 0.00025), ("b_momentum", 0.1), ("b_velocity", 0.001),
         ("w_velocity_hat", 0.00025), ("b_velocity_hat", 0.001)],
    ),
    "rmsprop": (
        "RMSprop", {"momentum": 0.9, "centered": True},
        [("w_velocity", 0.025), ("b_velocity", 0.1), ("w_momentum", 1.6666629), ("b_momentum", 1.6666658),
         ("w_average_gradient", 0.05), ("b_average_gradient", 0.1)],
    ),
    "adagrad": ("Adagrad", {}, [("w_accumulator", 0.35), ("b_accumulator", 1.1)]),
    "adadelta": (
        "Adadelta", {},
        [("w_accumulated_grad", 0.0125), ("w_accumulated_delta_var", 9.9999191e-08), ("b_accumulated_grad", 0.05),
         ("b_accumulated_delta_var", 9.9999788e-08)],
    ),
    "adamax": ("Adamax", {}, [("w_momentum", 0.05), ("w_norm", 0.5), ("b_momentum", 0.1), ("b_norm", 1.0)]),
    "nadam": (
        "Nadam", {},
        [("w_momentum", 0.05), ("w_velocity", 0.00025), ("b_momentum", 0.1), ("b_velocity", 0.001), ("variable", 0.46799996)],
    ),
    "adafactor": (
        "Adafactor", {},
        [("w", 0.25), ("w", 0.25), ("w_velocity", 0.25), ("b", 0.0), ("b", 0.0), ("b_velocity", 1.0)],
    ),
    "lion": ("Lion", {}, [("w_momentum", 0.005), ("b_momentum", 0.01)]),
    "options": (
        "AdamW", {"use_ema": True, "gradient_accumulation_steps": 2},
        [("w_average", 1.0), ("b_average", 1.0), ("w_gradient_accumulator", 0.5), ("b_gradient_accumulator", 1.0),
         ("w_momentum", 0.0), ("w_velocity", 0.0), ("b_momentum", 0.0), ("b_velocity", 0.0)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", KERAS)
def test_stand_in_keras_order(case: str, backend: str) -> None:
    name, options, slots = KERAS[case]
    optimizer = getattr(gl.optimizers, name)(learning_rate=0.5, name="opt", **options)
    weights = [gl.Variable(np.ones_like(one), name=key) for key, one in (("w", W), ("b", B))]
    assert [one.path for one in optimizer.variables if one.path != "variable"] == [
        "opt/iteration",
        "opt/learning_rate",
    ]
    optimizer.build(weights)
    optimizer.apply([gl.tensor(DW), gl.tensor(DB)], weights)
    found = [(one.path, float(one.numpy().ravel()[0])) for one in optimizer.variables]
    assert found[:2] == [("opt/iteration", 1.0), ("opt/learning_rate", 0.5)]
    assert [path.removeprefix("opt/") for path, _ in found[2:]] == [path for path, _ in slots]
    np.testing.assert_allclose([one for _, one in found[2:]], [one for _, one in slots], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"momentum": 0.5}), ("Adam", {}), ("RMSprop", {"momentum": 0.9})]
)
def test_what_is_assigned_decides_the_next_step(name: str, options: dict[str, Any], backend: str) -> None:
    """The state of one handed over to another: both then go on alike."""
    pair = [getattr(gl.optimizers, name)(0.25, **options) for _ in range(2)]
    weights = [gl.Variable(W) for _ in pair]
    for _ in range(2):
        pair[0].apply([gl.tensor(DW)], weights[:1])
    pair[1].build(weights[1:])
    weights[1].assign(weights[0].numpy())
    for one, other in zip(pair[1].variables, pair[0].variables, strict=True):
        assert one.assign(other.numpy()) is one
    assert pair[1].iterations == 2
    for optimizer, weight in zip(pair, weights, strict=True):
        optimizer.apply([gl.tensor(DW * 3)], [weight])
    np.testing.assert_allclose(weights[0].numpy(), weights[1].numpy(), rtol=1e-6)
    pair[0].variables[1].assign(0.125)
    assert pair[0].learning_rate == 0.125


def test_are_tensors(backend: str) -> None:
    optimizer, weight = gl.optimizers.SGD(0.5, momentum=0.5), gl.Variable(B, name="dense/bias")
    optimizer.apply([gl.tensor(DB)], [weight])
    count, rate, momentum = optimizer.variables
    assert (momentum.path, momentum.shape, count.dtype, rate.dtype) == (
        "sgd/dense_bias_momentum",
        (2,),
        "int32",
        "float32",
    )
    assert (momentum * 2 + rate).numpy().tolist() == [-0.5, -0.5]
    optimizer.apply([gl.tensor(DB)], [weight])
    assert (count.item(), momentum.numpy().tolist()) == (2, [-0.75, -0.75])
    for one in optimizer.variables:
        one.assign(gl.ops.zeros_like(one))
    assert (optimizer.iterations, optimizer.learning_rate) == (0, 0.0)


def test_a_schedule_is_no_variable() -> None:
    schedule = gl.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    assert [one.path for one in gl.optimizers.Adam(schedule).variables] == ["adam/iteration"]


def test_wrong_calls_are_errors() -> None:
    gl.set_backend("cpu")
    optimizer, weight = gl.optimizers.Nadam(0.5), gl.Variable(B)
    optimizer.build([weight])
    with pytest.raises(ShapeError, match=r"'nadam/learning_rate' has shape \[\], got \[2\]"):
        optimizer.variables[1].assign([1.0, 2.0])
    with pytest.raises(ArgumentError, match="follows from the rest"):
        optimizer.variables[-1].assign(1.0)
    rate = optimizer.variables[1]
    with pytest.raises(TraceError, match="read it before"):
        gl.function(lambda x: x * rate)(gl.tensor([1.0]))


def test_value_of_a_variable_and_gradients_in_a_structure() -> None:
    """As Keras's `Variable.value`: what was read stays, and gradients go through it."""
    w, b, other = gl.Variable([1.0, 2.0]), gl.Variable(3.0), gl.Variable(1.0)
    before = w.value
    with gl.GradientTape(persistent=True) as tape:
        y = (w.value * w.value).sum() * b
    w.assign([5.0, 6.0])
    assert before.numpy().tolist() == [1.0, 2.0] and type(before) is gl.Tensor
    assert gl.Variable(True, dtype="bool").value.dtype == "bool"
    found = tape.gradient(y, {"w": w, "rest": (b, [other])})
    assert found["w"].numpy().tolist() == [6.0, 12.0]
    assert isinstance(found["rest"], tuple) and found["rest"][0].item() == 5.0 and found["rest"][1] == [None]
    assert tape.gradient(y, []) == []
    for wrong in ({"w": 3.0}, [w, None], {w}, "w"):
        with pytest.raises(gl.errors.ArgumentError, match="a list or dict of tensors as sources"):
            tape.gradient(y, wrong)
