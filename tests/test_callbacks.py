"""Callbacks: hooks in their order, saving, going on after a kill, watching, logging."""

import csv
import math
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.training.callback import HOOKS

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(11)
X = RNG.normal(size=(20, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]]).astype(np.float32)


def model(optimizer: Any = "sgd", **options: Any) -> Any:
    made = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[3], name="d")])
    made.compile(optimizer, "meanSquaredError", **options)
    return made


# -- hooks -------------------------------------------------------------------------------------------------


def test_every_hook_is_called() -> None:
    calls: list[str] = []
    functions = {name: lambda *given, name=name: calls.append(name) for name in HOOKS}
    m = model()
    m.fit(X, Y, batch_size=20, validation_data=(X, Y), verbose=0, callbacks=functions)
    m.evaluate(X, Y, callbacks=functions)
    m.predict(X, callbacks=functions)
    test = ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]
    assert calls == [
        "on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", *test, "on_epoch_end",
        "on_train_end", *test, "on_predict_begin", "on_predict_batch_begin", "on_predict_batch_end", "on_predict_end",
    ]  # fmt: skip


def test_others_objects_are_callbacks() -> None:
    class Theirs:  # as Keras's own Callback: with setters, and hooks that do nothing
        def set_model(self, model: Any) -> None:
            self.its = model

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seen = epoch, sorted(logs)
            self.its.stop_training = True

    theirs, ended = Theirs(), []
    m = model(metrics=["mae"])
    m.fit(X, Y, epochs=3, verbose=0, callbacks=[
        theirs, gl.callbacks.LambdaCallback(on_train_end=lambda logs: ended.append(1)), "terminate_on_nan",
    ])  # fmt: skip
    assert theirs.its is m and theirs.seen == (0, ["loss", "mae"]) and ended == [1]
    group = gl.callbacks.CallbackList([theirs], model=m, epochs=2)
    group.on_epoch_end(4, {"x": 1.0})
    group.on_train_batch_begin(0)
    assert theirs.seen == (4, ["x"]) and theirs.params == {"epochs": 2}


def test_values_of_test_and_predict_batches() -> None:
    m, seen = model(), []

    class Watch(gl.Callback):
        def on_test_batch_end(self, batch: int, logs: Any) -> None:
            seen.append((batch, logs["loss"]))

        def on_predict_batch_end(self, batch: int, logs: Any) -> None:
            seen.append((batch, [one.shape for one in logs["outputs"]]))

    m.evaluate(X, Y, batch_size=10, callbacks=Watch())
    m.predict(X, batch_size=15, callbacks=Watch())
    losses = [float((one**2).mean()) for one in (Y[:10], Y[10:])]
    assert seen == [
        (0, pytest.approx(losses[0])),
        (1, pytest.approx(losses[1])),
        (0, [(15, 1)]),
        (1, [(5, 1)]),
    ]


# -- watching ----------------------------------------------------------------------------------------------


def feed(callback: Any, values: list[float], optimizer: Any = None) -> tuple[list[float], Any]:
    """The rates after each epoch, whose values are given."""
    m, rates = model(optimizer or gl.optimizers.SGD(1.0)), []
    callback.set_model(m)
    callback.on_train_begin({})
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {"val_loss": value})
        rates.append(m.optimizer.learning_rate)
    return rates, m


def test_plateaus_lower_the_rate() -> None:
    """By hand from Keras's rule: patience, then cooldown, never below min_lr."""
    lower = gl.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, cooldown=1, min_lr=0.2, min_delta=0.1)
    rates, _ = feed(lower, [3.0, 2.0, 1.95, 1.94, 1.93, 1.92, 1.91, 1.9, 1.9, 1.9])
    assert rates == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]
    with pytest.raises(ValueError, match="factor must be below 1"):
        gl.callbacks.ReduceLROnPlateau(factor=1.0)


