"""Training by several processes: what they compute is what one would, and where one fails all end.

The processes are started as a user starts them. Where MPI isn't installed these tests are skipped.
"""

import copy
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.cli.main import main
from glbackend.distribute import launch, ranks, strategy
from glbackend.distribute.averages import TotalAverages
from glbackend.distribute.part import Part, taking_part
from glbackend.distribute.ranks import LAUNCHED, Ranks
from glbackend.distribute.reduce import buckets, total
from glbackend.distribute.shares import SharedFeed, bounds, share
from glbackend.distribute.trainer import DistributedTrainer
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.node import MEETINGS
from glbackend.engine.storage import Reading
from glbackend.graph.passes import improved
from glbackend.ops.collective import all_reduce, all_reduce_moments, all_reduce_start
from glbackend.training.averages import Tracked
from glbackend.training.dataset import Arrays
from tests.distributed.equal import CASES, trained

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "tests" / "distributed"
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
CONNECTED = importlib.util.find_spec("mpi4py") is not None and MPIEXEC is not None and subprocess.run(
    [sys.executable, "-c", "from mpi4py import MPI"], capture_output=True
).returncode == 0  # fmt: skip
needs_mpi = pytest.mark.skipif(
    not CONNECTED, reason="no mpiexec and mpi4py that find each other: pip install glbackend[mpi]"
)


def started(command: list[str], program: str, *arguments: Any) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GLBACKEND_")}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.Popen(
        [*command, str(PROGRAMS / program), *map(str, arguments)], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=ROOT, env=environment, start_new_session=True,
    )  # fmt: skip


def ranked(count: int) -> list[str]:
    """The command that `launch` becomes."""
    return launch.command(count, [])


def run(count: int, program: str, *arguments: Any) -> str:
    """What a program prints that has to succeed."""
    process = started(ranked(count), program, *arguments)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-3000:]
    return out


# -- several processes -------------------------------------------------------------------------------------


@needs_mpi
@pytest.mark.parametrize(
    ("backend", "count", "names"),
    [
        ("cpu", 2, ["mlp-momentum", "cnn-sgd", "lstm-momentum"]),
        ("cpu", 3, ["mlp-sgd", "mlp-adam", "cnn-adam", "sums-sgd"]),
        ("cpu", 4, ["cnn-momentum", "lstm-sgd", "lstm-adam"]),
        ("webgl", 2, ["mlp-adam", "cnn-momentum", "lstm-sgd"]),
    ],
    indirect=["backend"],
)
def test_results_are_those_of_one_process(backend: str, count: int, names: list[str], tmp_path: Path) -> None:
    run(count, "equal.py", backend, tmp_path, *names)
    for name in names:
        found, alone = np.load(tmp_path / f"{name}.npz"), trained(CASES[name])
        for key, values in alone.items():
            bound = CASES[name].bound if key.startswith("weight") else 1e-5
            difference = np.abs(found[key] - values).max() / np.abs(values).max()
            assert difference <= bound, f"{name}: {key} differs by {difference:.2g} of its largest"


@needs_mpi
@pytest.mark.parametrize(("backend", "count"), [("cpu", 3), ("webgl", 2)], indirect=["backend"])
def test_what_holds_on_all_ranks(backend: str, count: int, tmp_path: Path) -> None:
    out = run(count, "rules.py", tmp_path, backend)
    assert "all ranks agree" in out.splitlines()
    shown = [line for line in out.splitlines() if line.startswith("Epoch 1")]
    assert len(shown) == 2, "the line of the epoch and that of the checkpoint, of rank 0"


@needs_mpi
@pytest.mark.parametrize(
    ("how", "said"),
    [("runs out of memory", "MemoryError: Unable to allocate"), ("is killed", None)],
)
def test_a_rank_that_fails_ends_all(how: str, said: str | None) -> None:
    process = started(ranked(2), "faults.py", how)
    out = process.stdout
    assert out is not None
    assert out.readline() == "in the second epoch\n"
    start = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - start < 10 and process.returncode != 0
    if said is not None:
        assert err.startswith("rank 1 of 2 failed:\nTraceback") and said in err


