"""Checks of an op made by `gl.custom_op`, in one call: its values against NumPy, its gradients against
differences.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.engine.autodiff import value_and_grads
from glbackend.engine.backend import make_backend
from glbackend.ops.create import tensor
from glbackend.ops.custom import CustomOp
from glbackend.testing.case import Case
from glbackend.testing.check import Inspecting, gradient_numeric, gradient_parity, parity, using
from glbackend.testing.sample import Array, uniform

STEP = 2.0**-7  # of differences in float32: rounding and curvature both stay below TOLERANCE
TOLERANCE = 5e-3


def check_op(op: CustomOp, *inputs: Array, rtol: float = 1e-5, **attrs: float) -> None:
    """AssertionError, with the worst value, where a custom op or a gradient of it is wrong.

    With a NumPy function: the values on webgl against it within `rtol`, and the gradient against differences
    in float64. Without one: the gradient against differences in float32 on webgl itself, within half a
    percent. `inputs` are float32 arrays away from kinks; without any, one sample of shape [3, 5] each.

    >>> import glbackend as gl
    >>> check_op(gl.custom_op("doubled", "x + x", numpy=lambda x: x + x, grad=lambda dy, x: dy * 2.0))
    """
    arrays = inputs or tuple(uniform(0.25, 2.0, 3, 5, seed=i) for i in range(len(op.inputs)))
    wrt = tuple(i for i, name in enumerate(op.inputs) if name in op.gradients)
    case = Case(
        op.name, "custom", lambda *xs: op(*xs, **attrs), tuple(arrays), wrt, rtol, because="the user's own"
    )
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    gl = Inspecting(backend)
    if op.on_cpu:
        parity(case, gl)
        if wrt:
            gradient_parity(case, gl)
            gradient_numeric(case)
        return
    with using(gl):
        weights = np.asarray(np.random.default_rng(7).normal(size=_values(case, arrays).shape))
        for position in wrt:
            _check_gradient(case, list(arrays), position, weights)


def _values(case: Case, arrays: Sequence[Array]) -> Array:
    values: Array = case.call(*(tensor(array) for array in arrays)).numpy()
    return values


def _check_gradient(case: Case, arrays: list[Array], position: int, weights: Array) -> None:
    def loss(x: Any) -> Any:
        others = [tensor(array) for array in arrays]
        return (
            case.call(*others[:position], x, *others[position + 1 :]) * tensor(weights.astype(np.float32))
        ).sum()

    found = value_and_grads(loss)([tensor(arrays[position])]).grad[0].numpy().reshape(-1)
    chosen = np.unique(np.linspace(0, found.size - 1, min(found.size, 24)).astype(int))
    wanted = []
    for element in chosen:
        ends = []
        for sign in (1, -1):
            moved = arrays[position].copy()
            moved.reshape(-1)[element] += sign * STEP
            changed = [moved if i == position else array for i, array in enumerate(arrays)]
            ends.append(float((_values(case, changed).astype(np.float64) * weights).sum()))
        wanted.append((ends[0] - ends[1]) / (2 * STEP))
    scale = max(float(np.abs(wanted).max()), 1.0)
    error = np.abs(found[chosen] - wanted)
    worst = int(np.argmax(error))
    assert error[worst] <= TOLERANCE * scale, (
        f"{case.kernel}: the gradient of input {position} is {found[chosen[worst]]:.6g} at element "
        f"{chosen[worst]}, differences say {wanted[worst]:.6g}"
    )
