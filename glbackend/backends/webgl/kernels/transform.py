"""Transform and RotateWithOffset on webgl in one pass.

Their adjoint gathers, after a pass that says which blocks of the result reach where.
"""

from typing import Any

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.base.sampling import Sampling
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

BLOCK_PIXELS = 16  # a side; a power of two, at least 4
PART_BLOCKS = 900  # that a fragment looks through: llvmpipe leaves loops after 65535 turns


def _uniforms(transforms: Handle, size: Shape, out_size: Shape, sampling: Sampling) -> dict[str, Any]:
    return {
        "transform_count": transforms.shape[0],
        "in_size": size,
        "out_size": out_size,
        "reflected": int(sampling.mode == "reflect"),
        "wrapped": int(sampling.mode == "wrap"),
        "origin": sampling.origin,
    }


@kernel("Transform", "webgl")
def transform(
    webgl: WebGL, image: Handle, transforms: Handle, *, out: Spec, sampling: Sampling, fill: tuple[float, ...]
) -> Handle:
    """Four reads a texel, or one."""
    uniforms = {**_uniforms(transforms, image.shape[1:3], out.shape[1:3], sampling), "fill": fill}
    handle: Handle = webgl.draw(
        "transform",
        out,
        {"x": image, "transforms": transforms},
        uniforms=uniforms,
        defines={"BILINEAR": int(sampling.bilinear), "FILLED": int(sampling.mode == "constant")},
    )
    return handle


@kernel("RotateWithOffset", "webgl")
def rotate_with_offset(
    webgl: WebGL,
    image: Handle,
    *,
    out: Spec,
    numbers: tuple[float, ...],
    sampling: Sampling,
    fill: tuple[float, ...],
) -> Handle:
    """A transform of eight numbers."""
    transforms = Handle.of(np.array([numbers], np.float32), Spec((1, 8)))
    return transform(webgl, image, transforms, out=out, sampling=sampling, fill=fill)


@kernel("TransformGrad", "webgl")
def transform_grad(webgl: WebGL, dy: Handle, transforms: Handle, *, out: Spec, sampling: Sampling) -> Handle:
    """Where pixels of dy and blocks of them lie; then each pixel looks through the blocks that reach it."""
    size, maps = dy.shape[1:3], transforms.shape[0]
    uniforms = _uniforms(transforms, out.shape[1:3], size, sampling)
    places = webgl.draw(
        "transform_places",
        Spec((maps, *size, 4)),
        {"transforms": transforms},
        uniforms=uniforms,
        defines={"FILLED": int(sampling.mode == "constant")},
    )
    blocks = tuple(-(-n // BLOCK_PIXELS) for n in size)
    found = Spec((maps, blocks[0] * blocks[1], 4))
    bounds = webgl.draw(
        "transform_bounds",
        found,
        {"places": places},
        uniforms={"out_size": size, "blocks": blocks},
        defines={"BLOCK": BLOCK_PIXELS},
    )
    layout = webgl.layout(out.shape)
    parts = max(-(-blocks[0] * blocks[1] // PART_BLOCKS), 1)
    sums: Handle = webgl.draw(
        "transform_grad",
        out if parts == 1 else Spec((parts, 4 * layout.texels)),
        {"dy": dy, "places": places, "bounds": bounds},
        uniforms={
            "transform_count": maps,
            "in_size": out.shape[1:3],
            "out_size": size,
            "blocks": blocks,
            "texels": max(layout.texels, 1),
            "share": PART_BLOCKS,
            "image_form": (0, 0, layout.row_texels, layout.row_length),
        },
        defines={"BILINEAR": int(sampling.bilinear), "BLOCK": BLOCK_PIXELS},
    )
    if parts == 1:
        return sums
    sizes = {"chunks": parts, "texels": layout.texels}
    handle: Handle = webgl.draw("segment_fold", out, {"parts": sums}, uniforms=sizes, defines={"INTEGER": 0})
    return handle
