"""Contracts of normalising by moments of its own: each channel over all else, or each row by itself."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract

BY = ("channel", "row")


def _check(op: str, by: str, variance_epsilon: float, x: Spec, given: dict[str, Spec | None]) -> Spec:
    """The spec of a mean or variance."""
    if by not in BY:
        raise ArgumentError(f"{op}: by must be 'channel' or 'row', got {by!r}")
    if not variance_epsilon >= 0:
        raise ArgumentError(f"{op}: variance_epsilon must be at least 0, got {variance_epsilon}")
    if not x.rank:
        raise ShapeError(f"{op}: x must have rank 1 or more")
    moment, channels = Spec(x.shape[-1:] if by == "channel" else (*x.shape[:-1], 1)), Spec(x.shape[-1:])
    wanted = {"x": x, "dy": x, "mean": moment, "variance": moment, "offset": channels, "scale": channels}
    for name, spec in given.items():
        if spec is None:
            continue
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: argument {name!r} must be float32, got {spec.dtype}: cast it first")
        if spec.shape != wanted[name].shape:
            raise ShapeError(
                f"{op}: argument {name!r} must have shape {list(wanted[name].shape)} beside x of "
                f"{list(x.shape)}, got {list(spec.shape)}"
            )
    return moment


@contract("Normalize")
def normalize(
    x: Spec,
    offset: Spec | None = None,
    scale: Spec | None = None,
    *,
    by: str,
    variance_epsilon: float = 0.001,
) -> Checked:
    """Of x's shape, and the mean and variance that it was normalised by; offset and scale [channels]."""
    moment = _check("normalize", by, variance_epsilon, x, {"x": x, "offset": offset, "scale": scale})
    return Checked((x, moment, moment), {"by": by, "variance_epsilon": float(variance_epsilon)})


@contract("NormalizeGrad")
def normalize_grad(
    dy: Spec,
    x: Spec,
    mean: Spec,
    variance: Spec,
    scale: Spec | None = None,
    *,
    by: str,
    variance_epsilon: float = 0.001,
    affine: bool = True,
) -> Checked:
    """By x and, with `affine`, by offset and by scale."""
    given = {"x": x, "dy": dy, "mean": mean, "variance": variance, "scale": scale}
    _check("normalize_grad", by, variance_epsilon, x, given)
    channels = Spec(x.shape[-1:])
    attrs = {"by": by, "variance_epsilon": float(variance_epsilon), "affine": bool(affine)}
    return Checked((x, channels, channels) if affine else (x,), attrs)
