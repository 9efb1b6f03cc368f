"""`tests/golden/keras`: files that Keras 3 wrote, and what it makes of ours.

`python -m tools.keras_files write` makes the files: functions of tensors as nodes, quantised and old weights,
training that goes on. `python -m tools.keras_files judge [CASE ...]` lets Keras load a model of each layer
case as we write it, and keeps how far its outputs lie apart. Both want keras 3.15, tf_keras 2.21 and
tensorflow 2.21 beside glbackend's own dependencies and h5py.
"""

import hashlib
import importlib
import json
import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.base.errors import ArgumentError
from glbackend.formats.keras.entries import entry_of
from glbackend.layers.operation import place_of
from glbackend.testing.layer_case import LayerCase, layer_cases
from tools.keras_calls import functions

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden" / "keras"
JUDGED = FOLDER / "judged.json"
STRINGS = (
    "StringLookup",
    "TextVectorization",
)  # whose inputs are words; "outside" are inputs that Keras refuses


def write() -> None:
    """The files that Keras makes, each with inputs and outputs in the .npz beside it."""
    keras, old = importlib.import_module("keras"), importlib.import_module("tf_keras")
    FOLDER.mkdir(exist_ok=True)
    _write_functions(keras)
    _write_quantised(keras)
    _write_training(keras)
    _write_mixed(keras)
    _write_states(keras)
    _write_old(old)
    for path in FOLDER.glob("*.keras"):
        packed(path)


def _keep(name: str, inputs: Sequence[Any], outputs: Sequence[Any], **more: Any) -> None:
    arrays: dict[str, Any] = {f"in_{i}": np.array(one) for i, one in enumerate(inputs)}
    arrays |= {f"out_{i}": np.array(one) for i, one in enumerate(outputs)}
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays, **more)


def _weighed(model: Any) -> Any:
    """The model with weights by an integer recipe."""
    for i, weight in enumerate(model.weights):
        steps = (37 * np.arange(np.prod(weight.shape)) + 17 * i) % 101 - 50
        values = (steps / 64).reshape(weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model


def _write_quantised(keras: Any) -> None:
    """int8 kernels of a dense layer, of a lookup and of an einsum, with the numbers that they stand for."""
    layers = keras.layers
    numbers = keras.Input((3,), dtype="int32", name="numbers")
    x = layers.Embedding(7, 5)(numbers)
    x = layers.Dense(6)(x)
    model = _weighed(keras.Model(numbers, layers.Dense(2, activation="tanh")(x), name="quantised"))
    exact = [np.array(one) for one in model.get_weights()]
    model.quantize("int8")
    given = np.array([[0, 3, 6], [1, 2, 5]], np.int32)
    model.save(FOLDER / "quantised.keras")
    weights = {f"exact_{i}": one for i, one in enumerate(exact)}
    _keep("quantised", [given], [model(given)], **weights)


def _write_training(keras: Any) -> None:
    """A model in the middle of its training, and what the next two steps make of its weights."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.BatchNormalization(), layers.Dense(2)],
        name="trained",
    )
    _weighed(model).compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    steps = np.arange(24, dtype=np.float32)
    x, y = ((37 * steps) % 29 / 16 - 0.875).reshape(8, 3), ((17 * steps[:16]) % 23 / 16).reshape(8, 2)
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(FOLDER / "training.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # .h5 is an old format
        model.save(FOLDER / "training.h5")
    model.save_weights(FOLDER / "training.weights.h5")
    outputs = model(x)
    for _ in range(2):
        model.train_on_batch(x, y)
    _keep("training", [x, y], [outputs], **{f"next_{i}": one for i, one in enumerate(model.get_weights())})


def _write_mixed(keras: Any) -> None:
    """A model in the middle of its training in mixed precision, with a scale around its optimizer."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="mixed_float16")], name="mixed")
    scaled = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=16.0)
    _weighed(model).compile(scaled, "mse")
    for _ in range(3):
        model.train_on_batch(np.ones([4, 3]), np.ones([4, 2]))
    model.save(FOLDER / "mixed.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # .h5 is an old format
        model.save(FOLDER / "mixed.h5")


def optimizers_of(library: Any) -> dict[str, Any]:
    """Optimizers whose states stand in files in orders of their own; of Keras, or of ours."""
    found = library.optimizers
    return {
        "momentum": found.SGD(0.05, momentum=0.8),
        "amsgrad": found.Adam(0.05, amsgrad=True),
        "nadam": found.Nadam(0.05),
        "centered": found.RMSprop(0.01, momentum=0.5, centered=True),
        "average": found.Adam(found.schedules.ExponentialDecay(0.05, 2, 0.5), use_ema=True, ema_momentum=0.5),
        "pending": found.SGD(0.05, momentum=0.5, gradient_accumulation_steps=2),
        "adafactor": found.Adafactor(0.05),
    }


def _write_states(keras: Any) -> None:
    """A small model in the middle of its training by each, and the weights two steps on."""
    layers = keras.layers
    steps = np.arange(24, dtype=np.float32)
    x, y = ((37 * steps) % 29 / 16 - 0.875).reshape(8, 3), ((17 * steps[:16]) % 23 / 16).reshape(8, 2)
    after: dict[str, Any] = {}
    for name, optimizer in optimizers_of(keras).items():
        model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(2)])
        _weighed(model).compile(optimizer, "mse")
        for _ in range(3):
            model.train_on_batch(x, y)
        model.save(FOLDER / f"state_{name}.keras")
        packed(FOLDER / f"state_{name}.keras")
        for _ in range(2):
            model.train_on_batch(x, y)
        after |= {f"{name}_{i}": one for i, one in enumerate(model.get_weights())}
    _keep("states", [x, y], [], **after)


