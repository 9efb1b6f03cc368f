"""What the environment decides of the driver: devices, the folder of compiled shaders, flags and their faults."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl import devices as listing
from glbackend.backends.webgl.gl import shader_cache, timer
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.current import place
from glbackend.base import env
from glbackend.base.errors import ArgumentError, BackendError
from glbackend.testing.check import Inspecting

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL and Mesa's cache are Linux's")


@linux
def test_devices_are_listed_and_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    found = gl.devices()
    assert found and [one.index for one in found] == list(range(len(found)))
    for device in found:
        if device.name:
            monkeypatch.setenv("GLBACKEND_DEVICE", str(device.index))
            context = Context()
            assert (context.renderer, context.version) == (device.name, device.version)
            context.release()
    monkeypatch.setenv("GLBACKEND_DEVICE", str(len(found)))
    with pytest.raises(BackendError, match=rf"headless EGL: .*device index {len(found)}") as raised:
        Context()
    assert "standalone" not in str(raised.value), "no other device is taken instead"


@linux
def test_listing_leaves_the_current_context_and_its_display_alone() -> None:
    context = Context()
    with context:
        here = place()
        assert gl.devices() == gl.devices()
        assert here is not None and place() == here
        assert context.gl.texture((1, 1), 4, bytes(16), dtype="f4").read() == bytes(16)
    context.release()


def test_without_egl_there_are_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> Any:
        raise OSError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(listing.ctypes, "CDLL", missing)
    assert gl.devices() == []


# -- the folder of compiled shaders -----------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv(shader_cache.DIRECTORY, raising=False)
    monkeypatch.delenv(shader_cache.DISABLE, raising=False)
    return tmp_path / "mesa"


@linux
def test_each_setup_has_a_folder_that_names_its_driver(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def folder() -> str:
        with shader_cache.directed():
            return Path(os.environ[shader_cache.DIRECTORY]).relative_to(cache).as_posix()

    context = Context()
    first = folder()
    for word in ("Mesa", *context.renderer.split()[:1]) if "Mesa" in context.version else ():
        assert word in first
    context.release()
    monkeypatch.setenv("LP_NATIVE_VECTOR_WIDTH", "128")
    assert folder() != first, "settings count"
    monkeypatch.delenv("LP_NATIVE_VECTOR_WIDTH")
    assert folder() == first
    shader_cache.remember("another GPU", "4.6 Mesa 99")
    assert folder().startswith("another-GPU-4.6-Mesa-99-"), "what the last context told"
    assert shader_cache.DIRECTORY not in os.environ, "child processes may have other settings"


@linux
def test_threads_that_make_contexts_wait_for_one_another(cache: Path) -> None:
    """Where the first is done the variable is gone, in the midst of the second."""
    found: list[Path] = []

    def second() -> None:
        with shader_cache.directed():
            found.append(Path(os.environ[shader_cache.DIRECTORY]))

    thread = threading.Thread(target=second)
    with shader_cache.directed():
        first = Path(os.environ[shader_cache.DIRECTORY])
        thread.start()
        thread.join(0.2)
        assert not found
    thread.join(20)
    assert found == [first] and shader_cache.DIRECTORY not in os.environ


@linux
def test_compiled_shaders_are_kept_there(cache: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MESA_SHADER")}
    code = "import glbackend as gl; gl.set_backend('webgl'); (gl.ones([300]) + gl.ones([300])).sum().item()"
    subprocess.run([sys.executable, "-c", code], env=variables, check=True)
    folders = [one for one in cache.iterdir() if one.is_dir()]
    assert len(folders) == 1 and sum(one.is_file() for one in folders[0].rglob("*")) > 1


@linux
def test_the_users_own_choice_of_a_cache_stands(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(shader_cache.DIRECTORY, "/somewhere")
    with shader_cache.directed():
        assert os.environ[shader_cache.DIRECTORY] == "/somewhere"
    assert os.environ[shader_cache.DIRECTORY] == "/somewhere" and not cache.exists()


@linux
def test_a_home_that_cannot_be_written_costs_nothing_else(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file stands in the way")
    Context().release()


# -- flags ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "read", "wanted"),
    [
        ("DEBUG", "maybe", env.flag, "GLBACKEND_DEBUG must be 1 or 0, got 'maybe'"),
        ("DEVICE", "gpu", env.number, "GLBACKEND_DEVICE must be a whole number of at least 0, got 'gpu'"),
        ("DEVICE", "-1", env.number, "GLBACKEND_DEVICE must be a whole number of at least 0, got '-1'"),
    ],
)
def test_bad_values_are_answered(
    name: str, value: str, read: Any, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GLBACKEND_{name}", value)
    with pytest.raises(ArgumentError, match=wanted):
        read(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MEMORY_BUDGET", "1 GB"), ("MEMORY_BUDGET", "0"), ("HOST_FORWARD", "2"), ("DEVICE", "one")],
)
def test_bad_values_stop_the_backend(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"GLBACKEND_{name}", value)
    with pytest.raises(ArgumentError, match=f"GLBACKEND_{name} must be .*, got '{value}'"):
        WebGL(Context())


def test_a_folder_for_sources_that_cannot_be_made(
    webgl: Inspecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GLBACKEND_DUMP_SHADERS", str(tmp_path / "file" / "folder"))
    with webgl.context, pytest.raises(ArgumentError, match=r"GLBACKEND_DUMP_SHADERS: .*Not a directory"):
        webgl.programs.get("kernels/fill.glsl", {"NEVER_SEEN": 1}, {"output": "out vec4 a;"})


def test_gpu_time_is_none_beyond_moderngls_32_bits(
    webgl: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Query:
        elapsed = 10**6

        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(webgl.timer, "distrusted", "")
    monkeypatch.setattr(webgl.timer, "_query", Query())
    now = iter([0.0, 1.0, 10.0, 11.0 + timer.LONGEST / 1e3])
    monkeypatch.setattr(timer.time, "perf_counter", lambda: next(now))
    assert webgl.timer.measure(lambda: None) == 1.0
    assert webgl.timer.measure(lambda: None) is None


def test_gpu_time_is_none_on_llvmpipe(webgl: Inspecting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webgl.context, "renderer", "llvmpipe (LLVM 15.0.6, 256 bits)")
    ran: list[int] = []
    assert webgl.timer.measure(lambda: ran.append(1)) is None
    assert ran == [1]
