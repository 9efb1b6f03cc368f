#!/usr/bin/env bash
# What do x - x and 0.0 * x give in a fragment shader, where x is infinite or NaN?
#
# Guess: NaN, as IEEE 754 says and as the same expressions give with a uniform in place of the second x or of the 0.0.
# So a shader may test for what is not finite by `x - x != 0.0`, or spread a NaN by `0.0 * x`.
# Versions: moderngl 5.13.0, glcontext 3.1.0, llvmpipe of Mesa 22.3.6, Debian 12.
# Behaviour: the compiler makes 0 of both while it simplifies; only operands that it cannot know to be equal, or zero, count.
# Seen:
#   x - x            inf: 0.0  nan: 0.0
#   0.0 * x          inf: 0.0  nan: 0.0
#   x - same         inf: nan  nan: nan
#   zero * x         inf: nan  nan: nan
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no driver or no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import struct, moderngl
try:
    context = moderngl.create_context(standalone=True, backend="egl", require=330)
except Exception as error:
    raise SystemExit(f"SKIPPED: no context: {error}")
if not context.info["GL_RENDERER"].startswith("llvmpipe"):
    raise SystemExit("SKIPPED: no llvmpipe here")
VERTEX = """#version 330
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }"""
FRAGMENT = """#version 330
uniform sampler2D values;
uniform float same, zero;
out vec4 color;
void main() { float x = texelFetch(values, ivec2(0), 0).x; color = vec4(%s); }"""
target = context.framebuffer([context.texture((1, 1), 4, dtype="f4")])
values = context.texture((1, 1), 4, dtype="f4")
values.use(0)
for expression in ("x - x", "0.0 * x", "x - same", "zero * x"):
    program = context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT % expression)
    found = []
    for name in ("inf", "nan"):
        number = float(name)
        values.write(struct.pack("4f", *[number] * 4))
        for uniform, value in (("same", number), ("zero", 0.0)):
            if uniform in program:
                program[uniform].value = value
        target.use()
        context.vertex_array(program, []).render(moderngl.TRIANGLES, vertices=3)
        got = struct.unpack("4f", target.read(components=4, dtype="f4"))[0]
        found.append(f"{name}: {'nan' if got != got else got}")
    print(f"{expression:<16} {'  '.join(found)}")
PYTHON
wanted='x - x            inf: 0.0  nan: 0.0
0.0 * x          inf: 0.0  nan: 0.0
x - same         inf: nan  nan: nan
zero * x         inf: nan  nan: nan'
seen=$(PYTHONPATH="$folder" GALLIUM_DRIVER=llvmpipe LIBGL_ALWAYS_SOFTWARE=1 python3 "$folder/try.py" 2>&1) || true
echo "$seen"
case $seen in SKIPPED*) exit 0 ;; esac
[ "$seen" = "$wanted" ]
