"""Contracts of LayerNorm and its gradient: each row normalised by itself; not in TF.js."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


def _checked(op: str, x: Spec, epsilon: float, **vectors: Spec | None) -> Checked:
    if x.dtype != "float32" or any(one is not None and one.dtype != "float32" for one in vectors.values()):
        raise DtypeError(f"{op}: all must be float32, got x {x.dtype}: cast it first")
    if not x.rank:
        raise ShapeError(f"{op}: x must have an axis to be normalised along")
    for name, one in vectors.items():
        if one is not None and one.shape != x.shape[-1:]:
            raise ShapeError(
                f"{op}: {name} must be {list(x.shape[-1:])}, as the last axis of x, got {list(one.shape)}"
            )
    if not epsilon >= 0:
        raise ArgumentError(f"{op}: epsilon must be at least 0, got {epsilon}")
    return Checked(x, {"epsilon": float(epsilon)})


@contract("LayerNorm")
def layer_norm(x: Spec, scale: Spec | None = None, offset: Spec | None = None, *, epsilon: float) -> Checked:
    """Vectors over the last axis of x."""
    return _checked("layer_norm", x, epsilon, scale=scale, offset=offset)


@contract("LayerNormGrad")
def layer_norm_grad(x: Spec, dy: Spec, scale: Spec | None = None, *, epsilon: float) -> Checked:
    """By x, for dy of its shape."""
    if dy != x:
        raise ShapeError(f"layer_norm_grad: dy {list(dy.shape)} must be as x, {list(x.shape)}")
    return _checked("layer_norm_grad", x, epsilon, scale=scale)
