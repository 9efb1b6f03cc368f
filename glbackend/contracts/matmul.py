"""Contracts of the matrix products: BatchMatMul and its fused form."""

from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.contracts.contract import Checked, contract

# The activations that ride along as epilogues, by TF.js's name: the row of the table, None for none.
ACTIVATIONS: dict[str, str | None] = {
    "linear": None,
    "relu": "Relu",
    "relu6": "Relu6",
    "elu": "Elu",
    "sigmoid": "Sigmoid",
    "leakyrelu": "LeakyRelu",
    "prelu": "Prelu",
}


class Activation(NamedTuple):
    """A row of the table applied to the result; `alpha` is LeakyRelu's slope."""

    kernel: str | None
    alpha: float = 0.0


def fused_activation(
    op: str, name: str | None, alpha: float | None, weights: Spec | None, out: Spec, bias: Spec | None
) -> Activation:
    """Checks what is fused to a product: the activation by name, and that bias and prelu weights broadcast."""
    if (name or "linear") not in ACTIVATIONS:
        raise ArgumentError(f"{op}: activation {name!r} is not one of {', '.join(ACTIVATIONS)}")
    kernel = ACTIVATIONS[name or "linear"]
    if (kernel == "Prelu") != (weights is not None):
        raise ArgumentError(f"{op}: prelu_activation_weights go with activation 'prelu' and only with it, got {name!r}")
    for what, spec in (("bias", bias), ("prelu_activation_weights", weights)):
        if spec is None:
            continue
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {what!r} must be float32, got {spec.dtype}")
        if broadcast_shapes(spec.shape, out.shape, op) != out.shape:
            raise ShapeError(f"{op}: {what} of shape {list(spec.shape)} does not broadcast to {list(out.shape)}")
    return Activation(kernel, 0.2 if alpha is None else float(alpha))


@contract("BatchMatMul")
def batch_mat_mul(a: Spec, b: Spec, *, transpose_a: bool = False, transpose_b: bool = False) -> Checked:
    """Matrices [..., m, k] and [..., k, n] (as transposed), leading dims broadcast, of one numeric dtype."""
    return _product("mat_mul", a, b, transpose_a, transpose_b)


@contract("_FusedMatMul")
def fused_mat_mul(
    a: Spec,
    b: Spec,
    bias: Spec | None = None,
    preluActivationWeights: Spec | None = None,  # noqa: N803
    prelu_activation_weights: Spec | None = None,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    activation: str | None = "linear",
    leakyrelu_alpha: float | None = None,
) -> Checked:
    """The product, plus a bias, through an activation; float32."""
    raise NotImplementedError


def _product(op: str, a: Spec, b: Spec, transpose_a: Any, transpose_b: Any) -> Checked:
    return Checked(a)
