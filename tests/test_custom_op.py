"""Ops of the user's own: expressions and shader files, on both backends, in gradients, checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, BackendError, CallError, DtypeError, ShaderError
from glbackend.base.shapes import Spec
from glbackend.contracts import contract as contracts
from glbackend.engine import registry
from glbackend.engine.backend import make_backend
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
    with pytest.raises(ArgumentError, match="'größe' is no name in GLSL"):
        gl.custom_op("op", "größe", inputs=("größe",))
    with pytest.raises(ArgumentError, match="'float' is a word of GLSL"):
        gl.custom_op("op", "float", inputs=("float",))
    with pytest.raises(ArgumentError, match="'out' is a word of GLSL"):
        gl.custom_op("op", "x * out", attrs={"out": 1.0})
    with pytest.raises(ArgumentError, match="either glsl"):
        gl.custom_op("op")
    op = gl.custom_op("op", "a + b", inputs=("a", "b"), numpy=np.add)
    with pytest.raises(ArgumentError, match="takes a, b, got 1 inputs"):
        op([1.0])
    with pytest.raises(ArgumentError, match="unknown attr c"):
        op([1.0], [2.0], c=3.0)
    assert repr(op) == "<custom op op(a, b)>"
    assert op([1.0], [2.0]).numpy().tolist() == [3.0]


def test_several_expressions_are_several_outputs(backend: str) -> None:
    polar = gl.custom_op(
        "polar", ["sqrt(x * x + y * y)", "k * x / y"], inputs=("x", "y"), attrs={"k": 2.0},
        numpy=lambda x, y, k: (np.hypot(x, y), np.float32(k) * x / y),
        grad=(
            lambda dys, x, y, *, k: dys[0] * x / (x * x + y * y).sqrt() + dys[1] * k / y,
            lambda dys, x, y, *, k: dys[0] * y / (x * x + y * y).sqrt() - dys[1] * x * k / (y * y),
        ),
    )  # fmt: skip
    length, ratio = polar([[3.0], [6.0]], [4.0, 8.0])
    np.testing.assert_allclose(length.numpy(), [[5, np.hypot(3, 8)], [np.hypot(6, 4), 10]], rtol=1e-6)
    np.testing.assert_allclose(ratio.numpy(), [[1.5, 0.75], [3, 1.5]], rtol=1e-6)
    check_op(polar)
    check_op(polar, k=3.0)
    x = np.arange(1, 6, dtype=np.int32)
    np.testing.assert_allclose(polar(x, x)[1].numpy(), [2.0] * 5)  # whole numbers are computed as float32


def test_a_wrong_one_of_several_is_found(webgl: Inspecting) -> None:
    with pytest.raises(AssertionError, match=r"off-.*output 1"):
        check_op(gl.custom_op("off", ["x", "x * 1.001"], numpy=lambda x: (x, x)))
    both = gl.custom_op("both", ["x * x", "x"], grad=lambda dys, x: dys[0] * x * 2.0 + dys[1] * 1.5)
    with pytest.raises(AssertionError, match="both: the gradient of input 0"):
        check_op(both)
    with using(webgl):
        few = gl.custom_op("few", ["x", "x"], numpy=lambda x: (x,))
    with pytest.raises(CallError, match="the numpy function must give 2 arrays"):
        few([1.0])


def test_whole_numbers(backend: str) -> None:
    """An integer form for int32, and results of another dtype than the inputs'."""
    odd = gl.custom_op(
        "odd", "vec4(mod(x, 2.0))", integer="x & 1", numpy=lambda x: np.mod(x, 2), attrs={},
    )  # fmt: skip
    assert odd(np.array([3, 4, 2**24 + 1], np.int32)).numpy().tolist() == [1, 0, 1]
    check_op(odd)
    above = gl.custom_op(
        "above", "ivec4(greaterThan(x, y))", inputs=("x", "y"), numpy=np.greater, dtype="bool"
    )
    found = above([1.0, 3.0], 2.0)
    assert found.dtype == "bool" and found.numpy().tolist() == [False, True]
    check_op(above)
    with pytest.raises(ArgumentError, match="dtype must be int32 or bool"):
        gl.custom_op("op", "x", dtype="float32")
    with pytest.raises(ArgumentError, match="integer and dtype go with one expression"):
        gl.custom_op("op", ["x", "x"], integer="x")


