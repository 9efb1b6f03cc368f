"""Users' classes and functions in `.keras` files, by the names that Keras's decorator gives: "package>name".

Keras 3.15 with the same classes loads such a file and trains on to the same loss.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.registry import KINDS

X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    """What a test registers is not known to the next one."""
    before = {kind: (dict(one._entries), dict(one._by_thing)) for kind, one in KINDS.items()}
    yield
    for kind, (entries, things) in before.items():
        KINDS[kind]._entries, KINDS[kind]._by_thing = entries, things


def classes() -> dict[str, Any]:
    """One of each kind."""
    mine = gl.saving.register_keras_serializable(package="Mine")

    @mine
    class Penalty(gl.regularizers.Regularizer):
        def __init__(self, share: float = 0.1) -> None:
            self.share = share

        def __call__(self, weight: Any) -> Any:
            return self.share * weight.square().sum()

    @mine
    class Halves(gl.initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return gl.ops.ones(shape) * 0.5

    @mine
    class Cut(gl.constraints.Constraint):
        def __call__(self, weight: Any) -> Any:
            return gl.ops.clip(weight, -1.0, 1.0)

    @mine
    def squared(x: Any) -> Any:
        return x.square()

    @mine
    class Falling(gl.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return 0.1 / (1.0 + step)

    @mine
    class Away(gl.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return gl.ops.mean(gl.ops.abs(y_true - y_pred), -1)

    @mine
    def farthest(y_true: Any, y_pred: Any) -> Any:
        return gl.ops.max(gl.ops.abs(y_true - y_pred), -1)

    return {one.__name__: one for one in (Penalty, Halves, Cut, squared, Falling, Away, farthest)}


def test_files_have_keras_names_of_users_classes_and_functions(tmp_path: Path) -> None:
    gl.set_backend("cpu")
    mine = classes()
    dense = gl.layers.Dense(
        2, input_shape=(3,), activation=mine["squared"], kernel_regularizer=mine["Penalty"](0.2),
        kernel_initializer=mine["Halves"](), kernel_constraint=mine["Cut"](),
    )  # fmt: skip
    model = gl.Sequential([dense])
    model.compile(gl.optimizers.SGD(mine["Falling"]()), loss=mine["Away"](), metrics=[mine["farthest"]])
    model.fit(X, X[:, :2], epochs=1, verbose=0)
    model.save(tmp_path / "m.keras")
    said = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("config.json"))
    layer, trained = said["config"]["layers"][1]["config"], said["compile_config"]
    entries = [
        *(layer[f"kernel_{kind}"] for kind in ("regularizer", "initializer", "constraint")),
        trained["optimizer"]["config"]["learning_rate"], trained["loss"],
    ]  # fmt: skip
    assert [(one["module"], one["registered_name"]) for one in entries] == [
        (None, f"Mine>{name}") for name in ("Penalty", "Halves", "Cut", "Falling", "Away")
    ]
    functions = layer["activation"], trained["metrics"][0]
    assert [one["config"] for one in functions] == ["Mine>squared", "Mine>farthest"]
    assert {(one["module"], one["class_name"]) for one in functions} == {("builtins", "function")}
    again = gl.models.load_model(tmp_path / "m.keras")
    assert again.layers[0].activation is mine["squared"]
    assert type(again.layers[0].kernel_constraint) is mine["Cut"]
    wanted, found = (one.fit(X, X[:, :2], epochs=1, verbose=0).history for one in (model, again))
    assert found == wanted


def test_what_has_no_package_is_found_by_custom_objects(tmp_path: Path) -> None:
    """Keras looks into `custom_objects` by the very name that a file has."""
    gl.set_backend("cpu")

    class Doubled(gl.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    gl.Sequential([Doubled(input_shape=(3,))]).save(tmp_path / "m.keras")
    said = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("config.json"))
    assert said["config"]["layers"][1]["registered_name"] == "Doubled"
    again = gl.models.load_model(tmp_path / "m.keras", custom_objects={"Doubled": Doubled})
    assert np.array_equal(again.predict(X), X * 2)
