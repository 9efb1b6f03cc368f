"""PadV2 and MirrorPad on webgl: one walk each, with an edge."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.forms import join, split
from glbackend.backends.webgl.plan.walk import Axis, draw_walk
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Pairs = tuple[tuple[int, int], ...]


def _axes(x: Handle, out: Spec, paddings: Pairs) -> tuple[Axis, ...]:
    sizes = zip(out.shape, x.shape, paddings, strict=True)
    return tuple(Axis(size, i, low=low, high=low + n) for i, (size, n, (low, _)) in enumerate(sizes))


@kernel("PadV2", "webgl")
def pad_v2(
    webgl: WebGL, x: Handle, *, out: Spec, paddings: Pairs, constant_value: float | bool | complex
) -> Handle:
    """A border of one value; a view where there is no border."""
    if out.shape == x.shape:
        return x.view(out.shape)
    if out.dtype == "complex64":
        part, values = Spec(out.shape), (complex(constant_value).real, complex(constant_value).imag)
        pairs = zip(split(webgl, x), values, strict=True)
        return join(
            webgl, *(pad_v2(webgl, one, out=part, paddings=paddings, constant_value=v) for one, v in pairs)
        )
    value = float(constant_value.real) if out.dtype == "float32" else int(constant_value.real)
    origin = tuple(-low for low, _ in paddings)
    return draw_walk(webgl, x, out, _axes(x, out, paddings), origin, "BOUND", value=value)


@kernel("MirrorPad", "webgl")
def mirror_pad(webgl: WebGL, x: Handle, *, out: Spec, paddings: Pairs, mode: str) -> Handle:
    """A border that mirrors what lies inside; a view where there is no border."""
    if out.shape == x.shape:
        return x.view(out.shape)
    origin = tuple(-low for low, _ in paddings)
    return draw_walk(
        webgl, x, out, _axes(x, out, paddings), origin, "MIRROR", overlap=int(mode == "symmetric")
    )
