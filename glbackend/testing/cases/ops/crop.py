"""Cases of CropAndResize: boxes inside, across the edge, flipped, thin, of no image."""

from typing import Any

import numpy as np

from glbackend.ops.crop import crop_and_resize
from glbackend.ops.op import run
from glbackend.testing.case import Case, case
from glbackend.testing.sample import integers, normal

_BOXES = np.array(
    [[0, 0, 1, 1], [0.1, 0.23, 0.71, 0.9], [0.9, 0.8, 0.15, 0.1], [-0.3, 0.4, 0.6, 1.4], [0.5, 0.5, 0.5, 0.7],
     [0, 0, 1, 1]],
    np.float32,
)  # fmt: skip
_NUMBERS = np.array([1, 0, 1, 0, 1, 2], np.int32)


def _crop(size: tuple[int, int], method: Any) -> Any:
    return lambda x, boxes, numbers: crop_and_resize(x, boxes, numbers, size, method, 0.75)


def _grad(method: str) -> Any:
    def call(dy: Any, boxes: Any, numbers: Any) -> Any:
        inputs = {"dy": dy, "boxes": boxes, "box_ind": numbers}
        return run("CropAndResizeGrad", inputs, image_shape=(2, 5, 4, 3), method=method)

    return call


def _crops() -> list[Case]:
    found = []
    for method in ("bilinear", "nearest"):
        for name, size, c in (
            ("smaller", (2, 3), 3),
            ("larger", (7, 6), 4),
            ("one", (1, 1), 5),
            ("row", (1, 4), 1),
        ):
            image = normal(2, 5, 4, c)
            found.append(
                case(
                    "CropAndResize",
                    f"{method}-{name}",
                    _crop(size, method),
                    image,
                    _BOXES,
                    _NUMBERS,
                    grad=(0,),
                )
            )
        found.append(
            case("CropAndResizeGrad", method, _grad(method), normal(6, 3, 2, 3), _BOXES, _NUMBERS, grad=(0,))
        )
        found.append(
            case(
                "CropAndResize",
                f"{method}-int",
                _crop((3, 3), method),
                integers(-99, 99, 2, 3, 4, 3),
                _BOXES,
                _NUMBERS,
            )
        )
    return found


CASES = [
    *_crops(),
    case(
        "CropAndResize", "pixel", _crop((2, 2), "bilinear"), normal(2, 1, 1, 2), _BOXES, _NUMBERS, grad=(0,)
    ),
    case(
        "CropAndResize",
        "empty",
        _crop((2, 2), "bilinear"),
        normal(1, 2, 2, 3),
        normal(0, 4),
        integers(0, 1, 0),
    ),
]