LARGEST = """// The largest magnitude along the last axis, and where it is.
#include <inputs>
#include <output>
#include <elements>
void main() {
  vec4 most = vec4(0.0);
  ivec4 place = ivec4(0), rows = out_elements();
  for (int lane = 0; lane < 4; lane++) {
    for (int k = 0; k < x_form.w && rows[lane] >= 0; k++) {
      float magnitude = abs(x_element(rows[lane] * x_form.w + k));
      if (magnitude > most[lane]) { most[lane] = magnitude; place[lane] = k; }
    }
  }
  write_out(most, place);
}
"""


@pytest.mark.parametrize("shape", [(3, 5), (7,), (2, 3, 130), (5, 1)])
def test_a_reduction_of_two_outputs_and_dtypes(
    shape: tuple[int, ...], webgl: Inspecting, tmp_path: Path
) -> None:
    path = tmp_path / "largest.glsl"
    path.write_text(LARGEST)
    largest = gl.custom_op(
        "largest", shader=path,
        numpy=lambda x: (np.abs(x).max(-1), np.abs(x).argmax(-1).astype(np.int32)),
        out=lambda x: [Spec(x.shape[:-1], "float32"), Spec(x.shape[:-1], "int32")],
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    with using(webgl):
        most, place = largest(x)
    np.testing.assert_array_equal(most.numpy(), np.abs(x).max(-1))
    np.testing.assert_array_equal(place.numpy(), np.abs(x).argmax(-1))
    assert place.dtype == "int32"
    check_op(largest, x)


COLUMNS = """// Sums along the first axis, every stride-th row; then the largest of all.
#include <inputs>
#include <output>
#include <elements>
uniform int stride;
void main() {
  ivec4 columns = out_elements(), found = ivec4(0);
  for (int lane = 0; lane < 4; lane++) {
    if (columns[lane] < 0) continue;
#if OUTPUT == 0
    for (int row = 0; row < x_dims.z; row += stride) found[lane] += x_element(row * x_dims.w + columns[lane]);
#else
    for (int e = 0; e < x_size; e++) found[lane] = max(found[lane], x_element(e));
#endif
  }
  write_out(found);
}
"""


def test_outputs_of_different_shapes_and_whole_attrs(webgl: Inspecting, tmp_path: Path) -> None:
    path = tmp_path / "columns.glsl"
    path.write_text(COLUMNS)
    columns = gl.custom_op(
        "columns", shader=path, attrs={"stride": 1},
        numpy=lambda x, stride: (x[::stride].sum(0), x.max(initial=0)),
        out=lambda x: (Spec(x.shape[1:], "int32"), Spec((), "int32")),
    )  # fmt: skip
    x = np.random.default_rng(0).integers(-50, 50, (9, 6), np.int32)
    with using(webgl):
        sums, most = columns(x, stride=2)
        np.testing.assert_array_equal(sums.numpy(), x[::2].sum(0))
        assert most.item() == x.max()
        with pytest.raises(ArgumentError, match=r"attr 'stride' is a whole number in the shader, got 1\.5"):
            columns(x, stride=1.5)
    check_op(columns, x)
    check_op(columns, x, stride=4)


def test_gradients_of_reductions(webgl: Inspecting, tmp_path: Path) -> None:
    path = tmp_path / "squares.glsl"
    path.write_text(
        "#include <inputs>\n#include <output>\n#include <elements>\nvoid main() {\n  vec4 sum = vec4(0.0);\n"
        "  ivec4 rows = out_elements();\n  for (int lane = 0; lane < 4; lane++)\n"
        "    for (int k = 0; k < x_form.w && rows[lane] >= 0; k++) {\n"
        "      float one = x_element(rows[lane] * x_form.w + k);\n      sum[lane] += one * one;\n    }\n"
        "  write_out(sum);\n}\n"
    )
    squares = gl.custom_op(
        "squares", shader=path, numpy=lambda x: np.square(x).sum(-1), out=lambda x: Spec(x.shape[:-1], x.dtype),
        grad=lambda dy, x: dy.expand_dims(-1) * x * 2.0,
    )  # fmt: skip
    check_op(squares)
    check_op(squares, np.random.default_rng(0).normal(size=(2, 3, 7)).astype(np.float32))


def test_what_lies_in_recycled_textures_is_found(webgl: Inspecting, tmp_path: Path) -> None:
    """A shader that reads beyond its input, or forgets padding lanes, passes by luck only."""
    path = tmp_path / "beyond.glsl"
    path.write_text(
        "#include <inputs>\n#include <output>\nvoid main() { int t = out_texel(); write_out(x_at(t) + 1e-9 * x_at(t + 6)); }\n"
    )
    beyond = gl.custom_op("beyond", shader=path, numpy=lambda x: x)
    with pytest.raises(AssertionError, match="beyond-custom"):
        check_op(beyond, np.ones((10, 4), np.float32) * 2)


def test_out_must_give_specs(tmp_path: Path) -> None:
    (tmp_path / "op.glsl").write_text("")

    def made(out: object) -> object:
        return gl.custom_op("op", shader=tmp_path / "op.glsl", out=lambda x: out, numpy=lambda x: x)([1.0])

    assert made(gl.TensorSpec([1], "int32")).dtype == "int32"
    with pytest.raises(CallError, match="the numpy function must give 1 arrays, got an array"):
        made([gl.TensorSpec([1])])
    with pytest.raises(
        CallError, match=r"out must give a TensorSpec of known dims, or a list of them, got 3 \(int\)"
    ):
        made([3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": ()}, "op needs inputs and attrs with a name each: there is no input"),
        ({"inputs": ("x", "x")}, "two inputs or attrs are called 'x'"),
        ({"attrs": {"x": 1.0}}, "two inputs or attrs are called 'x'"),
        ({"inputs": (3,)}, "3 is no name in GLSL"),
        ({"attrs": {"a": "b"}}, r"the default of attr 'a' must be a number, got 'b' \(str\)"),
        ({"grad": [lambda dy: dy, lambda dy: dy]}, "2 functions in grad for inputs x"),
    ],
)
@pytest.mark.parametrize("glsl", ["x", ["x", "x"]])
def test_declarations_that_make_no_sense(glsl: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.custom_op("op", glsl, **arguments)


@pytest.mark.parametrize("glsl", ["x", ["x", "x"]])
@pytest.mark.parametrize("value", [[1 + 1j], ["a"]])
def test_inputs_that_no_shader_takes(glsl: Any, value: Any, backend: str) -> None:
    made = gl.custom_op("op", glsl, numpy=lambda x: x if glsl == "x" else (x, x))
    with pytest.raises(DtypeError, match="op: input 'x' must be float32, int32 or bool, got"):
        made(gl.tensor(value))


@pytest.mark.parametrize("wrong", [None, 3.0, (np.ones(3),), np.ones((3, 1)), [np.ones(2), np.ones(3)]])
@pytest.mark.parametrize("several", [False, True])
def test_what_numpy_gives_must_have_the_shape_of_out(wrong: Any, several: bool, tmp_path: Path) -> None:
    path = tmp_path / "op.glsl"
    path.write_text("#include <inputs>\n#include <output>\nvoid main() { write_out(x_at(out_texel())); }")
    spec = gl.TensorSpec([3])
    made = gl.custom_op(
        "op", shader=path, numpy=lambda x: (x, wrong) if several else wrong,
        out=lambda x: [spec, spec] if several else spec,
    )  # fmt: skip
    with (
        using(make_backend("cpu")),
        pytest.raises(CallError, match=r"the numpy function must give an array of shape \[3\], got"),
    ):
        made([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (3, "out must give a TensorSpec"), ([], "out must give a TensorSpec"), (None, "out must give"),
        (gl.TensorSpec([1], "complex64"), "a shader gives float32, int32, bool; out says complex64"),
        ([gl.TensorSpec([1], "string")], "a shader gives float32, int32, bool; out says string"),
    ],
)  # fmt: skip
def test_outputs_that_no_shader_gives(out: Any, message: str, tmp_path: Path, backend: str) -> None:
    path = tmp_path / "op.glsl"
    path.write_text("uniform int n;\nvoid main() {}")
    made = gl.custom_op("op", shader=path, numpy=lambda x, n: x, out=lambda x: out, attrs={"n": 1})
    with pytest.raises((CallError, DtypeError), match=message):
        made([1.0])
    for value in (float("nan"), float("inf"), 2**31):
        like = gl.custom_op("op", shader=path, numpy=lambda x, n: x, attrs={"n": 1})
        with pytest.raises(ArgumentError, match="attr 'n' is a whole number in the shader"):
            like([1.0], n=value)
