"""Uniforms as flat varyings, on software renderers: the same numbers, the same lines, the same errors."""

import numpy as np
import pytest

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.hoist import hoisted
from glbackend.backends.webgl.gl.source import expand
from glbackend.base.errors import ShaderError
from glbackend.base.shapes import Spec
from glbackend.engine.backend import make_backend

SHADER = """#include <output>
#define PAIR 2
#if WIDE
#define NUMBER vec4
uniform NUMBER value;  // not this one; nor is this uniform thing;
#else
#define NUMBER float
uniform NUMBER value, unused;
#endif
uniform int steps[PAIR], start; uniform bool negative;
uniform uvec2 key;
#define SUM(a, b) \\
  ((a) + (b))
void main() {
  float sum = float(SUM(start, steps[0]) + 10 * steps[1]) + float(key.x) + float(key.y);
  write_out(vec4(negative ? -sum : sum) * value);
}
"""


@pytest.fixture
def gl() -> WebGL:
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    return backend


def drawn(gl: WebGL, shader: str, **uniforms: object) -> list[float]:
    with gl.context:
        out = gl.draw("hoist.glsl", Spec((4,)), {}, uniforms=uniforms, defines={"WIDE": 0},
                      pieces={"hoist.glsl": shader})  # fmt: skip
    values: list[float] = out.storage.values().tolist()
    return values


def test_numbers_arrays_vectors_and_bools_arrive(gl: WebGL) -> None:
    values = drawn(gl, SHADER, value=0.5, steps=(1, 2), start=3, negative=True, key=(100, 2**31))
    assert values == [np.float32(-0.5 * (24 + 100 + 2**31))] * 4
    assert drawn(gl, SHADER, value=2.0, steps=(0, 0), start=3, negative=False, key=(0, 0)) == [6.0] * 4


def test_bits_are_carried_unchanged(gl: WebGL) -> None:
    """Of ints that would be NaN or too small as floats, and of floats that arithmetic would change."""
    ints = (0x7F800001, 1, -1, 2**31 - 1)
    floats = (1e-45, -0.0, float("inf"), 1.0)
    shader = """#include <output>
uniform int ints[4];
uniform vec4 floats;
void main() {
  bool same = ints[0] == 0x7F800001 && ints[1] == 1 && ints[2] == -1 && ints[3] == 0x7FFFFFFF;
  bvec4 equals = equal(floatBitsToInt(floats), ivec4(1, int(0x80000000u), 0x7F800000, 0x3F800000));
  write_out(same ? vec4(equals) : vec4(-1.0));
}
"""
    assert drawn(gl, shader, ints=ints, floats=floats) == [1.0] * 4


def test_lines_keep_their_numbers() -> None:
    source = expand("hoist.glsl", {}, {"hoist.glsl": SHADER, "output": "out vec4 o;"}).text
    vertex, fragment = hoisted(source)
    assert len(fragment.splitlines()) == len(source.splitlines())
    assert "flat in NUMBER value, unused;" in fragment
    assert "uniform bool negative;" in fragment, "no varying is a bool"
    assert "nor is this uniform thing;" in fragment, "comments stay"
    assert vertex.startswith("#version 330 core\n")


def test_an_error_names_our_line(gl: WebGL) -> None:
    with pytest.raises(ShaderError, match=r"hoist\.glsl:2"):
        drawn(gl, "#include <output>\nuniform nonsense x;\nvoid main() { write_out(vec4(x)); }")


def test_what_cannot_be_a_varying_stays_a_uniform(gl: WebGL) -> None:
    """A structure of an application's own shader is beyond the rule: the program is linked as it is written."""
    shader = "#include <output>\nstruct S { float a; sampler2D b; };\nuniform S s;\nvoid main() { write_out(vec4(s.a)); }"
    if not gl.context.software:
        pytest.skip("uniforms are hoisted on software renderers only")
    with pytest.warns(UserWarning, match=r"hoist\.glsl: its uniforms stay uniforms"):
        assert drawn(gl, shader, **{"s.a": 3.0}) == [3.0] * 4
