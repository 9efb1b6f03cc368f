"""What those who know Keras rely on without thinking of it: orders, masks that go along, `build`, hooks."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend import layers

TOKENS = np.array([[3, 1, 2, 0, 0], [0, 2, 2, 1, 0], [4, 4, 1, 1, 2]])


def branched() -> gl.Model:
    picture, facts = gl.Input((8, 8, 3), name="picture"), gl.Input((5,), name="facts")
    x = layers.SeparableConv2D(6, 3, name="sep")(picture)
    x = layers.GlobalAveragePooling2D(name="gap")(layers.DepthwiseConv2D(3, name="dw")(x))
    y = layers.Dense(6, name="m1")(facts)
    z = layers.Concatenate(name="cat")([x, y])
    dot = layers.Dot(axes=1, name="dot")([x, layers.Dense(6, name="dd")(y)])
    outputs = {
        "cls": layers.Dense(4, name="cls")(z),
        "box": layers.Dense(4, name="box")(z),
        "conf": layers.Dense(1, name="conf")(dot),
    }
    return gl.Model([picture, facts], outputs)


def test_layers_stand_in_keras_order() -> None:
    """By their distance from the outputs, as Keras 3.15 lists them: so weights can be handed over in a list."""
    names = [one.name for one in branched().layers]
    wanted = ["picture", "sep", "facts", "dw", "m1", "gap", "dd", "cat", "dot", "box", "cls", "conf"]
    assert names == wanted
    c, first, second = gl.Input((4,), name="c"), layers.Dense(3, name="d1"), layers.Dense(3, name="d2")
    third = layers.Dense(3, name="d3")(first(c))
    model = gl.Model(c, layers.Add(name="add")([second(c), third]))
    assert [one.name for one in model.layers] == ["c", "d1", "d2", "d3", "add"]
    square = layers.Dense(3, name="d5")
    shared = gl.Model(
        c, layers.Add(name="sum")([square(layers.Dense(3, name="d4")(first(c))), square(first(c))])
    )
    assert [one.name for one in shared.layers] == ["c", "d1", "d4", "d5", "sum"]
    unused = gl.Model([gl.Input((1,), name="nobody"), c], first(c))
    assert [one.name for one in unused.layers] == ["c", "nobody", "d1"]


def test_weights_of_layers_within_stand_layer_by_layer() -> None:
    """As in Keras 3: no weight of a later layer before the moving mean of an earlier one."""

    class Block(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.dense = layers.BatchNormalization(name="n"), layers.Dense(2, name="d")

        def call(self, inputs: Any) -> Any:
            return self.dense(self.norm(inputs))

    block = Block()
    block(np.ones((2, 3), "f4"))
    assert [one.name.split("/")[-1] for one in block.weights] == [
        "gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias",
    ]  # fmt: skip


class Reader(gl.Model):
    """A class whose layers are called one after the other, as in the guide to masking."""

    def __init__(self, given: bool) -> None:
        super().__init__()
        self.given = given
        self.embedding = layers.Embedding(5, 4, mask_zero=True)
        self.drop = layers.Dropout(0.1)
        self.lstm = layers.LSTM(3, return_sequences=True)
        self.pool = layers.GlobalAveragePooling1D()

    def call(self, inputs: Any) -> Any:
        if not self.given:
            return self.pool(self.lstm(self.drop(self.embedding(inputs))))
        mask = self.embedding.compute_mask(inputs)
        return self.pool(self.lstm(self.drop(self.embedding(inputs)), mask=mask), mask=mask)


def test_masks_go_from_layer_to_layer_in_a_call(backend: str) -> None:
    told, quiet = Reader(True), Reader(False)
    expected = told(TOKENS)
    quiet(TOKENS)
    quiet.set_weights(told.get_weights())
    wrapped = gl.Sequential([gl.Input((5,)), quiet])
    for found in (
        quiet(TOKENS),
        quiet.predict(TOKENS),
        wrapped(TOKENS),
        gl.function(quiet)(gl.tensor(TOKENS)),
    ):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)
    told.embedding.mask_zero = False
    ignored = told.pool(told.lstm(told.embedding(TOKENS)))
    assert np.abs(ignored.numpy() - expected.numpy()).max() > 1e-3


def test_masks_reach_arguments_and_losses(backend: str) -> None:
    """`<argument>_mask` of a call with several tensors, and the loss of predictions that carry one."""

    class Pair(layers.Layer):
        def call(self, query: Any, value: Any, query_mask: Any = None, value_mask: Any = None) -> Any:
            return [gl.tensor(float(one is not None)) for one in (query_mask, value_mask)]

    masked, plain = layers.Embedding(5, 4, mask_zero=True)(TOKENS), gl.ones([3, 5, 4])
    assert [one.item() for one in Pair()(masked, plain)] == [1, 0]
    assert [one.item() for one in Pair()(plain, value=masked)] == [0, 1]
    attention = layers.MultiHeadAttention(1, 2)
    by_itself = attention(plain, masked, attention_mask=np.ones((1, 5, 5), bool))
    told = attention(plain, plain * 0 + masked, value_mask=TOKENS != 0)
    np.testing.assert_allclose(by_itself.numpy(), told.numpy(), rtol=1e-5, atol=1e-6)
    targets = np.ones((3, 5, 4), "f4")
    loss = gl.losses.MeanSquaredError()(targets, masked).item()
    errors = ((masked.numpy() - 1) ** 2).mean(-1)
    assert loss == pytest.approx(errors[TOKENS != 0].mean(), rel=1e-5)


def test_a_mask_stays_off_what_a_layer_did_not_make() -> None:
    """A layer that hands its input on leaves the user's tensor without a mask."""

    class Same(layers.Layer):
        supports_masking = True

        def call(self, inputs: Any, mask: Any = None) -> Any:
            return inputs

    x = gl.ones([2, 3, 4])
    found = Same()(x, mask=np.ones((2, 3), bool))
    assert x._keras_mask is None and (found.numpy() == x.numpy()).all()
    assert found._keras_mask.numpy().all()
    assert (
        layers.Embedding(5, 2, mask_zero=True).compute_mask(TOKENS).numpy().tolist() == (TOKENS != 0).tolist()
    )


