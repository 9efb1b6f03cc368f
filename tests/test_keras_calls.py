"""Calls as Keras's examples make them: activations, inputs by name, whole numbers, sizes made of ops, dtypes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend import layers, ops
from glbackend.base.errors import ArgumentError, CallError, ShapeError
from glbackend.layers.activating import ACTIVATIONS

ROWS = np.array([[-2.0, 0.5, 3.0, -0.25]], np.float32)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.declared))
def test_activations_of_symbolic_tensors_and_of_lists(name: str, backend: str) -> None:
    """`gl.activations.swish(x)` within a functional model is a layer, as in Keras."""
    function = getattr(gl.activations, name)
    x = gl.Input((4,))
    wanted = function(gl.tensor(ROWS)).numpy()
    np.testing.assert_allclose(gl.Model(x, function(x)).predict(ROWS, verbose=0), wanted, atol=1e-6)
    np.testing.assert_allclose(function(ROWS.tolist()), wanted, atol=1e-6)


def test_activations_take_keras_arguments() -> None:
    """Values of Keras 3.15; what it does not take either is an error that says what it takes."""
    known = gl.activations
    found = known.relu(ROWS, negative_slope=0.1, max_value=2.0, threshold=0.5)
    np.testing.assert_allclose(found, [[-0.25, 0.0, 2.0, -0.075]], atol=1e-6)
    np.testing.assert_allclose(known.leaky_relu(ROWS, 0.5), [[-1.0, 0.5, 3.0, -0.125]])
    np.testing.assert_allclose(known.softmax(np.zeros((2, 3)), axis=0), np.full((2, 3), 0.5))
    np.testing.assert_allclose(known.celu([-100.0], alpha=0.5), [-0.5])
    np.testing.assert_allclose(known.gelu(ROWS, approximate=True), known.gelu_new(ROWS), atol=1e-6)
    x = gl.Input((2, 3))
    model = gl.Model(x, [known.softmax(x, axis=1), known.relu(x, max_value=1.0)])
    first, second = model.predict(np.full((1, 2, 3), 4.0), verbose=0)
    assert np.allclose(first, 0.5) and np.allclose(second, 1.0)
    for call in (
        lambda: known.mish([1.0], 3),
        lambda: known.tanh([1.0], q=2),
        lambda: known.relu([1.0], q=2),
    ):
        with pytest.raises(CallError, match=r"takes \(x"):
            call()


def test_a_model_with_activations_of_symbolic_tensors_is_saved(tmp_path: Path) -> None:
    """What they make is a layer that files know."""
    x = gl.Input((4,))
    model = gl.Model(x, gl.activations.swish(gl.activations.relu(x, negative_slope=0.3)))
    model.save(str(tmp_path / "m.keras"))
    again = gl.load_model(str(tmp_path / "m.keras"))
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), model.predict(ROWS, verbose=0))


class Scaled(layers.Layer):
    """Whose inputs have another name."""

    def call(self, images: Any, scale: float = 2.0) -> Any:
        return images * scale


class Summing(gl.Model):
    """Of two arguments."""

    def call(self, first: Any, second: Any = None) -> Any:
        return first if second is None else first + second


def test_inputs_by_the_name_that_call_has() -> None:
    """Keras takes them by name too; a call without inputs says so."""
    assert Scaled()(images=np.ones(2)).numpy().tolist() == [2.0, 2.0]
    assert Scaled()(scale=3.0, images=gl.Input((3,))).shape == (None, 3)
    assert Summing()(first=np.ones(2)).numpy().tolist() == [1.0, 1.0]
    assert Summing()(first=np.ones(2), second=np.ones(2)).numpy().tolist() == [2.0, 2.0]
    assert Summing()(np.ones(2), np.ones(2)).numpy().tolist() == [2.0, 2.0]
    steps = np.ones((1, 2, 3))
    assert layers.GRU(3)(sequences=steps).shape == layers.GRU(3)(inputs=steps).shape == (1, 3)
    assert layers.CategoryEncoding(num_tokens=3)(inputs=np.array([1])).shape == (3,)
    assert layers.Hashing(3)(inputs=["a"]).shape == (1,)
    for layer in (
        Scaled(),
        Summing(),
        layers.GRU(3),
        layers.CategoryEncoding(num_tokens=3),
        layers.Hashing(3),
    ):
        with pytest.raises(CallError, match=r"inputs are missing.*got pictures"):
            layer(pictures=np.ones(2))


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.expand_dims(4, -1),
        lambda: ops.sum([1, 2, 3]),
        lambda: ops.concatenate([[1], [2]], axis=0),
        lambda: ops.stack([1, 2]),
        lambda: ops.power(2, 3),
        lambda: ops.mod(5, 3),
        lambda: ops.subtract(3, 1),
        lambda: ops.abs([-1, 2]),
        lambda: ops.sort([2, 1]),
        lambda: ops.reshape(x=[1, 2], newshape=(2, 1)),
        lambda: ops.take([1, 2], [0]),
        lambda: ops.einsum("i,i->", [1, 2], [3, 4]),
        lambda: ops.diff([1, 3]),
        lambda: ops.meshgrid([1, 2], [3])[0],
        lambda: ops.scatter_update([1, 2], [[0]], [5]),
        lambda: ops.relu([1, -1]),
        lambda: ops.max((1, 2)),
        lambda: ops.scatter([[0]], [5], (2,)),
        lambda: ops.concatenate([ops.expand_dims(4, -1), [1, 1]], 0),
        lambda: ops.add(np.array([1]), [1]),
        lambda: ops.maximum(gl.tensor([1], dtype="int32"), [[2]]),
    ],
)
def test_whole_numbers_stay_whole(call: Any) -> None:
    """As in Keras 3.15, of which each of these gives int32."""
    assert call().dtype == "int32"


def test_beside_floats_whole_numbers_are_floats() -> None:
    """A number goes by the tensor beside it, and what divides or takes roots gives floats."""
    assert ops.add([1], 1.5).dtype == ops.maximum(np.ones(1, np.float32), 2).dtype == "float32"
    assert ops.mean([1, 2]).dtype == ops.log(10000).dtype == ops.sqrt(4).dtype == "float32"
    assert ops.concatenate([np.ones(1, np.float32), [1]]).dtype == "float32"
    assert ops.divide(1, 2).dtype == "float32" and ops.sum([True, True]).dtype == "int32"


class Causal(layers.Layer):
    """The mask of Keras's text generation: its sizes are computed with ops."""

    def call(self, x: Any) -> Any:
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        mask = ops.cast(ops.arange(length)[:, None] >= ops.arange(length), "float32")
        mask = ops.reshape(mask, [1, length, ops.cast(length, "int64")])
        times = ops.concatenate([ops.expand_dims(batch, -1), ops.convert_to_tensor([1, 1])], 0)
        ones = ops.ones(shape=(ops.cast(batch, dtype="int64"), 1, 1), dtype="int64")
        return ops.tile(mask, times) * ops.cast(ones, "float32")


