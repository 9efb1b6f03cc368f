"""What is too much: sizes, rates, depths and lengths beyond sense are typed errors, at once and in few words."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, GlbackendError, ModelFormatError, ShapeError

ROOT = Path(__file__).resolve().parents[1]
FUZZER = ROOT.parent / "shared" / "tools" / "fuzz_models.py"


@pytest.mark.parametrize("shape", [[2**62, 4], [2**31, 2**31], [2**40, 2**10]])
def test_tensors_that_no_memory_holds(shape: list[int], backend: str) -> None:
    one = gl.ones([1, 1])
    for make in (gl.zeros, gl.ones, gl.random_normal, one.broadcast_to, one.tile):
        with pytest.raises((ShapeError, ArgumentError, MemoryError)):
            make(shape)


@pytest.mark.parametrize("rate", [-1, -0.01, 1, 1.5, float("nan"), float("inf")])
def test_rates_of_dropout(rate: float) -> None:
    for make in (
        lambda: gl.layers.dropout(rate=rate), lambda: gl.layers.lstm(units=1, dropout=rate),
        lambda: gl.layers.gru(units=1, recurrent_dropout=rate), lambda: gl.layers.simple_rnn_cell(units=1, dropout=rate),
        lambda: gl.dropout(gl.ones([2]), rate),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match=r"in (the range )?\[0, 1\)"):
            make()


def test_windows_beyond_sense(backend: str) -> None:
    x, volume, kernel = gl.ones([1, 8, 8, 1]), gl.ones([1, 4, 4, 4, 1]), gl.ones([2, 2, 1, 1])
    far = 10**9
    for call in (
        lambda: gl.max_pool(x, far, 1, "same"), lambda: gl.avg_pool(x, [1, far], 1, "same"),
        lambda: gl.max_pool(x, 2, far, "same"), lambda: gl.max_pool3d(volume, far, 1, "same"),
        lambda: gl.conv2d(x, kernel, 1, "same", dilations=far), lambda: gl.conv2d(x, kernel, 1, far),
        lambda: gl.depthwise_conv2d(x, kernel, 1, "same", dilations=10**18),
        lambda: gl.layers.max_pooling2d(pool_size=far, padding="same")(x),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match="may span 16,777,216 elements"):
            call()
    assert gl.max_pool(x, 1000, 1, "same").shape == x.shape


@pytest.mark.parametrize(
    "options",
    [{"input_shape": [-5]}, {"batch_input_shape": [None, -5]}, {"batch_size": -1, "input_shape": [2]}],
)
def test_negative_dims(options: dict[str, Any]) -> None:
    for make in (gl.layers.flatten, gl.layers.input_layer):
        with pytest.raises(ShapeError, match="at least 0, or None"):
            make(**options)
    with pytest.raises(ShapeError, match="at least 0, or None"):
        gl.input([-5])


def test_messages_end() -> None:
    long = "x" * 100_000
    for call in (
        lambda: gl.layers.dense(units=1, activation=long), lambda: gl.ones([2]).reshape([1] * 5000),
        lambda: gl.ones([1] * 5).sum(long), lambda: gl.train.sgd(long), lambda: gl.layers.dense(**{long: 1}),
    ):  # fmt: skip
        with pytest.raises(GlbackendError) as caught:
            call()
        assert len(str(caught.value)) <= 900 and " ... " in str(caught.value)


# -- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    layers = [gl.layers.dense(units=3, input_shape=[2], name="a"), gl.layers.dense(units=2, name="b")]
    gl.sequential(layers).save(tmp_path, quantization="uint8")
    return tmp_path / "model.json"


def weights(model: Any) -> Any:
    return model["weightsManifest"][0]


def layer(model: Any) -> Any:
    return model["modelTopology"]["config"]["layers"][0]


def nest(model: Any, depth: int) -> None:
    top = model["modelTopology"]
    for i in range(depth):
        top["config"] = {
            "name": f"m{i}",
            "layers": [{"class_name": "Sequential", "config": copy.copy(top["config"])}],
        }


LONG = "n" * 300
BAD: dict[str, Any] = {
    "path": lambda m: weights(m).update(paths=[LONG]),
    "path of folders": lambda m: weights(m).update(paths=["a/" * 3000 + "b"]),
    "weight's name": lambda m: weights(m)["weights"][0].update(name=LONG * 300),
    "class": lambda m: layer(m).update(class_name=LONG * 300),
    "nested": lambda m: nest(m, 300),
    "config a number": lambda m: layer(m).update(config=7),
    "config of the model": lambda m: m["modelTopology"].update(config=1e308),
    "config a list": lambda m: layer(m).update(config=[[1]]),
    "name a list": lambda m: layer(m)["config"].update(name=[1] * 10_000),
    "strides": lambda m: layer(m)["config"].update(units=[1] * 10_000),
    "negative": lambda m: layer(m)["config"].update(batch_input_shape=[None, -5]),
    "quantization a list": lambda m: weights(m)["weights"][0].update(quantization={"dtype": [1]}),
    "quantization an object": lambda m: weights(m)["weights"][0].update(quantization={"dtype": {}}),
    "quantization a number": lambda m: weights(m)["weights"][0].update(quantization=3),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_files_beyond_sense(fault: str, saved: Path) -> None:
    model = json.loads(saved.read_text())
    BAD[fault](model)
    saved.write_text(json.dumps(model))
    with pytest.raises(ModelFormatError) as caught:
        gl.load_layers_model(saved)
    assert len(str(caught.value)) <= 900


def test_models_may_be_nested(saved: Path) -> None:
    model = json.loads(saved.read_text())
    nest(model, 20)
    saved.write_text(json.dumps(model))
    assert gl.load_layers_model(saved).predict(np.ones((1, 2), "f4")).shape == (1, 2)


def test_weights_that_are_no_numbers() -> None:
    memory = gl.io.from_memory()
    gl.sequential([gl.layers.dense(units=1, input_shape=[1], name="d")]).save(memory)
    for values in (np.array(["x"], object), np.array([1j], np.complex64)):
        artifacts = memory.load()
        artifacts.weights["d/bias"] = values
        with pytest.raises(
            ModelFormatError, match=r"weight 'd/bias' holds (string|complex64), its layer needs numbers"
        ):
            gl.load_layers_model(gl.io.from_memory(artifacts))


def test_paths_that_are_too_long() -> None:
    for path in ("a" * 5000, "a/" * 5000):
        with pytest.raises(FileNotFoundError, match="no model"):
            gl.load_layers_model(path)


def test_numbers_of_a_file_cost_nothing_before_they_are_checked(saved: Path) -> None:
    """Recurrent layers with states, and times, of any size."""
    for options in (
        {"units": 3_000_000},
        {"stateful": True, "batch_input_shape": [10**6, 4, 2]},
        {"batch_input_shape": [1, 10**18, 2]},
    ):
        model = json.loads(saved.read_text())
        config = {"name": "a", "units": 3, "batch_input_shape": [None, 4, 2], **options}
        model["modelTopology"]["config"]["layers"] = [{"class_name": "LSTM", "config": config}]
        saved.with_name("other.json").write_text(json.dumps(model))
        with pytest.raises(ModelFormatError):
            gl.load_layers_model(saved.with_name("other.json"))


@pytest.mark.skipif(not FUZZER.is_file(), reason="the fuzzer is not beside this checkout")
def test_the_fuzzer_finds_nothing() -> None:
    """A sample; CI runs a seed of it whole."""
    done = subprocess.run(
        [sys.executable, FUZZER, sys.executable, "150", "1"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout
