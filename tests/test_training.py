"""Training: losses and metrics against SciPy and NumPy, fit as in TF.js, callbacks, memory, bad input."""

from typing import Any

import numpy as np
import pytest
from scipy import special

import glbackend as gl
from glbackend.testing.check import using
from glbackend.training import loss as loss_objects
from glbackend.training import losses, metrics
from glbackend.training.dataset import TensorSpec
from glbackend.training.trainer import Trainer

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 4)).astype(np.float32)
Y = (X @ np.array([[1.0, -2.0], [0.5, 0.0], [0.0, 1.0], [2.0, 1.0]]) + 0.5).astype(np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 40)]


def linear(units: int = 2, **options: Any) -> Any:
    return gl.layers.dense(units=units, kernel_initializer=gl.initializers.random_normal(seed=3), **options)


def model(*layers: Any, loss: Any = "meanSquaredError", optimizer: Any = "sgd", **options: Any) -> Any:
    made = gl.sequential(list(layers) or [linear(input_shape=[4])])
    made.compile(optimizer, loss, **options)
    return made


# -- losses and metrics ------------------------------------------------------------------------------------

T = RNG.uniform(0.1, 1, (5, 3)).astype(np.float32)
P = RNG.uniform(0.1, 1, (5, 3)).astype(np.float32)
HOT = np.eye(3, dtype=np.float32)[[0, 2, 1, 1, 0]]
SHARE = P / P.sum(-1, keepdims=True)
SIGNS = np.sign(T - 0.5).astype(np.float32)
LOSSES: dict[str, tuple[Array, Array, Array]] = {
    "meanSquaredError": (T, P, ((T - P) ** 2).mean(-1)),
    "meanAbsoluteError": (T, P, np.abs(T - P).mean(-1)),
    "meanAbsolutePercentageError": (T, P, 100 * (np.abs(T - P) / T).mean(-1)),
    "meanSquaredLogarithmicError": (T, P, ((np.log1p(T) - np.log1p(P)) ** 2).mean(-1)),
    "hinge": (SIGNS, P, np.maximum(1 - SIGNS * P, 0).mean(-1)),
    "squaredHinge": (SIGNS, P, (np.maximum(1 - SIGNS * P, 0) ** 2).mean(-1)),
    "categoricalHinge": (HOT, P, np.maximum(1 + ((1 - HOT) * P).max(-1) - (HOT * P).sum(-1), 0)),
    "logcosh": (T, P, np.log(np.cosh(P - T)).mean(-1)),
    "categoricalCrossentropy": (HOT, P, special.rel_entr(HOT, SHARE).sum(-1)),
    "sparseCategoricalCrossentropy": (
        HOT.argmax(-1).astype(np.int32)[:, None], P, special.rel_entr(HOT, SHARE).sum(-1),
    ),
    "binaryCrossentropy": (
        HOT, P * 0.9, -(special.xlogy(HOT, P * 0.9) + special.xlog1py(1 - HOT, -P * 0.9)).mean(-1),
    ),
    "kullbackLeiblerDivergence": (T, P, (special.rel_entr(T, P)).sum(-1)),
    "poisson": (T, P, (P - T * np.log(P + 1e-7)).mean(-1)),
    "cosineProximity": (
        T, P, -(T * P).sum(-1) / np.linalg.norm(T, axis=-1) / np.linalg.norm(P, axis=-1),
    ),
}  # fmt: skip


def test_every_loss_of_tfjs_is_here() -> None:
    assert {losses.canonical(name) for name in LOSSES} <= set(losses.LOSSES.declared)
    for short in ("mse", "MAE", "mape", "msle", "kld", "cosine"):
        assert losses.canonical(short) in losses.LOSSES.declared


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name: str, backend: str) -> None:
    target, predicted, wanted = LOSSES[name]
    found = loss_objects.get(name)(gl.tensor(target), gl.tensor(predicted))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    "name", ["categoricalCrossentropy", "sparseCategoricalCrossentropy", "meanSquaredError"]
)
def test_losses_of_sequences(name: str, backend: str) -> None:
    """Over the last axis of predictions of any rank."""
    p = np.stack([P, P[::-1]])
    hot = np.stack([HOT, HOT])
    target = hot.argmax(-1).astype(np.int32) if name.startswith("sparse") else hot
    found = loss_objects.get(name)(gl.tensor(target), gl.tensor(p)).numpy()
    share = p / p.sum(-1, keepdims=True)
    wanted = ((hot - p) ** 2).mean(-1) if name == "meanSquaredError" else special.rel_entr(hot, share).sum(-1)
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", ["categoricalCrossentropy", "binaryCrossentropy"])
def test_certain_and_wrong_is_bounded(name: str, backend: str) -> None:
    """Predictions of exactly 0 and 1 are drawn inwards by 1e-7, and the gradient there is finite."""
    target, predicted = gl.tensor([[1.0, 0.0]]), gl.tensor([[0.0, 1.0]])
    value = loss_objects.get(name)(target, predicted).item()
    assert value == pytest.approx(-np.log(1e-7), rel=0.02)
    slope = gl.grad(lambda p: loss_objects.get(name)(target, p).sum())(predicted).numpy()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", LOSSES)
