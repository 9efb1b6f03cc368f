"""SavedModels of TensorFlow and Keras give what those give (`tools/saved_model_goldens.py`), on both backends."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DisposedError, ModelFormatError, ShapeError
from tests import saved_models

NEW = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "new2026"
EXPORTS = sorted(one.parent.name for one in NEW.glob("*/saved_model")) if NEW.is_dir() else []


def outputs_of(model: Any, fed: dict[str, Any]) -> dict[str, Any]:
    """What a signature gives, by name."""
    found = model.predict(fed)
    named = found if isinstance(found, dict) else {model.outputs[0].name: found}
    return {name: one.numpy() for name, one in named.items()}


def assert_given(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sorted(found) == sorted(wanted)
    for name, one in wanted.items():
        if one.dtype.kind == "U":
            np.testing.assert_array_equal(found[name].astype(str), one, err_msg=name)
        else:
            assert found[name].shape == one.shape, name
            np.testing.assert_allclose(found[name], one, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", saved_models.names())
def test_what_tensorflow_gives(name: str, backend: str, tmp_path: Path) -> None:
    """Each call of each signature, in the order in which TensorFlow was asked: variables count on."""
    model = gl.load_model(saved_models.unpacked(name, tmp_path))
    assert isinstance(model, gl.SavedModel)
    for call in saved_models.calls(name):
        assert_given(outputs_of(model.signatures[call.signature], call.fed), call.given)
    model.dispose()


@pytest.mark.skipif(not EXPORTS, reason="../shared/fixtures/new2026 is not beside this checkout")
@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_keras(name: str, backend: str) -> None:
    """Models of Keras 3.15 as `model.export` writes them, and a module by TensorFlow 2.21."""
    about = json.loads((NEW / "index.json").read_text())["models"]
    entry = next(one for one in about if one["name"] == name)
    with np.load(NEW / name / "io.npz") as arrays:
        data = dict(arrays)
    model = gl.load_saved_model(NEW / name / "saved_model")
    found = outputs_of(model, {what: data[key] for key, what in entry["inputs"].items()})
    wanted = {what: data[key] for key, what in entry["outputs"].items()}
    if len(wanted) == 1:  # the index has the name of the layer
        wanted = dict(zip(found, wanted.values(), strict=True))
    assert_given(found, wanted)
    if name == "saved_model_module":
        seen = outputs_of(model.signatures["look"], {"colours": data["look_in"]})
        assert_given(seen, {"ids": data["look_out_ids"], "len": data["look_out_len"]})
        assert [model.signatures["count"].predict(by).item() for by in (3, 4)] == [3, 7]
        np.testing.assert_array_equal(model.weights["w"].numpy(), data["var_w"])
    model.dispose()
