"""Flags of the environment, read when they are needed. Each flag is documented here.

| variable | meaning | default |
| --- | --- | --- |
| GLBACKEND_BACKEND | backend to use: "webgl" or "cpu" | the best available |
| GLBACKEND_HOST_FORWARD | move tiny host data, and count with it, on the host: 1 or 0 (read when webgl is made) | 1 |
| GLBACKEND_DEBUG | read the GL error after every draw: 1 or 0 | 0 |
| GLBACKEND_DUMP_SHADERS | folder that receives every expanded shader source | none |
| GLBACKEND_MEMORY_BUDGET | bytes of textures that may be held | on software renderers half the RAM |
| GLBACKEND_CACHE_DIR | folder for the driver's shader cache | the user's cache directory |
"""

import os


def flag(name: str, default: bool = False) -> bool:
    """The boolean environment flag GLBACKEND_<name>.

    >>> flag("NO_SUCH_FLAG", default=True)
    True
    """
    value = os.environ.get(f"GLBACKEND_{name}")
    return default if value is None or value == "" else value.lower() not in ("0", "false", "no", "off")


def text(name: str) -> str | None:
    """The environment variable GLBACKEND_<name>, None where unset or empty."""
    return os.environ.get(f"GLBACKEND_{name}") or None


def number(name: str) -> int | None:
    """The environment variable GLBACKEND_<name> as an int, None where unset.

    Raises ValueError where it is no number.
    """
    value = text(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"GLBACKEND_{name} must be a whole number of bytes, got {value!r}") from None
