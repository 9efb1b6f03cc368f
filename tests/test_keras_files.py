"""Files of Keras: read as what was saved, written as what Keras loads.

`tests/golden/keras` is by `tools/keras_files.py`; more models are in ../shared/fixtures/new2026, where the set
grows by itself with the layers that are registered.
"""

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, MissingPackageError, ModelFormatError
from glbackend.formats.keras import hdf5
from glbackend.formats.keras.archive import members
from glbackend.formats.keras.hdf5 import opened
from glbackend.formats.safetensors import read_safetensors
from glbackend.layers.operation import Operation, is_operation
from glbackend.layers.operations import OPERATIONS
from glbackend.layers.structure import by_keys
from tests.test_keras_bad_files import archive_of, parts_of
from tools import keras_files, keras_words
from tools.keras_calls import functions

FOLDER = keras_files.FOLDER
NEW = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "new2026"
FORMS = sorted(path for path in NEW.glob("*/model.*") if path.name in ("model.keras", "model.h5"))
LOOSE = {"mixed_dtypes": 1e-2}  # whose results Keras computes in 16 bits
QUIET = pytest.mark.filterwarnings("ignore:.*(what only training needs|not compiled)")


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path) as stored:
        return dict(stored)


def outputs_of(model: Any, inputs: list[Any]) -> list[Any]:
    found = model.predict(inputs if len(inputs) > 1 else inputs[0])
    return [one.numpy() for one in by_keys(found, sorted(found) if isinstance(found, dict) else [])]


def golden(name: str) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """Inputs, outputs and what else there is, of a file by Keras."""
    arrays = arrays_of(FOLDER / f"{name}.npz")
    inputs = [arrays[key] for key in sorted(arrays) if key.startswith("in_")]
    return inputs, [arrays[key] for key in sorted(arrays) if key.startswith("out_")], arrays


def loaded(path: Path) -> Any:
    """The model; a skip that names them where layers are still to come."""
    try:
        return gl.load_model(path)
    except ModelFormatError as error:
        if "unknown layer class" in str(error):
            pytest.skip(str(error).partition("unknown ")[2].partition(":")[0])
        raise


@QUIET
@pytest.mark.skipif(not FORMS, reason="../shared/fixtures/new2026 is not beside this checkout")
@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_models_of_keras_3(path: Path, backend: str, tmp_path: Path) -> None:
    """What Keras gives: of its file, and of what is written of it here as .keras and as model.json."""
    about = json.loads((NEW / "index.json").read_text())["models"]
    entry = next(one for one in about if one["name"] == path.parent.name)
    arrays = arrays_of(path.parent / "io.npz")
    model = loaded(path)
    model.save(tmp_path / "again.keras")
    model.save(tmp_path / "again")
    close = LOOSE.get(entry["name"], 1e-5)
    for one in (model, gl.load_model(tmp_path / "again.keras"), gl.load_model(tmp_path / "again")):
        found = outputs_of(one, [arrays[key] for key in entry["inputs"]])
        for output, key in zip(found, entry["outputs"], strict=True):
            np.testing.assert_allclose(output, arrays[key], rtol=1e-4, atol=close)
        one.dispose()


@pytest.mark.skipif(not FORMS, reason="../shared/fixtures/new2026 is not beside this checkout")
def test_weights_alone_of_keras_3() -> None:
    model = loaded(NEW / "shared_in_two_places" / "model.keras")
    kept = [one.numpy() for one in model.get_weights()]
    model.set_weights([np.zeros_like(one) for one in kept])
    model.load_weights(NEW / "shared_in_two_places" / "model.weights.h5")
    for one, other in zip(model.get_weights(), kept, strict=True):
        np.testing.assert_array_equal(one.numpy(), other)


def test_functions_of_tensors(tmp_path: Path) -> None:
    """Each function of `keras.ops`, a node of one model, gives what Keras gives; and written and read again."""
    stored = arrays_of(FOLDER / "functions.npz")
    about, at = json.loads(str(stored["about"])), 0
    model = gl.load_model(FOLDER / "functions.keras")
    model.save(tmp_path / "again.keras")
    assert about.keys() == functions(MagicMock()).keys()
    inputs = [gl.tensor(one) for one in keras_files.inputs_of_functions()]
    results = zip(model(inputs), gl.load_model(tmp_path / "again.keras")(inputs), strict=True)
    for (name, (shape, kind)), (first, second) in zip(about.items(), results, strict=True):
        size = int(np.prod(shape))
        wanted = stored["values"][at : at + size].reshape(shape)
        at += size
        assert first.numpy().dtype.kind == kind, name
        np.testing.assert_allclose(first.numpy(), wanted, rtol=2e-5, atol=1e-5, err_msg=name)
        np.testing.assert_array_equal(first.numpy(), second.numpy(), err_msg=name)


