"""FromPixels and Draw on cpu."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.pixels import OPAQUE, to_rgba, with_alpha
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("FromPixels", "cpu")
def from_pixels(cpu: Cpu, pixels: Handle, *, out: Spec) -> Handle:
    """Grey as red, green and blue; opaque where there is no alpha."""
    return cpu.handle(with_alpha(cpu.array(pixels), OPAQUE)[..., : out.shape[2]], out)


# differs from TF.js: the cpu kernel raises for values out of range, webgl's shows the nearest that it can
@kernel("Draw", "cpu")
def draw(cpu: Cpu, image: Handle, *, out: Spec, alpha: int) -> Handle:
    """ArgumentError for values out of range."""
    return cpu.handle(to_rgba(np.asarray(cpu.array(image)), alpha, "draw"), out)
