"""Many threads at once: right results, tapes and scopes of their own, finalisers anywhere."""

import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.errors import GradientError
from glbackend.testing.check import using

THREADS, OPS = 4, 200


def together(work: Callable[[int], object]) -> list[object]:
    """What `work(i)` gives in each of the threads, which start at once."""
    start = threading.Barrier(THREADS)

    def run(i: int) -> object:
        start.wait(10)
        return work(i)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, range(THREADS)))


def test_each_thread_gets_its_own_results(backend: str) -> None:
    def work(seed: int) -> float:
        x = np.random.default_rng(seed).integers(-8, 8, (5, 7)).astype(np.float32)
        t, wanted = gl.tensor(x), x.astype(np.float64)
        for i in range(OPS // 4):
            t, wanted = (t + float(i)).relu() - t.mean(), np.maximum(wanted + i, 0) - wanted.mean()
            if i % 10 == 9:
                np.testing.assert_allclose(t.numpy(), wanted, rtol=1e-4, atol=1e-3)
        return float(t.sum().item() - wanted.sum())

    assert np.abs(together(work)).max() < 1


def test_shared_tensors_are_read_by_all(backend: str) -> None:
    shared = gl.tensor(np.arange(35, dtype=np.float32).reshape(5, 7))
    sums = together(lambda i: [(shared.reshape([7, 5]) * float(i)).sum().item() for _ in range(20)])
    assert sums == [[595.0 * i] * 20 for i in range(THREADS)]


def test_tapes_belong_to_the_thread(backend: str) -> None:
    def work(i: int) -> list[float]:
        x = gl.tensor(np.full(300, i + 1.0, np.float32))
        gradient = gl.grad(lambda v: (v * v * float(i)).sum())
        return [float(gradient(x).numpy()[0]) for _ in range(10)]

    assert together(work) == [[2.0 * i * (i + 1)] * 10 for i in range(THREADS)]
    x = gl.tensor([1.0])
    with gl.GradientTape() as tape:
        tape.watch(x)
        with ThreadPoolExecutor(1) as threads:
            y = threads.submit(lambda: x * 2.0).result()
    assert tape.gradient(y, x) is None, "another thread's work is not on this tape"
    with pytest.raises(GradientError):
        gl.grad(lambda v: gl.tensor([1.0]))(x)


def test_scopes_belong_to_the_thread(backend: str) -> None:
    inside, checked = threading.Event(), threading.Event()

    def tidying() -> None:
        inside.set()
        checked.wait(10)

    thread = threading.Thread(target=lambda: gl.tidy(tidying))
    thread.start()
    inside.wait(10)
    made = gl.tensor([1.0]) * 2.0
    checked.set()
    thread.join()
    assert not made.is_disposed


def test_finalisers_on_another_thread_only_queue() -> None:
    backend = WebGL(Context())
    with using(backend):
        held = [gl.fill([64, 64], float(i)) for i in range(4)]
        used = gl.memory()["num_bytes_in_textures"]
        with backend.context:  # the thread that finalises must not wait for the lock

            def drop() -> None:
                held.clear()
                gc.collect()

            thread = threading.Thread(target=drop)
            thread.start()
            thread.join(10)
            assert not thread.is_alive()
        assert gl.memory()["num_bytes_in_textures"] == used - 4 * 64 * 64 * 4
        assert gl.fill([64, 64], 2.0).sum().item() == 2 * 4096
        assert backend.pool.allocations <= 6


class InterruptedLock:
    """A lock at which Ctrl-C comes in the very moment when it has been taken, or is still waited for."""

    def __init__(self, *, taken: bool) -> None:
        self.lock, self.taken, self.armed = threading.RLock(), taken, True

    def acquire(self, blocking: bool = True) -> bool:
        if not self.armed:
            return self.lock.acquire(blocking)
        self.armed = False
        if self.taken:
            self.lock.acquire()
        raise KeyboardInterrupt

    def release(self) -> None:
        self.lock.release()


@pytest.mark.parametrize(("taken", "nested"), [(True, False), (True, True), (False, False)])
def test_an_interrupt_at_the_lock_leaves_it_free(taken: bool, nested: bool) -> None:
    backend = WebGL(Context())
    lock = InterruptedLock(taken=taken)
    backend.context.lock = lock  # type: ignore[assignment]
    if nested:
        lock.armed = False
        with backend.context:
            lock.armed = True
            with pytest.raises(KeyboardInterrupt), backend.context:
                pass
    else:
        with pytest.raises(KeyboardInterrupt), backend.context:
            pass
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(lambda: lock.acquire(blocking=False)).result(), "another thread can go on"
        threads.submit(lock.release).result()
    with using(backend):
        assert gl.fill([2], 3.0).sum().item() == 6
