"""FlipLeftRight on webgl: a reversed axis."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.transpose import reverse
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("FlipLeftRight", "webgl")
def flip_left_right(gl: WebGL, image: Handle, *, out: Spec) -> Handle:
    """Columns from last to first."""
    return reverse(gl, image, out=out, dims=(2,))
