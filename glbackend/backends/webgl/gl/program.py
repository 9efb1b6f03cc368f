"""Programs: compiled once per (file, defines, generated pieces), uniforms written only when they change."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.source import expand
from glbackend.base import env
from glbackend.base.errors import ShaderError

# One triangle that covers the viewport, made from the vertex number: no buffers needed.
VERTEX = """#version 330 core
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }
"""


class Program:
    """A compiled fragment shader with the last value of each uniform."""

    __slots__ = ("_last", "_uniforms", "gl", "name", "samplers", "vertices")

    def __init__(self, context: Context, name: str, source: str) -> None:
        gl = context.gl
        self.name = name
        self.gl = gl.program(vertex_shader=VERTEX, fragment_shader=source)
        self.vertices = gl.vertex_array(self.gl, [])
        self._uniforms: dict[str, Any] = {
            key: self.gl[key] for key in self.gl if isinstance(self.gl[key], moderngl.Uniform)
        }
        self._last: dict[str, Any] = {}
        self.samplers: dict[str, int] = {}
        for key in self._uniforms:
            if key.endswith("_tex"):
                self.samplers[key] = len(self.samplers)
                self._uniforms[key].value = self.samplers[key]

    def set(self, uniforms: Mapping[str, Any]) -> None:
        """Writes the uniforms that the compiler kept and whose value changed."""
        last = self._last
        for name, value in uniforms.items():
            if name in last and last[name] == value:
                continue
            uniform = self._uniforms.get(name)
            if uniform is not None:
                uniform.value = value
            last[name] = value

    def draw(self) -> None:
        """One triangle over the viewport."""
        self.vertices.render(moderngl.TRIANGLES, vertices=3)


class Programs:
    """All programs of a context."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._programs: dict[Any, Program] = {}

    def __len__(self) -> int:
        return len(self._programs)

    def get(self, name: str, defines: Mapping[str, object], pieces: Mapping[str, str]) -> Program:
        """The program of a shader file with these defines and pieces; ShaderError names file and line."""
        key = (name, tuple(defines.items()), tuple(pieces.values()))
        found = self._programs.get(key)
        if found is None:
            found = self._programs[key] = self._compile(name, defines, pieces)
        return found

    def _compile(self, name: str, defines: Mapping[str, object], pieces: Mapping[str, str]) -> Program:
        source = expand(name, defines, pieces)
        folder = env.text("DUMP_SHADERS")
        if folder:
            digest = hashlib.sha1(source.text.encode(), usedforsecurity=False).hexdigest()[:8]
            path = Path(folder) / f"{name.replace('/', '-').removesuffix('.glsl')}-{digest}.frag"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source.text, encoding="utf-8")
        try:
            return Program(self.context, name, source.text)
        except moderngl.Error as error:
            self.context.error()
            raise ShaderError(f"shader {name} does not compile on {self.context.renderer}:\n{source.locate(str(error))}") from None
