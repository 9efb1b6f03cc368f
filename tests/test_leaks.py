"""Nothing leaks: errors keep no tensors alive, and memory that only the collector frees is found in time."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import moderngl
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl import context as context_module
from glbackend.backends.webgl.gl import ways
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.current import place
from glbackend.engine import scope
from glbackend.engine.backend import make_backend
from glbackend.testing.check import Inspecting, using


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Reference counts alone free what they can."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def model() -> Any:
    found = gl.sequential([gl.layers.dense(units=2, input_shape=[3])])
    found.compile("sgd", "meanSquaredError")
    return found


def diverging(x: Any) -> Any:
    y = x * 2
    raise RuntimeError(f"a user's own at {y.shape}")


WRONG: dict[str, Any] = {
    "shapes": lambda m: gl.ones([2, 3]).matmul(gl.ones([2, 3])),
    "within an op": lambda m: gl.einsum("ij,jk->ik", gl.ones([2, 3]), gl.ones([2, 3])),
    "an unknown argument": lambda m: gl.ones([2]).sum(dim=0),
    "a wrong type": lambda m: gl.ones([2]).reshape("2"),
    "a layer": lambda m: gl.layers.dense(units=-1, weights=[gl.ones([2])]),
    "a layer's option": lambda m: gl.layers.dense(units=1, unit=gl.ones([2])),
    "a call": lambda m: gl.layers.conv2d(filters=1, kernel_size=2)(gl.ones([2, 3])),
    "fit": lambda m: m.fit(gl.ones([4, 2]), gl.ones([4, 2]), verbose=0),
    "fit's option": lambda m: m.fit(gl.ones([4, 3]), gl.ones([4, 2]), batch_size="8"),
    "weights": lambda m: m.set_weights([gl.ones([3, 3])]),
    "a gradient": lambda m: gl.grad(lambda x: x.sum().square().matmul(x))(gl.ones([2])),
    "no gradient": lambda m: gl.train.sgd(0.1).minimize(lambda: gl.ones([2]).sum()),
    "tidy": lambda m: gl.tidy(lambda: diverging(gl.ones([2]))),
    "a trace": lambda m: gl.trace(lambda x: x.numpy() + 1, gl.ones([2])),
    "a user's op": lambda m: gl.custom_grad(lambda x, save: diverging(x))(gl.ones([2])),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_errors_keep_no_tensors_alive(name: str, backend: str, uncollected: None) -> None:
    """Those of the frames on the way, this one's among them, go with the error."""

    trained = model()  # which has circles of its own

    def attempt() -> None:
        of_this_frame = gl.ones([3]) + 1
        WRONG[name](trained)
        del of_this_frame

    for _ in range(2):  # what is kept for good is there by the second time
        before = len(scope.live_tensors)
        try:
            attempt()
        except Exception:
            assert len(scope.live_tensors) > before
        else:
            pytest.fail("no error")
    assert len(scope.live_tensors) == before


class Circle:
    """Refers to itself and to a tensor."""

    def __init__(self, of: Any) -> None:
        self.of, self.me = of, self


def test_textures_in_a_circle_are_found_in_time(uncollected: None) -> None:
    own = WebGL(Context())
    own.pool.budget = 64 * 1024
    with using(own):
        for _ in range(10):
            Circle(gl.fill([64, 64], 1.0) + gl.fill([64, 64], 2.0))
        assert (gl.fill([64, 64], 1.0) * 3.0).numpy().max() == 3


def test_a_context_of_our_own_goes_with_its_backend(webgl: Inspecting) -> None:
    """The next one to use a context gives it back to the driver, with its programs and textures."""
    own = WebGL(Context())
    with using(own):
        assert (gl.ones([2]) + 1).numpy().tolist() == [2, 2]
    driver_s = own.context.gl
    with webgl.context:
        assert not isinstance(driver_s.mglo, moderngl.InvalidObject)
    del own
    gc.collect()
    with webgl.context:
        assert isinstance(driver_s.mglo, moderngl.InvalidObject)
    with using(webgl):
        assert (gl.ones([2]) + 1).numpy().tolist() == [2, 2]


def test_a_context_is_given_back_once() -> None:
    own = Context()
    made, given_back = own._made, []
    assert made is not None and own._life is not None
    own._life.release = lambda: given_back.append(made.release())
    own.release()
    own.release()
    del own
    Context().release()
    assert len(given_back) == 1


@pytest.mark.parametrize("where", [(ways, "_believed"), (context_module, "range_texels")])
def test_a_context_that_was_not_finished_is_current_nowhere(
    monkeypatch: pytest.MonkeyPatch, webgl: Inspecting, where: tuple[Any, str]
) -> None:
    """And one that was current before is so again."""
    made: list[moderngl.Context] = []

    def interrupted(gl: moderngl.Context) -> None:
        made.append(gl)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, webgl.context:
        before = place()
        patched.setattr(*where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            Context()
        assert place() == before
    assert isinstance(made[0].mglo, moderngl.InvalidObject)
    with webgl.context:
        assert webgl.context.error() is None


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_child_gives_no_context_of_its_parent_s_back(
    monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    """What the driver has may be both's."""
    own = Context()
    driver_s = own.gl
    with monkeypatch.context() as patched:
        patched.setattr(context_module, "_forks", context_module._forks + 1)
        if by_hand:
            own.release()
        del own
        Context().release()
    assert not isinstance(driver_s.mglo, moderngl.InvalidObject)
    driver_s.release()


def test_arrays_in_a_circle_are_found_in_time(uncollected: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cpu backend tries once more after a collection, and only then refuses."""
    backend, collected = make_backend("cpu"), []

    def run(self: Any, *arguments: Any) -> Any:
        if not collected:
            raise MemoryError
        return real(self, *arguments)

    real = type(backend)._run
    monkeypatch.setattr(type(backend), "_run", run)
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))
    with using(backend):
        assert (gl.ones([2]) + 1).numpy().tolist() == [2, 2]
        monkeypatch.setattr(gc, "collect", lambda: 0)
        collected.clear()
        with pytest.raises(MemoryError, match=r"shape \[2\] needs 8 bytes"):
            gl.ones([2]).square()


INTERRUPTED = """
import gc, random, signal
import numpy as np
import glbackend as gl
from glbackend.engine import scope

signal.signal(signal.SIGALRM, signal.default_int_handler)
model, x = gl.sequential([gl.layers.dense(units=2, input_shape=[3])]), np.ones((64, 3), "f4")
model.compile("sgd", "meanSquaredError")
model.fit(x, x[:, :2], epochs=2, batch_size=8, verbose=0)
before, lost, draw = len(scope.live_tensors), 0, random.Random(1)
for _ in range(100):
    try:
        signal.setitimer(signal.ITIMER_REAL, draw.uniform(0.005, 0.03))
        model.fit(x, x[:, :2], epochs=500, batch_size=8, verbose=0)
        lost += 1
    except KeyboardInterrupt:
        pass
gc.collect()
model.fit(x, x[:, :2], verbose=0)
print(lost, len(scope.live_tensors) - before)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
@pytest.mark.parametrize("name", ["cpu", "webgl"])
def test_no_interrupt_is_lost(name: str) -> None:
    """Ctrl-C in the middle of fit ends it, whatever is being freed, and leaves no tensor behind."""
    environment = {**os.environ, "GLBACKEND_BACKEND": name}
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["0", "0"], done.stderr
