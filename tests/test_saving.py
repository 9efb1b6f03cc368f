"""Saving and loading layers models: what comes back, what TF.js would read, and what bad files are told."""

import contextlib
import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl

RNG = np.random.default_rng(8)
X = RNG.normal(size=(6, 8, 8, 2)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 6)]
ZOO = Path(__file__).resolve().parents[2] / "shared" / "zoo"


def cnn() -> Any:
    """A model with most options that a config holds."""
    layers = gl.layers
    return gl.sequential([
        layers.conv2d(
            filters=4, kernel_size=3, strides=2, padding="same", activation="relu", input_shape=[8, 8, 2],
            kernel_regularizer="l2", kernel_constraint=gl.constraints.max_norm(3.0),
            kernel_initializer="heNormal",
        ),
        layers.depthwise_conv2d(kernel_size=2, depth_multiplier=2, use_bias=False),
        layers.batch_normalization(momentum=0.9),
        layers.leaky_re_lu(alpha=0.1),
        layers.average_pooling2d(pool_size=2, strides=1),
        layers.up_sampling2d(size=[2, 1]),
        layers.prelu(shared_axes=[1, 2]),
        layers.dropout(rate=0.5),
        layers.flatten(),
        layers.dense(units=3, activation="softmax", bias_regularizer=gl.regularizers.l1l2(l1=0.1, l2=0.2)),
    ], name="digits")  # fmt: skip


def branching() -> Any:
    """Two inputs, a layer called twice, a model inside, two outputs."""
    a, b = gl.input([4], name="a"), gl.input([4], name="b")
    shared = gl.layers.dense(units=3, activation="tanh", name="shared")
    i = gl.input([3])
    inner = gl.model(inputs=i, outputs=gl.layers.dense(units=2, name="within")(i), name="inner")
    row = gl.sequential([gl.layers.dense(units=2, input_shape=[2], name="in_row")], name="row")
    left, right = inner(shared(a)), inner(shared(b))
    joined = gl.layers.concatenate(axis=1, name="joined")([row(left), right])
    return gl.model(inputs=[a, b], outputs=[gl.layers.dense(units=1, name="end")(joined), left], name="two")


def same(a: Any, b: Any, *inputs: Any, atol: float = 1e-6) -> None:
    given = [gl.tensor(x) for x in inputs]
    results = [m.predict(given if len(given) > 1 else given[0]) for m in (a, b)]
    for one, other in zip(*([r] if not isinstance(r, list) else r for r in results), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=atol)


def test_round_trip(tmp_path: Path, backend: str) -> None:
    model = cnn()
    model.compile("sgd", "categoricalCrossentropy")
    model.train_on_batch(X, Y)  # moving moments that are not at their start
    result = model.save(tmp_path / "digits")
    assert [Path(file).name[:16] for file in result.files] == ["group1-shard1of1", "model.json"]
    loaded = gl.load_layers_model(tmp_path / "digits")
    same(model, loaded, X)
    assert loaded.name == "digits" and loaded.optimizer is None
    assert [one.name for one in loaded.weights] == [one.name for one in model.weights]
    assert loaded.get_config() == model.get_config()
    np.testing.assert_allclose(  # regularizers and constraints came along
        _penalties(loaded), _penalties(model), rtol=1e-6
    )


def _penalties(model: Any) -> list[float]:
    return [one.regularizer(one.variable).item() for one in model._own_weights if one.regularizer is not None]


def test_graph_round_trip(tmp_path: Path, backend: str) -> None:
    model = branching()
    model.save(tmp_path)
    loaded = gl.load_layers_model(tmp_path / "model.json")
    a, b = RNG.normal(size=(2, 5, 4)).astype(np.float32)
    same(model, loaded, a, b)
    assert loaded.get_config() == model.get_config()
    again = gl.io.from_memory()
    loaded.save(again)
    same(model, gl.load_layers_model(again), a, b)


