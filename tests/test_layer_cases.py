"""Every declared layer case: values and gradients, foretold shapes, configs, files, folding.

The goldens are what Keras 3.15, tf_keras 2.21 or TF.js 4.22 give: `tests/golden/layers.npz`, written by
`tools/layer_goldens.py`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.calling import parameters_of
from glbackend.base.config import settings_version
from glbackend.base.dtypes import infer_dtype
from glbackend.engine.backend import make_backend
from glbackend.layers.augmentation import Stretching
from glbackend.layers.convolution import Convolution
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.noise import Drawing
from glbackend.layers.text import TextVectorization
from glbackend.models.folding import Fold
from glbackend.models.model import Model
from glbackend.models.serialization import WRAPPED
from glbackend.testing import check
from glbackend.testing.layer_case import LayerCase, layer_cases, set_alike, trained_first
from tools import layer_goldens, layers_page

CASES = layer_cases()
GOLDENS = layer_goldens.read()
SHARED = Path(__file__).resolve().parents[2] / "shared"
FILES = sorted([*SHARED.glob("fixtures/keras/*/layers/model.json"), *SHARED.glob("zoo/*/model.json")])
RTOL = 2e-5  # Keras computes in float32 too, and in another order
UNDECLARED = {
    "InputLayer": "the entry of every model here; its one argument must be False",
    "Operation": "no library has it as a layer: tests/test_keras3_files.py has files with it",
    "Lambda": "a function of the user's: tests/test_function_layers.py",
}
UNFORESEEN = (Stretching, TextVectorization)  # draws, or the longest text, decide a dim
BASE = set(parameters_of(Layer))

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def close(got: Any, wanted: Any, what: str, nothing: float = 0.0) -> None:
    assert len(got) == len(wanted), what
    for i, (a, b) in enumerate(zip(got, wanted, strict=True)):
        if nothing and np.abs(b).max(initial=0) < nothing:
            assert np.abs(a).max(initial=0) < nothing and a.shape == b.shape, f"{what} {i}"
        else:
            check.assert_close(a, b.astype(a.dtype), RTOL, f"{what} {i}")


@each
def test_results(case: LayerCase, backend: str) -> None:
    """Outputs, masks, weights that training changes."""
    sample = case.sample()
    got = [layer_goldens.as_numbers(one) for one in check.results(sample.call, sample.inputs)]
    wanted = GOLDENS[case.id].results
    if not case.source:
        with check.using(make_backend("cpu")):
            wanted = check.results(sample.call, sample.inputs)
        assert not np.array_equal(got[0], case.inputs[0])
    close(got, wanted, f"{case.id}, result")


def test_a_batch_of_nothing(backend: str) -> None:
    """Gives nothing, of the right shape, and gradients of 0."""
    for case in {one.class_name: one for one in reversed(CASES)}.values():
        layer = case.built()
        masks = [None if one is None else gl.tensor(one[:0]) for one in case.masks] if case.masks else None
        with gl.GradientTape() as tape:
            outputs, _ = layer._run_with_masks([gl.tensor(one[:0]) for one in case.inputs], masks, False, {})
            loss = outputs[0].sum() if outputs[0].dtype == "float32" else None
        assert all(one.shape[0] == 0 and one.numpy().size == 0 for one in outputs), case.id
        weights = layer.trainable_weights if loss is not None else []
        for weight, found in zip(weights, tape.gradient(loss, weights) if weights else [], strict=True):
            assert found is None or (found.shape == weight.shape and not found.numpy().any()), case.id


@each
def test_gradients(case: LayerCase, backend: str) -> None:
    """By inputs and weights: as the source gives them, and on cpu in float64 as differences do."""
    sample = case.sample(differentiable=True)
    outputs = check.results(sample.call, sample.inputs)
    loss = check.weighted(sample, check.cotangents(outputs))
    if case.source and case.gradients and sample.grad:
        wanted = GOLDENS[case.id].gradients
        nothing = 1e-6 * max(np.abs(one).max(initial=0) for one in wanted)  # where rounding alone is left
        close(check.gradients(sample, loss), wanted, f"{case.id}, gradient", nothing)
    if backend == "cpu":
        check.gradient_numeric(sample)
    elif not case.source:
        check.gradient_parity(sample, gl.engine().backend)


def symbols_for(shapes: Any, case: LayerCase) -> list[Any]:
    """Symbolic tensors of these shapes, of the dtypes of the case's inputs."""
    pairs = zip(shapes, case.inputs, strict=True)
    return [gl.input(batch_shape=shape, dtype=infer_dtype(one)) for shape, one in pairs]


