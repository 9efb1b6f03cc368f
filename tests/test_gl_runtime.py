"""The GL runtime: memory and its limits, the pool, errors, downloads that do not block, timing, warming up, a
fork.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl import fence as fences
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.errors import BackendError, ContextLostError, GLMemoryError, ShaderError
from glbackend.base.shapes import Spec
from glbackend.engine.backend import make_backend
from glbackend.testing.check import Inspecting, using

KIB = 1 << 10


@pytest.fixture(scope="module")
def fresh() -> WebGL:
    """A backend on a context of its own."""
    return WebGL(Context())


@pytest.fixture
def tight(fresh: WebGL) -> Iterator[WebGL]:
    """It, with a budget of 64 KiB: one tensor of 64x64 floats takes 16."""
    with fresh.context:
        fresh.pool.collect()
        fresh.pool.empty()
    fresh.pool.budget = 64 * KIB
    with using(fresh):
        yield fresh
    fresh.pool.budget = None


def ones(count: int) -> gl.Tensor:
    """`count` times 64x64 floats."""
    return gl.fill([count * 64, 64], 1.0)


def test_the_budget_is_kept_and_a_refusal_loses_nothing(tight: WebGL) -> None:
    kept = [ones(1), ones(1)]
    with pytest.raises(
        GLMemoryError, match=r"shape \[192, 64\] needs 49,152 bytes .*32,768 of the budget of 65,536"
    ):
        ones(3)
    assert gl.memory()["num_bytes_in_textures"] == 32 * KIB
    assert sum(t.sum().item() for t in kept) == 2 * 4096
    del kept
    assert gl.memory()["num_bytes_in_textures"] == 0
    assert ones(3).sum().item() == 3 * 4096


def test_what_lies_free_gives_way_before_anything_is_refused(tight: WebGL) -> None:
    ones(2).dispose()
    assert gl.memory()["num_bytes_free"] == 32 * KIB
    big = ones(3)
    assert gl.memory() | {"num_bytes_in_textures": 48 * KIB, "num_bytes_free": 0} == gl.memory()
    del big


def test_an_error_between_passes_loses_nothing(tight: WebGL) -> None:
    def fail() -> None:
        with tight.context:
            tiles = tight.draw_tiles("fill", 2, (16, 16), {}, pieces={"output": "out vec4 a;"})
            assert tiles, "never reached: the shader does not compile"

    with pytest.raises(ShaderError):
        fail()
    with pytest.raises(GLMemoryError), tight.context:  # the second output does not fit
        tight.draw("fill", (Spec((160, 64)), Spec((160, 64))), {})
    assert gl.memory()["num_bytes_in_textures"] == 0


def test_a_driver_that_refuses(tight: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    ones(1).dispose()
    asked = []
    monkeypatch.setattr(tight.pool, "_try", lambda *size: asked.append(gl.memory()["num_bytes_free"]))
    with pytest.raises(
        GLMemoryError, match=r"shape \[128, 64\] needs 32,768 bytes .* which the driver refuses"
    ):
        ones(2)
    assert asked == [16 * KIB, 0, 0], "tried again with an empty pool, and after a collection"
    assert gl.memory()["num_bytes_in_textures"] == 0


def test_over_the_limit_of_the_driver(fresh: WebGL) -> None:
    with (
        using(fresh),
        pytest.raises(GLMemoryError, match=r"a texture needs .*over the driver's limit"),
        fresh.context,
    ):
        fresh.pool.take(1, fresh.context.max_size + 1, "f4")
    with (
        using(fresh),
        pytest.raises(GLMemoryError, match=r"tensor of shape \[1048576, 65536\] needs .* bytes"),
    ):
        gl.zeros([1 << 20, 1 << 16])


def test_the_pool_is_bounded(tight: WebGL) -> None:
    limit = tight.pool.bytes_limit()
    for count in (1, 2, 3, 1):
        ones(count).dispose()
        with tight.context:
            tight.pool.collect()
        assert tight.pool.bytes_free <= limit
    assert limit == 16 * KIB


@pytest.mark.parametrize("training", [False, True])
def test_steady_loops_allocate_nothing(fresh: WebGL, training: bool) -> None:
    with using(fresh):
        w = gl.variable(gl.fill([20, 20], 0.5))
        x = gl.fill([7, 20], 0.25)

        def loss() -> Any:
            return (gl.matmul(x, w).tanh() - 1.0).square().mean()

        def step() -> None:
            if training:
                w.assign(w - gl.variable_grads(loss).grads[w.name] * 0.1)
            else:
                loss()

        step(), step()
        held, allocated, programs = gl.memory(), fresh.pool.allocations, len(fresh.programs)
        for _ in range(5):
            step()
        assert gl.memory() == held
        assert (fresh.pool.allocations, len(fresh.programs)) == (allocated, programs)


def test_textures_are_not_given_back_twice(fresh: WebGL) -> None:
    with fresh.context:
        texture = fresh.pool.take(8, 8, "f4")
        used = fresh.pool.bytes_used
        texture.give_back()
        texture.give_back()
        fresh.pool.collect()
        one, other = fresh.pool.take(8, 8, "f4"), fresh.pool.take(8, 8, "f4")
        assert one.gl.glo != other.gl.glo
        assert fresh.pool.bytes_used == used + texture.nbytes


# -- reading without blocking -----------------------------------------------------------------------


def test_data_lets_the_event_loop_run(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU that is still busy at the first few polls, whatever this one does."""
    real, polls, turns = fresh.ready, 0, 0

    def slow() -> Callable[[], bool]:
        fence = real()

        def poll() -> bool:
            nonlocal polls
            polls += 1
            return polls > 3 and fence()

        return poll

    async def read() -> np.ndarray[Any, Any]:
        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        values: np.ndarray[Any, Any] = await gl.fill([600, 600], 0.5).erf().data()
        counting.cancel()
        return values

    monkeypatch.setattr(fresh, "ready", slow)
    with using(fresh):
        values = asyncio.run(read())
    np.testing.assert_allclose(values, np.full(360_000, 0.5204999), rtol=1e-6)
    assert polls > 3 and turns > 3