@needs_mpi
def test_a_rank_that_fails_before_there_is_a_strategy_ends_all() -> None:
    process = started(ranked(2), "faults.py", "fails at once")
    _, err = process.communicate(timeout=20)
    assert process.returncode != 0 and "OSError: no such data" in err


@needs_mpi
def test_interrupting_ends_all() -> None:
    process = started([sys.executable, "-m", "glbackend", "launch", "-n", "2"], "faults.py", "sleeps")
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    process.communicate(timeout=10)
    assert process.returncode != 0


@needs_mpi
def test_a_training_goes_on_with_other_ranks(tmp_path: Path) -> None:
    stopped = started(ranked(2), "resumed.py", "stop", tmp_path)
    stopped.communicate(timeout=60)
    assert stopped.returncode == 3 and (tmp_path / "backup" / "training.npz").exists()
    run(1, "resumed.py", "go on", tmp_path)
    assert not (tmp_path / "backup").exists()
    run(1, "resumed.py", "through", tmp_path)
    found, wanted = np.load(tmp_path / "go on.npz"), np.load(tmp_path / "through.npz")
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-5, atol=1e-6)


# -- one process -------------------------------------------------------------------------------------------


def test_one_process_says_how_to_start_more(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.setattr(strategy, "_said", [])
    one = gl.distribute.MirroredStrategy()
    gl.distribute.MirroredStrategy()
    assert one.num_replicas_in_sync == 1
    assert capfd.readouterr().err.count("python -m glbackend launch -n 4") == 1


def test_several_processes_without_mpi4py_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.delitem(sys.modules, "mpi4py.MPI", raising=False)
    for name in LAUNCHED:
        monkeypatch.delenv(name, raising=False)
    assert type(ranks.ranks.__wrapped__()) is Ranks
    monkeypatch.setenv("PMI_RANK", "0")
    with pytest.raises(gl.errors.MissingPackageError, match=r"pip install glbackend\[mpi\]"):
        ranks.ranks.__wrapped__()


def test_alone_a_strategy_changes_nothing(backend: str) -> None:
    def weights() -> list[Any]:
        gl.set_seed(2)
        model = gl.sequential([
            gl.layers.dense(units=3, input_shape=[2]),
            gl.layers.batch_normalization(),
            gl.layers.dropout(rate=0.5),
            gl.layers.dense(units=1),
        ])  # fmt: skip
        model.compile("adam", "meanSquaredError")
        model.fit(np.ones((5, 2)), np.arange(5.0), batch_size=2, epochs=2, verbose=0, seed=1)
        return [one.numpy() for one in model.get_weights()]

    with gl.distribute.MultiWorkerMirroredStrategy().scope():
        mine = weights()
    for one, its in zip(mine, weights(), strict=True):
        np.testing.assert_array_equal(one, its)


class Twice(Ranks):
    """Two ranks of which the other has the same."""

    size = 2

    def start_adding(self, array: Any) -> Any:
        return lambda: array.__imul__(2)

    def add(self, array: Any) -> Any:
        array *= 2
        return array


def test_tensors_are_added_up_in_buckets(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glbackend.distribute.reduce.BUCKET_BYTES", 40)
    tensors = [gl.tensor(np.arange(n, dtype=np.float32).reshape(shape)) for n, shape in
               ((6, (2, 3)), (1, ()), (30, (5, 6)), (3, (3,)), (5, (5, 1)))]  # fmt: skip
    assert [len(one) for one in buckets(tensors)] == [2, 1, 2]
    for one, whole in zip(tensors, total(Twice(), tensors), strict=True):
        np.testing.assert_array_equal(whole.numpy(), 2 * one.numpy())
        np.testing.assert_array_equal(one.numpy().ravel(), np.arange(one.size)), "its own is as it was"


@pytest.mark.parametrize("eagerly", [True, False])
def test_sums_begin_while_gradients_are_computed(
    backend: str, eagerly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buckets leave from the last layer to the first, with work on gradients in between, none at the end."""
    now = gl.engine().backend
    done: list[int] = []
    if backend == "cpu":
        monkeypatch.setattr(now, "run", _counting(now.run, done))

    def begin(self: Part, number: int, reading: Reading) -> Any:
        begun.append((reading.array.size, len(done) if backend == "cpu" else now.draw_count))
        return real(self, number, reading)

    real = Part.begin
    monkeypatch.setattr(Part, "begin", begin)

    def train(overlaps: bool) -> list[Any]:
        gl.set_seed(1)
        model = gl.sequential([
            gl.layers.conv2d(filters=3, kernel_size=2, input_shape=[5, 5, 1]),
            gl.layers.batch_normalization(),
            gl.layers.flatten(),
            gl.layers.dense(units=4, activation="relu", use_bias=False),
            gl.layers.dense(units=1),
        ])  # fmt: skip
        model.trainer = DistributedTrainer(model, Twice(), 100)
        monkeypatch.setattr(DistributedTrainer, "overlaps", overlaps)
        model.compile("adam", "meanSquaredError", run_eagerly=eagerly)
        for _ in range(3):
            begun.clear()
            model.train_on_batch(x, y)
        return [one.numpy() for one in model.get_weights()]

    begun: list[tuple[int, int]] = []
    monkeypatch.setattr("glbackend.distribute.reduce.BUCKET_BYTES", 4 * 60)
    x, y = np.random.default_rng(0).random((8, 5, 5, 1)), np.arange(8.0)
    early = train(True)
    # what is trained, from the end: 1 + 4, 192, 3 + 3 + 3 + 12; with moving moments, and 7 flags
    sizes, places = zip(*begun, strict=True)
    assert sizes == (5, 192, 21 + 6 + 7)
    assert places[0] < places[1] < places[2]
    for one, its in zip(early, train(False), strict=True):
        np.testing.assert_array_equal(one, its)
    # on webgl draws that put a bucket together come in between, one or two for each
    sizes, late = zip(*begun, strict=True)
    assert late[1] - late[0] < places[1] - places[0] and late[2] - late[1] < places[2] - places[1]


def _counting(run: Any, done: list[int]) -> Any:
    def counted(*given: Any) -> Any:
        done.append(1)
        return run(*given)

    return counted


def test_a_step_that_runs_again_begins_no_sum_twice() -> None:
    part = Part(Twice(), 1.0)
    first, again = np.ones(2, np.float32), np.ones(2, np.float32)
    assert part.begin(0, Reading(first)) is first and part.begin(0, Reading(again)) is first
    part.finish()
    assert first.tolist() == [2, 2] and again.tolist() == [1, 1]


def test_messages_leave_in_their_order_once_their_values_are_there() -> None:
    class Noting(Twice):
        def start_adding(self, array: Any) -> Any:
            sent.append(int(array[0]))
            return super().start_adding(array)

    sent: list[int] = []
    arrays = [np.full(1, float(number), np.float32) for number in range(4)]
    there, part = [False, True, True, False], Part(Noting(), 1.0)
    readings = [Reading(one, lambda i=i: there[i]) for i, one in enumerate(arrays)]
    part.begin(0, readings[0])
    part.begin(1, readings[1])
    assert sent == []
    there[0] = True
    part.begin(2, readings[2])
    part.begin(3, readings[3])
    assert sent == [0, 1, 2]
    part.finish()
    assert sent == [0, 1, 2, 3] and [one.item() for one in arrays] == [0, 2, 4, 6]


def test_graphs_keep_what_other_processes_wait_for() -> None:
    """Also where nobody needs it, it depends on no input, or is asked for twice."""
    weight = gl.variable([1.0, 2.0])

    def step(x: Any) -> Any:
        all_reduce(x)
        all_reduce_moments(weight, weight, 2)
        first = [all_reduce_start([gl.ones([2])], number) for number in range(2)]
        again = [all_reduce(gl.ones([2])) for _ in range(2)]
        return [x * 2.0, *first, *again]

    before, after = improved(gl.trace(step, gl.ones([2])))
    meetings = ["AllReduce", "AllReduceMoments", *["AllReduceStart"] * 2, *["AllReduce"] * 2]
    assert [one.kernel for one in after.nodes if one.kernel in MEETINGS] == meetings
    assert not [one for one in before.nodes if one.kernel in MEETINGS]


def test_gradients_are_told_of_once_nothing_is_added(backend: str) -> None:
    shared, last, unused = gl.variable(2.0), gl.variable(3.0), gl.variable(1.0)
    told: list[tuple[int, float]] = []
    _, pairs = gradient_pairs(
        lambda: (shared * 2.0 + shared.square()) * last, [shared, last, unused],
        final=lambda variable, gradient: told.append((variable, gradient.item())),
    )  # fmt: skip
    assert told == [(last.id, 8.0), (shared.id, 18.0)]
    assert [(one.item(), variable is shared) for one, variable in pairs] == [(18.0, True), (8.0, False)]


def test_a_sum_of_averages_is_taken_once() -> None:
    metric = gl.metrics.Sum("seen")
    metric.update_state([5.0])
    averages = TotalAverages(
        [Tracked("loss", gl.metrics.Mean("loss"), True), Tracked("seen", metric, False)], Twice()
    )
    metric.update_state([2.0])
    averages.add([gl.scalar(3.0)], 4)
    assert averages.state()["metrics"] == [[9.0]], "what it began with, and twice what came"
    assert averages.settle() == averages.settle() == {"loss": 3.0, "seen": 9.0}


def test_rows_are_shared_out_without_a_gap() -> None:
    for count in (0, 1, 5, 12):
        parts = [bounds(count, rank, 4) for rank in range(4)]
        assert [one for first, end in parts for one in range(first, end)] == list(range(count))


@pytest.mark.parametrize("rank", range(3))
def test_of_arrays_a_rank_takes_its_rows_alone(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class One(Ranks):
        size = 3

        def gather(self, array: Any) -> list[Any]:
            return [array] * 3

    made: list[Any] = []
    monkeypatch.setattr("glbackend.training.dataset.tensor", lambda one: made.append(one) or gl.tensor(one))
    x, y = np.arange(22.0).reshape(11, 2), np.arange(11)

    def arrays() -> Arrays:
        return Arrays([x], [y], batch_size=5, shuffle=True, seed=3)

    one = One()
    one.rank = rank
    feed = SharedFeed(gl.sequential([]), lambda op: None, one)  # type: ignore[arg-type, return-value]
    wanted = [share(batch, one) for batch in arrays()]
    made.clear()
    found = list(feed.batches(arrays(), "fit"))
    assert [len(part) for part in made] == [
        len(part.numpy()) for batch in wanted for part in (*batch[0], *batch[1])
    ]
    for mine, its in zip(found, wanted, strict=True):
        assert (mine.examples, mine.whole) == (its.examples, its.whole)
        np.testing.assert_array_equal(mine.inputs[0].numpy(), its.inputs[0].numpy())
        np.testing.assert_array_equal(mine.targets[0].numpy(), its.targets[0].numpy())


def test_devices_go_by_the_local_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        def __init__(self, index: int, software: bool) -> None:
            self.index, self.name, self.software = index, "some GPU", software

    class Module:
        @staticmethod
        def devices() -> list[Device]:
            return [Device(0, False), Device(1, True), Device(2, False)]

    monkeypatch.setattr(strategy, "load", lambda name: Module)
    monkeypatch.setattr(strategy, "made_backend", lambda name: None)
    for devices, local_rank, wanted in ((None, 0, "0"), (None, 1, "2"), (None, 2, "0"), ([1], 3, "1")):
        monkeypatch.delenv("GLBACKEND_DEVICE", raising=False)
        strategy.take_device(devices, local_rank, 4)
        assert os.environ["GLBACKEND_DEVICE"] == wanted
    monkeypatch.delenv("GLBACKEND_DEVICE")
    with pytest.raises(gl.errors.ArgumentError, match=r"no device 5: gl.devices\(\) has 0, 1, 2"):
        strategy.take_device([5], 0, 1)


def test_faults_of_a_command_are_lines(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert main(["launch", "-n", "2", "missing.py"]) == 1
    assert "there is no program missing.py" in capsys.readouterr().err
    assert main(["launch", "-n", "2"]) == 1
    assert "which program?" in capsys.readouterr().err
    monkeypatch.setattr(launch.shutil, "which", lambda *given, **options: None)
    with pytest.raises(gl.errors.MissingPackageError, match="mpi"):
        launch.launcher()


@pytest.mark.parametrize(
    ("told", "flags"), [("mpiexec (Open MPI) 5.0.11", True), ("HYDRA build details:", False)]
)
def test_open_mpi_is_told_what_it_needs(told: str, flags: bool, tmp_path: Path, monkeypatch: Any) -> None:
    """By what it says of itself: its package for pip has no links that tell."""
    mpiexec = tmp_path / "mpiexec"
    mpiexec.write_text(f"#!/bin/sh\necho '{told}'\n")
    mpiexec.chmod(0o755)
    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda name: "found")
    monkeypatch.setattr(launch.shutil, "which", lambda *given, **options: str(mpiexec))
    assert ("--oversubscribe" in launch.launcher()) is flags


def test_arguments_are_checked() -> None:
    alone = gl.distribute.MultiWorkerMirroredStrategy()
    with pytest.raises(gl.errors.ArgumentError, match="reduce_op must be 'sum' or 'mean', got 'max'"):
        alone.reduce("max", 1.0)
    with pytest.raises(gl.errors.ArgumentError, match="check_every must be at least 1, got 0"):
        gl.distribute.MirroredStrategy(check_every=0)
    with pytest.raises(gl.errors.ArgumentError, match="a batch of 5 cannot be shared out evenly to 2 ranks"):
        gl.distribute.InputContext(2, 0).get_per_replica_batch_size(5)


def test_a_synchronised_normalisation_alone_is_the_usual_one(backend: str) -> None:
    """Its own way through the moments, with one part of a batch that is all of it."""
    x = gl.tensor(np.random.default_rng(0).normal(3, 2, (4, 5, 3)).astype(np.float32))

    def run(synchronized: bool) -> list[Any]:
        layer = gl.layers.batch_normalization(synchronized=synchronized, momentum=0.5)
        layer.build([None, 5, 3])
        layer.gamma.assign([1.0, 2.0, 0.5])
        y, gradients = gl.value_and_grads(lambda x: (layer(x, training=True) * x.sin()).sum())([x])
        own = gl.variable_grads(
            lambda: (layer(x, training=True) * x.sin()).sum(), [layer.gamma, layer.beta]
        ).grads
        return [
            one.numpy() for one in (y, *gradients, *own.values(), layer.moving_mean, layer.moving_variance)
        ]

    usual = run(False)
    with taking_part(Part(Ranks(), None)):
        together = run(True)
    for one, its in zip(together, usual, strict=True):
        np.testing.assert_allclose(one, its, rtol=1e-4, atol=2e-5)


def test_all_steps_of_several_processes_are_captured() -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
    model.trainer = DistributedTrainer(model, Ranks(), 100)
    model.compile("sgd", "meanSquaredError")
    x, y = np.ones((8, 1)), np.ones(8)

    model.fit(x, y, batch_size=4, verbose=0, validation_data=(x, y))
    model.predict(x, batch_size=4)
    model.predict(x, batch_size=4)
    captured = model.trainer._flags.graphs._captured
    ran = sorted(name for name, one in captured.items() if one._graphs)
    assert ran == ["_compute", "_move", "_tested", "outputs"]


def test_a_model_is_copied_with_its_processes() -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
    model.trainer = DistributedTrainer(model, Ranks(), 1)
    model.compile("sgd", "meanSquaredError", metrics=["mae"])
    other = copy.deepcopy(model)
    other.fit(np.ones((2, 1)), np.ones(2), verbose=0, epochs=2)
    assert isinstance(other.trainer, DistributedTrainer)
    assert other.predict(np.ones((3, 1)), batch_size=2).shape == (3, 1)


def test_a_step_of_ones_own_is_refused() -> None:
    class Own(gl.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = gl.layers.dense(units=1)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

        def train_step(self, data: Any) -> Any:
            return {}

    model = Own()
    model.trainer = DistributedTrainer(model, Ranks(), 1)
    model.compile("sgd", "meanSquaredError")
    with pytest.raises(gl.errors.ArgumentError, match="Own has a train_step of its own"):
        model.fit(np.ones((2, 1)), np.ones(2), verbose=0)
