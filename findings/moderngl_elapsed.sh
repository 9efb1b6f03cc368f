#!/usr/bin/env bash
# How long a time does moderngl's `Query.elapsed` hold?
#
# Guess: GL_TIME_ELAPSED counts nanoseconds in 64 bits, so any.
# Versions: moderngl 5.13.0, glcontext 3.1.0, softpipe of Mesa 22.3.6, Debian 12.
# Behaviour: it reads 32 bits (glGetQueryObjectuiv): what lasts longer than 4.294967295 s is told as exactly that.
# Seen:
#   draws for more than 6 s
#   elapsed: 4294967295 ns
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no driver or no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import time, moderngl
try:
    context = moderngl.create_context(standalone=True, backend="egl")
except Exception as error:
    raise SystemExit(f"SKIPPED: no context: {error}")
if context.info["GL_RENDERER"] != "softpipe":
    raise SystemExit("SKIPPED: no softpipe here")
VERTEX = """#version 330
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }"""
FRAGMENT = """#version 330
out vec4 color;
void main() { color = vec4(gl_FragCoord.x); }"""
triangle = context.vertex_array(context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT), [])
context.framebuffer([context.texture((256, 256), 4)]).use()
query = context.query(time=True)
start = time.monotonic()
with query:
    while time.monotonic() - start < 6:
        triangle.render(vertices=3)
        context.finish()
print("draws for more than 6 s")
print("elapsed:", query.elapsed, "ns")
PYTHON
wanted='draws for more than 6 s
elapsed: 4294967295 ns'
seen=$(PYTHONPATH="$folder" GALLIUM_DRIVER=softpipe LIBGL_ALWAYS_SOFTWARE=1 python3 "$folder/try.py" 2>&1) || true
echo "$seen"
case $seen in SKIPPED*) exit 0 ;; esac
[ "$seen" = "$wanted" ]
