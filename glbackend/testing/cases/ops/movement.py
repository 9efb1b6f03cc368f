"""Cases of Transpose, Reverse, FlipLeftRight and Tile: rows moved or exchanged, views, each dtype."""

import numpy as np

from glbackend.ops.movement import broadcast_to, flip_left_right, reverse, tile, transpose
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal

SPECIAL = np.array([[np.nan, np.inf, 1, 2, 3], [-np.inf, -0.0, 4, 5, 6]], np.float32)

CASES = [
    case("Transpose", "matrix", lambda x: transpose(x), normal(5, 7), grad=(0,)),
    case("Transpose", "matrix_whole", lambda x: transpose(x), normal(8, 12)),
    case("Transpose", "column", lambda x: transpose(x, [1, 2, 0]), normal(2, 3, 1), grad=(0,)),
    case("Transpose", "last_kept", lambda x: transpose(x, [0, 2, 1, 3]), normal(2, 3, 4, 5), grad=(0,)),
    case("Transpose", "last_kept_whole", lambda x: transpose(x, [2, 1, 0, 3]), normal(2, 3, 2, 8)),
    case("Transpose", "nchw_to_nhwc", lambda x: transpose(x, [0, 2, 3, 1]), normal(2, 5, 3, 3), grad=(0,)),
    case("Transpose", "nhwc_to_nchw", lambda x: transpose(x, [0, 3, 1, 2]), normal(2, 3, 3, 6)),
    case("Transpose", "negative", lambda x: transpose(x, [-1, 0, -2]), normal(2, 3, 5)),
    case("Transpose", "single_rows", lambda x: transpose(x, [1, 0, 2]), normal(3, 4, 1)),
    case("Transpose", "rank6", lambda x: transpose(x, [5, 0, 3, 2, 4, 1]), normal(2, 3, 2, 3, 2, 5)),
    case("Transpose", "int32", lambda x: transpose(x), integers(-(2**31), 2**31 - 1, 6, 3)),
    case("Transpose", "bool", lambda x: transpose(x, [1, 0, 2]), bools(3, 2, 5)),
    case("Transpose", "empty", lambda x: transpose(x, [1, 0, 2]), normal(0, 3, 2)),
    case("Transpose", "special", lambda x: transpose(x), SPECIAL),
    case("Reverse", "last", lambda x: reverse(x, -1), normal(3, 7), grad=(0,)),
    case("Reverse", "last_whole", lambda x: reverse(x, 1), normal(3, 8)),
    case("Reverse", "first", lambda x: reverse(x, [0]), normal(3, 5), grad=(0,)),
    case("Reverse", "middle", lambda x: reverse(x, [1]), normal(2, 3, 2, 4)),
    case("Reverse", "all", lambda x: reverse(x), normal(2, 3, 6), grad=(0,)),
    case("Reverse", "rank6", lambda x: reverse(x, [1, 3, 5]), normal(2, 2, 1, 3, 2, 3)),
    case("Reverse", "int32", lambda x: reverse(x), integers(-(2**31), 2**31 - 1, 9)),
    case("Reverse", "bool", lambda x: reverse(x, 0), bools(4, 3)),
    case("Reverse", "empty", lambda x: reverse(x), normal(3, 0)),
    case("Transpose", "complex64", lambda x: transpose(x), complex_normal(3, 5)),
    case("Reverse", "complex64", lambda x: reverse(x, 1), complex_normal(3, 5)),
    *[case("FlipLeftRight", f"c{c}", flip_left_right, normal(2, 3, 5, c), grad=(0,)) for c in (1, 3, 4, 6)],
    case("FlipLeftRight", "one view", flip_left_right, normal(2, 3, 1, 4), grad=(0,)),
    case("FlipLeftRight", "int", flip_left_right, integers(-(2**31), 2**31 - 1, 1, 2, 4, 3)),
    case("FlipLeftRight", "bool", flip_left_right, bools(1, 2, 4, 3)),
    case("FlipLeftRight", "empty", flip_left_right, normal(1, 0, 3, 3)),
    case("Tile", "rows", lambda x: tile(x, [3, 1]), normal(2, 5), grad=(0,)),
    case("Tile", "last", lambda x: tile(x, [1, 3]), normal(2, 5), grad=(0,)),
    case("Tile", "last_whole", lambda x: tile(x, [2, 3]), normal(2, 8), grad=(0,)),
    case("Tile", "all", lambda x: tile(x, [2, 1, 3]), normal(2, 3, 3), grad=(0,)),
    case("Tile", "spread", lambda x: tile(x, [1, 6]), normal(3, 1), grad=(0,)),
    case("Tile", "vector", lambda x: tile(x, [4]), normal(3)),
    case("Tile", "rank6", lambda x: tile(x, [2, 1, 2, 1, 1, 2]), normal(1, 2, 2, 1, 2, 3)),
    case("Tile", "broadcast_to", lambda x: broadcast_to(x, [3, 2, 4, 5]), normal(2, 1, 5), grad=(0,)),
    case("Tile", "broadcast_scalar", lambda x: broadcast_to(x, [3, 6]), normal(), grad=(0,)),
    case("Tile", "int32", lambda x: tile(x, [2, 2]), integers(-(2**31), 2**31 - 1, 2, 3)),
    case("Tile", "bool", lambda x: tile(x, [2, 1]), bools(2, 3)),
    case("Tile", "empty", lambda x: tile(x, [2, 0]), normal(2, 3)),
    case("Tile", "special", lambda x: tile(x, [1, 2]), SPECIAL),
    case("Tile", "complex64", lambda x: tile(x, [2, 3]), complex_normal(2, 5)),
]
