"""A step of an optimizer, as the domain of training has it."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op

DOMAIN = "ai.onnx.preview.training"


def _groups(values: tuple[Tensor, ...], count: int) -> list[tuple[Tensor, ...]]:
    """Inputs [all X, all G, ...] as (X, G, ...) for each variable."""
    each = len(values) // count
    return [tuple(values[i * each + k] for i in range(count)) for k in range(each)]


def _turned(results: Sequence[tuple[Tensor, ...]]) -> Any:
    """Back: all new X, all new states, ..."""
    return tuple(one for kind in zip(*results, strict=True) for one in kind)


@onnx_op("Adagrad", domain=DOMAIN)
def adagrad(
    rate: Tensor,
    step: Tensor,
    *values: Tensor,
    decay_factor: float = 0.0,
    epsilon: float = 1e-6,
    norm_coefficient: float = 0.0,
) -> Any:
    """Adagrad's new values and sums of squares."""
    r = rate / (step.cast("float32") * decay_factor + 1.0)
    results = []
    for x, g, h in _groups(values, 3):
        g = g + x * norm_coefficient
        h = h + g * g
        results.append((x - r * g / (h.sqrt() + epsilon), h))
    return _turned(results)


@onnx_op("Adam", domain=DOMAIN)
def adam(
    rate: Tensor,
    step: int,
    *values: Tensor,
    alpha: float = 0.9,
    beta: float = 0.999,
    epsilon: float = 1e-6,
    norm_coefficient: float = 0.0,
    norm_coefficient_post: float = 0.0,
) -> Any:
    """Adam's new values and moments."""
    r = rate * ((1 - beta**step) ** 0.5 / (1 - alpha**step)) if step > 0 else rate
    results = []
    for x, g, v, h in _groups(values, 4):
        g = g + x * norm_coefficient
        v, h = v * alpha + g * (1 - alpha), h * beta + g * g * (1 - beta)
        results.append(((x - r * v / (h.sqrt() + epsilon)) * (1 - norm_coefficient_post), v, h))
    return _turned(results)


@onnx_op("Momentum", domain=DOMAIN)
def momentum(
    rate: Tensor, step: int, *values: Tensor, alpha: float, beta: float, mode: str, norm_coefficient: float
) -> Any:
    """Momentum's new values and momenta, Nesterov's or the standard ones."""
    results = []
    for x, g, v in _groups(values, 3):
        g = g + x * norm_coefficient
        v = v * alpha + g * (beta if step > 0 else 1.0)
        results.append((x - rate * (g + v * alpha if mode == "nesterov" else v), v))
    return _turned(results)
