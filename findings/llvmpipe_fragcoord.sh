#!/usr/bin/env bash
# Is it cheaper to read a texture at gl_FragCoord.xy * (1 / size), or at a varying that the vertex shader makes?
#
# Guess: the same, or gl_FragCoord is cheaper: the rasterizer has it anyway, and no varying is interpolated.
# Versions: moderngl 5.13.0, glcontext 3.1.0, llvmpipe of Mesa 22.3.6 (LLVM 15), Debian 12.
# Behaviour: a pass that copies a float texture takes a sixth to a third more CPU time with gl_FragCoord; the numbers are
# the same. (CPU time of the process, the lowest of interleaved rounds.)
# Seen:
#   same numbers: True
#   gl_FragCoord takes at least 1.08 of the varying's time: True
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no driver or no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import array, random, sys, time, moderngl
try:
    context = moderngl.create_context(standalone=True, backend="egl", require=330)
except Exception as error:
    raise SystemExit(f"SKIPPED: no context: {error}")
if not context.info["GL_RENDERER"].startswith("llvmpipe"):
    raise SystemExit("SKIPPED: no llvmpipe here")
VERTEX = """#version 330
flat out vec2 inverse;
uniform vec2 given;
noperspective out vec2 here;
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
  here = corner; inverse = given;
  gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
}"""
FRAGMENT = """#version 330
uniform sampler2D values;
flat in vec2 inverse;
noperspective in vec2 here;
out vec4 color;
void main() { color = max(texture(values, %s), vec4(0.0)); }"""
SIDE = 512
texture = context.texture((SIDE, SIDE), 4, array.array("f", [random.random() - 0.5 for _ in range(SIDE * SIDE * 4)]), dtype="f4")
texture.filter = moderngl.NEAREST, moderngl.NEAREST
targets = [context.framebuffer([context.texture((SIDE, SIDE), 4, dtype="f4")]) for _ in range(2)]
passes = []
for place in ("gl_FragCoord.xy * inverse", "here"):
    program = context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT % place)
    if "given" in program:
        program["given"].value = 1 / SIDE, 1 / SIDE
    passes.append(context.vertex_array(program, []))
texture.use()
def took(triangle, count=20):
    before = time.process_time()
    for i in range(count):
        targets[i % 2].use()
        triangle.render(vertices=3)
        context.finish()
    return time.process_time() - before
times = [[took(one) for one in passes] for _ in range(40)]
first, second = (min(column) for column in zip(*times))
results = []
for triangle in passes:
    targets[0].use()
    triangle.render(vertices=3)
    results.append(targets[0].read(components=4, dtype="f4"))
print(f"gl_FragCoord {first * 50:.3f} ms, varying {second * 50:.3f} ms", file=sys.stderr)
print("same numbers:", results[0] == results[1])
print("gl_FragCoord takes at least 1.08 of the varying's time:", first >= 1.08 * second)
PYTHON
wanted="same numbers: True
gl_FragCoord takes at least 1.08 of the varying's time: True"
seen=$(PYTHONPATH="$folder" LIBGL_ALWAYS_SOFTWARE=1 python3 "$folder/try.py") || true
echo "$seen"
case $seen in SKIPPED*) exit 0 ;; esac
[ "$seen" = "$wanted" ]
