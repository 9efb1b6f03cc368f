"""Contract of FusedBatchNorm: every parameter broadcasts to x."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.contracts.contract import Checked, contract


@contract("FusedBatchNorm")
def batch_norm(
    x: Spec,
    mean: Spec,
    variance: Spec,
    offset: Spec | None = None,
    scale: Spec | None = None,
    *,
    variance_epsilon: float | None = 0.001,
) -> Checked:
    """Vectors over the last axis, or tensors of x's rank; all float32."""
    given = {"x": x, "mean": mean, "variance": variance, "offset": offset, "scale": scale}
    for name, spec in given.items():
        if spec is None:
            continue
        if spec.dtype != "float32":
            raise DtypeError(
                f"batch_norm: argument {name!r} is {spec.dtype}, but must be float32: cast it first"
            )
        if broadcast_shapes(spec.shape, x.shape, f"batch_norm: argument {name!r} and x") != x.shape:
            raise ShapeError(
                f"batch_norm: argument {name!r} of shape {list(spec.shape)} does not broadcast to x, "
                f"{list(x.shape)}"
            )
    if variance_epsilon is None:
        variance_epsilon = 0.001
    if not variance_epsilon >= 0:
        raise ArgumentError(f"batch_norm: variance_epsilon must be at least 0, got {variance_epsilon}")
    return Checked(x, {"variance_epsilon": float(variance_epsilon)})
