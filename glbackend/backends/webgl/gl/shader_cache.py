"""Where Mesa keeps compiled shaders of ours: a folder for each renderer, driver version and driver settings.

Mesa's own keys leave settings out (LP_NATIVE_VECTOR_WIDTH before 26.2), and it asks where the folder
is before a context could tell what the driver is. So what the context told is noted by settings for the next
time; the first time a context of EGL's device is asked.
"""

import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from glbackend.backends.webgl.gl.devices import devices
from glbackend.base import env

DISABLE, DIRECTORY = "MESA_SHADER_CACHE_DISABLE", "MESA_SHADER_CACHE_DIR"
SETTINGS = re.compile(
    r"(MESA|GALLIUM|LIBGL|EGL|DRI|LP|LVP|SOFTPIPE|ZINK|ST|NIR|GLSL|TGSI|VK|AMD|R\d+|RADV|RADEON|NOUVEAU|NV\d*|NVK|INTEL"
    r"|ANV|IRIS|ASAHI|AGX|FD|IR3|TU|PAN|LIMA|ETNA|V3D|VC4|VIRGL|D3D12)_\w+|GLBACKEND_(CONTEXT|DEVICE)"
)
_changing = threading.RLock()  # held by who changes the environment, or reads all of it


def cache_directory() -> Path:
    """The private per-user directory for driver caches (GLBACKEND_CACHE_DIR overrides)."""
    chosen = env.text("CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "glbackend"


def _settings() -> str:
    """A digest of the variables that drivers read."""
    told = [f"{name}={value}" for name, value in sorted(os.environ.items()) if SETTINGS.fullmatch(name)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def _note(settings: str) -> Path:
    return cache_directory() / "mesa" / f"{settings}.json"


def _driver(settings: str) -> tuple[str, str]:
    """Renderer and version that these settings gave the last time, or give now."""
    with suppress(OSError, ValueError):
        renderer, version = map(str, json.loads(_note(settings).read_text(encoding="utf-8")))
        return renderer, version
    with _environment(DISABLE, "true"):
        found = devices()
    chosen = found[(env.number("DEVICE") or 0) % len(found)] if found else None
    return (chosen.name, chosen.version) if chosen else ("", "")


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """The variable is set meanwhile, and not for child processes later, whose settings may be others."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


@contextmanager
def directed() -> Iterator[None]:
    """A context that is made meanwhile keeps its shaders in our folder; the user's own choice stands.

    One thread at a time: what it sets is not another one's choice, nor a setting.
    """
    with _changing:
        directory = _directory()
        with nullcontext() if directory is None else _environment(DIRECTORY, str(directory)):
            yield


def _directory() -> Path | None:
    """Our folder for the driver of now; None where the user has chosen one, or none can be made."""
    if not sys.platform.startswith("linux") or DIRECTORY in os.environ or DISABLE in os.environ:
        return None
    settings = _settings()
    renderer, version = _driver(settings)
    name = re.sub(r"[^\w.]+", "-", f"{renderer} {version}").strip("-")
    directory = cache_directory() / "mesa" / f"{name}-{settings}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:  # a read-only home costs compile time, nothing else
        return None
    return directory


def remember(renderer: str, version: str) -> None:
    """Notes what driver these settings give."""
    with _changing:
        settings = _settings()
    path, text = _note(settings), json.dumps([renderer, version])
    with suppress(OSError):
        if path.parent.is_dir() and not (path.exists() and path.read_text(encoding="utf-8") == text):
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
