"""Checks of an op made by `gl.custom_op`, in one call, as ours are checked: values against NumPy, gradients
against differences, padding lanes, left-over texels, captured graphs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.engine.autodiff import value_and_grads
from glbackend.engine.backend import make_backend
from glbackend.graph.function import function
from glbackend.ops.create import tensor
from glbackend.ops.custom import CustomOp
from glbackend.testing.case import Case
from glbackend.testing.check import (
    Inspecting,
    cotangents,
    gradient_numeric,
    gradient_parity,
    parity,
    results,
    using,
    weighted,
)
from glbackend.testing.sample import Array, uniform

STEP = 2.0**-7  # of differences in float32: rounding and curvature both stay below TOLERANCE
TOLERANCE = 5e-3
SHAPES = (
    (3, 5),
    (),
    (4,),
    (1, 1),
    (2, 3, 130),
    (0, 3),
)  # one padded, of rank 0, whole texels, several lines, none


def check_op(op: CustomOp, *inputs: Array, rtol: float = 1e-5, **attrs: float) -> None:
    """AssertionError, with the worst value, where a custom op or a gradient of it is wrong.

    With a NumPy function: the values on webgl against it within `rtol`, and the gradient against differences
    in float64. Without one: the gradient against differences in float32 on webgl itself, within half a
    percent. In both cases lanes that pad rows must be zero, what lay in recycled textures (NaN) must not
    matter, and a captured function must give the same bits. `inputs` are arrays away from kinks, int32 ones
    where the op takes such. Without any, expressions are tried on samples of several shapes, that broadcast,
    and of int32 where they have an `integer` form; shaders on one sample of shape [3, 5] for each input.

    >>> import glbackend as gl
    >>> check_op(gl.custom_op("doubled", "x + x", numpy=lambda x: x + x, grad=lambda dy, x: dy * 2.0))
    """
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    gl = Inspecting(backend)
    for name, arrays in [("custom", inputs)] if inputs else _samples(op):
        wrt = tuple(i for i, x in enumerate(op.inputs) if x in op.gradients and arrays[i].dtype == np.float32)
        case = Case(
            op.name, name, lambda *xs: op(*xs, **attrs), tuple(arrays), wrt, rtol, because="the user's own"
        )
        with _poisoned(backend):
            _check_case(case, gl, op.on_cpu)


def _samples(op: CustomOp) -> Iterator[tuple[str, tuple[Array, ...]]]:
    """Names and inputs of the cases that are tried where nobody gave any."""
    count = len(op.inputs)
    for shape in SHAPES if op.elementwise else SHAPES[:1]:
        yield f"custom {list(shape)}", tuple(uniform(0.25, 2.0, *shape, seed=i) for i in range(count))
    if op.elementwise and count > 1:
        shapes = [(3, 5), (5,), (3, 1)]
        yield "custom, broadcast", tuple(uniform(0.25, 2.0, *shapes[i % 3], seed=i) for i in range(count))
    if op.integer:
        generator = np.random.default_rng(0)
        yield "custom, int32", tuple(generator.integers(1, 9, (3, 5), np.int32) for _ in range(count))


@contextmanager
def _poisoned(backend: WebGL) -> Iterator[None]:
    """Recycled textures are full of NaN, and nothing small is computed on the host."""
    before = backend.pool.poison, backend.forwards
    backend.pool.poison, backend.forwards = True, False
    try:
        yield
    finally:
        backend.pool.poison, backend.forwards = before


def _check_case(case: Case, gl: Inspecting, on_cpu: bool) -> None:
    if on_cpu:
        parity(case, gl)
        if case.grad and case.inputs[case.grad[0]].size:
            gradient_parity(case, gl)
            gradient_numeric(case)
    with using(gl):
        eager = results(case.call, case.inputs)
        captured = function(case.call)
        for _ in range(3):  # traced, recorded, replayed
            for a, b in zip(results(captured, case.inputs), eager, strict=True):
                np.testing.assert_array_equal(a, b, err_msg=f"{case.id}: captured it gives other values")
        if not on_cpu:
            for position in case.grad:
                _check_gradient(case, position)


def _check_gradient(case: Case, position: int) -> None:
    """The tape's gradient agrees with differences in float32."""
    weights = cotangents(results(case.call, case.inputs))
    alone = Case(case.kernel, case.name, case.call, case.inputs, (position,), case.rtol, because=case.because)
    start = tensor(case.inputs[position])
    found = value_and_grads(weighted(alone, weights))([start]).grad[0].numpy().reshape(-1)
    chosen = np.unique(np.linspace(0, max(found.size - 1, 0), min(found.size, 24)).astype(int))
    if not chosen.size:
        return

    def value(arrays: Sequence[Array]) -> float:
        given = [one for one in results(case.call, arrays) if one.dtype.kind == "f"]
        return float(sum((one.astype(np.float64) * w).sum() for one, w in zip(given, weights, strict=True)))

    wanted: list[float] = []
    for element in chosen:
        ends = []
        for sign in (1, -1):
            moved = case.inputs[position].copy()
            moved.reshape(-1)[element] += sign * STEP
            ends.append(value([moved if i == position else array for i, array in enumerate(case.inputs)]))
        wanted.append((ends[0] - ends[1]) / (2 * STEP))
    scale = max(float(np.abs(wanted).max()), 1.0)
    error: Any = np.abs(found[chosen] - wanted)
    worst = int(np.argmax(error))
    assert error[worst] <= TOLERANCE * scale, (
        f"{case.kernel}: the gradient of input {position} is {found[chosen[worst]]:.6g} at element "
        f"{chosen[worst]}, differences say {wanted[worst]:.6g}"
    )
