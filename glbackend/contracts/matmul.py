"""Contracts of the matrix products BatchMatMul and _FusedMatMul, and of what is fused to a product."""

from typing import Any

from glbackend.base.dtypes import upcast
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.base.view import View
from glbackend.contracts.contract import Checked, contract
from glbackend.table.fusable import ACTIVATIONS


def fused_attrs(
    op: str, out: Spec, bias: Spec | None, weights: Spec | None, activation: Any, alpha: Any
) -> dict[str, Any]:
    """What is fused to a product with result `out`: `activation` (a kernel of the table or None) and `alpha`.

    Raises where the activation is unknown or bias or prelu weights do not broadcast to the result.
    """
    if (activation or "linear") not in ACTIVATIONS:
        raise ArgumentError(f"{op}: activation {activation!r} is not one of {', '.join(ACTIVATIONS)}")
    kernel = ACTIVATIONS[activation or "linear"]
    if (kernel == "Prelu") != (weights is not None):
        raise ArgumentError(
            f"{op}: prelu_activation_weights go with activation 'prelu' and only there, got {activation!r}"
        )
    for name, spec in (("bias", bias), ("prelu_activation_weights", weights)):
        if spec is None:
            continue
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")
        if broadcast_shapes(spec.shape, out.shape, op) != out.shape:
            raise ShapeError(
                f"{op}: {name} of shape {list(spec.shape)} does not broadcast to the result {list(out.shape)}"
            )
    return {"activation": kernel, "alpha": 0.2 if alpha is None else float(alpha)}


def _product(op: str, a: Spec, b: Spec, transpose_a: bool, transpose_b: bool) -> Spec:
    """Spec of the product of [..., m, k] and [..., k, n] (as transposed); leading dims broadcast."""
    if a.rank < 2 or b.rank < 2:
        raise ShapeError(
            f"{op}: a and b need at least rank 2, got shapes {list(a.shape)} and {list(b.shape)}"
        )
    for name, spec in (("a", a), ("b", b)):
        if spec.dtype not in ("float32", "int32"):
            raise DtypeError(
                f"{op}: argument {name!r} is {spec.dtype}, but must be float32 or int32: cast it first"
            )
    m, inner_a = a.shape[-2:][::-1] if transpose_a else a.shape[-2:]
    inner_b, n = b.shape[-2:][::-1] if transpose_b else b.shape[-2:]
    if inner_a != inner_b:
        raise ShapeError(
            f"{op}: inner dims {inner_a} and {inner_b} of shapes {list(a.shape)} and {list(b.shape)} "
            f"must be equal (transpose_a={transpose_a}, transpose_b={transpose_b})"
        )
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2], op)
    return Spec((*batch, m, n), upcast(a.dtype, b.dtype))


@contract("BatchMatMul")
def batch_mat_mul(
    a: Spec,
    b: Spec,
    *,
    transpose_a: Any = False,
    transpose_b: Any = False,
    a_view: View | None = None,
    b_view: View | None = None,
) -> Checked:
    """Matrix products over leading dims that broadcast.

    In a captured graph both operands may be views of what is given, with the leading dims of the result.
    """
    attrs = {"transpose_a": bool(transpose_a), "transpose_b": bool(transpose_b)}
    if a_view is None or b_view is None:
        return Checked(_product("matmul", a, b, **attrs), attrs)
    for name, view, x in (("a", a_view, a), ("b", b_view, b)):
        if view.end > x.size:
            raise ShapeError(f"matmul: a view of {name} ends at {view.end} of its {x.size} elements")
    out = _product("matmul", Spec(a_view.shape, a.dtype), Spec(b_view.shape, b.dtype), **attrs)
    return Checked(out, {**attrs, "a_view": a_view, "b_view": b_view})


@contract("_FusedMatMul")
def fused_mat_mul(
    a: Spec,
    b: Spec,
    bias: Spec | None = None,
    prelu_activation_weights: Spec | None = None,
    *,
    transpose_a: Any = False,
    transpose_b: Any = False,
    activation: Any = "linear",
    leakyrelu_alpha: Any = None,
) -> Checked:
    """A product of float32, plus a bias, through an activation."""
    op = "fused.matmul"
    attrs = {"transpose_a": bool(transpose_a), "transpose_b": bool(transpose_b)}
    out = _product(op, a, b, **attrs)
    if out.dtype != "float32" or a.dtype != b.dtype:
        raise DtypeError(f"{op}: a and b must be float32, got {a.dtype} and {b.dtype}: cast them first")
    return Checked(
        out, attrs | fused_attrs(op, out, bias, prelu_activation_weights, activation, leakyrelu_alpha)
    )