def test_loss_gradient(name: str) -> None:
    """Against differences of the third party's formula along one direction."""
    target, predicted, _ = LOSSES[name]
    direction = RNG.normal(size=predicted.shape).astype(np.float32) * 1e-3
    function = loss_objects.get(name)
    slope = gl.grad(lambda p: function(gl.tensor(target), p).sum())(gl.tensor(predicted)).numpy()
    ahead, behind = (
        function(gl.tensor(target), gl.tensor(predicted + s * direction)).sum().item() for s in (1, -1)
    )
    assert float((slope * direction).sum()) == pytest.approx((ahead - behind) / 2, rel=0.02, abs=2e-5)


SCORES = np.array([[0.9, 0.2], [0.4, 0.6], [0.5, 0.7], [0.1, 0.51]], np.float32)
TRUTH = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], np.float32)
ROUNDED = np.array([[1, 0], [1, 0], [0, 1], [1, 1]], np.float32)


def test_metrics(backend: str) -> None:
    truth, scores, rounded = gl.tensor(TRUTH), gl.tensor(SCORES), gl.tensor(ROUNDED)
    assert metrics.binary_accuracy(truth, scores).numpy().tolist() == [1, 0.5, 0.5, 1]
    assert (
        metrics.categorical_accuracy(gl.tensor(HOT), gl.tensor(P)).numpy().tolist()
        == (HOT.argmax(-1) == P.argmax(-1)).tolist()
    )
    classes = gl.tensor(HOT.argmax(-1).astype(np.int32))
    for shaped in (classes, classes.reshape([5, 1]), classes.cast("float32")):
        assert (
            metrics.sparse_categorical_accuracy(shaped, gl.tensor(P)).numpy().tolist()
            == (HOT.argmax(-1) == P.argmax(-1)).tolist()
        )
    assert metrics.precision(truth, rounded).item() == pytest.approx(3 / 5)
    assert metrics.recall(truth, rounded).item() == pytest.approx(3 / 4)
    assert metrics.precision(truth, truth * 0.0).item() == 0
    residual = ((TRUTH - SCORES) ** 2).sum() / ((TRUTH - TRUTH.mean()) ** 2).sum()
    assert metrics.r2_score(truth, scores).item() == pytest.approx(1 - residual, rel=1e-5)


OF_OTHER_SHAPES = {"ctc", "circle"}


@pytest.mark.parametrize(
    "name", sorted({*losses.LOSSES.declared, *metrics.METRICS.declared} - OF_OTHER_SHAPES)
)
def test_metrics_take_arrays_and_name_themselves(name: str) -> None:
    function, classes = (
        getattr(gl.metrics, name),
        HOT.argmax(-1) if name.startswith("sparse") or "generalized" in name else HOT,
    )
    wanted = function(gl.tensor(classes), gl.tensor(P)).numpy()
    np.testing.assert_array_equal(function(classes, P.tolist()).numpy(), wanted)
    with pytest.raises(gl.errors.ShapeError, match=f"{name}: "):
        function(gl.ones([2, 3]), gl.ones([4, 5]))
    with pytest.raises(gl.errors.DtypeError, match=f"metrics.{name}: argument 'y_pred' .* got None"):
        function(classes, None)


@pytest.mark.parametrize(
    ("loss", "units", "wanted"),
    [
        ("categoricalCrossentropy", 3, "categorical_accuracy"),
        ("sparseCategoricalCrossentropy", 3, "sparse_categorical_accuracy"),
        ("binaryCrossentropy", 3, "binary_accuracy"),
        ("meanSquaredError", 1, "binary_accuracy"),
    ],
)
def test_accuracy_fits_the_loss(loss: str, units: int, wanted: str) -> None:
    """Under the name that it was asked for by, TF.js's or Keras's."""
    for name in ("acc", "accuracy"):
        assert metrics.resolve(name, loss, (None, units)) == (name, metrics.METRICS.get(wanted))
    assert metrics.resolve("ce", loss, (None, units))[0] == "ce"


# -- fit against an independent loop -----------------------------------------------------------------------


