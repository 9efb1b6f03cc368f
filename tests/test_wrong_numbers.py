"""Numbers that users of other systems found wrong there: the right ones, on both backends."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.calling import parameters_of
from glbackend.layers.layer import LAYERS, get
from glbackend.models.serialization import deserialize_layer
from glbackend.testing.interpret import replay
from glbackend.testing.layer_case import layer_cases
from glbackend.training.dataset import Batch
from glbackend.training.losses import LOSSES
from glbackend.training.metrics import METRICS

Array = np.ndarray[Any, Any]
KEYS = Path(gl.__file__).parent / "layers" / "keras_keys.json"


def same(loss: Any, **options: Any) -> Any:
    """A model that gives its input [n, 3] back."""
    model = gl.sequential([gl.layers.activation("linear", input_shape=[3])])
    model.compile("sgd", loss, **options)
    return model


# -- targets of whole numbers and of truth values ----------------------------------------------------------

SHARES = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3]], np.float32)
HOT = np.array([[1, 0, 0], [0, 1, 0]])
CLASS_NUMBERS = {"ctc", "circle", "categorical_generalized_cross_entropy"}  # their targets are not rows
NAMED = sorted({*LOSSES.declared, *METRICS.declared} - CLASS_NUMBERS)


def test_divergence_of_whole_numbers(backend: str) -> None:
    assert same("kullbackLeiblerDivergence").evaluate(SHARES, HOT) == pytest.approx(0.636483, abs=1e-5)


@pytest.mark.parametrize("dtype", [np.int32, bool])
@pytest.mark.parametrize("name", NAMED)
def test_losses_do_not_ask_for_the_dtype(backend: str, name: str, dtype: type) -> None:
    """Targets and predictions of other dtypes count as the floats that they equal."""
    function = METRICS.get(name)
    targets = np.array([0, 1]) if name.startswith("sparse") else HOT
    for y_true, y_pred in ((targets.astype(dtype), SHARES), (targets.astype(dtype), HOT[::-1].astype(dtype))):
        wanted = function(y_true.astype(np.float32), y_pred.astype(np.float32)).numpy()
        np.testing.assert_array_equal(function(y_true, y_pred).numpy(), wanted)


@pytest.mark.parametrize("dtype", [np.int32, bool])
@pytest.mark.parametrize(
    "name",
    ["absolute_difference", "mean_squared_error", "hinge_loss", "huber_loss", "log_loss",
     "sigmoid_cross_entropy", "softmax_cross_entropy"],
)  # fmt: skip
def test_losses_of_tensors_do_not_ask_for_the_dtype(backend: str, name: str, dtype: type) -> None:
    function = getattr(gl.losses, name)
    assert function(HOT.astype(dtype), SHARES).item() == function(HOT.astype(np.float32), SHARES).item()
    if name not in ("log_loss", "softmax_cross_entropy"):  # these take no whole numbers
        scores = np.array([[3, 0, 1], [0, 1, 2]], np.int32)
        wanted = function(HOT.astype(np.float32), scores.astype(np.float32)).item()
        assert function(HOT.astype(dtype), scores).item() == wanted


# -- precision and recall of probabilities -----------------------------------------------------------------


@pytest.mark.parametrize("name, wanted", [("precision", 2 / 3), ("recall", 1.0)])
def test_positive_is_what_is_above_a_half(backend: str, name: str, wanted: float) -> None:
    x, y = np.array([[0.9], [0.8], [0.2], [0.6]], "f4"), np.array([[1.0], [1.0], [0.0], [0.0]], "f4")
    model = gl.sequential([gl.layers.activation("linear", input_shape=[1])])
    model.compile("sgd", "binaryCrossentropy", metrics=[name])
    assert model.evaluate(x, y)[1] == pytest.approx(wanted)
    assert model.evaluate(np.full((4, 1), 0.5, "f4"), y)[1] == 0  # a half is not above it


# -- movement and order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("paddings", [[[-1, 2], [0, -1]], [[-1, -1], [-2, -2]], [[1, 0], [-4, 3]]])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, bool])
def test_negative_paddings_crop(backend: str, dtype: type, paddings: list[list[int]]) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    padded = np.pad(x, [(max(a, 0), max(b, 0)) for a, b in paddings])
    kept = [slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(paddings, padded.shape, strict=True)]
    wanted = padded[tuple(kept)]
    got = gl.pad(x, paddings).numpy()
    assert got.dtype == x.dtype and got.tolist() == wanted.tolist()
    with pytest.raises(gl.errors.ShapeError, match=r"crop more than there is of shape \[3, 4\]"):
        gl.pad(x, [[-2, -2], [0, 0]])


def test_bounds_of_whole_numbers_take_fractions(backend: str) -> None:
    """As in TF.js, either way round."""
    row, values = np.array([1, 3, 3, 5], np.int32), np.array([2.5, 3.0, 5.5], np.float32)
    for sequence, wanted in ((row, values), (row.astype(np.float32), np.array([2, 3, 6], np.int32))):
        assert gl.lower_bound(sequence, wanted).numpy().tolist() == np.searchsorted(row, wanted).tolist()
        assert (
            gl.upper_bound(sequence, wanted).numpy().tolist()
            == np.searchsorted(row, wanted, "right").tolist()
        )


def test_index_of_nothing_says_so() -> None:
    with pytest.raises(gl.errors.ShapeError, match=r"holds 0..0, but the axis of shape \[0, 2\] is empty"):
        gl.zeros([0, 2])[[0]]


@pytest.mark.parametrize("data_format", ["channelsLast", "channelsFirst"])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_bilinear_upsampling_counts_from_the_middle(backend: str, dtype: type, data_format: str) -> None:
    """As tf_keras 2.21 and Keras 3.15 give it."""
    x = np.arange(4, dtype=dtype).reshape(1, 2, 2, 1)
    layer = gl.layers.up_sampling2d(size=[2, 3], interpolation="bilinear", data_format=data_format)
    y = layer(gl.tensor(x.reshape(1, 1, 2, 2) if data_format == "channelsFirst" else x)).numpy().reshape(4, 6)
    across = np.array([0, 0, 1 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose(y, across + np.array([[0], [0.5], [1.5], [2]]), atol=1e-6)


# -- a seeded dropout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise_shape", [None, [None, 64]])
def test_seeded_dropout_draws_another_mask_each_time(backend: str, noise_shape: Any) -> None:
    first, second = (gl.layers.dropout(rate=0.5, seed=42, noise_shape=noise_shape) for _ in "ab")
    x = gl.ones([1, 64])
    masks = [first(x, training=True).numpy().tolist() for _ in range(3)]
    assert masks[0] != masks[1] != masks[2] != masks[0]
    assert [second(x, training=True).numpy().tolist() for _ in range(3)] == masks


def test_seeded_dropout_in_a_trace_goes_on_drawing() -> None:
    layer, twin, x = *(gl.layers.dropout(rate=0.5, seed=3) for _ in "ab"), gl.ones([64])
    graph = gl.trace(lambda x: layer(layer(x, training=True) + 1.0, training=True), x)

    def steps() -> Any:
        return replay(graph, x).numpy().tolist()

    wanted = [twin(twin(x, training=True) + 1.0, training=True).numpy().tolist() for _ in range(2)]
    assert [steps(), steps()] == wanted


# -- a layer that is reached in two ways -------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [False, True])
def test_layer_reached_in_two_ways_counts_once(backend: str, frozen: bool) -> None:
    x, y = gl.input([2]), gl.input([2])
    d = gl.layers.dense(units=2, kernel_initializer="ones", kernel_regularizer="l2")
    sub = gl.model(inputs=x, outputs=d(x))
    m = gl.model(inputs=y, outputs=[sub(y), d(y)])
    d.trainable = not frozen
    m.compile(gl.train.sgd(0.1), "meanSquaredError")
    assert len(m.weights) == len(m.get_weights()) == 2 and m.count_params() == 6
    assert len(m.trainable_weights) == (0 if frozen else 2) and len(m.non_trainable_weights) == 2 * frozen
    if not frozen:
        loss, *_ = m.train_on_batch(gl.ones([1, 2]), [gl.zeros([1, 2]), gl.zeros([1, 2])])
        assert loss == pytest.approx(8.04)  # the penalty once
        np.testing.assert_allclose(d.get_weights()[0].numpy(), 0.6 - 0.002, rtol=1e-6)


@pytest.mark.parametrize("units", [1, 2])
def test_layer_of_a_custom_layer_counts_once(units: int) -> None:
    class Twice(gl.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first = gl.layers.dense(units=units)
            self.again = [self.first, {"more": self.first}]

        def build(self, input_shape: Any) -> None:
            self.first.ensure_built([input_shape])

        def call(self, inputs: Any) -> Any:
            return self.first(inputs) + self.again[0](inputs)

    m = gl.sequential([Twice(input_shape=[3])])
    assert len(m.weights) == len(m._own_weights) == 2 and m.count_params() == 4 * units


# -- class numbers that do not exist -----------------------------------------------------------------------


def classifier(**options: Any) -> Any:
    model = gl.sequential(
        [gl.layers.dense(units=2, input_shape=[1], activation="softmax", name="d", **options)]
    )
    model.compile("sgd", "sparseCategoricalCrossentropy")
    return model


@pytest.mark.parametrize("wrong", [2, -1, 2**31 - 1])
@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_class_numbers_out_of_range_raise(backend: str, dtype: type, wrong: int) -> None:
    x, model = np.ones((3, 1), "f4"), classifier()
    before = model.get_weights()[0].numpy()
    y = np.array([0, 1, wrong]).astype(dtype)
    message = r"the target of 'd' holds class -?[\d.e+]+ at example 2, but its classes are 0 to 1"
    for given in (y, y[:, None], gl.tensor(y)):
        for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
            with pytest.raises(gl.errors.ArgumentError, match=f"{call.__name__}: {message}"):
                call(x, given)
    with pytest.raises(gl.errors.ArgumentError, match=rf"fit \(validation_data\): {message}"):
        model.fit(x, np.zeros(3), validation_data=(x, y), verbose=0)
    assert (model.get_weights()[0].numpy() == before).all()


def test_class_numbers_of_sequences_name_their_example() -> None:
    model = gl.sequential([gl.layers.dense(units=3, input_shape=[4, 1], activation="softmax")])
    model.compile("sgd", "sparseCategoricalCrossentropy")
    y = np.zeros((5, 4))
    y[3, 2] = np.nan
    with pytest.raises(gl.errors.ArgumentError, match="holds class nan at example 3"):
        model.evaluate(np.ones((5, 4, 1), "f4"), y)


def test_class_numbers_out_of_range_cost_nothing_in_a_graph(backend: str) -> None:
    loss = gl.metrics.sparse_categorical_crossentropy([1, 2, -1], np.full((3, 2), 0.5, "f4")).numpy()
    np.testing.assert_allclose(loss, [np.log(2), 0, 0], rtol=1e-6)


# -- what activities cost ----------------------------------------------------------------------------------

COSTS = gl.regularizers.l2(l2=1.0)
CHARGED: dict[str, tuple[Any, list[int]]] = {
    "dense": (lambda: gl.layers.dense(units=2, activity_regularizer=COSTS), [3]),
    "dense over steps": (lambda: gl.layers.dense(units=2, activity_regularizer=COSTS), [2, 3]),
    "conv2d": (lambda: gl.layers.conv2d(filters=2, kernel_size=2, activity_regularizer=COSTS), [3, 3, 2]),
    "depthwise": (
        lambda: gl.layers.depthwise_conv2d(kernel_size=2, activity_regularizer=COSTS), [3, 3, 2],
    ),
    "simple_rnn": (lambda: gl.layers.simple_rnn(units=2, activity_regularizer=COSTS), [3, 2]),
    "lstm": (lambda: gl.layers.lstm(units=2, return_sequences=True, activity_regularizer=COSTS), [3, 2]),
    "gru": (lambda: gl.layers.gru(units=2, activity_regularizer=COSTS), [3, 2]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARGED)
def test_activities_cost(backend: str, name: str) -> None:
    """In training and evaluation, as tf_keras 2.21 counts: their penalty over the number of examples."""
    make, shape = CHARGED[name]
    x = np.random.default_rng(1).normal(size=(4, *shape)).astype("f4")
    entry = gl.input(shape)
    layer = make()
    m = gl.model(inputs=entry, outputs=layer(entry))
    m.compile(gl.train.sgd(0.0), "meanSquaredError")
    y = m.predict(x).numpy()
    for call in (m.train_on_batch, m.test_on_batch):
        assert call(x, y) == pytest.approx((y**2).sum() / 4, rel=1e-5)
    assert m.evaluate(x, y, batch_size=3) == pytest.approx(
        ((y[:3] ** 2).sum() / 3 * 3 + (y[3:] ** 2).sum()) / 4, rel=1e-5
    )


@pytest.mark.parametrize("examples", [1, 4])
def test_activities_move_weights(backend: str, examples: int) -> None:
    """The slope of y^2 at y = 2 is 4 for the bias, and 4 x = 8 for the kernel, however many examples."""
    m = gl.sequential(
        [gl.layers.dense(units=1, input_shape=[1], kernel_initializer="ones", activity_regularizer=COSTS)]
    )
    m.compile(gl.train.sgd(0.125), "meanSquaredError")
    x = np.full((examples, 1), 2.0, "f4")
    assert m.train_on_batch(x, x) == pytest.approx(4.0)
    assert [one.item() for one in m.get_weights()] == [0.0, -0.5]


def test_each_call_of_a_layer_costs(backend: str) -> None:
    """Within models and layers within; the states of a recurrent layer are outputs too."""

    class Pair(gl.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.inner = gl.layers.dense(units=1, kernel_initializer="ones", activity_regularizer=COSTS)

        def build(self, input_shape: Any) -> None:
            self.inner.ensure_built([input_shape])

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs) + self.inner(inputs * 2.0)

    m = gl.sequential([gl.sequential([Pair(input_shape=[1])])])
    m.compile(gl.train.sgd(0.0), "meanSquaredError")
    assert m.test_on_batch([[1.0], [3.0]], [[3.0], [9.0]]) == pytest.approx((1 + 9 + 4 + 36) / 2)
    lstm = gl.layers.lstm(units=2, return_state=True, activity_regularizer=COSTS)
    x = gl.input([3, 1])
    out, h, c = lstm(x)
    m, states = gl.model(inputs=x, outputs=out), gl.model(inputs=x, outputs=[out, h, c])
    m.compile("sgd", "meanSquaredError")
    found = [one.numpy() for one in states.predict(gl.ones([2, 3, 1]))]
    wanted = sum((one**2).sum() for one in found) / 2
    assert m.test_on_batch(gl.ones([2, 3, 1]), found[0]) == pytest.approx(wanted, rel=1e-5)


def test_folding_leaves_what_costs(backend: str) -> None:
    layers = [
        gl.layers.conv2d(filters=1, kernel_size=1, input_shape=[2, 2, 1], activity_regularizer=COSTS,
                         kernel_initializer="ones"),
        gl.layers.batch_normalization(moving_variance_initializer="ones", epsilon=0.0),
    ]  # fmt: skip
    m = gl.sequential(layers)
    m.compile("sgd", "meanSquaredError")
    x = np.full((2, 2, 2, 1), 3.0, "f4")
    assert m.evaluate(x, x) == pytest.approx(36.0)


@pytest.mark.parametrize("name", ["lstm", "conv2d", "dense"])
def test_nothing_is_charged_outside_a_step(name: str) -> None:
    make, shape = CHARGED[name]
    layer, x = make(), gl.ones([2, *shape])
    with gl.GradientTape() as tape:
        value = layer(x).sum()
    assert len(tape.gradient(value, layer.weights)) == len(layer.weights)


# -- masked losses -----------------------------------------------------------------------------------------


class Masked(gl.layers.Layer):
    """Masks the steps that are 0 throughout."""

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        return inputs.not_equal(0.0).any(-1)


STEPS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [0.4, 5, 6, 7]], "f4")[..., None]
TARGETS = np.array([[0, 1, 1, 0]] * 3, "f4")[..., None]


def masked_model(*more: Any, **options: Any) -> Any:
    model = gl.sequential([
        Masked(input_shape=[4, 1]),
        gl.sequential([gl.layers.dense(units=1, kernel_initializer="ones", input_shape=[4, 1])]), *more,
    ])  # fmt: skip
    model.compile(gl.train.sgd(0.0), "meanSquaredError", **options)
    return model


def test_masked_steps_do_not_count(backend: str) -> None:
    """The numbers are tf_keras 2.21's and Keras 3.15's; the mask goes through a nested model."""
    m = masked_model(metrics=["mae", "precision", "recall"])
    wanted = [14.4514284, 3.0571427, 0.5, 1.0]
    for call in (m.test_on_batch, m.train_on_batch, m.evaluate):
        np.testing.assert_allclose(call(STEPS, TARGETS), wanted, rtol=1e-5)


def test_weights_multiply_what_the_mask_leaves(backend: str) -> None:
    class Data:
        element_spec, steps = None, 1

        def __iter__(self) -> Any:
            yield STEPS, TARGETS, np.array([1.0, 2.0, 3.0], "f4")

    assert masked_model().evaluate(Data()) == pytest.approx(41.497143, rel=1e-5)


def test_batch_without_a_step_costs_nothing(backend: str) -> None:
    assert masked_model().test_on_batch(np.zeros((2, 4, 1), "f4"), np.ones((2, 4, 1), "f4")) == 0


def test_mask_of_a_step_spreads_over_the_rest(backend: str) -> None:
    """[batch, time] over values [batch, time, 2]; what has no mask counts whole."""
    x = np.concatenate([STEPS, STEPS], -1)
    entry = gl.input([4, 2])
    m = gl.model(
        inputs=entry, outputs=[Masked()(entry), gl.layers.reshape(target_shape=[4, 2, 1])(Masked()(entry))]
    )
    m.compile("sgd", "meanSquaredError")
    found = m.test_on_batch(x, [np.zeros_like(x), np.zeros((*x.shape, 1), "f4")])
    square, kept = (x**2).mean(-1), STEPS[..., 0] != 0
    np.testing.assert_allclose(found[1:], [(square * kept).sum() / kept.sum(), square.mean()], rtol=1e-5)


def test_masked_steps_have_no_gradient(backend: str) -> None:
    m = masked_model(gl.layers.simple_rnn(units=2, return_sequences=True), gl.layers.dense(units=1))
    with gl.GradientTape() as tape:
        (y,), masks = m._run_with_masks([gl.tensor(STEPS)], None, True, {})
        loss, _ = m.trainer.objective("fit").loss([gl.tensor(TARGETS)], [y], (), masks)
    slope = tape.gradient(loss, y).numpy()[..., 0]
    assert ((slope != 0) == (STEPS[..., 0] != 0)).all()
    graph = gl.trace(
        lambda x, y: m.trainer.test_step(Batch([x], [y], [])), gl.tensor(STEPS), gl.tensor(TARGETS)
    )
    traced = replay(graph, gl.tensor(STEPS), gl.tensor(TARGETS))
    assert traced[0].item() == m.test_on_batch(STEPS, TARGETS)


def test_mask_that_does_not_fit_says_so() -> None:
    def whole(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred).mean((1, 2))

    m = masked_model()
    m.compile("sgd", whole)
    name = m.output_names[0]
    with pytest.raises(
        gl.errors.ShapeError, match=rf"loss of '{name}' has shape \[3\], but its mask \[3, 4\]"
    ):
        m.evaluate(STEPS, TARGETS)


# -- probabilities that remember their logits --------------------------------------------------------------


def saturated(name: str, **options: Any) -> Any:
    """One dense layer without a bias, and its loss by name."""
    sigmoid = name == "binaryCrossentropy"
    units, activation = (1, "sigmoid") if sigmoid else (2, "softmax")
    model = gl.sequential(
        [gl.layers.dense(units=units, input_shape=[1], activation=activation, use_bias=False)]
    )
    model.set_weights([np.array([[200.0]] if sigmoid else [[0.0, 200.0]], "f4")])
    model.compile(gl.train.sgd(1.0), name, metrics=[name], **options)
    return model


SATURATED = {
    "categoricalCrossentropy": ([[1.0, 0.0]], [[1, 199]]),
    "sparseCategoricalCrossentropy": ([0], [[1, 199]]),
    "binaryCrossentropy": ([[0.0]], [[199]]),
}


@pytest.mark.parametrize("name", SATURATED)
def test_saturated_probabilities_learn(backend: str, name: str) -> None:
    target, wanted = SATURATED[name]
    model, x = saturated(name), np.array([[1.0]], "f4")
    assert model.evaluate(x, np.array(target)) == [200.0, 200.0]
    assert model.train_on_batch(x, np.array(target)) == [200.0, 200.0]
    np.testing.assert_allclose(model.get_weights()[0].numpy(), wanted)


@pytest.mark.parametrize("name", SATURATED)
def test_saturated_probabilities_learn_in_a_trace(backend: str, name: str) -> None:
    target, wanted = SATURATED[name]
    model, x, y = saturated(name), gl.tensor([[1.0]]), gl.tensor(np.array(target, np.float32))
    graph = gl.trace(lambda x, y: model.trainer.train_step(Batch([x], [y], [])), x, y)
    assert [one.item() for one in replay(graph, x, y)] == [200.0, 200.0]
    np.testing.assert_allclose(model.get_weights()[0].numpy(), wanted)


def through(kind: str, last: Any, shape: list[int]) -> Any:
    """A model that ends with `last`, in several ways that change nothing."""
    entry = gl.input(shape)
    identity = gl.layers.dense(units=2, input_shape=shape, kernel_initializer="identity")
    nested = gl.sequential([identity, gl.layers.activation("linear")])
    if kind == "nested":
        nested.add(last)
        return gl.model(inputs=entry, outputs=nested(entry))
    ends = {"layer": [last], "dropout": [last, gl.layers.dropout(rate=0.5)],
            "linear": [last, gl.layers.activation("linear")]}  # fmt: skip
    y = nested(entry)
    for one in ends[kind]:
        y = one(y)
    return gl.model(inputs=entry, outputs=y)


@pytest.mark.parametrize("kind", ["layer", "nested", "dropout", "linear"])
@pytest.mark.parametrize("shape", [[2], [3, 2], [2, 2, 2]])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "Softmax"])
def test_what_changes_nothing_keeps_the_logits(
    backend: str, activation: str, shape: list[int], kind: str
) -> None:
    last = gl.layers.softmax() if activation == "Softmax" else gl.layers.activation(activation)
    model = through(kind, last, shape)
    model.compile("sgd", "binaryCrossentropy" if activation == "sigmoid" else "categoricalCrossentropy")
    x, t = np.zeros((1, *shape), "f4"), np.zeros((1, *shape), "f4")
    x[..., 1], t[..., 0] = 300.0, 1.0
    wanted = (np.log(2) + 300) / 2 if activation == "sigmoid" else 300
    assert model.evaluate(x, t) == pytest.approx(wanted)


CONVOLVING = {
    "conv2d": lambda **options: gl.layers.conv2d(filters=1, kernel_size=1, **options),
    "depthwise": lambda **options: gl.layers.depthwise_conv2d(kernel_size=1, **options),
    "dense": lambda **options: gl.layers.dense(units=1, **options),
}


@pytest.mark.parametrize("name", CONVOLVING)
def test_sigmoid_of_a_product_remembers(backend: str, name: str) -> None:
    layer = CONVOLVING[name](activation="sigmoid", input_shape=[2, 2, 1], use_bias=False)
    model = gl.sequential([layer])
    model.set_weights([np.full(one.shape, 90.0, "f4") for one in model.get_weights()])
    model.compile("sgd", "binaryCrossentropy")
    assert model.evaluate(np.ones((1, 2, 2, 1), "f4"), np.zeros((1, 2, 2, 1), "f4")) == pytest.approx(90)


def test_plain_probabilities_are_clipped_as_in_tfjs(backend: str) -> None:
    """What other ops make of them is plain again, and so is an activation of the other name."""
    x = gl.tensor([[0.0, 200.0]])
    p, y = gl.softmax(x), [[1.0, 0.0]]
    exact, clipped = 200.0, pytest.approx(16.118, abs=1e-3)
    assert gl.metrics.categorical_crossentropy(y, p).item() == exact
    assert gl.metrics.categorical_crossentropy(y, p.clone()).item() == exact
    for plain in (p * 1.0, p.reshape([1, 2]), p.numpy(), gl.tensor(p.numpy())):
        assert gl.metrics.categorical_crossentropy(y, plain).item() == clipped
    assert gl.metrics.binary_crossentropy(y, p).item() == pytest.approx(15.98, abs=0.2)
    assert gl.metrics.binary_crossentropy(y, gl.sigmoid(gl.tensor([[-200.0, 200.0]]))).item() == 200


def test_logits_outlive_tidy_and_go_with_their_probabilities(backend: str) -> None:
    before = gl.memory()["num_bytes"]
    p = gl.tidy(lambda: gl.softmax(gl.tensor([[0.0, 200.0]]) * 1.0))
    assert gl.metrics.categorical_crossentropy([[1.0, 0.0]], p).item() == 200.0
    p.dispose()
    assert gl.memory()["num_bytes"] == before


@pytest.mark.parametrize("name", SATURATED)
def test_predictions_hold_no_logits(backend: str, name: str) -> None:
    model = saturated(name)
    before = gl.memory()["num_bytes"]
    p = model.predict(np.ones((3, 1), "f4"))
    assert gl.memory()["num_bytes"] - before == p.nbytes


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_exact_losses_have_the_right_slopes(backend: str, activation: str) -> None:
    """Where nothing is near 0 or 1 the exact loss and its gradients are those of the clipped one."""
    name = "categorical_crossentropy" if activation == "softmax" else "binary_crossentropy"
    loss, x = getattr(gl.metrics, name), np.random.default_rng(2).normal(size=(5, 3)).astype("f4")
    for target in (
        np.eye(3, dtype="f4")[[0, 1, 2, 0, 1]],
        np.full((5, 3), 0.25, "f4"),
        np.zeros((5, 3), "f4"),
    ):

        def exact(x: Any, t: Any) -> Any:
            return loss(t, getattr(gl, activation)(x)).sum()

        def plain(x: Any, t: Any) -> Any:
            return loss(t, getattr(gl, activation)(x) * 1.0).sum()

        for one, two in zip(gl.grads(exact)([x, target]), gl.grads(plain)([x, target]), strict=True):
            np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-4, atol=2e-6)


# -- keys of Keras's configs -------------------------------------------------------------------------------


def layer_of(class_name: str, **config: Any) -> Any:
    return get({"class_name": class_name, "config": {"name": "x", **config}})


RAMP = np.array([-2, -0.5, 0.5, 1, 1.5, 8], "f4")
RELUS: list[tuple[dict[str, Any], list[float]]] = [  # keras 3.15.1 and tf_keras 2.21.0
    ({"negative_slope": 0.1, "max_value": 6.0}, [-0.2, -0.05, 0.5, 1, 1.5, 6]),
    ({"threshold": 1.0}, [0, 0, 0, 0, 1.5, 8]),
    ({"threshold": 1.0, "negative_slope": 0.5, "max_value": 6.0}, [-1.5, -0.75, -0.25, 0, 1.5, 6]),
    ({"negative_slope": 0.5, "max_value": 0.25}, [-1, -0.25, 0.25, 0.25, 0.25, 0.25]),
]


@pytest.mark.parametrize(("config", "wanted"), RELUS)
def test_keys_of_relu_count(backend: str, config: dict[str, float], wanted: list[float]) -> None:
    layer = layer_of("ReLU", **config)
    np.testing.assert_allclose(layer(gl.tensor(RAMP)).numpy(), wanted, atol=1e-6)
    again = layer_of("ReLU", **layer.get_config())
    np.testing.assert_allclose(again(gl.tensor(RAMP)).numpy(), wanted, atol=1e-6)
    folded = gl.sequential([
        gl.layers.conv2d(filters=1, kernel_size=1, kernel_initializer="ones", input_shape=[6, 1, 1]),
        gl.layers.batch_normalization(epsilon=0.0), layer,
    ])  # fmt: skip
    np.testing.assert_allclose(folded.predict(RAMP.reshape(1, 6, 1, 1)).numpy().ravel(), wanted, atol=1e-6)


@pytest.mark.parametrize("name", ["max_value", "negative_slope", "threshold"])
def test_relu_takes_nothing_negative(name: str) -> None:
    with pytest.raises(gl.errors.ArgumentError, match=f"{name} must not be negative, got -1"):
        gl.layers.re_lu(**{name: -1})


def test_other_names_of_keras_3(backend: str) -> None:
    np.testing.assert_allclose(layer_of("LeakyReLU", negative_slope=0.5)(gl.tensor([-2.0])).numpy(), [-1])
    assert layer_of("InputLayer", batch_shape=[None, 3]).output.shape == (None, 3)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("class_name", ["GlobalAveragePooling2D", "GlobalMaxPooling2D"])
def test_keepdims_counts(backend: str, class_name: str, data_format: str) -> None:
    layer = layer_of(class_name, keepdims=True, data_format=data_format)
    x = np.arange(24, dtype="f4").reshape(1, 2, 3, 4)
    axes = (2, 3) if data_format == "channels_first" else (1, 2)
    wanted = (np.mean if "Average" in class_name else np.max)(x, axes, keepdims=True)
    np.testing.assert_allclose(layer(gl.tensor(x)).numpy(), wanted)
    assert layer.get_config()["keepdims"] is True


@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("whole", [True, False])
def test_zero_output_for_mask_counts(backend: str, whole: bool, cell: str) -> None:
    """Against the plain layer, whose masked steps become 0."""
    x = gl.tensor(np.random.default_rng(4).normal(size=(2, 4, 3)).astype("f4"))
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 0]], bool)
    config = {"units": 2, "return_sequences": whole, "zero_output_for_mask": True}
    zeroed = layer_of(cell, **config)
    plain = layer_of(cell, units=2, return_sequences=True)
    for one in (zeroed, plain):
        one(x)
    zeroed.set_weights(plain.get_weights())
    wanted = plain(x, mask=gl.tensor(mask)).numpy() * mask[..., None]
    np.testing.assert_array_equal(zeroed(x, mask=gl.tensor(mask)).numpy(), wanted if whole else wanted[:, -1])


REFUSED = [
    ("DepthwiseConv2D", {"kernel_size": 1}, "groups", 2, "only 1"),
    ("BatchNormalization", {}, "renorm", True, "only False"),
    ("LSTM", {"units": 1}, "time_major", True, "only False"),
    ("InputLayer", {"batch_input_shape": [None, 1]}, "ragged", True, "only False"),
    ("Dense", {"units": 1}, "lora_rank", 4, "here"),
    ("Dense", {"units": 1}, "quantization_config", {"class_name": "Int8"}, "only None"),
    ("Flatten", {}, "surprise", 1, "here"),
]


@pytest.mark.parametrize(("class_name", "config", "key", "value", "hint"), REFUSED)
def test_keys_that_would_be_dropped_raise(
    class_name: str, config: dict[str, Any], key: str, value: Any, hint: str
) -> None:
    with pytest.raises(gl.errors.ArgumentError, match=rf"{class_name} 'x': its config has {key} = .*{hint}"):
        layer_of(class_name, **config, **{key: value})
    entry = {"class_name": class_name, "config": {"name": "x", **config, key: value}}
    with pytest.raises(gl.errors.ModelFormatError, match=rf"'x' \({class_name}\) cannot be made: .*{key}"):
        deserialize_layer(entry)


def test_keys_that_say_nothing_are_left_out() -> None:
    """Keras's defaults, None, and what cannot change a result."""
    table = json.loads(KEYS.read_text())
    assert "keras 3.15" in table["origin"] and "tf_keras 2.21" in table["origin"]
    assert all(len(reason) > 10 for reason in table["harmless"].values())
    layer_of("Conv2D", filters=1, kernel_size=1, groups=1, surprise=None)
    layer_of("BatchNormalization", synchronized=True, renorm=False, renorm_momentum=0.5, renorm_clipping={})
    layer_of("GRU", units=1, seed=5, time_major=False)