def test_sizes_may_be_made_of_ops(backend: str) -> None:
    """Where a layer is traced for its shapes, in a captured function, and in a plain call."""
    x = gl.Input((None, 3))
    outputs = Causal()(x)
    assert outputs.shape == (None, None, None)
    given = np.ones((2, 4, 3), np.float32)
    wanted = np.tril(np.ones((4, 4)))[None].repeat(2, 0)
    for found in (Causal()(given), gl.function(Causal())(gl.tensor(given)), gl.Model(x, outputs)(given)):
        np.testing.assert_array_equal(found, wanted)


def test_what_changes_is_not_computed_at_once() -> None:
    """A variable that a captured function reads through ops is read in each run."""
    count = gl.Variable(np.array([1, 2], np.int32), trainable=False)
    summed = gl.function(lambda x: x + ops.cast(ops.sum(count), "float32"))
    assert summed(gl.tensor([0.0])).item() == 3.0
    count.assign(gl.tensor([5, 5], dtype="int32"))
    assert summed(gl.tensor([0.0])).item() == 10.0


def test_dtypes_of_keras_and_numpy() -> None:
    """Random numbers take the names that ops take, and ops take NumPy's and Python's types."""
    random = gl.random
    assert random.randint((2,), 0, 3, dtype="int64").dtype == "int32"
    assert random.randint((2,), 0, 3, dtype="uint8").dtype == "int32"
    assert random.categorical(np.ones((1, 3)), 2, "int64").dtype == "int32"
    for call in (random.normal, random.uniform, random.truncated_normal):
        assert call((2,), dtype="float64").dtype == call((2,), dtype=np.float16).dtype == "float32"
    assert random.gamma((2,), 1.0, dtype="bfloat16").dtype == "float32"
    assert ops.zeros((2,), dtype=np.float64).dtype == ops.cast([1], float).dtype == "float32"
    assert ops.ones((2,), dtype=np.dtype("int64")).dtype == ops.cast([1.5], int).dtype == "int32"
    assert ops.cast([1.5], bool).dtype == "bool"


