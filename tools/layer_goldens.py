"""`tests/golden/layers.npz`: what Keras and TF.js give for the cases of `glbackend/testing/cases/layers`.

`python -m tools.layer_goldens [NODE_MODULES [CLASS ...]]` writes it, all or that of some classes. It wants
tensorflow 2.21, keras 3.15 and tf_keras 2.21 beside glbackend's own dependencies, and Node.js with
`@tensorflow/tfjs` 4.22 in the folder NODE_MODULES.
"""

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.text import as_bytes, fingerprint64
from glbackend.engine.backend import make_backend
from glbackend.engine.engine import engine
from glbackend.layers.heads import Heads
from glbackend.layers.image import OverImages
from glbackend.layers.keras import ASIDE
from glbackend.layers.recurrent import Begun
from glbackend.testing.check import cotangents, results
from glbackend.testing.layer_case import LayerCase, layer_cases, trained_first
from glbackend.testing.sample import Array

FILE = Path(__file__).resolve().parents[1] / "tests" / "golden" / "layers.npz"
ARRAYS = ("results", "gradients", "initial", "constrained")
RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}}  # by Keras 3
FORGOTTEN = {"Conv3DTranspose": "dilation_rate"}  # what tf_keras drops without a word
TFJS = """
const tf = require("@tensorflow/tfjs");
const {name, config, shape, x, dy} = JSON.parse(require("fs").readFileSync(0));
const layers = [{class_name: name, config: {...config, batch_input_shape: shape}}];
tf.setBackend("cpu");
tf.models.modelFromJSON({class_name: "Sequential", config: {name: "model", layers}}).then(model => {
  const apply = x => model.layers[0].apply(x);
  const dx = tf.grad(x => apply(x).mul(tf.tensor(dy)).sum())(tf.tensor(x));
  console.log(JSON.stringify([tf.version_layers, apply(tf.tensor(x)).arraySync(), dx.arraySync()]));
});
"""


class Golden(NamedTuple):
    """What others give for a case.

    `results`: outputs, masks, changed weights, as the case gives them.
    `gradients`: of the outputs weighted by `cotangents`, by float inputs and trainable weights.
    `initial`: the weights at their start, where no chance is in it.
    `constrained`: the weights that have a constraint, after it.
    `penalty`: of all regularizers of weights.
    `config`: as tf_keras writes it, or Keras where tf_keras knows no such layer.
    """

    results: list[Array]
    gradients: list[Array]
    initial: list[Array]
    constrained: list[Array]
    penalty: float
    config: dict[str, Any]


def read(path: Path = FILE) -> dict[str, Golden]:
    """The goldens by the ids of their cases; booleans are 0 and 1."""
    with np.load(path) as file:
        about, values = json.loads(str(file["about"])), file["values"]
    found, at = {}, 0
    for name, one in about["cases"].items():
        groups: dict[str, list[Array]] = {key: [] for key in ARRAYS}
        for key, group in groups.items():
            for shape in one[key]:
                size = int(np.prod(shape))
                group.append(values[at : at + size].reshape(shape))
                at += size
        found[name] = Golden(**groups, penalty=one["penalty"], config=one["config"])
    return found


def write(goldens: Mapping[str, Golden], versions: Mapping[str, str], path: Path = FILE) -> None:
    """Writes a text that describes all, and the numbers one after the other."""
    cases = {
        name: {
            **{key: [one.shape for one in getattr(golden, key)] for key in ARRAYS},
            "penalty": golden.penalty,
            "config": golden.config,
        }
        for name, golden in goldens.items()
    }
    arrays = [one for golden in goldens.values() for key in ARRAYS for one in getattr(golden, key)]
    about = {"made by": "tools/layer_goldens.py", "versions": versions, "cases": cases}
    path.parent.mkdir(exist_ok=True)
    values = np.concatenate([np.asarray(one, np.float32).ravel() for one in arrays])
    np.savez_compressed(path, about=json.dumps(about, default=_plain), values=values)


def _plain(value: Any) -> Any:
    """What JSON knows, of arrays and of the dicts that TensorFlow wraps."""
    return value.tolist() if hasattr(value, "tolist") else dict(value)


