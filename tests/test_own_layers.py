"""Layers of one's own: short ones, ones that hold others, masks through a model, call arguments in its graph."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from tests.test_recurrent import lstm as lstm_by_hand
from tests.test_registry import own  # noqa: F401 - a fixture

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)
X = RNG.normal(size=(5, 4)).astype(np.float32)
SEQUENCE = RNG.normal(size=(3, 5, 2)).astype(np.float32)
SEQUENCE[0, 3:] = SEQUENCE[1, 0] = SEQUENCE[1, 2] = 0.0  # masked at the end, at the start, in between
KEPT = (SEQUENCE != 0).any(-1)


def through_a_file(model: Any) -> Any:
    """The model, saved and loaded."""
    memory = gl.io.from_memory()
    model.save(memory)
    return gl.load_layers_model(memory)


class Twice(gl.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


class Scaled(gl.layers.Layer):
    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight("factor", input_shape[-1:], "ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def test_a_short_layer(own: None, backend: str) -> None:  # noqa: F811
    gl.register(Twice)
    gl.register(Scaled)
    model = gl.sequential([Twice(input_shape=[4]), Scaled(name="s")])
    model.set_weights([[1.0, 2.0, 3.0, 4.0]])
    loaded = through_a_file(model)
    np.testing.assert_allclose(loaded.predict(X).numpy(), X * [2, 4, 6, 8], rtol=1e-6)
    assert loaded.weights[0].name == "s/factor" and Twice().get_config().keys() == {"name", "trainable"}
    with pytest.raises(gl.errors.ShapeError, match=r"weight 'factor' must be known, got \[None\]"):
        Scaled()(gl.input([None]))
    with pytest.raises(gl.errors.ArgumentError, match="its call takes no momentum, only its inputs"):
        Twice()(gl.ones([1]), momentum=1)


class Block(gl.layers.Layer):
    """Keeps layers in an attribute, a list and a dict, and has a weight itself."""

    def __init__(self, width: int, last: Any = "linear", **options: Any) -> None:
        super().__init__(**options)
        self.width, self.last = width, last
        self.first = gl.layers.dense(units=width, kernel_regularizer="l2", activation="tanh")
        self.row = [gl.layers.dense(units=width), gl.layers.batch_normalization()]
        self.ends = {"a": gl.layers.dense(units=width, activation=last, kernel_constraint="nonNeg")}

    def build(self, input_shape: Any) -> None:
        inner = (input_shape[0], self.width)
        self.first.ensure_built([input_shape])
        for one in (*self.row, *self.ends.values()):
            one.ensure_built([inner])
        self.shift = self.add_weight("shift", (self.width,), "zeros")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.width)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self.first(inputs)
        for one in self.row:
            x = one(x, training=training)
        return self.ends["a"](x) + self.shift


NAMES = [
    "b/shift", "b/first/kernel", "b/first/bias", "b/row/0/kernel", "b/row/0/bias", "b/row/1/gamma", "b/row/1/beta",
    "b/row/1/moving_mean", "b/row/1/moving_variance", "b/ends/a/kernel", "b/ends/a/bias",
]  # fmt: skip


def test_layers_in_attributes_are_found(own: None, backend: str) -> None:  # noqa: F811
    """Trained, regularised, constrained, frozen, named by path, saved, loaded and freed with the layer."""
    gl.register(Block)
    block = Block(3, name="b", input_shape=[4])
    model = gl.sequential([block, gl.layers.dense(units=2)])
    assert list(block._inner_layers) == ["first", "row/0", "row/1", "ends/a"]
    names = {id(variable): name for name, variable in model.named_weights()}
    assert [names[id(one)] for one in block.weights] == NAMES
    assert [one.regularizer is not None for one in block._own_weights].count(True) == 1
    assert block.count_params() == 3 + 15 + 12 + 12 + 12 and len(model.trainable_weights) == 11

    model.compile(gl.train.sgd(0.1), "meanSquaredError")
    before = [one.numpy() for one in block.weights]
    model.train_on_batch(X, np.ones((5, 2), np.float32))
    assert all((one != old.numpy()).any() for one, old in zip(before, block.weights, strict=True))
    assert block.ends["a"].kernel.numpy().min() >= 0

    loaded = through_a_file(model)
    np.testing.assert_allclose(loaded.predict(X).numpy(), model.predict(X).numpy(), rtol=1e-5, atol=1e-6)
    assert loaded.get_config() == model.get_config()

    block.trainable = False
    assert not block.trainable_weights and len(block.non_trainable_weights) == 11
    assert [one.name for one in model.trainable_weights] == [one.name for one in model.layers[1].weights]
    kernel = block.first.kernel
    model.dispose()
    assert kernel.is_disposed


@pytest.mark.parametrize("traceable", [True, False])
def test_layers_within_one_that_gives_its_shape(traceable: bool, backend: str) -> None:
    """They are built with the model, so that they are reported, trained and saved; unless values are read."""

    class Scaled(gl.layers.Layer):
        class_name = "TestScaledWithin"

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.inner = gl.layers.dense(units=2)

        def build(self, shape: Any) -> None:
            self.factor = self.add_weight("factor", (shape[-1],), "ones")

        def call(self, x: Any) -> Any:
            if not traceable:
                x.numpy()
            return self.inner(x * self.factor)

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], 2)

    model = gl.sequential([Scaled(input_shape=[4])])
    assert len(model.trainable_weights) == (3 if traceable else 1)
    wanted = model.predict(X).numpy()
    assert len(model.trainable_weights) == 3
    memory = gl.io.from_memory()
    model.save(memory)
    if traceable:
        found = gl.load_layers_model(memory, custom_objects={"TestScaledWithin": Scaled}).predict(X).numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_layer_held_twice_counts_once(backend: str) -> None:
    class Pair(gl.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.one = self.other = gl.layers.dense(units=2)

    pair = Pair()
    pair.one.ensure_built([(None, 2)])
    assert len(pair.weights) == len(pair._own_weights) == 2 and pair.count_params() == 6


def test_a_layer_that_takes_a_layer(own: None, backend: str) -> None:  # noqa: F811
    @gl.register
    class Residual(gl.layers.Layer):
        def __init__(self, inner: Any, **options: Any) -> None:
            super().__init__(**options)
            self.inner = gl.layers.get(inner)

        def build(self, input_shape: Any) -> None:
            self.inner.ensure_built([input_shape])

        def call(self, inputs: Any) -> Any:
            return inputs + self.inner(inputs)

    body = gl.sequential(
        [gl.layers.dense(units=4, input_shape=[4], name="d", activation="relu")], name="body"
    )
    model = gl.sequential([Residual(body, input_shape=[4], name="r")])
    assert [name for name, _ in model.named_weights()] == ["r/inner/d/kernel", "r/inner/d/bias"]
    np.testing.assert_array_equal(through_a_file(model).predict(X).numpy(), model.predict(X).numpy())


# -- masks -------------------------------------------------------------------------------------------------


class Blank(gl.layers.Layer):
    """Masks the steps in which all features are zero."""

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        return inputs.not_equal(0.0).any(-1)

    def call(self, inputs: Any) -> Any:
        return inputs


def masked_lstm(x: Array, kept: Array, weights: list[Array], units: int) -> tuple[Array, Array]:
    """Outputs of all steps and the last state, a step at a time and a row at a time; NumPy."""
    outputs = np.zeros((*x.shape[:2], units))
    last = np.zeros((len(x), units))
    for row in range(len(x)):
        h, c = np.zeros((1, units)), np.zeros((1, units))
        for time in range(x.shape[1]):
            if kept[row, time]:
                _, h, c = lstm_by_hand(x[row : row + 1, time : time + 1], weights, h, c)
            outputs[row, time] = h[0]
        last[row] = h[0]
    return outputs, last


def test_a_mask_goes_through_a_model(own: None, backend: str) -> None:  # noqa: F811
    """From a layer of one's own, through dropout and a nested model, into recurrent layers; in a file too."""
    gl.register(Blank)
    x = gl.input([5, 2])
    inner = gl.sequential([gl.layers.dropout(rate=0.5, input_shape=[5, 2]), gl.layers.activation("linear")])
    hidden = inner(Blank()(x))
    every = gl.layers.lstm(units=3, return_sequences=True, name="every")(hidden)
    model = gl.model(inputs=x, outputs=[every, gl.layers.lstm(units=2, name="last")(every)])
    weights = [RNG.normal(size=one.shape, scale=0.6) for one in model.weights]
    model.set_weights(weights)
    sequences, _ = masked_lstm(SEQUENCE, KEPT, weights[:3], 3)
    _, last = masked_lstm(sequences, KEPT, weights[3:], 2)
    for one in (model, through_a_file(model)):
        found = one.predict(SEQUENCE)
        np.testing.assert_allclose(found[0].numpy(), sequences, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found[1].numpy(), last, rtol=1e-4, atol=1e-5)
    _, masks = model._run_with_masks([gl.tensor(SEQUENCE)], None, False, {})
    assert masks is not None and masks[1] is None
    np.testing.assert_array_equal(masks[0].numpy(), KEPT)
    with gl.GradientTape():  # by ordinary ops
        recorded = model(gl.tensor(SEQUENCE))
    np.testing.assert_allclose(recorded[1].numpy(), last, rtol=1e-4, atol=1e-5)


