"""Optimizers with Keras's arguments and options, and schedules, against what Keras gives."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.testing.check import using

GOLDEN = json.loads((Path(__file__).parent / "golden" / "optimizers.json").read_text())


def named(one: dict[str, Any]) -> str:
    given = one.get("arguments") or one["config"]
    return "-".join([one["class"], *(key for key in given if key not in ("learning_rate", "epsilon"))])[:70]


def made(one: dict[str, Any]) -> Any:
    return getattr(gl.optimizers, one["class"])(**one["arguments"])


def start() -> list[gl.Variable]:
    return [gl.variable(value, name=f"v{i}") for i, value in enumerate(GOLDEN["start"])]


def slopes(variables: list[gl.Variable]) -> list[gl.Tensor]:
    return [one - gl.tensor(target) for one, target in zip(variables, GOLDEN["targets"], strict=True)]


def equal(variables: list[gl.Variable], wanted: Any) -> None:
    for one, values in zip(variables, wanted, strict=True):
        np.testing.assert_allclose(one.numpy(), values, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("one", GOLDEN["optimizers"], ids=named)
def test_steps_are_those_of_keras(one: dict[str, Any], backend: str) -> None:
    optimizer, variables = made(one), start()
    for wanted in one["history"]:
        optimizer.apply_gradients(zip(slopes(variables), variables, strict=True))
        equal(variables, wanted)
    optimizer.finalize_variable_values(variables)
    equal(variables, one["final"])


@pytest.mark.parametrize("one", GOLDEN["optimizers"], ids=named)
def test_a_state_and_a_config_go_on(one: dict[str, Any]) -> None:
    """What files hold of an optimizer makes one that goes on as if nothing had happened."""
    first, variables = made(one), start()
    for _ in range(3):
        first.apply_gradients(zip(slopes(variables), variables, strict=True))
    state, saved = first.get_weights(), json.loads(json.dumps(gl.optimizers.serialize(first)))
    second = gl.optimizers.deserialize(saved)
    assert type(second) is type(first) and gl.optimizers.serialize(second) == saved
    second.set_weights(state, variables)
    for wanted in one["history"][3:]:
        second.apply_gradients(zip(slopes(variables), variables, strict=True))
        equal(variables, wanted)


@pytest.mark.parametrize("one", GOLDEN["schedules"], ids=named)
def test_schedules_are_those_of_keras(one: dict[str, Any]) -> None:
    rate = getattr(gl.optimizers.schedules, one["class"])(**one["config"])
    np.testing.assert_allclose([rate(step) for step in range(14)], one["rates"], rtol=2e-6, atol=1e-8)
    again = gl.optimizers.schedules.deserialize(gl.optimizers.schedules.serialize(rate))
    assert [again(step) for step in range(14)] == [rate(step) for step in range(14)]


def test_options_cost_no_pass(webgl: Any) -> None:
    """All of them but norms are part of the one pass a variable."""
    with using(webgl):
        options = {"clipvalue": 1.0, "weight_decay": 0.1, "use_ema": True, "gradient_accumulation_steps": 2}
        optimizer, variables = gl.optimizers.Adam(0.1, amsgrad=True, **options), start()
        gradients = slopes(variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        before = webgl.draw_count
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        assert webgl.draw_count == before + 2


def test_nothing_is_read(webgl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with using(webgl):
        for optimizer in (gl.optimizers.Lamb(0.1, global_clipnorm=1.0), gl.optimizers.Adam(clipnorm=1.0)):
            variables = start()
            gradients = slopes(variables)
            monkeypatch.setattr(type(webgl), "read", lambda *_: pytest.fail("read back"), raising=False)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            monkeypatch.undo()


@pytest.mark.parametrize("every", [None, 2])
def test_replays_are_eager_steps(every: int | None, backend: str) -> None:
    """A recorded step asks for the rate, for whether it applies, and for whether means overwrite."""
    from glbackend.testing.interpret import replay

    def optimizer() -> Any:
        rate = gl.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
        return gl.optimizers.Nadam(
            rate, use_ema=True, ema_overwrite_frequency=2, gradient_accumulation_steps=every, clipvalue=1.5
        )

    one, other = optimizer(), optimizer()
    eager, replayed = start(), start()
    one.apply_gradients(zip(slopes(eager), eager, strict=True))
    other.apply_gradients(zip(slopes(replayed), replayed, strict=True))
    graph = gl.trace(lambda: other.apply_gradients(zip(slopes(replayed), replayed, strict=True)))
    for _ in range(5):
        one.apply_gradients(zip(slopes(eager), eager, strict=True))
        replay(graph)
        for a, b in zip(eager, replayed, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert one.iterations == other.iterations == 6


def test_what_is_excluded_does_not_decay() -> None:
    kernel, bias, other = (gl.variable(1.0, name=name) for name in ("d/kernel", "d/bias", "d/gamma"))
    optimizer = gl.optimizers.AdamW(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[other], var_names=["bias$"])
    optimizer.apply_gradients([(gl.scalar(0.0), one) for one in (kernel, bias, other)])
    assert [one.item() for one in (kernel, bias, other)] == [0.75, 1.0, 1.0]


def test_defaults_are_those_of_their_library() -> None:
    """Keras's names have Keras's defaults, TF.js's names and strings TF.js's."""
    rates = {
        "Adagrad": (0.001, 0.01),
        "Adadelta": (0.001, 1.0),
        "RMSprop": (0.001, 0.001),
        "SGD": (0.01, 0.01),
    }
    for name, (keras, by_name) in rates.items():
        assert getattr(gl.optimizers, name)().learning_rate == keras
        assert gl.optimizers.get(name.lower()).learning_rate == by_name
    assert gl.optimizers.get("adam").corrected and not gl.optimizers.Adam().corrected
    plain = gl.optimizers.deserialize(gl.optimizers.serialize(gl.optimizers.AdamW(weight_decay=None)))
    assert plain.weight_decay == 0.0
    assert gl.optimizers.get("adamw").weight_decay == gl.train.adamw().weight_decay == 0.004
    assert gl.train.adamax().learning_rate == 0.002 and gl.optimizers.Adamax().learning_rate == 0.001


def test_rates_may_be_functions_and_change() -> None:
    optimizer, w = gl.optimizers.SGD(lambda step: 1.0 / (step + 1)), gl.variable(0.0)
    for _ in range(3):
        optimizer.apply_gradients([(gl.scalar(-1.0), w)])
    assert w.item() == pytest.approx(1 + 1 / 2 + 1 / 3) and optimizer.learning_rate == 0.25
    optimizer.learning_rate = 2.0
    optimizer.apply_gradients([(gl.scalar(-1.0), w), (None, gl.variable(1.0))])
    assert w.item() == pytest.approx(1 + 1 / 2 + 1 / 3 + 2)
    again = pickle.loads(pickle.dumps(gl.optimizers.Adam(gl.optimizers.schedules.CosineDecay(0.5, 4))))
    assert again.learning_rate == 0.5


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: gl.optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "SGD: give one of clipnorm, clipvalue"),
        (lambda: gl.optimizers.Adam(clipvalue=-1.0), "adam: a limit of gradients must be above 0, got -1.0"),
        (lambda: gl.optimizers.Adam(ema_momentum=2.0), r"ema_momentum must lie in \[0, 1\], got 2.0"),
        (lambda: gl.optimizers.Adam(gradient_accumulation_steps=1), "must be at least 2 or None, got 1"),
        (lambda: gl.optimizers.Adam("fast"), "learning_rate must be a number, a schedule or a function"),
        (lambda: gl.optimizers.Adam(beta1=0.5), "there is no argument 'beta1': use beta_1"),
        (lambda: gl.train.adam(0.1, clip_norm=1.0), "there is no argument 'clip_norm': use clipnorm"),
        (lambda: gl.optimizers.Ftrl(learning_rate_power=1.0), "learning_rate_power at most 0"),
        (lambda: gl.optimizers.Lion(beta_1=0.0), r"beta_1 must lie in \(0, 1\]"),
        (lambda: gl.optimizers.schedules.CosineDecay(0.1, 0), "the number of steps must be above 0, got 0"),
        (lambda: gl.optimizers.schedules.PiecewiseConstantDecay([1], [1.0]), "1 boundaries part 2 values"),
        (lambda: gl.optimizers.schedules.PiecewiseConstantDecay([2, 1], [1, 2, 3]), "boundaries must rise"),
        (lambda: gl.optimizers.get("muon"), "unknown optimizer 'muon'"),
        (lambda: gl.optimizers.SGD().apply([None], [gl.variable(1.0, name="w")]), r"no gradient for any variable \(w\)"),
    ],
)  # fmt: skip
def test_bad_arguments(call: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        call()


class Halving(gl.optimizers.schedules.LearningRateSchedule):
    class_name = "TestHalving"

    def __init__(self, first: float) -> None:
        self.first = first

    def __call__(self, step: int) -> float:
        return self.first * 0.5**step


@pytest.mark.parametrize("optimizer", ["Nadam", "Lamb", "RMSprop", "Ftrl"])
def test_a_saved_training_goes_on(optimizer: str, tmp_path: Path, backend: str) -> None:
    """Slots of methods and of options, the step count and a schedule of one's own, by the paths of weights."""
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    model = gl.sequential([gl.layers.dense(units=2, input_shape=[3])])
    options = {"use_ema": True, "gradient_accumulation_steps": 2, "global_clipnorm": 1.0, "weight_decay": 0.1}
    model.compile(getattr(gl.optimizers, optimizer)(Halving(0.5), **options), "meanSquaredError")
    for _ in range(3):
        model.train_on_batch(x, x[:, :2])
    model.save(tmp_path, include_optimizer=True)
    loaded = gl.load_layers_model(tmp_path, custom_objects={"TestHalving": Halving})
    assert (
        loaded.optimizer.learning_rate == 0.0625
        and loaded.optimizer.get_config() == model.optimizer.get_config()
    )
    assert any(one.name.endswith("/average") for one in loaded.optimizer.get_weights())
    for one in (model, loaded):
        for _ in range(2):
            one.train_on_batch(x, x[:, :2])
        one.optimizer.finalize_variable_values(one.trainable_weights)
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