def test_fit_is_gradient_descent(backend: str) -> None:
    """The weights after two epochs, by a loop in NumPy; the history is the mean over examples of the loss."""
    m = model(linear(input_shape=[4]), optimizer=gl.train.sgd(0.05))
    w, b = (one.numpy().astype(np.float64) for one in m.get_weights())
    history = m.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    wanted = []
    for _ in range(2):
        total = 0.0
        for first in range(0, 40, 16):
            x, y = X[first : first + 16], Y[first : first + 16]
            error = x @ w + b - y
            total += (error**2).mean() * len(x)
            slope = 2 * error / error.size
            w, b = w - 0.05 * x.T @ slope, b - 0.05 * slope.sum(0)
        wanted.append(total / 40)
    np.testing.assert_allclose(history.history["loss"], wanted, rtol=1e-5)
    np.testing.assert_allclose(m.get_weights()[0].numpy(), w, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(m.get_weights()[1].numpy(), b, rtol=1e-4, atol=1e-6)
    assert m.history is history and history.epoch == [0, 1]


def test_regularizers_count(backend: str) -> None:
    m = model(linear(kernel_regularizer=gl.regularizers.l1l2(l1=0.1, l2=0.2), input_shape=[4]))
    w = m.get_weights()[0].numpy()
    plain = ((X @ w - Y) ** 2).mean()
    penalty = 0.1 * np.abs(w).sum() + 0.2 * (w**2).sum()
    assert m.evaluate(X, Y) == pytest.approx(plain + penalty, rel=1e-5)
    assert m.train_on_batch(X, Y) == pytest.approx(plain + penalty, rel=1e-5)
    slope = X.T @ (2 * (X @ w - Y) / Y.size) + 0.1 * np.sign(w) + 0.4 * w
    np.testing.assert_allclose(m.get_weights()[0].numpy(), w - 0.01 * slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("mode", "wanted"), [("rows", 0.23500599), ("columns", 0.34363174)])
def test_the_orthogonal_regularizer_is_kerass(mode: Any, wanted: float, backend: str) -> None:
    """Keras 3.15 on the same matrix; a row of zeros is orthogonal to all."""
    w = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    penalty = gl.regularizers.OrthogonalRegularizer(0.5, mode)
    assert penalty(gl.tensor(w)).item() == pytest.approx(wanted, rel=1e-5)
    entry = {"class_name": "OrthogonalRegularizer", "config": penalty.get_config()}
    assert gl.regularizers.get(entry).mode == mode
    w[1:] = 0
    assert gl.regularizers.OrthogonalRegularizer(0.5)(gl.tensor(w)).item() == pytest.approx(0, abs=1e-6)
    with pytest.raises(gl.errors.ShapeError, match="needs a matrix"):
        penalty(gl.ones([3]))
    with pytest.raises(gl.errors.ArgumentError, match="factor must be"):
        gl.regularizers.OrthogonalRegularizer(-1.0)


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        ("nonNeg", lambda w: (w >= 0).all()),
        (gl.constraints.max_norm(0.5), lambda w: (np.linalg.norm(w, axis=0) < 0.5001).all()),
        ("unitNorm", lambda w: np.allclose(np.linalg.norm(w, axis=0), 1, atol=1e-4)),
        (
            gl.constraints.min_max_norm(0.2, 0.4),
            lambda w: (abs(np.linalg.norm(w, axis=0) - 0.3) < 0.1001).all(),
        ),
    ],
)
def test_constraints_hold_after_a_step(constraint: Any, holds: Any, backend: str) -> None:
    m = model(linear(kernel_constraint=constraint, input_shape=[4]), optimizer=gl.train.sgd(0.5))
    m.train_on_batch(X, Y)
    assert holds(m.get_weights()[0].numpy())


def test_frozen_layers_stay(backend: str) -> None:
    frozen = linear(3, input_shape=[4])
    frozen.trainable = False
    m = model(frozen, linear(2))
    assert [len(m.trainable_weights), len(m.non_trainable_weights)] == [2, 2]
    before = [one.numpy() for one in frozen.weights]
    after_before = m.layers[1].weights[0].numpy()
    m.fit(X, Y, epochs=1, verbose=0)
    for one, old in zip(frozen.weights, before, strict=True):
        np.testing.assert_array_equal(one.numpy(), old)
    assert abs(m.layers[1].weights[0].numpy() - after_before).max() > 0
    m.trainable = False
    m.compile("sgd", "meanSquaredError")
    with pytest.raises(ValueError, match="depends on none of the trainable variables"):
        m.train_on_batch(X, Y)