@pytest.mark.parametrize(("quantization", "steps"), [("float16", 2048), ("uint8", 255), ("uint16", 65535)])
def test_quantised(quantization: str, steps: int, tmp_path: Path) -> None:
    """Weights come back to within half a step of their range; the files shrink accordingly."""
    model = branching()
    size = model.save(tmp_path / "full").model_artifacts_info.weight_data_bytes
    info = model.save(tmp_path / "small", quantization=quantization).model_artifacts_info
    assert info.weight_data_bytes == size // (4 if quantization == "uint8" else 2)
    loaded = gl.load_layers_model(tmp_path / "small")
    for one, other in zip(model.weights, loaded.weights, strict=True):
        values = one.numpy()
        spread = max(float(values.max() - min(values.min(), 0)), float(abs(values).max()))
        assert abs(other.numpy() - values).max() <= spread / steps


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "momentum", "rmsprop", "adagrad", "adadelta", "adamax"])
def test_training_goes_on(optimizer: str, tmp_path: Path, backend: str) -> None:
    """Saved with its optimizer, a model goes on training as if it had never left."""
    model = branching()
    model.compile(optimizer, ["meanSquaredError", "meanAbsoluteError"], metrics={"end": "mse"})
    a, b = RNG.normal(size=(2, 5, 4)).astype(np.float32)
    targets = [np.ones((5, 1), np.float32), np.zeros((5, 2), np.float32)]
    for _ in range(2):
        model.train_on_batch([a, b], targets)
    model.save(tmp_path, include_optimizer=True)
    loaded = gl.load_layers_model(tmp_path)
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    assert loaded.optimizer.iterations == 2 and loaded.metrics_names == model.metrics_names
    for _ in range(2):
        wanted, got = (m.train_on_batch([a, b], targets) for m in (model, loaded))
    assert got == pytest.approx(wanted, rel=1e-5)
    same(model, loaded, a, b)


def test_the_file_is_tfjs_own(tmp_path: Path) -> None:
    """Names, groups and config in the form that TF.js 4.22 itself writes."""
    model = cnn()
    model.compile("adam", "categoricalCrossentropy", metrics=["accuracy"])
    model.train_on_batch(X, Y)
    model.save(tmp_path, include_optimizer=True)
    written = json.loads((tmp_path / "model.json").read_text())
    assert written["format"] == "layers-model" and written["convertedBy"] is None
    assert written["modelTopology"]["keras_version"].startswith("tfjs-layers")
    assert written["trainingConfig"] == {
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer_config": {
            "class_name": "Adam",
            "config": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
        },
    }
    names = [one["name"] for one in written["weightsManifest"][0]["weights"]]
    conv, norm = model.layers[0].name, model.layers[2].name
    assert names[:2] == [f"{conv}/kernel", f"{conv}/bias"] and names[len(model.weights)] == "iter"
    assert f"{norm}/moving_variance" in names and f"{conv}/kernel/m" in names
    groups = {one["name"]: one.get("group") for one in written["weightsManifest"][0]["weights"]}
    assert groups["iter"] == groups[f"{conv}/kernel/v"] == "optimizer" and groups[f"{conv}/kernel"] is None
    first = written["modelTopology"]["config"]["layers"][0]["config"]
    assert first["batch_input_shape"] == [None, 8, 8, 2] and first["data_format"] == "channels_last"
    assert first["kernel_initializer"] == {
        "class_name": "VarianceScaling",
        "config": {"scale": 2.0, "mode": "fan_in", "distribution": "normal", "seed": None},
    }


@pytest.mark.skipif(
    not (ZOO / "own-digits-bilstm").is_dir(), reason="the model zoo is not beside this checkout"
)
def test_configs_have_the_keys_of_tfjs() -> None:
    """Every key that TF.js wrote for a dense and a dropout layer, and no other, is what we write."""
    saved = json.loads((ZOO / "own-digits-bilstm" / "model.json").read_text())["modelTopology"]
    theirs = {one["class_name"]: one["config"] for one in saved["config"]["layers"]}
    made = gl.sequential(
        [gl.layers.dropout(rate=0.1, input_shape=[2]), gl.layers.dense(units=10, activation="softmax")]
    )
    ours = {one["class_name"]: one["config"] for one in made.get_config()["layers"]}
    for name in ("Dropout", "Dense"):
        extra = set(ours[name]) - set(theirs[name])
        assert set(theirs[name]) <= set(ours[name]) and extra <= {"batch_input_shape", "dtype"}
    assert ours["Dense"]["kernel_initializer"] == theirs["Dense"]["kernel_initializer"]