def test_vocabularies_beside_the_config(tmp_path: Path) -> None:
    """Those that layers have learned, with the weights of words; read, written, and read again."""
    arrays = arrays_of(FOLDER / "words.npz")
    model = gl.load_model(FOLDER / "words.keras")
    model.save(tmp_path / "again.keras")
    model.save_weights(tmp_path / "again.weights.h5")
    again = gl.load_model(tmp_path / "again.keras")
    for file in ("again.keras", "again.weights.h5"):
        again.load_weights(tmp_path / file)
    for one in (model, again):
        found = keras_words.outputs_of(one, gl.tensor)
        assert len(found) == len(arrays)
        for i, output in enumerate(found):
            np.testing.assert_allclose(output, arrays[f"out_{i}"], rtol=1e-6, err_msg=str(i))
    with pytest.raises(
        ArgumentError, match=r"an \.h5 file has no place for the weights of .* words: save to a"
    ):
        model.save(tmp_path / "m.h5")
    with zipfile.ZipFile(tmp_path / "again.keras") as archive:  # as Keras looks for them
        texts = sorted(one for one in archive.namelist() if one.startswith("assets/"))
    assert texts == [
        "assets/layers/functional/layers/string_lookup/vocabulary.txt",
        *(
            f"assets/layers/text_vectorization_{number}/{place}vocabulary.txt"
            for number in (1, 3)
            for place in ("_lookup_layer/", "")
        ),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xff\xfe", "text_vectorization_1/_lookup_layer/vocabulary.txt is no text"),
        (b"a\na\n", "has 'a' twice"), (b"", "is empty"), (None, "it has no vocabulary yet"),
    ],
)  # fmt: skip
def test_vocabularies_that_are_none(text: bytes | None, told: str, tmp_path: Path) -> None:
    parts = parts_of(FOLDER / "words.keras")
    name = "assets/layers/text_vectorization_1/_lookup_layer/vocabulary.txt"
    parts.pop(name)
    path = tmp_path / "m.keras"
    path.write_bytes(archive_of(parts if text is None else {**parts, name: text}))
    with pytest.raises(ModelFormatError, match=told) as caught:
        gl.load_model(path)
    assert str(path) in str(caught.value)


def test_every_function_has_a_node_in_the_golden() -> None:
    """Those excepted that are other functions' second names."""
    with zipfile.ZipFile(FOLDER / "functions.keras") as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    seen = {one["class_name"] for one in layers if ".ops." in one.get("module", "")}
    assert all(map(is_operation, seen))
    assert OPERATIONS.keys() - seen == {"Abs"}


def test_int8_weights(backend: str) -> None:
    """Stand for the numbers that were quantised; Keras computes on in int8, so its outputs are near."""
    inputs, outputs, arrays = golden("quantised")
    model = gl.load_model(FOLDER / "quantised.keras")
    exact = [arrays[f"exact_{i}"] for i in range(5)]
    for variable, wanted in zip(model.get_weights(), exact, strict=True):
        np.testing.assert_allclose(variable.numpy(), wanted, atol=np.abs(wanted).max() / 200)
    np.testing.assert_allclose(outputs_of(model, inputs)[0], outputs[0], atol=5e-3)


@pytest.mark.parametrize("name", ["training.keras", "training.h5"])
def test_training_goes_on(name: str, backend: str) -> None:
    """The state of the optimizer is that of the file: two more steps give Keras's weights."""
    (x, y), outputs, arrays = golden("training")
    model = gl.load_model(FOLDER / name)
    np.testing.assert_allclose(outputs_of(model, [x])[0], outputs[0], atol=1e-6)
    assert model.optimizer.iterations == 3
    for _ in range(2):
        model.train_on_batch(x, y)
    layers = [weight for layer in model.layers for weight in layer.weights]
    for i, weight in enumerate(layers):
        np.testing.assert_allclose(weight.numpy(), arrays[f"next_{i}"], atol=1e-4, err_msg=weight.name)
    model.optimizer.dispose()