def test_batch_norm_follows_the_batches(backend: str) -> None:
    """Moving moments take up the batch's own variance, as in TF.js; they are used when not training."""
    m = model(gl.layers.batch_normalization(momentum=0.9, input_shape=[4]), linear(2))
    norm = m.layers[0]
    mean, variance = np.zeros(4), np.ones(4)
    for first in (0, 20):
        batch = X[first : first + 20]
        m.train_on_batch(batch, Y[first : first + 20])
        mean = 0.9 * mean + 0.1 * batch.mean(0)
        variance = 0.9 * variance + 0.1 * batch.var(0)
    np.testing.assert_allclose(norm.moving_mean.numpy(), mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(norm.moving_variance.numpy(), variance, rtol=1e-4)
    gamma, beta = norm.gamma.numpy(), norm.beta.numpy()
    wanted = (X - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    np.testing.assert_allclose(norm(gl.tensor(X)).numpy(), wanted, rtol=1e-4, atol=1e-5)
    trained = norm(gl.tensor(X), training=True).numpy()
    wanted = (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3) * gamma + beta
    np.testing.assert_allclose(trained, wanted, rtol=1e-4, atol=1e-5)


def test_dropout_only_while_training(backend: str) -> None:
    layer = gl.layers.dropout(rate=0.25, seed=1)
    x = gl.ones([200, 50])
    assert layer(x) is x
    dropped = layer(x, training=True).numpy()
    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.02)
    rows = gl.layers.dropout(rate=0.5, noise_shape=[None, 1], seed=2)(x, training=True).numpy()
    assert (rows == rows[:, :1]).all() and 0.3 < (rows[:, 0] == 0).mean() < 0.7


def test_class_weight(backend: str) -> None:
    weights = {0: 1.0, 1: 5.0, 2: 0.0}
    for target, loss in (
        (ONE_HOT, "categoricalCrossentropy"),
        (ONE_HOT.argmax(-1), "sparseCategoricalCrossentropy"),
    ):
        m = model(linear(3, activation="softmax", input_shape=[4]), loss=loss, optimizer=gl.train.sgd(0.0))
        p = m.predict(X).numpy()
        each = -np.log((p * ONE_HOT).sum(-1)) * np.array([weights[i] for i in ONE_HOT.argmax(-1)])
        history = m.fit(X, target, class_weight=weights, verbose=0, validation_data=(X, target))
        assert history.history["loss"][0] == pytest.approx(each.mean(), rel=1e-4)
        plain = -np.log((p * ONE_HOT).sum(-1)).mean()
        assert history.history["val_loss"][0] == pytest.approx(plain, rel=1e-4)
    with pytest.raises(ValueError, match="must name every class of the targets, but lacks 2"):
        m.fit(X, target, class_weight={0: 1.0, 1: 1.0}, verbose=0)


def test_validation_split_takes_the_last(backend: str) -> None:
    m = model(optimizer=gl.train.sgd(0.0))
    history = m.fit(X, Y, validation_split=0.25, verbose=0, epochs=2)
    w = m.get_weights()[0].numpy()
    each = ((X @ w - Y) ** 2).mean(-1)
    assert history.history["loss"] == pytest.approx([each[:30].mean()] * 2, rel=1e-5)
    assert history.history["val_loss"] == pytest.approx([each[30:].mean()] * 2, rel=1e-5)


def test_shuffle_is_reproducible() -> None:
    def run(**options: Any) -> Array:
        m = model(optimizer=gl.train.sgd(0.1))
        m.fit(X, Y, batch_size=8, verbose=0, **options)
        return m.get_weights()[0].numpy()  # type: ignore[no-any-return]

    np.testing.assert_array_equal(run(seed=1), run(seed=1))
    assert abs(run(seed=1) - run(seed=2)).max() > 0
    assert abs(run(seed=1) - run(shuffle=False)).max() > 0


# -- several inputs and outputs, nesting -------------------------------------------------------------------


def two_headed() -> Any:
    a, b = gl.input([4], name="a"), gl.input([2], name="b")
    shared = linear(3, name="shared")(gl.layers.concatenate()([a, b]))
    return gl.model(
        inputs=[a, b],
        outputs=[linear(2, name="near")(shared), linear(1, activation="sigmoid", name="far")(shared)],
    )


def test_several_outputs_are_named_as_in_tfjs(backend: str) -> None:
    m = two_headed()
    m.compile("sgd", {"near": "meanSquaredError", "far": "binaryCrossentropy"}, metrics={"far": "accuracy"})
    far = (X[:, :1] > 0).astype(np.float32)
    history = m.fit([X, Y], [Y, far], verbose=0, validation_split=0.2)
    names = ["loss", "near_loss", "far_loss", "far_accuracy"]
    assert list(history.history) == [*names, *(f"val_{name}" for name in names)] and m.metrics_names == names
    values = dict(zip(names, m.evaluate({"a": X, "b": Y}, {"near": Y, "far": far}), strict=True))
    near, certain = (one.numpy() for one in m.predict([X, Y]))
    assert values["near_loss"] == pytest.approx(((near - Y) ** 2).mean(), rel=1e-4)
    assert values["loss"] == pytest.approx(values["near_loss"] + values["far_loss"], rel=1e-5)
    assert values["far_accuracy"] == pytest.approx(((certain > 0.5) == far).mean())
    assert len(m.train_on_batch([X, Y], [Y, far])) == 4 == len(m.test_on_batch([X, Y], [Y, far]))


def test_nested_and_shared(backend: str) -> None:
    """A model inside a model, called twice: its gradient is the sum over both calls."""
    inner = gl.sequential([linear(2, use_bias=False, input_shape=[2], name="w")], name="inner")
    x = gl.input([2])
    outer = gl.model(inputs=x, outputs=inner(inner(x)))
    outer.compile(gl.train.sgd(0.1), "meanSquaredError")
    w = inner.get_weights()[0].numpy().astype(np.float64)
    assert [one.name for one in outer.weights] == ["w/kernel"]
    assert outer.train_on_batch(Y, Y) == pytest.approx(((Y @ w @ w - Y) ** 2).mean(), rel=1e-4)
    slope = 2 * (Y @ w @ w - Y) / Y.size
    wanted = w - 0.1 * ((Y @ w).T @ slope + Y.T @ (slope @ w.T))
    np.testing.assert_allclose(inner.get_weights()[0].numpy(), wanted, rtol=1e-4, atol=1e-6)


def test_sequential_without_shape(backend: str) -> None:
    m = gl.sequential([linear(3), linear(2)])
    m.compile("sgd", "meanSquaredError", metrics=["mse"])
    assert m.weights == []
    m.fit(X, Y, verbose=0)
    assert [one.shape for one in m.weights] == [(4, 3), (3,), (3, 2), (2,)]
    for fresh in (X, gl.tensor(X), X.tolist()):
        late = gl.sequential([linear(2)])
        assert late.predict(fresh).shape == (40, 2)


def test_predict_takes_what_people_have(backend: str) -> None:
    m = model()
    wanted = m.predict_on_batch(X).numpy()
    for given in (X, gl.tensor(X), X.tolist(), [X], {m.input_names[0]: X}):
        for size in (7, 64):
            np.testing.assert_allclose(
                m.predict(given, batch_size=size).numpy(), wanted, rtol=1e-5, atol=1e-6
            )
    integers = np.arange(8).reshape(2, 4)
    np.testing.assert_allclose(
        m.predict(integers).numpy(), m.predict(integers.astype(np.float32)).numpy(), rtol=1e-6
    )


# -- data sets, and the seam between gradients and their application --------------------------------------


class Rows:
    """A data set of the user's own: NumPy batches, of unknown length unless `steps` is given."""

    element_spec: Any = None

    def __init__(self, *arrays: Any, size: int = 16, steps: int | None = None) -> None:
        self.arrays, self.size, self.steps, self.passes = arrays, size, steps, 0

    def __iter__(self) -> Any:
        self.passes += 1
        for first in range(0, len(self.arrays[0]), self.size):
            yield tuple(one[first : first + self.size] for one in self.arrays)


def test_a_data_set_trains_as_its_arrays(backend: str) -> None:
    """Of unknown length, twice, with validation: the same numbers as from arrays; the model is built by it."""
    for steps in (None, 3):
        held = Rows(X[:20], Y[:20], steps=steps)
        for layer in (linear(input_shape=[4]), linear()):
            made, wanted = model(layer), model(linear(input_shape=[4]))
            data = Rows(X, Y, steps=steps)
            found = made.fit(data, epochs=2, verbose=0, validation_data=held)
            by_arrays = wanted.fit(
                X, Y, batch_size=16, epochs=2, verbose=0, shuffle=False, validation_data=(X[:20], Y[:20])
            )
            assert found.history == by_arrays.history
            assert data.passes == (2 if layer.batch_input_shape else 3)
            assert made.evaluate(data) == wanted.evaluate(X, Y, batch_size=16)
            np.testing.assert_array_equal(
                made.predict(data).numpy(), wanted.predict(X, batch_size=16).numpy()
            )
            np.testing.assert_array_equal(made.predict(Rows(X)).numpy(), made.predict(data).numpy())


def test_steps_of_a_data_set(backend: str) -> None:
    """`steps_per_epoch` goes on where the epoch before has ended, and begins again where the data end."""
    m, seen = model(optimizer=gl.train.sgd(0.0)), []
    each = ((m.predict(X).numpy() - Y) ** 2).mean(-1)
    history = m.fit(
        Rows(X, Y), epochs=3, steps_per_epoch=2, validation_data=Rows(X, Y), validation_steps=1, verbose=0,
        callbacks={"onBatchBegin": lambda batch, logs: seen.append(logs["size"])},
    )  # fmt: skip
    assert seen == [16, 16, 8, 16, 16, 8]
    wanted = [each[:32].mean(), np.r_[each[32:], each[:16]].mean(), each[16:].mean()]
    assert history.history["loss"] == pytest.approx(wanted, rel=1e-5)
    assert history.history["val_loss"] == pytest.approx([each[:16].mean()] * 3, rel=1e-5)
    assert m.evaluate(Rows(X, Y), steps=2) == pytest.approx(each[:32].mean(), rel=1e-5)
    assert m.predict(Rows(X), steps=2).shape == (32, 2) == m.predict(X, steps=1).shape


def test_weights_of_a_data_set(backend: str) -> None:
    w = RNG.uniform(0, 2, 40).astype(np.float32)
    m = model(optimizer=gl.train.sgd(0.0))
    wanted = (((m.predict(X).numpy() - Y) ** 2).mean(-1) * w).mean()
    assert m.fit(Rows(X, Y, w), verbose=0).history["loss"] == pytest.approx([wanted], rel=1e-5)
    assert m.evaluate(Rows(X, Y, w)) == pytest.approx(wanted, rel=1e-5)
    classes = model(
        linear(3, activation="softmax", input_shape=[4]), loss="categoricalCrossentropy",
        optimizer=gl.train.sgd(0.0),
    )  # fmt: skip
    by_class = {0: 1.0, 1: 5.0, 2: 0.5}
    found, by_arrays = (
        classes.fit(*data, class_weight=by_class, verbose=0, shuffle=False, batch_size=16).history["loss"]
        for data in ((Rows(X, ONE_HOT),), (X, ONE_HOT))
    )
    assert found == by_arrays


def test_a_data_set_for_several_inputs_and_outputs(backend: str) -> None:
    class Named(Rows):
        def __iter__(self) -> Any:
            for x, y, far, w in super().__iter__():
                yield {"a": gl.tensor(x), "b": y}, [y, far], {"near": w, "far": w * 0}

    m, far, ones = two_headed(), (X[:, :1] > 0).astype(np.float32), np.ones(40, np.float32)
    m.compile("sgd", ["meanSquaredError", "binaryCrossentropy"])
    total, near, nothing = m.evaluate(Named(X, Y, far, ones))
    assert total == near == pytest.approx(m.evaluate([X, Y], [Y, far])[1], rel=1e-5) and nothing == 0
    assert [one.shape for one in m.predict(Named(X, Y, far, ones))] == [(40, 2), (40, 1)]


class Known(Rows):
    element_spec = (TensorSpec((None, 4)), [TensorSpec((None, None))])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m: m.fit(X, verbose=0), "fit: there are no targets: give y, or as x a data set"),
        (lambda m: m.fit(Rows(X), verbose=0), "fit: there are no targets"),
        (lambda m: m.fit(Rows(X, Y), Y, verbose=0), "fit: a data set has its own targets: leave y out"),
        (lambda m: m.fit(Rows(X[:0], Y), verbose=0), "fit: the data set gave no batch"),
        (lambda m: m.predict(Rows(X[:0])), "predict: the data set gave no batch"),
        (lambda m: m.fit(Rows(X, Y), validation_split=0.5), "validation_split cuts arrays"),
        (lambda m: m.fit(Rows(X, Y), validation_data=Rows(X), verbose=0, epochs=2), r"\(validation_data\): there"),
        (lambda m: m.fit(Rows(X, Y), steps_per_epoch=0), "steps_per_epoch must be at least 1, got 0"),
        (lambda m: m.evaluate(X, Y, steps=0), "evaluate: steps must be at least 1, got 0"),
        (lambda m: m.evaluate(X, Y, batch_size=-1), "evaluate: batch_size must be at least 1, got -1"),
        (lambda m: m.evaluate(Rows(X, Y, Y, Y)), r"must be x, \(x, y\) or \(x, y, weights\), got 4 parts"),
        (lambda m: m.evaluate(Rows(X, Y, Y)), r"weights must be one number an example, got shape \[16, 2\]"),
        (lambda m: m.evaluate(Rows(X[:, :2], Y)), r"evaluate: the input .* must have shape \[any, 4\]"),
        (lambda m: m.evaluate(Rows(X, Y[:, 0])), r"evaluate: the target of .* got \[16\]"),
        (lambda m: m.fit(Known(X, Y), validation_data=Known(X, X), verbose=0), r"\(validation_data\): the target"),
        (lambda m: m.fit(Rows(X, Y, X[:, 0]), class_weight={0: 1.0}, verbose=0), "weights of its own"),
    ],
)  # fmt: skip
def test_bad_data_sets(call: Any, match: str) -> None:
    m = model(optimizer=gl.train.sgd(0.0))
    with pytest.raises(ValueError, match=match):
        call(m)
    assert np.isfinite(m.train_on_batch(X, Y))


