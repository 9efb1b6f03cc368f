"""Elementwise kernels: one per row of the table, each a chain of length one; and Cast, AddN."""

from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.backends.webgl.glsl.accessor import uncut
from glbackend.backends.webgl.glsl.chain import numbers_of, plan
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.row import Row
from glbackend.table.step import Step

TENSORS_A_PASS = 8  # of AddN: GL promises 16 samplers


def draw_chain(
    webgl: WebGL,
    xs: tuple[Handle, ...],
    steps: tuple[Step, ...],
    out: Spec,
    attrs: dict[str, float] | None = None,
) -> Handle:
    """Runs a chain over `xs` in one pass; `attrs` are the float uniforms, `s<step>_<name>`.

    Single numbers that the host knows travel as uniforms: no upload, no texture.
    """
    numbers, bits = numbers_of(xs)
    piece, uniforms, by_row = plan(tuple([x.spec for x in xs]), steps, out, numbers)
    inputs = {f"x{i}": x for i, x in enumerate(xs) if i not in numbers}
    if attrs or numbers:
        uniforms = {**uniforms, **bits, **(attrs or {})}
    pieces = {"chain": piece}
    handle: Handle
    if not by_row:
        handle = webgl.draw("elementwise", out, inputs, uniforms=uniforms, pieces=pieces)
        return handle
    layout = webgl.layout(out.shape)
    spread = {name: x for name, x in inputs.items() if x.shape != out.shape}
    with webgl.by_number(len(spread) * layout.texels, spread) as read:
        found = {**inputs, **read}
        handle = webgl.draw(
            "elementwise", out, found, uniforms=uniforms, defines=uncut(layout), pieces=pieces
        )
    return handle


def declare_row(row: Row) -> None:
    """The kernel of a row: a chain of length one."""
    steps = (Step(row.kernel, tuple(range(len(row.inputs)))),)
    uniforms = {f"s0_{name}": name for name in row.attrs}
    accepts_complex = "complex64" in row.accepts

    @kernel(row.kernel, "webgl")
    def elementwise(webgl: WebGL, *, out: Spec, **named: Any) -> Handle:
        xs = tuple([named[name] for name in row.inputs])
        if accepts_complex and "complex64" in [x.spec.dtype for x in xs]:
            return _complex(webgl, row.kernel, xs, out)
        return draw_chain(webgl, xs, steps, out, {key: named[name] for key, name in uniforms.items()})


for _row in ROWS.values():
    if _row.kernel != "Select":
        declare_row(_row)

# Registers of two complex operands: 0 and 1 the real parts, 2 and 3 the imaginary ones, then the steps.
REAL_PRODUCT = (Step("Multiply", (0, 1)), Step("Multiply", (2, 3)), Step("Sub", (4, 5)))
IMAGINARY_PRODUCT = (Step("Multiply", (0, 3)), Step("Multiply", (2, 1)), Step("Add", (4, 5)))
COMPARISONS = {
    "Equal": (Step("Equal", (0, 1)), Step("Equal", (2, 3)), Step("LogicalAnd", (4, 5))),
    "NotEqual": (Step("NotEqual", (0, 1)), Step("NotEqual", (2, 3)), Step("LogicalOr", (4, 5))),
}


def _complex(webgl: WebGL, name: str, xs: tuple[Handle, ...], out: Spec) -> Handle:
    """A row on complex tensors, by their parts; Add, Sub and Neg take each part by itself."""
    real, imaginary = zip(*(split(webgl, x) for x in xs), strict=True)
    part = Spec(out.shape, "float32")
    if name in COMPARISONS:
        return draw_chain(webgl, (*real, *imaginary), COMPARISONS[name], out)
    if name == "Multiply":
        products = (
            draw_chain(webgl, (*real, *imaginary), steps, part) for steps in (REAL_PRODUCT, IMAGINARY_PRODUCT)
        )
        return join(webgl, *products)
    steps = (Step(name, tuple(range(len(xs)))),)
    return join(webgl, *(draw_chain(webgl, side, steps, part) for side in (real, imaginary)))


@kernel("Select", "webgl")
def select(
    webgl: WebGL, condition: Handle, t: Handle, e: Handle, *, out: Spec, condition_shape: Shape
) -> Handle:
    """The row, with the condition seen in the shape in which it broadcasts."""
    return draw_chain(webgl, (condition.view(condition_shape), t, e), (Step("Select", (0, 1, 2)),), out)


@kernel("Cast", "webgl")
def cast(webgl: WebGL, x: Handle, *, out: Spec, dtype: DType) -> Handle:
    """Cuts floats towards zero, NaN becomes 0; any number but 0 is True; of complex the real part."""
    if dtype == x.dtype or (x.dtype == "bool" and dtype == "int32" and x.storage.dtype == "bool"):
        return x.view(out.shape, dtype)
    if dtype == "complex64":
        zero = Handle.of(np.zeros(out.shape, NUMPY["float32"]), Spec(out.shape, "float32"))
        return join(webgl, cast(webgl, x, out=zero.spec, dtype="float32"), zero)
    if x.dtype == "complex64":
        return cast(webgl, split(webgl, x)[0], out=out, dtype=dtype)
    return draw_chain(webgl, (x,), (Step("Cast", (0,), dtype),), out)


@kernel("AddN", "webgl")
def add_n(webgl: WebGL, xs: list[Handle], *, out: Spec) -> Handle:
    """Sum of tensors, from the first to the last, several a pass."""
    if out.dtype == "complex64":
        part = Spec(out.shape, "float32")
        sides = zip(*(split(webgl, x) for x in xs), strict=True)
        return join(webgl, *(add_n(webgl, list(side), out=part) for side in sides))
    total = xs[0]
    for first in range(1, len(xs), TENSORS_A_PASS - 1):
        group = (total, *xs[first : first + TENSORS_A_PASS - 1])
        last = len(group) - 1
        steps = tuple(Step("Add", (i + last if i else 0, i + 1)) for i in range(last))
        total = draw_chain(webgl, group, steps, out)
    return total.view(out.shape)