def test_a_fence_does_not_wait_for_a_thread_that_computes(fresh: WebGL) -> None:
    import threading

    with using(fresh):
        t = gl.fill([4], 1.0)
    poll = fresh.ready()
    inside, done = threading.Event(), threading.Event()

    def busy() -> None:
        with fresh.context:
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=busy)
    thread.start()
    inside.wait(10)
    start = time.perf_counter()
    assert poll() is False
    assert time.perf_counter() - start < 1
    done.set()
    thread.join()
    until(poll)
    assert poll() is True and t.numpy().tolist() == [1, 1, 1, 1]


def until(poll: Callable[[], bool]) -> None:
    """Polls for at most ten seconds."""
    end = time.perf_counter() + 10
    while not poll():
        assert time.perf_counter() < end


@pytest.mark.parametrize("shape", [(), (5,), (1000,), (3, 8), (7, 3), (0,)])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_what_is_read_while_the_device_goes_on(fresh: WebGL, shape: tuple[int, ...], dtype: Any) -> None:
    with using(fresh):
        values = np.random.default_rng(0).integers(0, 99, shape).astype(dtype)
        tensor = gl.tensor(values).reshape(shape) + gl.scalar(1, dtype)
        reading = tensor.handle.storage.reading()
        del tensor
        gl.fill(shape, 7, dtype) + gl.scalar(1, dtype)  # may take its texture
        reading.wait()
        assert reading.ready()
        np.testing.assert_array_equal(reading.array, values.ravel() + 1)
        held = gl.tensor(values)
        held.handle.storage.reading().array[:] = 0
        np.testing.assert_array_equal(held.numpy(), values)


def test_fences_that_nobody_asked_about_are_freed(fresh: WebGL) -> None:
    fresh.ready()
    assert len(fresh.fences.unused) == 1
    until(fresh.ready())
    assert not fresh.fences.unused


@pytest.mark.parametrize("software", [True, False])
def test_no_long_backlog_on_software_renderers(fresh: WebGL, software: bool) -> None:
    """A fence every few draws, and the oldest waited for before more are out than may be."""
    asked: list[tuple[str, int]] = []

    class Recorded:
        works, context = True, type("Renderer", (), {"software": software})

        def insert(self, *_: int) -> int:
            asked.append(("insert", len(asked) + 1))
            return len(asked)

        def wait(self, sync: int, _: int, nanoseconds: int) -> None:
            assert nanoseconds > 3600e9, "a slow draw, waited for too briefly, would still be out"
            asked.append(("wait", sync))

        def delete(self, sync: int) -> None:
            asked.append(("delete", sync))

    backlog = fences.Backlog(Recorded())  # type: ignore[arg-type]
    for _ in range(5 * backlog.BETWEEN):
        backlog.drawn()
    inserted = [sync for what, sync in asked if what == "insert"]
    assert len(inserted) == (5 if software else 0)
    oldest = inserted[:2]
    assert [one for one in asked if one[0] != "insert"] == [
        (what, sync) for sync in oldest for what in ("wait", "delete")
    ]


