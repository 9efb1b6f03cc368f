"""Names of several meanings: a test for each line of docs/meanings.md."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.maker import made_by, maker_of
from glbackend.layers.layer import LAYERS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "meanings.md"
TFJS, KERAS_2, KERAS_3 = "tfjs-layers 4.22.0", "2.15.1", "3.15.1"
FILES = (TFJS, KERAS_2, KERAS_3)
X = np.random.default_rng(1).normal(size=(2, 4, 3)).astype(np.float32)
MASK = np.array([[True, False, True, True], [False, True, True, False]])


def of_file(version: str | None, class_name: str, again: bool = False, **config: Any) -> Any:
    """The layer of a config in a file of this version, or as a call makes it; `again`: saved and loaded here."""
    entry = {"class_name": class_name, "config": config}
    if version is None:
        return LAYERS.get(entry)
    with made_by(maker_of(version)):
        layer = LAYERS.get(entry)
    if not again:
        return layer
    with made_by(maker_of(TFJS)):
        return LAYERS.get(LAYERS.serialize(layer))


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize(("version", "slope"), [(None, 0.2), (TFJS, 0.2), (KERAS_2, 0.2), (KERAS_3, 1 / 6)])
def test_hard_sigmoid(version: str | None, slope: float, again: bool, backend: str) -> None:
    layer = of_file(version, "Activation", again, activation="hard_sigmoid")
    found = layer(gl.tensor([-9.0, 1.0, 9.0])).numpy()
    np.testing.assert_allclose(found, [0.0, 0.5 + slope, 1.0], rtol=1e-6)


@pytest.mark.parametrize("version", [None, *FILES])
def test_recurrent_activations(version: str | None) -> None:
    given = of_file(version, "LSTM", units=2, recurrent_activation="sigmoid")
    assert given.get_config()["recurrent_activation"] == "sigmoid"
    if version in (None, TFJS):
        assert of_file(version, "GRU", units=2).get_config()["recurrent_activation"] == "hard_sigmoid"


def masks_of(version: str | None, again: bool, class_name: str, *masks: Any) -> Any:
    layer = of_file(version, class_name, again)
    given = [None if one is None else gl.tensor(one) for one in masks]
    found = layer._run_with_masks([gl.tensor(X)] * len(masks), given, False, {})[1]
    return None if found is None else found[0].numpy()


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_merge_masks(version: str | None, again: bool, backend: str) -> None:
    other = MASK[::-1]
    joined = MASK | other if version == KERAS_3 else MASK & other
    np.testing.assert_array_equal(masks_of(version, again, "Add", MASK, other), joined)
    single = masks_of(version, again, "Maximum", MASK, None)
    assert single is None if version == KERAS_3 else np.array_equal(single, MASK)


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_concatenate_masks(version: str | None, again: bool, backend: str) -> None:
    other = MASK[::-1]
    joined = MASK | other if version == KERAS_3 else MASK & other
    np.testing.assert_array_equal(masks_of(version, again, "Concatenate", MASK, other), joined)
    single = masks_of(version, again, "Concatenate", None, MASK)
    np.testing.assert_array_equal(single, np.ones_like(MASK) if version == KERAS_3 else MASK)


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_bidirectional(version: str | None, again: bool, backend: str) -> None:
    inner = {"class_name": "SimpleRNN", "config": {"units": 2, "return_sequences": True}}
    layer = of_file(version, "Bidirectional", again, layer=inner)
    found = layer(gl.tensor(X), mask=gl.tensor(MASK)).numpy()
    zero = version in (KERAS_2, KERAS_3)
    np.testing.assert_array_equal(found[0, 1], np.zeros(4) if zero else [*found[0, 0, :2], *found[0, 2, 2:]])
    np.testing.assert_array_equal((found[0, 2] != 0), [True] * 4)


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_initial_state(version: str | None, again: bool, backend: str) -> None:
    layer = of_file(version, "SimpleRNN", again, units=2, return_sequences=True)
    x, state, mask = gl.tensor(X), gl.ones([2, 2]), gl.tensor(MASK)
    masked, plain = (layer(x, initial_state=state, mask=one).numpy() for one in (mask, None))
    outputs, masks = layer._run_with_masks([x, state], [mask, None], False, {})
    np.testing.assert_array_equal(outputs[0].numpy(), plain if version == KERAS_3 else masked)
    assert masks is not None and masks[0] is mask, "the mask goes on to what comes behind"
    assert abs(masked - plain).max() > 1e-3


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_stacked_states(version: str | None, again: bool) -> None:
    cells = [
        {"class_name": "LSTMCell", "config": {"units": 2}},
        {"class_name": "GRUCell", "config": {"units": 3}},
    ]
    stack = {"class_name": "StackedRNNCells", "config": {"cells": cells}}
    layer = of_file(version, "RNN", again, cell=stack, return_state=True)
    first = version in (KERAS_2, KERAS_3)
    sizes = (2, 2, 3) if first else (3, 2, 2)
    output, *states = layer(gl.tensor(X))
    assert tuple(one.shape[1] for one in states) == layer.state_sizes == sizes
    np.testing.assert_array_equal(output.numpy(), states[2 if first else 0].numpy())
    begun = layer(gl.tensor(X[:, 2:]), initial_state=layer(gl.tensor(X[:, :2]))[1:])
    np.testing.assert_allclose(begun[0].numpy(), output.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("version", [None, *FILES])
def test_reset_states(version: str | None) -> None:
    layer = of_file(version, "GRU", units=2, stateful=True, batch_input_shape=[2, 4, 3])
    model = gl.sequential([layer])
    first, second = (model.predict(X).numpy() for _ in range(2))
    assert abs(first - second).max() > 1e-3
    for reset in (layer.reset_states, model.reset_states):
        reset()
        np.testing.assert_array_equal(model.predict(X).numpy(), first)


@pytest.mark.parametrize("version", [None, *FILES])
def test_masked_losses(version: str | None) -> None:
    masking = of_file(version, "Masking", batch_input_shape=[None, 4, 1])
    model = gl.sequential([masking])
    model.compile("sgd", "meanSquaredError")
    x, y = np.array([[[1], [2], [0], [0]]], np.float32), np.array([[[0], [0], [5], [5]]], np.float32)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("name", "named", "of_class"),
    [("adagrad", 0.01, 0.001), ("adadelta", 1.0, 0.001), ("adamax", 0.002, 0.001)],
)
def test_rates(name: str, named: float, of_class: float) -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
    model.compile(name, "meanSquaredError")
    assert model.optimizer.learning_rate == named
    cls = getattr(gl.optimizers, name.capitalize())
    assert cls().learning_rate == of_class
    for key in ("learningRate", "learning_rate"):  # TF.js's and Keras's
        assert gl.optimizers.get({"class_name": cls.__name__, "config": {key: 0.25}}).learning_rate == 0.25


@pytest.mark.parametrize(
    ("made", "step"),
    [
        (lambda: gl.optimizers.get("adam"), 0.05),
        (lambda: gl.optimizers.get({"class_name": "Adam", "config": {"beta1": 0.9, "beta2": 0.999}}), 0.05),
        (
            lambda: gl.optimizers.get({"class_name": "Adam", "config": {"beta_1": 0.9, "beta_2": 0.999}}),
            0.00307,
        ),
        (lambda: gl.optimizers.Adam(), 0.00307),
    ],
    ids=["name", "tfjs_file", "keras_file", "class"],
)
def test_epsilon(made: Any, step: float) -> None:
    """The first step for a gradient as small as epsilon, measured with TF.js 4.22 and Keras 3.15."""
    optimizer, w = made(), gl.variable([1.0])
    optimizer.learning_rate = 0.1
    optimizer.apply_gradients([(gl.tensor([1e-7]), w)])
    assert 1.0 - w.numpy()[0] == pytest.approx(step, rel=2e-3)


@pytest.mark.parametrize("name", ["acc", "accuracy"])
def test_accuracy_keys(name: str) -> None:
    model = gl.sequential([gl.layers.dense(units=2, activation="softmax", input_shape=[1])])
    model.compile("sgd", "categoricalCrossentropy", metrics=[name])
    assert name in model.fit(np.ones([2, 1]), np.eye(2), verbose=0).history


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_resizing_grids(version: str | None, again: bool, backend: str) -> None:
    x = gl.tensor(np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1))
    found = of_file(version, "Resizing", again, height=1, width=3)(x).numpy().ravel()
    corners = version in (None, TFJS)
    np.testing.assert_allclose(found, [0, 1.5, 3] if corners else [1 / 6, 1.5, 17 / 6], rtol=1e-5)
    cut = of_file(version, "Resizing", again, height=1, width=2, crop_to_aspect_ratio=True)(x).numpy().ravel()
    np.testing.assert_allclose(cut, [0, 2] if version == TFJS else [1, 2], rtol=1e-5)
    near = of_file(version, "Resizing", again, height=1, width=2, interpolation="nearest")(x).numpy().ravel()
    np.testing.assert_array_equal(near, [0, 3] if corners else [1, 3])
    keras = of_file(version, "Resizing", again, height=1, width=3, grid="keras")(x).numpy().ravel()
    np.testing.assert_allclose(keras, [1 / 6, 1.5, 17 / 6], rtol=1e-5)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_keras_has_no_word_for_the_grid_of_tfjs(ending: str, tmp_path: Path) -> None:
    """So that what is saved there never comes back with other numbers."""
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    for layer in (
        gl.layers.resizing(height=2, width=3, name="a"),
        gl.layers.up_sampling2d(interpolation="bilinear", grid="tfjs", name="a"),
    ):
        model = gl.sequential([gl.layers.input_layer(input_shape=[4, 4, 1]), layer])
        with pytest.raises(gl.errors.ArgumentError, match="has no grid, which is 'tfjs' in 'a'"):
            model.save(tmp_path / f"a.{ending}")
    for layer in (gl.layers.resizing(height=2, width=3, grid="keras"), gl.layers.up_sampling2d(grid="keras")):
        model = gl.sequential([gl.layers.input_layer(input_shape=[4, 4, 1]), layer])
        model.save(tmp_path / f"a.{ending}")
        again = gl.load_model(tmp_path / f"a.{ending}")
        assert np.array_equal(again.predict(x).numpy(), model.predict(x).numpy())


@pytest.mark.parametrize("again", [False, True], ids=["file", "saved_again"])
@pytest.mark.parametrize("version", [None, *FILES])
def test_up_sampling_grids(version: str | None, again: bool, backend: str) -> None:
    layer = of_file(version, "UpSampling2D", again, size=[1, 2], interpolation="bilinear")
    found = layer(gl.tensor(np.array([0, 1], np.float32).reshape(1, 1, 2, 1))).numpy().ravel()
    np.testing.assert_allclose(found, [0, 0.5, 1, 1] if version == TFJS else [0, 0.25, 0.75, 1], atol=1e-6)


@pytest.mark.parametrize("version", [None, *FILES])
def test_category_encoding(version: str | None) -> None:
    rows = of_file(version, "CategoryEncoding", num_tokens=3, output_mode="one_hot")
    assert rows(gl.tensor([[0, 1], [2, 0]], dtype="int32")).shape == (2, 2, 3)
    marks = of_file(version, "CategoryEncoding", num_tokens=3, output_mode="multi_hot")
    with pytest.raises(ValueError, match="below 3, got 5"):
        marks(np.array([[0, 5]]))
    assert marks(gl.tensor([[0, 5]], dtype="int32")).numpy().tolist() == [[1.0, 0.0, 0.0]]


def test_the_maker_of_a_file_is_found() -> None:
    """By its keras_version; what is saved here means the same again."""
    model = gl.sequential([gl.layers.activation("hardSigmoid", input_shape=[1])])
    for version, wanted in ((TFJS, 0.7), (KERAS_2, 0.7), (KERAS_3, 0.5 + 1 / 6)):
        file, again = gl.io.from_memory(), gl.io.from_memory()
        model.save(file)
        file.artifacts.model_topology["keras_version"] = version
        loaded = gl.load_layers_model(file)
        loaded.save(again)
        for one in (loaded, gl.load_layers_model(again)):
            assert one.predict(np.ones([1, 1], np.float32)).item() == pytest.approx(wanted)


def test_every_line_has_its_test() -> None:
    rows = re.findall(r"^\| `?([\w ]+?)`? \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)[1:]
    assert rows and not [one for one in rows if f"test_{one.replace(' ', '_')}" not in globals()]
