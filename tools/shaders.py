"""Every shader that the cases of the kernels compile, expanded into a folder, and what glslang says of them.

python -m tools.shaders dump FOLDER       both as on software renderers and as on GPUs (other tiles)
python -m tools.shaders validate FOLDER   as GLSL 3.30 and, rewritten, as ES 3.00; needs glslangValidator
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import glbackend as gl
from glbackend.backends.webgl import open_backend
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.hoist import hoisted
from glbackend.backends.webgl.gl.program import Program
from glbackend.backends.webgl.plan.tiling import forced
from glbackend.testing.check import using
from glbackend.testing.selfcheck import check_kernels

ES_HEAD = """#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp usampler2D;
precision highp sampler2DArray;
"""
TILED, ROWS = ("Conv", "MatMul"), (2, 3, 4, 5, 6, 7, 8)
BATCH = 100  # sources that one process of glslangValidator is given


def dump(folder: Path) -> int:
    """Writes each source to a file of its own; returns how many there are then."""
    gl.set_backend("cpu")
    for software in (True, False):
        os.environ["GLBACKEND_DUMP_SHADERS"] = str(folder / ("software" if software else "gpu"))
        backend = open_backend()
        backend.context.software = software  # what tiles depend on
        with backend.heard_by(_Apart()):
            _draw(backend, "")
        for rows in ROWS:  # the cases are small: larger tensors take these tiles
            with forced(rows=rows):
                for kernel in TILED:
                    _draw(backend, kernel)
                _draw_deep(backend)
    return len(list(folder.glob("*/*.frag")))


def _draw_deep(backend: WebGL) -> None:
    """Products and convolutions whose sums are cut into blocks: no case is as deep."""
    with using(backend):
        x, filter = gl.zeros([1, 16, 16, 260]), gl.zeros([3, 3, 260, 8])
        for strides in (1, 2):
            gl.grads(lambda x, w, strides=strides: gl.conv2d(x, w, strides, "same"))([x, filter])
        a = gl.zeros([260, 260])
        for left, right in ((False, False), (True, False), (False, True), (True, True)):
            gl.matmul(a, a, left, right)


class _Apart:
    """A renderer's listener that asks for the program for textures of other sizes, once a shader file."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def drawn(self, program: Program, apart: Callable[[], Program], *others: Any) -> None:
        """One pass was drawn."""
        if program.name not in self._seen:
            self._seen.add(program.name)
            apart()

    def taken(self, *others: Any) -> None:
        """This and the others tell nothing that is needed here."""

    uploaded = repacked = copied = tiled = read_back = taken


def _draw(backend: WebGL, only: str) -> None:
    for report in check_kernels(backend, only):
        for failure in report.failures:
            print(f"{report.kernel}: {failure}", file=sys.stderr)


def as_es(source: str) -> str:
    """A GLSL 3.30 fragment shader as ES 3.00, by three mechanical replacements."""
    body = source.removeprefix("#version 330 core\n").replace("noperspective in", "in")
    outs = re.findall(r"^out i?vec4 (\w+);", body, re.M)
    if len(outs) > 1:
        for i, name in enumerate(outs):
            body = re.sub(rf"^(out i?vec4 {name};)", rf"layout(location = {i}) \1", body, flags=re.M)
    return ES_HEAD + body


def validate(folder: Path) -> dict[str, list[str]]:
    """What glslang refuses: for each dialect the sources with the first error of each."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*.frag"))}
    varyings = {name: hoisted(source) for name, source in sources.items()}
    dialects: dict[str, tuple[str, Callable[[str], str]]] = {
        "GLSL 3.30": (".frag", lambda name: sources[name]),
        "GLSL 3.30, uniforms as varyings": (".frag", lambda name: varyings[name].fragment_shader),
        "GLSL 3.30, their vertex shaders": (".vert", lambda name: varyings[name].vertex_shader),
        "ES 3.00": (".frag", lambda name: as_es(sources[name])),
    }
    return {
        dialect: _refused({name + kind: text(name) for name in sources})
        for dialect, (kind, text) in dialects.items()
    }


def _refused(texts: dict[str, str]) -> list[str]:
    refused = []
    with tempfile.TemporaryDirectory() as place:
        for name, text in texts.items():
            Path(place, name).write_text(text, encoding="utf-8")
        names = list(texts)
        for i in range(0, len(names), BATCH):
            command = ["glslangValidator", *names[i : i + BATCH]]
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
            said = ""
            for line in done.stdout.splitlines():
                if line in texts:
                    said = line
                elif line.startswith("ERROR:") and said:
                    refused.append(f"{said}: {line}")
                    said = ""
            if done.returncode and not refused:
                refused.append(done.stdout[-300:] + done.stderr[-300:])
    return refused


def main(command: str, folder: str) -> int:
    """Runs one of the commands; 1 where a source is refused."""
    if command == "dump":
        print(f"{dump(Path(folder))} sources in {folder}")
        return 0
    found = validate(Path(folder))
    for dialect, refused in found.items():
        print(f"{dialect}: {len(refused)} refused")
        print("".join(f"  {one}\n" for one in refused[:10]), end="")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
