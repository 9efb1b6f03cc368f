"""Normalising by moments of its own, for batch and layer normalisation: forward and back a kernel each."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

from glbackend.base.whole import Whole, whole
from glbackend.engine.autodiff import custom_grad
from glbackend.engine.gradient_tape import GradientTape
from glbackend.engine.registry import gradient
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops.collective import all_reduce, all_reduce_moments
from glbackend.ops.concat import stack, unstack
from glbackend.ops.norm import batch_norm
from glbackend.ops.op import run_several

By = Literal["channel", "row"]


def normalize(
    x: Tensor,
    offset: Tensor | None = None,
    scale: Tensor | None = None,
    by: By = "channel",
    variance_epsilon: float = 0.001,
    together: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset by x's own moments, and those two.

    `by` "channel": each channel, the last axis, over all else, moments [channels]; "row": each row of the
    last axis, moments [..., 1]. `offset` and `scale` [channels]. All float32. With `together` channels are
    normalised by the moments of all processes that share the batch. Ioffe and Szegedy 2015; Ba, Kiros and
    Hinton 2016.

    >>> import glbackend as gl
    >>> y, mean, variance = normalize(gl.tensor([[1.], [3.]]), variance_epsilon=0)
    >>> y.numpy().tolist(), mean.item(), variance.item()
    ([[-1.0], [1.0]], 2.0, 1.0)
    """
    part = whole.get()
    if together and part is not None:
        return _normalize_together(x, offset, scale, variance_epsilon, part)
    inputs = {"x": x, "offset": offset, "scale": scale}
    y, mean, variance = run_several("Normalize", inputs, by=by, variance_epsilon=variance_epsilon)
    return y, mean, variance


def _normalize_together(
    x: Tensor, offset: Tensor | None, scale: Tensor | None, variance_epsilon: float, part: Whole
) -> tuple[Tensor, Tensor, Tensor]:
    """By channel, by the moments of the examples of all processes.

    The gradient of x is the sum of those that the losses of all processes have; no gradient flows through the
    moments that are given.
    """
    rows = 0 if part.share == 0 else x.size // x.shape[-1]
    with nothing_recorded():
        _, own_mean, own_variance = normalize(x)
    mean, variance, count = all_reduce_moments(own_mean, own_variance, rows)
    affine = [one for one in (offset, scale) if one is not None]

    def forward(x: Tensor, *given: Tensor) -> Any:
        y = batch_norm(x, mean, variance, offset, scale, variance_epsilon)
        return y, lambda dy: back(dy)

    def back(dy: Tensor) -> list[Tensor]:
        inputs = {"dy": dy, "x": x, "mean": mean, "variance": variance, "scale": scale}
        attrs = {"by": "channel", "variance_epsilon": variance_epsilon}
        _, doffset, dscale = run_several("NormalizeGrad", inputs, **attrs)
        shift, slope = unstack(all_reduce(stack([doffset, dscale])) / count)
        inverse = (variance + variance_epsilon).rsqrt()
        dx = (dy - shift - (x - mean) * (inverse * slope)) * (inverse if scale is None else inverse * scale)
        chosen = [one for one, given in ((doffset, offset), (dscale, scale)) if given is not None]
        return [dx if rows else dx * 0.0, *chosen]  # rows that stand in have no part in the moments

    return custom_grad(forward)(x, *affine), mean, variance


@gradient("Normalize")
def normalize_gradients(
    dys: list[Tensor | None],
    ys: list[Tensor],
    x: Tensor,
    scale: Tensor | None,
    wanted: set[str],
    *,
    by: By,
    variance_epsilon: float,
) -> dict[str, Callable[[], Tensor | None]]:
    """Back through y in one kernel; through the moments, where somebody uses them, by ordinary ops."""
    dy, dmean, dvariance = dys
    _, mean, variance = ys
    inputs = {"dy": dy, "x": x, "mean": mean, "variance": variance, "scale": scale}
    attrs = {
        "by": by,
        "variance_epsilon": variance_epsilon,
        "affine": not wanted.isdisjoint({"offset", "scale"}),
    }
    found: Sequence[Tensor | None] = (
        (None,) * 3 if dy is None else run_several("NormalizeGrad", inputs, **attrs)
    )
    count = x.size // max(mean.size, 1)

    def dx() -> Tensor | None:
        slopes = [found[0]]
        slopes.append(None if dmean is None else (dmean / count).broadcast_to(x.shape))
        slopes.append(None if dvariance is None else (x - mean) * (dvariance * (2 / count)))
        return functools.reduce(_added, slopes)

    return {"x": dx, "offset": lambda: found[1], "scale": lambda: found[2]}


def _added(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return a if b is None else b if a is None else a + b


@gradient("NormalizeGrad")
def normalize_grad_gradients(
    dy: Tensor | list[Tensor],
    dy_input: Tensor,
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    scale: Tensor | None,
    *,
    by: By,
    variance_epsilon: float,
    affine: bool,
) -> dict[str, Callable[[], Tensor | None]]:
    """Those of the same in ordinary ops."""
    given = {"dy": dy_input, "x": x, "mean": mean, "variance": variance}
    given |= {} if scale is None else {"scale": scale}

    @functools.cache
    def found() -> dict[str, Tensor | None]:
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(given.values())
            results = _back(dy_input, x, mean, variance, scale, by, variance_epsilon)
            slopes = dy if isinstance(dy, list) else [dy]
            total = functools.reduce(
                Tensor.__add__, [(one * slope).sum() for one, slope in zip(results, slopes, strict=affine)]
            )
        return dict(zip(given, tape.gradient(total, list(given.values())), strict=True))

    return {name: lambda name=name: found()[name] for name in given}  # type: ignore[misc]


def _back(
    dy: Tensor,
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    scale: Tensor | None,
    by: By,
    epsilon: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """What the kernel NormalizeGrad gives."""
    leading = tuple(range(x.rank - 1))
    axes = leading if by == "channel" else (x.rank - 1,)
    inverse = (variance + epsilon).rsqrt()
    shares = (x - mean) * inverse
    slope = dy if scale is None else dy * scale
    dx = inverse * (slope - slope.mean(axes, True) - shares * (slope * shares).mean(axes, True))
    return dx, dy.sum(leading), (dy * shares).sum(leading)
