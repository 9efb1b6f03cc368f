"""Uniforms that travel as flat varyings: the vertex shader reads them, fragments take them from the triangle.

llvmpipe loads and bounds-checks a uniform anew for every eight fragments, 7 cycles a number; a flat varying
costs one. So this is done on software renderers; elsewhere uniforms stay uniforms. No number changes: flat
varyings are copied.

Declarations are found by a regular expression, line by line: so each uniform is declared in one line, and no
`/* */` comment holds a declaration.
"""

import re
from typing import NamedTuple

PREFIX = "uniform_"  # of the vertex shader's uniform that feeds the varying of the same name
_DECLARATION = re.compile(r"\buniform\s+(?!\w*(?i:sampler)|bool\b)(\w+)\s+([^;]+);")
_DECLARATOR = re.compile(r"(\w+)\s*(\[[^]]*\])?")
_SPOT = re.compile(r"^noperspective in vec2 (\w+)_spot;", re.M)
# One triangle covers the viewport, made from the vertex number: no buffers needed. `here` is where a fragment
# lies in its target, in texture coordinates; the viewport covers the part `covered` of it. `x_spot` is where
# that place lies in the texture of input x; `viewport_size` is in texels.
_MAIN = """
uniform vec2 covered, viewport_size;
noperspective out vec2 here;
{spots}void main() {{
  vec2 corner = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
  here = corner * covered;
  gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
{carry}}}
"""


class Pair(NamedTuple):
    """The two shaders of a program."""

    vertex_shader: str
    fragment_shader: str


def plain(fragment: str) -> Pair:
    """Uniforms stay uniforms."""
    inverse = "uniform vec2 {0}_inverse; "
    return Pair("#version 330 core" + _main(fragment, "", inverse, "{0}_inverse"), fragment)


def _main(fragment: str, carry: str, declared: str, inverse: str) -> str:
    """The vertex shader's end; `declared`, `inverse`: declaration and name of the uniform `{0}_inverse`."""
    spots = ""
    for x in _SPOT.findall(fragment):
        spots += f"{declared.format(x)}noperspective out vec2 {x}_spot;\n"
        carry += f"  {x}_spot = corner * viewport_size * {inverse.format(x)};\n"
    return _MAIN.format(spots=spots, carry=carry)


def hoisted(fragment: str) -> Pair:
    """Every uniform but samplers and bools becomes a flat varying; lines keep their numbers.

    The vertex shader repeats the preprocessor's lines, so that a declaration counts in both shaders or none.
    """
    vertex: list[str] = []
    lines: list[str] = []
    carry: list[str] = []
    for line in fragment.splitlines():
        code, slashes, comment = line.partition("//")
        if code.lstrip().startswith("#"):
            vertex.append(line)
            lines.append(line)
            continue
        for kind, declarators in _DECLARATION.findall(code):
            for name, size in _DECLARATOR.findall(declarators):
                number = len(carry)
                vertex.append(f"uniform {kind} {PREFIX}{name}{size}; flat out {kind} {name}{size};")
                vertex.append(f"void carry_{number}() {{ {name} = {PREFIX}{name}; }}")
                vertex.append(f"#define CARRY_{number}")
                carry.append(f"#ifdef CARRY_{number}\n  carry_{number}();\n#endif\n")
        lines.append(_DECLARATION.sub(r"flat in \1 \2;", code) + slashes + comment)
    main = _main(fragment, "".join(carry), "", PREFIX + "{0}_inverse")
    return Pair("\n".join(vertex) + main, "\n".join(lines) + "\n")
