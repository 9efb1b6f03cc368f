"""The small pieces of GLSL that Python generates: typed accessors of inputs, and the writer of outputs."""

from collections.abc import Sequence
from functools import lru_cache

from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.pool import Kind, Traits

VECTOR: dict[Kind, str] = {
    "f4": "vec4", "i4": "ivec4", "f4[]": "vec4", "u1": "vec4", "u2": "vec4", "f2": "vec4",
    "b4": "vec4",
}  # fmt: skip
# How a texel is read at its centre. On GPUs with its level: AMD switches the lane mask before and after
# reads in a loop that might need derivatives (RX 7900: 225 to 207 instructions a turn of gemm).
TEXEL = """#ifdef NO_DERIVATIVES
#define TEXEL(sampler, place) textureLod(sampler, place, 0.0)
#else
#define TEXEL(sampler, place) texture(sampler, place)
#endif"""
LARGE_PASS_TEXELS = 1 << 13  # a pass that reads or writes as many is worth a program of its own
SAMPLER: dict[Kind, str] = {
    "f4": "sampler2D", "i4": "isampler2D", "f4[]": "sampler2DArray", "u1": "usampler2D", "u2": "usampler2D",
    "f2": "sampler2D", "b4": "samplerBuffer",
}  # fmt: skip


@lru_cache(maxsize=4096)
def inputs_piece(inputs: tuple[tuple[str, Traits], ...], apart: bool) -> str:
    """`<inputs>`: for each input x `x_form` and the accessors that shaders/README.md lists.

    `apart`: textures may be larger than what lies in them, so that tensors of one shape do not have their
    texels at the same places in texture coordinates. Each input then has a varying of its own for where the
    fragment's texel lies in it.
    """
    lines = [TEXEL] if apart else [TEXEL, "noperspective in vec2 here;"]
    for x, traits in inputs:
        lines.append(f"uniform {SAMPLER[traits.kind]} {x}_tex; uniform ivec4 {x}_form;")
        lines.append(f"uniform vec2 {x}_inverse;")
        if apart and traits.kind not in ("b4", "f4[]"):
            lines.append(f"noperspective in vec2 {x}_spot;")
        lines.append(_accessor(x, traits.kind, traits.large or apart, apart))
    return "\n".join(lines)


def _accessor(x: str, kind: Kind, large: bool, apart: bool) -> str:
    if kind == "b4":
        return (
            f"vec4 {x}_at(int t) {{ return texelFetch({x}_tex, t); }}\n"
            f"vec2 {x}_place(int t) {{ return vec2(0.0); }}\n"
            f"vec4 {x}_with(vec2 place, int t) {{ return {x}_at(t); }}"
        )
    if large:
        steps = f"return (vec2(t & {x}_form.x, t >> {x}_form.y) + 0.5) * {x}_inverse;"
    else:  # (t + 1/2) / W is exact, and its fraction and whole part are column and row
        steps = f"float f = (float(t) + 0.5) * {x}_inverse.x; "
        steps += f"return vec2(fract(f), (floor(f) + 0.5) * {x}_inverse.y);"
    place = f"vec2 {x}_place(int t) {{ {steps} }}\n"
    if kind == "f4[]":
        value = f"TEXEL({x}_tex, vec3({x}_place(t), float(layer)))"
        along = f"vec3(place.x + float(n) * {x}_inverse.x, place.y, float(layer))"
        return (
            f"{place}vec4 {x}_at(int layer, int t) {{ return {value}; }}\n"
            f"vec4 {x}_along(int layer, vec2 place, int n) {{ return TEXEL({x}_tex, {along}); }}"
        )
    value = f"TEXEL({x}_tex, place)"
    if kind in ("u1", "u2"):  # codes, which are brought back as they are read
        place = f"uniform vec2 {x}_scale;\n{place}"
        value = f"(vec4({value}) - {x}_scale.y) * {x}_scale.x"
    here, shared = (f"{x}_spot", f"{x}_at(t)") if apart else ("here", f"{x}_from(place)")
    return (
        f"{place}{VECTOR[kind]} {x}_from(vec2 place) {{ return {value}; }}\n"
        f"{VECTOR[kind]} {x}_at(int t) {{ return {x}_from({x}_place(t)); }}\n"
        f"{VECTOR[kind]} {x}_along(vec2 place, int n) "
        f"{{ return {x}_from(vec2(place.x + float(n) * {x}_inverse.x, place.y)); }}\n"
        f"{VECTOR[kind]} {x}_here() {{ return {x}_from({here}); }}\n"
        f"{VECTOR[kind]} {x}_with(vec2 place, int t) {{ return {shared}; }}"
    )


def uncut(layout: Layout) -> dict[str, object]:
    """The define UNCUT, where each row of a large output lies in one line of its texture."""
    return {"UNCUT": 1} if layout.texels >= LARGE_PASS_TEXELS and layout.uncut else {}


@lru_cache(maxsize=1024)
def output_piece(kinds: Sequence[Kind], padded: tuple[bool, ...]) -> str:
    """`<output>`: `out_texel()`, the number t of the fragment's texel, and `write_out(v)`, which writes it.

    `write_out` takes a vector for each attachment and zeroes the padding lanes of those that have any;
    `out_column(t, row)` is where in its row the texel lies.
    """
    lines = [f"out {VECTOR[kind]} out_{i};" for i, kind in enumerate(kinds)]
    lines += [
        '#include "lib/layout.glsl"',
        "uniform ivec4 out_form;  // mask, shift, C4, C",
        "int out_texel() { return (int(gl_FragCoord.y) << out_form.y) + int(gl_FragCoord.x); }",
        "#ifdef UNCUT",
        "int out_column(int t, int row) { return int(gl_FragCoord.x) & (out_form.z - 1); }",
        "#else",
        "int out_column(int t, int row) { return t - row * out_form.z; }",
        "#endif",
    ]
    arguments = ", ".join(f"{VECTOR[kind]} v{i}" for i, kind in enumerate(kinds))
    lines.append(f"void write_out({arguments}) {{")
    if any(padded):
        lines.append(
            "  int t = out_texel(), c4 = t - texel_quotient(t, out_form.z) * out_form.z;\n"
            "  int lanes = out_form.w - 4 * c4;"
        )
        lines.append("  bvec4 pad = lessThanEqual(ivec4(lanes), ivec4(0, 1, 2, 3));")
    for i, (kind, cut) in enumerate(zip(kinds, padded, strict=True)):
        if not cut:
            lines.append(f"  out_{i} = v{i};")
        elif kind == "f4":
            lines.append(f"  out_{i} = mix(v{i}, vec4(0.0), pad);")
        else:
            lines.append(f"  out_{i} = v{i} * ivec4(not(pad));")
    return "\n".join([*lines, "}"])
