"""Training as Keras 2.15 did it (../shared/fixtures/training): losses, steps of optimizers, whole models, fits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.layers.layer import LAYERS

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "training"
INDEX: dict[str, Any] = (
    json.loads((FOLDER / "index.json").read_text()) if (FOLDER / "index.json").is_file() else {}
)
pytestmark = pytest.mark.skipif(not INDEX, reason="../shared/fixtures/training is not beside this checkout")
METRICS = INDEX.get("metrics", [])
# adam_eps: the epsilon of Keras 2 stands elsewhere in the formula than TF.js's, which gl.train.adam has
TINY = [
    one for one in INDEX.get("optimizers_by_losses", {}).get("cases", []) if one["optimizer"] != "adam_eps"
]
HUBER_DELTA = 0.7  # of the fixtures
# a gradient that is 0 but for rounding, by whose size Adamax divides; costs of thousands, which jump
ROUGH = {("adamax", "mae"): 3e-3, ("adam", "mae"): 3e-3, ("sgd", "mape"): 3e-3}
EVERY = [(one, "cpu") for one in TINY] + [(one, "webgl") for one in TINY[::3]]
# Keras 2 adds 1e-7 to what it has already held 1e-7 from 0; TF.js and Keras 3 do not
TWICE_HELD = "binary_crossentropy"
FITS = INDEX.get("fit", {}).get("cases", [])


def _layers(case: dict[str, Any]) -> set[str]:
    topology = json.loads((FOLDER / case["model_json"]).read_text())["modelTopology"]
    config = topology["model_config"]["config"]
    return {one["class_name"] for one in (config if isinstance(config, list) else config["layers"])}


MODELS = [
    one
    for one in INDEX.get("models", {}).get("cases", [])
    if all(LAYERS.lookup(name) is not None for name in _layers(one))
]


@pytest.fixture(scope="module")
def arrays() -> Any:
    with np.load(FOLDER / "training.npz") as file:
        yield dict(file)


def _close(got: Any, wanted: Any, what: str = "", rtol: float = 2e-5) -> None:
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    np.testing.assert_allclose(np.asarray(got), wanted, rtol=rtol, atol=rtol * scale, err_msg=what)


def _names(cases: list[dict[str, Any]], *keys: str) -> list[str]:
    return ["-".join(str(one[key]) for key in keys) for one in cases]


@pytest.mark.parametrize("case", METRICS, ids=_names(METRICS, "tfjs", "value"))
def test_values_and_gradients(case: dict[str, Any], arrays: Any, backend: str) -> None:
    t, p = arrays[case["y_true"]], arrays[case["y_pred"]]
    if case["keras"] == "Recall":
        _close(gl.metrics.Recall()(t, p).item(), arrays[case["value"]])
        return
    function = gl.metrics.get(case["tfjs"])
    rtol = 0.05 if case["keras"] == TWICE_HELD else 2e-5
    _close(function(t, p).numpy(), arrays[case["value"]], rtol=rtol)
    if "grad_y_pred_of_sum" in case and case["keras"] != TWICE_HELD:
        slope = gl.grad(lambda x: function(gl.tensor(t), x).sum())(gl.tensor(p))
        _close(slope.numpy(), arrays[case["grad_y_pred_of_sum"]], rtol=1e-4)


def _optimizer(case: dict[str, Any]) -> Any:
    return getattr(gl.train, case["tfjs_optimizer"])(*case["tfjs_optimizer_args"])


@pytest.mark.parametrize(
    ("case", "backend"),
    EVERY,
    ids=_names([one for one, _ in EVERY], "optimizer", "loss"),
    indirect=["backend"],
)
def test_five_steps(case: dict[str, Any], arrays: Any, backend: str) -> None:
    """Losses before each step, and all weights after one and after five."""
    model = gl.sequential(
        [
            gl.layers.dense(units=5, activation="tanh", input_shape=[4]),
            gl.layers.dense(units=3, activation=case["output_activation"]),
        ]
    )
    model.set_weights([arrays[f"tiny/w0/{i}"] for i in range(4)])
    loss = gl.losses.Huber(HUBER_DELTA) if case["loss"] == "huber" else case["tfjs_loss"]
    model.compile(_optimizer(case), loss)
    losses, rtol = [], ROUGH.get((case["optimizer"], case["loss"]), 2e-4)
    for step in range(5):
        x, y = arrays[f"tiny/x/{step}"], arrays[f"tiny/y/{case['target']}/{step}"]
        losses.append(model.train_on_batch(x, y))
        if step in (0, 4):
            for i, weight in enumerate(model.get_weights()):
                name = case[f"weights_after_{step + 1}"].replace("<0..3>", str(i))
                _close(weight.numpy(), arrays[name], name, rtol)
    _close(losses, case["losses"], rtol=rtol)


@pytest.mark.parametrize("case", MODELS, ids=_names(MODELS, "model", "optimizer"))
def test_whole_models(case: dict[str, Any], arrays: Any, backend: str) -> None:
    model = gl.load_layers_model(FOLDER / case["model_json"])
    model.compile(_optimizer(case), case["tfjs_loss"])
    x, y = (case[key].removesuffix("<step>") for key in "xy")
    losses = [model.train_on_batch(arrays[f"{x}{i}"], arrays[f"{y}{i}"]) for i in range(5)]
    _close(losses, case["losses"], rtol=2e-4)
    found = dict(model.named_weights())
    for name in case["weight_names"]:
        wanted = arrays[case["weights_after_5"].replace("<weight name>", name)]
        plain = name.replace("/lstm_cell", "")
        _close(found[plain].numpy(), wanted, name, rtol=3e-4)
    _close(model.predict(arrays[f"{x}0"]).numpy(), arrays[case["predict_after"].split(" ")[0]], rtol=3e-4)


@pytest.mark.parametrize("case", FITS, ids=_names(FITS, "name"))
def test_histories(case: dict[str, Any], arrays: Any, backend: str) -> None:
    model = gl.load_layers_model(FOLDER / case["model_json"])
    x, y = arrays[INDEX["fit"]["x"]], arrays[INDEX["fit"]["y"]]
    model.compile(gl.train.sgd(0.2), case["loss"], metrics=case["metrics"])
    history = model.fit(x, y, shuffle=False, verbose=0, **case["args"])
    assert set(history.history) == set(case["history"]) and history.epoch == case["epoch"]
    for name, values in case["history"].items():
        _close(history.history[name], values, name)
    _close(model.evaluate(x, y, batch_size=7), case["evaluate_after_batch7"])
    for i, weight in enumerate(model.get_weights()):
        _close(weight.numpy(), arrays[case["weights"].replace("<0..3>", str(i))])
