"""Shader sources: files, includes, defines, and the map from lines of the expanded source to lines of ours.

`#line` is not dependable on Mesa, so the loader keeps its own map. Only the C preprocessor: `#include
"lib/x.glsl"` names a file below `shaders/`, `#include <name>` a small piece of source that Python generated.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from glbackend.base.errors import ShaderError

_INCLUDE = re.compile(r'^\s*#include\s+(?:"([^"]+)"|<([^>]+)>)\s*$')
# Mesa "0:12(5): error: ...", NVIDIA "0(12) : error C1008: ...", Apple and Intel "ERROR: 0:12: ..."
_LOCATION = re.compile(r"^((?:ERROR: |WARNING: )?)\d+[:(](\d+)\)?(?=[:( ])", re.MULTILINE)


class Source(NamedTuple):
    """An expanded source, and for each of its lines the file and line it came from."""

    text: str
    origin: list[tuple[str, int]]

    def locate(self, message: str) -> str:
        """A compiler's message with its line numbers replaced by ours."""

        def ours(match: re.Match[str]) -> str:
            line = int(match[2])
            if not 1 <= line <= len(self.origin):
                return match[0]
            file, number = self.origin[line - 1]
            return f"{match[1]}{file}:{number}"

        return _LOCATION.sub(ours, message)


@lru_cache(maxsize=1)
def shader_root() -> Path:
    """The folder `shaders`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[3]
    for root in (package / "shaders", package.parent / "shaders"):
        if root.is_dir():
            return root
    raise ShaderError(
        f"the folder of shaders is missing: neither {package / 'shaders'} nor beside the package"
    )


@cache
def _lines(name: str) -> tuple[str, ...] | None:
    path = shader_root() / name
    return _joined(path.read_text(encoding="utf-8")) if path.is_file() else None


def _joined(text: str) -> tuple[str, ...]:
    """The lines of a source; a line that ends with a backslash (GLSL 4.20) takes the next one in."""
    lines = text.splitlines()
    for i in range(len(lines) - 2, -1, -1):
        if lines[i].endswith("\\"):
            lines[i : i + 2] = [lines[i][:-1] + lines[i + 1].lstrip(), ""]
    return tuple(lines)


def _file(name: str, asked_by: str) -> tuple[str, ...]:
    lines = _lines(name)
    if lines is None:
        raise ShaderError(f"{asked_by}: there is no shader file {name} below {shader_root()}")
    return lines


def expand(name: str, defines: Mapping[str, object], pieces: Mapping[str, str]) -> Source:
    """The whole source of the shader file `name` (below `shaders/`), with `pieces` for `#include <...>`."""
    text: list[str] = []
    origin: list[tuple[str, int]] = []
    seen: set[str] = set()

    def add(file: str, lines: tuple[str, ...]) -> None:
        for number, line in enumerate(lines, 1):
            match = _INCLUDE.match(line)
            if match is None:
                text.append(line)
                origin.append((file, number))
            elif match[1]:
                if match[1] not in seen:
                    seen.add(match[1])
                    add(f"shaders/{match[1]}", _file(match[1], f"{file}:{number}"))
            elif match[2] in pieces:
                if match[2] not in seen:
                    seen.add(match[2])
                    add(f"<{match[2]}>", _joined(pieces[match[2]]))
            else:
                raise ShaderError(f"{file}:{number}: nothing is given for #include <{match[2]}>")

    add("<head>", ("#version 330 core", *(f"#define {key} {value}" for key, value in defines.items())))
    if name in pieces:  # a whole shader that somebody brought along
        add(name, _joined(pieces[name]))
    else:
        add(f"shaders/{name}", _file(name, "the backend"))
    return Source("\n".join(text) + "\n", origin)
