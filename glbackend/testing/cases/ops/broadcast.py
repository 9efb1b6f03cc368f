"""Cases of BroadcastArgs."""

import numpy as np

from glbackend.ops.broadcast import broadcast_args
from glbackend.testing.case import case

A, B = np.array([2, 1, 3, 0, 1], np.int32), np.array([4, 1, 1, 1], np.int32)

CASES = [
    case("BroadcastArgs", "longer", broadcast_args, A, B),
    case("BroadcastArgs", "shorter", broadcast_args, B, A),
    case("BroadcastArgs", "equal", broadcast_args, B, B),
    case("BroadcastArgs", "scalar", broadcast_args, np.zeros(0, np.int32), A),
    case("BroadcastArgs", "empty", broadcast_args, np.zeros(0, np.int32), np.zeros(0, np.int32)),
]
