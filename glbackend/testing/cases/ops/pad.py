"""Cases of PadV2 and MirrorPad: borders around whole rows and within them, NaN and infinity at the border."""

import numpy as np

from glbackend.ops.pad import mirror_pad, pad
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal

SPECIAL = np.array([[np.nan, np.inf, 1], [-np.inf, -0.0, 4]], np.float32)

CASES = [
    case("PadV2", "rows", lambda x: pad(x, [[1, 2], [0, 0]]), normal(3, 5), grad=(0,)),
    case(
        "PadV2",
        "image",
        lambda x: pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], 3.5),
        normal(2, 3, 2, 4),
        grad=(0,),
    ),
    case("PadV2", "last", lambda x: pad(x, [[0, 0], [1, 2]], -1.0), normal(2, 5), grad=(0,)),
    case("PadV2", "last_whole", lambda x: pad(x, [[1, 0], [4, 4]], 2.0), normal(2, 8), grad=(0,)),
    case("PadV2", "last_whole_to_odd", lambda x: pad(x, [[0, 1], [4, 3]], 2.0), normal(2, 8)),
    case("PadV2", "last_behind_odd", lambda x: pad(x, [[0, 0], [0, 9]], 2.0), normal(3, 6)),
    case("PadV2", "vector", lambda x: pad(x, [[3, 1]], 1.0), normal(7), grad=(0,)),
    case(
        "PadV2",
        "rank6",
        lambda x: pad(x, [[0, 1], [0, 0], [1, 0], [0, 0], [1, 1], [2, 0]], 1.0),
        normal(1, 2, 1, 2, 2, 3),
    ),
    case("PadV2", "int32", lambda x: pad(x, [[1, 0], [1, 1]], -7), integers(-(2**31), 2**31 - 1, 2, 4)),
    case("PadV2", "bool", lambda x: pad(x, [[1, 0], [0, 2]], True), bools(2, 4)),
    case("PadV2", "of_nothing", lambda x: pad(x, [[1, 1], [2, 1]], 5.0), normal(0, 3)),
    case("PadV2", "of_empty_rows", lambda x: pad(x, [[0, 0], [2, 1]], 5.0), normal(3, 0)),
    case("PadV2", "empty", lambda x: pad(x, [[1, 1], [0, 0]]), normal(2, 0)),
    case("PadV2", "crop", lambda x: pad(x, [[-1, -2], [-3, 1], [2, -1]], 1.5), normal(5, 4, 6), grad=(0,)),
    case("PadV2", "special", lambda x: pad(x, [[1, 1], [2, 2]], np.inf), SPECIAL),
    case("PadV2", "special_rows", lambda x: pad(x, [[1, 1], [0, 0]], np.nan), SPECIAL),
    case(
        "MirrorPad", "reflect", lambda x: mirror_pad(x, [[2, 1], [1, 3]], "reflect"), normal(3, 5), grad=(0,)
    ),
    case(
        "MirrorPad",
        "symmetric",
        lambda x: mirror_pad(x, [[3, 1], [2, 5]], "symmetric"),
        normal(3, 5),
        grad=(0,),
    ),
    case(
        "MirrorPad",
        "image",
        lambda x: mirror_pad(x, [[0, 0], [1, 1], [1, 2], [0, 0]], "reflect"),
        normal(2, 3, 3, 4),
        grad=(0,),
    ),
    case("MirrorPad", "int32", lambda x: mirror_pad(x, [[1, 0], [0, 0]], "symmetric"), integers(-9, 9, 2, 3)),
    case("MirrorPad", "bool", lambda x: mirror_pad(x, [[1, 1]], "reflect"), bools(5)),
    case("MirrorPad", "empty", lambda x: mirror_pad(x, [[0, 0], [1, 1]], "symmetric"), normal(0, 3)),
    case("MirrorPad", "special", lambda x: mirror_pad(x, [[1, 1], [2, 2]], "symmetric"), SPECIAL),
    case("PadV2", "complex64", lambda x: pad(x, [[1, 0], [1, 2]], 2.0), complex_normal(2, 5)),
    case(
        "MirrorPad", "complex64", lambda x: mirror_pad(x, [[1, 0], [1, 2]], "reflect"), complex_normal(2, 5)
    ),
]
