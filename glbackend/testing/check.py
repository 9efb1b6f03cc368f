"""Checkers over cases: parity of the backends, gradients against finite differences, padding lanes, draws."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.transfer import read_texels
from glbackend.backends.webgl.render import Form
from glbackend.base.dtypes import double_precision
from glbackend.base.errors import GradientError
from glbackend.contracts.contract import Checked
from glbackend.engine.autodiff import value_and_grads
from glbackend.engine.backend import Backend, make_backend
from glbackend.engine.engine import engine
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.testing.case import Case
from glbackend.testing.sample import Array

TINY = float(np.finfo(np.float32).tiny)  # denormals are flushed by arithmetic on the GPU: they count as zero
VIEWS = {"Identity", "Reshape", "ExpandDims", "Complex", "Real", "Imag"}


class Inspecting:
    """A webgl backend that checks every result's padding lanes, and counts kernels that drew nothing."""

    def __init__(self, inner: WebGL) -> None:
        self.inner = inner
        self.name = inner.name
        self.kernels: dict[str, int] = {}  # kernel -> draws made while it ran

    def run(self, kernel: str, inputs: Any, checked: Checked) -> Any:
        before = self.inner.draw_count
        result = self.inner.run(kernel, inputs, checked)
        self.kernels[kernel] = self.kernels.get(kernel, 0) + self.inner.draw_count - before
        for handle in result if isinstance(result, tuple) else (result,):
            check_padding(self.inner, handle, kernel)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def check_padding(gl: WebGL, handle: Handle, kernel: str) -> None:
    """AssertionError where a lane that pads a row of `handle` is not zero."""
    forms = [form for form in handle.storage.forms.values() if isinstance(form, Form) and form.layout.padded]
    for form in forms:
        layout = form.layout
        with gl.context:
            texels = read_texels(gl.pool, form.texture, layout.width, layout.height)
        rows = texels[: layout.texels * 4].reshape(layout.rows, layout.row_texels * 4)
        pad = rows[:, layout.row_length :]
        assert not pad.any() and not np.isnan(pad).any(), (
            f"{kernel}: padding lanes of {handle.spec} are not zero"
        )


@contextmanager
def using(backend: Backend) -> Iterator[Backend]:
    """Runs a block on a backend object, then goes back to the one before."""
    before = engine().backend
    engine().use(backend)
    try:
        yield backend
    finally:
        engine().use(before)


def results(call: Callable[..., Any], inputs: Sequence[Array]) -> list[Array]:
    """What `call` gives for tensors of these arrays, as arrays."""
    value = call(*(tensor(array) for array in inputs))
    return [one.numpy() for one in (value if isinstance(value, tuple | list) else (value,))]


def assert_close(got: Array, wanted: Array, rtol: float, what: str) -> None:
    """Equal shapes, dtypes, NaN places, infinities; values within rtol of their size and of the result's."""
    assert got.shape == wanted.shape, f"{what}: shape {got.shape}, expected {wanted.shape}"
    assert got.dtype.kind == wanted.dtype.kind, f"{what}: dtype {got.dtype}, expected {wanted.dtype}"
    if got.dtype.kind not in "fc":
        np.testing.assert_array_equal(got, wanted, err_msg=what)
        return
    np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted), err_msg=f"{what}: NaN in other places")
    finite = np.isfinite(wanted)
    if got.dtype.kind == "f":
        np.testing.assert_array_equal(
            got[np.isinf(wanted)], wanted[np.isinf(wanted)], err_msg=f"{what}: infinities"
        )
    got, wanted = got[finite], wanted[finite]
    if not wanted.size:
        return
    typical = float(np.sqrt(np.mean(np.square(np.abs(wanted.astype(np.complex128))))))
    error = np.abs(got - wanted)
    bound = rtol * (np.abs(wanted) + min(typical, 1e30)) + TINY
    worst = int(np.argmax(error - bound))
    assert (error <= bound).all(), (
        f"{what}: {got.ravel()[worst]!r} instead of {wanted.ravel()[worst]!r} "
        f"({int((error > bound).sum())} of {error.size} differ, rtol {rtol})"
    )


def parity(case: Case, gl: Inspecting) -> None:
    """The call gives the same on webgl as on cpu, there computed in float64."""
    with using(Cpu(exact=True)):
        wanted = results(case.call, case.inputs)
    with using(gl):
        got = results(case.call, case.inputs)
    assert len(got) == len(wanted)
    for i, (a, b) in enumerate(zip(got, wanted, strict=True)):
        assert_close(a, b, case.rtol, f"{case.id}, output {i}")


def weighted(case: Case, weights: list[Array]) -> Callable[..., Tensor]:
    """The case as a scalar function of its differentiable inputs: a weighted sum of every float output."""

    def loss(*variables: Tensor) -> Tensor:
        arguments: list[Any] = [tensor(array) for array in case.inputs]
        for position, variable in zip(case.grad, variables, strict=True):
            arguments[position] = variable
        value = case.call(*arguments)
        outputs = [
            y for y in (value if isinstance(value, tuple | list) else (value,)) if y.dtype == "float32"
        ]
        total: Any = None
        for y, w in zip(outputs, weights, strict=True):
            term = (y * tensor(w)).sum()
            total = term if total is None else total + term
        return total

    return loss