def test_activation_may_be_taken_away(backend: str) -> None:
    """`layer.activation = None` shows what a classifier gives before its softmax, as Grad-CAM's example does."""
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    for layer in (
        layers.Dense(4, activation="softmax"),
        layers.Conv1D(4, 3, activation="relu"),
        layers.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d", activation="relu"),
        layers.EinsumDense("abc,cd->adb", output_shape=(4, None), activation="relu"),
    ):
        layer(x)
        layer.activation = gl.activations.linear
        plain = layer(x).numpy()
        layer.activation = None
        np.testing.assert_array_equal(layer(x), plain)


def test_inputs_of_one_channel_with_and_without_it(backend: str) -> None:
    """A last axis of 1 more or less is put right, as Keras's models do; another rank is an error."""
    model = gl.Sequential([gl.Input((6, 6, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.random.default_rng(0).normal(size=(4, 6, 6)).astype(np.float32), np.zeros((4, 1))
    wanted = model(x[..., None]).numpy()
    np.testing.assert_allclose(model(x), wanted, atol=1e-6)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, atol=1e-6)
    flat = gl.Sequential([gl.Input((6,)), layers.Dense(2)])
    np.testing.assert_allclose(flat.predict(x[0][..., None], verbose=0), flat(x[0]), atol=1e-6)
    data = gl.data.Dataset.from_tensor_slices((x, y)).batch(2)
    assert len(model.fit(x, y, epochs=1, verbose=0, validation_data=(x, y)).history["val_loss"]) == 1
    assert np.isfinite(model.evaluate(data, verbose=0))
    with pytest.raises(ShapeError):
        model.predict(x[0, 0], verbose=0)


def test_normalization_tells_its_moments() -> None:
    """`mean` and `variance` are tensors that broadcast against the inputs, once they are known."""
    x = np.random.default_rng(0).normal(2, 3, size=(8, 4, 4, 3)).astype(np.float32)
    learned, given = layers.Normalization(), layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0])
    assert learned.mean is None and learned.get_config()["mean"] is None
    learned.adapt(x)
    assert learned.mean.shape == learned.variance.shape == (1, 1, 1, 3)
    np.testing.assert_allclose(learned(x) * learned.variance**0.5 + learned.mean, x, atol=1e-4)
    assert learned.get_config()["mean"] is None and given.get_config()["variance"] == [4.0, 9.0]
    assert given(np.array([[1.0, 2.0]])).numpy().tolist() == [[0.0, 0.0]]
    assert given.mean.numpy().tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    "first",
    [
        lambda: layers.StringLookup(vocabulary=["a", "b"], mask_token=None),
        lambda: layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=1),
        lambda: gl.Sequential([layers.StringLookup(vocabulary=["a", "b"])]),
    ],
)
def test_a_sequential_that_begins_with_text(first: Any) -> None:
    """Such models take text in a functional model and in a plain call, without an Input of their own."""
    texts = gl.Input((1,), dtype="string")
    model = gl.Model(texts, gl.Sequential([first(), layers.Embedding(4, 3)])(texts))
    assert model.predict(np.array([["a"], ["b"]]), verbose=0).shape == (2, 1, 3)
    assert gl.Sequential([first(), layers.Embedding(4, 3)])(np.array([["a"]])).shape == (1, 1, 3)