@each
def test_foretold_shapes(case: LayerCase) -> None:
    """For a batch of any size, and where the layer allows it, other dims of any size."""
    layer = case.built()
    real = [one.shape for one in case.results(layer, [gl.tensor(one) for one in case.inputs])]
    batch = case.inputs[0].shape[0] if getattr(layer, "stateful", False) else None
    for free in ((), case.unknown):
        shapes = [
            (batch, *(None if i in free else n for i, n in enumerate(one.shape) if i)) for one in case.inputs
        ]
        symbols = symbols_for(shapes, case)
        found = layer(symbols if len(symbols) > 1 else symbols[0])
        for symbol, shape in zip(found if isinstance(found, list) else [found], real, strict=False):
            assert len(symbol.shape) == len(shape) and symbol.shape[0] == batch
            wrong = [(a, b) for a, b in zip(symbol.shape, shape, strict=True) if a is not None and a != b]
            known = free or isinstance(layer, UNFORESEEN) or None not in symbol.shape[1:]
            assert not wrong and known


@each
def test_config(case: LayerCase) -> None:
    """A layer of its own config, and of that which tf_keras wrote of it, is equal to it."""
    layer = case.make()
    config = layer.get_config()
    for given in (config, json.loads(json.dumps(config)), GOLDENS[case.id].config):
        again = LAYERS.get({"class_name": case.class_name, "config": given})
        assert type(again) is type(layer) and _nameless(again.get_config()) == _nameless(config)


def _nameless(config: Any) -> Any:
    """A config without names, its numbers as float32 and its normal distributions as tf_keras has them."""
    if isinstance(config, dict):
        return {key: _nameless(one) for key, one in config.items() if key != "name"}
    if isinstance(config, list):
        return [_nameless(one) for one in config]
    if config == "normal":  # cut at two deviations in all these libraries
        return "truncated_normal"
    return np.float32(config) if isinstance(config, float) else config


@each
def test_weights(case: LayerCase) -> None:
    """How they start, what they cost in training, what they are forced into, as Keras has it."""
    golden = GOLDENS[case.id]
    layer = case.make()
    layer.ensure_built([one.shape for one in case.inputs])
    if golden.initial:
        close([one.numpy() for one in trained_first(layer)], golden.initial, f"{case.id}, initial weight")
    set_alike(layer)
    kept = {id(one.variable): one for one in layer._own_weights}
    weights = [kept[id(one)] for one in trained_first(layer)]
    costs = [one.regularizer(one.variable).item() for one in weights if one.regularizer]
    assert sum(costs) == pytest.approx(golden.penalty, rel=1e-5)
    forced = [one.constraint(one.variable).numpy() for one in weights if one.constraint]
    close(forced, golden.constrained, f"{case.id}, constrained weight")


