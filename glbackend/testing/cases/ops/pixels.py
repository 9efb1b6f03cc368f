"""Cases of FromPixels and Draw."""

from typing import Any

from glbackend.ops.op import run
from glbackend.ops.pixels import from_pixels
from glbackend.testing.case import case
from glbackend.testing.sample import integers, uniform


def _shown(alpha: float) -> Any:
    return lambda image: run("Draw", {"image": image}, options={"image_options": {"alpha": alpha}})


CASES = [
    *[
        case("FromPixels", f"{c}-to-{n}", lambda x, n=n: from_pixels(x, n), integers(0, 256, 3, 5, c))
        for c, n in ((1, 3), (3, 3), (4, 3), (4, 4), (3, 4), (1, 1), (3, 1), (1, 2))
    ],
    case("FromPixels", "empty", from_pixels, integers(0, 256, 0, 5, 3)),
    *[case("Draw", f"float-{c}", _shown(0.5), uniform(0, 1, 3, 5, c)) for c in (1, 3, 4)],
    *[case("Draw", f"int-{c}", _shown(1), integers(0, 256, 3, 5, c)) for c in (1, 3, 4)],
    case("Draw", "grey", _shown(1), uniform(0, 1, 4, 6)),
    case("Draw", "empty", _shown(1), uniform(0, 1, 4, 0)),
]
