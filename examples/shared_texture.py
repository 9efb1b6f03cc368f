"""Textures shared with an application: it draws a picture, glbackend finds its edges, it shows the result.

python examples/shared_texture.py [edges.png]          needs OpenGL; nothing leaves the GPU on the way
"""

import sys

import moderngl
import numpy as np

import glbackend as gl

SIZE = 256
TRIANGLE = "#version 330\nin vec2 at; void main() { gl_Position = vec4(at, 0, 1); }"
DRAWING = """#version 330
out vec4 colour;
void main() {
    vec2 p = gl_FragCoord.xy / 256.0 - 0.5;
    float petals = 0.3 + 0.1 * cos(7.0 * atan(p.y, p.x));
    colour = vec4(step(length(p), petals) * vec3(0.9, 0.4 + p.y, 0.2), 1.0);
}"""

# The application: a context of its own, and a drawing in a texture.
context = moderngl.create_context(standalone=True, **({"backend": "egl"} if sys.platform == "linux" else {}))
corners = context.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4"))
drawing = context.texture((SIZE, SIZE), 4, dtype="f4")
context.framebuffer([drawing]).use()
program = context.program(vertex_shader=TRIANGLE, fragment_shader=DRAWING)
context.vertex_array(program, corners, "at").render()

# glbackend computes in the application's context, on the application's texture.
gl.adopt_context(context)
picture = gl.from_texture(drawing, [1, SIZE, SIZE, 4])
sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "f4")
filters = np.repeat(np.stack([sobel, sobel.T], -1)[:, :, None, :], 4, axis=2)  # [3, 3, 4 channels, 2]
slopes = picture.depthwise_conv2d(filters, 1, "same").reshape([SIZE, SIZE, 4, 2])
edges = slopes.square().sum(-1).sqrt().clip_by_value(0, 1)

# And back: a moderngl texture that the application can bind, draw and read.
texture = gl.to_texture(edges, (SIZE, SIZE))
pixels = np.frombuffer(texture.read(), "f4").reshape(SIZE, SIZE, 4)
print(f"{context.info['GL_RENDERER']}: {drawing} -> tensor {list(picture.shape)} -> {texture}")
print(f"{(pixels[..., 0] > 0.5).mean():.1%} of the pixels lie on an edge")
if len(sys.argv) > 1:
    from PIL import Image

    Image.fromarray((pixels[::-1, :, :3] * 255).astype("uint8")).save(sys.argv[1])
