"""Captured graphs on webgl: few draws, of which explain tells each; data from wherever."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Coded, Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.run import Prepared
from glbackend.testing.check import Inspecting, using
from tests.test_function import norm

SIDE = 64  # numbers a row, and rows: 16 KB


def square(seed: int) -> Tensor:
    return gl.tensor(np.random.default_rng(seed).normal(size=(SIDE, SIDE)).astype(np.float32))


def draws(backend: Any, run: Any) -> int:
    before = backend.draw_count
    run()
    return backend.draw_count - before


def test_rows_make_one_draw(webgl: Inspecting) -> None:
    def ten(a: Tensor, b: Tensor) -> Tensor:
        inner = ((a * b + a).relu() - b).tanh()
        return ((inner * a).square() + b).sigmoid().exp()

    captured, a, b = gl.function(ten), square(0), square(1)
    with using(webgl):
        np.testing.assert_array_equal(captured(a, b).numpy(), ten(a, b).numpy())
        assert draws(webgl, lambda: captured(a, b)) == 1
        np.testing.assert_array_equal(captured(b, a).numpy(), ten(b, a).numpy())


def test_explain_tells_every_draw(webgl: Inspecting) -> None:
    w, v = square(2), gl.variable(gl.ones([SIDE]))
    captured = gl.function(lambda x: norm(x.matmul(w) + v * 2.0).softmax().transpose() @ w)
    with using(webgl):
        told = captured.explain(square(1))
        for _ in range(2):
            captured(square(1))
        count = draws(webgl, lambda: captured(square(1)))
    each_time = told.split("and, where a variable has changed:")[0]
    assert each_time.count("  draw ") == count
    assert f"{count} draws; " in each_time
    assert "Chain [BatchMatMul] Add" in each_time and "stored for 3: Mean, Chain, Chain" in each_time


@pytest.mark.parametrize(("power", "count"), [(-0.5, 2), (-0.25, 3)])
def test_draws_of_a_normalisation(power: float, count: int, webgl: Inspecting) -> None:
    """A layer normalisation: the moments, and what is made of them. What only looks like one: two sums, the
    second over squares that are never stored, and what is made of them.
    """
    root = Tensor.rsqrt if power == -0.5 else (lambda x: x.rsqrt().sqrt())
    captured, x = gl.function(lambda x: (x - x.mean(-1, True)) * root(moment(x) + 1e-5)), square(0)
    with using(webgl):
        for _ in range(2):
            captured(x)
        assert draws(webgl, lambda: captured(x)) == count


def moment(x: Tensor) -> Tensor:
    return (x - x.mean(-1, True)).square().mean(-1, True)


def test_a_weight_changes_its_form_once(webgl: Inspecting) -> None:
    """What a kernel sees with other rows is made when the weight changes, not in every run."""
    filters = gl.variable(gl.tensor(np.random.default_rng(0).normal(size=(3, 3, 5, 1)).astype(np.float32)))
    captured = gl.function(lambda x: x.depthwise_conv2d(filters, 1, "same"))
    x = gl.tensor(np.random.default_rng(1).normal(size=(1, 6, 6, 5)).astype(np.float32))
    with using(webgl):
        for _ in range(2):
            captured(x)
        assert draws(webgl, lambda: captured(x)) == 1
        filters.assign(filters * 2.0)
        got = captured(x).numpy()
        np.testing.assert_array_equal(got, x.depthwise_conv2d(filters, 1, "same").numpy())
        assert draws(webgl, lambda: captured(x)) == 1


# -- data from elsewhere -----------------------------------------------------------------------------------


def test_constants_that_move_are_found_again(own: WebGL) -> None:
    """Another backend takes a captured tensor home: the graph is recorded once more."""
    held = square(1).exp()
    captured, x = gl.function(lambda x: (x * held).tanh()), square(0)
    captured(x)
    wanted = captured(x).numpy()
    gl.set_backend("cpu")
    other = WebGL(Context())
    with using(other):
        held + 1.0
    with using(own):
        for _ in range(3):
            np.testing.assert_array_equal(captured(x).numpy(), wanted)


def test_an_applications_texture_is_an_argument_as_any(own: WebGL) -> None:
    values = np.random.default_rng(0).normal(size=(16, 16, 4)).astype(np.float32)
    captured = gl.function(lambda x: (x * 2.0).tanh())
    wanted = (gl.tensor(values) * 2.0).tanh().numpy()
    with own.context:
        texture = own.context.gl.texture((16, 16), 4, values.tobytes(), dtype="f4")
    given = gl.from_texture(texture, [16, 16, 4])
    for x in (given, gl.tensor(values), given):
        np.testing.assert_array_equal(captured(x).numpy(), wanted)
    del x, given
    with own.context:
        texture.release()


def test_codes_are_constants_and_arguments_as_any(own: WebGL) -> None:
    """What is kept in fewer bits: as a constant it is read as it is kept, as an argument it is decoded."""
    codes = np.arange(SIDE * SIDE, dtype=np.uint8) % 7
    coded = Tensor(Handle(Coded(codes, 0.25, -1.0), Spec((SIDE, SIDE))))
    plain, x = gl.tensor((codes * 0.25 - 1.0).astype(np.float32).reshape(SIDE, SIDE)), square(0)
    of_constant = gl.function(lambda x: (x @ coded).tanh() + coded.reshape([SIDE // 2, -1]).sum())
    of_argument = gl.function(lambda x, w: (x @ w).tanh() + w.reshape([SIDE // 2, -1]).sum())
    wanted = of_argument.python(x, plain).numpy()
    for w in (plain, coded, plain, coded):
        np.testing.assert_allclose(of_argument(x, w).numpy(), wanted, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(of_constant(x).numpy(), wanted, rtol=1e-5, atol=1e-5)


def test_what_reads_values_runs_kernel_by_kernel(own: WebGL) -> None:
    """A kernel that could not be recorded is no error: the plan says why, and runs as ever."""
    graph = gl.trace(lambda x: (x * 2.0).softmax(), square(0))
    prepared, x = Prepared(graph), square(0)
    real = type(own).read

    def reading(storage: Any) -> Any:
        return real(own, storage)

    softmax = own.run

    def run(kernel: str, inputs: Any, checked: Any) -> Any:
        if kernel == "Softmax":
            reading(inputs["logits"].storage)
        return softmax(kernel, inputs, checked)

    own.run = run  # type: ignore[method-assign]
    wanted = (x * 2.0).softmax().numpy()
    for _ in range(2):
        np.testing.assert_array_equal(prepared(own, [x.handle]).numpy(), wanted)
    assert prepared.explain(own, [x.handle]).startswith(
        "kernel by kernel, as a kernel reads values on the host"
    )