def test_a_schedule_of_epochs() -> None:
    set_rate = gl.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (0.5 if epoch else 1.0))
    assert feed(set_rate, [1.0] * 3)[0] == [1, 0.5, 0.25]
    assert feed(gl.callbacks.LearningRateScheduler(lambda epoch: 1.0 / (1 + epoch)), [1.0] * 2)[0] == [1, 0.5]
    m = model(gl.optimizers.SGD(0.5))
    history = m.fit(
        X, Y, epochs=2, verbose=0, callbacks=[gl.callbacks.LearningRateScheduler(lambda e, r: r / 2)]
    )
    assert history.history["learning_rate"] == [0.25, 0.125] and len(history.history["loss"]) == 2
    scheduled = gl.optimizers.SGD(gl.optimizers.schedules.CosineDecay(0.1, 10))
    for callback in (set_rate, gl.callbacks.ReduceLROnPlateau()):
        with pytest.raises(ValueError, match="but the optimizer has a schedule: give it a number"):
            feed(callback, [1.0], scheduled)


def test_early_stopping_from_an_epoch_on() -> None:
    stop = gl.callbacks.EarlyStopping(patience=1, start_from_epoch=2)
    _, m = feed(stop, [1.0, 2.0, 3.0])
    assert not m.stop_training
    _, m = feed(stop, [1.0, 2.0, 3.0, 4.0])
    assert m.stop_training and stop.stopped_epoch == 3
    keep = gl.callbacks.EarlyStopping(patience=9, restore_best_weights=True)
    m = model(gl.train.sgd(5.0))
    m.fit(X, Y, epochs=3, batch_size=20, verbose=0, validation_data=(X, Y), callbacks=keep)
    assert m.evaluate(X, Y) == pytest.approx(
        min(m.history.history["val_loss"])
    )  # also where nothing stopped it


def test_nan_ends_training(capsys: pytest.CaptureFixture[str]) -> None:
    m = model(gl.train.sgd(1e30))
    with pytest.warns(RuntimeWarning, match="NaN or infinite"):
        m.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=gl.callbacks.TerminateOnNaN())
    assert m.history.epoch == [0] and not math.isfinite(m.history.history["loss"][0])
    assert "training ends" in capsys.readouterr().out


# -- saving ------------------------------------------------------------------------------------------------


def test_checkpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    m = model("adam")
    every = gl.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}-{val_loss:.2f}", verbose=1)
    best = gl.callbacks.ModelCheckpoint(tmp_path / "best", save_best_only=True, save_weights_only=True)
    third = gl.callbacks.ModelCheckpoint(tmp_path / "b{epoch}-{batch}", save_weights_only=True, save_freq=3)
    m.fit(
        X, Y, batch_size=10, epochs=3, verbose=0, validation_data=(X, Y), callbacks=[every, best, third],
    )  # fmt: skip
    values = m.history.history["val_loss"]
    names = {f"{i + 1:02d}-{value:.2f}" for i, value in enumerate(values)}
    assert {one.name for one in tmp_path.iterdir()} == names | {"best", "b2-1", "b3-2"}
    loaded = gl.load_layers_model(tmp_path / f"03-{values[2]:.2f}")
    assert loaded.evaluate(X, Y) == pytest.approx(values[2], rel=1e-5) and loaded.optimizer.iterations == 6
    other = model()
    other.load_weights(tmp_path / "best")
    assert other.evaluate(X, Y) == pytest.approx(min(values), rel=1e-5)
    assert capsys.readouterr().out.count("saving the model to") == 3
    with pytest.raises(ValueError, match=r"names 'val_auc', but there are loss, epoch"):
        m.fit(X, Y, verbose=0, callbacks=gl.callbacks.ModelCheckpoint(str(tmp_path / "{val_auc}")))
    with pytest.raises(ValueError, match="save_freq must be 'epoch' or a number"):
        gl.callbacks.ModelCheckpoint("x", save_freq="day")


class Killed(Exception):
    pass


def training(folder: Path, kill: int | None, every: Any, steps: int | None = None) -> Any:
    """One start of a program: everything is made anew, and after `kill` batches it dies."""
    gl.set_seed(3)
    m = gl.sequential([
        gl.layers.dense(units=4, input_shape=[3]), gl.layers.dropout(rate=0.3),
        gl.layers.batch_normalization(), gl.layers.dropout(rate=0.3, seed=5), gl.layers.dense(units=1),
    ])  # fmt: skip
    m.compile(gl.optimizers.Adam(0.1, use_ema=True), "meanSquaredError", metrics=["mae"])
    done: list[int] = []

    def die(batch: int, logs: Any) -> None:
        done.append(batch)
        if len(done) == kill:
            raise Killed

    callbacks = [
        gl.callbacks.BackupAndRestore(folder, save_freq=every),
        {"on_train_batch_begin": die},
        gl.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, factor=0.5, min_delta=100.0),
    ]
    m.fit(X, Y, batch_size=6, epochs=4, verbose=0, callbacks=callbacks, steps_per_epoch=steps)
    return m


