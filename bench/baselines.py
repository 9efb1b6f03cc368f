"""Yardsticks in bare moderngl: the cheapest plain shader for the work of each case.

Each draws the same work on the same inputs as the case of its name, packed however suits it best, without an
engine around it, and is checked against NumPy. A kernel of ours at ratio 1 costs nothing over its shader.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.bare import Bare, Plan, Surface
from bench.checksum import WrongResult, sum_scale
from bench.inputs import FloatArray, case_input

Case = dict[str, Any]
Array = npt.NDArray[Any]

TOTAL = "vec4(dot(v, vec4(1.0)))"
HIGHEST = "vec4(max(max(v.x, v.y), max(v.z, v.w)))"
UNARY: dict[
    str, tuple[str, Callable[[FloatArray], Array], float]
] = {  # GLSL's own functions, inexact as they are
    "relu": ("max(a_at(P.x, P.y), 0.0)", lambda x: np.maximum(x, 0), 1e-6),
    "exp": ("exp(a_at(P.x, P.y))", np.exp, 1e-5),
    "tanh": ("tanh(a_at(P.x, P.y))", np.tanh, 1e-2),
    "sigmoid": ("1.0 / (1.0 + exp(-a_at(P.x, P.y)))", lambda x: 1 / (1 + np.exp(-x)), 1e-5),
}


def packed(x: Array) -> FloatArray:
    """Gives [..., C] as texels [rows, C / 4, 4], zeros filling the last texel of a row."""
    rows = x.reshape(-1, x.shape[-1]).astype(np.float32)
    rows = np.pad(rows, ((0, 0), (0, -x.shape[-1] % 4)))
    return rows.reshape(len(rows), -1, 4)


def image(x: Array) -> FloatArray:
    """Gives images [N, H, W, C] as texels [N H, W C / 4, 4]: a texture's row is an image's row."""
    n, h = x.shape[:2]
    return packed(x).reshape(n * h, -1, 4)


def same_padding(x: Array, kernel: int, stride: int) -> Array:
    """Gives images padded with zeros as pad="same" does."""
    pads = []
    for size in x.shape[1:3]:
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, ((0, 0), *pads, (0, 0)))


def _elementwise(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    plan = Plan(bare, f"{case['op']} in one read")
    texels = packed(x)
    expression, function, tolerance = UNARY[case["op"]]
    plan.point(expression, [plan.put(texels)], (texels.shape[1], texels.shape[0]))
    return plan.expect(function(texels), tolerance)


def _add(bare: Bare, case: Case) -> Plan:
    a, b = (packed(case_input(spec)) for spec in case["inputs"])
    plan = Plan(bare, "add in two reads")
    row = "0.0" if len(b) < len(a) else "P.y"
    inputs = [plan.put(a), plan.put(b)]
    plan.point(f"a_at(P.x, P.y) + b_at(P.x, {row})", inputs, (a.shape[1], a.shape[0]))
    return plan.expect(a + b)


def _chain10(bare: Bare, case: Case) -> Plan:
    a, b = (packed(case_input(spec)) for spec in case["inputs"])
    plan = Plan(bare, "ten draws, one an op")
    size = (a.shape[1], a.shape[0])
    one, two = "a_at(P.x, P.y)", "b_at(P.x, P.y)"
    sa, sb = plan.put(a), plan.put(b)
    y = plan.point(f"{one} * {two}", [sa, sb], size)
    steps: list[tuple[str, list[Surface]]] = [
        (f"{one} + {two}", [sa]),
        (f"max({one}, 0.0)", []),
        (f"{one} - {two}", [sb]),
        (f"tanh({one})", []),
        (f"{one} * {two}", [sa]),
        (f"{one} * {one}", []),
        (f"{one} + {two}", [sb]),
        (f"1.0 / (1.0 + exp(-{one}))", []),
        (f"exp({one})", []),
    ]
    for expression, more in steps:
        y = plan.point(expression, [y, *more], size)
    inner = np.tanh(np.maximum(a * b + a, 0) - b) * a
    return plan.expect(np.exp(1 / (1 + np.exp(-(inner**2 + b)))), 1e-2)


def _fold(plan: Plan, x: Surface, rows: bool, first: str, step: str, last: str) -> Surface:
    """Folds each row (or everything) to one texel, in two draws: partial results, then these."""
    width, height = x.size
    # Eight partials a row; to fold everything, 128 x 32 fragments: enough to keep every core at work.
    w, h = (8 if width % 8 == 0 else 10, height) if rows else (128, 32)
    parts = {"W": w, "H": h, "NX": width // w, "NY": height // h}
    assert width % w == 0 and height % h == 0, (x.size, w, h)
    y = plan.draw("fold.glsl", [x], (w, h), FIRST=first, STEP=step, LAST="v", **parts)
    end = {"W": 1, "H": 1, "NX": w, "NY": 1 if rows else h}
    again = step if first == "a_at(P.x, P.y)" else "v + t"
    return plan.draw("fold.glsl", [y], (1, h if rows else 1), FIRST=first, STEP=again, LAST=last, **end)


def _reduce(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    axis = tuple(case["attrs"]["axis"])
    plan = Plan(bare, "two folding draws")
    count = math.prod(x.shape[i] for i in axis)
    finish = {"sum": TOTAL, "mean": f"{TOTAL} / {count}.0", "max": HIGHEST}[case["op"]]
    rule = ("a_at(P.x, P.y)", "max(v, t)") if case["op"] == "max" else ("vec4(0.0)", "v + t")
    _fold(plan, plan.put(packed(x)), len(axis) == 1, *rule, finish)
    want = np.asarray(getattr(x.astype(np.float64), case["op"])(axis=axis))
    scale = sum_scale(count) / (count if case["op"] == "mean" else 1)
    return plan.expect(np.broadcast_to(want.reshape(-1, 1, 1), (want.size, 1, 4)), 1e-5, scale)


def _softmax(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    plan = Plan(bare, "five draws: highest, sum, quotient")
    texels = packed(x)
    s = plan.put(texels)
    high = _fold(plan, s, True, "a_at(P.x, P.y)", "max(v, t)", HIGHEST)
    size = (texels.shape[1], texels.shape[0])
    power = plan.point("exp(a_at(P.x, P.y) - b_at(0, P.y))", [s, high], size)
    total = _fold(plan, power, True, "vec4(0.0)", "v + t", TOTAL)
    plan.point("a_at(P.x, P.y) / b_at(0, P.y)", [power, total], size)
    e = np.exp(x - x.max(-1, keepdims=True))
    return plan.expect(packed(e / e.sum(-1, keepdims=True)))


def _layer_norm(bare: Bare, case: Case) -> Plan:
    x, g, b = (case_input(spec) for spec in case["inputs"])
    n, eps = x.shape[-1], case["attrs"]["eps"]
    plan = Plan(bare, "six draws: mean, variance, affine")
    texels = packed(x)
    s, size = plan.put(texels), (texels.shape[1], texels.shape[0])
    mean = _fold(plan, s, True, "vec4(0.0)", "v + t", f"{TOTAL} / {n}.0")
    centred = plan.point("a_at(P.x, P.y) - b_at(0, P.y)", [s, mean], size)
    inverse = _fold(plan, centred, True, "vec4(0.0)", "v + t * t", f"inversesqrt({TOTAL} / {n}.0 + {eps!r})")
    affine = "a_at(P.x, P.y) * b_at(0, P.y) * c_at(P.x, 0) + d_at(P.x, 0)"
    plan.point(affine, [centred, inverse, plan.put(packed(g)), plan.put(packed(b))], size)
    d = x - x.mean(-1, keepdims=True)
    return plan.expect(packed(d / np.sqrt((d**2).mean(-1, keepdims=True) + eps) * g + b))


def _batch_norm(bare: Bare, case: Case) -> Plan:
    x, mean, variance, offset, scale = (case_input(spec) for spec in case["inputs"])
    eps = case["attrs"]["eps"]
    texels, width = image(x), x.shape[2]
    plan = Plan(bare, "five reads")
    row = [np.tile(packed(v), (1, width, 1)) for v in (mean, variance, offset, scale)]
    expression = (
        f"(a_at(P.x, P.y) - b_at(P.x, 0)) * inversesqrt(c_at(P.x, 0) + {eps!r}) * e_at(P.x, 0) + d_at(P.x, 0)"
    )
    plan.point(expression, [plan.put(t) for t in (texels, *row)], (texels.shape[1], texels.shape[0]))
    return plan.expect(image((x - mean) / np.sqrt(variance + eps) * scale + offset))


def _transpose(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    plan = Plan(bare, "four reads a texel")
    plan.draw("transpose.glsl", [plan.put(packed(x))], (x.shape[0] // 4, x.shape[1]))
    return plan.expect(packed(x.T))


def _concat(bare: Bare, case: Case) -> Plan:
    a, b = (packed(case_input(spec)) for spec in case["inputs"])
    w = a.shape[1]
    plan = Plan(bare, "one read a texel")
    expression = f"P.x < {w}.0 ? a_at(P.x, P.y) : b_at(P.x - {w}.0, P.y)"
    plan.point(expression, [plan.put(a), plan.put(b)], (2 * w, len(a)))
    return plan.expect(np.concatenate([a, b], axis=1))


def _slice(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    (y0, x0), (h, w) = case["attrs"]["begin"], case["attrs"]["size"]
    plan = Plan(bare, "one read a texel")
    plan.point(f"a_at(P.x + {x0 // 4}.0, P.y + {y0}.0)", [plan.put(packed(x))], (w // 4, h))
    return plan.expect(packed(x[y0 : y0 + h, x0 : x0 + w]))


def _gather(bare: Bare, case: Case) -> Plan:
    x, indices = (case_input(spec) for spec in case["inputs"])
    plan = Plan(bare, "two reads a texel")
    column = np.repeat(indices.astype(np.float32)[:, None, None], 4, axis=2)
    size = (x.shape[1] // 4, len(indices))
    plan.point("a_at(P.x, b_at(0, P.y).x)", [plan.put(packed(x)), plan.put(column)], size)
    return plan.expect(packed(x[indices]))


def _cumsum(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    texels = packed(x)
    width, size = texels.shape[1], (texels.shape[1], texels.shape[0])
    plan = Plan(bare, "doubling steps")
    lanes = "a_at(P.x, P.y) + vec4(0.0, a_at(P.x, P.y).xyz)"
    y = plan.point(lanes, [plan.put(texels)], size)
    y = plan.point("a_at(P.x, P.y) + vec4(0.0, 0.0, a_at(P.x, P.y).xy)", [y], size)
    for step in (2**i for i in range((width - 1).bit_length())):
        y = plan.point(
            f"a_at(P.x, P.y) + (P.x < {step}.0 ? vec4(0.0) : a_at(P.x - {step}.0, P.y).wwww)", [y], size
        )
    return plan.expect(packed(x.astype(np.float64).cumsum(1)))


def _matmul(bare: Bare, case: Case) -> Plan:
    a, b = (case_input(spec) for spec in case["inputs"])
    want = a.astype(np.float64) @ b
    a, b, want = (m.reshape(-1, *m.shape[-2:]) for m in (a, b, want))

    def quads(m: Array) -> Array:
        m = np.pad(m, ((0, 0), (0, m.shape[1] % 2), (0, m.shape[2] % 2)))
        n, h, w = m.shape
        return m.reshape(n * h // 2, 2, w // 2, 2).swapaxes(1, 2).reshape(n * h // 2, w // 2, 4)

    plan = Plan(bare, "TensorFlow.js's 2x2 texel a fragment")
    ta, tb, tw = quads(a), quads(b), quads(want)
    halves = {"M2": (a.shape[1] + 1) // 2, "K2": (a.shape[2] + 1) // 2}
    plan.draw("matmul_2x2.glsl", [plan.put(ta), plan.put(tb)], (tw.shape[1], tw.shape[0]), **halves)
    return plan.expect(tw)


def _conv2d(bare: Bare, case: Case) -> Plan:
    x, f, *bias = (case_input(spec) for spec in case["inputs"])
    kh, kw, c_in, c_out = f.shape
    s = case["attrs"]["strides"]
    x = same_padding(x, kh, s)
    oh, ow = (x.shape[1] - kh) // s + 1, (x.shape[2] - kw) // s + 1
    want = np.zeros((len(x), oh, ow, c_out))
    for i, j in np.ndindex(kh, kw):
        want += x[:, i : i + s * oh : s, j : j + s * ow : s][:, :oh, :ow] @ f[i, j]
    plan = Plan(bare, "direct, four channels a fragment")
    c4, n4 = -(-c_in // 4), c_out // 4
    filters = np.pad(f, ((0, 0), (0, 0), (0, 4 * c4 - c_in), (0, 0)))
    inputs = [plan.put(image(x)), plan.put(packed(filters))]
    epilogue = "v"
    if bias:  # bias and relu6 ride along
        inputs.append(plan.put(packed(bias[0])))
        epilogue = "clamp(v + c_at(n, 0), 0.0, 6.0)"
        want = np.clip(want + bias[0], 0, 6)
    sizes = {"S": s, "KH": kh, "KW": kw, "C4": c4, "N4": n4, "OH": oh, "PH": x.shape[1]}
    plan.draw("conv.glsl", inputs, (ow * n4, len(x) * oh), EPILOGUE=epilogue, **sizes)
    return plan.expect(image(want))


def _depthwise(bare: Bare, case: Case) -> Plan:
    x, f = (case_input(spec) for spec in case["inputs"])
    kh, kw, c, _ = f.shape
    _, h, w, _ = x.shape
    plan = Plan(bare, "two reads a tap")
    x = same_padding(x, kh, 1)
    want = sum(x[:, i : i + h, j : j + w] * f[i, j, :, 0] for i, j in np.ndindex(kh, kw))
    inputs = [plan.put(image(x)), plan.put(packed(f[..., 0]))]
    sizes = {"S": 1, "KH": kh, "KW": kw, "C4": c // 4}
    plan.draw("window.glsl", inputs, (w * c // 4, h), FIRST="vec4(0.0)", STEP="v + t * b_at(c, k)", **sizes)
    return plan.expect(image(np.asarray(want)))


def _max_pool(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    n, h, w, c = x.shape
    plan = Plan(bare, "four reads a texel")
    sizes = {"S": 2, "KH": 2, "KW": 2, "C4": c // 4}
    first = "a_at(pixel * S * C4 + c, P.y * S)"
    plan.draw(
        "window.glsl", [plan.put(image(x))], (w // 2 * c // 4, h // 2), FIRST=first, STEP="max(v, t)", **sizes
    )
    return plan.expect(image(x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))))


def _resize(bare: Bare, case: Case) -> Plan:
    x = case_input(case["inputs"][0])
    h, w = x.shape[1:3]
    oh, ow = case["attrs"]["size"]
    plan = Plan(bare, "four reads a texel")
    ratio = f"vec2({ow / w!r}, {oh / h!r})"
    plan.draw("resize.glsl", [plan.put(image(x))], (ow, oh), RATIO=ratio, LAST=f"vec2({w - 1}.0, {h - 1}.0)")
    y, z = np.arange(oh) * h / oh, np.arange(ow) * w / ow
    y0, z0 = y.astype(int), z.astype(int)
    y1, z1 = np.minimum(y0 + 1, h - 1), np.minimum(z0 + 1, w - 1)
    fy, fz = (y - y0)[:, None, None], (z - z0)[None, :, None]
    top, low = (x[0][r][:, z0] * (1 - fz) + x[0][r][:, z1] * fz for r in (y0, y1))
    return plan.expect(image((top * (1 - fy) + low * fy)[None]))


BASELINES: dict[str, Callable[[Bare, Case], Plan]] = {
    **dict.fromkeys(UNARY, _elementwise),
    **dict.fromkeys(["sum", "mean", "max"], _reduce),
    "add": _add,
    "chain10": _chain10,
    "softmax": _softmax,
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
    "transpose": _transpose,
    "concat": _concat,
    "slice": _slice,
    "gather": _gather,
    "cumsum": _cumsum,
    "matmul": _matmul,
    "conv2d": _conv2d,
    "fused_conv2d": _conv2d,
    "depthwise_conv2d": _depthwise,
    "max_pool": _max_pool,
    "resize_bilinear": _resize,
}


def baseline(bare: Bare, case: Case) -> Plan | None:
    """Gives the checked plan for a case, or None where no plain shader does its work (top-k, models).

    Call it inside `with bare:`. Raises WrongResult where the plan's result is wrong.
    """
    make = BASELINES.get(case["op"])
    if make is None:
        return None
    plan = make(bare, case)
    if wrong := plan.check():
        plan.free()
        raise WrongResult(f"baseline of {case['name']}: {wrong}")
    return plan
