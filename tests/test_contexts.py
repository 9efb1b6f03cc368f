"""Each way to a context for real: headless EGL, glfw's hidden window and moderngl's own under an X server.

Each scenario is a process of its own, because it also has to end well.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import glbackend as gl
from glbackend.backends.webgl.gl import ways
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.errors import ArgumentError, BackendError, ContextLostError

ROOT = Path(__file__).resolve().parents[1]
NEEDS_X = {"window": "hidden glfw window", "standalone": "moderngl standalone"}
NAMES = {"egl": "headless EGL", **NEEDS_X}

PREPARE = """
import threading
import numpy as np
import glbackend as gl
from glbackend.backends.webgl import open_backend
from glbackend.backends.webgl.gl.current import place

def product(n=64):
    x = gl.tensor(np.ones((n, n), np.float32))
    assert gl.matmul(x, x).sum().item() == n ** 3

def on_a_thread(run):
    errors = []
    def guarded():
        try:
            run()
        except BaseException as error:
            errors.append(error)
    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    assert not errors, errors

gl.set_backend("webgl")
"""

THREADS = """
assert place() is None, "current nowhere between calls"
for run in (product, lambda: on_a_thread(product)) * 3:
    run()
threads = [threading.Thread(target=product) for _ in range(4)]
[t.start() for t in threads], [t.join() for t in threads]
product()
print(gl.engine().backend.context.way)
"""

TRAINING = """
model = gl.sequential([
    gl.layers.conv2d(filters=4, kernel_size=3, activation="relu", input_shape=[8, 8, 1]),
    gl.layers.max_pooling2d(), gl.layers.flatten(), gl.layers.dense(units=2, activation="softmax")])
model.compile(gl.train.adam(0.01), "categoricalCrossentropy", metrics=["accuracy"])
classes = np.arange(64) % 2
x = np.random.default_rng(0).normal(size=(64, 8, 8, 1)).astype(np.float32) + classes[:, None, None, None]
y = np.eye(2, dtype=np.float32)[classes]
history = model.fit(x, y, epochs=20, verbose=0).history
assert history["loss"][-1] < 0.7 * history["loss"][0], history
print(gl.engine().backend.context.way)
"""

SEVERAL = """
first, second = gl.engine().backend, open_backend()
for backend in (first, second, first):
    gl.engine().use(backend)
    product()
    on_a_thread(product)
with first.context:  # one inside the other
    gl.engine().use(second)
    product()
gl.engine().use(first)
product()
second.context.release()
product()
print(first.context.way)
"""

BESIDE_A_WINDOW = """
import glfw, moderngl
assert glfw.init()
glfw.window_hint(glfw.VISIBLE, False)
window = glfw.create_window(16, 16, "an application", None, None)
glfw.make_context_current(window)
app = moderngl.create_context(require=330)
here = place()
assert here is not None
product()
on_a_thread(product)
assert place() == here, "the application's context is current again"
other = open_backend()
assert place() == here
gl.engine().use(other)
product()
texture = app.texture((1, 1), 4, np.arange(4, dtype=np.float32), dtype="f4")
assert np.frombuffer(texture.read(), np.float32).tolist() == [0, 1, 2, 3]
print(gl.engine().backend.context.way)
way = gl.engine().backend.context.way
gl.adopt_context(app)
product()
assert place() == here
app.release()
try:
    product()
except gl.errors.ContextLostError as error:
    assert "was released" in str(error)
else:
    raise AssertionError("a released context computes")
gl.engine().use(other)
product()
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of our own, with GLX."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb here: ways to a context that need a display are not tried (apt install xvfb)")
    with tempfile.TemporaryFile() as told:
        command = ["Xvfb", "-displayfd", str(told.fileno()), "-screen", "0", "64x64x24", "+extension", "GLX"]
        server = subprocess.Popen(command, pass_fds=[told.fileno()], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                told.seek(0)
                number = told.read().decode().strip()
                if number or server.poll() is not None:
                    break
                with pytest.raises(subprocess.TimeoutExpired):
                    server.wait(0.1)
            if not number:
                pytest.skip("Xvfb does not start here: ways to a context that need a display are not tried")
            yield f":{number}"
        finally:
            server.terminate()
            server.wait()


def run(way: str, display: str, *arguments: str) -> str:
    """What a process of its own prints; it must end well and say nothing on stderr."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GLBACKEND_")}
    env |= {"GLBACKEND_CONTEXT": way, "DISPLAY": display, "GLBACKEND_HOST_FORWARD": "0"}
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=250
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("way", NAMES)
@pytest.mark.parametrize("scenario", [THREADS, TRAINING, SEVERAL, BESIDE_A_WINDOW])
def test_every_way(way: str, scenario: str, display: str) -> None:
    assert run(way, display, "-c", PREPARE + scenario).strip() == NAMES[way]


@pytest.mark.parametrize("way", NEEDS_X)
def test_kernels_agree_with_cpu_on_every_way(way: str, display: str) -> None:
    assert "0 failed" in run(way, display, "-m", "glbackend", "check", "--only", "MatMul")
    assert "0 failed" in run(way, display, "-m", "glbackend", "check", "--only", "Pool")


@pytest.mark.parametrize("way", NEEDS_X)
def test_info_names_the_way(way: str, display: str) -> None:
    assert NAMES[way] in run(way, display, "-m", "glbackend", "info")


def test_without_libgl_egl_finds_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    load = ways.ctypes.CDLL

    def missing(name: str, *more: Any) -> Any:
        if name.startswith("libGL."):
            raise OSError(f"{name}: cannot open shared object file")
        return load(name, *more)

    monkeypatch.setattr(ways.ctypes, "CDLL", missing)
    asked = []
    create = ways.moderngl.create_context
    monkeypatch.setattr(
        ways.moderngl, "create_context", lambda **settings: asked.append(settings) or create(**settings)
    )
    context = Context()
    assert asked[0]["libgl"] == "libEGL.so.1"
    context.release()


# -- belief -----------------------------------------------------------------------------------------


def test_a_way_that_draws_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "_FRAGMENT", ways._FRAGMENT.replace("= texel", "= 2.0 * texel"))
    monkeypatch.setenv("GLBACKEND_CONTEXT", "egl")
    with pytest.raises(BackendError, match=r"headless EGL: BackendError: .* drew 0.5, -7, 0.002, 14 for"):
        Context()


def test_the_next_way_is_tried_and_the_reason_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise RuntimeError("no display")

    monkeypatch.setattr(ways, "WAYS", {"window": ("hidden glfw window", broken), "egl": ways.WAYS["egl"]})
    context = Context()
    assert context.attempts == [("hidden glfw window", "RuntimeError: no display"), ("headless EGL", "works")]
    assert context.describe()["context"] == "headless EGL"
    assert context.describe()["tried before"] == "hidden glfw window: RuntimeError: no display"
    context.release()


def test_a_released_context_is_named() -> None:
    context = Context()
    context.release()
    with pytest.raises(ContextLostError, match=r"headless EGL\) was released"), context:
        pass


def test_unknown_ways_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLBACKEND_CONTEXT", "vulkan")
    with pytest.raises(
        ArgumentError, match="GLBACKEND_CONTEXT must be one of egl, window, standalone, got 'vulkan'"
    ):
        Context()
    assert gl.get_backend() == "cpu"