def test_every_draw_counts_for_the_backlog(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(fresh.backlog, "drawn", lambda: asked.append(fresh.draw_count))
    before = fresh.draw_count
    with using(fresh):
        gl.softmax(gl.fill([3, 5], 0.5) + 1.0).dispose()
    assert len(asked) == fresh.draw_count - before > 1


def test_without_fences_it_waits(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> Any:
        raise BackendError("the OpenGL driver has no glFenceSync")

    monkeypatch.setattr(fences, "function", missing)
    blocking = fences.Fences(fresh.context)
    assert not blocking.works and blocking.fence()() is True


# -- time, warming up, faults -----------------------------------------------------------------------


def test_gpu_time(fresh: WebGL) -> None:
    with using(fresh):
        x = gl.fill([256, 256], 0.5)
        gl.matmul(x, x)
        took = fresh.gpu_time_ms(lambda: gl.matmul(x, x))
        nothing = fresh.gpu_time_ms(lambda: None)
    if took is None:
        pytest.skip("the driver's timer queries do not work")
    assert 0 < took < 1000
    assert nothing is None or nothing < took


def test_gpu_time_is_not_believed_where_it_cannot_be(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    class Query:
        elapsed = 10**15

        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(fresh.context, "renderer", "a GPU")
    monkeypatch.setattr(fresh.timer, "_query", Query())
    assert fresh.gpu_time_ms(lambda: None) is None


def test_warm_up_compiles_what_a_call_needs(fresh: WebGL) -> None:
    def net(x: gl.Tensor, i: gl.Tensor) -> gl.Tensor:
        return gl.gather(x.cosh(), i).max(1).softplus()

    with using(fresh):
        assert gl.warm_up(net, [5, 3], ([2], "int32")) >= 4
        compiled = len(fresh.programs)
        net(gl.tensor(np.ones((5, 3), np.float32)), gl.tensor(np.array([0, 4])))
        assert len(fresh.programs) == compiled
        assert gl.warm_up(net, gl.zeros([5, 3]), np.zeros(2, np.int32)) == 0
        model = gl.sequential([gl.layers.dense(units=3, input_shape=[4], activation="elu")])
        gl.warm_up(model, [2, 4])
        compiled = len(fresh.programs)
        model.predict(np.ones((2, 4), np.float32))
        assert len(fresh.programs) == compiled
        del model


def test_a_lost_context_is_named(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    with using(fresh):
        t = gl.fill([4], 1.0)
        monkeypatch.setattr(fresh.context, "error", lambda: "GL_UNKNOWN_ERROR")
        with pytest.raises(ContextLostError, match=r"reading back 4 elements .* is lost"):
            t.numpy()
        monkeypatch.setattr(fresh.context, "error", lambda: "GL_INVALID_OPERATION")
        with pytest.raises(
            BackendError, match="waiting for the GPU: the driver reports GL_INVALID_OPERATION"
        ):
            fresh.synchronize()
        monkeypatch.undo()
        assert t.numpy().tolist() == [1, 1, 1, 1]


def test_a_context_that_does_not_become_current(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh.context, "_is_current", lambda: False)
    with using(fresh), pytest.raises(ContextLostError, match="could not be made current"):
        gl.fill([4], 1.0)
    monkeypatch.undo()
    with using(fresh):
        assert gl.fill([4], 1.0).sum().item() == 4, "the lock is free again"


def test_draw_errors_are_read_in_debug_mode(fresh: WebGL) -> None:
    assert fresh.context.debug, "the tests run in debug mode"
    with (
        fresh.context,
        pytest.raises(BackendError, match=r"kernels/fill.glsl: the driver reports GL_INVALID"),
    ):
        fresh.context._state._call["Enable"](0x1234)  # not a capability
        fresh.draw("fill", Spec((4,)), {})
    assert fresh.context.error is not None


FORK = """
import os, sys
import numpy as np
import glbackend as gl
gl.set_backend("webgl")
t = gl.tensor(np.ones(300, np.float32)) * 2.0
child = os.fork()
if child == 0:
    for use in (lambda: t + 1.0, t.numpy):
        try:
            use()
            os._exit(1)
        except gl.errors.BackendError as error:
            if "forked" not in str(error):
                os._exit(2)
    gl.set_backend("cpu")
    os._exit(0 if (gl.tensor([1.0]) + 1.0).item() == 2 else 3)
status = os.waitpid(child, 0)[1]
print(os.waitstatus_to_exitcode(status), (t + 1.0).sum().item())
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork here")
def test_a_forked_child_is_told(webgl: Inspecting) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.split() == ["0", "900.0"], result.stderr


def test_the_backend_of_the_process_is_made_once() -> None:
    assert make_backend("webgl") is make_backend("webgl")
