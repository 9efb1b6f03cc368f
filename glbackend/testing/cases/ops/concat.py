"""Cases of Concat, Pack, SplitV and Unpack: along rows and within them, aligned or not, few and many."""

import numpy as np

from glbackend.ops.concat import concat, split, stack, unstack
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal

SPECIAL = np.array([[np.nan, np.inf, 1], [-np.inf, -0.0, 4]], np.float32)


def _many(count: int, *shape: int) -> tuple[np.ndarray, ...]:
    return tuple(normal(*shape, seed=i) for i in range(count))


CASES = [
    case("Concat", "first", lambda *xs: concat(xs), normal(2, 5), normal(3, 5), grad=(0, 1)),
    case("Concat", "middle", lambda *xs: concat(xs, 1), normal(2, 1, 6), normal(2, 3, 6), grad=(0, 1)),
    case(
        "Concat", "last", lambda *xs: concat(xs, -1), normal(2, 3), normal(2, 6), normal(2, 2), grad=(0, 1, 2)
    ),
    case("Concat", "last_whole", lambda *xs: concat(xs, -1), normal(3, 4), normal(3, 8), grad=(0, 1)),
    case("Concat", "last_single", lambda *xs: concat(xs, 1), *_many(5, 3, 1), grad=(0, 4)),
    case("Concat", "vectors", lambda *xs: concat(xs), normal(3), normal(7), grad=(0, 1)),
    case("Concat", "many_first", lambda *xs: concat(xs), *_many(17, 1, 3)),
    case("Concat", "many_last", lambda *xs: concat(xs, 1), *_many(17, 2, 3)),
    case("Concat", "many_single", lambda *xs: concat(xs, 1), *_many(30, 2, 1)),
    case("Concat", "with_empty_input", lambda *xs: concat(xs, 1), normal(2, 3), normal(2, 0), normal(2, 2)),
    case("Concat", "rank6", lambda *xs: concat(xs, 3), normal(2, 1, 2, 1, 2, 3), normal(2, 1, 2, 2, 2, 3)),
    case(
        "Concat",
        "int32",
        lambda *xs: concat(xs, 1),
        integers(-9, 9, 2, 3),
        integers(-(2**31), 2**31 - 1, 2, 4),
    ),
    case("Concat", "bool", lambda *xs: concat(xs, 1), bools(2, 3), bools(2, 4)),
    case("Concat", "empty", lambda *xs: concat(xs, 1), normal(0, 3), normal(0, 2)),
    case("Concat", "special", lambda *xs: concat(xs, 1), SPECIAL, normal(2, 4), SPECIAL),
    case("Pack", "first", lambda *xs: stack(xs), *_many(3, 2, 5), grad=(0, 2)),
    case("Pack", "middle", lambda *xs: stack(xs, 1), *_many(3, 2, 6), grad=(0, 1)),
    case("Pack", "last", lambda *xs: stack(xs, -1), *_many(5, 2, 6), grad=(0, 4)),
    case("Pack", "scalars", lambda *xs: stack(xs), *_many(3), grad=(0, 1, 2)),
    case("Pack", "many_last", lambda *xs: stack(xs, 2), *_many(17, 2, 3)),
    case("Pack", "int32", lambda *xs: stack(xs, 1), integers(-9, 9, 5), integers(-(2**31), 2**31 - 1, 5)),
    case("Pack", "bool", lambda *xs: stack(xs, 0), bools(5), bools(5)),
    case("Pack", "empty", lambda *xs: stack(xs, 0), normal(0, 3), normal(0, 3)),
    case("SplitV", "equal_rows", lambda x: split(x, 3), normal(6, 5), grad=(0,)),
    case("SplitV", "equal_whole", lambda x: split(x, 3, -1), normal(2, 24), grad=(0,)),
    case("SplitV", "equal_across", lambda x: split(x, 2, 1), normal(2, 10), grad=(0,)),
    case("SplitV", "ten_equal", lambda x: split(x, 10, 1), normal(2, 10, 3)),
    case("SplitV", "sizes", lambda x: split(x, [1, -1, 2], 1), normal(3, 9), grad=(0,)),
    case("SplitV", "with_empty_part", lambda x: split(x, [2, 0, 3], 0), normal(5, 3)),
    case("SplitV", "int32", lambda x: split(x, 2, 1), integers(-(2**31), 2**31 - 1, 3, 8)),
    case("SplitV", "bool", lambda x: split(x, [1, 4], 1), bools(3, 5)),
    case("SplitV", "empty", lambda x: split(x, 2), normal(0, 3)),
    case("Unpack", "first", lambda x: unstack(x), normal(3, 2, 5), grad=(0,)),
    case("Unpack", "middle", lambda x: unstack(x, 1), normal(2, 3, 6), grad=(0,)),
    case("Unpack", "last", lambda x: unstack(x, -1), normal(2, 6, 3), grad=(0,)),
    case("Unpack", "vector", lambda x: unstack(x), normal(5), grad=(0,)),
    case("Unpack", "ten", lambda x: unstack(x), normal(10, 4)),
    case("Unpack", "int32", lambda x: unstack(x, 1), integers(-(2**31), 2**31 - 1, 3, 2)),
    case("Unpack", "bool", lambda x: unstack(x, 0), bools(2, 7)),
    case("Unpack", "empty", lambda x: unstack(x, 1), normal(0, 3)),
    case("Unpack", "special", lambda x: unstack(x, 1), SPECIAL),
    case("Concat", "complex64", lambda *xs: concat(xs, 1), complex_normal(2, 5), complex_normal(2, 3)),
    case("Concat", "many_uneven", lambda *xs: concat(xs, 1), *_many(16, 2, 3), normal(2, 4)),
    case("Concat", "many_uneven_middle", lambda *xs: concat(xs, 1), *_many(16, 2, 1, 3), normal(2, 2, 3)),
    case("Concat", "few_middle", lambda *xs: concat(xs, 1), *_many(4, 2, 2, 3)),
    case("Pack", "complex64", lambda *xs: stack(xs, 2), complex_normal(2, 5), complex_normal(2, 5)),
    case("SplitV", "complex64", lambda x: split(x, 2, 1), complex_normal(2, 8)),
    case("Unpack", "complex64", lambda x: unstack(x, 1), complex_normal(2, 3)),
    case("Concat", "large_first", lambda *xs: concat(xs), normal(700, 49), normal(1, 49), normal(20, 49)),
    case("Concat", "large_int32", lambda *xs: concat(xs), integers(-9, 9, 2100, 17), integers(-9, 9, 3, 17)),
    case("Concat", "large_many_last", lambda *xs: concat(xs, 1), *_many(6, 1400, 5)),
    case("Pack", "large_many_last", lambda *xs: stack(xs, -1), *_many(6, 700, 7)),
]
