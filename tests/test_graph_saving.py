"""`gl.save_graph_model`: what is written loads here, and in TensorFlow.js where Node is, with the same numbers."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, TraceError
from glbackend.base.nested import leaves
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.saving import artifacts_of
from glbackend.formats.graph_model.written import writable
from glbackend.testing.case import Case
from tests.written_cases import written_cases

ROOT = Path(__file__).resolve().parents[1]
PLACES = [
    ROOT / "bench" / "peers" / "node_modules",
    *map(Path, os.environ.get("NODE_PATH", "").split(os.pathsep)),
]
MODULES = next(
    (place for place in PLACES if (place / "@tensorflow" / "tfjs" / "package.json").is_file()), None
)
RNG = np.random.default_rng(5)


def graph_cases() -> list[tuple[Case, Any]]:
    return written_cases(lambda source: artifacts_of(*source), writable, 2)


def test_each_kernel_is_read_as_it_was_written() -> None:
    known = graph_cases()
    assert len({case.kernel for case, _ in known}) > 100
    for case, made in known:
        inputs = [gl.tensor(one) for one in case.inputs]
        model = gl.load_graph_model(made)
        found = model.execute(
            dict(zip(model.input_nodes, inputs, strict=True)), [one.name for one in model.outputs]
        )
        for got, wanted in zip(found, leaves(Tensor, case.call(*inputs)), strict=True):
            assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape), case.id
            np.testing.assert_allclose(got.numpy(), wanted.numpy(), 1e-5, 1e-5, err_msg=case.id)
        model.dispose()


def network() -> Any:
    """Layers of many kinds, for images."""
    return gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, padding="same", use_bias=False, input_shape=[6, 6, 2]),
        gl.layers.batch_normalization(),
        gl.layers.activation("relu6"),
        gl.layers.depthwise_conv2d(kernel_size=3, depth_multiplier=2, activation="elu"),
        gl.layers.max_pooling2d(pool_size=2),
        gl.layers.conv2d_transpose(filters=3, kernel_size=2, strides=2),
        gl.layers.flatten(),
        gl.layers.dense(units=5, activation="tanh"),
        gl.layers.dense(units=3, activation="softmax"),
    ])  # fmt: skip


def two_heads(x: Any, y: Any) -> dict[str, Any]:
    """A function of two arguments that gives a dict."""
    z = gl.concat([x, y], 1).matmul(gl.tensor(np.arange(10, dtype=np.float32).reshape(5, 2)))
    return {"sum": z.sum(1), "classes": z.argmax(1), "parts": z.reshape((z.shape[0], 2, 1)).leaky_relu(0.3)}


X = RNG.normal(size=(3, 6, 6, 2)).astype(np.float32)


def test_a_layers_model_of_any_batch(tmp_path: Path, backend: str) -> None:
    layers = network()
    result = gl.save_graph_model(layers, tmp_path)
    assert Path(result.files[-1]).name == "model.json"
    model = gl.load_graph_model(tmp_path)
    assert model.inputs[0].shape == (-1, 6, 6, 2)
    for rows in (1, 3):
        np.testing.assert_allclose(
            model.predict(X[:rows]).numpy(), layers.predict(X[:rows]).numpy(), 1e-5, 1e-6
        )
    model.dispose()


def test_a_function_with_a_dict(tmp_path: Path) -> None:
    x, y = RNG.normal(size=(4, 2)).astype(np.float32), RNG.normal(size=(4, 3)).astype(np.float32)
    gl.save_graph_model(two_heads, tmp_path, [None, 2], ([None, 3], "float32"), metadata={"by": "a test"})
    model = gl.load_graph_model(tmp_path)
    assert [one.name for one in model.inputs] == ["x", "y"] and model.metadata["by"] == "a test"
    found = model.predict({"x": x, "y": y})
    for name, wanted in two_heads(gl.tensor(x), gl.tensor(y)).items():
        np.testing.assert_allclose(found[name].numpy(), wanted.numpy(), 1e-5, 1e-6)
    again = gl.io.from_memory()
    gl.save_graph_model(model, again)
    copy = gl.load_graph_model(again)
    np.testing.assert_allclose(copy.predict([x, y])["sum"].numpy(), found["sum"].numpy(), 1e-5, 1e-6)
    model.dispose()
    copy.dispose()


def recurrent_models() -> dict[str, Callable[[], Any]]:
    """Models of sequences: with masks, both ways, gates of both forms, several layers."""
    layers, entry = gl.layers, {"input_shape": [4, 3]}

    def words() -> Any:
        return layers.embedding(input_dim=7, output_dim=3, mask_zero=True, input_length=4)

    return {
        "lstm": lambda: gl.sequential([layers.lstm(units=3, return_sequences=True, **entry), layers.lstm(units=2)]),
        "gru": lambda: gl.sequential([layers.gru(units=3, reset_after=False, activation="relu", **entry)]),
        "gru_after": lambda: gl.sequential([layers.gru(units=3, reset_after=True, recurrent_activation="sigmoid", **entry)]),
        "backwards": lambda: gl.sequential([layers.simple_rnn(units=3, go_backwards=True, return_sequences=True, **entry)]),
        "both": lambda: gl.sequential([layers.bidirectional(layer=layers.gru(units=2), merge_mode="concat", **entry)]),
        "masked": lambda: gl.sequential([words(), layers.bidirectional(layer=layers.lstm(units=3))]),
    }  # fmt: skip


def inputs_of_recurrent(name: str) -> Any:
    if name == "masked":
        return np.array([[1, 2, 0, 0], [3, 4, 0, 6], [0, 0, 0, 0]], np.float32)
    return RNG.normal(size=(3, 4, 3)).astype(np.float32)


@pytest.mark.parametrize("name", recurrent_models())
def test_recurrent_layers_of_any_batch(name: str, tmp_path: Path, backend: str) -> None:
    """Step by step; only what is asked for."""
    layers, x = recurrent_models()[name](), inputs_of_recurrent(name)
    gl.save_graph_model(layers, tmp_path)
    nodes = json.loads((tmp_path / "model.json").read_bytes())["modelTopology"]["node"]
    read = {ref.partition(":")[0] for node in nodes for ref in node.get("input", ())}
    assert {node["name"] for node in nodes} - read == {"Identity"}
    model = gl.load_graph_model(tmp_path)
    for rows in (1, 3):
        wanted = layers.predict(x[:rows]).numpy()
        np.testing.assert_allclose(model.predict(x[:rows]).numpy(), wanted, 1e-5, 1e-6)
    model.dispose()
    layers.dispose()


@pytest.mark.parametrize(
    ("dtype", "share", "near"), [("float16", 0.51, 2e-3), ("uint8", 0.27, 0.05), ("uint16", 0.51, 1e-3)]
)
def test_quantised_and_cut_into_shards(tmp_path: Path, dtype: str, share: float, near: float) -> None:
    layers = network()
    whole = gl.save_graph_model(layers, tmp_path / "whole")
    small = gl.save_graph_model(layers, tmp_path / "small", quantization=dtype, shard_bytes=100)
    sizes = [one.model_artifacts_info.weight_data_bytes for one in (small, whole)]
    assert sizes[0] < share * sizes[1] + 100 and len(small.files) > 3
    model = gl.load_graph_model(tmp_path / "small")
    assert abs(model.predict(X).numpy() - layers.predict(X).numpy()).max() < near
    model.dispose()


def test_what_cannot_be_written() -> None:
    memory = gl.io.from_memory()
    lstm = gl.sequential([gl.layers.lstm(units=2, input_shape=[3, 1])])
    with pytest.raises(ArgumentError, match=r"no op of TensorFlow.js stands for RNNGrad"):
        gl.save_graph_model(gl.grad(lambda x: lstm(x).sum()), memory, [1, 3, 1])
    with pytest.raises(ArgumentError, match="something else for other sizes: give all dims"):
        gl.save_graph_model(lstm, memory, [1, None, 1])
    with pytest.raises(ArgumentError, match="random numbers"):
        gl.save_graph_model(lambda x: x + gl.random_normal([3]), memory, [3])
    state = gl.Variable([0.0])
    with pytest.raises(ArgumentError, match="changes variables"):
        gl.save_graph_model(lambda x: state.assign(state + x), memory, [1])
    with pytest.raises(ArgumentError, match=r"Tile goes with a dim of any size"):
        gl.save_graph_model(lambda x: gl.ones([1, 2]).tile([x.shape[0], 1]) * x, memory, [None, 2])
    with pytest.raises(ArgumentError, match="must be a shape"):
        gl.save_graph_model(lambda x: x, memory, "float32")
    with pytest.raises(TraceError):
        gl.save_graph_model(lambda x: x if x.sum().item() else -x, memory, [3])


def tfjs(folders: list[Path]) -> list[Any]:
    """What TensorFlow.js gives for models with their inputs.json."""
    script = ROOT / "tests" / "tfjs_graph.mjs"
    ran = subprocess.run(
        ["node", str(script), str(MODULES), *map(str, folders)], capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(
    shutil.which("node") is None or MODULES is None, reason="no Node with TensorFlow.js (bench/peers) here"
)
def test_tensorflowjs_gives_the_same(tmp_path: Path) -> None:
    """Layers, a function, each quantisation; and a sample call of each kernel, but where TF.js lacks it."""
    layers, wanted = network(), []
    for name, options in (
        ("plain", {}),
        ("float16", {"quantization": "float16"}),
        ("uint8", {"quantization": "uint8", "shard_bytes": 200}),
    ):
        gl.save_graph_model(layers, tmp_path / name, **options)  # type: ignore[arg-type]
        model = gl.load_graph_model(tmp_path / name)
        wanted.append((tmp_path / name, [model.predict(X)]))
        put_inputs(tmp_path / name, {"x": gl.tensor(X)}, model)
    for name, make in recurrent_models().items():
        recurrent = make()
        gl.save_graph_model(recurrent, tmp_path / name)
        x = inputs_of_recurrent(name)
        wanted.append((tmp_path / name, [recurrent.predict(x)]))
        put_inputs(tmp_path / name, {"x": gl.tensor(x)}, gl.load_graph_model(tmp_path / name))
    for number, (case, made) in enumerate(graph_cases()):
        inputs = [gl.tensor(one) for one in case.inputs]
        outputs = list(leaves(Tensor, case.call(*inputs)))
        if {one.dtype for one in (*inputs, *outputs)} <= {"float32", "int32"} and not TFJS_LACKS.intersection(
            (case.kernel, case.id)
        ):
            folder = tmp_path / f"{number}-{case.kernel}"
            gl.io.save_artifacts(made, folder)
            put_inputs(folder, {f"x{i}": one for i, one in enumerate(inputs)}, None)
            wanted.append((folder, outputs))
    assert len(wanted) > 120
    for (folder, outputs), found in zip(wanted, tfjs([folder for folder, _ in wanted]), strict=True):
        assert "error" not in found and len(found) == len(outputs), (folder.name, found)
        for got, one in zip(found, outputs, strict=True):
            values = np.array([float(value) for value in got["values"]]).reshape(got["shape"])
            np.testing.assert_allclose(values, one.numpy(), 1e-4, 1e-4, err_msg=folder.name)


TFJS_LACKS = {  # kernels, and sample calls, that its cpu backend refuses
    "BitwiseAnd", "DepthToSpace-channels-first", "FFT", "IFFT", "LogSoftmax-scalar", "OneHot-depth1",
    "Slice-complex_gradient", "Softmax-scalar",
}  # fmt: skip


def put_inputs(folder: Path, inputs: dict[str, Tensor], model: Any) -> None:
    """inputs.json beside a model."""
    names = dict(zip(inputs, model.input_nodes if model else inputs, strict=True))
    told = {}
    for name, one in inputs.items():
        values = [
            value if np.isfinite(value) else str(value).replace("inf", "Infinity")
            for value in one.numpy().ravel().tolist()
        ]
        told[names[name]] = {"dtype": one.dtype, "shape": one.shape, "values": values}
    (folder / "inputs.json").write_text(json.dumps(told))
    if model:
        model.dispose()
