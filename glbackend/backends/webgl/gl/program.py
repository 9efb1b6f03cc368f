"""Programs: compiled once per (file, defines, generated pieces), uniforms written only when they change."""

import hashlib
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.buffer import place_sampler
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.hoist import PREFIX, hoisted, plain
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.backends.webgl.gl.source import expand
from glbackend.base import env
from glbackend.base.errors import ArgumentError, ShaderError, warn_user


class Program:
    """A compiled fragment shader with the last value of each uniform."""

    __slots__ = ("_last", "_uniforms", "gl", "holder", "inputs", "name", "vertices")

    def __init__(self, context: Context, name: str, source: str) -> None:
        gl = context.gl
        self.name = name
        self.gl = _linked(context, name, source)
        self.vertices = gl.vertex_array(self.gl, [])
        self._uniforms: dict[str, Any] = {
            key.removeprefix(PREFIX): self.gl[key]
            for key in self.gl
            if isinstance(self.gl[key], moderngl.Uniform)
        }
        self._last: dict[str, Any] = {}
        self.holder: object = None  # the mark of the prepared draw whose uniforms it has now, if it is one's
        self.inputs: dict[str, tuple[int, str, str]] = {}  # input -> texture unit, its other uniforms' names
        buffers = re.findall(r"uniform samplerBuffer (\w+);", source)
        for key, uniform in self._uniforms.items():
            if key.endswith("_tex"):  # as every sampler is called
                unit, x = len(self.inputs), key.removesuffix("_tex")
                self.inputs[x] = unit, f"{x}_inverse", f"{x}_form"
                if key in buffers:
                    place_sampler(gl, self.gl.glo, key, unit)
                else:
                    uniform.value = unit

    def read(self, x: str, texture: Texture, form: tuple[int, int, int, int]) -> None:
        """Binds the texture of input `x`, if the shader reads it."""
        places = self.inputs.get(x)
        if places is not None:
            unit, inverse_name, form_name = places
            texture.gl.use(unit)
            last = self._last
            if last.get(inverse_name) != texture.inverse:
                self.set({inverse_name: texture.inverse})
            if last.get(form_name) != form:
                self.set({form_name: form})

    def set(self, uniforms: Mapping[str, Any]) -> None:
        """Writes the uniforms whose value changed; those that the compiler dropped are none."""
        last = self._last
        for name, value in uniforms.items():
            if name not in last or last[name] != value:
                uniform = self._uniforms.get(name)
                if uniform is not None:
                    uniform.value = value
                last[name] = value

    def present(self, uniforms: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the uniforms that the compiler has not dropped."""
        return {name: value for name, value in uniforms.items() if name in self._uniforms}

    def packed(self, uniforms: Mapping[str, Any]) -> list[tuple[Callable[[bytes], None], bytes]]:
        """What `set` does, as calls with their bytes made ready; see `note`."""
        found = []
        for name, value in uniforms.items():
            uniform = self._uniforms[name]
            rows = value if uniform.array_length > 1 else (value,)
            wide = uniform.dimension > 1
            data = b"".join(
                struct.pack(uniform.fmt, *row) if wide else struct.pack(uniform.fmt, row) for row in rows
            )
            found.append((uniform.write, data))
        return found

    def note(self, uniforms: Mapping[str, Any]) -> None:
        """These values have been written."""
        self._last.update(uniforms)

    def forget(self) -> None:
        """It is not known what values the uniforms have."""
        self._last.clear()
        self.holder = None

    def draw(self) -> None:
        """One triangle over the viewport."""
        self.holder = None
        self.vertices.render(moderngl.TRIANGLES, vertices=3)


def _linked(context: Context, name: str, source: str) -> moderngl.Program:
    if not context.software:
        return context.gl.program(**plain(source)._asdict())
    try:
        return context.gl.program(**hoisted(source)._asdict())
    except moderngl.Error as error:  # a mistake in the shader: the plain pair tells it by our lines
        program = context.gl.program(**plain(source)._asdict())
        if context.debug:
            warn_user(f"shader {name}: its uniforms stay uniforms, which is slower: {error}")
        return program


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
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(source.text, encoding="utf-8")
            except OSError as error:
                raise ArgumentError(f"GLBACKEND_DUMP_SHADERS: {error}") from None
        try:
            return Program(self.context, name, source.text)
        except moderngl.Error as error:
            self.context.error()
            raise ShaderError(
                f"shader {name} does not compile on {self.context.renderer}:\n{source.locate(str(error))}"
            ) from None