class Steps(gl.Model):
    """Without a `call`: its step goes around it, as in the examples of diffusion and of masked images."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = gl.Sequential([gl.Input((3,)), layers.Dense(2)])

    def train_step(self, data: Any) -> Any:
        with gl.GradientTape() as tape:
            outputs = self.inner(data)
            loss = self.compute_loss(y=outputs * 0, y_pred=outputs)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(outputs * 0, outputs)
        return {metric.name: metric.result() for metric in self.metrics}


def test_a_model_without_a_call(backend: str) -> None:
    """`compute_loss` and `metrics` go by what the step found."""
    model = Steps()
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.ones((4, 3), np.float32)
    logs = model.fit(x, batch_size=2, epochs=2, verbose=0).history
    assert [*logs] == ["loss", "mae"] and logs["loss"][1] < logs["loss"][0]


@gl.saving.register_keras_serializable("calls")
class Holding(gl.Model):
    """Whose config holds one of its layers in words of its own."""

    def __init__(self, inner: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner or layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.inner(x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inner": gl.saving.serialize_keras_object(self.inner)}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        config["inner"] = gl.saving.deserialize_keras_object(config.pop("inner"))
        return cls(**config)


def test_a_class_that_makes_its_layers_of_its_config(tmp_path: Path) -> None:
    """`from_config` may put layers in the place of their entries before the weights are read."""
    model = Holding()
    model(ROWS)
    model.save(str(tmp_path / "m.keras"))
    again = gl.load_model(str(tmp_path / "m.keras"))
    np.testing.assert_array_equal(again(ROWS), model(ROWS))


def test_ctc_counts_labels_not_columns() -> None:
    """Labels may be filled up beyond the steps of time; the losses are Keras's (3.15, JAX)."""
    labels = np.zeros((2, 12), int)
    labels[:, :3] = [[1, 2, 3], [1, 1, 2]]
    logits = np.random.RandomState(0).rand(2, 6, 5).astype(np.float32)
    wanted = [4.9946823, 6.180302]
    np.testing.assert_allclose(ops.ctc_loss(labels, logits, [3, 3], [6, 6]), wanted, rtol=1e-6)
    np.testing.assert_allclose(gl.losses.CTC(reduction=None)(labels, logits), wanted, rtol=1e-6)
    for call in (
        lambda: ops.ctc_loss(labels, logits, [9, 3], [6, 6]),
        lambda: gl.losses.CTC()(labels + 1, logits),
    ):
        with pytest.raises(ArgumentError, match="cannot be spelled in 6 steps"):
            call()


def test_lists_of_numbers_are_inputs() -> None:
    """As Keras's documentation calls its layers of features; the numbers are those of Keras 3.15."""
    one_hot = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")
    assert one_hot([3, 0]).numpy().tolist() == [[0, 0, 0, 1], [1, 0, 0, 0]]
    count = layers.CategoryEncoding(num_tokens=3, output_mode="count")
    found = count([[0, 1], [0, 0]], count_weights=[[0.1, 0.2], [0.1, 0.1]])
    np.testing.assert_allclose(found, [[0.1, 0.2, 0.0], [0.2, 0.0, 0.0]])
    assert layers.Discretization(bin_boundaries=[0.0, 1.0])([[-1.0, 0.5, 3.0]]).numpy().tolist() == [
        [0, 1, 2]
    ]
    assert layers.Rescaling(2.0)([1.0, 2.0]).numpy().tolist() == [2.0, 4.0]
    with pytest.raises(ArgumentError, match="below 4, got 7"):
        one_hot([7])
    with pytest.raises(ArgumentError, match="takes one tensor or array"):
        layers.Rescaling(2.0)([np.ones(1), np.ones(1)])


def test_wrong_arguments_of_relu_are_told() -> None:
    with pytest.raises(gl.errors.CallError, match="relu: there is no argument 'slope'"):
        gl.activations.relu(gl.ones([2]), slope=0.1)


def test_an_entry_of_code_is_no_name() -> None:
    """A function that Keras wrote as code is unknown, as any name that nobody registered is."""
    with pytest.raises(gl.errors.ArgumentError, match="unknown regularizer 'function'"):
        gl.regularizers.get({"class_name": "function", "config": ["code"]})