def as_numbers(array: Array) -> Array:
    """The array, or numbers that tell its texts apart."""
    if array.dtype != object:
        return array
    numbers = [fingerprint64(as_bytes(one)) % 2**20 for one in array.ravel()]
    return np.array(numbers, np.int32).reshape(array.shape)


class Theirs:
    """The layer of a case as `keras` or `tf_keras` makes it, with the case's weights."""

    def __init__(self, case: LayerCase, module: Any) -> None:
        self.case, self.tf = case, importlib.import_module("tensorflow")
        ours = case.built()
        self.layer = _made(module, case.class_name, ours.get_config())
        self.by_name = isinstance(ours, Heads)  # its inputs are several arguments
        shapes = [one.shape for one in case.inputs]
        if self.by_name:
            self.layer.build(*shapes)
        else:
            self.layer.build(shapes if ours.merges else shapes[0])
        self.variables = sorted(self.layer.weights, key=lambda one: not one.trainable)  # in our order
        self.initial = [np.array(one) for one in self.variables]
        # XLA takes a wrong neighbour in resizing, and does not know some ops
        self.compiled = getattr(self.layer, "supports_jit", True) and not isinstance(ours, OverImages)
        self.arguments = inspect.signature(self.layer.call).parameters
        self.recurrent = isinstance(ours, Begun)
        self.weights = [one.numpy() for one in trained_first(ours)]
        self.restart()

    def restart(self) -> None:
        """Sets weights and states back."""
        for one, value in zip(self.variables, self.weights, strict=True):
            one.assign(value)
        if hasattr(self.layer, "adapt_mean"):
            self.layer.finalize_state()
        if getattr(self.layer, "stateful", False):
            reset = getattr(self.layer, "reset_state", None) or self.layer.reset_states  # tf_keras's name
            reset()

    def run(self, function: Any) -> Any:
        """What a function gives: compiled, only so CPUs know channels first, where XLA knows it well."""
        return self.tf.function(function, jit_compile=True)() if self.compiled else function()

    def call(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs."""
        options: dict[str, Any] = {}
        if "training" in self.arguments:
            options["training"] = self.case.training
        if self.recurrent:
            if len(inputs) > 1:
                options["initial_state"] = list(inputs[1:])
            inputs = inputs[:1]
        if self.by_name:
            for one, mask in zip(inputs, self.case.masks, strict=False):
                one._keras_mask = None if mask is None else self.tf.constant(mask)
            found = self.layer(*inputs[:2], key=inputs[2] if len(inputs) > 2 else None, **options)
        else:
            masks = [None if one is None else self.tf.constant(one) for one in self.case.masks]
            if masks and "mask" in self.arguments:
                options["mask"] = masks if len(inputs) > 1 else masks[0]
            found = self.layer(list(inputs) if len(inputs) > 1 else inputs[0], **options)
        return list(found) if isinstance(found, list | tuple) else [found]

    def golden(self, config: dict[str, Any]) -> Golden:
        """All that is asked of it."""
        losses = [float(one) for one in self.layer.losses]
        forced = [one.constraint(one) for one in self.layer.weights if getattr(one, "constraint", None)]
        gradients, results = self._gradients(), self._results()
        fixed = "_initializer" in json.dumps(self.case.config)
        return Golden(
            results,
            gradients,
            self.initial if fixed else [],
            [np.array(one) for one in forced],
            sum(losses),
            config,
        )

    def _results(self) -> list[Array]:
        self.restart()
        given: Any = [self.tf.constant(one) for one in self.case.inputs]

        def run() -> Any:
            for _ in range(self.case.calls):
                outputs = self.call(given)
            return outputs

        outputs = self.run(run)
        masks: Any = [one if one is None else self.tf.constant(one) for one in self.case.masks]
        if self.recurrent or len(given) == 1:
            given, masks = given[0], masks[0] if masks else None
        found = masks[0] if self.case.masks else None  # that of queries
        if self.case.masks and not self.by_name:
            found = self.layer.compute_mask(given, masks)
        several = found if isinstance(found, list | tuple) else [found]
        changed = self.layer.non_trainable_weights if self.case.training else []
        return [as_numbers(np.array(one)) for one in (*outputs, *several, *changed) if one is not None]

    def _gradients(self) -> list[Array]:
        self.restart()
        given = [self.tf.constant(one) for one in self.case.inputs]
        weights = self.layer.trainable_weights
        by = [one for one in given if one.dtype.is_floating]
        by += [one if isinstance(one, self.tf.Variable) else one.value for one in weights]

        def run() -> Any:
            with self.tf.GradientTape() as tape:
                tape.watch(by)
                outputs = self.call(given)
                floats = [one for one in outputs if one.dtype.is_floating]
                factors = cotangents([np.zeros(one.shape, np.float32) for one in floats])
                total = sum(self.tf.reduce_sum(y * w) for y, w in zip(floats, factors, strict=True))
            return [self.tf.convert_to_tensor(one) for one in tape.gradient(total, by)]

        return [np.array(one) for one in self.run(run)] if by and self.case.gradients else []


def _made(module: Any, name: str, config: Mapping[str, Any]) -> Any:
    """A layer of `keras` or `tf_keras` of one of our configs, and the cells in it."""
    renamed = RENAMED.get(name, {}) if module.__name__ == "keras" else {}
    given = {renamed.get(key, key): one for key, one in config.items()}
    if module.__name__ == "keras":
        given.pop("batch_input_shape", None), given.pop("dtype", None)
    if name in ASIDE:
        given.pop("seed", None)
    for key, default in (("trainable", True), ("data_format", "channels_last")):  # not all classes take them
        if given.get(key) == default:
            del given[key]
    for key in ("cell", "layer", "backward_layer"):
        if given.get(key):
            given[key] = _made(module, given[key]["class_name"], given[key]["config"])
    if "cells" in given:
        given["cells"] = [_made(module, one["class_name"], one["config"]) for one in given["cells"]]
    within = importlib.import_module(ASIDE[name]) if name in ASIDE else module.layers
    cls = getattr(within, name)
    return cls.from_config(given) if name == "Discretization" else cls(**given)  # which alone takes all


def _written(modules: Mapping[str, Any], case: LayerCase) -> dict[str, Any]:
    """The config as tf_keras writes it, or Keras where that has no such layer or not all of its arguments."""
    config, found = case.make().get_config(), {}
    known = case.class_name not in FORGOTTEN
    with suppress(AttributeError, TypeError, ValueError):
        found = _made(modules["tf_keras"], case.class_name, config).get_config()
    if not known or not case.config.keys() <= {
        key for key, one in found.items() if one is not None
    }:  # it loses some
        found = _made(modules["keras"], case.class_name, config).get_config()
    return {**case.config, **found}  # even so RandomGrayscale would lose its seed


def by_tfjs(case: LayerCase, folder: str, config: dict[str, Any]) -> tuple[str, Golden]:
    """What TF.js gives for a layer without weights, and its version."""
    (x,) = case.inputs
    dy = cotangents(results(case.sample().call, case.inputs))
    given = {"name": case.class_name, "config": case.make().get_config(), "shape": x.shape}
    ran = subprocess.run(
        ["node", "-e", TFJS], input=json.dumps({**given, "x": x.tolist(), "dy": dy[0].tolist()}), text=True,
        stdout=subprocess.PIPE, check=True, env={**os.environ, "NODE_PATH": folder},
    )  # fmt: skip
    version, y, dx = json.loads(ran.stdout.splitlines()[-1])
    return version, Golden([np.array(y)], [np.array(dx)], [], [], 0.0, config)


def main(folder: str, *classes: str) -> None:
    """Asks all of them, or where classes are named about these and what is new."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    engine().use(make_backend("cpu"))  # llvmpipe and TensorFlow in one process end it
    modules = {name: importlib.import_module(name) for name in ("tensorflow", "keras", "tf_keras")}
    versions = {name: module.__version__ for name, module in modules.items()}
    goldens: dict[str, Golden] = {}
    known = read() if classes else {}
    for case in layer_cases():
        if case.id in known and case.class_name not in classes:
            goldens[case.id] = known[case.id]
            continue
        written = _written(modules, case)
        if case.source == "tfjs":
            versions["tfjs"], goldens[case.id] = by_tfjs(case, folder, written)
        elif case.source:
            goldens[case.id] = Theirs(case, modules[case.source]).golden(written)
        else:
            goldens[case.id] = Golden([], [], [], [], 0.0, written)
    write(goldens, versions)
    print(f"{len(goldens)} cases, {FILE.stat().st_size} bytes: {FILE}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["node_modules"]))