def test_training_saved_by_others(tmp_path: Path) -> None:
    """Spellings of TF.js and Keras; a training that does not exist here is warned of."""
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"class_name": "Adam", "config": {"learningRate": 0.25, "beta1": 0.5}}, ("Adam", 0.25)),
        (
            {"class_name": "adam", "config": {"learning_rate": 0.5, "beta_1": 0.5, "decay": 0.0}},
            ("Adam", 0.5),
        ),
        ({"class_name": "RMSprop", "config": {"learning_rate": 0.5, "rho": 0.9}}, ("RMSProp", 0.5)),
        ({"class_name": "SGD", "config": {"learning_rate": 0.5, "momentum": 0.0}}, ("SGD", 0.5)),
        (
            {"class_name": "SGD", "config": {"learning_rate": 0.5, "momentum": 0.9, "nesterov": True}},
            ("SGD", 0.5),
        ),
        ({"class_name": "SGD", "config": {"learning_rate": {"class_name": "ExponentialDecay"}}}, None),
        ({"class_name": "Ftrl", "config": {"learning_rate": 0.5}}, ("Ftrl", 0.5)),
        ({"class_name": "Adadelta", "config": {"learning_rate": 0.5, "amsgrad": True}}, None),
        ({"class_name": "Muon", "config": {}}, None),
        (
            {"class_name": "RMSprop", "config": {"learning_rate": 0.5, "rho": 0.9, "decay": 0.1}},
            ("RMSProp", 0.5),
        ),
    ]
    for config, wanted in cases:
        gl.sequential([gl.layers.dense(units=1, input_shape=[1])]).save(tmp_path)
        _edit(
            tmp_path,
            lambda file, c=config: file.update(trainingConfig={"loss": "mse", "optimizer_config": c}),
        )
        unknown = pytest.warns(
            UserWarning, match="not compiled, as its saved training is unknown here: optim"
        )
        with unknown if wanted is None else contextlib.nullcontext():
            found = gl.load_layers_model(tmp_path).optimizer
        assert (found and (found.class_name, found.learning_rate)) == wanted


def _edit(folder: Path, change: Any) -> None:
    file = json.loads((folder / "model.json").read_text())
    change(file)
    (folder / "model.json").write_text(json.dumps(file))


def test_a_class_of_ones_own(tmp_path: Path) -> None:
    class Twice(gl.layers.Layer):
        class_name = "TestTwice"

        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    gl.sequential([Twice(input_shape=[2])]).save(tmp_path)
    with pytest.raises(ValueError, match="unknown layer class TestTwice: add yours with"):
        gl.load_layers_model(tmp_path)
    gl.serialization.register_class(Twice)
    assert gl.load_layers_model(tmp_path).predict(gl.ones([1, 2])).numpy().tolist() == [[2, 2]]


# -- bad files ---------------------------------------------------------------------------------------------


def _layers(file: dict[str, Any]) -> Any:
    return file["modelTopology"]["config"]["layers"]


def _unknown_layers(file: dict[str, Any]) -> None:
    _layers(file)[0]["class_name"] = "Dens"
    _layers(file).append(
        {"class_name": "TimeDistributed", "config": {"layer": {"class_name": "Mystery", "config": {}}}}
    )
    _layers(file).append(
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Abc", "config": {}}]}}
    )


