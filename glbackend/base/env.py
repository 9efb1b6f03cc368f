"""Flags of the environment, read when they are needed. Each flag is documented here.

| variable | meaning | default |
| --- | --- | --- |
| GLBACKEND_BACKEND | backend to use: "webgl" or "cpu" | the best available |
| GLBACKEND_HOST_FORWARD | move and count tiny host data on the host: 1 or 0 (read when webgl is made) | 1 |
| GLBACKEND_CONTEXT | the one way to a context: "egl", "window" (glfw) or "standalone" | tried in this order |
| GLBACKEND_DEVICE | number of the EGL device to compute on (`gl.devices()`) | the driver's choice |
| GLBACKEND_EXACT | cpu computes in float64, to judge shaders: 1 or 0 (read when cpu is made) | 0 |
| GLBACKEND_DEBUG | read the GL error after every draw: 1 or 0 | 0 |
| GLBACKEND_DUMP_SHADERS | folder that receives every expanded shader source | none |
| GLBACKEND_MEMORY_BUDGET | bytes of textures that may be held | on software renderers half the RAM |
| GLBACKEND_BUFFERS | dense kernels read from buffers: 1, 0, or "always", for tests | as measured |
| GLBACKEND_TUNE | tune what runs, as `gl.tune` does: 1 or 0 (read when webgl is made) | 0 |
| GLBACKEND_CACHE_DIR | folder for the driver's shaders and fetched models | the user's cache directory |
| GLBACKEND_OFFLINE | models at addresses come from the cache alone: 1 or 0 | 0 |
"""

import os

from glbackend.base.errors import ArgumentError

_FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def flag(name: str, default: bool = False) -> bool:
    """The boolean environment flag GLBACKEND_<name>; ArgumentError where it is neither yes nor no.

    >>> flag("NO_SUCH_FLAG", default=True)
    True
    """
    value = text(name)
    if value is None:
        return default
    if value.lower() not in _FLAGS:
        raise ArgumentError(f"GLBACKEND_{name} must be 1 or 0, got {value!r}")
    return _FLAGS[value.lower()]


def text(name: str) -> str | None:
    """The environment variable GLBACKEND_<name>, None where unset or empty."""
    return os.environ.get(f"GLBACKEND_{name}") or None


def number(name: str, least: int = 0) -> int | None:
    """The environment variable GLBACKEND_<name> as an int, None where unset.

    ArgumentError where it is no whole number of at least `least`.
    """
    value = text(name)
    if value is None:
        return None
    try:
        found = int(value)
    except ValueError:
        found = least - 1
    if found < least:
        raise ArgumentError(f"GLBACKEND_{name} must be a whole number of at least {least}, got {value!r}")
    return found
