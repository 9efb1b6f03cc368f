"""Cases of the kernels over images: larger and smaller, every way of counting pixels, odd channels."""

from typing import Any

from glbackend.ops.image import depth_to_space, resize_bilinear, resize_nearest_neighbor
from glbackend.ops.op import run
from glbackend.testing.case import Case, case
from glbackend.testing.sample import bools, integers, normal

_WAYS: dict[str, dict[str, bool]] = {
    "plain": {},
    "corners": {"align_corners": True},
    "half": {"half_pixel_centers": True},
}
_SIZES = {
    "larger": ((1, 3, 4, 5), (7, 8)),
    "smaller": ((2, 7, 6, 4), (3, 4)),
    "one": ((1, 4, 3, 3), (1, 1)),
    "double": ((1, 3, 2, 8), (6, 4)),
    "mixed": ((1, 9, 2, 1), (2, 5)),
}
_OPS = {"ResizeBilinear": resize_bilinear, "ResizeNearestNeighbor": resize_nearest_neighbor}


def _resizes() -> list[Case]:
    found = []
    for kernel, op in _OPS.items():
        for way, flags in _WAYS.items():
            for size, (shape, to) in _SIZES.items():
                call = lambda x, op=op, to=to, flags=flags: op(x, to, **flags)  # noqa: E731
                found.append(case(kernel, f"{size}-{way}", call, normal(*shape), grad=(0,)))
                if size in ("larger", "smaller"):
                    dy = normal(shape[0], *to, shape[3])
                    back = _adjoint(kernel, flags)
                    found.append(case(f"{kernel}Grad", f"{size}-{way}", back, normal(*shape), dy, grad=(1,)))
    return found


def _adjoint(kernel: str, flags: dict[str, bool]) -> Any:
    return lambda images, dy: run(f"{kernel}Grad", {"images": images, "dy": dy}, **flags)


CASES = [
    *_resizes(),
    case("ResizeBilinear", "one-image", lambda x: resize_bilinear(x, (5, 5)), normal(2, 3, 3), grad=(0,)),
    case("ResizeBilinear", "int32", lambda x: resize_bilinear(x, (5, 4)), integers(-99, 99, 1, 2, 3, 3)),
    case("ResizeBilinear", "empty", lambda x: resize_bilinear(x, (0, 4)), normal(1, 2, 3, 3)),
    case(
        "ResizeNearestNeighbor",
        "int32",
        lambda x: resize_nearest_neighbor(x, (5, 4)),
        integers(-(2**31), 2**31 - 1, 1, 2, 3, 5),
    ),
    case("ResizeNearestNeighbor", "bool", lambda x: resize_nearest_neighbor(x, (5, 4)), bools(1, 2, 3, 4)),
    case(
        "ResizeNearestNeighbor", "long", lambda x: resize_nearest_neighbor(x, (1, 147)), normal(1, 1, 49, 1)
    ),
    case("DepthToSpace", "whole-texels", lambda x: depth_to_space(x, 2), normal(2, 2, 3, 16), grad=(0,)),
    case("DepthToSpace", "odd", lambda x: depth_to_space(x, 2), normal(2, 3, 2, 12), grad=(0,)),
    case("DepthToSpace", "one-channel", lambda x: depth_to_space(x, 3), normal(1, 2, 3, 9), grad=(0,)),
    case(
        "DepthToSpace",
        "channels-first",
        lambda x: depth_to_space(x, 2, "NCHW"),
        normal(2, 12, 3, 2),
        grad=(0,),
    ),
    case("DepthToSpace", "int32", lambda x: depth_to_space(x, 2), integers(-9, 9, 1, 2, 2, 8)),
    case("DepthToSpace", "bool", lambda x: depth_to_space(x, 2), bools(1, 2, 2, 16)),
    case("DepthToSpace", "empty", lambda x: depth_to_space(x, 2), normal(0, 2, 3, 4)),
]
