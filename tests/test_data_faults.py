"""What goes wrong beside the data: functions that raise, loops that end early, processes that are killed."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DataFormatError

data = gl.data
THREADS = [None, 1, 8]


class Sour(Exception):
    """An error of the user's own, whose text isn't in its arguments."""

    def __init__(self, code: int, taste: str) -> None:
        super().__init__(code, taste)


def threads_left() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("glbackend-data")]


def files_open(folder: Path) -> list[str]:
    found = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(one)
        except OSError:
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found


@pytest.mark.parametrize("threads", THREADS)
def test_an_error_names_its_element_and_comes_after_those_before(threads: int | None) -> None:
    def fragile(x: int) -> int:
        if x == 7:
            raise ValueError("seven is bad")
        return x

    ds = data.array(list(range(20))).map(fragile, num_parallel_calls=threads)
    for steps in (ds, ds.prefetch(3), ds.filter(lambda x: True), ds.cache()):
        seen = []
        with pytest.raises(ValueError, match=r"^map: element 7: seven is bad$"):
            for x in steps:
                seen.append(x)
        assert seen == list(range(7))
    with pytest.raises(ValueError, match="element 7"):
        list(ds.batch(4))
    assert threads_left() == []


@pytest.mark.parametrize("threads", THREADS)
def test_an_error_keeps_its_type_whatever_it_is_made_of(threads: int | None) -> None:
    def sour(x: int) -> Any:
        raise Sour(3, "lemon")

    with pytest.raises(Sour, match="map: element 0") as raised:
        list(data.array([1]).map(sour, num_parallel_calls=threads))
    assert raised.value.__notes__ == ["map: element 0"]
    with pytest.raises(FileNotFoundError) as missing:
        list(
            data.array([1, "/no/such/file"]).map(
                lambda x: x == 1 or Path(x).read_text(), num_parallel_calls=threads
            )
        )
    assert missing.value.filename == "/no/such/file" and missing.value.__notes__ == ["map: element 1"]
    with pytest.raises(KeyError, match="filter: element 1: "):
        list(data.array([{"a": 1}, {}]).filter(lambda row: row["a"]))


@pytest.mark.parametrize("threads", THREADS)
def test_an_error_of_the_source_comes_after_the_elements_before_it(threads: int | None) -> None:
    def source() -> Any:
        yield from range(5)
        raise RuntimeError("the source broke")

    seen = []
    with pytest.raises(RuntimeError, match="the source broke"):
        for x in data.generator(source).map(lambda x: -x, num_parallel_calls=threads).prefetch(2):
            seen.append(x)
    assert seen == [0, -1, -2, -3, -4] and threads_left() == []


def test_a_place_can_be_had_after_an_error() -> None:
    broken = True

    def fragile(x: int) -> int:
        if x == 2 and broken:
            raise OSError("no disk")
        return x

    ds = data.array([0, 1, 2, 3]).map(fragile, num_parallel_calls=2)
    with pytest.raises(OSError, match="element 2: no disk"):
        list(ds)
    broken = False
    ds.set_state(ds.state())
    assert list(ds) == [2, 3]


def all_steps(folder: Path) -> gl.data.Dataset:
    """Threads of three kinds over an open file, into a cache file."""
    (folder / "lines.txt").write_text("\n".join(map(str, range(100))))
    ds = data.text_lines(folder / "lines.txt").map(int, num_parallel_calls=4).prefetch(4)
    ds = ds.interleave(lambda x: data.array([x, x]), 3, 1, num_parallel_calls=2)
    return ds.cache(folder / "all.cache").batch(5).prefetch(2)


def test_an_early_break_leaves_nothing(tmp_path: Path) -> None:
    ds = all_steps(tmp_path)
    for _ in ds:
        assert threads_left() and any(one.endswith("lines.txt") for one in files_open(tmp_path))
        break
    assert threads_left() == [] and files_open(tmp_path) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lines.txt"]
    with pytest.raises(ZeroDivisionError):
        for _ in ds:
            raise ZeroDivisionError
    elements = iter(ds)
    next(elements)
    elements.close()
    assert list(elements) == []
    first = next(iter(ds))
    assert first.shape == (5,)
    assert threads_left() == [] and files_open(tmp_path) == []
    assert len(list(ds)) == 40 == len(list(ds)), "a whole pass, and one from the file"
    for _ in ds:
        break
    assert threads_left() == [] and files_open(tmp_path) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.cache", "lines.txt"]


def test_a_break_does_not_wait_for_a_whole_pass() -> None:
    made: list[int] = []
    ds = data.Dataset.range(10_000).map(lambda x: made.append(int(x)), num_parallel_calls=2).prefetch(5)
    for _ in ds:
        break
    assert len(made) < 100 and threads_left() == []


def test_training_that_is_stopped_leaves_no_thread() -> None:
    x = np.ones((64, 3), np.float32)
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[3])])
    model.compile("sgd", "meanSquaredError")

    class Stop(gl.Callback):
        def on_batch_begin(self, batch: int, logs: Any) -> None:
            if batch == 2:
                raise InterruptedError

    ds = data.from_tensor_slices((x, x[:, :1])).map(lambda e: e, 2).batch(4).prefetch(2)
    with pytest.raises(InterruptedError):
        model.fit(ds, callbacks=[Stop()], verbose=0)
    gc.collect()
    assert threads_left() == []


CHILD = """
import sys, time
import numpy as np
import glbackend as gl
path, pause = sys.argv[1], float(sys.argv[2])
def slow(x):
    time.sleep(pause)
    return {"x": np.full((50, 50), x, np.float32), "name": str(x), "pair": (int(x), [True, None])}
