"""What `tests/fuzz.py` damages: small sound models of each format, how each is damaged, loaded and called."""

import io
import json
import math
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
from onnx import helper

import glbackend as gl
from glbackend.formats.saved_model.messages import parse
from glbackend.formats.saved_model.sstable import read_table
from tests import saved_models
from tests.damage import in_bytes, in_hdf5, in_json, in_message
from tests.graph_making import artifacts, node, placeholder
from tests.onnx_making import cnn, graph
from tests.onnx_making import model as onnx_model
from tests.onnx_making import node as onnx_node
from tests.test_graph_control import GOLDEN, calls
from tools.keras_files import FOLDER

Files = dict[str, bytes]
MOST_ELEMENTS = 10**6  # of what a damaged model of layers is called with


@dataclass
class Sample:
    """A sound model: its files, and how the model in a folder is loaded and then called."""

    files: Files
    load: Callable[[Path], Any]
    call: Callable[[Any], object]


@dataclass
class Format:
    """The samples of a format, made when they are first needed, and how one's files are damaged."""

    samples: Callable[[], Iterator[Sample]]
    damage: Callable[[Files, Random], Files]


def _saved(model: Any, **how: Any) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(model, gl.io.ModelArtifacts):
            gl.io.save_artifacts(model, folder, **how)
        else:
            model.save(gl.io.file_system(folder, **how))
        return {one.name: one.read_bytes() for one in Path(folder).iterdir()}


