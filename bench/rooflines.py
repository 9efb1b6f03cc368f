"""What this machine can do at most: arithmetic in registers, texel reads, memory, a pass, a transfer.

A kernel's figure is judged against these: a matmul cannot beat the reads it makes, a copy cannot beat the
memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.bare import Bare, Plan
from bench.checksum import WrongResult
from bench.inputs import floats
from bench.timing import Work, measure

SIDE = 512  # fragments each way: enough tiles for every core


@dataclass(frozen=True)
class Roofline:
    """One ceiling: its value in its unit, and the time of one call behind it."""

    name: str
    value: float
    unit: str
    ms: float


def _registers(plan: Plan) -> float:
    """Gives multiply-adds, two operations each, of one call, in units of 1e6 (so that over ms it is
    GFLOP/s)."""
    rounds = 64
    constants = np.zeros((1, 2, 4), np.float32)
    constants[0, 0], constants[0, 1] = 0.5, 1.0  # r = r / 2 + 1 settles at 2: four chains sum to 8
    plan.draw("registers.glsl", [plan.put(constants)], (SIDE, SIDE), ROUNDS=rounds)
    plan.expect(np.full((SIDE, SIDE, 4), 8.0))
    return SIDE * SIDE * rounds * 16 * 4 * 2 / 1e6


def _reads(plan: Plan, read: str) -> float:
    rounds = 64
    ones = plan.put(np.ones((256, 256, 4), np.float32))
    plan.draw("reads.glsl", [ones], (SIDE, SIDE), ROUNDS=rounds, **{"READ(x, y)": read})
    plan.expect(np.full((SIDE, SIDE, 4), rounds * 8.0))
    return SIDE * SIDE * rounds * 8 / 1e6


def _copy(plan: Plan, width: int, height: int) -> float:
    texels = floats(width * height * 4, 1).reshape(height, width, 4)
    plan.point("a_at(P.x, P.y)", [plan.put(texels)], (width, height))
    plan.expect(texels, 0.0)
    return 2 * texels.nbytes / 1e6


CEILINGS: list[tuple[str, str, Callable[[Plan], float]]] = [
    ("arithmetic in registers", "GFLOP/s", _registers),
    ("texel reads, texelFetch", "G reads/s", lambda plan: _reads(plan, "texelFetch(a, ivec2(x, y), 0)")),
    ("texel reads, texture at the centre", "G reads/s", lambda plan: _reads(plan, "a_at(x, y)")),
    ("copy of 1e6 floats", "GB/s read + written", lambda plan: _copy(plan, 250, 1000)),
    ("copy of 16e6 floats", "GB/s read + written", lambda plan: _copy(plan, 2000, 2000)),
    ("copy of 1000 floats: a pass", "GB/s read + written", lambda plan: _copy(plan, 250, 1)),
]


def rooflines(bare: Bare, latency_ms: float) -> list[Roofline]:
    """Gives the ceilings of the device that `bare` draws on; call it inside `with bare:`."""
    found = []
    for name, unit, build in CEILINGS:
        plan = Plan(bare, name)
        amount = build(plan)
        if wrong := plan.check():
            raise WrongResult(f"roofline {name}: {wrong}")
        ms = measure(plan.work(), latency_ms).best_ms
        plan.free()
        found.append(Roofline(name, amount / ms, unit, ms))
    return found


def bare_transfer(
    bare: Bare, op: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> Work[int]:
    """Gives the bare moderngl counterpart of `upload` or `download` of float32 values (a multiple of four of
    them).

    An upload writes two textures in turn and is waited for by reading one texel back; a download reads a
    texture.
    """
    texels = values.reshape(len(values), -1, 4)
    height, width, _ = texels.shape
    textures = [bare.texture(width, height, texels) for _ in range(2)]
    framebuffers = [bare.ctx.framebuffer([t]) for t in textures]
    buffer = np.empty_like(texels)
    turn = 0

    def upload() -> int:
        nonlocal turn
        turn = 1 - turn
        textures[turn].write(texels)
        return turn

    def wait(slot: int) -> None:
        framebuffers[slot].read((0, 0, 1, 1), 4, dtype="f4")

    def download(slot: int) -> None:
        textures[slot].read_into(buffer)

    turn = upload()
    wait(turn)
    download(turn)
    if not np.array_equal(buffer, texels):
        raise WrongResult(f"baseline of {op}: what came back is not what went up")
    if op == "upload":
        return Work(call=upload, wait=wait)
    return Work(call=lambda: 0, wait=wait, after=download)