def _write_old(keras: Any) -> None:
    """A functional model of Keras 2 with a frozen row of layers in it, whole and weights alone."""
    layers = keras.layers
    entry = keras.Input((4, 3), name="entry")
    row = keras.Sequential(
        [layers.Dense(3, name="d"), layers.BatchNormalization(name="n"), layers.Dense(2, name="d2")],
        name="row",
    )
    x = layers.LSTM(3, return_sequences=True, recurrent_activation="hard_sigmoid")(entry)
    x = layers.Conv1D(3, 2, name="c")(x)
    x = layers.TimeDistributed(row)(x)
    side = layers.GRU(2, name="g")(x)
    model = keras.Model(entry, [layers.Dense(2, name="d")(side), layers.Flatten()(x)], name="old")
    row.trainable = False
    _weighed(model).compile(keras.optimizers.legacy.Adam(0.01), "mse")
    given = ((37 * np.arange(24, dtype=np.float32)) % 29 / 16 - 0.875).reshape(2, 4, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # .h5 is an old format
        model.save(FOLDER / "keras2.h5")
    model.save_weights(FOLDER / "keras2_weights.h5")
    _keep("keras2", [given], model(given))


def packed(path: Path) -> None:
    """Packs the members of an archive, which Keras stores as they are."""
    with zipfile.ZipFile(path) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def inputs_of_functions() -> list[Any]:
    steps = np.arange(24, dtype=np.float32)
    x = ((37 * steps) % 29 / 8 - 1.75).reshape(2, 3, 4)
    y = ((17 * steps) % 23 / 16 + 0.25).reshape(2, 3, 4)
    return [x, y, np.array([[0, 1, 2], [2, 0, 1]], np.int32)]


def _write_functions(keras: Any) -> None:
    ends = [keras.Input(batch_shape=(2, 3, 4), name="x"), keras.Input(batch_shape=(2, 3, 4), name="y"),
            keras.Input(batch_shape=(2, 3), dtype="int32", name="n")]  # fmt: skip
    calls = functions(keras.ops)
    outputs = {name: call(*ends) for name, call in calls.items()}
    model = keras.Model(ends, list(outputs.values()), name="functions")
    arrays = inputs_of_functions()
    given = {name: np.array(one) for name, one in zip(outputs, model(arrays), strict=True)}
    model.save(FOLDER / "functions.keras")
    packed(FOLDER / "functions.keras")
    about = {name: [list(one.shape), one.dtype.kind] for name, one in given.items()}
    values = np.concatenate([one.ravel().astype(np.float32) for one in given.values()])
    np.savez_compressed(FOLDER / "functions.npz", about=json.dumps(about), values=values)


def judged_cases() -> list[LayerCase]:
    """The cases whose layers are judged as they are written."""
    return [
        case
        for case in layer_cases()
        if not case.training and case.class_name not in STRINGS and not case.name.endswith("_outside")
    ]


def model_of_case(case: LayerCase) -> Any:
    """A functional model of a case's layer."""
    layer = case.built()
    batch = case.inputs[0].shape[0] if getattr(layer, "stateful", False) else None
    ends = [
        gl.input(
            batch_shape=[batch, *one.shape[1:]],
            dtype="int32" if one.dtype.kind in "iu" else "float32",
            name=f"in{i}",
        )
        for i, one in enumerate(case.inputs)
    ]
    for number, one in enumerate(layer._with_inner_layers()):  # names that are made up count on
        one.name = f"layer_{number}"
    return gl.model(inputs=ends, outputs=layer(ends if len(ends) > 1 else ends[0]), name="model")


def composed() -> Iterator[tuple[str, Any, list[Any]]]:
    """Models of several layers, with inputs: a model within that is called twice, functions, masks."""
    entry = gl.input([4], name="entry")
    inner = gl.model(inputs=entry, outputs=[gl.layers.dense(units=3, name="d")(entry)], name="inner")
    left, right = gl.input([4], name="left"), gl.input([4], name="right")
    halved = gl.layers.operation(function="Multiply", name="halved")(inner(right), args=[0.5, place_of(0)])
    joined = gl.layers.add(name="joined")([inner(left), halved])
    numbers = np.arange(8, dtype=np.float32).reshape(2, 4) / 8
    yield (
        "nested",
        gl.model(inputs=[left, right], outputs=gl.layers.dense(units=2, name="d")(joined)),
        [numbers, -numbers],
    )
    row = gl.sequential(
        [gl.layers.dense(units=3, input_shape=[6], name="d"), gl.layers.re_lu(name="r")], name="row"
    )
    words = gl.input([5], dtype="int32", name="words")
    steps = gl.layers.embedding(input_dim=7, output_dim=6, mask_zero=True, name="e")(words)
    steps = gl.layers.time_distributed(layer=row, name="t")(steps)
    last = gl.layers.gru(units=2, recurrent_activation="sigmoid", reset_after=True, name="g")(steps)
    given = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 1, 0]], np.int32)
    yield "masked", gl.model(inputs=words, outputs=last), [given]