def test_an_element_spec_is_checked_before_the_first_step() -> None:
    class Wrong(Rows):
        element_spec = (TensorSpec((None, 3)), TensorSpec((None, 2)))

    m, data = model(), Wrong(X, Y)
    with pytest.raises(ValueError, match=r"fit: the input .* must have shape \[any, 4\], got \[None, 3\]"):
        m.fit(data, verbose=0)
    assert data.passes == 0
    late, known = gl.sequential([linear()]), Known(X, Y)
    late.compile("sgd", "meanSquaredError")
    late.fit(known, verbose=0)
    assert known.passes == 1 and late.weights[0].shape == (4, 2)


def test_gradients_pass_one_seam(backend: str) -> None:
    """Two halves of a batch, their gradients added up and applied at once: the step of the whole batch."""

    class Accumulating(Trainer):
        held: Any = None

        def reduce_gradients(self, pairs: Any) -> Any:
            if self.held is None:
                self.held = pairs
                return []
            both = [((a + b) / 2.0, v) for (a, v), (b, _) in zip(self.held, pairs, strict=True)]
            self.held = None
            return both

    m = gl.sequential([linear(input_shape=[4])])
    m.trainer = Accumulating(m)
    m.compile("adam", "meanSquaredError")
    before = m.get_weights()[0].numpy()
    m.train_on_batch(X[:20], Y[:20])
    np.testing.assert_array_equal(m.get_weights()[0].numpy(), before)
    assert m.optimizer.iterations == 0
    m.train_on_batch(X[20:], Y[20:])
    whole = model(linear(input_shape=[4]), optimizer="adam")
    whole.train_on_batch(X, Y)
    assert m.optimizer.iterations == 1
    for got, wanted in zip(m.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-5)


