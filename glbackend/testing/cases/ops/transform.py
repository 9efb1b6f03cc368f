"""Cases of Transform and RotateWithOffset: every fill mode, magnified, shrunk, in perspective."""

from typing import Any

import numpy as np

from glbackend.ops.op import run
from glbackend.ops.transform import rotate_with_offset, transform
from glbackend.testing.case import Case, case
from glbackend.testing.sample import normal

_MAPS = np.array(
    [
        [0.8371, 0.3117, -2.1373, -0.2719, 1.2131, 0.3749, 0, 0],
        [1.7173, -0.4159, -3.2189, 0.5323, -1.3411, 9.1733, 0.0217, -0.0137],
    ],
    np.float32,
)
_LARGE = np.array([[0.3119, 0.0219, -0.6337, -0.0117, 0.2731, 0.1193, 0, 0]], np.float32)
_HALF = np.array([[1, 0, 0.5, 0, 1, -0.5, 0, 0]], np.float32)


def _transform(how: str, mode: str, size: tuple[int, int] | None = None) -> Any:
    return lambda x, maps: transform(x, maps, how, mode, 0.75, size)


def _grad(how: str, mode: str) -> Any:
    def call(dy: Any, maps: Any) -> Any:
        inputs = {"dy": dy, "transforms": maps}
        return run("TransformGrad", inputs, image_shape=(2, 4, 5, 3), interpolation=how, fill_mode=mode)

    return call


def _transforms() -> list[Case]:
    found = []
    for how in ("nearest", "bilinear"):
        for mode in ("constant", "reflect", "wrap", "nearest"):
            call = _transform(how, mode)
            found += [
                case("Transform", f"{how}-{mode}", call, normal(2, 5, 6, 3), _MAPS, grad=(0,)),
                case("Transform", f"{how}-{mode}-half", call, normal(1, 4, 4, 5), _HALF),
                case(
                    "TransformGrad", f"{how}-{mode}", _grad(how, mode), normal(2, 3, 4, 3), _MAPS, grad=(0,)
                ),
            ]
        found += [
            case(
                "Transform",
                f"{how}-large",
                _transform(how, "constant", (18, 20)),
                normal(2, 5, 6, 4),
                _LARGE,
                grad=(0,),
            ),
            case(
                "Transform",
                f"{how}-pixel",
                _transform(how, "wrap", (2, 3)),
                normal(2, 1, 1, 1),
                _MAPS,
                grad=(0,),
            ),
            case("Transform", f"{how}-empty", _transform(how, "wrap", (0, 3)), normal(2, 2, 2, 1), _MAPS),
        ]
    return found


CASES = [
    *_transforms(),
    *[
        case(
            "RotateWithOffset",
            f"c{c}",
            lambda x: rotate_with_offset(x, 0.7, 0.25),
            normal(2, 5, 6, c),
            grad=(0,),
        )
        for c in (1, 3, 4, 5)
    ],
    case(
        "RotateWithOffset",
        "quarter",
        lambda x: rotate_with_offset(x, np.pi / 2, 1, (0.25, 0.75)),
        normal(1, 4, 4, 2),
        grad=(0,),
    ),
    case("RotateWithOffset", "colour", lambda x: rotate_with_offset(x, -1.1, (1, 2, 3)), normal(1, 4, 3, 4)),
    case("RotateWithOffset", "empty", lambda x: rotate_with_offset(x, 1), normal(0, 4, 3, 4)),
]