BAD: dict[str, tuple[Any, str]] = {
    "unknown layers": (_unknown_layers, r"unknown layer classes Abc, Dens, Mystery(, TimeDistributed)?: "),
    "no class": (lambda f: _layers(f)[0].pop("class_name"), "a layer of the topology has no class_name"),
    "no config": (lambda f: _layers(f)[0].pop("config"), "the topology is broken"),
    "activation": (
        lambda f: _layers(f)[0]["config"].update(activation="reluu"), "unknown activation 'reluu'",
    ),
    "units": (lambda f: _layers(f)[0]["config"].update(units=-1), "units must be a positive whole number"),
    "misfit": (lambda f: _layers(f)[1]["config"].update(units=7), "weight 'second/kernel' has shape"),
    "no shape": (lambda f: _layers(f)[0]["config"].pop("batch_input_shape"), "gives no input shape"),
    "renamed": (lambda f: _layers(f)[0]["config"].update(name="one"), "no values for one/bias, one/kernel;"),
    "graph": (lambda f: f.update(format="graph-model"), "is a graph-model: gl.load_graph_model loads it"),
    "one layer": (
        lambda f: f.update(modelTopology=_layers(f)[0]), "modelTopology is a Dense, not a model of layers",
    ),
    "no topology": (lambda f: f.pop("modelTopology"), "modelTopology is missing"),
    "empty topology": (lambda f: f.update(modelTopology={}), "holds no layers model"),
    "dtype": (
        lambda f: f["weightsManifest"][0]["weights"][0].update(dtype="float8"), "unknown dtype 'float8'",
    ),
    "shard": (lambda f: f["weightsManifest"][0].update(paths=["gone.bin"]), "weight file 'gone.bin' is missing"),
    "outside": (lambda f: f["weightsManifest"][0].update(paths=["../w.bin"]), "leaves the model's folder"),
    "huge": (
        lambda f: f["weightsManifest"][0]["weights"][0].update(shape=[2**40, 2**20]), "impossible shape",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_model(name: str, tmp_path: Path) -> None:
    change, match = BAD[name]
    dense = gl.layers.dense
    gl.sequential([dense(units=3, input_shape=[2], name="first"), dense(units=2, name="second")]).save(
        tmp_path
    )
    _edit(tmp_path, change)
    gc.collect()
    before = gl.memory()["num_tensors"]
    with pytest.raises(ValueError, match=match) as caught:
        gl.load_layers_model(tmp_path / "model.json")
    assert str(tmp_path) in str(caught.value)
    del caught
    gc.collect()
    assert gl.memory()["num_tensors"] == before


def test_bad_bytes(tmp_path: Path) -> None:
    gl.sequential([gl.layers.dense(units=3, input_shape=[2])]).save(tmp_path)
    text = (tmp_path / "model.json").read_text()
    (tmp_path / "model.json").write_text(text[: len(text) // 2])
    with pytest.raises(ValueError, match=r"not whole JSON .*truncated or damaged"):
        gl.load_layers_model(tmp_path)
    (tmp_path / "model.json").write_text(text)
    (shard,) = tmp_path.glob("*.bin")
    shard.write_bytes(shard.read_bytes()[:-4])
    with pytest.raises(ValueError, match="too short, 32 bytes where its weights need 36"):
        gl.load_layers_model(tmp_path)
    shard.unlink()
    with pytest.raises(ValueError, match="is missing"):
        gl.load_layers_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="no model at"):
        gl.load_layers_model(tmp_path / "nowhere")


def test_loops_and_missing_inputs(tmp_path: Path) -> None:
    branching().save(tmp_path)
    whole = (tmp_path / "model.json").read_text()
    for change, match in (
        (
            lambda f: _layers(f)[-1]["inbound_nodes"][0][0].__setitem__(0, "end"),
            "has a loop or lacks an input of 'end'",
        ),
        (
            lambda f: _layers(f)[-1]["inbound_nodes"][0][0].__setitem__(0, "ghost"),
            "refers to a layer 'ghost'",
        ),
        (lambda f: f["modelTopology"]["config"]["output_layers"][0].__setitem__(1, 5), "that no layer gives"),
        (lambda f: f["modelTopology"]["config"].update(input_layers=[["a", 0, 0]]), "not among its inputs"),
    ):
        (tmp_path / "model.json").write_text(whole)
        _edit(tmp_path, change)
        with pytest.raises(ValueError, match=match):
            gl.load_layers_model(tmp_path)


def test_not_strict(tmp_path: Path) -> None:
    """Weights that do not belong anywhere, and layers without any, are let pass where asked."""
    gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="first")]).save(tmp_path)
    _edit(tmp_path, lambda f: f["weightsManifest"][0]["weights"][1].update(name="other/bias"))
    with pytest.raises(ValueError, match="no values for first/bias; no layer takes other/bias"):
        gl.load_layers_model(tmp_path)
    loaded = gl.load_layers_model(tmp_path, strict=False)
    assert loaded.weights[1].numpy().tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["a.onnx", "b/c.txt", "D.PT"])
def test_names_of_other_files_make_no_folders(name: str, tmp_path: Path) -> None:
    gl.set_backend("cpu")
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match="ends as another kind of file does"):
            save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "version.bin").mkdir()
    model.save(tmp_path / "version.bin")  # there is such a folder
    model.save(tmp_path / "version.1")
    assert gl.load_model(tmp_path / "version.bin").predict(np.ones((1, 2))).shape == (1, 1)