# -- callbacks and display ---------------------------------------------------------------------------------


class Recorder(gl.Callback):
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def on_train_begin(self, logs: Any) -> None:
        self.calls.append("train begins")

    def on_train_end(self, logs: Any) -> None:
        self.calls.append("train ends")

    def on_epoch_begin(self, epoch: int, logs: Any) -> None:
        self.calls.append(f"epoch {epoch} begins")

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.calls.append(f"epoch {epoch} ends: {' '.join(logs)}")

    def on_batch_begin(self, batch: int, logs: Any) -> None:
        self.calls.append(f"batch {batch} of {logs['size']} begins")

    def on_batch_end(self, batch: int, logs: Any) -> None:
        self.calls.append(f"batch {batch} ends: {' '.join(logs)}")


def test_callbacks_in_order() -> None:
    recorder, epochs = Recorder(), []
    m = model(metrics=["mae"])
    m.fit(
        X, Y, batch_size=32, validation_split=0.1, verbose=0,
        callbacks=[recorder, {"onEpochEnd": lambda epoch, _: epochs.append((epoch, len(m.history.epoch)))}],
    )  # fmt: skip
    assert recorder.calls == [
        "train begins", "epoch 0 begins",
        "batch 0 of 32 begins", "batch 0 ends: batch size loss mae",
        "batch 1 of 4 begins", "batch 1 ends: batch size loss mae",
        "epoch 0 ends: loss mae val_loss val_mae", "train ends",
    ]  # fmt: skip
    assert epochs == [(0, 1)]
    assert recorder.model is m and recorder.params["samples"] == 36
    assert recorder.params["metrics"] == ["loss", "mae", "val_loss", "val_mae"]
    with pytest.raises(ValueError, match="unknown hook on_epoch_over"):
        m.fit(X, Y, verbose=0, callbacks={"onEpochOver": print})
    with pytest.raises(ValueError, match="callbacks must be Callback objects"):
        m.fit(X, Y, verbose=0, callbacks=print)


