#!/usr/bin/env bash
# Does `with context:` make the context of a glfw window current?
#
# Guess: yes, as it does for contexts that moderngl made itself.
# Versions: moderngl 5.13.0, glcontext 3.1.0, glfw 2.11.0, Mesa 22.3.6 (llvmpipe) under Xvfb 21.1.7, Debian 12.
# Behaviour: no. A context that moderngl found (create_context beside a current window of glfw) has an `__enter__` that
# does nothing: nothing is current inside, and no error says so until something is made.
# Seen:
#   inside `with context:` GLX has no context
#   a texture there: Error: cannot create texture
#   after glfw.make_context_current(window): 1 x 1 texture made
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no X server or no package to be had.
set -euo pipefail
command -v xvfb-run >/dev/null || { echo "SKIPPED: no xvfb-run"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  moderngl==5.13.0 glcontext==3.1.0 glfw==2.11.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import ctypes, glfw, moderngl
current = ctypes.CDLL("libGL.so.1").glXGetCurrentContext
current.restype = ctypes.c_void_p
assert glfw.init()
glfw.window_hint(glfw.VISIBLE, False)
window = glfw.create_window(16, 16, "", None, None)
glfw.make_context_current(window)
context = moderngl.create_context(require=330)
glfw.make_context_current(None)
with context:
    print("inside `with context:` GLX has", "a context" if current() else "no context")
    try:
        print("a texture there: made,", context.texture((1, 1), 4).size)
    except Exception as error:
        print(f"a texture there: {type(error).__name__}: {error}")
glfw.make_context_current(window)
print("after glfw.make_context_current(window): {} x {} texture made".format(*context.texture((1, 1), 4).size))
PYTHON
wanted='inside `with context:` GLX has no context
a texture there: Error: cannot create texture
after glfw.make_context_current(window): 1 x 1 texture made'
seen=$(PYTHONPATH="$folder" xvfb-run -a -s "+extension GLX" python3 "$folder/try.py")
echo "$seen"
[ "$seen" = "$wanted" ]
