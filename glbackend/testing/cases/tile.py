"""Cases of Tile: rows repeated whole, within, and single elements spread."""

import numpy as np

from glbackend.ops.tile import broadcast_to, tile
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal

SPECIAL = np.array([[np.nan, np.inf, 1], [-np.inf, -0.0, 4]], np.float32)

CASES = [
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
