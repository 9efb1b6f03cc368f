"""Draws made ready, walked as a list: what is known beforehand is not looked for again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.pool import Texture, TexturePool
from glbackend.backends.webgl.gl.program import Program
from glbackend.backends.webgl.gl.timer import Stopwatch
from glbackend.base.late import Late


class Step:
    """One draw. Textures are known by their place in the list that `run` is given.

    `reads`: pairs of place and texture unit; `targets`: places; `lates`: the uniforms that each run asks for;
    `copies`: textures, buffers, and what `TexturePool.copy` copies from one to the other before.
    `fixed`: whether its one target is always the same, so that its framebuffer is; those of several the
    pool may release.
    """

    __slots__ = (
        "before", "changes", "copies", "fixed", "framebuffer", "lates", "mark", "program", "reads", "targets",
        "uniforms", "viewport", "writes",
    )  # fmt: skip

    def __init__(
        self,
        program: Program,
        reads: Sequence[tuple[int, int]],
        uniforms: Mapping[str, Any],
        lates: Mapping[str, Late],
        targets: Sequence[int],
        viewport: tuple[int, int, int, int],
        copies: Sequence[tuple[int, int, tuple[Any, ...]]],
    ) -> None:
        self.program = program
        self.reads = reads
        self.uniforms = uniforms
        self.lates = lates
        self.targets = targets
        self.viewport = viewport
        self.copies = copies
        self.fixed = False
        self.framebuffer: Any = None
        self.mark = object()  # that the program has its uniforms; it must not keep the draw itself alive
        self.before = self.mark
        self.changes: dict[str, Any] = {}  # from what `before` left in the program
        self.writes: list[tuple[Callable[[bytes], None], bytes]] = []


def link(steps: Sequence[Step]) -> None:
    """Finds what uniforms change from one draw of a program to its next one, round and round."""
    last = {id(step.program): step for step in steps}
    for step in steps:
        before = last[id(step.program)]
        step.before = before.mark
        step.changes = {
            name: value for name, value in step.uniforms.items() if before.uniforms.get(name) != value
        }
        step.writes = step.program.packed(step.changes)
        last[id(step.program)] = step


def run(
    steps: Sequence[Step],
    textures: Sequence[Texture],
    pool: TexturePool,
    known: dict[Late, Any],
    drawn: Callable[[], None],
    stopwatch: Stopwatch | None = None,
) -> None:
    """Makes all draws. Needs the context; `drawn` is called after each, `stopwatch` times each."""
    try:
        _run(steps, textures, pool, known, drawn, stopwatch)
    except BaseException:  # in between two uniforms, perhaps
        for step in steps:
            step.program.forget()
        raise


def _run(
    steps: Sequence[Step],
    textures: Sequence[Texture],
    pool: TexturePool,
    known: dict[Late, Any],
    drawn: Callable[[], None],
    stopwatch: Stopwatch | None,
) -> None:
    bound = [texture.gl.use for texture in textures]
    triangles = moderngl.TRIANGLES
    for step in steps:
        program = step.program
        if program.holder is not step.before:
            program.set(step.uniforms)
        elif step.writes:
            for write, data in step.writes:
                write(data)
            program.note(step.changes)
        for name, late in step.lates.items():
            program.set({name: late.value(known)})
        program.holder = step.mark
        for source, buffer, what in step.copies:
            pool.copy(textures[source], textures[buffer], *what)
        for place, unit in step.reads:
            bound[place](unit)
        framebuffer = step.framebuffer
        if framebuffer is None:
            framebuffer = pool.framebuffer(*[textures[place] for place in step.targets])
            if step.fixed:
                step.framebuffer = framebuffer
        if framebuffer.extra != step.viewport:
            framebuffer.viewport = framebuffer.extra = step.viewport
        framebuffer.use()
        if stopwatch is None:
            program.vertices.render(triangles, vertices=3)
        else:
            with stopwatch.around():
                program.vertices.render(triangles, vertices=3)
        drawn()