@pytest.mark.parametrize("name", sorted(LAYERS.declared))
def test_defaults_of_keras_are_known(name: str) -> None:
    """Each layer of ours takes the defaults of its namesake there, whatever their keys."""
    table = json.loads(KEYS.read_text())
    cls = LAYERS.declared[name]
    if issubclass(cls, gl.Model) or name not in table["layers"]:
        return
    sample = next((case.config for case in layer_cases() if case.class_name == name), {})
    sample = {"cell": gl.layers.gru_cell(units=1), "cells": [gl.layers.gru_cell(units=1)], "function": gl.relu,
              "activation": "relu", "units": 1, "num_bins": 3, "batch_input_shape": [None, 1], **sample}  # fmt: skip
    keys, arguments = table["layers"][name], parameters_of(cls)
    known = set(arguments) | set(cls.other_names)
    needed = {key for key, one in arguments.items() if one.default is one.empty} | {
        "num_bins",
        "batch_input_shape",
    }
    defaults = {key: values[0] for key, values in keys.items() if values and key not in known}
    layer = cls.from_config({"name": "x", **{k: sample[k] for k in needed & known}, **defaults})
    assert layer.name == "x"


@pytest.mark.parametrize("kind", ["initializers", "regularizers", "constraints"])
def test_unknown_keys_of_what_layers_are_given_raise(kind: str) -> None:
    thing = {"initializers": "RandomNormal", "regularizers": "L1L2", "constraints": "MaxNorm"}[kind]
    with pytest.raises(gl.errors.ArgumentError, match=f"{thing}: its config has surprise = 1"):
        getattr(gl, kind).get({"class_name": thing, "config": {"surprise": 1}})
    assert getattr(gl, kind).get({"class_name": thing, "config": {"surprise": None}}) is not None


@pytest.mark.parametrize("key", ["clipnorm", "amsgrad", "weight_decay", "use_ema", "loss_scale_factor"])
def test_keys_of_optimizers_count(key: str) -> None:
    """But for the factor by which Keras makes a loss larger and its gradients smaller again."""
    memory = gl.io.from_memory()
    model = classifier()
    model.compile("adam", "sparseCategoricalCrossentropy")
    model.save(memory, include_optimizer=True)
    for value in (None, False, 0.5):
        memory.artifacts.training_config["optimizer_config"]["config"][key] = value
        optimizer = gl.load_layers_model(memory).optimizer
        assert optimizer is not None
        assert bool(getattr(optimizer, key, None)) == (bool(value) and key != "loss_scale_factor")
