"""Drawing into the layers of a texture array, one colour attachment each: what moderngl does not offer.

A tiled kernel computes several texels per fragment. As layers of one array, a later pass reads any of them
with one sampler and one read, where as many separate textures would cost a read each.
"""

from ctypes import c_int, c_uint

import moderngl

from glbackend.backends.webgl.gl.loader import function

FRAMEBUFFER, COLOR_ATTACHMENT0 = 0x8D40, 0x8CE0


def layered_framebuffer(gl: moderngl.Context, array: moderngl.TextureArray) -> moderngl.Framebuffer:
    """A framebuffer whose colour attachments are the layers of `array`, in order."""
    width, height, layers = array.size
    # moderngl completes the framebuffer with stand-ins of a byte per pixel; each then gives way to its layer.
    stand_ins = [gl.renderbuffer((width, height), 1, dtype="f1") for _ in range(layers)]
    framebuffer = gl.framebuffer(stand_ins)
    attach = function(gl, "glFramebufferTextureLayer", None, c_uint, c_uint, c_uint, c_int, c_int)
    bound = gl.fbo
    framebuffer.use()
    for layer in range(layers):
        attach(FRAMEBUFFER, COLOR_ATTACHMENT0 + layer, array.glo, 0, layer)
    if bound is not None:
        bound.use()
    for stand_in in stand_ins:
        stand_in.release()
    return framebuffer
