"""What a Keras program takes for granted: functions of symbolic tensors, dicts, training that layers are told."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, CallError
from glbackend.layers.operation import ABOUT, spellings
from glbackend.layers.operations import OPERATIONS

layers, ops = gl.layers, gl.ops
X = np.random.default_rng(3).normal(size=(2, 4, 6)).astype(np.float32)
FROM_NOTHING = {  # what takes no tensor, or a function, or gives no tensor
    "arange", "cond", "convert_to_numpy", "eye", "fori_loop", "identity", "map", "scan", "switch", "vectorized_map", "while_loop", }  # fmt: skip
NO_NODE = {
    "acos", "acosh", "array", "asin", "asinh", "atan", "atan2", "atanh", "bincount", "digitize", "nonzero", "ptp",
    "percentile", "quantile", "scatter", "searchsorted", "size",
}  # fmt: skip


def test_every_op_takes_symbolic_tensors() -> None:
    """Each name is one of Keras's whose class of nodes exists here, or it is listed above why not."""
    known = {name for name, one in spellings().items() if one.class_name in OPERATIONS} | ABOUT.keys()
    assert set(ops.__all__) - known == FROM_NOTHING | NO_NODE


CASES: dict[str, Any] = {
    "slices": lambda x: [x[:, 0], x[..., None], x[:, -1:, ::2], x[:, 1, 2:4]],
    "operators": lambda x: [
        2.0**x,
        1 - x,
        3.0 / (x * x + 1),
        -x % 2.0,
        abs(x),
        (x // 0.5),
        x @ ops.transpose(x, axes=(0, 2, 1)),
    ],
    "comparisons": lambda x: [
        ops.cast(one, "float32") for one in (x > 0, x <= 0.5, (x > 0) & (x < 1), ~(x >= 0))
    ],
    "names": lambda x: [
        ops.transpose(x, axes=[0, 2, 1]),
        ops.sum(x, axis=-1, keepdims=True),
        ops.concatenate(xs=[x, x], axis=1),
    ],
    "several": lambda x: [*ops.split(x, 2, axis=2), ops.where(x > 0, x, 0.0), ops.take(x, [1, -1], axis=1)],
    "constants": lambda x: [x + np.arange(6.0), np.ones((4, 6)) * x, ops.matmul(x, np.eye(6, dtype="f4"))],
    "nets": lambda x: [
        ops.nn.softmax(x, axis=1),
        ops.silu(x),
        ops.hard_sigmoid(x),
        ops.image.resize(x[..., None], (2, 3)),
    ],
    "einsum": lambda x: [ops.einsum("bij,bkj->bik", x, x), ops.tensordot(x, np.ones((6, 2), "f4"), 1)],
}


@pytest.mark.parametrize("name", CASES)
def test_functions_of_symbolic_tensors(name: str, backend: str, tmp_path: Any) -> None:
    """The model gives what the same functions give of tensors, and so does what is saved of it."""
    symbol = gl.Input((4, 6))
    model = gl.Model(symbol, CASES[name](symbol))
    wanted = CASES[name](gl.tensor(X))
    model.save(tmp_path / "m.keras")
    for one in (model, gl.load_model(tmp_path / "m.keras")):
        found = one.predict(X)
        for ours, theirs, spec in zip(found, wanted, model.outputs, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)
            assert spec.shape == (None, *theirs.shape[1:])


def test_what_symbolic_tensors_cannot() -> None:
    x = gl.Input((4,))
    with pytest.raises(ArgumentError, match="neither true nor false"):
        bool(x > 0)
    with pytest.raises(ArgumentError, match="size of its first axis"):
        list(x)
    with pytest.raises(ArgumentError, match="is none of the functions that take symbolic tensors"):
        ops.scatter([[0]], x, (4,))
    with pytest.raises(CallError, match=r"mean: there is no argument .dim.: it takes \(x, axis, keepdims\)"):
        ops.mean(x, dim=1)
    assert x.ndim == 2 and ops.shape(x) == (None, 4) and not ops.is_tensor(x)


class Dropping(layers.Layer):
    """Hands nothing on of whether it is training."""

    def __init__(self) -> None:
        super().__init__()
        self.row = gl.Sequential([layers.Dropout(0.5), layers.BatchNormalization()])

    def call(self, inputs: Any) -> Any:
        return self.row(inputs)


def test_layers_within_layers_are_told_of_training(backend: str) -> None:
    symbol = gl.Input((50,))
    model = gl.Model(symbol, Dropping()(symbol))
    ones = np.ones((8, 50), np.float32)

    def mean() -> float:
        return float(model.get_weights()[2].mean())

    assert np.unique(model(ones).numpy()).size == 1 and mean() == 0, "nobody says"
    assert np.unique(model(ones, training=True).numpy()).size > 1
    moved = mean()
    assert moved > 0
    model.compile("sgd", "mse")
    model.evaluate(ones, ones)
    model.predict(ones)
    assert mean() == moved
    for _ in range(2):  # the second step is a graph
        model.train_on_batch(ones, ones)
    assert mean() > moved


def test_recomputing_is_told_too() -> None:
    """The run for the gradient drops what the first one dropped."""
    layer, ones = Dropping(), gl.ones([4, 50])
    layer(ones)

    class Around(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return gl.checkpoint(layers.Dropout(0.5), inputs)

    around = Around()
    value, slope = gl.value_and_grad(lambda x: around(x, training=True).sum())(ones)
    assert 0 < value.item() < 400 and abs(slope.sum().item() - value.item()) < 1e-3


class Weighing(layers.Layer):
    """Takes a dict and a further tensor by place, gives a dict."""

    def call(self, inputs: Any, factor: Any = None, training: bool = False) -> Any:
        return {"sum": inputs["a"] + inputs["b"] * factor, "late": inputs["a"] * float(training)}


def test_layers_of_dicts(backend: str) -> None:
    a, b, f = gl.Input((3,), name="a"), gl.Input((3,), name="b"), gl.Input((3,), name="f")
    found = Weighing()({"b": b, "a": a}, f)
    assert {key: one.shape for key, one in found.items()} == {"late": (None, 3), "sum": (None, 3)}
    model = gl.Model({"x": a, "y": b, "z": f}, {"whole": found["sum"], "part": found["late"]})
    given = {key: X[:, i, :3] for i, key in enumerate("xyz")}
    wanted = given["x"] + given["y"] * given["z"]
    for feed in (given, {"a": given["x"], "b": given["y"], "f": given["z"]}, [given[key] for key in "xyz"]):
        np.testing.assert_allclose(model.predict(feed)["whole"].numpy(), wanted, rtol=1e-6)
    np.testing.assert_allclose(model(given)["whole"].numpy(), wanted, rtol=1e-6)
    assert list(model.output_shape) == ["part", "whole"] and model.input_names == ["x", "y", "z"]
    with pytest.raises(ArgumentError, match="takes inputs and factor, training, got 4 arguments"):
        Weighing()({"a": X, "b": X}, X, True, 3)


class Summing(gl.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return {"out": self.dense(inputs["left"] + inputs["right"])}


def test_a_subclass_of_dicts_trains() -> None:
    model = Summing()
    model.compile("sgd", {"out": "mse"}, metrics={"out": ["mae"]})
    given = {"left": X[:, 0], "right": X[:, 1]}
    history = model.fit(given, {"out": np.ones((2, 1))}, epochs=2, verbose=0).history
    assert set(history) == {"loss", "mae"} and history["loss"][1] < history["loss"][0]
    assert model.predict(given)["out"].shape == (2, 1)


def test_files_in_folders_by_class(tmp_path: Any) -> None:
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        for i in range(3):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} {i}")
    left, right = gl.utils.text_dataset_from_directory(tmp_path, validation_split=0.34, subset="both", seed=1)
    texts = [text for data in (left, right) for batch, _ in data for text in batch.numpy()]
    assert sorted(texts) == sorted(f"{name} {i}" for name in ("bad", "good") for i in range(3))
    assert left.class_names == ["bad", "good"]
    for batch, labels in left:
        assert [text.startswith("good") for text in batch.numpy()] == labels.numpy().astype(bool).tolist()


def test_batches_by_number_on_threads() -> None:
    class Ramp(gl.utils.PyDataset):
        ended = 0

        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            return np.full((2, 1), index, np.float64), np.zeros((2, 1))

        def on_epoch_end(self) -> None:
            self.ended += 1

    ramp = Ramp(workers=3, max_queue_size=2)
    model = gl.Sequential([gl.Input((1,)), layers.Rescaling(2.0)])
    assert model.predict(ramp).numpy().ravel().tolist() == [2.0 * i for i in range(5) for _ in range(2)]
    with pytest.raises(ArgumentError, match="made on threads"):
        Ramp(use_multiprocessing=True)


@pytest.mark.parametrize("dtype", ["int64", "float64", "float16", "uint8"])
def test_dtypes_of_other_widths(dtype: str) -> None:
    wanted = "float32" if "float" in dtype else "int32"
    assert (
        gl.Input((2,), dtype=dtype).dtype
        == ops.cast([1.0], dtype).dtype
        == ops.zeros((1,), dtype=dtype).dtype
        == wanted
    )