def test_a_batch_reports_its_own_loss() -> None:
    seen: list[float] = []
    m = model(optimizer=gl.train.sgd(0.0))
    m.fit(
        X,
        Y,
        batch_size=20,
        shuffle=False,
        verbose=0,
        callbacks={"onBatchEnd": lambda _, logs: seen.append(logs["loss"])},
    )
    w = m.get_weights()[0].numpy()
    each = ((X @ w - Y) ** 2).mean(-1)
    assert seen == pytest.approx([each[:20].mean(), each[20:].mean()], rel=1e-5)


def test_early_stopping_restores_the_best(backend: str) -> None:
    """The loss of these epochs falls, then rises: training stops `patience` epochs after the best one."""
    rates = [0.05, 0.05, -0.1, -0.1, 0.0]
    m = model(optimizer=gl.train.sgd(0.0))
    best: list[Any] = []

    class Rates(gl.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any) -> None:
            m.optimizer.learning_rate = rates[epoch]

        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            if epoch == 1:
                best.extend(one.numpy() for one in m.get_weights())

    stop = gl.callbacks.early_stopping(monitor="val_loss", patience=2, restore_best_weights=True)
    history = m.fit(
        X, Y, batch_size=40, epochs=5, verbose=0, validation_data=(X, Y), callbacks=[Rates(), stop]
    )
    assert history.epoch == [0, 1, 2, 3] and stop.stopped_epoch == 3
    for got, wanted in zip(m.get_weights(), best, strict=True):
        np.testing.assert_array_equal(got.numpy(), wanted)
    with pytest.warns(UserWarning, match="early stopping watches 'val_acc', but fit reports loss"):
        m.fit(X, Y, verbose=0, callbacks=gl.callbacks.early_stopping(monitor="val_acc"))
    with pytest.raises(ValueError, match="mode must be"):
        gl.callbacks.early_stopping(mode="up")


def test_stopping_within_an_epoch() -> None:
    m = model()
    history = m.fit(
        X, Y, batch_size=8, epochs=3, verbose=0, validation_split=0.2,
        callbacks={"onBatchEnd": lambda batch, logs: setattr(m, "stop_training", batch == 1)},
    )  # fmt: skip
    assert history.epoch == [0] and list(history.history) == ["loss"]
    m.fit(X, Y, verbose=0, epochs=2)
    assert m.history.epoch == [0, 1]


def test_display(capsys: pytest.CaptureFixture[str]) -> None:
    m = model()
    m.fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""
    for verbose in (1, 2):  # without a terminal the bar gives way to lines
        m.fit(X, Y, epochs=2, verbose=verbose, validation_split=0.5)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[:2] for line in lines] == [["Epoch", "1/2"], ["Epoch", "2/2"]]
        assert "val_loss" in lines[0]
    m.evaluate(X, Y, verbose=1)
    assert capsys.readouterr().out.startswith("loss ")


def test_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for data in ((X, Y), (Rows(X, Y),)):
        model().fit(*data, epochs=1, verbose=1)
        assert "Epoch 1/1" in capsys.readouterr().out


# -- memory and transfers ----------------------------------------------------------------------------------


def cnn() -> Any:
    made = gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, activation="relu", input_shape=[8, 8, 1]),
        gl.layers.batch_normalization(),
        gl.layers.max_pooling2d(),
        gl.layers.dropout(rate=0.2, seed=1),
        gl.layers.flatten(),
        gl.layers.dense(units=3, activation="softmax"),
    ])  # fmt: skip
    made.compile("adam", "categoricalCrossentropy", metrics=["accuracy"])
    return made


IMAGES = RNG.normal(size=(40, 8, 8, 1)).astype(np.float32)


def test_memory_is_flat_after_the_second_step(webgl: Any) -> None:
    with using(webgl):
        m, held = cnn(), []

        def note(*_: Any) -> None:
            memory = gl.memory()
            held.append(
                (memory["num_bytes_in_textures"] + memory["num_bytes_free"], webgl.inner.pool.allocations)
            )

        m.fit(IMAGES, ONE_HOT, batch_size=8, epochs=2, verbose=0, callbacks={"onBatchEnd": note})
        assert len(held) == 10 and len(set(held[2:])) == 1, held
        held.clear()
        for _ in range(5):
            m.predict(IMAGES, batch_size=8)
            note()
        assert len(set(held[1:])) == 1, held
        m.dispose()