def _kept(model: Any, name: str) -> Files:
    """The file of a name that `save` or `save_weights` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        (model.save_weights if name.endswith((".weights.h5", ".safetensors")) else model.save)(path)
        return {name: path.read_bytes()}


# ------------------------------------------------------------------------------------------------ layers


def call_layers(model: Any) -> None:
    """A prediction for zeros, where the model is small."""
    symbols = [
        one for layer in model.layers for node in getattr(layer, "_inbound_nodes", []) for one in node.outputs
    ]
    shapes = [one.shape for one in [*symbols, *model.inputs]]
    if len(shapes) > 60 or any(math.prod(dim or 3 for dim in shape) > MOST_ELEMENTS for shape in shapes):
        return
    given = [
        np.zeros([1, *(dim or 3 for dim in one.shape[1:])], object if one.dtype == "string" else np.float32)
        for one in model.inputs
    ]
    for one in given:
        if one.dtype == object:
            one.fill("word")
    model.predict(given if len(given) > 1 else given[0])


def layer_models() -> Iterator[Any]:
    """Models that have between them what files of layers hold."""
    layers = gl.layers
    dense = gl.sequential([
        layers.dense(units=6, activation="relu", input_shape=[4]), layers.dense(units=2, activation="softmax"),
    ])  # fmt: skip
    dense.compile(optimizer="adam", loss="categoricalCrossentropy", metrics=["accuracy"])
    dense.train_on_batch(np.zeros((2, 4), np.float32), np.eye(2, dtype=np.float32))
    yield dense
    yield gl.sequential([
        layers.conv2d(filters=3, kernel_size=3, padding="same", input_shape=[8, 8, 1]), layers.batch_normalization(),
        layers.max_pooling2d(pool_size=2), layers.depthwise_conv2d(kernel_size=3), layers.flatten(), layers.dense(units=2),
    ])  # fmt: skip
    inner = gl.sequential([layers.dense(units=3, input_shape=[4]), layers.reshape(target_shape=[3, 1])])
    yield gl.sequential(
        [
            inner,
            layers.bidirectional(layer=layers.lstm(units=3, recurrent_activation="sigmoid")),
            layers.dense(units=2),
        ]
    )
    left, right = gl.input(shape=[3], name="left"), gl.input(shape=[5], name="right")
    shared = layers.dense(units=4, activation="tanh", name="shared")
    joined = layers.concatenate()([shared(layers.dense(units=4)(left)), shared(layers.dense(units=4)(right))])
    yield gl.model(
        inputs=[left, right],
        outputs=[layers.dense(units=2, name="a")(joined), layers.dense(units=1, name="b")(joined)],
    )


def layers_samples() -> Iterator[Sample]:
    """Layers models, with shards and quantised weights."""
    ways = (
        {},
        {"quantization": "uint8"},
        {"shard_bytes": 300, "quantization": "uint16"},
        {"quantization": "float16"},
    )
    for model, how in zip(layer_models(), ways, strict=True):
        yield Sample(_saved(model, **how), gl.load_layers_model, call_layers)
        model.dispose()


def damage_folder(files: Files, rng: Random) -> Files:
    """A model.json of other values, or damaged bytes in it or in a shard, shards swapped or gone."""
    made, kind = dict(files), rng.random()
    others = [name for name in files if name != "model.json"]
    if kind < 0.7 or not others:
        changed = in_json(json.loads(files["model.json"]), rng)
        made["model.json"] = json.dumps(changed).encode()
    elif kind < 0.8:
        made["model.json"] = in_bytes(files["model.json"], rng)
    elif kind < 0.9:
        name = rng.choice(others)
        made[name] = in_bytes(files[name], rng)
    elif kind < 0.95:
        del made[rng.choice(others)]
    else:
        made[rng.choice(others)] = files[rng.choice(others)]
    return made


# ------------------------------------------------------------------------------------------------ graphs


def conv_model() -> Any:
    """A convolution with its norm, a pool and a product: what files hold most."""
    rng = np.random.default_rng(0)
    weights: dict[str, Any] = {name: rng.uniform(0.5, 1, 3).astype(np.float32) for name in "somv"}
    weights |= {
        "w": rng.normal(size=(2, 2, 2, 3)),
        "k": rng.normal(size=(12, 2)),
        "flat": np.array([-1, 12], np.int32),
    }
    nodes = [
        placeholder("x", [-1, 4, 4, 2]),
        node("c", "Conv2D", "x", "w", strides=[1, 1, 1, 1], padding="SAME", data_format="NHWC"),
        node("n", "FusedBatchNormV3", "c", "s", "o", "m", "v", epsilon=0.01, is_training=False),
        node("r", "Relu6", "n"),
        node("p", "MaxPool", "r", ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"),
        node("f", "Reshape", "p", "flat"),
        node("y", "MatMul", "f", "k", transpose_a=False, transpose_b=False),
    ]
    typed = {
        name: np.asarray(a, np.float32 if a.dtype.kind == "f" else np.int32) for name, a in weights.items()
    }
    return artifacts(nodes, typed)


def graph_samples() -> Iterator[Sample]:
    """Graph models of both control flows, with lists and tables, and a network."""
    for name in ("dead_branches", "functions", "lists", "tables", "arrays"):
        given, wanted = calls(name)[0]
        yield Sample(
            _saved(gl.io.load_artifacts(GOLDEN / f"{name}.json")),
            gl.load_graph_model,
            _executing(given, list(wanted)),
        )
    given = {"x": np.ones((1, 4, 4, 2), np.float32)}
    for how in ({}, {"quantization": "uint8", "shard_bytes": 100}):
        yield Sample(_saved(conv_model(), **how), gl.load_graph_model, _executing(given, ["y"]))


def _executing(given: Mapping[str, Any], outputs: list[str]) -> Callable[[Any], object]:
    return lambda model: model.execute(given, outputs)


# ------------------------------------------------------------------------------------------------ Keras


def members_of(data: bytes) -> Files:
    """The members of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def keras_samples() -> Iterator[Sample]:
    """`.keras` files of Keras's and of ours."""
    for name in ("training", "quantised", "state_nadam"):
        yield Sample({"m.keras": (FOLDER / f"{name}.keras").read_bytes()}, _loading("m.keras"), call_layers)
    for model in layer_models():
        yield Sample(_kept(model, "m.keras"), _loading("m.keras"), call_layers)
        model.dispose()


def _loading(name: str) -> Callable[[Path], Any]:
    return lambda folder: gl.load_model(folder / name)


