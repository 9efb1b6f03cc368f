"""Every layer, called with what it cannot take: it works as Keras's, or says in its name what would be right."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.layers.layer import Layer
from glbackend.testing.layer_case import LayerCase, layer_cases

CASES = {case.class_name: case for case in reversed(layer_cases())}
SHAPES = [
    (), (3,), (2, 3), (2, 3, 4), (2, 3, 4, 2), (2, 3, 4, 2, 3), (2, 2, 3, 2, 2, 2), (1, 2, 1, 2, 1, 2, 1),
    (0,), (0, 3), (2, 0), (2, 0, 3), (2, 3, 0), (0, 0, 0), (2, 0, 4, 2), (2, 3, 0, 2), (2, 3, 4, 0),
    (2, 0, 3, 4, 2), (2, 3, 4, 2, 0), (0, 3, 4, 2, 2),
]  # fmt: skip
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


class Stranger:
    """Nothing that any layer takes."""


def state(layer: Layer) -> Any:
    """What a call that fails must leave as it was."""
    weights = [(one.name, one.numpy().tobytes()) for one in layer.weights]
    return layer.built, len(layer._inbound_nodes), weights, set(vars(layer)), layer._input_keys


def held(layer: Layer, given: Any, before: Any, **arguments: Any) -> None:
    """Calls the layer: an error is ours, names it, and leaves it as it was."""
    names = [one.name for one in layer._with_inner_layers()]
    try:
        found = layer(given, **arguments)
    except GlbackendError as error:
        assert any(name in str(error) for name in names), error
        assert state(layer) == before, error
    else:
        parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
        for one in parts:
            assert not isinstance(one, gl.Tensor) or one.numpy().shape == one.shape


def given_to(case: LayerCase, layer: Layer, one: Any) -> Any:
    return [one] * len(case.inputs) if len(case.inputs) > 1 or layer.merges else one


def strange_inputs(case: LayerCase) -> Iterator[Any]:
    """Other things than the layer's inputs: containers, Python's own, other dtypes."""
    x = gl.tensor(case.inputs[0])
    yield from (x, [x], (x, x), [*map(gl.tensor, case.inputs)] * 2, {"a": x, "b": x}, [[x], [x]])
    yield from (None, [], Stranger(), "abc", 3.0, 3, case.inputs[0].tolist(), np.array([None, 1], object))
    yield from (np.array([["a", "b"]]), [x, gl.input([3])])
    for dtype in (np.complex64, np.float64, np.int64, np.uint8, np.bool_, np.float16):
        yield np.ones(case.inputs[0].shape, dtype)


@each
@pytest.mark.parametrize("built", [False, True], ids=["new", "built"])
def test_any_rank(case: LayerCase, built: bool, backend: str) -> None:
    for shape in SHAPES:
        for dtype in ("float32", "int32"):
            layer = case.built() if built else case.make()
            held(layer, given_to(case, layer, gl.zeros(shape, dtype)), state(layer))


@each
@pytest.mark.parametrize("built", [False, True], ids=["new", "built"])
def test_any_symbolic_rank(case: LayerCase, built: bool) -> None:
    for shape in SHAPES:
        for dims in (shape, (None,) * len(shape)):
            layer = case.built() if built else case.make()
            held(layer, given_to(case, layer, gl.input(batch_shape=dims)), state(layer))


@each
@pytest.mark.parametrize("built", [False, True], ids=["new", "built"])
def test_strange_inputs(case: LayerCase, built: bool, backend: str) -> None:
    for given in strange_inputs(case):
        layer = case.built() if built else case.make()
        held(layer, given, state(layer))


@each
def test_strange_masks(case: LayerCase) -> None:
    for mask in (3, "abc", Stranger(), [3]):
        layer = case.make()
        inputs = [gl.tensor(one) for one in case.inputs]
        with pytest.raises(GlbackendError, match=layer.name):
            layer(inputs if len(inputs) > 1 or layer.merges else inputs[0], mask=mask)


def test_masks_as_arrays(backend: str) -> None:
    x, mask = gl.ones([1, 3, 2]), np.array([[True, False, True]])
    layer = gl.layers.lstm(units=2, return_sequences=True)
    assert np.array_equal(layer(x, mask=mask).numpy(), layer(x, mask=gl.tensor(mask)).numpy())


RANKS = [  # of which inputs each takes, as Keras 3.15 says
    ("dense", {"units": 2}, 1, r"Dense 'a': needs inputs of rank at least 2, got \[3\]"),
    ("flatten", {}, 0, r"Flatten 'a': needs inputs of rank at least 1, got \[\]"),
    ("conv2d", {"filters": 1, "kernel_size": 1}, 3, r"Conv2D 'a': needs inputs of rank 4, got \[2, 3, 4\]"),
    ("cropping1d", {}, 2, r"Cropping1D 'a': needs inputs of rank 3, got \[2, 3\]"),
    ("resizing", {"height": 2, "width": 2}, 2, r"needs inputs of rank 3 or rank 4, got \[2, 3\]"),
    ("permute", {"dims": [2, 1]}, 2, "Permute 'a': needs inputs of rank 3"),
    ("repeat_vector", {"n": 2}, 3, "RepeatVector 'a': needs inputs of rank 2"),
    ("time_distributed", {"layer": gl.layers.re_lu()}, 2, r"needs inputs \[batch, time, \.\.\.\], got"),
    ("adaptive_average_pooling2d", {"output_size": 1}, 3, "needs inputs of rank 4"),
    ("multi_head_attention", {"num_heads": 2, "key_dim": 2}, 2, "needs inputs of rank at least 3"),
]


@pytest.mark.parametrize(("name", "options", "rank", "said"), RANKS)
def test_what_would_be_right(name: str, options: dict[str, Any], rank: int, said: str) -> None:
    layer = getattr(gl.layers, name)(**options, name="a")
    shape = (2, 3, 4)[:rank] if rank != 1 else (3,)
    inputs = [gl.ones(shape)] * (2 if layer.merges else 1)
    with pytest.raises(gl.errors.ShapeError, match=said):
        layer(inputs if layer.merges else inputs[0])
    with pytest.raises(gl.errors.ShapeError, match="needs inputs"):
        layer.compute_output_shape([shape] * len(inputs) if layer.merges else shape)


def test_a_built_layer_takes_no_other_rank() -> None:
    """What it would give is nothing that anybody means: Keras's refuses it, too."""
    for case in CASES.values():
        layer = case.built()
        if layer._input_ranks is not None and len(layer._input_ranks) == 1:
            with pytest.raises(gl.errors.ShapeError, match="needs inputs"):
                layer(given_to(case, layer, gl.ones([1] * (layer._input_ranks[0] + 1))))