def test_build_makes_the_weights_once(backend: str) -> None:
    """`self.dense.build(shape)` in a `build`, as Keras 3 asks for it, and a call of `build` by itself."""

    class Gated(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.rnn = layers.Dense(3), layers.Bidirectional(layers.GRU(2))

        def build(self, input_shape: Any) -> None:
            self.inner.build(input_shape)
            self.rnn.build((None, 4, 3))
            self.built = True

        def call(self, inputs: Any) -> Any:
            return self.rnn(self.inner(inputs))

    layer = Gated()
    layer.build((None, 4, 5))
    names = [one.name for one in layer.weights]
    assert layer.built and len(names) == len(set(names)) == 8
    layer(np.ones((2, 4, 5), "f4"))
    layer.build((None, 4, 5))
    assert [one.name for one in layer.weights] == names
    dense = layers.Dense(3)
    dense.build((None, 4))
    kernel = dense.kernel
    assert dense(np.ones((1, 4), "f4")).shape == (1, 3) and dense.kernel is kernel and len(dense.weights) == 2
    broken = layers.Dense(3)
    with pytest.raises(gl.errors.GlbackendError):
        broken.build((None, None))
    assert not broken.built and not broken.weights


def test_weights_of_other_dtypes(backend: str, tmp_path: Any) -> None:
    """Counters and flags beside weights, saved and loaded; Keras 3's order of arguments."""

    @gl.register(name="CountingOnce")
    class Counting(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight((input_shape[-1],), "ones")
            self.count = self.add_weight(name="count", dtype="int64", trainable=False)
            self.on = self.add_weight(
                name="on", shape=(2,), dtype="bool", initializer="ones", trainable=False
            )

        def call(self, inputs: Any, training: Any = None) -> Any:
            if training:
                self.count.assign(self.count + 1)
            return inputs * self.gain

    model = gl.Sequential([gl.Input((3,)), Counting(name="counting"), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((6, 3), "f4"), np.ones((6, 1), "f4"), batch_size=2, epochs=2, verbose=0)
    assert [one.dtype for one in model.layers[0].weights] == ["float32", "int32", "bool"]
    assert model.layers[0].count.item() == 6 and model.layers[0].on.numpy().all()
    model.set_weights([np.asarray(one) for one in model.get_weights()])
    for name in ("m.keras", "m.h5", "m"):
        model.save(str(tmp_path / name))
        loaded = gl.load_model(str(tmp_path / name))
        layer = loaded.get_layer("counting")
        assert layer.count.item() == 6 and layer.count.dtype == "int32" and layer.on.dtype == "bool"
    with pytest.raises(gl.errors.ArgumentError, match="use_resource"):
        layers.Layer().add_weight("w", (), use_resource=True)


@pytest.mark.parametrize("takes_training", [False, True])
def test_a_loss_of_the_class_is_that_of_fit(backend: str, takes_training: bool) -> None:
    """`compute_loss` and `compute_metrics` without a `train_step`, as Keras's guide to distillation has it."""

    class Own(gl.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.seen = layers.Dense(1, kernel_initializer="zeros"), gl.metrics.Mean("seen")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    class Plain(Own):
        def compute_loss(
            self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None
        ) -> Any:
            loss = gl.ops.mean((y - 3.0 - y_pred) ** 2)
            self.seen.update_state(loss)
            return loss

    class Telling(Own):
        def compute_loss(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: Any = True
        ) -> Any:
            return gl.ops.mean((y - (3.0 if training else 5.0) - y_pred) ** 2)

        def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "extra": gl.tensor(7.0)}

    model: Any = Telling() if takes_training else Plain()
    model.compile(gl.optimizers.SGD(0.0), loss="mae", metrics=["mae"])
    x, y = np.ones((4, 2), "f4"), np.ones((4, 1), "f4")
    history = model.fit(x, y, batch_size=2, epochs=1, verbose=0).history
    assert history["loss"] == [4.0] and history["mae"] == [1.0]
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found["loss"] == (16.0 if takes_training else 4.0)
    assert history["extra"] == [7.0] if takes_training else history["seen"] == [4.0]


def test_tables_of_positions_for_sequences_of_any_length(backend: str) -> None:
    """`table[:, :length]` within a layer of a model whose inputs may be of any length."""
    table = gl.tensor(np.random.default_rng(0).normal(size=(1, 60, 4)).astype("f4"))

    class Positions(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs + table[:, : gl.ops.shape(inputs)[1], :]

    x = gl.Input((None, 4))
    model = gl.Model(x, layers.Dense(2)(Positions()(x)))
    assert model.output_shape == (None, None, 2)
    for length in (3, 60):
        assert model.predict(np.ones((2, length, 4), "f4")).shape == (2, length, 2)
    with pytest.raises(gl.errors.ShapeError):
        gl.Model(x, Positions()(gl.Input((None, 5))))


def test_a_loaded_model_says_its_losses(tmp_path: Any) -> None:
    model = gl.Sequential([gl.Input((2,)), layers.Dense(1)])
    model.compile("sgd", gl.losses.Huber(delta=0.5))
    model.save(str(tmp_path / "m.keras"))
    loaded = gl.load_model(str(tmp_path / "m.keras"))
    assert isinstance(loaded.loss, gl.losses.Huber) and loaded.loss.delta == 0.5
    assert [one.name for one in loaded.layers] == [one.name for one in model.layers]


KEYS: list[Any] = [
    (slice(None), [0, 3]), ([0, 2], [1, 4]), ([0, 2], [[1], [4]]), ([0, 2], slice(None), [5, -1]),
    (0, slice(None), [1, 2]), (slice(1, 3), 0, [0, 1]), (..., [0, 1]), (None, [1, 2], None, [0, 3]),
    ([0, 2], ..., [2, 1]), (slice(None, None, -1), [0, 2], slice(None, None, 2)), (slice(None), []),
    (slice(None), np.array([True, False, True, False, True])), (1, np.array([True, False, True, False, True])),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_arrays_anywhere_in_an_index(backend: str, key: Any) -> None:
    a = np.random.default_rng(0).normal(size=(4, 5, 6)).astype("f4")
    wanted = a[tuple(np.array(one, int) if isinstance(one, list) else one for one in key)]
    x = gl.tensor(a)
    np.testing.assert_array_equal(x[key].numpy(), wanted)
    on_device = tuple(
        gl.tensor(np.asarray(one, np.int32)) * 1 if isinstance(one, list) else one for one in key
    )
    np.testing.assert_array_equal(x[on_device].numpy(), wanted)
    counts = np.zeros_like(a)
    np.add.at(counts, tuple(np.array(one, int) if isinstance(one, list) else one for one in key), 1)
    np.testing.assert_array_equal(gl.grad(lambda t: t[key].sum())(x).numpy(), counts)


@pytest.mark.parametrize(
    "key", [(slice(None), [9]), (slice(None), [0.5]), (0, 0, 0, [1]), ([0, 1], [0, 1, 2])]
)
def test_arrays_that_are_no_index(key: Any) -> None:
    with pytest.raises(gl.errors.GlbackendError, match="getitem"):
        gl.ones([4, 5, 6])[key]


def test_whole_numbers_are_divided_truly(backend: str) -> None:
    x = gl.ops.convert_to_tensor([1, 7, -7])
    assert x.dtype == "int32"
    for found in (x / 2, gl.ops.divide(x, 2), np.true_divide(x, 2), x / gl.tensor([2], dtype="int32")):
        assert found.dtype == "float32" and found.numpy().tolist() == [0.5, 3.5, -3.5]
    assert (1 / x).numpy().tolist() == pytest.approx([1, 1 / 7, -1 / 7])
    assert (x // 2).numpy().tolist() == [0, 3, -4] and x.div(2).numpy().tolist() == [0, 3, -4]


def test_equal_extremes_share_the_gradient(backend: str) -> None:
    x = gl.tensor([[1.0, 1.0, 0.0], [2.0, 3.0, 3.0]])
    assert gl.grad(lambda a: a.max(1).sum())(x).numpy().tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5]]
    assert gl.grad(lambda a: a.min(1).sum())(x).numpy().tolist() == [[0, 0, 1], [1, 0, 0]]
    pooled = gl.grad(lambda a: layers.GlobalMaxPooling1D()(a[..., None]).sum())(x)
    assert pooled.numpy().tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5]]


def test_functions_of_keras_against_numpy(backend: str) -> None:
    a = np.random.default_rng(1).normal(size=(4, 5)).astype("f4")
    o = gl.ops
    pairs = [
        (o.bincount(np.array([1, 2, 2, 5]), minlength=8), np.bincount([1, 2, 2, 5], minlength=8)),
        (o.bincount(np.array([1, 2]), weights=np.array([0.5, 2.0], "f4")), [0, 0.5, 2]),
        (o.digitize(a, np.array([-1.0, 0, 1], "f4")), np.digitize(a, [-1.0, 0, 1])),
        (o.searchsorted(np.array([1.0, 3, 3]), np.array([3.0, 4]), side="left"), [1, 3]),
        (o.searchsorted(np.array([1.0, 3, 3]), np.array([3.0, 4]), side="right"), [3, 3]),
        (o.nonzero(a > 0)[1], np.nonzero(a > 0)[1]), (o.eye(3, 4, k=-1), np.eye(3, 4, -1)),
        (o.trunc(a * 3), np.trunc(a * 3)), (o.hypot(a, a * 2), np.hypot(a, a * 2)), (o.ptp(a, axis=1), np.ptp(a, 1)),
        (o.expand_dims(a, (0, -1)), a[None, ..., None]),
        (o.exp(o.log_softmax(a, axis=0)), np.exp(a) / np.exp(a).sum(0)),
        *((o.quantile(a, [0.3, 0.5], axis=axis, method=method, keepdims=True),
           np.quantile(a, [0.3, 0.5], axis=axis, method=method, keepdims=True))
          for axis in (None, 0, 1) for method in ("linear", "lower", "higher", "midpoint", "nearest")),
        (o.quantile(a, 0.25), np.quantile(a, 0.25)),
    ]  # fmt: skip
    for found, wanted in pairs:
        assert found.shape == np.shape(wanted)
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_variables_in_attributes_are_weights(backend: str, tmp_path: Any) -> None:
    class Scaled(gl.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)
            self.scale = gl.Variable(2.0, name="scale")
            self.shift = gl.Variable([1.0, 1.0], trainable=False)
            self.same = self.scale

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) * self.scale + self.shift

    model, x = Scaled(), np.ones((4, 3), "f4")
    model.compile(gl.optimizers.SGD(0.1), "mse")
    model.fit(x, np.zeros((4, 2), "f4"), verbose=0)
    assert len(model.trainable_weights) == 3 and len(model.non_trainable_weights) == 1
    assert model.scale.item() != 2 and model.shift.numpy().tolist() == [1, 1]
    model.save_weights(str(tmp_path / "w.weights.h5"))
    other = Scaled()
    other(x)
    other.load_weights(str(tmp_path / "w.weights.h5"))
    np.testing.assert_allclose(other(x).numpy(), model(x).numpy(), rtol=1e-6)


def test_layers_of_a_model_keep_their_defaults_of_training() -> None:
    """`augment(images)` augments, as in Keras's guide; a dropout stays out, and so does all in `predict`."""
    model = gl.Sequential([gl.Input((8, 8, 1)), layers.RandomFlip("horizontal", seed=1), layers.Dropout(0.5)])
    x = np.random.default_rng(0).random((32, 8, 8, 1)).astype("f4")
    flipped = model(x).numpy()
    assert not np.allclose(flipped, x) and np.allclose(np.sort(flipped, 2), np.sort(x, 2))
    np.testing.assert_array_equal(model(x, training=False).numpy(), x)
    np.testing.assert_array_equal(model.predict(x, verbose=0).numpy(), x)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gl.ops.quantile([1.0, 2.0], 1.5), "q from 0 to 1"),
        (lambda: gl.ops.quantile([1.0, 2.0], -0.1), "q from 0 to 1"),
        (lambda: gl.ops.quantile([], 0.5), "needs numbers"),
        (lambda: gl.ops.quantile([[1.0]], 0.5, axis=5), r"axis 5 is outside \[-2, 2\)"),
        (lambda: gl.ops.searchsorted([[1.0]], [1.0]), "must be one row"),
        (lambda: gl.ops.digitize([1.0], [[1.0]]), "must be one row"),
        (lambda: gl.ops.searchsorted([1.0], [1.0], "middle"), "side"),
        (lambda: gl.ops.expand_dims([1.0], (0, 0)), "a place twice"),
        (lambda: gl.ops.expand_dims([1.0], (7,)), "axis 7 is outside"),
        (lambda: gl.ops.eye(-1, k=1), "eye"),
        (lambda: gl.ops.log_softmax([[1.0]], axis=3), "axis 3 is outside"),
        (lambda: gl.ops.moveaxis([[1.0]], 4, 0), "source 4 is outside"),
        (lambda: gl.ops.moveaxis([[1.0]], 0, 4), "destination 4 is outside"),
    ],
)
def test_wrong_calls_are_errors(call: Any, said: str) -> None:
    gl.set_backend("cpu")
    with pytest.raises(ValueError, match=said):
        call()


