"""What holds on all ranks: run by each of them, and each of them asserts."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.distribute.ranks import ranks
from glbackend.distribute.reduce import reduce_pairs

gl.set_backend(sys.argv[2])
random = np.random.default_rng(0)
X, Y = random.normal(size=(12, 3)).astype(np.float32), random.normal(size=(12, 1)).astype(np.float32)
strategy = gl.distribute.MultiWorkerMirroredStrategy(check_every=1)
rank, size = strategy.rank, strategy.num_replicas_in_sync
folder = Path(sys.argv[1])


def dense(**options: Any) -> Any:
    return gl.layers.dense(units=2, input_shape=[3], **options)


def made(*layers: Any, optimizer: Any = None, metrics: Any = ()) -> Any:
    with strategy.scope():
        model = gl.sequential(layers or [dense(), gl.layers.dense(units=1)])
        model.compile(optimizer or gl.train.momentum(0.05, 0.9), "meanSquaredError", metrics=list(metrics))
    return model


def equal(value: Any) -> bool:
    """Whether an array has the same bits on all ranks."""
    array = np.asarray(value, np.float32)
    first = ranks().gather(array[None])[0][0]
    return not ranks().any(not np.array_equal(first, array, equal_nan=True))


def same_bits(model: Any) -> bool:
    return all(equal(one.numpy()) for one in model.get_weights())


def error_of(act: Callable[[], Any]) -> str:
    try:
        act()
    except gl.errors.ArgumentError as error:
        return str(error)
    raise AssertionError("no error")


def weights_begin_as_those_of_rank_0() -> None:
    model = made()
    model.layers[0].kernel.assign(np.full((3, 2), float(rank), np.float32))
    model.fit(X, Y, batch_size=4, verbose=0)
    assert same_bits(model)


def optimizers_begin_as_that_of_rank_0() -> None:
    model = made()
    if rank == 0:
        weights = model.trainable_weights
        model.optimizer.set_weights([7, *[np.full(one.shape, 0.5, np.float32) for one in weights]], weights)
    model.fit(X, Y, batch_size=4, verbose=0)
    assert same_bits(model) and model.optimizer.iterations == 10


def batch_normalisation_of_each_rank() -> None:
    model = made(dense(), gl.layers.batch_normalization(), gl.layers.dense(units=1))
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    assert same_bits(model), "the moving moments, too"
    assert abs(model.get_weights()[4].numpy()).max() > 0


def frozen_layers_stand_still() -> None:
    model = made(dense(trainable=False), gl.layers.dense(units=1))
    before = model.get_weights()[0].numpy()
    model.fit(X, Y, batch_size=4, verbose=0)
    assert np.array_equal(model.get_weights()[0].numpy(), before) and same_bits(model)


def gradients_that_a_rank_lacks() -> None:
    used, unused = gl.variable(1.0), gl.variable(1.0)
    optimizer = gl.train.sgd(1.0)
    _, pairs = optimizer.compute_gradients(lambda: used * 2.0)
    with strategy.scope():
        found = strategy.reduce_gradients(pairs, examples=1 + rank)
    assert [one.item() for one, _ in found] == [2.0]
    mine = [(gl.scalar(3.0), unused)] if rank == 1 else []
    sums = reduce_pairs(ranks(), mine, [used, unused])
    assert [(one.item(), variable is unused) for one, variable in sums] == [(3.0, True)]


class Either(gl.layers.Layer):
    """Of three weights rank 0 uses the first, the others the second, and nobody the third."""

    def build(self, input_shape: Any) -> None:
        self.scales = [self.add_weight(name, shape=(), initializer="ones") for name in "abc"]

    def call(self, inputs: Any, **options: Any) -> Any:
        return inputs * self.scales[min(rank, 1)]


def gradients_that_a_rank_lacks_in_fit() -> None:
    for eagerly in (True, False):
        layer = Either(input_shape=[3])
        with strategy.scope():
            model = gl.sequential([layer, gl.layers.dense(units=1)])
            model.compile(gl.train.momentum(0.05, 0.9), "meanSquaredError", run_eagerly=eagerly)
        model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
        moved = [one.item() != 1 for one in layer.scales]
        assert moved == [True, True, False] and same_bits(model)


def dropout_differs_and_orders_agree() -> None:
    gl.set_seed(3)
    with strategy.scope():
        order = [one.item() for one in gl.data.array(list(map(float, range(9)))).shuffle(9).batch(1)]
        drawn = gl.random_uniform([4]).numpy()
    assert equal(order) and equal(drawn)
    masks = ranks().gather(strategy.run(lambda: gl.dropout(gl.ones([32]), 0.5)).numpy()[None])
    assert not np.array_equal(masks[0], masks[1])
    assert equal(gl.random_uniform([4]).numpy()), "all count alike"


def batches_of_its_own() -> None:
    """Rank r has 3 + r examples in batches of 2: those with a batch more are waited for."""
    ends = [0, *np.cumsum(3 + np.arange(size)).tolist()]
    model = made(dense(kernel_initializer="ones"), gl.layers.dense(units=1), optimizer=gl.train.sgd(0.0))

    def mine(context: Any) -> Any:
        rows = slice(ends[context.input_pipeline_id], ends[context.input_pipeline_id + 1])
        return gl.data.from_tensor_slices((X[rows], Y[rows])).batch(2)

    own = strategy.distribute_datasets_from_function(mine)
    model.fit(own, epochs=2, verbose=0)
    whole = gl.data.from_tensor_slices((X[: ends[-1]], Y[: ends[-1]])).batch(ends[-1])
    assert abs(model.evaluate(own) - model.evaluate(whole)) < 1e-6
    assert equal(model.history.history["loss"])


def a_loop_of_ones_own() -> None:
    w, optimizer = gl.variable(gl.zeros([3, 1])), gl.train.sgd(0.1)
    alone = gl.variable(gl.zeros([3, 1]))

    def step(x: Any, y: Any) -> Any:
        value, pairs = optimizer.compute_gradients(lambda: (x.matmul(w) - y).square().mean(), [w])
        optimizer.apply_gradients(strategy.reduce_gradients(pairs, examples=len(x)))
        return value

    batches = gl.data.from_tensor_slices((X[:11], Y[:11])).batch(11)
    for x, y in strategy.distribute_dataset(batches):
        value = strategy.run(step, (x, y))
    x, y = gl.tensor(X[:11]), gl.tensor(Y[:11])
    gl.train.sgd(0.1).minimize(lambda: (x.matmul(alone) - y).square().mean(), var_list=[alone])
    assert np.abs(w.numpy() - alone.numpy()).max() < 1e-7 and equal(w.numpy())
    assert strategy.reduce("sum", 1.5) == 1.5 * size
    assert equal(strategy.reduce("mean", value).item())
    assert strategy.reduce("sum", gl.tensor([float(rank)])).numpy().tolist() == [sum(range(size))]


def one_that_stops_stops_all() -> None:
    model = made()
    steps: list[int] = []

    def stop(batch: int, logs: Any) -> None:
        steps.append(batch)
        model.stop_training = rank == 1 and len(steps) == 2

    model.fit(X, Y, batch_size=4, epochs=5, verbose=0, callbacks={"onTrainBatchEnd": stop})
    assert len(steps) == 2 and same_bits(model)
    watch = gl.callbacks.EarlyStopping("val_loss", patience=1, min_delta=1e9)
    found = model.fit(X, Y, epochs=9, validation_data=(X[:5], Y[:5]), verbose=0, callbacks=watch)
    assert len(found.history["val_loss"]) == 2 and equal(found.history["val_loss"])


def rank_0_alone_prints_and_saves() -> None:
    model = made()
    own = folder / f"rank{rank}"
    model.save(own / "model")
    if rank:  # files of other kinds as well
        model.save(own / "model.keras")
        model.save_weights(own / "model.weights.h5")
    callbacks = [gl.callbacks.CSVLogger(folder / f"log{rank}.csv"),
                 gl.callbacks.ModelCheckpoint(own / "best", verbose=1)]  # fmt: skip
    model.fit(X, Y, verbose=2, callbacks=callbacks)
    strategy.barrier()
    assert (folder / "rank0" / "model" / "model.json").exists() and (folder / "rank0" / "best").exists()
    assert (folder / "log0.csv").exists() and not (folder / "log1.csv").exists()
    assert not (folder / "rank1").exists()
    memory = gl.io.from_memory()
    model.save(memory)
    assert memory.artifacts.weights, "what is kept in memory is each rank's own"


def a_nan_is_seen_by_rank_0() -> None:
    model = made(optimizer=gl.train.sgd(0.0))
    y = Y.copy()
    y[-1] = np.nan  # of the last rank's rows
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model.fit(X, y, batch_size=12, shuffle=False, verbose=0)
    assert any("NaN" in str(one.message) for one in seen) == (rank in (0, size - 1))
    assert np.isnan(model.history.history["loss"]).all()


def states_of_metrics_are_added_up() -> None:
    model = made(metrics=[gl.metrics.RootMeanSquaredError("rmse")], optimizer=gl.train.sgd(0.0))
    loss, rmse = model.evaluate(X[:7], Y[:7], batch_size=3)
    assert abs(rmse - loss**0.5) < 1e-6
    logs = model.train_on_batch(X[:7], Y[:7])
    assert abs(logs[0] - loss) < 1e-6 and abs(logs[1] - rmse) < 1e-6


def a_model_outside_of_the_scope_is_its_own() -> None:
    model = gl.sequential([dense()])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model.compile("sgd", "meanSquaredError")
    assert "outside of strategy.scope()" in str(seen[0].message) and seen[0].filename == __file__
    model.save(folder / f"own{rank}")
    assert (folder / f"own{rank}").exists()


def what_differs_is_named() -> None:
    other = made(gl.layers.dense(units=2 + (rank == 1), input_shape=[3]), gl.layers.dense(units=1))
    message = error_of(lambda: other.fit(X, Y, verbose=0))
    assert "weight 0" in message and "float32[3, 3], trainable on rank 1" in message, message
    message = error_of(lambda: made(optimizer=gl.train.sgd(0.1 + rank)).fit(X, Y, verbose=0))
    assert "the optimizer" in message, message
    frozen = made(dense(trainable=rank == 0), gl.layers.dense(units=1))
    assert "weight 0" in error_of(lambda: frozen.fit(X, Y, verbose=0))
    active = made(dense(activation="relu" if rank else "tanh"), gl.layers.dense(units=1))
    message = error_of(lambda: active.fit(X, Y, verbose=0))
    assert "activation of layer 0 (Dense) is 'relu' on rank 1, and 'tanh' on rank 0" in message, message
    dropped = made(dense(), *[gl.layers.dropout(rate=0.5) for _ in range(rank)], gl.layers.dense(units=1))
    message = error_of(lambda: dropped.fit(X, Y, verbose=0))
    assert "the number of layers is 3 on rank 1, and 2 on rank 0" in message, message
    model = made()
    for name, value in {"epochs": 1 + rank, "batch_size": 4 + rank, "seed": rank or None}.items():
        message = error_of(lambda name=name, value=value: model.fit(X, Y, verbose=0, **{name: value}))
        assert f"argument {name!r} is" in message, message
    held = (X, Y) if rank else None
    assert "validation_data is given on rank 1" in error_of(
        lambda: model.fit(X, Y, verbose=0, validation_data=held)
    )
    less = slice(12 - 4 * (rank == 1))
    held = X[less], Y[less]
    for act in (
        lambda: model.fit(X[less], Y[less], batch_size=4, verbose=0),
        lambda: model.evaluate(X[less], Y[less], batch_size=4),
        lambda: model.fit(X, Y, batch_size=4, verbose=0, validation_data=held),
    ):
        message = error_of(act)
        assert "the data of rank 1 have 2 batches, those of rank 0 3" in message, message
    fewer = slice(12 - (rank == 1))  # as many batches
    assert "first batch of rank 1" in error_of(lambda: model.evaluate(X[fewer], Y[fewer], batch_size=4))
    message = error_of(lambda: model.predict(X[less], batch_size=4))
    assert "the length of the data is 2 batches, 8 examples on rank 1" in message, message
    weighed = np.full(12, 1.0 + rank)
    assert "first batch of rank 1" in error_of(lambda: model.fit(X, Y, verbose=0, sample_weight=weighed))
    message = error_of(lambda: model.fit(X + rank, Y, verbose=0))
    assert "first batch of rank 1" in message, message

    def change(batch: int, logs: Any) -> None:
        if rank == 1 and batch == 1:
            model.layers[1].bias.assign([7.0])

    message = error_of(
        lambda: model.fit(X, Y, batch_size=4, verbose=0, callbacks={"onTrainBatchEnd": change})
    )
    assert "weight 3" in message and "bias" in message and "rank 1" in message, message


RULES = (
    weights_begin_as_those_of_rank_0,
    optimizers_begin_as_that_of_rank_0,
    batch_normalisation_of_each_rank,
    frozen_layers_stand_still,
    gradients_that_a_rank_lacks,
    gradients_that_a_rank_lacks_in_fit,
    dropout_differs_and_orders_agree,
    batches_of_its_own,
    a_loop_of_ones_own,
    one_that_stops_stops_all,
    rank_0_alone_prints_and_saves,
    a_nan_is_seen_by_rank_0,
    states_of_metrics_are_added_up,
    a_model_outside_of_the_scope_is_its_own,
    what_differs_is_named,
)
for rule in RULES:
    rule()
strategy.barrier()
if rank == 0:
    print("all ranks agree", flush=True)
