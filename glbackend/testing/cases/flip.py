"""Cases of FlipLeftRight."""

from glbackend.ops.flip import flip_left_right
from glbackend.testing.case import case
from glbackend.testing.sample import bools, integers, normal

CASES = [
    *[case("FlipLeftRight", f"c{c}", flip_left_right, normal(2, 3, 5, c), grad=(0,)) for c in (1, 3, 4, 6)],
    case("FlipLeftRight", "one view", flip_left_right, normal(2, 3, 1, 4), grad=(0,)),
    case("FlipLeftRight", "int", flip_left_right, integers(-(2**31), 2**31 - 1, 1, 2, 4, 3)),
    case("FlipLeftRight", "bool", flip_left_right, bools(1, 2, 4, 3)),
    case("FlipLeftRight", "empty", flip_left_right, normal(1, 0, 3, 3)),
]