@each
def test_save_and_load(case: LayerCase, backend: str) -> None:
    """A model of the layer alone, and the one that its file gives, are equal bit by bit."""
    layer = case.built()
    batch = case.inputs[0].shape[0]
    symbols = symbols_for([(batch, *one.shape[1:]) for one in case.inputs], case)
    outputs = layer(symbols if len(symbols) > 1 else symbols[0])
    model = gl.model(inputs=symbols, outputs=outputs)
    file = gl.io.from_memory()
    model.save(file)
    loaded = gl.load_layers_model(file)
    assert loaded.get_config() == model.get_config()
    pairs = zip(*([one.numpy() for one in a.weights] for a in (model, loaded)), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    for a, b in zip(*(_predicted(one, case) for one in (model, loaded)), strict=True):
        np.testing.assert_array_equal(a, b)


def _predicted(model: Any, case: LayerCase) -> list[Any]:
    given = [gl.tensor(one) for one in case.inputs]
    found = model.predict(given if len(given) > 1 else given[0])
    return [one.numpy() for one in (found if isinstance(found, list) else [found])]


@pytest.mark.parametrize(
    "case",
    [one for one in CASES if issubclass(LAYERS.find(one.class_name).thing, Convolution)],
    ids=lambda case: case.id,
)
def test_folding(case: LayerCase, backend: str) -> None:
    """With a normalisation and the case's activation behind it, a convolution runs as one kernel."""
    config = {**case.config, "activation": None, "activity_regularizer": None}
    layer = LAYERS.get({"class_name": case.class_name, "config": config})
    x = gl.input(case.inputs[0].shape[1:])
    norm = gl.layers.batch_normalization(axis=1 if layer.first else -1)
    model = gl.model(
        inputs=x, outputs=gl.layers.activation(case.config.get("activation", "relu"))(norm(layer(x)))
    )
    set_alike(model)
    (folded,) = _predicted(model, case)
    assert isinstance(model._calls_graph.inference[0][0], Fold)
    model._calls_graph._folded = settings_version(), model._calls_graph.calls
    check.assert_close(folded, _predicted(model, case)[0], RTOL, case.id)


# -- the declarations themselves -------------------------------------------------------------------------------


def declared(class_name: str, config: Any) -> Iterator[tuple[str, Any]]:
    """The classes of a layer and of the layers within, and their configs."""
    yield class_name, config
    for key in WRAPPED:
        inner = config.get(key) or []
        for one in inner if isinstance(inner, list) else [inner]:
            yield from declared(one["class_name"], one["config"])


def test_every_argument_has_a_case() -> None:
    """Every layer, and every argument that is its own, at another value than its default."""
    missing = []
    pairs = [pair for case in CASES for pair in declared(case.class_name, case.config)]
    cells = {name: vars(cls).get("options_of") for name, cls in LAYERS.declared.items()}
    pairs += [(cell.class_name, config) for name, config in pairs if (cell := cells.get(name))]
    for name, cls in LAYERS.declared.items():
        if issubclass(cls, Model) or name in UNDECLARED:
            continue
        configs = [config for other, config in pairs if other == name]
        missing += [] if configs else [name]
        for argument, parameter in parameters_of(cls).items():
            given = [one[argument] for one in configs if argument in one]
            if argument not in BASE and all(one == parameter.default for one in given):
                missing.append(f"{name}.{argument}")
    assert not missing


def test_goldens_are_those_of_the_cases() -> None:
    assert set(GOLDENS) == {case.id for case in CASES}, "run python -m tools.layer_goldens"
    assert all(issubclass(LAYERS.find(one.class_name).thing, Drawing) for one in CASES if not one.source)


@pytest.mark.skipif(not FILES, reason="the models of others (../shared) are not beside this checkout")
def test_configs_that_others_wrote() -> None:
    """Layers of files by Keras and TF.js keep every number of theirs in their configs."""
    seen = set()
    for file in FILES:
        for entry in _entries(json.loads(file.read_text()).get("modelTopology")):
            layer = LAYERS.get(entry)
            config = layer.get_config()
            seen.add(layer.class_name)
            assert LAYERS.get(LAYERS.serialize(layer)).get_config() == config
            for key in config.keys() & entry["config"].keys():
                theirs = np.ravel(entry["config"][key])
                if theirs.dtype.kind in "bif":  # names, None and layers within are spelled in other ways
                    np.testing.assert_array_equal(np.ravel(config[key]), theirs, f"{file}, {key}")
    assert len(seen) > 20


def _entries(topology: Any) -> Iterator[dict[str, Any]]:
    """The layers of a file whose classes exist here."""
    if isinstance(topology, dict):
        name, inner = topology.get("class_name"), topology.get("config")
        named = isinstance(inner, dict) and "name" in inner  # else it may be an initializer, as Identity
        known = named and all(LAYERS.lookup(one) for one, _ in declared(name, inner))
        if known and not issubclass(LAYERS.find(name).thing, Model):
            yield topology
        topology = list(topology.values())
    for one in topology if isinstance(topology, list) else ():
        yield from _entries(one)


def test_the_page_of_layers_is_up_to_date() -> None:
    assert layers_page.PAGE.read_text(encoding="utf-8") == layers_page.page(), (
        "run python -m tools.layers_page"
    )
