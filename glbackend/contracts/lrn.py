"""Contracts of local response normalisation: LRN, LRNGrad."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


def _checked(op: str, depth_radius: int, bias: float, alpha: float, beta: float, **inputs: Spec) -> Checked:
    x = inputs["x"]
    for name, spec in inputs.items():
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: {name} must be float32, got {spec.dtype}")
        if spec.shape != x.shape:
            raise ShapeError(f"{op}: {name} {list(spec.shape)} must have the shape of x, {list(x.shape)}")
    if x.rank != 4:
        raise ShapeError(f"{op}: x must be rank 3 or 4 but got rank {x.rank}")
    if int(depth_radius) != depth_radius or depth_radius < 0:
        raise ArgumentError(f"{op}: depth_radius must be a whole number of at least 0, got {depth_radius}")
    radius = min(int(depth_radius), x.shape[-1])
    attrs = {"depth_radius": radius, "bias": float(bias), "alpha": float(alpha), "beta": float(beta)}
    return Checked(x, attrs)


@contract("LRN")
def lrn(x: Spec, *, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5) -> Checked:
    """The shape stays."""
    return _checked("localResponseNormalization", depth_radius, bias, alpha, beta, x=x)


@contract("LRNGrad")
def lrn_grad(
    x: Spec, y: Spec, dy: Spec, *, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5
) -> Checked:
    """x and y are the input and the result of LRN."""
    return _checked("LRNGrad", depth_radius, bias, alpha, beta, x=x, y=y, dy=dy)
