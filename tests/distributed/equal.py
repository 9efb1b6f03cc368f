"""Models that all ranks train together; the test trains them alone and compares."""

import sys
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import glbackend as gl
from glbackend.distribute import reduce
from glbackend.distribute.trainer import DistributedTrainer

random = np.random.default_rng(0)
CLASSES = np.minimum(random.integers(0, 5, 31), 2)  # one is frequent, so that the bias is not rounding alone
VALUES = random.normal(size=(31, 1)).astype(np.float32)
STEPS = random.normal(size=(31, 4, 3)).astype(np.float32)
STEPS[::3, 2:] = 0  # which the masking leaves out


def mlp() -> Any:
    first = gl.layers.dense(units=8, activation="tanh", kernel_regularizer="l2", input_shape=[6])
    return gl.sequential([first, gl.layers.dense(units=3, activation="softmax")])


def cnn() -> Any:
    return gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, use_bias=False, input_shape=[6, 6, 2]),
        gl.layers.batch_normalization(synchronized=True),
        gl.layers.activation(activation="relu"),
        gl.layers.flatten(),
        gl.layers.dense(units=3, activation="softmax"),
    ])  # fmt: skip


def lstm() -> Any:
    masked = gl.layers.masking(mask_value=0.0, input_shape=[4, 3])
    return gl.sequential([masked, gl.layers.lstm(units=4, return_sequences=True), gl.layers.dense(units=1)])


class Case(NamedTuple):
    """A model, its data and how it is trained; weights may differ by `bound` of the largest."""

    model: Callable[[], Any]
    x: Any
    y: Any
    loss: Any
    metrics: Callable[[], list[Any]] = list
    optimizer: Callable[[], Any] = lambda: gl.train.sgd(0.01)
    bound: float = 1e-6


MODELS = {
    "mlp": Case(mlp, random.normal(size=(31, 6)), CLASSES, "sparseCategoricalCrossentropy",
                lambda: ["accuracy", gl.metrics.SparseCategoricalAccuracy("own")]),
    "cnn": Case(cnn, random.normal(size=(31, 6, 6, 2)), CLASSES, "sparseCategoricalCrossentropy"),
    "lstm": Case(lstm, STEPS, np.repeat(VALUES[:, None], 4, 1), "meanSquaredError", lambda: ["mae"]),
}  # fmt: skip
OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: gl.train.sgd(0.05),
    "momentum": lambda: gl.train.momentum(0.02, 0.9),
    "adam": lambda: gl.train.adam(0.01),
}
CASES = {
    f"{model}-{name}": case._replace(optimizer=optimizer, bound=1e-4 if name == "adam" else 1e-6)
    for model, case in MODELS.items()
    for name, optimizer in OPTIMIZERS.items()
}
SUMS = gl.losses.SparseCategoricalCrossentropy(reduction="sum")
CASES["sums-sgd"] = MODELS["mlp"]._replace(loss=SUMS, metrics=list)


def trained(case: Case) -> dict[str, Any]:
    """Weights after 20 steps, what was reported, and what evaluate and predict give."""
    x, y = case.x, case.y
    gl.set_seed(7)
    one = case.model()
    one.compile(case.optimizer(), case.loss, metrics=case.metrics())
    weights = np.linspace(0.5, 1.5, 31, dtype=np.float32)
    # batches of 8 leave 7, and those of 10 leave 1: fewer examples than ranks
    history = one.fit(x, y, batch_size=8, epochs=4, verbose=0, seed=1, sample_weight=weights).history
    one.fit(x, y, batch_size=10, epochs=1, verbose=0, shuffle=False)
    return {
        **{f"weight {i}": weight.numpy() for i, weight in enumerate(one.get_weights())},
        **{f"history of {name}": np.array(values) for name, values in history.items()},
        "evaluate": np.array(one.evaluate(x, y, batch_size=10)),
        "predict": one.predict(x, batch_size=7).numpy(),
    }


def main(backend: str, folder: str, names: list[str]) -> None:
    gl.set_backend(backend)
    reduce.BUCKET_BYTES = 200  # several buckets
    warnings.simplefilter("error", gl.errors.GraphWarning)  # steps are captured
    strategy = gl.distribute.MultiWorkerMirroredStrategy(check_every=5)
    for name in names:
        with strategy.scope():
            found = trained(CASES[name])
            again = trained(CASES[name]) if name == "mlp-adam" else found
            DistributedTrainer.overlaps = False
            at_the_end = trained(CASES[name])
            DistributedTrainer.overlaps = True
        for key, values in found.items():
            np.testing.assert_array_equal(values, again[key], err_msg=f"{name}: two runs alike, {key}")
            np.testing.assert_array_equal(values, at_the_end[key], err_msg=f"{name}: overlap, {key}")
        if strategy.rank == 0:
            np.savez(f"{folder}/{name}.npz", **found)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