def test_keras_2(backend: str) -> None:
    """A whole model with a frozen part in it, and its weights alone."""
    inputs, outputs, _ = golden("keras2")
    model = gl.load_model(FOLDER / "keras2.h5")
    for again in range(2):
        for found, wanted in zip(outputs_of(model, inputs), outputs, strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-6)
        if again == 0:
            model.set_weights([np.zeros_like(one.numpy()) for one in model.get_weights()])
            model.load_weights(FOLDER / "keras2_weights.h5")
    model.optimizer.dispose()


@pytest.mark.parametrize("name", keras_files.optimizers_of(gl))
def test_the_states_of_optimizers(name: str, tmp_path: Path) -> None:
    """Read in Keras's order, and written in it: the next steps are those of Keras."""
    (x, y), _, arrays = golden("states")
    first = gl.load_model(FOLDER / f"state_{name}.keras")
    first.save(tmp_path / "again.keras")
    first.save(tmp_path / "again.h5")
    for model in (first, *(gl.load_model(tmp_path / f"again.{kind}") for kind in ("keras", "h5"))):
        for _ in range(2):
            model.train_on_batch(x, y)
        for i, one in enumerate(model.get_weights()):
            np.testing.assert_allclose(one.numpy(), arrays[f"{name}_{i}"], rtol=1e-4, atol=2e-6)
        model.optimizer.dispose()
    states = []
    for path in (FOLDER / f"state_{name}.keras", tmp_path / "again.keras"):
        with opened(members(path, "")["model.weights.h5"], "") as root:
            found = root.arrays()
        states.append({key: one for key, one in found.items() if key.startswith("optimizer/")})
    assert states[0].keys() == states[1].keys()
    for key, one in states[0].items():
        np.testing.assert_allclose(states[1][key], one, rtol=1e-5, atol=1e-7, err_msg=key)


H5_CASES = [case for case in keras_files.judged_cases() if case.name == "plain"]


def test_whole_models_in_h5(tmp_path: Path) -> None:
    """As Keras 2 has them; what is loaded of them here gives the same. Keras 2 and 3 were asked by hand."""
    refused = set()
    for case in H5_CASES:
        model = keras_files.model_of_case(case)
        try:
            model.save(tmp_path / "m.h5")
        except ArgumentError as error:
            assert re.search(r"save to a \.keras file|cannot be written|hard_sigmoid", str(error)), case.id
            refused.add(case.class_name)
            continue
        given = list(case.inputs) if len(case.inputs) > 1 else case.inputs[0]
        first, second = (by_keys(one(given), []) for one in (model, gl.load_model(tmp_path / "m.h5")))
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=case.id)
    assert refused == {
        "Attention", "GRU", "GroupQueryAttention", "LSTM", "MultiHeadAttention", "SpectralNormalization", "ThresholdedReLU",
    }  # fmt: skip


def test_training_that_keras_cannot_say(tmp_path: Path) -> None:
    """A warning by default, an error where it is asked for; the model itself is written."""
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    model.compile(gl.train.momentum(0.1), "meanSquaredError")
    with pytest.warns(UserWarning, match="no optimizer Momentum"):
        model.save(tmp_path / "m.keras")
    with pytest.raises(ArgumentError, match="no optimizer Momentum"):
        model.save(tmp_path / "m.keras", include_optimizer=True)
    assert gl.load_model(tmp_path / "m.keras").optimizer is None
    model.compile(gl.optimizers.SGD(0.1), lambda y_true, y_pred: y_true - y_pred)
    with pytest.warns(UserWarning, match="has no name of its own"):
        model.save(tmp_path / "m.keras")
    model.compile(gl.optimizers.SGD(0.1), "mse")
    model.save(tmp_path / "m.keras")
    assert gl.load_model(tmp_path / "m.keras").optimizer is not None
    assert gl.load_model(tmp_path / "m.keras", compile=False).optimizer is None