def bits(m: Any) -> list[Array]:
    return [*(one.numpy() for one in m.weights), *(one.tensor.numpy() for one in m.optimizer.get_weights())]


@pytest.mark.parametrize(("every", "steps"), [("epoch", None), (1, None), (2, 3)])
def test_a_killed_training_ends_with_the_same_bits(
    every: Any, steps: Any, tmp_path: Path, backend: str
) -> None:
    """Four batches an epoch: killed in the first one, at the ends of epochs and within them, and twice."""
    whole = training(tmp_path / "none", None, every, steps)
    for kills in ([6], [7, 4]) if backend == "webgl" else ([1], [5], [7, 4], [9], [12]):
        folder = tmp_path / str(kills)
        for kill in kills:
            with pytest.raises(Killed):
                training(folder, kill, every, steps)
        again = training(folder, None, every, steps)
        for one, other in zip(bits(again), bits(whole), strict=True):
            np.testing.assert_array_equal(one, other)
        assert again.optimizer.learning_rate == whole.optimizer.learning_rate
        rest = len(again.history.epoch)
        assert rest >= 1 and again.history.epoch == whole.history.epoch[-rest:]
        for name, values in again.history.history.items():
            np.testing.assert_allclose(values, whole.history.history[name][-rest:], rtol=1e-6)
        assert not folder.exists()


@pytest.mark.parametrize("every", ["epoch", 2])
def test_a_shuffled_pipeline_goes_on_where_it_was(every: Any, tmp_path: Path, backend: str) -> None:
    def run(kill: int | None) -> Any:
        gl.set_seed(3)
        m = model("adam")
        data = gl.data.array([{"xs": x, "ys": y} for x, y in zip(X, Y, strict=True)]).shuffle(20).batch(6)
        done: list[int] = []

        def die(batch: int, logs: Any) -> None:
            done.append(batch)
            if len(done) == kill:
                raise Killed

        backup = gl.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=every)
        m.fit(data, epochs=3, verbose=0, callbacks=[backup, {"on_train_batch_begin": die}])
        return m

    whole = run(None)
    for kill in (4, 5, 7):
        with pytest.raises(Killed):
            run(kill)
        for one, other in zip(bits(run(None)), bits(whole), strict=True):
            np.testing.assert_array_equal(one, other)


PROGRAM = """
import os, sys
from pathlib import Path
from types import SimpleNamespace
sys.path[:0] = {path!r}
from tests.test_callbacks import bits, training
import glbackend as gl
gl.set_backend("cpu")
folder, kill = Path(sys.argv[1]), sys.argv[2] == "kill"
if kill:
    import threading, time
    def end():
        while not (folder / "training.npz").exists():
            time.sleep(0.001)
        os._exit(9)
    threading.Thread(target=end).start()
print([one.tobytes().hex() for one in bits(training(folder, None, 1))])
"""


def test_a_process_that_is_killed_goes_on(tmp_path: Path) -> None:
    program = PROGRAM.format(path=[str(Path(__file__).parents[1])])

    def run(how: str) -> tuple[int, str]:
        command = [sys.executable, "-c", program, str(tmp_path / "backup"), how]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    assert run("kill")[0] == 9 and (tmp_path / "backup" / "training.npz").exists()
    code, found = run("go on")
    gl.set_backend("cpu")
    wanted = [one.tobytes().hex() for one in bits(training(tmp_path / "none", None, 1))]
    assert code == 0 and found.strip() == str(wanted)


