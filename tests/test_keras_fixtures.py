"""Models made by Keras and the real converter: each one whose layers exist here gives Keras's results.

The set grows by itself with the layers that are registered.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.engine.autodiff import value_and_grads
from glbackend.layers.layer import LAYERS

KERAS = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "keras"
MODELS: dict[str, dict[str, Any]] = (
    {model["name"]: model for model in json.loads((KERAS / "index.json").read_text())["models"]}
    if (KERAS / "index.json").is_file()
    else {}
)
RTOL, ATOL = 1e-5, 1e-5  # Keras's own results lie this far apart from one device to the next


def _missing(model: dict[str, Any]) -> list[str]:
    """The layer classes of a model that do not exist here."""
    return sorted(name for name in set(model["layer_classes"]) if LAYERS.lookup(name) is None)


COVERED = [name for name, model in MODELS.items() if not _missing(model)]
VARIANTS = [
    (name, variant)
    for name in COVERED
    for variant, entry in MODELS[name]["variants"].items()
    if entry["format"] == "layers-model"
]
pytestmark = pytest.mark.skipif(not MODELS, reason="../shared/fixtures/keras is not beside this checkout")


def _golden(name: str) -> dict[str, Any]:
    with np.load(KERAS / name / "golden.npz") as file:
        return dict(file)


def _close(got: Any, wanted: Any, what: str) -> None:
    assert got.shape == wanted.shape, f"{what}: shape {got.shape}, Keras gives {wanted.shape}"
    scale = max(1.0, float(np.nanmax(np.abs(np.where(np.isfinite(wanted), wanted, 0)), initial=0)))
    np.testing.assert_allclose(got, wanted, RTOL, ATOL * scale, err_msg=what)


def _apply(model: Any, names: list[str], arrays: dict[str, Any]) -> list[Any]:
    """The model's outputs for named inputs."""
    inputs = [gl.tensor(arrays[name]) for name in names]
    result = model(inputs if len(inputs) > 1 else inputs[0])
    return result if isinstance(result, list) else [result]


def _load(name: str, variant: str) -> Any:
    return gl.load_layers_model(KERAS / name / variant / "model.json")


@pytest.mark.parametrize(("name", "variant"), VARIANTS, ids=["/".join(one) for one in VARIANTS])
def test_outputs(name: str, variant: str, backend: str) -> None:
    entry, golden = MODELS[name], _golden(name)
    model = _load(name, variant)
    names = [one["name"] for one in entry["inputs"]]
    for number, call in enumerate(entry["calls"]):
        keys = entry["variants"][variant].get("outputs", call["outputs"]) if number == 0 else call["outputs"]
        arrays = {key: golden[call["inputs"][key]] for key in names}
        for got, key in zip(_apply(model, names, arrays), keys, strict=True):
            _close(got.numpy(), golden[key], f"{name}/{variant}, {key}")
        if len(entry["calls"]) > 1 and "outputs" in entry["variants"][variant]:
            break  # goldens of quantised weights exist for the first call only
    for weight, key in entry["variants"][variant].get("dequantized_weights", {}).items():
        found = next(one for one in model.weights if one.name == _own_name(weight))
        np.testing.assert_array_equal(found.numpy(), golden[key])
    model.dispose()


def _own_name(name: str) -> str:
    """Keras's name of a weight without the cell that it is in, as TF.js and we name it."""
    parts = name.split("/")
    return "/".join([*parts[:-2], parts[-1]]) if parts[-2].endswith("_cell") else name


WITH_GRADIENTS = [name for name in COVERED if MODELS[name].get("grads")]


@pytest.mark.parametrize("name", WITH_GRADIENTS)
def test_gradients(name: str, backend: str) -> None:
    """Of the sum of outputs, weighed by the fixture's cotangents, by inputs and weights."""
    entry, golden = MODELS[name], _golden(name)
    grads = entry["grads"]
    model = _load(name, next(iter(v for n, v in VARIANTS if n == name)))
    names = [one["name"] for one in entry["inputs"]]
    arrays = {key: golden[entry["calls"][grads["call"]]["inputs"][key]] for key in names}
    weights = {**dict(model.named_weights()), **dict(model.named_weights(scopes=True))}
    sources = [gl.tensor(arrays[key]) for key in grads["inputs"]]
    sources += [
        weights[one["name"] if one["name"] in weights else _own_name(one["name"])] for one in grads["weights"]
    ]

    def loss(*given: Any) -> Any:
        chosen = dict(zip(grads["inputs"], given, strict=False))
        inputs = [chosen[key] if key in chosen else gl.tensor(arrays[key]) for key in names]
        result = model(inputs if len(inputs) > 1 else inputs[0])
        outputs = result if isinstance(result, list) else [result]
        pairs = zip(outputs, grads["cotangents"], strict=True)
        terms = [(y * gl.tensor(golden[key])).sum() for y, key in pairs]
        return gl.add_n(terms)

    value, found = value_and_grads(loss)(sources)
    assert value.item() == pytest.approx(grads["loss"], rel=1e-4, abs=1e-4)
    keys = [*grads["inputs"].values(), *(one["key"] for one in grads["weights"])]
    for gradient, key in zip(found, keys, strict=True):
        _close(gradient.numpy(), golden[key], f"{name}, {key}")
    model.dispose()


def test_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    """Says how many of the models are covered; the others must need a layer class that does not exist yet."""
    missing = {name: _missing(model) for name, model in MODELS.items() if name not in COVERED}
    assert all(missing.values())
    with capsys.disabled():
        print(f"\nKeras fixtures: {len(COVERED)} of {len(MODELS)} models, {len(VARIANTS)} variants; "
              f"layer classes to come: {', '.join(sorted(set().union(*missing.values())))}")  # fmt: skip
