"""`tests/golden/keras/words.keras`: a model of Keras 3 whose layers have learned their vocabularies.

`python -m tools.keras_words write` makes it, with what Keras gives for it; `judge` in place of `write` lets
Keras load what we write of it, and says how far its outputs are from those of the file. Both want keras 3.15
and tensorflow 2.21 beside glbackend's own dependencies and h5py.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl
from tools.keras_files import FOLDER, packed

TEXTS = np.array(["The cat sat", "on the mat, the cat", "a dög; ate", ""])
NUMBERS = np.array([[5], [7], [7], [-3]])


def made(keras: Any) -> Any:
    """Two lookups of one class, one of whole numbers, texts in three ways, and a lookup in a model within."""
    layers = keras.layers
    text, number = (
        keras.Input((1,), dtype="string", name="text"),
        keras.Input((1,), dtype="int64", name="number"),
    )
    parts = np.array([["cat"], ["dog"], ["cat"]])
    first, second = (
        layers.StringLookup(mask_token=""),
        layers.StringLookup(output_mode="one_hot", num_oov_indices=2),
    )
    first.adapt(parts)
    second.adapt(parts[:2])
    whole = layers.IntegerLookup(output_mode="count")
    whole.adapt(NUMBERS[:3])
    found = [first(text), second(text), whole(number), layers.StringLookup(vocabulary=["dog", "a"])(text)]
    for options in (
        {"output_sequence_length": 4},
        {"output_mode": "tf_idf"},
        {"output_mode": "count", "ngrams": 2},
    ):
        words = layers.TextVectorization(**options)
        words.adapt(TEXTS)
        found.append(words(text))
    rare = layers.TextVectorization(output_mode="tf_idf", max_tokens=4, standardize="lower")
    rare.adapt(TEXTS)
    found.append(rare(text))
    inner = keras.Input((1,), dtype="string", name="inner")
    within = layers.StringLookup(output_mode="tf_idf")
    within.adapt(parts)
    found.append(keras.Model(inner, within(inner), name="within")(text))
    return keras.Model([text, number], found, name="words")


def inputs() -> list[Any]:
    """A text and a number in each row: words that were learned, and others."""
    return [np.array([["cat"], ["the cat sat"], ["dog"], ["nothing of it"]]), NUMBERS]


def outputs_of(model: Any, tensors: Any) -> list[Any]:
    """What a model gives for the inputs, in the order of its outputs."""
    return [np.array(one) for one in model([tensors(one) for one in inputs()])]


def write() -> None:
    """The file that Keras makes, and the outputs beside it."""
    keras, tf = importlib.import_module("keras"), importlib.import_module("tensorflow")
    model = made(keras)
    model.save(FOLDER / "words.keras")
    packed(FOLDER / "words.keras")
    given = outputs_of(model, tf.constant)
    np.savez_compressed(FOLDER / "words.npz", **{f"out_{i}": one for i, one in enumerate(given)})


def judge() -> None:
    """The largest difference of Keras's outputs for what we write from those of the file."""
    keras, tf = importlib.import_module("keras"), importlib.import_module("tensorflow")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.keras"
        gl.load_model(FOLDER / "words.keras").save(path)
        found = outputs_of(keras.saving.load_model(path), tf.constant)
    with np.load(FOLDER / "words.npz") as stored:
        apart = [np.abs(one - stored[f"out_{i}"]).max() for i, one in enumerate(found)]
    print("apart by", [float(one) for one in apart])


if __name__ == "__main__":
    gl.set_backend("cpu")
    write() if sys.argv[1:] == ["write"] else judge()