def test_a_layer_without_masks_ends_them(backend: str) -> None:
    """As in TF.js and Keras 2, without a word."""
    x = gl.input([5, 2])
    model = gl.model(inputs=x, outputs=gl.layers.reshape(target_shape=[10])(Blank()(x)))
    assert model._run_with_masks([gl.tensor(SEQUENCE)], None, False, {})[1] in (None, [None])


def test_merged_masks(backend: str) -> None:
    x, y = gl.input([5, 2]), gl.input([5, 2])
    both = gl.model(inputs=[x, y], outputs=gl.layers.add()([Blank()(x), Blank()(y)]))
    half = gl.model(inputs=[x, y], outputs=gl.layers.concatenate()([Blank()(x), y]))
    pair = [gl.tensor(SEQUENCE), gl.tensor(SEQUENCE[::-1].copy())]
    for model, wanted in ((both, KEPT & KEPT[::-1]), (half, KEPT)):
        masks = model._run_with_masks(pair, None, False, {})[1]
        assert masks is not None
        np.testing.assert_array_equal(masks[0].numpy(), wanted)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_mask_given_to_the_call(backwards: bool, backend: str) -> None:
    layer = gl.layers.lstm(units=3, return_sequences=True, go_backwards=backwards)
    layer(gl.tensor(SEQUENCE))
    weights = [RNG.normal(size=one.shape, scale=0.6) for one in layer.weights]
    layer.set_weights(weights)
    step = -1 if backwards else 1
    wanted, _ = masked_lstm(SEQUENCE[:, ::step], KEPT[:, ::step], weights, 3)
    found = layer(gl.tensor(SEQUENCE), mask=gl.tensor(KEPT))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)
    stacked = gl.layers.rnn(
        cell=[gl.layers.lstm_cell(units=3), gl.layers.gru_cell(units=2)], go_backwards=backwards
    )
    assert stacked(gl.tensor(SEQUENCE), mask=gl.tensor(KEPT)).shape == (3, 2)