class Failing(Layer):
    """Fails in its first calls, after its weights and those of a layer within are made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = gl.layers.dense(units=2)
        self.calls: list[int] = []

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight("scale", [2])

    def call(self, inputs: Any) -> Any:
        self.calls.append(1)
        y = self.inner(inputs) * self.scale
        if inputs.shape[0] == 3:
            raise RuntimeError("three")
        return y


def test_a_users_layer_is_left_as_it_was() -> None:
    layer = Failing()
    before = state(layer), state(layer.inner)
    with pytest.raises(RuntimeError, match="three"):
        layer(gl.ones([3, 5]))
    assert (state(layer), state(layer.inner)) == before and layer.calls == []
    assert layer(gl.ones([2, 4])).shape == (2, 2), "of other features than the call that failed"
    weights = [one.numpy().tobytes() for one in layer.weights]
    with pytest.raises(RuntimeError, match="three"):
        layer(gl.ones([3, 4]))
    assert [one.numpy().tobytes() for one in layer.weights] == weights, "a built layer keeps its weights"


def test_zero_features_are_sums_of_nothing(backend: str) -> None:
    """As in Keras: a product over no features is 0, so the bias is what comes out."""
    for layer in (gl.layers.dense(units=4), gl.layers.einsum_dense("abc,cd->abd", [None, 4], bias_axes="d")):
        rank = 2 if layer.class_name == "Dense" else 3
        found = layer(gl.zeros([*(2, 3)[: rank - 1], 0]))
        assert found.shape == (*(2, 3)[: rank - 1], 4) and not found.numpy().any()
    for name in ("lstm", "gru", "simple_rnn"):
        assert getattr(gl.layers, name)(units=5)(gl.zeros([2, 3, 0])).shape == (2, 5)
    assert gl.layers.layer_normalization()(gl.zeros([2, 3, 0])).shape == (2, 3, 0)
    assert gl.layers.conv2d_transpose(filters=2, kernel_size=3)(gl.zeros([1, 4, 4, 0])).shape == (1, 6, 6, 2)
    assert gl.layers.resizing(height=5, width=2)(gl.zeros([1, 4, 4, 0])).shape == (1, 5, 2, 0)


CELLS = [
    gl.layers.simple_rnn_cell(units=2),
    gl.layers.gru_cell(units=2),
    gl.layers.lstm_cell(units=2),
    gl.layers.stacked_rnn_cells([gl.layers.lstm_cell(units=2), gl.layers.gru_cell(units=3)]),
    gl.layers.conv_lstm2d_cell(filters=2, kernel_size=1),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.class_name)
def test_cells(cell: Layer) -> None:
    """Called by themselves, as by a layer of one's own: with an input and states of any rank."""
    for shape in SHAPES:
        for states in (None, 3, [], [gl.ones([2, 2])] * 2, [gl.zeros(shape)] * 2, gl.zeros(shape)):
            layer = type(cell).from_config(cell.get_config())
            held(layer, gl.zeros(shape), state(layer), **({} if states is None else {"states": states}))
            held(layer, [gl.zeros(shape), gl.zeros(shape)], state(layer))