def entry_hash(model: Any) -> str:
    """What tells whether the entry that Keras has judged is still what is written."""
    return hashlib.sha256(json.dumps(entry_of(model), sort_keys=True).encode()).hexdigest()[:16]


def judge(names: Sequence[str] = ()) -> None:
    """Lets Keras load what we write of each case, or of those named; what it made of others stays."""
    keras = importlib.import_module("keras")
    before = json.loads(JUDGED.read_text())["cases"] if names else {}
    found: dict[str, Any] = {}
    for case in judged_cases():
        if names and case.id not in names:
            found[case.id] = before[case.id]
            continue
        model = model_of_case(case)
        try:
            key = entry_hash(model)
        except ArgumentError as error:
            found[case.id] = {"refused": str(error)}
            continue
        found[case.id] = {"entry": key}
        try:
            found[case.id]["apart"] = _apart(keras, model, list(case.inputs))
        except Exception as error:  # the test names all that Keras does not load
            found[case.id]["failed"] = f"{type(error).__name__}: {error}"[:300]
        print(case.id, found[case.id])
    whole = {}
    for name, model, arrays in composed():
        whole[name] = _apart(keras, model, arrays)
        print(name, whole[name])
    about = {
        "made by": "python -m tools.keras_files judge",
        "keras": keras.__version__,
        "cases": found,
        "composed": whole,
    }
    JUDGED.write_text(json.dumps(about, indent=0) + "\n")


def _apart(keras: Any, model: Any, arrays: list[Any]) -> float:
    """The largest difference of Keras's outputs from ours, of the whole file and of its weights alone."""
    ours = model.predict([gl.tensor(one) for one in arrays])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(f"{folder}/m.keras")
        model.save_weights(f"{folder}/m.weights.h5")
        theirs = keras.saving.load_model(f"{folder}/m.keras")
        again = keras.saving.load_model(f"{folder}/m.keras")  # a clone would have no learned vocabulary
        again.set_weights([one * 0 for one in again.get_weights()])
        again.load_weights(f"{folder}/m.weights.h5")
    given = arrays if len(arrays) > 1 else arrays[0]
    wanted = ours if isinstance(ours, list) else [ours]
    differences: list[Any] = []
    for one in (theirs, again):
        outputs = one(given, training=False)  # random layers of Keras work unless they are told not to
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        for output, tensor in zip(outputs, wanted, strict=True):
            exact = tensor.numpy()
            differences.append(np.abs(np.array(output) - exact).max() / max(1.0, np.abs(exact).max()))
    return round(float(max(differences)), 7)


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"
    gl.set_backend("cpu")
    write() if sys.argv[1:] == ["write"] else judge(sys.argv[2:])
