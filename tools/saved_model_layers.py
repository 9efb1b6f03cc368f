"""Layers as Keras exports them: `python -m tools.saved_model_layers [CLASS ...]` says which do not agree.

Each layer case becomes a model of Keras, `model.export` writes it, and what TensorFlow gives for the folder is
held against what comes out here. It wants keras 3.15 and tensorflow 2.21 beside glbackend's own dependencies.
"""

import importlib
import os
import sys
import tempfile
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.base.text import as_bytes
from glbackend.testing.layer_case import LayerCase, layer_cases
from tools.layer_goldens import Theirs

CLOSE = 2e-4  # relative to 1 and the value


def main(classes: list[str]) -> None:
    """Says how many agree, and of the others why not."""
    keras, tf = importlib.import_module("keras"), importlib.import_module("tensorflow")
    agreed = 0
    for case in layer_cases():
        if case.training or case.source != "keras" or (classes and case.class_name not in classes):
            continue
        with tempfile.TemporaryDirectory() as folder:
            fed = {f"in{i}": one for i, one in enumerate(case.inputs)}
            try:
                _export(keras, case, folder)
                loaded = tf.saved_model.load(folder)
                wanted = loaded.signatures["serving_default"](**{k: tf.constant(v) for k, v in fed.items()})
            except Exception as error:  # a case that Keras does not take in this form
                print(f"{case.id}: not exported, {type(error).__name__}: {error}"[:200])
                continue
            told = _difference(folder, fed, {name: one.numpy() for name, one in wanted.items()})
        agreed += not told
        if told:
            print(f"{case.id}: {told}"[:600])
    print(agreed, "agree")


def _export(keras: Any, case: LayerCase, folder: str) -> None:
    theirs = Theirs(case, keras)
    whole = getattr(theirs.layer, "stateful", False)
    ends = [
        keras.Input(
            one.shape[1:],
            one.shape[0] if whole else None,
            dtype="string" if one.dtype == object else one.dtype.name,
            name=f"in{i}",
        )
        for i, one in enumerate(case.inputs)
    ]
    y = theirs.layer(*ends) if theirs.by_name else theirs.layer(ends if len(ends) > 1 else ends[0])
    outputs = y if isinstance(y, list | tuple) else [y]
    keras.Model(ends, {f"out{i}": one for i, one in enumerate(outputs)}).export(folder, verbose=False)


def _difference(folder: str, fed: dict[str, Any], wanted: dict[str, Any]) -> str:
    """What does not agree; empty where all does."""
    try:
        model = gl.load_saved_model(folder)
        found = model.predict(fed)
    except GlbackendError as error:
        return str(error)
    named = found if isinstance(found, dict) else {next(iter(wanted)): found}
    for name, exact in wanted.items():
        got = named[name].numpy()
        if got.shape != exact.shape:
            return f"{name} has the shape {got.shape}, not {exact.shape}"
        if exact.dtype == object:
            if [as_bytes(one) for one in got.ravel()] != list(exact.ravel()):
                return f"{name} has other texts"
        elif exact.size and not np.allclose(got, exact, CLOSE, CLOSE, equal_nan=True):
            return f"{name} is {np.nanmax(np.abs(got - exact))} off"
    model.dispose()
    return ""


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"
    gl.set_backend("cpu")
    main(sys.argv[1:])