class Narrowing(gl.Model):
    """Fails for sequences shorter than its window, after its first layer has weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = gl.layers.dense(units=2)
        self.second = gl.layers.conv1d(filters=1, kernel_size=9)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


def in_a_row() -> gl.Model:
    return gl.sequential([gl.layers.dense(units=2), gl.layers.conv1d(filters=1, kernel_size=9)])


@pytest.mark.parametrize("make", [Narrowing, in_a_row])
@pytest.mark.parametrize("how", ["call", "build", "fit", "predict"])
def test_models_are_left_as_they_were(make: Callable[[], gl.Model], how: str, backend: str) -> None:
    """By a first call for inputs that do not go through; then they take others, of other features."""
    model = make()
    model.compile("sgd", "mse")
    before = [(state(one)[:3], len(vars(one))) for one in model._with_inner_layers()]
    short, x = np.ones([2, 3, 4], np.float32), np.ones([2, 9, 5], np.float32)
    with pytest.raises(gl.errors.ShapeError, match="smaller than its window"):
        if how == "call":
            model(short)
        elif how == "build":
            model.build([None, 3, 4])
        elif how == "fit":
            model.fit(short, np.ones([2, 1, 1]), verbose=0)
        else:
            model.predict(short)
    assert [(state(one)[:3], len(vars(one))) for one in model._with_inner_layers()] == before
    model.fit(x, np.ones([2, 1, 1]), verbose=0)
    assert model.predict(x).shape == (2, 1, 1) and model.weights[0].shape == (5, 2)


def test_models_are_named_once() -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])], name="m")
    with pytest.raises(gl.errors.ArgumentError, match=r"^model 'm' takes 1 inputs"):
        model([gl.ones([1, 2]), gl.ones([1, 2])])