# -- cells -------------------------------------------------------------------------------------------------


class Sum(gl.layers.Layer):
    """A cell: h' = 2 h + x."""

    state_size = 2

    def call(self, inputs: Any, states: Any) -> Any:
        following = states[0] * 2.0 + inputs
        return following, [following]


def test_a_cell_of_ones_own(own: None, backend: str) -> None:  # noqa: F811
    gl.register(Sum)
    model = gl.sequential([gl.layers.rnn(cell=Sum(), input_shape=[5, 2])])
    wanted = (SEQUENCE * 2.0 ** np.arange(4, -1, -1)[:, None]).sum(1)
    for one in (model, through_a_file(model)):
        np.testing.assert_allclose(one.predict(SEQUENCE).numpy(), wanted, rtol=1e-5)
    with pytest.raises(gl.errors.ArgumentError, match="a cell needs a state_size"):
        gl.layers.rnn(cell=gl.layers.dense(units=2))


@pytest.mark.parametrize("backwards", [False, True])
def test_stacked_cells_are_layers_one_after_the_other(backwards: bool, backend: str) -> None:
    cells = [gl.layers.lstm_cell(units=3), gl.layers.gru_cell(units=2)]
    stacked = gl.layers.rnn(
        cell=cells, return_state=True, go_backwards=backwards, name="deep", input_shape=[5, 2]
    )
    model = gl.model(inputs=(x := gl.input([5, 2])), outputs=stacked(x))
    names = [name for name, _ in stacked.named_weights()]
    assert names[0] == "deep/RNNCell_0/kernel" and names[-1] == "deep/RNNCell_1/bias"
    first = gl.layers.lstm(units=3, return_sequences=True, go_backwards=backwards)
    second = gl.layers.gru(units=2)
    row = gl.sequential([first, second])
    row.predict(SEQUENCE)
    row.set_weights(stacked.get_weights())
    for one in (model, through_a_file(model)):
        out, *states = one.predict(SEQUENCE)
        np.testing.assert_allclose(out.numpy(), row.predict(SEQUENCE).numpy(), rtol=1e-5, atol=1e-6)
        assert [state.shape for state in states] == [(3, 2), (3, 3), (3, 3)]
        np.testing.assert_array_equal(states[0].numpy(), out.numpy())


