"""Ops of the user's own: expressions and shader files, on both backends, in gradients, checked."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, BackendError, CallError, ShaderError
from glbackend.base.shapes import Spec
from glbackend.contracts import contract as contracts
from glbackend.engine import registry
from glbackend.table import ROWS
from glbackend.testing.check import Inspecting, using
from glbackend.testing.custom import check_op


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test declares is gone after it: other tests count the kernels."""
    registry.kernels("cpu"), registry.kernels("webgl"), contracts.contracts()
    books = [ROWS, contracts._contracts, registry._rules, *registry._kernels.values()]
    before = [dict(book) for book in books]
    yield
    for book, entries in zip(books, before, strict=True):
        book.clear()
        book.update(entries)


def test_an_attr_of_the_wrong_type_and_an_expression_that_does_not_compile(webgl: Inspecting) -> None:
    with pytest.raises(CallError, match=r"scaled: attr 'a' must be a number, got 'b' \(str\)"):
        gl.custom_op("scaled", "x * a", attrs={"a": 1.0})([1.0], a="b")
    with (
        using(webgl),
        pytest.raises(ShaderError, match=r"custom op broken \(x \* foo\(1.0\)\) does not compile"),
    ):
        gl.custom_op("broken", "x * foo(1.0)")([1.0])


def test_five_lines(backend: str) -> None:
    soft = gl.custom_op(
        "soft", "x / (b + abs(x))", attrs={"b": 1.0}, numpy=lambda x, b: x / (np.float32(b) + np.abs(x)),
        grad=lambda dy, x, *, b: dy * b / (x.abs() + b).square(),
    )  # fmt: skip
    x = np.array([[0.0, 1.0, -3.0]], np.float32)
    np.testing.assert_allclose(soft(x).numpy(), [[0, 0.5, -0.75]], rtol=1e-6)
    np.testing.assert_allclose(soft(x, b=3.0).numpy(), [[0, 0.25, -0.5]], rtol=1e-6)
    np.testing.assert_allclose(gl.grad(soft)(gl.tensor(x)).numpy(), [[1, 0.25, 0.0625]], rtol=1e-6)
    assert check_op(soft) is None


def test_inputs_broadcast_and_take_scalars(webgl: Inspecting) -> None:
    with using(webgl):
        fma = gl.custom_op(
            "fma", "a * b + c", inputs=("a", "b", "c"), grad=(lambda dy, b: dy * b, None, lambda dy: dy)
        )
        a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([[2.0], [3.0]], np.float32)
        np.testing.assert_array_equal(fma(a, b, 1.0).numpy(), a * b + 1)
        check_op(fma, a, b, a[:1])


def test_a_wrong_gradient_is_found(webgl: Inspecting) -> None:
    with using(webgl):
        lone = gl.custom_op("lone", "x * x * x", grad=lambda dy, x: dy * x.square() * 2.9)
        with pytest.raises(AssertionError, match="lone: the gradient of input 0 is"):
            check_op(lone)
        both = gl.custom_op("both", "x * x", numpy=np.square, grad=lambda dy, x: dy * x)
        with pytest.raises(AssertionError, match="gradient of input 0 is off"):
            check_op(both)


def test_wrong_values_are_found() -> None:
    with pytest.raises(AssertionError, match="off-custom"):
        check_op(gl.custom_op("off", "x * 1.001", numpy=lambda x: x))


def test_without_numpy_the_cpu_backend_says_so() -> None:
    lone = gl.custom_op("lone", "x")
    with pytest.raises(BackendError, match="lone: this custom op has GLSL only"):
        lone([1.0])


def test_a_shader_file(webgl: Inspecting, tmp_path: Path) -> None:
    path = tmp_path / "mirror.glsl"
    path.write_text(
        "// Rows in reverse.\n#include <inputs>\n#include <output>\nuniform float scale;\nvoid main() {\n"
        "  int t = out_texel(), row = quotient(t, out_form.z);\n"
        "  write_out(scale * x_at((rows() - 1 - row) * out_form.z + t - row * out_form.z));\n}\n"
    )
    with using(webgl):
        broken = gl.custom_op("mirror", shader=path, attrs={"scale": 2.0})
        with pytest.raises(ShaderError, match=r"mirror.glsl:7\b"):
            broken([1.0])
        path.write_text(path.read_text().replace("rows()", "4"))
        mirror = gl.custom_op("mirror", shader=path, attrs={"scale": 2.0},
                              numpy=lambda x, scale: scale * x[::-1],
                              grad=lambda dy, *, scale: dy.reverse(0) * scale)  # fmt: skip
        x = np.arange(20, dtype=np.float32).reshape(4, 5)
        np.testing.assert_array_equal(mirror(x).numpy(), 2 * x[::-1])
        check_op(mirror, x, scale=3.0)
    with pytest.raises(ShaderError, match="cannot read"):
        gl.custom_op("none", shader=tmp_path / "none.glsl")


def test_the_output_of_a_shader_file_may_have_another_shape(webgl: Inspecting, tmp_path: Path) -> None:
    path = tmp_path / "first.glsl"
    path.write_text(
        "#include <inputs>\n#include <output>\nvoid main() { write_out(x_at(out_texel() * x_form.z)); }\n"
    )
    with using(webgl):
        first = gl.custom_op("first", shader=path, out=lambda x: Spec((*x.shape[:-1], 4)))
        x = np.arange(24, dtype=np.float32).reshape(3, 8)
        np.testing.assert_array_equal(first(x).numpy(), x[:, :4])


def test_bad_definitions_and_calls() -> None:
    with pytest.raises(ArgumentError, match="'gl_x' is no name in GLSL"):
        gl.custom_op("op", "x", inputs=("gl_x",))
    with pytest.raises(ArgumentError, match="either glsl"):
        gl.custom_op("op")
    op = gl.custom_op("op", "a + b", inputs=("a", "b"), numpy=np.add)
    with pytest.raises(ArgumentError, match="takes a, b, got 1 inputs"):
        op([1.0])
    with pytest.raises(ArgumentError, match="unknown attr c"):
        op([1.0], [2.0], c=3.0)
    assert repr(op) == "<custom op op(a, b)>"
    assert op([1.0], [2.0]).numpy().tolist() == [3.0]
