"""Layers models that Keras 3 wrote: calls with keywords, masks as nodes, weights by path, shared parts.

`tests/golden/keras3_graph.json` is a small one, of `tools/keras3_graph.py`; converted ones are in
../shared/fixtures/new2026, where the set grows by itself with the layers that are registered.
"""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from glbackend.layers.layer import LAYERS
from glbackend.layers.structure import by_keys
from glbackend.models.keras3 import in_keras_2
from glbackend.models.serialization import layer_configs

HERE = Path(__file__).resolve()
GRAPH = json.loads((HERE.parent / "golden" / "keras3_graph.json").read_text())
NEW = HERE.parents[2] / "shared" / "fixtures" / "new2026"
FILES = sorted(NEW.glob("*/layers_from_*/model.json"))


def artifacts(topology: Any = None) -> Any:
    """The golden's file, or one of another topology."""
    weights = {name: np.array(value, np.float32) for name, value in GRAPH["weights"].items()}
    return gl.io.ModelArtifacts(
        model_topology=topology or GRAPH["topology"], weights=weights, format="layers-model"
    )


def again(model: Any) -> Any:
    file = gl.io.from_memory()
    model.save(file)
    return gl.load_layers_model(file)


@pytest.mark.filterwarnings("ignore:save. TF.js cannot load this model")
def test_a_graph_of_keras_3(backend: str) -> None:
    """Loaded, and saved here and loaded again: what Keras gives, in the order of the sorted names."""
    model = gl.load_layers_model(gl.io.from_memory(artifacts()))
    names = ["state", "steps", "tokens"]
    given = [
        gl.tensor(GRAPH["inputs"][one], dtype="int32" if one == "tokens" else "float32") for one in names
    ]
    assert model.input_names == names and model.output_names == ["a", "z"]
    for one in (model, again(model)):
        found = one.predict(given)
        assert list(found) == ["a", "z"]
        for name, values in found.items():
            np.testing.assert_allclose(values.numpy(), GRAPH["outputs"][name], rtol=1e-4, atol=1e-6)
        assert one.get_layer("second") is one.get_layer("inner").get_layer("second")
        assert len(one.weights) == len(GRAPH["weights"])


def test_what_a_call_of_keras_3_cannot_be() -> None:
    topology = copy.deepcopy(GRAPH["topology"])
    lstm = next(one for one in topology["model_config"]["config"]["layers"] if one["name"] == "lstm")
    lstm["inbound_nodes"][0]["args"].append(3)
    with pytest.raises(ModelFormatError, match="the call of 'lstm' has other arguments than its tensors"):
        gl.load_layers_model(gl.io.from_memory(artifacts(topology)))


def _missing(file: Path) -> set[str]:
    """The classes of a file that do not exist here."""
    entry = json.loads(file.read_text())["modelTopology"]["model_config"]
    try:
        classes = {one["class_name"] for one in layer_configs(in_keras_2(entry))}
    except ModelFormatError:  # a function of tensors that is no layer yet
        return {"operators"}
    return {one for one in classes if LAYERS.lookup(one) is None}


COVERED = [file for file in FILES if not _missing(file)]


@pytest.mark.skipif(not FILES, reason="../shared/fixtures/new2026 is not beside this checkout")
def test_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    missing = {file.parent.parent.name: _missing(file) for file in FILES if file not in COVERED}
    with capsys.disabled():
        print(f"\nKeras 3's converted layers models: {len(COVERED)} of {len(FILES)}; to come: {missing}")
    assert all(missing.values())


@pytest.mark.parametrize("file", COVERED, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_converted_models(file: Path, backend: str) -> None:
    """What Keras gives, of the file and of what is saved of it here."""
    about = json.loads((NEW / "index.json").read_text())
    entry = next(one for one in about["models"] if one["name"] == file.parent.parent.name)
    with np.load(file.parent.parent / "io.npz") as stored:
        arrays = dict(stored)
    model = gl.load_layers_model(file)
    given = [arrays[key] for key in entry["inputs"]]
    for one in (model, again(model)):
        found = one.predict(given if len(given) > 1 else given[0])
        outputs = by_keys(found, sorted(found) if isinstance(found, dict) else [])
        for output, key in zip(outputs, entry["outputs"], strict=True):
            np.testing.assert_allclose(output.numpy(), arrays[key], rtol=1e-4, atol=1e-5)