# -- call arguments in the graph ---------------------------------------------------------------------------


class Gate(gl.layers.Layer):
    """Adds `by` (a tensor) and, where asked, what training is."""

    def call(self, inputs: Any, by: Any = None, scale: float = 1.0, training: bool = False) -> Any:
        moved = inputs if by is None else inputs + by
        return moved * scale + (100.0 if training else 0.0)


def test_call_arguments_stay_in_the_graph(own: None, backend: str) -> None:  # noqa: F811
    """Numbers, symbolic tensors and `training=False`, in a file too."""
    gl.register(Gate)
    x, y = gl.input([4], name="x"), gl.input([4], name="y")
    left = Gate(name="left")(x, by=y, scale=3.0)
    frozen = Gate(name="frozen")(x, training=False)
    model = gl.model(inputs=[x, y], outputs=[left, frozen])
    calls = {one["name"]: one["inbound_nodes"] for one in model.get_config()["layers"]}
    assert calls["left"] == [[["x", 0, 0, {"by": ["y", 0, 0], "scale": 3.0}]]]
    assert calls["frozen"] == [[["x", 0, 0, {"training": False}]]]
    for one in (model, through_a_file(model)):
        a, b = one([gl.tensor(X), gl.tensor(2 * X)], training=True)
        np.testing.assert_allclose(a.numpy(), 9 * X + 100, rtol=1e-5)
        np.testing.assert_array_equal(b.numpy(), X)


def test_a_frozen_base_stays_in_inference_mode(backend: str) -> None:
    base = gl.sequential([gl.layers.batch_normalization(input_shape=[4])])
    base.trainable = False
    x = gl.input([4])
    model = gl.model(inputs=x, outputs=gl.layers.dense(units=1)(base(x, training=False)))
    model.compile("sgd", "meanSquaredError")
    model.fit(X, X[:, :1], epochs=1, verbose=0)
    assert base.layers[0].moving_mean.numpy().tolist() == [0.0] * 4
    norm = gl.layers.batch_normalization(momentum=0.5)
    always = gl.model(inputs=x, outputs=norm(x, training=True))
    found = through_a_file(always).predict(np.array([[10.0] * 4, [20.0] * 4], np.float32)).numpy()
    np.testing.assert_allclose(found, [[-1] * 4, [1] * 4], atol=1e-4)


def test_a_symbolic_mask_and_initial_state(backend: str) -> None:
    x, mask, h = gl.input([5, 2]), gl.input([5], dtype="int32"), gl.input([3])
    layer = gl.layers.gru(units=3)
    model = gl.model(inputs=[x, mask, h], outputs=layer(x, initial_state=h, mask=mask))
    assert len(model.layers) == 4
    start = RNG.normal(size=(3, 3)).astype(np.float32)
    nothing = np.zeros((3, 5), np.int32)
    for one in (model, through_a_file(model)):
        found = one.predict([SEQUENCE, nothing, start])
        np.testing.assert_array_equal(found.numpy(), start)  # all is masked: the state stays
        whole = one.predict([SEQUENCE, nothing + 1, start]).numpy()
        np.testing.assert_allclose(
            whole, layer(gl.tensor(SEQUENCE), initial_state=gl.tensor(start)).numpy(), rtol=1e-5
        )


def test_arguments_that_no_call_takes(backend: str) -> None:
    with pytest.raises(gl.errors.ArgumentError, match="takes no mask, only its inputs"):
        gl.layers.dense(units=1)(gl.input([3]), mask=gl.input([3]))
    with pytest.raises(gl.errors.ArgumentError, match="takes no steps, only mask, training"):
        gl.layers.lstm(units=1)(gl.input([3, 2]), steps=3)
