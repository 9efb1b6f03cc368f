"""Which backend is chosen, and what is said about it."""

import warnings
from typing import Any

import pytest

import glbackend as gl
from glbackend.backends.webgl.gl import context as contexts
from glbackend.backends.webgl.gl import ways
from glbackend.base.errors import ArgumentError, BackendError
from glbackend.engine import backend as backends
from glbackend.engine.engine import Engine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that has chosen nothing, in a process that has made nothing."""
    monkeypatch.setattr(backends, "_made", {})
    monkeypatch.delenv("GLBACKEND_BACKEND", raising=False)
    return Engine()


def none_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way to a context works."""

    def fail() -> Any:
        raise RuntimeError("no display")

    monkeypatch.setattr(ways, "WAYS", {"egl": ("headless EGL", fail), "window": ("hidden glfw window", fail)})


def software(monkeypatch: pytest.MonkeyPatch, yes: bool) -> None:
    """The driver that is here passes for a software rasteriser, or for hardware."""
    monkeypatch.setattr(contexts, "SOFTWARE", ("",) if yes else ())


def test_without_a_context_a_forced_webgl_says_why_and_what_to_do(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_works(monkeypatch)
    with pytest.raises(
        BackendError, match=r"EGL: RuntimeError: no display; hidden glfw.*apt install"
    ) as raised:
        engine.set_backend("webgl")
    assert "set_backend('cpu')" in str(raised.value)
    engine.set_backend("cpu")
    assert engine.backend.name == "cpu", "the process goes on"


def test_unset_without_a_context_it_is_cpu_with_one_warning(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_works(monkeypatch)
    with pytest.warns(
        UserWarning, match="computes on the cpu backend: no OpenGL 3.3 context could be made"
    ) as caught:
        assert engine.backend.name == "cpu"
    assert [one.filename for one in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine.backend.name == "cpu"


def test_a_software_rasteriser_is_not_chosen_but_taken_when_asked_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    software(monkeypatch, True)
    with pytest.warns(UserWarning, match="software rasteriser"):
        assert engine.backend.name == "cpu"
    engine.set_backend("webgl")
    assert engine.backend.name == "webgl"


def test_hardware_is_chosen(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    software(monkeypatch, False)
    assert engine.backend.name == "webgl"


def test_the_environment_decides(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLBACKEND_BACKEND", "cpu")
    assert engine.backend.name == "cpu"
    monkeypatch.setenv("GLBACKEND_BACKEND", "webgl")
    assert Engine().backend.name == "webgl"
    monkeypatch.setenv("GLBACKEND_BACKEND", "tpu")
    with pytest.raises(ArgumentError, match="unknown backend 'tpu': use one of webgl, cpu"):
        _ = Engine().backend


def test_a_broken_installation_is_no_backend(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(backends.importlib, "import_module", broken)
    with pytest.raises(BackendError, match=r"the webgl backend cannot be loaded \(libGL.so.1"):
        engine.set_backend("webgl")


def test_unknown_names_are_answered() -> None:
    with pytest.raises(ArgumentError, match="unknown backend 'wasm'"):
        gl.set_backend("wasm")