def damage_keras(files: Files, rng: Random) -> Files:
    """A config of other values, other weights, a member swapped or gone, or damaged bytes."""
    ((name, data),) = files.items()
    kind = rng.random()
    if kind < 0.15:
        return {name: in_bytes(data, rng)}
    members = members_of(data)
    if kind < 0.65:
        members["config.json"] = json.dumps(in_json(json.loads(members["config.json"]), rng)).encode()
    elif kind < 0.7:
        members["metadata.json"] = json.dumps(in_json(json.loads(members["metadata.json"]), rng)).encode()
    elif kind < 0.9:
        members["model.weights.h5"] = in_hdf5(members["model.weights.h5"], rng)
    else:
        one, other = rng.choice(list(members)), rng.choice(list(members))
        members[one] = in_bytes(members[other], rng) if rng.random() < 0.5 else members[other]
        if rng.random() < 0.3:
            del members[one]
    return {name: archive_of(members)}


def h5_samples() -> Iterator[Sample]:
    """Whole models in `.h5` of Keras 2 and 3 and of ours, and files of weights."""
    for name in ("training", "keras2"):
        yield Sample({"m.h5": (FOLDER / f"{name}.h5").read_bytes()}, _loading("m.h5"), call_layers)
    for model in layer_models():
        yield Sample(_kept(model, "m.h5"), _loading("m.h5"), call_layers)
        model.dispose()
    yield Sample(
        {"m.weights.h5": (FOLDER / "training.weights.h5").read_bytes()}, _taking("m.weights.h5"), call_layers
    )


def _taking(name: str) -> Callable[[Path], Any]:
    """Loads the sound model, then the weights of a folder into it: all, or none where that is an error."""

    def load(folder: Path) -> Any:
        model = gl.load_model(FOLDER / "training.keras", compile=False)
        before = [one.numpy() for one in model.weights]
        try:
            model.load_weights(folder / name)
        except Exception:
            after = [one.numpy() for one in model.weights]
            assert all(map(np.array_equal, before, after)), "weights changed by a file that was refused"
            model.dispose()
            raise
        return model

    return load


def damage_h5(files: Files, rng: Random) -> Files:
    """Damaged bytes, or members and attributes of other values."""
    ((name, data),) = files.items()
    return {name: in_bytes(data, rng) if rng.random() < 0.5 else in_hdf5(data, rng)}


# ------------------------------------------------------------------------------------------------ safetensors


def safetensors_samples() -> Iterator[Sample]:
    """The weights of a model."""
    model = gl.load_model(FOLDER / "training.keras", compile=False)
    yield Sample(_kept(model, "m.safetensors"), _taking("m.safetensors"), call_layers)
    model.dispose()


def damage_safetensors(files: Files, rng: Random) -> Files:
    """Damaged bytes, or a header of other values."""
    ((name, data),) = files.items()
    if rng.random() < 0.4:
        return {name: in_bytes(data, rng)}
    (length,) = struct.unpack_from("<Q", data)
    header = json.dumps(in_json(json.loads(data[8 : 8 + length]), rng)).encode()
    return {name: struct.pack("<Q", len(header)) + header + data[8 + length :]}


# ------------------------------------------------------------------------------------------------ ONNX


def onnx_samples() -> Iterator[Sample]:
    """A network, a loop, branches with a recurrent layer and functions, and values in a file beside the model."""
    pixels, pair = np.zeros((1, 3, 8, 8), np.float32), np.zeros(2, np.float32)
    yield _onnx(cnn(), pixels)
    body = graph(
        [onnx_node("Add", "s s", "t"), onnx_node("Identity", "c", "d")],
        "i:int64 c:bool s:float[2]",
        "d:bool t:float[2]",
    )
    nodes = [onnx_node("Loop", "n - x", "z", body=body), onnx_node("Softmax", "z", "y", axis=0)]
    yield _onnx(onnx_model(nodes, "x:float[2]", "y:float[2]", {"n": np.array(3, np.int64)}), pair)
    rng = np.random.default_rng(0)
    weights = {
        "w": rng.normal(size=(1, 12, 2)).astype("f4"),
        "r": rng.normal(size=(1, 12, 3)).astype("f4"),
        "q": np.array(True),
    }
    branches = [graph([onnx_node(op, "h", "z")], "", "z:float") for op in ("Relu", "Neg")]
    own = helper.make_function(
        "own",
        "Twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 21)],
    )
    nodes = [
        onnx_node("LSTM", "x w r", "h", hidden_size=3), onnx_node("If", "q", "f", then_branch=branches[0], else_branch=branches[1]),
        onnx_node("QuantizeLinear", "f s", "i"), onnx_node("DequantizeLinear", "i s", "g"), helper.make_node("Twice", ["g"], ["y"], domain="own"),
    ]  # fmt: skip
    net = onnx_model(
        nodes,
        "x:float[4,1,2]",
        "y:float",
        weights | {"s": np.array(0.1, np.float32)},
        functions=[own],
        imports=[helper.make_opsetid("own", 1)],
    )
    yield _onnx(net, np.ones((4, 1, 2), np.float32))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        onnx.save_model(cnn(1), path, save_as_external_data=True, location="m.data", size_threshold=16)
        yield _onnx({one.name: one.read_bytes() for one in Path(folder).iterdir()}, pixels)


