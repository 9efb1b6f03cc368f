"""The shader loader: includes, pieces, the line map for the messages of each driver, dumped sources."""

import gc
from pathlib import Path

import pytest

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.source import expand, shader_root
from glbackend.base.errors import ShaderError
from glbackend.base.shapes import Spec
from glbackend.engine.backend import make_backend

MAIN = "kernels/test.glsl"
INCLUDES = '#include "lib/layout.glsl"\n#include "lib/layout.glsl"\n#include <piece>\n'
SHADER = f"// one\n{INCLUDES}void main() {{ oops; }}\n"


def place(source_line: str) -> tuple[int, str]:
    """Line number of a line in the expanded source, and the origin that the map gives it."""
    source = expand(MAIN, {"A": 1}, {MAIN: SHADER, "piece": "int p;\nint q;"})
    number = source.text.splitlines().index(source_line) + 1
    file, line = source.origin[number - 1]
    return number, f"{file}:{line}"


def test_every_line_knows_where_it_comes_from() -> None:
    source = expand(MAIN, {"A": 1, "B": "x"}, {MAIN: SHADER, "piece": "int p;\nint q;"})
    lines = source.text.splitlines()
    assert len(lines) == len(source.origin)
    assert lines[:3] == ["#version 330 core", "#define A 1", "#define B x"]
    assert place("int q;")[1] == "<piece>:2"
    assert place("void main() { oops; }")[1] == f"{MAIN}:5"
    layout = (shader_root() / "lib/layout.glsl").read_text().splitlines()
    assert place(layout[4])[1] == "shaders/lib/layout.glsl:5"


def test_a_file_is_included_once() -> None:
    text = expand(MAIN, {}, {MAIN: SHADER, "piece": ""}).text
    assert text.count("int quotient(") == 1


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("fragment_shader\n===\n0:{0}(15): error: `oops'\n0:{0}(3): warning: x", "{1}(15): error: `oops'"),
        ('0({0}) : error C1503: undefined "oops"\n0(99999) : error C0000: end', "{1} : error C1503"),
        ("ERROR: 0:{0}: Use of undeclared identifier 'oops'", "ERROR: {1}: Use of undeclared"),
        ("ERROR: 0:{0}: 'oops' : undeclared identifier\nERROR: 1 compilation errors.", "ERROR: {1}: 'oops'"),
    ],
    ids=["Mesa", "NVIDIA", "Apple", "Intel"],
)  # fmt: skip
def test_messages_of_the_drivers_name_our_lines(message: str, wanted: str) -> None:
    number, origin = place("void main() { oops; }")
    source = expand(MAIN, {"A": 1}, {MAIN: SHADER, "piece": "int p;\nint q;"})
    located = source.locate(message.format(number))
    assert wanted.format(number, origin) in located
    assert ("99999" in message) == ("0(99999)" in located), "a line that is not there stays as it is"


def test_numbers_inside_a_message_stay() -> None:
    source = expand(MAIN, {}, {MAIN: SHADER, "piece": ""})
    assert source.locate("0:3(1): error: at 1:2 in 0(1)").endswith("error: at 1:2 in 0(1)")


def test_continued_lines_are_joined_and_lines_keep_their_numbers() -> None:
    """A backslash at a line's end came with GLSL 4.20."""
    source = expand(MAIN, {}, {MAIN: "#define A 1 + \\\n    2 + \\\n  3\nint last;"})
    assert source.text.splitlines() == ["#version 330 core", "#define A 1 + 2 + 3", "", "", "int last;"]
    assert source.origin[4] == (MAIN, 4)


def test_a_missing_file_names_who_asked_for_it() -> None:
    with pytest.raises(ShaderError, match=r"kernels/x.glsl:2: there is no shader file lib/nope.glsl"):
        expand("kernels/x.glsl", {}, {"kernels/x.glsl": 'int a;\n#include "lib/nope.glsl"'})
    with pytest.raises(ShaderError, match=r"there is no shader file kernels/nope.glsl"):
        expand("kernels/nope.glsl", {}, {})
    with pytest.raises(ShaderError, match=r"kernels/x.glsl:1: nothing is given for #include <inputs>"):
        expand("kernels/x.glsl", {}, {"kernels/x.glsl": "#include <inputs>"})


def test_a_shader_that_does_not_compile_names_file_and_line() -> None:
    gl = make_backend("webgl")
    assert isinstance(gl, WebGL)
    gc.collect()  # what other tests have left in circles is not to go in between
    used = gl.memory()["num_bytes_in_textures"]
    piece = "vec4 chain(int t) {\n  return oops(t);\n}"
    with (
        gl.context,
        pytest.raises(ShaderError, match=r"elementwise.glsl does not (.|\n)*<chain>:2\(") as raised,
    ):
        gl.draw("elementwise", Spec((4,)), {}, pieces={"chain": piece})
    del raised
    assert gl.memory()["num_bytes_in_textures"] == used, "the output went back to the pool"


def test_sources_are_dumped_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gl = make_backend("webgl")
    assert isinstance(gl, WebGL)
    monkeypatch.setenv("GLBACKEND_DUMP_SHADERS", str(tmp_path / "dump"))
    with gl.context:
        gl.draw(
            "elementwise",
            Spec((4,)),
            {},
            pieces={"chain": "vec4 chain(int t) { return vec4(7.0); } // dumped"},
        )
    (path,) = (tmp_path / "dump").glob("kernels-elementwise-*.frag")
    assert path.read_text().startswith("#version 330 core") and "// dumped" in path.read_text()


def conditional(name: str, within: tuple[str, ...] = ()) -> tuple[set[str], set[str]]:
    """Of a shader and all that it includes: files included under a condition, and the pieces."""
    under: set[str] = set()
    pieces: set[str] = set()
    conditions = list(within)
    for line in (shader_root() / name).read_text(encoding="utf-8").splitlines():
        word, _, rest = line.strip().removeprefix("#").partition(" ")
        if word in ("if", "ifdef", "ifndef"):
            guard = word == "ifndef" and rest == Path(name).stem.upper()
            conditions.append("" if guard else rest)
        elif word == "endif":
            conditions.pop()
        elif word == "include" and rest.startswith("<"):
            pieces.add(rest)
        elif word == "include":
            file = rest.strip('"')
            deeper, more = conditional(file, tuple(conditions))
            under |= deeper | ({file} if any(conditions) else set())
            pieces |= more
    return under, pieces


@pytest.mark.parametrize(
    "path", sorted((shader_root() / "kernels").glob("*.glsl")), ids=lambda path: path.stem
)
def test_beside_pieces_nothing_is_included_under_a_condition(path: Path) -> None:
    """A file counts once: a piece that needs it too would get none of it where the condition fails."""
    under, pieces = conditional(f"kernels/{path.name}")
    assert not under or pieces <= {"<inputs>", "<output>"}