def test_only_losses_come_back(webgl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch of 10 steps with validation reads back a few numbers, and nothing else."""
    with using(webgl):
        m, sizes = cnn(), []
        read = webgl.inner.read
        monkeypatch.setattr(webgl.inner, "read", lambda storage: sizes.append(storage.size) or read(storage))
        m.fit(IMAGES, ONE_HOT, batch_size=4, verbose=0, validation_split=0.1)
        assert 2 <= len(sizes) <= 12 and max(sizes) <= 2 * 10, sizes
        sizes.clear()
        assert m.predict(IMAGES, batch_size=8).shape == (40, 3)
        assert sizes == []
        m.dispose()


# -- bad input: a clear error, and nothing lost ------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m: m.fit(X[:, :3], Y, verbose=0), r"fit: the input .* shape \[any, 4\], got \[40, 3\]"),
        (lambda m: m.fit(X, Y[:, :1], verbose=0), r"fit: the target .* shape \[any, 2\], got \[40, 1\]"),
        (lambda m: m.fit(X, Y[:30], verbose=0), r"as many examples, got \[30, 40\]"),
        (lambda m: m.fit(X[:0], Y[:0], verbose=0), "there are no examples"),
        (lambda m: m.fit([X, X], Y, verbose=0), "the model has 1 inputs .*, but 2 were given"),
        (lambda m: m.fit({"x": X}, Y, verbose=0), "the dict names x"),
        (lambda m: m.fit(X, Y, batch_size=0), "fit: batch_size must be at least 1, got 0"),
        (lambda m: m.fit(X, Y, epochs=0), "fit: epochs must be at least 1, got 0"),
        (lambda m: m.fit(X, Y, validation_split=1.5), r"validation_split must lie in \[0, 1\), got 1.5"),
        (lambda m: m.fit(X, Y, validation_split=0.99), "leaves one part empty"),
        (lambda m: m.fit(X, Y, validation_data=(X, X)), r"fit \(validation_data\): the target"),
        (lambda m: m.evaluate(X, X), r"evaluate: the target of .* must have shape \[any, 2\]"),
        (lambda m: m.predict(X[0]), r"predict: the input .* must have shape \[any, 4\], got \[4\]"),
        (lambda m: m.predict(gl.tensor(X[:, :2])), r"predict: the input .* got \[40, 2\]"),
        (lambda m: m.train_on_batch(X, Y[:, :1]), r"train_on_batch: the target"),
        (lambda m: m.train_on_batch(X[:, :1], Y), r"train_on_batch: the input"),
        (lambda m: m.predict_on_batch([X, X]), "the model has 1 inputs"),
        (lambda m: m([gl.tensor(X), gl.tensor(X)]), "takes 1 inputs .*, but 2 were given"),
        (lambda m: m(gl.tensor(X[:, :2])), r"its kernel takes inputs of size 4, got shape \[40, 2\]"),
        (lambda m: m.compile("sgd", "meanSquareError"), "unknown loss 'meanSquareError': did you mean 'mean_squared_error'"),
        (lambda m: m.compile("sdg", "mse"), "unknown optimizer 'sdg'"),
        (lambda m: m.compile("sgd", "mse", ["acuracy"]), "unknown metric 'acuracy': did you mean 'accuracy'"),
        (lambda m: m.compile("sgd", ["mse", "mse"]), "1 outputs, but 2 loss entries"),
        (lambda m: m.compile("sgd", {"nobody": "mse"}), "loss for nobody, but the outputs are"),
    ],
)  # fmt: skip
def test_bad_calls(call: Any, match: str) -> None:
    m = model(optimizer=gl.train.sgd(0.01))
    before = [one.numpy() for one in m.get_weights()]
    with pytest.raises(ValueError, match=match):
        call(m)
    for one, old in zip(m.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one.numpy(), old)
    assert np.isfinite(m.train_on_batch(X, Y))


def test_class_numbers_for_the_dense_loss() -> None:
    m = model(linear(3, activation="softmax", input_shape=[4]), loss="categoricalCrossentropy")
    with pytest.raises(ValueError, match="for class numbers use the loss sparseCategoricalCrossentropy"):
        m.fit(X, ONE_HOT.argmax(-1), verbose=0)
    m.compile("sgd", "sparseCategoricalCrossentropy")
    with pytest.raises(
        ValueError, match=r"must have shape \[any\], got \[40, 3\]: one class number an example"
    ):
        m.fit(X, ONE_HOT, verbose=0)


def test_not_compiled() -> None:
    m = gl.sequential([linear(input_shape=[4])])
    for call in (m.fit, m.evaluate, m.train_on_batch):
        with pytest.raises(ValueError, match="compile the model first"):
            call(X, Y)


def test_nan_is_warned_of_once_with_its_step(backend: str) -> None:
    m = model(optimizer=gl.train.sgd(0.01))
    x = X.copy()
    x[25] = np.nan
    with pytest.warns(RuntimeWarning, match="NaN or infinite at step 3 of epoch 1") as caught:
        history = m.fit(x, Y, batch_size=10, epochs=3, shuffle=False, verbose=0)
    assert len(caught) == 1 and len(history.epoch) == 3
    assert caught[0].filename == __file__


def test_an_interrupted_fit_keeps_what_it_has(backend: str) -> None:
    m = model()

    def interrupt(epoch: int, logs: Any) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        m.fit(X, Y, epochs=9, verbose=0, callbacks={"onEpochBegin": interrupt})
    assert m.history.epoch == [0, 1] and len(m.history.history["loss"]) == 2
    assert m.fit(X, Y, epochs=1, verbose=0).history["loss"][0] < m.evaluate(X * 0, Y) * 10
    assert m.predict(X).shape == (40, 2)


def test_a_failing_loss_of_ones_own_is_reported(backend: str) -> None:
    m = model(loss=lambda t, p: (t - p).abs().max())
    assert m.train_on_batch(X, Y) == pytest.approx(m.evaluate(X, Y), rel=0.5)
