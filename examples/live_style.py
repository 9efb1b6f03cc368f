"""A live scene that a network draws anew in ink, without leaving the GPU: moderngl-window and glbackend.

python examples/live_style.py [30 last.png]   opens a window: pip install 'glbackend[example]'
"""

import sys

import moderngl_window as mglw
import numpy as np
from moderngl_window.geometry import quad_fs
from PIL import Image

import glbackend as gl

FRAMES, PICTURE = (int(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 2 else (0, "")
SIZE = 256  # pixels; of a power of two the texture is the tensor, nothing is copied
STEPS, PARTS = 400, ((16, "tanh"), (8, "relu"), (4, "sigmoid"))  # of training; of the network
VERTEX = """#version 330
in vec3 in_position; out vec2 at; void main() { at = in_position.xy; gl_Position = vec4(at, 0, 1); }"""
SCENE = """#version 330
uniform float time; in vec2 at; out vec4 colour; void main() {
    colour = vec4(0.3 + 0.2 * at.y, 0.5, 0.75, 1);
    for (int i = 0; i < 5; i++) {
        float turn = time * (0.4 + 0.1 * i) + 1.3 * i;
        vec2 p = at - 0.55 * vec2(cos(turn), sin(1.3 * turn));
        float shape = length(p) * (1 + 0.15 * cos((3 + i) * (atan(p.y, p.x) + turn)));
        if (shape < 0.3) colour = vec4((0.5 + 0.5 * cos(vec3(0, 2, 4) + 1.2 * i)) * (1 - shape), 1);
    }
}"""
SHOW = """#version 330
uniform sampler2D drawn, styled; in vec2 at; out vec4 colour;
void main() { vec2 p = at / 2 + 0.5; colour = p.x < 0.5 ? texture(drawn, p) : texture(styled, p); }"""


def ink(picture: gl.Tensor) -> gl.Tensor:
    """What the network has to learn: faded colours, and lines of ink along the edges."""
    sobel = np.outer([1, 2, 1], [-1, 0, 1])
    filters = np.repeat(np.stack([sobel, sobel.T], -1)[:, :, None], 4, axis=2).astype("f4")
    edges = picture.conv2d(filters, 1, "same").abs().sum(-1, keepdims=True)
    return (picture * 0.5 + 0.45 - 0.3 * edges).clip_by_value(0, 1)


class LiveStyle(mglw.WindowConfig):
    gl_version, window_size, aspect_ratio, log_level = (3, 3), (2 * SIZE, 2 * SIZE), 1.0, 30

    def __init__(self, **options):
        super().__init__(**options)
        gl.set_seed(1)
        gl.adopt_context(self.ctx)
        self.scene, self.show = (self.ctx.program(VERTEX, one) for one in (SCENE, SHOW))
        self.show["drawn"], self.show["styled"], self.quad, self.count = 0, 1, quad_fs(), 0
        self.drawn = self.ctx.texture((SIZE, SIZE), 4, dtype="f4")
        self.target = self.ctx.framebuffer([self.drawn])
        layers = [gl.layers.Conv2D(count, 3, padding="same", activation=name) for count, name in PARTS]
        model = gl.Sequential([gl.Input(shape=(None, None, 4)), *layers])
        model.compile(gl.optimizers.Adam(gl.optimizers.schedules.CosineDecay(0.02, STEPS)), "mse")
        for step in range(STEPS):  # the middle of the scene at many moments
            picture = self.draw(3.7 * step)[:, 64:192, 64:192]
            loss = model.train_on_batch(picture, ink(picture))
        print(f"{self.ctx.info['GL_RENDERER']}: learnt to a mean square error of {loss:.4f}")
        self.style = gl.function(model)  # one list of draws a frame

    def draw(self, time):
        self.target.use()
        self.scene["time"] = time
        self.quad.render(self.scene)
        return gl.from_texture(self.drawn, [1, SIZE, SIZE, 4])

    def on_render(self, time, frame_time):
        styled = gl.to_texture(self.style(self.draw(time)), (SIZE, SIZE))
        self.drawn.use(0), styled.use(1)
        self.ctx.screen.use()
        self.quad.render(self.show)
        self.count += 1
        if self.count == FRAMES:
            Image.frombytes("RGB", self.wnd.size, self.ctx.screen.read(), "raw", "RGB", 0, -1).save(PICTURE)
            self.wnd.close()


mglw.run_window_config(LiveStyle, args=["--window", "pyglet"])