def cotangents(outputs: Sequence[Array]) -> list[Array]:
    """Fixed random weights for the elements of every float array among `outputs`."""
    generator = np.random.default_rng(7)
    floats = [y for y in outputs if y.dtype.kind == "f"]
    return [np.asarray(generator.normal(size=y.shape), np.float32) for y in floats]


def _weights(case: Case) -> list[Array]:
    return cotangents(results(case.call, case.inputs))


def gradients(case: Case, loss: Callable[..., Tensor]) -> list[Array]:
    """Gradients of `loss` at the case's inputs, by the tape, on the current backend."""
    chosen = [tensor(case.inputs[position]) for position in case.grad]
    return [g.numpy() for g in value_and_grads(loss)(chosen).grad]


def gradient_parity(case: Case, gl: Inspecting) -> None:
    """The gradients are the same on webgl as on cpu, there computed in float64."""
    with using(Cpu(exact=True)):
        weights = _weights(case)
        wanted = gradients(case, weighted(case, weights))
    with using(gl):
        got = gradients(case, weighted(case, weights))
    for position, a, b in zip(case.grad, got, wanted, strict=True):
        assert_close(a, b, max(case.rtol, 2e-5), f"{case.id}, gradient of input {position}")


def gradient_numeric(case: Case, order: int = 1) -> None:
    """The tape's gradient (order 2: its own) agrees with central differences, in float64 on cpu.

    Of the first order at some elements, each moved alone. Of the second order at all: the slope along a fixed
    random direction has for its gradient what the gradient of the case changes by along that direction.
    """
    with using(make_backend("cpu")), double_precision():
        loss = weighted(case, _weights(case))
        arrays = [case.inputs[position].astype(np.float64) for position in case.grad]
        if order == 2:
            generator = np.random.default_rng(11)
            directions = [np.asarray(generator.normal(size=array.shape)) for array in arrays]
            wanted = _changes(loss, arrays, directions)
            assert not any(np.isnan(numeric).any() for numeric in wanted), f"{case.id}: no number"
            loss = _slope(loss, directions)
        else:
            wanted = [_differences(loss, arrays, i) for i in range(len(arrays))]
        for position, tape, numeric in zip(case.grad, _each(loss, arrays), wanted, strict=True):
            sampled = ~np.isnan(numeric)
            scale = max(float(np.abs(numeric[sampled]).max(initial=0)), 1.0)
            error = float(np.abs(tape - numeric)[sampled].max(initial=0))
            assert error <= 2e-5 * scale, (
                f"{case.id}: order {order} gradient of input {position} is off by {error:.2e} "
                f"(values to {scale:.2g})"
            )


def _each(loss: Callable[..., Tensor], arrays: list[Array]) -> list[Array]:
    """Gradients one by one: zero where the loss does not depend on an input."""
    found = []
    for i, array in enumerate(arrays):
        others = [tensor(a) for a in arrays]

        def single(x: Tensor, i: int = i, others: list[Tensor] = others) -> Tensor:
            return loss(*others[:i], x, *others[i + 1 :])

        try:
            found.append(value_and_grads(single)([tensor(array)]).grad[0].numpy())
        except GradientError as error:  # a second order that vanishes leaves nothing on the tape
            if "does not depend" not in str(error):
                raise
            found.append(np.zeros_like(array))
    return found


def _slope(loss: Callable[..., Tensor], directions: list[Array]) -> Callable[..., Tensor]:
    """How steep `loss` is along the directions: a scalar whose gradient is of second order."""

    def slope(*variables: Tensor) -> Tensor:
        found = value_and_grads(loss)(list(variables)).grad
        total: Any = None
        for g, direction in zip(found, directions, strict=True):
            term = (g * tensor(direction)).sum()
            total = term if total is None else total + term
        return total

    return slope


def _changes(
    loss: Callable[..., Tensor], arrays: list[Array], directions: list[Array], step: float = 1e-5
) -> list[Array]:
    """What the gradients of `loss` change by along the directions: central differences."""
    ahead, behind = (
        value_and_grads(loss)(
            [tensor(array + sign * d) for array, d in zip(arrays, directions, strict=True)]
        ).grad
        for sign in (step, -step)
    )
    return [(a.numpy() - b.numpy()) / (2 * step) for a, b in zip(ahead, behind, strict=True)]


def _differences(loss: Callable[..., Tensor], arrays: list[Array], i: int, step: float = 1e-5) -> Array:
    """Central differences of `loss` by array i, at 24 elements spread over it, fewer of many; else NaN."""
    array = arrays[i]
    slopes, most = np.full(array.size, np.nan), max(min(24, 96 // len(arrays)), 4)
    chosen: Any = (
        np.unique(np.linspace(0, array.size - 1, min(array.size, most)).astype(int)) if array.size else []
    )
    for element in chosen:
        values = []
        for sign in (1, -1):
            moved = array.copy()
            moved.reshape(-1)[element] += sign * step
            changed = [moved if j == i else a for j, a in enumerate(arrays)]
            values.append(float(loss(*(tensor(a) for a in changed)).numpy()))
        slopes[element] = (values[0] - values[1]) / (2 * step)
    return slopes.reshape(array.shape)