def test_infinite_numbers_have_quantiles_and_lengths(backend: str) -> None:
    infinite = float("inf")
    assert gl.ops.quantile([1.0, infinite, 2.0], [0.0, 0.5, 1.0]).numpy().tolist() == [1.0, 2.0, infinite]
    assert gl.ops.hypot([infinite, 3.0, 0.0], [1.0, 4.0, 0.0]).numpy().tolist() == [infinite, 5.0, 0.0]
    assert gl.ops.searchsorted([1.0, 3.0, 3.0], [[3.0, 9.0], [0.0, 1.0]], "right").numpy().tolist() == [
        [3, 3],
        [0, 1],
    ]
    assert gl.ops.eye(3, 2, k=-1).numpy().tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    values = [[5.0, 1.0, 4.0], [2.0, 8.0, 3.0]]
    for method in ("linear", "lower", "higher", "nearest", "midpoint"):
        wanted = np.quantile(values, [0.3, 0.6], axis=1, method=method)
        found = gl.ops.quantile(values, [0.3, 0.6], axis=1, method=method)
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)


def test_variables_by_keras_arguments(backend: str) -> None:
    """Beside a value as the first argument, which may be an initializer too."""
    made = gl.Variable(initializer="zeros", shape=(2, 3), dtype="float64", trainable=False, name="own")
    assert (made.shape, made.dtype, made.trainable, made.name) == ((2, 3), "float32", False, "own")
    assert not made.numpy().any()
    ones = gl.Variable(initializer=gl.initializers.Ones(), shape=(2,), dtype="int64")
    assert ones.dtype == "int32" and ones.numpy().tolist() == [1, 1]
    assert gl.Variable(initializer=[1, 2]).dtype == "int32"
    assert gl.Variable(initializer=[1.0, 2.0], autocast=False).numpy().tolist() == [1.0, 2.0]
    assert gl.Variable("glorot_uniform", shape=(2, 3)).shape == (2, 3)
    for arguments, words in (
        (((), {"shape": (2,)}), "needs a value, or an initializer"),
        (((1.0,), {"initializer": "ones"}), "needs a value, or an initializer"),
        ((("ones", (2,)), {}), "trainable must be a bool.*name shape="),
        (((), {"initializer": "ones"}), "needs the shape"),
        (((), {"initializer": "oness", "shape": (2,)}), "oness"),
    ):
        with pytest.raises(gl.errors.ArgumentError, match=words):
            gl.Variable(*arguments[0], **arguments[1])
