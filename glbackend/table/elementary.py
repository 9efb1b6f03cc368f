"""Rows of functions of one number. Columns: kernel, op, GLSL on vec4, NumPy, gradient, what differs."""

from typing import Any

import numpy as np

from glbackend.table import functions as f
from glbackend.table.row import COMPLEX, Row

EXP = "lib/math_exp.glsl"
LOG = "lib/math_log.glsl"
TRIG = "lib/math_trig.glsl"
ARC = "lib/math_arc.glsl"
HYPERBOLIC = "lib/math_hyperbolic.glsl"
ERF = "lib/math_erf.glsl"
ORDER = "lib/math_order.glsl"
CLIP = {"clip_value_min": None, "clip_value_max": None}

TWO_OVER_ROOT_PI = 1.1283791670955126


def zero(dy: Any) -> Any:
    """The gradient of what is flat between its jumps."""
    return dy.zeros_like()


ELEMENTARY = (
    # kernel          op            GLSL                    NumPy                gradient
    # - signs and rounding
    Row("Neg",        "neg",        "-x",                   np.negative,         lambda dy: -dy,                       integer="-x", accepts=COMPLEX),
    Row("Abs",        "abs",        "abs(x)",               np.abs,              lambda dy, x: dy * x.sign(),          integer="abs(x)"),
    Row("Sign",       "sign",       "vec4(greaterThan(x, vec4(0.0))) - vec4(lessThan(x, vec4(0.0)))", f.sign, zero,    integer="sign(x)"),
    Row("Floor",      "floor",      "floor(x)",             f.whole(np.floor),   zero,                                 integer="x"),
    Row("Ceil",       "ceil",       "ceil(x)",              f.whole(np.ceil),    zero,                                 integer="x"),
    Row("Round",      "round",      "roundEven(x)",         f.whole(np.rint),    zero,                                 integer="x"),
    # - powers
    Row("Square",     "square",     "x * x",                np.square,           lambda dy, x: dy * (x * 2.0),         integer="x * x"),
    Row("Sqrt",       "sqrt",       "sqrt(x)",              np.sqrt,             lambda dy, y: dy / (y * 2.0),         domain=(0.1, 9.0)),
    Row("Rsqrt",      "rsqrt",      "inversesqrt(x)",       f.rsqrt,             lambda dy, y: dy * (y * y * y * -0.5), domain=(0.1, 9.0)),
    Row("Reciprocal", "reciprocal", "1.0 / x",              np.reciprocal,       lambda dy, y: dy * -(y * y),          domain=(0.3, 4.0)),
    # - exponentials and logarithms
    Row("Exp",        "exp",        "exp_(x)",              np.exp,              lambda dy, y: dy * y,                 include=EXP),
    Row("Expm1",      "expm1",      "expm1(x)",             np.expm1,            lambda dy, x: dy * x.exp(),           include=EXP),
    Row("Log",        "log",        "log_(x)",              np.log,              lambda dy, x: dy / x,                 include=LOG, domain=(0.2, 9.0)),
    Row("Log1p",      "log1p",      "log1p(x)",             np.log1p,            lambda dy, x: dy / (x + 1.0),         include=LOG, domain=(-0.8, 4.0)),
    # - angles
    Row("Sin",        "sin",        "sin_(x)",              np.sin,              lambda dy, x: dy * x.cos(),           include=TRIG),
    Row("Cos",        "cos",        "cos_(x)",              np.cos,              lambda dy, x: -dy * x.sin(),          include=TRIG),
    Row("Tan",        "tan",        "tan_(x)",              f.wide(np.tan),      lambda dy, y: dy * (y * y + 1.0),     include=TRIG, domain=(-1.2, 1.2)),
    Row("Asin",       "asin",       "asin_(x)",             np.arcsin,           lambda dy, x: dy * ((1.0 - x) * (x + 1.0)).rsqrt(),  include=ARC, domain=(-0.9, 0.9)),
    Row("Acos",       "acos",       "acos_(x)",             np.arccos,           lambda dy, x: -dy * ((1.0 - x) * (x + 1.0)).rsqrt(), include=ARC, domain=(-0.9, 0.9)),
    Row("Atan",       "atan",       "atan_(x)",             np.arctan,           lambda dy, x: dy / (x * x + 1.0),     include=ARC),
    # - hyperbolic functions
    Row("Sinh",       "sinh",       "sinh_(x)",             np.sinh,             lambda dy, x: dy * x.cosh(),          include=HYPERBOLIC),
    Row("Cosh",       "cosh",       "cosh_(x)",             np.cosh,             lambda dy, x: dy * x.sinh(),          include=HYPERBOLIC),
    Row("Tanh",       "tanh",       "tanh_(x)",             np.tanh,             lambda dy, y: dy.tanh_grad(y),        include=EXP),
    Row("Asinh",      "asinh",      "asinh_(x)",            np.arcsinh,          lambda dy, x: dy * (x * x + 1.0).rsqrt(), include=HYPERBOLIC),
    Row("Acosh",      "acosh",      "acosh_(x)",            np.arccosh,          lambda dy, x: dy * ((x - 1.0) * (x + 1.0)).rsqrt(), include=HYPERBOLIC, domain=(1.2, 9.0)),
    Row("Atanh",      "atanh",      "atanh_(x)",            np.arctanh,          lambda dy, x: dy / ((1.0 - x) * (x + 1.0)), include=HYPERBOLIC, domain=(-0.9, 0.9)),
    Row("Erf",        "erf",        "erf(x)",               f.erf,               lambda dy, x: dy * ((-(x * x)).exp() * TWO_OVER_ROOT_PI), include=ERF),
    # - bounds
    Row("ClipByValue", "clip_by_value", "clamp_(x, vec4(clip_value_min), vec4(clip_value_max))", f.clip,
        lambda dy, x, *, clip_value_min, clip_value_max: dy.where((x >= clip_value_min).logical_and(x <= clip_value_max), 0.0),
        attrs=CLIP, integer="clamp(x, clip_value_min, clip_value_max)", include=ORDER),
)  # fmt: skip
