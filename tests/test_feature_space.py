"""`gl.utils.FeatureSpace`: the numbers are those of Keras 3.15 on TensorFlow."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, NotAppliedError

import glbackend as gl

Space = gl.utils.FeatureSpace
TABLE: dict[str, list[Any]] = {
    "f": [0.0, 0.25, 0.5, 0.75], "n": [1.0, 2.0, 3.0, 4.0], "r": [1.0, 2.0, 3.0, 4.0],
    "d": [0.0, 0.5, 1.0, 2.0], "s": ["zero", "one", "two", "one"], "i": [0, 1, 2, 1],
    "hs": ["a", "b", "c", "a"], "hi": [3, 4, 5, 3],
}  # fmt: skip
SIGMA = 1.3416407108306885
PARTS: dict[str, list[Any]] = {  # by Keras: the number that each example's vector says, or the value itself
    "d": [0, 1, 2, 2], "f": [0.0, 0.25, 0.5, 0.75], "hi": [1, 3, 3, 1], "hs": [4, 2, 2, 4],
    "i": [3, 1, 2, 1], "n": [-SIGMA, -SIGMA / 3, SIGMA / 3, SIGMA], "r": [0.5, 1.0, 1.5, 2.0],
    "s": [2, 1, 3, 1], "hs_X_hi": [6, 5, 5, 6], "s_X_i": [2, 3, 1, 3],
}  # fmt: skip
WIDTHS = {"d": 3, "hi": 4, "hs": 5, "i": 4, "s": 4, "hs_X_hi": 7, "s_X_i": 6}
WHOLE = np.concatenate(
    [
        np.eye(WIDTHS[name], dtype=np.float32)[one] if name in WIDTHS else np.float32(one)[:, None]
        for name, one in PARTS.items()
    ],
    1,
)


def space(mode: str = "concat") -> Any:
    return Space(
        {
            "f": "float",
            "n": Space.float_normalized(),
            "r": Space.float_rescaled(scale=0.5),
            "d": Space.float_discretized(num_bins=3),
            "s": Space.string_categorical(),
            "i": "integer_categorical",
            "hs": Space.string_hashed(num_bins=5),
            "hi": Space.integer_hashed(num_bins=4),
        },
        crosses=[("s", "i"), Space.cross(("hs", "hi"), 7)],
        crossing_dim=6,
        output_mode=mode,
    )


def test_it_learns_from_tables_and_data_sets(backend: str) -> None:
    columns = gl.data.Dataset.from_tensor_slices(TABLE)
    for data in (TABLE, columns, columns.batch(3)):
        made = space()
        made.adapt(data)
        np.testing.assert_allclose(made(TABLE).numpy(), WHOLE, atol=1e-6)
    arrays = {name: np.array(one)[:, None] for name, one in TABLE.items()}
    np.testing.assert_allclose(made(arrays).numpy(), WHOLE, atol=1e-6)
    one = made({name: column[1] for name, column in TABLE.items()})
    np.testing.assert_allclose(one.numpy(), WHOLE[1], atol=1e-6)


def test_a_dict_of_encodings(backend: str) -> None:
    made = space("dict")
    made.adapt(TABLE)
    found = made(TABLE)
    assert list(found) == list(PARTS)
    for name, one in found.items():
        numbers = one.numpy()
        got = numbers.argmax(1) if name in WIDTHS else numbers[:, 0]
        assert numbers.shape == (4, WIDTHS.get(name, 1))
        np.testing.assert_allclose(got, PARTS[name], atol=1e-6)
    plain = Space({"s": Space.string_hashed(5, output_mode="int")}, output_mode="dict")
    assert plain({"s": ["a", "b"]})["s"].numpy().tolist() == [[4], [2]]


def test_models_begin_with_it(backend: str) -> None:
    """With columns as they are, or with what it has encoded in a data set."""
    made = space()
    with pytest.raises(NotAppliedError, match="call adapt first"):
        made.get_inputs()
    made.adapt(TABLE)
    encoded = made.get_encoded_features()
    assert encoded.shape == (None, 36) and set(made.get_inputs()) == set(TABLE)
    end = gl.layers.Dense(1, kernel_initializer="ones")(encoded)
    arrays = {name: np.array(one) for name, one in TABLE.items()}
    whole = gl.Model(made.get_inputs(), end)
    np.testing.assert_allclose(whole.predict(arrays).numpy()[:, 0], WHOLE.sum(1), atol=1e-5)
    rows = gl.data.Dataset.from_tensor_slices((TABLE, np.ones(4, np.float32))).batch(2)
    model = gl.Model(encoded, end)
    model.compile("sgd", "mse")
    history = model.fit(rows.map(lambda x, y: (made(x), y)), epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_files(tmp_path: Path) -> None:
    """Keras reads what is written (tried); what it writes has vocabularies beside the config, and its own names."""
    made = space()
    with pytest.raises(ArgumentError, match="call adapt first"):
        made.save(tmp_path / "space.keras")
    made.adapt(TABLE)
    with pytest.raises(ArgumentError, match=r"a \.keras file"):
        made.save(tmp_path / "space.h5")
    made.save(tmp_path / "space.keras")
    again = gl.load_model(tmp_path / "space.keras")
    np.testing.assert_allclose(again(TABLE).numpy(), WHOLE, atol=1e-6)
    with zipfile.ZipFile(tmp_path / "space.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    entry = json.loads(parts["config.json"])
    features = entry["config"]["features"]
    assert entry["module"] == "keras.utils" and features["f"]["registered_name"] == "Feature"
    assert features["f"]["config"]["preprocessor"]["class_name"] == "TFDIdentity"
    assert entry["config"]["crosses"][0]["config"]["feature_names"] == ["s", "i"]
    for name, kind in (("s", "string_lookup"), ("i", "integer_lookup")):
        config = features[name]["config"]["preprocessor"]["config"]
        words = "\n".join(map(str, config["vocabulary"])).encode()
        config["vocabulary"] = None
        parts[f"assets/preprocessors/{kind}/vocabulary.txt"] = words
    with zipfile.ZipFile(tmp_path / "theirs.keras", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, json.dumps(entry) if name == "config.json" else part)
    np.testing.assert_allclose(gl.load_model(tmp_path / "theirs.keras")(TABLE).numpy(), WHOLE, atol=1e-6)
    again = Space.from_config(space().get_config())
    again.adapt(TABLE)
    np.testing.assert_allclose(again(TABLE).numpy(), WHOLE, atol=1e-6)


def test_layers_of_ones_own() -> None:
    """What is told already is not learned again."""
    words = gl.layers.StringLookup(vocabulary=["x", "y"])
    made = Space({"s": Space.feature("string", words, "one_hot"), "n": "float"})
    assert made({"s": ["y"], "n": [2.0]}).numpy().tolist() == [[2.0, 0.0, 0.0, 1.0]]
    with pytest.raises(ArgumentError, match="nobody knows how many"):
        Space({"n": Space.feature("float32", gl.layers.Rescaling(2.0), "one_hot")})({"n": [1.0]})


def test_what_it_refuses() -> None:
    for arguments, words in (
        (({},), "at least one"),
        (({"a": "floating"},), "feature 'a' must be 'float'"),
        (({"a": "float"}, "vector"), "output_mode must be 'concat', 'dict'"),
        (({"a": "float"}, "concat", [("a", "b")]), "must be 'a', got 'b'"),
    ):
        with pytest.raises(ArgumentError, match=words):
            Space(*arguments)
    plain = Space({"a": "float", "b": Space.integer_hashed(3, output_mode="int")})
    for data, words in (
        ([1.0], "a dict of columns"),
        ({"a": [1.0]}, "no column 'b'"),
        ({"a": [1.0], "b": [1]}, "int32"),
    ):
        with pytest.raises(ArgumentError, match=words):
            plain(data)
    for data, words in (
        ([1.0], "dicts of columns"),
        (3, "dicts of columns"),
        ([], "no data"),
        ({"f": [1.0]}, "no column"),
    ):
        with pytest.raises(ArgumentError, match=words):
            space().adapt(data)


def test_a_second_adapt_widens_the_encoding() -> None:
    space = gl.utils.FeatureSpace({"town": gl.utils.FeatureSpace.string_categorical(num_oov_indices=0)})
    space.adapt({"town": ["Rome"]})
    assert space({"town": ["Rome"]}).shape == (1, 1)
    space.adapt({"town": ["Rome", "Oslo", "Oslo"]})
    assert space({"town": ["Oslo", "Rome"]}).numpy().tolist() == [[1, 0], [0, 1]]
