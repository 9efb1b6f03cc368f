"""Elementwise kernels: one per row of the table, each a chain of length one; and Cast, AddN."""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.chain import Step, plan
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.row import Row

ADD_AT_ONCE = 8  # AddN reads this many tensors a pass: GL promises 16 samplers


def draw_chain(
    gl: WebGL,
    xs: tuple[Handle, ...],
    steps: tuple[Step, ...],
    out: Spec,
    attrs: dict[str, float] | None = None,
) -> Handle:
    """Runs a chain over `xs` in one pass; `attrs` are the float uniforms, `s<step>_<name>`."""
    piece, uniforms = plan(tuple(x.spec for x in xs), steps, out)
    inputs = {f"x{i}": x for i, x in enumerate(xs)}
    return gl.draw("elementwise", out, inputs, uniforms={**uniforms, **attrs} if attrs else uniforms,
                   pieces={"chain": piece})  # fmt: skip


def _declare(row: Row) -> None:
    steps = (Step(row.kernel, tuple(range(len(row.inputs)))),)

    @kernel(row.kernel, "webgl")
    def elementwise(gl: WebGL, *, out: Spec, **named: Any) -> Handle:
        xs = tuple(named[name] for name in row.inputs)
        return draw_chain(gl, xs, steps, out, {f"s0_{name}": named[name] for name in row.attrs})


for _row in ROWS.values():
    if _row.kernel != "Select":
        _declare(_row)


@kernel("Select", "webgl")
def select(
    gl: WebGL, condition: Handle, t: Handle, e: Handle, *, out: Spec, condition_shape: Shape
) -> Handle:
    """The row, with the condition seen in the shape in which it broadcasts."""
    return draw_chain(gl, (condition.view(condition_shape), t, e), (Step("Select", (0, 1, 2)),), out)


@kernel("Cast", "webgl")
def cast(gl: WebGL, x: Handle, *, out: Spec, dtype: DType) -> Handle:
    """Floats are cut towards zero, NaN becomes 0; any number but 0 is True."""
    if dtype == x.dtype or (x.dtype == "bool" and dtype == "int32" and x.storage.dtype == "bool"):
        return x.view(out.shape, dtype)
    return draw_chain(gl, (x,), (Step("Cast", (0,), dtype),), out)


@kernel("AddN", "webgl")
def add_n(gl: WebGL, xs: list[Handle], *, out: Spec) -> Handle:
    """Sum of tensors, from the first to the last, several a pass."""
    total = xs[0]
    for first in range(1, len(xs), ADD_AT_ONCE - 1):
        group = (total, *xs[first : first + ADD_AT_ONCE - 1])
        last = len(group) - 1
        steps = tuple(Step("Add", (i + last if i else 0, i + 1)) for i in range(last))
        total = draw_chain(gl, group, steps, out)
    return total.view(out.shape)
