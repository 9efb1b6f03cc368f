#!/usr/bin/env bash
# How many texels of a buffer texture can softpipe's shaders read?
#
# Guess: as many as GL_MAX_TEXTURE_BUFFER_SIZE says, 65,536, which is also the least that OpenGL 3.3 allows.
# Versions: moderngl 5.13.0, glcontext 3.1.0, softpipe of Mesa 22.3.6, Debian 12.
# Behaviour: 32,768. texelFetch of texel n gives texel n mod 32,768, without a GL error. So a driver's limit is no promise:
# ask for far less than it, or compare what was read.
# Seen:
#   GL_MAX_TEXTURE_BUFFER_SIZE: 65536
#   texels 32767, 32768, 40000 read: 32767, 0, 7232
#   error: GL_NO_ERROR
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no driver or no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 numpy==2.4.1 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import ctypes, moderngl, numpy as np
try:
    context = moderngl.create_context(standalone=True, backend="egl", require=330)
except Exception as error:
    raise SystemExit(f"SKIPPED: no context: {error}")
if context.info["GL_RENDERER"] != "softpipe":
    raise SystemExit("SKIPPED: no softpipe here")
def function(name, *types):
    return ctypes.CFUNCTYPE(None, *types)(context.mglo._context.load_opengl_function(name))
VERTEX = """#version 330
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }"""
FRAGMENT = """#version 330
uniform samplerBuffer texels;
out vec4 color;
void main() { color = texelFetch(texels, int(gl_FragCoord.y) * 256 + int(gl_FragCoord.x)); }"""
triangle = context.vertex_array(context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT), [])
limit, name = ctypes.c_int(), ctypes.c_uint()
function("glGetIntegerv", ctypes.c_uint, ctypes.POINTER(ctypes.c_int))(0x8C2B, ctypes.byref(limit))
print("GL_MAX_TEXTURE_BUFFER_SIZE:", limit.value)
texels = 256 * 200  # fewer than the limit
numbers = np.repeat(np.arange(texels, dtype=np.float32), 4)
buffer = context.buffer(numbers)
function("glGenTextures", ctypes.c_int, ctypes.POINTER(ctypes.c_uint))(1, ctypes.byref(name))
function("glActiveTexture", ctypes.c_uint)(0x84C0)  # unit 0, which samplers read unless told otherwise
function("glBindTexture", ctypes.c_uint, ctypes.c_uint)(0x8C2A, name.value)
function("glTexBuffer", ctypes.c_uint, ctypes.c_uint, ctypes.c_uint)(0x8C2A, 0x8814, buffer.glo)
target = context.framebuffer([context.texture((256, 200), 4, dtype="f4")])
target.use()
triangle.render(vertices=3)
read = np.frombuffer(target.read(components=4, dtype="f4"), np.float32)[::4]
print("texels 32767, 32768, 40000 read:", ", ".join(str(int(read[n])) for n in (32767, 32768, 40000)))
print("error:", context.error)
PYTHON
wanted='GL_MAX_TEXTURE_BUFFER_SIZE: 65536
texels 32767, 32768, 40000 read: 32767, 0, 7232
error: GL_NO_ERROR'
seen=$(PYTHONPATH="$folder" GALLIUM_DRIVER=softpipe LIBGL_ALWAYS_SOFTWARE=1 python3 "$folder/try.py" 2>&1) || true
echo "$seen"
case $seen in SKIPPED*) exit 0 ;; esac
[ "$seen" = "$wanted" ]
