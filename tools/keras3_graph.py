"""`tests/golden/keras3_graph.json`: a functional model of Keras 3 with masks, states and shared parts.

`python -m tools.keras3_graph` writes it, with keras 3.15 and tensorflow 2.21: topology, weights by path, and
what the model gives.
"""

import importlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).resolve().parents[1] / "tests" / "golden" / "keras3_graph.json"
SILENT = {"module", "registered_name", "build_config", "shape"}  # keys that say nothing to a reader


def model_of(keras: Any) -> Any:
    """Explicit masks, a first state, a layer in two models, dicts of inputs and outputs."""
    layers = keras.layers
    tokens, state = keras.Input((None,), dtype="int32", name="tokens"), keras.Input((2,), name="state")
    steps = keras.Input((None, 2), name="steps")
    x = layers.Embedding(5, 2, mask_zero=True)(tokens)
    entry = keras.Input((2,), name="entry")
    second = layers.Dense(2, name="second", activation="tanh")
    inner = keras.Model(entry, second(layers.Dense(2, name="first")(entry)), name="inner")
    both = layers.Bidirectional(layers.SimpleRNN(1, return_sequences=True))(x)
    joined = layers.Add()([both, layers.SimpleRNN(2, return_sequences=True)(x)])
    begun = layers.GRU(2)(layers.TimeDistributed(layers.Dense(2))(joined), initial_state=inner(state))
    beside = layers.Concatenate()([layers.Masking()(steps), x])
    last = layers.LSTM(2, recurrent_activation="hard_sigmoid")(layers.Concatenate()([joined, beside]))
    outputs = {"z": second(inner(begun)), "a": last}
    return keras.Model({"tokens": tokens, "state": state, "steps": steps}, outputs, name="outer")


def trimmed(value: Any) -> Any:
    """A config without what is silent or null."""
    if isinstance(value, dict):
        return {key: trimmed(one) for key, one in value.items() if key not in SILENT and one is not None}
    return [trimmed(one) for one in value] if isinstance(value, list) else value


def main() -> None:
    """Makes the model, gives it weights by a recipe, and keeps what it gives."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    keras, h5py = importlib.import_module("keras"), importlib.import_module("h5py")
    model = model_of(keras)
    for i, weight in enumerate(model.weights):
        steps = (37 * np.arange(np.prod(weight.shape)) + 17 * i) % 101 - 50
        weight.assign((steps / 64).reshape(weight.shape))
    inputs = {
        "tokens": np.array([[1, 2, 0, 0], [3, 0, 0, 1]]), "state": np.array([[0.5, -0.5], [1.0, 0.0]]),
        "steps": np.array([[[1.0, 2.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [[0.5, 0.0], [0.0, 0.0]] * 2]),
    }  # fmt: skip
    outputs = {key: np.array(one) for key, one in model(inputs).items()}
    weights: dict[str, Any] = {}

    def keep(path: str, thing: Any) -> None:
        if isinstance(thing, h5py.Dataset):
            weights[path] = thing[()]

    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/m.keras")
        with zipfile.ZipFile(f"{folder}/m.keras") as archive:
            topology = json.loads(archive.read("config.json"))
            archive.extract("model.weights.h5", folder)
        with h5py.File(f"{folder}/model.weights.h5") as file:
            file.visititems(keep)
    found = {
        "topology": {"keras_version": keras.__version__, "model_config": trimmed(topology)},
        "weights": weights, "inputs": inputs, "outputs": outputs,
    }  # fmt: skip
    FILE.write_text(json.dumps(found, default=np.ndarray.tolist) + "\n")
    print(FILE, FILE.stat().st_size, sorted(weights))


if __name__ == "__main__":
    main()
