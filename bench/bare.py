"""The least that draws: bare moderngl, for baselines that our kernels are measured against.

A Plan is a list of full-screen draws between RGBA32F textures. Every texture that a plan draws into exists
twice and calls alternate between the two, because llvmpipe drops a draw that a later one covers wholly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt

from bench.checksum import disagreement
from bench.timing import Work

GLSL = Path(__file__).parent / "glsl"
SAMPLERS = "abcde"
TRIANGLE = """#version 330
void main() { gl_Position = vec4(4.0 * vec2(gl_VertexID & 1, gl_VertexID >> 1) - 1.0, 0.0, 1.0); }
"""

Texels = npt.NDArray[np.float32]  # [height, width, 4]


@dataclass(frozen=True)
class Surface:
    """The two textures of a plan's step, one for every other call; an input is the same texture twice."""

    textures: tuple[moderngl.Texture, moderngl.Texture]
    framebuffers: tuple[moderngl.Framebuffer, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Gives width and height in texels."""
        width, height = self.textures[0].size
        return width, height


@dataclass(frozen=True)
class Draw:
    """One step of a plan."""

    array: moderngl.VertexArray
    inputs: tuple[Surface, ...]
    output: Surface


class Bare:
    """A headless GL 3.3 context of our own, current only inside `with bare:`."""

    def __init__(self) -> None:
        self.ctx = _context()
        self.renderer: str = self.ctx.info["GL_RENDERER"]
        self.version: str = self.ctx.info["GL_VERSION"]
        self._programs: dict[str, moderngl.VertexArray] = {}
        self._query = self.ctx.query(time=True)
        self._gpu_known = False
        self.leave()

    def __enter__(self) -> Bare:
        self.ctx.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Makes the context current nowhere, so that the library's own is free to be."""
        self.ctx.__exit__(None, None, None)  # type: ignore[no-untyped-call]

    def texture(self, width: int, height: int, texels: Texels | None = None) -> moderngl.Texture:
        """Gives an RGBA32F texture with nearest filtering."""
        data = None if texels is None else np.ascontiguousarray(texels, np.float32).tobytes()
        made = self.ctx.texture((width, height), 4, data, dtype="f4")
        made.filter = (moderngl.NEAREST, moderngl.NEAREST)
        made.repeat_x = made.repeat_y = False
        return made

    def program(
        self, file: str, sizes: Sequence[tuple[int, int]], defines: dict[str, Any]
    ) -> moderngl.VertexArray:
        """Gives the program of glsl/`file`, compiled once; it reads its inputs by a_at(x, y), b_at(x, y)."""
        lines = ["#version 330", "precision highp float;", "out vec4 o;"]
        for name, (width, height) in zip(SAMPLERS, sizes, strict=False):
            scale = f"vec2({1 / width!r}, {1 / height!r})"
            lines += [
                f"uniform sampler2D {name};",
                # texture() at the centre reads what texelFetch reads, and is the faster on llvmpipe
                f"#define {name}_at(x, y) texture({name}, (vec2(x, y) + 0.5) * {scale})",
            ]
        lines += [f"#define {key} {value}" for key, value in defines.items()]
        source = "\n".join([*lines, (GLSL / file).read_text()])
        if source not in self._programs:
            program = self.ctx.program(vertex_shader=TRIANGLE, fragment_shader=source)
            for unit, name in enumerate(SAMPLERS[: len(sizes)]):
                if name in program:
                    program[name] = unit
            self._programs[source] = self.ctx.vertex_array(program, [])
        return self._programs[source]

    def gpu_ms(self, run: Any) -> float | None:
        """Runs `run` and gives the GPU's time by a timer query; None where the query answers nonsense."""
        with self._query:
            run()
        ms = self._query.elapsed / 1e6
        if not self._gpu_known:  # the first query of a context is wrong on Mesa (it answers 2^32 - 1 us)
            self._gpu_known = True
            return None
        return ms if 0 < ms < 60_000 else None


def _context() -> moderngl.Context:
    try:
        # moderngl's annotation of its settings is off: it says dict where it means the value
        return moderngl.create_context(standalone=True, require=330, backend="egl")  # type: ignore[arg-type]
    except Exception:  # moderngl raises plain Exception; where there is no EGL its default may do
        return moderngl.create_context(standalone=True, require=330)


class Plan:
    """Draws to be timed, and the texels that the last one must give.

    Build it with `put` and `draw` inside `with bare:`; `expect` states the result, which `check` compares.
    """

    def __init__(self, bare: Bare, name: str) -> None:
        self.bare, self.name = bare, name
        self._draws: list[Draw] = []
        self._slot = 0
        self._want: Texels | None = None
        self._tolerance, self._scale = 1e-5, 0.0

    def put(self, texels: npt.NDArray[Any]) -> Surface:
        """Gives an input that holds texels [height, width, 4]."""
        texture = self.bare.texture(texels.shape[1], texels.shape[0], texels)
        return Surface((texture, texture))

    def draw(self, file: str, inputs: Sequence[Surface], size: tuple[int, int], **defines: Any) -> Surface:
        """Adds a draw of glsl/`file` over size = (width, height) texels and gives its output."""
        array = self.bare.program(file, [x.size for x in inputs], defines)
        first, second = (self.bare.texture(*size) for _ in range(2))
        framebuffers = tuple(self.bare.ctx.framebuffer([t]) for t in (first, second))
        output = Surface((first, second), framebuffers)
        self._draws.append(Draw(array, tuple(inputs), output))
        return output

    def point(self, expression: str, inputs: Sequence[Surface], size: tuple[int, int]) -> Surface:
        """Adds a draw of point.glsl: each texel is `expression` of the inputs at P."""
        return self.draw("point.glsl", inputs, size, EXPR=expression)

    def expect(self, texels: npt.NDArray[Any], tolerance: float = 1e-5, scale: float = 0.0) -> Plan:
        """States what the last draw gives, within tolerance of its (or the given) scale; returns the plan."""
        self._want, self._tolerance, self._scale = np.asarray(texels, np.float32), tolerance, scale
        return self

    def run(self) -> int:
        """Queues the draws and gives the number of the slot they wrote."""
        self._slot = slot = 1 - self._slot
        for step in self._draws:
            for unit, surface in enumerate(step.inputs):
                surface.textures[slot].use(unit)
            step.output.framebuffers[slot].use()
            step.array.render(moderngl.TRIANGLES, vertices=3)
        return slot

    def wait(self, slot: int) -> None:
        """Returns when the slot's result is finished: reads one texel of it."""
        self._draws[-1].output.framebuffers[slot].read((0, 0, 1, 1), 4, dtype="f4")

    def check(self) -> str | None:
        """Gives None where the drawn result is as stated, else what is wrong."""
        assert self._want is not None, self.name
        texture = self._draws[-1].output.textures[self.run()]
        width, height = texture.size
        got = np.frombuffer(texture.read(), np.float32).reshape(height, width, 4)
        return disagreement(got[..., : self._want.shape[-1]], self._want, self._tolerance, self._scale)

    def work(self) -> Work[int]:
        """Gives what bench.timing measures."""
        return Work(call=self.run, wait=self.wait, gpu=self.bare.gpu_ms)

    def free(self) -> None:
        """Releases every texture of the plan."""
        surfaces = {id(s): s for d in self._draws for s in (*d.inputs, d.output)}
        for surface in surfaces.values():
            for framebuffer in surface.framebuffers:
                framebuffer.release()
            for texture in set(surface.textures):
                texture.release()
