"""Matrix products on the GPU: shaders/kernels/gemm.glsl, driven by the rule in tiling.py."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.epilogue import PLAIN, Epilogue, epilogue
from glbackend.backends.webgl.glsl.operand import reading
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.backends.webgl.plan.tiled import Order, draw_tiled, saturation
from glbackend.backends.webgl.plan.tiling import BLOCK_TEXELS, Forced, Tiling, choose, override
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec
from glbackend.base.view import View
from glbackend.contracts.contract import check
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

MOST_ROWS = 8  # of a tile
LEAST_TURN = 12 << 10  # texels of a product that are worth a draw


@kernel("BatchMatMul", "webgl")
def batch_mat_mul(
    webgl: WebGL,
    a: Handle,
    b: Handle,
    *,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    a_view: View | None = None,
    b_view: View | None = None,
) -> Handle:
    """Products over leading dims that broadcast."""
    return product(webgl, a, b, out, transpose_a, transpose_b, PLAIN, a_view, b_view)


@kernel("_FusedMatMul", "webgl")
def fused_mat_mul(
    webgl: WebGL,
    a: Handle,
    b: Handle,
    bias: Handle | None = None,
    prelu_activation_weights: Handle | None = None,
    *,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    activation: str | None,
    alpha: float,
) -> Handle:
    """The product, bias and activation in one go."""
    last = epilogue(out, bias, prelu_activation_weights, activation, alpha)
    return product(webgl, a, b, out, transpose_a, transpose_b, last)


def product(
    webgl: WebGL,
    a: Handle,
    b: Handle,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    last: Epilogue = PLAIN,
    a_view: View | None = None,
    b_view: View | None = None,
) -> Handle:
    """The product of a and b, or of both as views show them, through the epilogue `last`."""
    if a_view is not None and b_view is not None:
        views = a_view, b_view
        viewed = "gemm", *views, out.dtype, transpose_a, transpose_b
        return webgl.tuning.run(
            viewed, lambda: _of_views(webgl, {"a": a, "b": b}, views, out, transpose_a, transpose_b, last)
        )
    key = "gemm", a.shape, b.shape, out.dtype, transpose_a, transpose_b
    return webgl.tuning.run(key, lambda: _product(webgl, a, b, out, transpose_a, transpose_b, last))


def _of_views(
    webgl: WebGL,
    inputs: Mapping[str, Handle],
    views: tuple[View, View],
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    last: Epilogue,
) -> Handle:
    """A product whose rows and matrices lie at any distance, in whole texels each (graph/passes/views.py)."""
    shapes = views[0].shape, views[1].shape
    plan = _plan(*shapes, out, transpose_a, transpose_b, saturation(webgl), override(), flat=False)
    uniforms = {**plan.uniforms, **_steps("a", views[0]), **_steps("b", views[1])}
    uniforms["inner"] = out.shape[-3] if len(out.shape) > 2 else 1
    with webgl.by_number(plan.reads, inputs) as given:
        return draw_tiled(webgl, "gemm", out, plan.tiling, plan.fragments, given, plan.order,
                          uniforms=uniforms, defines={**plan.defines, "VIEWS": 1}, epilogue=last)  # fmt: skip


def _steps(name: str, view: View) -> dict[str, int]:
    """Uniforms: in texels, where an operand begins, and its steps from row to row, matrix to matrix, and
    from one group of `inner` matrices to the next.
    """
    outer, inner, row, _ = (0, 0, 0, 0, *view.strides)[-4:]
    steps = {"start": view.offset, "pitch": row, "batch": inner, "group": outer}
    return {f"{name}_{what}": step // 4 for what, step in steps.items()}


def _product(
    webgl: WebGL, a: Handle, b: Handle, out: Spec, transpose_a: bool, transpose_b: bool, last: Epilogue
) -> Handle:
    integer = out.dtype == "int32"
    if integer and transpose_a:  # the integer kernel reads A by rows
        a, transpose_a = _swapped(webgl, a), False
    a, b = _floats(webgl, a, out.dtype), _floats(webgl, b, out.dtype)
    batch_shape = out.shape[:-2]
    a, b = _spread(webgl, a, batch_shape), _spread(webgl, b, batch_shape)
    plan = _plan(a.shape, b.shape, out, transpose_a, transpose_b, saturation(webgl), override())
    inputs = {"a": a, "b": b}
    if integer:
        return draw_tiled(webgl, "gemm", out, plan.tiling, plan.fragments, inputs, plan.order,
                          uniforms=plan.uniforms, defines=plan.defines, epilogue=last)  # fmt: skip
    in_rows, in_fours = ((), {"": "b", "a_": "a"}) if transpose_a else (("a",), {"": "b"})
    with reading(webgl, plan.reads, inputs, in_rows, in_fours) as way:
        return draw_tiled(webgl, "gemm", out, plan.tiling, plan.fragments, way.inputs, plan.order,
                          uniforms={**plan.uniforms, **way.uniforms},
                          defines={**plan.defines, **way.defines}, epilogue=last)  # fmt: skip


class Plan(NamedTuple):
    """How a product is drawn: all that follows from shapes. `reads` is about how many texels it reads."""

    tiling: Tiling
    fragments: int
    order: Order
    reads: int
    defines: Mapping[str, object]
    uniforms: Mapping[str, object]


@lru_cache(maxsize=4096)
def _plan(
    a: Shape,
    b: Shape,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    saturation: int,
    force: Forced,
    *,
    flat: bool = True,
) -> Plan:
    """`flat`: the rows of all matrices of `a` follow one another, as no views have them."""
    m, n = out.shape[-2:]
    depth = a[-2] if transpose_a else a[-1]
    batch, many_a, many_b = (math.prod(shape[:-2]) for shape in (out.shape, a, b))
    if flat and many_b == 1 and not transpose_a:  # the rows of all matrices are rows of one
        m, batch = m * many_a, batch // max(many_a, 1)
    columns, a_pitch, b_pitch = -(-n // 4), -(-a[-1] // 4), -(-b[-1] // 4)
    integer = out.dtype == "int32"
    turns = _turns(m, columns) if flat and batch == 1 and not integer else 1
    m, batch = m // turns, batch * turns
    a_batch = a[-2] * a_pitch if many_a > 1 else 0
    if turns > 1:
        a_batch = m // 4 if transpose_a else m * a_pitch
    zeros_meet = transpose_b and not transpose_a  # both operands pad the depth with zeros
    steps, rest = (-(-depth // 4), 0) if zeros_meet else divmod(depth, 4)
    tiling = (
        Tiling(1, 1, m, 0.0)
        if integer
        else choose(m, columns, steps, batch, transpose_a=transpose_a, saturation=saturation)
    )
    span = -(-steps // tiling.parts)
    defines: dict[str, object] = {"K_REST": rest}
    structure = {
        "TRANSPOSE_A": transpose_a,
        "TRANSPOSE_B": transpose_b,
        "INTEGER": integer,
        "BLOCKED": span > BLOCK_TEXELS and not integer,
    }
    defines |= {name: 1 for name, wanted in structure.items() if wanted}
    uniforms = {
        "rows": m,
        "groups": tiling.groups,
        "batch": batch,
        "a_pitch": a_pitch,
        "b_pitch": b_pitch,
        "a_batch": a_batch,
        "b_batch": b[-2] * b_pitch if many_b > 1 else 0,
        "steps": steps,
        "span": span,
        "block": max(BLOCK_TEXELS, math.isqrt(span)),
    }
    order = Order("LANES" if transpose_a else "BANDS", m, columns)
    fragments = batch * tiling.groups * columns
    return Plan(tiling, fragments, order, fragments * steps * (tiling.rows + 4), defines, uniforms)


def _turns(rows: int, columns: int) -> int:
    """Into how many matrices, one below the other, the rows of a large product are taken apart: as many turns
    a captured graph can draw it in.
    """
    for turns in (4, 2):
        if rows % (turns * MOST_ROWS) == 0 and rows * columns >= turns * LEAST_TURN:
            return turns
    return 1


def _floats(webgl: WebGL, x: Handle, dtype: DType) -> Handle:
    return (
        x if x.dtype == dtype else draw_chain(webgl, (x,), (Step("Cast", (0,), dtype),), Spec(x.shape, dtype))
    )


def _spread(webgl: WebGL, x: Handle, batch: Shape) -> Handle:
    """`x` repeated along the leading dims, unless it has one matrix for all or one for each."""
    if math.prod(x.shape[:-2]) in (1, math.prod(batch)):
        return x
    out = Spec((*batch, *x.shape[-2:]), x.dtype)
    return draw_chain(webgl, (x,), (Step("Cast", (0,), x.dtype),), out)


def _swapped(webgl: WebGL, x: Handle) -> Handle:
    axes = list(range(len(x.shape)))
    axes[-2:] = axes[-1], axes[-2]
    return permuted(webgl, x, tuple(axes))


def permuted(webgl: WebGL, x: Handle, perm: tuple[int, ...]) -> Handle:
    """`x` with its axes permuted, by the Transpose kernel."""
    result: Handle = webgl.run("Transpose", {"x": x}, check("Transpose", {"x": x.spec}, {"perm": perm}))
    return result