def test_a_stateful_net_and_data_of_ones_own(tmp_path: Path, backend: str) -> None:
    """States of recurrent layers go on; batches of a data set without a place are passed over."""

    class Rows:
        element_spec, steps = None, 5

        def __iter__(self) -> Any:
            return ((X[i * 4 : i * 4 + 4].reshape(2, 2, 3), Y[i * 2 : i * 2 + 2]) for i in range(5))

    def run(kill: int | None) -> Any:
        gl.set_seed(1)
        m = gl.sequential(
            [gl.layers.lstm(units=2, stateful=True, batch_input_shape=[2, 2, 3]), gl.layers.dense(units=1)]
        )
        m.compile("sgd", "meanSquaredError")

        def die(batch: int, logs: Any) -> None:
            if kill == batch:
                raise Killed

        backup = gl.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=2)
        m.fit(Rows(), verbose=0, epochs=2, callbacks=[backup, {"on_train_batch_begin": die}])
        return m

    whole = run(None)
    with pytest.raises(Killed):
        run(3)
    for one, other in zip(bits(run(None)), bits(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_backup_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        training(tmp_path, 3, 1)
    with pytest.raises(ValueError, match=r"training.npz is of another model: give this one its own folder"):
        model().fit(X, Y, verbose=0, callbacks=gl.callbacks.BackupAndRestore(tmp_path))


def test_means_take_the_place_of_weights_at_the_end() -> None:
    m = model(gl.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    seen: list[Array] = []
    m.fit(X, Y, batch_size=20, epochs=3, verbose=0, callbacks={
        "on_epoch_end": lambda epoch, logs: seen.append(m.get_weights()[0].numpy()),
    })  # fmt: skip
    mean = 0.5 * (0.5 * seen[0] + 0.5 * seen[1]) + 0.5 * seen[2]
    np.testing.assert_allclose(m.get_weights()[0].numpy(), mean, rtol=1e-6)


# -- logging -----------------------------------------------------------------------------------------------


def test_csv(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    m = model(metrics=["mae"])
    first = m.fit(X, Y, epochs=2, verbose=0, callbacks=gl.callbacks.CSVLogger(file)).history
    m.fit(X, Y, epochs=1, verbose=0, callbacks=gl.callbacks.CSVLogger(file, append=True))
    with file.open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["epoch", "loss", "mae"] and [row[0] for row in rows[1:]] == ["0", "1", "0"]
    assert [float(row[1]) for row in rows[1:3]] == first["loss"]


def test_tensorboard_reads_the_events(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    m = model("adam")
    board = gl.callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq=2, write_steps_per_second=True)
    history = m.fit(X, Y, batch_size=5, epochs=2, verbose=0, validation_data=(X, Y), callbacks=board).history

    def read(run: str) -> Any:
        found = accumulator.EventAccumulator(str(tmp_path / run), {"histograms": 0})
        found.Reload()
        return found

    train, held = read("train"), read("validation")
    assert [one.value for one in train.Scalars("epoch_loss")] == pytest.approx(history["loss"])
    assert [one.value for one in held.Scalars("epoch_loss")] == pytest.approx(history["val_loss"])
    assert [one.step for one in train.Scalars("batch_loss")] == [2, 4, 6, 8]
    assert set(train.Tags()["scalars"]) >= {"epoch_learning_rate", "epoch_steps_per_second"}
    kernel, bias = m.weights
    last = train.Histograms(kernel.name)[-1].histogram_value
    assert (last.num, last.sum) == (3, pytest.approx(float(kernel.numpy().sum()), rel=1e-5))
    assert train.Histograms(bias.name)[0].step == 0


def test_a_bar_in_a_notebook(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With IPython's functions; tests/test_notebook.py runs a real one."""
    from glbackend.training import progress

    pages: list[str] = []
    handle = SimpleNamespace(update=pages.append)
    display = SimpleNamespace(HTML=str, display=lambda first, display_id: handle)
    assert isinstance(progress.progress(1), progress.Lines)
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=None))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    model().fit(X, Y, epochs=12, verbose=1, batch_size=4)
    assert not capsys.readouterr().out
    steps = -(-len(X) // 4)
    assert f'Epoch 1/12 <progress value="1" max="{steps}"></progress>' in pages[1]
    assert "<progress" not in pages[-1] and pages[-1].count("Epoch") == progress.SHOWN_EPOCHS
    assert re.search(r"Epoch 12/12  [\d.]+ s  loss [\d.]+", pages[-1])


def test_a_bar_as_a_callback(capsys: pytest.CaptureFixture[str]) -> None:
    model().fit(X, Y, epochs=2, verbose=0, callbacks=gl.callbacks.ProgbarLogger())
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["1/2", "2/2"]
