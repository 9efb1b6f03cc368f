"""FromPixels and Draw on webgl: one shader, a texel a pixel on both sides."""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import holds_integers
from glbackend.base.pixels import OPAQUE
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _rgba(webgl: WebGL, x: Handle, out: Spec, depth: int, alpha: int) -> Any:
    seen = x.view((*out.shape[:2], depth))
    defines = {"INTEGER": holds_integers(x.dtype)}
    return webgl.draw("pixels", out, {"x": seen}, uniforms={"depth": depth, "alpha": alpha}, defines=defines)


@kernel("FromPixels", "webgl")
def from_pixels(webgl: WebGL, pixels: Handle, *, out: Spec) -> Handle:
    """Grey as red, green and blue; opaque where there is no alpha."""
    handle: Handle = _rgba(webgl, pixels, out, pixels.shape[2], OPAQUE)
    return handle


@kernel("Draw", "webgl")
def draw(webgl: WebGL, image: Handle, *, out: Spec, alpha: int) -> Handle:
    """The nearest that a display can show, for values out of range."""
    handle: Handle = _rgba(webgl, image, out, image.shape[2] if image.spec.rank == 3 else 1, alpha)
    return handle