def _onnx(made: Any, given: Any) -> Sample:
    files = made if isinstance(made, dict) else {"m.onnx": made.SerializeToString()}
    return Sample(
        files, lambda folder: gl.load_onnx_model(folder / "m.onnx"), lambda model: model.predict(given)
    )


def damage_onnx(files: Files, rng: Random) -> Files:
    """Damaged bytes of a file, or fields of other values."""
    made, name = dict(files), rng.choice(list(files))
    if name == "m.onnx" and rng.random() < 0.6:
        proto = onnx.ModelProto.FromString(files[name])
        in_message(proto, rng)
        made[name] = proto.SerializeToString()
    elif name != "m.onnx" and rng.random() < 0.2:
        del made[name]
    else:
        made[name] = in_bytes(files[name], rng)
    return made


# ------------------------------------------------------------------------------------------------ SavedModels

INDEX, SHARD = "variables/variables.index", "variables/variables.data-00000"


def saved_model_samples() -> Iterator[Sample]:
    """Folders of TensorFlow's and Keras's."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("module", "flow", "words", "old", "cnn", "gru"):
            folder = saved_models.unpacked(name, Path(place))
            files = {
                str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
            }
            yield Sample(files, gl.load_saved_model, _signed(saved_models.calls(name)[0]))


def _signed(call: saved_models.Call) -> Callable[[Any], object]:
    return lambda model: model.signatures[call.signature].predict(call.fed)


def damage_saved_model(files: Files, rng: Random) -> Files:
    """The graph, the index of its checkpoint, with right checksums or not, or a shard."""
    made, kind = dict(files), rng.randrange(5)
    start = ("saved_model.pb", "saved_model.pb", INDEX, INDEX, SHARD)[kind]
    name = next(one for one in files if one.startswith(start))
    if kind == 0:
        message = parse("SavedModel", files[name], "the golden")
        in_message(message, rng)
        made[name] = message.SerializeToString()
    elif kind == 2:
        made[name] = _other_index(files[name], rng)
    else:
        made[name] = in_bytes(files[name], rng)
    return made


def _other_index(text: bytes, rng: Random) -> bytes:
    """An index with its checksums, some of whose entries are of other values, under another name, or gone."""
    pairs = read_table(text, "the golden")
    for _ in range(rng.randint(1, 3)):
        key, fault = rng.choice(list(pairs)), rng.randrange(4)
        if fault == 0:
            del pairs[key]
        elif fault == 1:
            pairs[key] = pairs[rng.choice(list(pairs))]
        else:
            message = parse("BundleEntry" if key else "BundleHeader", pairs[key], "an entry")
            in_message(message, rng)
            pairs[key] = message.SerializeToString()
        if not pairs:
            break
    return saved_models.table_of(pairs)


FORMATS = {
    "layers": Format(layers_samples, damage_folder),
    "graph": Format(graph_samples, damage_folder),
    "keras": Format(keras_samples, damage_keras),
    "h5": Format(h5_samples, damage_h5),
    "safetensors": Format(safetensors_samples, damage_safetensors),
    "onnx": Format(onnx_samples, damage_onnx),
    "saved_model": Format(saved_model_samples, damage_saved_model),
}