def test_every_kind_of_file_of_weights(tmp_path: Path) -> None:
    (x, _), outputs, _ = golden("training")
    model = gl.load_model(FOLDER / "training.keras")
    names = ["mine.weights.h5", "mine.safetensors", "mine"]
    for name in names:
        model.save_weights(tmp_path / name)
    theirs = [FOLDER / f"training.{end}" for end in ("weights.h5", "h5", "keras")]
    for place in [*(tmp_path / name for name in names), *theirs]:
        model.set_weights([np.zeros_like(one.numpy()) for one in model.get_weights()])
        model.load_weights(place)
        np.testing.assert_allclose(outputs_of(model, [x])[0], outputs[0], atol=1e-6, err_msg=str(place))
    assert read_safetensors(tmp_path / "mine.safetensors").keys() == dict(model.named_weights()).keys()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(names), "nothing else is left"


ABOUT = json.loads(keras_files.JUDGED.read_text())
JUDGED = ABOUT["cases"]


def test_keras_loads_what_is_written() -> None:
    """The tool lets Keras judge each case; here what is written is held against what it has judged."""
    wrong = []
    for case in keras_files.judged_cases():
        judged = JUDGED.get(case.id)
        if judged is None:
            wrong.append(f"{case.id}: not judged yet")
            continue
        try:
            key = keras_files.entry_hash(keras_files.model_of_case(case))
        except ArgumentError as error:
            wrong += [] if judged.get("refused") == str(error) else [f"{case.id}: {error}"]
            continue
        if judged.get("entry") != key:
            wrong.append(f"{case.id}: another entry than the judged one")
    assert not wrong, f"run python -m tools.keras_files judge: {wrong}"
    assert all(one["apart"] < 2e-5 for one in JUDGED.values() if "apart" in one)
    assert ABOUT["composed"].keys() == {"nested", "masked"} and max(ABOUT["composed"].values()) < 2e-5
    refused = {name for name, one in JUDGED.items() if "refused" in one}
    assert len(refused) < len(JUDGED) / 20


def test_what_is_no_model_is_told_apart(tmp_path: Path) -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    model.save(tmp_path / "layers")
    assert gl.load_model(tmp_path / "layers" / "model.json").count_params() == 3
    model.save_weights(tmp_path / "w.weights.h5")
    model.save_weights(tmp_path / "w.safetensors")
    (tmp_path / "empty").mkdir()
    files = {"notes.txt": b"Dear all", "page.keras": b"<!doctype html>", "a.pkl": b"\x80\x04x", "m.h5": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    for name, told in {
        "w.weights.h5": "holds weights and no model", "w.safetensors": "holds weights and no model",
        "empty": "holds nothing", "notes.txt": "is no model that is known", "page.keras": "HTML", "a.pkl": "pickle",
        "m.h5": "0 bytes begin it", "other.zip": "no config.json",
    }.items():  # fmt: skip
        with pytest.raises(ModelFormatError, match=told):
            gl.load_model(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"no such file or folder"):
        gl.load_model(tmp_path / "nothing.keras")


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """An error that names it, before anything is written; the old file stays."""
    model = gl.sequential([gl.layers.dense(units=1, activation="gelu_new", input_shape=[2])])
    shutil.copy(FOLDER / "training.keras", tmp_path / "m.keras")
    with pytest.raises(ArgumentError, match=r"no name for the activation 'gelu_new'.*take"):
        model.save(tmp_path / "m.keras")
    assert gl.load_model(tmp_path / "m.keras").count_params() == 42
    for name, told in {"m.h5": "no name for the activation", "m.safetensors": "whole models"}.items():
        with pytest.raises(ArgumentError, match=told):
            model.save(tmp_path / name)
    with pytest.raises(ArgumentError, match="quantised"):
        model.save(tmp_path / "m.keras", quantization="uint8")
    with pytest.raises(ArgumentError, match="weights alone go to"):
        model.save_weights(tmp_path / "m.keras")


def test_h5py_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str, extra: str, op: str) -> Any:
        raise MissingPackageError(f"{op}: needs {module}: pip install 'glbackend[{extra}]'")

    monkeypatch.setattr(hdf5, "optional", missing)
    with pytest.raises(MissingPackageError, match=r"pip install 'glbackend\[keras\]'"):
        gl.load_model(FOLDER / "training.keras")


def test_an_operation_says_what_it_takes() -> None:
    with pytest.raises(ArgumentError, match="there is no function 'Grow'"):
        Operation("Grow")
    with pytest.raises(ArgumentError, match="an argument cannot be"):
        Operation("Add")(gl.ones([2]), args=[{"class_name": "__place__", "config": 4}, 1.0])
