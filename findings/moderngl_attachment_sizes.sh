#!/usr/bin/env bash
# May the textures of one framebuffer have different sizes?
#
# Guess: yes. OpenGL asked for equal sizes only before 3.0 (EXT_framebuffer_object); since then drawing is cut to what all
# attachments have, so a pass with two outputs may write into the corner of whatever textures are free.
# Versions: moderngl 5.13.0, glcontext 3.1.0, llvmpipe of Mesa 22.3.6, Debian 12.
# Behaviour: moderngl refuses them before it asks OpenGL; the driver itself calls the same framebuffer complete.
# Seen:
#   moderngl: invalid color attachment
#   OpenGL: complete
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no driver or no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import ctypes, ctypes.util, moderngl
try:
    context = moderngl.create_context(standalone=True, backend="egl", require=330)
except Exception as error:
    raise SystemExit(f"SKIPPED: no context: {error}")
small, large = (context.texture((side, side), 4, dtype="f4") for side in (16, 64))
try:
    context.framebuffer([small, large])
    print("moderngl: made")
except moderngl.Error as error:
    print("moderngl:", error)
egl = ctypes.CDLL(ctypes.util.find_library("EGL"))
egl.eglGetProcAddress.restype = ctypes.c_void_p
def call(name, result, *kinds):
    return ctypes.CFUNCTYPE(result, *kinds)(egl.eglGetProcAddress(name.encode()))
u = ctypes.c_uint
name = u()
call("glGenFramebuffers", None, ctypes.c_int, ctypes.POINTER(u))(1, ctypes.byref(name))
FRAMEBUFFER, COLOR, TEXTURE_2D, COMPLETE = 0x8D40, 0x8CE0, 0x0DE1, 0x8CD5
call("glBindFramebuffer", None, u, u)(FRAMEBUFFER, name)
attach = call("glFramebufferTexture2D", None, u, u, u, u, ctypes.c_int)
for i, texture in enumerate((small, large)):
    attach(FRAMEBUFFER, COLOR + i, TEXTURE_2D, texture.glo, 0)
state = call("glCheckFramebufferStatus", u, u)(FRAMEBUFFER)
print("OpenGL:", "complete" if state == COMPLETE else hex(state))
PYTHON
wanted='moderngl: invalid color attachment
OpenGL: complete'
seen=$(PYTHONPATH="$folder" LIBGL_ALWAYS_SOFTWARE=1 python3 "$folder/try.py" 2>&1) || true
echo "$seen"
case $seen in SKIPPED*) exit 0 ;; esac
[ "$seen" = "$wanted" ]
