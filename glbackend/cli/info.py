"""`python -m glbackend info`: the chosen backend and why, what OpenGL offers here, versions."""

import importlib.metadata
import json
import platform
import warnings
from typing import Any

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.shader_cache import cache_directory
from glbackend.base import env
from glbackend.base.dtypes import DType
from glbackend.base.errors import BackendError, GlbackendError
from glbackend.engine.backend import make_backend

PACKAGES = ("numpy", "moderngl", "glfw")
FORMATS: dict[str, DType] = {"RGBA32F": "float32", "RGBA32I": "int32"}


def facts() -> dict[str, Any]:
    """Everything that `info` tells, as one dict of plain values."""
    backend, why = _choice()
    return {
        "backend": backend,
        "why": why,
        "opengl": _opengl(),
        "devices": {f"GLBACKEND_DEVICE={one.index}": _told(one) for one in gl.devices()},
        "versions": _versions(),
        "cache": str(cache_directory()),
    }


def _choice() -> tuple[str, str]:
    """The backend that a program gets which asks for none, and the reason."""
    wanted = env.text("BACKEND")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            name = gl.get_backend()
        except GlbackendError as error:
            gl.set_backend("cpu")  # for the rest of what info asks
            return "none", f"GLBACKEND_BACKEND={wanted}: {error}"
    if wanted:
        return name, f"GLBACKEND_BACKEND={wanted}"
    if caught:
        return name, str(caught[-1].message).partition("backend: ")[2] or str(caught[-1].message)
    return name, "a hardware OpenGL driver is there" if name == "webgl" else "chosen by this program"


def _told(device: Any) -> str:
    if not device.name:
        return "no OpenGL 3.3"
    return f"{device.name}, {device.version}{', software' if device.software else ''}"


def _opengl() -> dict[str, Any]:
    try:
        backend = make_backend("webgl")
    except BackendError as error:
        return {"works": False, "tried": str(error)}
    assert isinstance(backend, WebGL)
    budget = backend.pool.budget
    return {
        "works": True,
        **backend.context.describe(),
        "dense kernels read from": "buffers" if backend.buffer_gain() else "textures",
        "memory budget": "no limit" if budget is None else f"{budget / 2**30:.1f} GiB",
        "formats": {name: _format_works(dtype) for name, dtype in FORMATS.items()},
    }


def _format_works(dtype: DType) -> str:
    """Draws a row of numbers in the format and reads it back; long enough not to be computed on the host."""
    before = gl.engine().backend
    gl.set_backend("webgl")
    try:
        got = (gl.fill([256], 20, dtype) + gl.fill([256], 22, dtype)).max().item()
    except GlbackendError as error:
        return f"fails: {error}"
    finally:
        gl.engine().use(before)
    return "works" if got == 42 else f"fails: 20 + 22 gave {got}"


def _versions() -> dict[str, str]:
    found = {"glbackend": gl.__version__, "python": platform.python_version(), "system": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _lines(entries: dict[str, Any]) -> list[str]:
    """Two columns; a section for each dict, the formats on one line."""
    plain = {name: value for name, value in entries.items() if not isinstance(value, dict)}
    lines = _columns(plain)
    for name, section in entries.items():
        if isinstance(section, dict):
            lines += ["", name, *("  " + line for line in _columns(section))]
    return lines


def _columns(entries: dict[str, Any]) -> list[str]:
    width = max(map(len, entries), default=0) + 2
    return [f"{name:<{width}}{_shown(value)}" for name, value in entries.items()]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def info(as_json: bool) -> int:
    """Prints the facts."""
    found = facts()
    print(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))
    return 0