for i, element in enumerate(gl.data.array(list(range(20))).map(slow).cache(path).as_numpy_iterator()):
    print(i, element["x"].sum(), element["name"], element["pair"], flush=True)
"""


def child(path: Path, pause: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(pause)], stdout=subprocess.PIPE, text=True
    )


def test_a_cache_file_is_whole_or_absent_and_other_processes_read_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "numbers.cache"
    killed = child(path, 0.02)
    assert killed.stdout is not None
    for _ in range(5):
        killed.stdout.readline()
    assert not path.exists() and len(list(path.parent.iterdir())) == 1
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not path.exists(), "half of a cache is none"
    written, _ = child(path, 0).communicate()
    assert [one.name for one in path.parent.iterdir()] == [path.name], "what the killed one left is gone"
    assert len(written.splitlines()) == 20

    def never(x: Any) -> Any:
        raise AssertionError("it is in the file")

    here = data.array([1]).map(never).cache(path)
    assert here.size == 20 == len(list(here))
    lines = [
        f"{i} {one['x'].sum()} {one['name']} {one['pair']}" for i, one in enumerate(here.as_numpy_iterator())
    ]
    assert lines == written.splitlines()


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.cache"
    ds = [data.array([i] * 50).cache(path) for i in range(4)]
    passes = [iter(one) for one in ds]
    for elements in passes:
        next(elements)
    found: list[Any] = []
    workers = [threading.Thread(target=lambda one=one: found.append(list(one))) for one in passes]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [one.name for one in tmp_path.iterdir()] == ["a.cache"] and len(found) == 4
    whole = list(data.array([]).cache(path))
    assert len(whole) == 50 and len(set(whole)) == 1


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(change(path.read_bytes())) and None


@pytest.mark.parametrize(
    "harm",
    [
        damaged(lambda raw: raw[:-1]),
        damaged(lambda raw: raw[: len(raw) // 2]),
        damaged(lambda raw: raw[:-8] + b"\x07" + raw[-7:]),
        damaged(lambda raw: raw.replace(b"<f8", b"<f4")),
        damaged(lambda raw: raw.replace(b'"array"', b'"arrax"')),
        damaged(lambda raw: raw[:17] + b"\xff" * 16 + raw[33:]),
        damaged(lambda raw: b"something else"),
        damaged(lambda raw: b""),
    ],
)
def test_a_damaged_cache_file_says_so(harm: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "a.cache"
    list(data.array([np.arange(3.0), np.ones(2)]).cache(path))
    harm(path)
    with pytest.raises(DataFormatError, match=r"cache: .*a\.cache is (damaged|no cache)"):
        list(data.array([1]).cache(path))
    assert files_open(tmp_path) == []


def test_a_file_keeps_every_kind_of_element(tmp_path: Path) -> None:
    given = [
        None, True, 3, 2.5, "text", [1, "a"], (1, (2.0,)), {"a": np.float32(3)}, np.zeros((0, 2)), np.array(5),
        np.arange(6, dtype=np.int16).reshape(2, 3)[:, ::2], np.array(["a", "bc"]), np.array([b"x"]),
        np.array(["x", "yz"], object), np.array([1 + 2j]), np.array([True]), gl.tensor([1.0, 2.0]), float("nan"),
    ]  # fmt: skip
    list(data.array(given).cache(tmp_path / "kinds"))
    for was, found in zip(given, data.array([]).cache(tmp_path / "kinds"), strict=True):
        if isinstance(was, np.ndarray | gl.Tensor):
            wanted = was.numpy() if isinstance(was, gl.Tensor) else was
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted)
        elif was == was:
            assert found == was and type(found) is (np.ndarray if isinstance(was, np.generic) else type(was))
    for stranger in (object(), {1: 2}, {3}, np.array([object()]), np.array(["2020-01-01"], "M8[D]")):
        with pytest.raises(ArgumentError, match="cache: a file holds"):
            list(data.array([stranger]).cache(tmp_path / "strange"))
    assert [one.name for one in tmp_path.iterdir()] == ["kinds"]


def test_a_writer_waits_for_nobody(tmp_path: Path) -> None:
    """A pass that is begun and kept open does not stand in the way of another."""
    path = tmp_path / "a.cache"
    kept = iter(data.array([1, 2]).cache(path))
    next(kept)
    begun = time.monotonic()
    assert list(data.array([3, 4]).cache(path)) == [3, 4] and time.monotonic() - begun < 20
    assert list(kept) == [2] and list(data.array([]).cache(path)) == [1, 2]
