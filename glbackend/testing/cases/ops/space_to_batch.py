"""Cases of SpaceToBatchND and BatchToSpaceND: with and without border, with and without channels."""

from glbackend.ops.space_to_batch import batch_to_space_nd, space_to_batch_nd
from glbackend.testing.case import case
from glbackend.testing.sample import complex_normal, integers, normal

NONE = [[0, 0], [0, 0]]

CASES = [
    case(
        "SpaceToBatchND", "image", lambda x: space_to_batch_nd(x, [2, 2], NONE), normal(2, 4, 6, 3), grad=(0,)
    ),
    case(
        "SpaceToBatchND",
        "padded",
        lambda x: space_to_batch_nd(x, [2, 3], [[1, 0], [1, 2]]),
        normal(1, 3, 3, 4),
        grad=(0,),
    ),
    case(
        "SpaceToBatchND",
        "no_channels",
        lambda x: space_to_batch_nd(x, [2], [[0, 1]]),
        normal(3, 7),
        grad=(0,),
    ),
    case(
        "SpaceToBatchND",
        "int32",
        lambda x: space_to_batch_nd(x, [2], [[0, 0]]),
        integers(-(2**31), 2**31 - 1, 2, 4),
    ),
    case("SpaceToBatchND", "empty", lambda x: space_to_batch_nd(x, [2], [[0, 0]]), normal(0, 4, 2)),
    case(
        "BatchToSpaceND", "image", lambda x: batch_to_space_nd(x, [2, 2], NONE), normal(8, 2, 3, 3), grad=(0,)
    ),
    case(
        "BatchToSpaceND",
        "cropped",
        lambda x: batch_to_space_nd(x, [2, 3], [[1, 0], [1, 2]]),
        normal(6, 2, 2, 4),
        grad=(0,),
    ),
    case(
        "BatchToSpaceND",
        "no_channels",
        lambda x: batch_to_space_nd(x, [2], [[0, 1]]),
        normal(4, 5),
        grad=(0,),
    ),
    case(
        "BatchToSpaceND",
        "int32",
        lambda x: batch_to_space_nd(x, [2], [[0, 0]]),
        integers(-(2**31), 2**31 - 1, 4, 3),
    ),
    case("BatchToSpaceND", "empty", lambda x: batch_to_space_nd(x, [2], [[0, 0]]), normal(0, 4, 2)),
    case(
        "SpaceToBatchND", "complex64", lambda x: space_to_batch_nd(x, [2], [[1, 0]]), complex_normal(2, 3, 3)
    ),
    case(
        "BatchToSpaceND", "complex64", lambda x: batch_to_space_nd(x, [2], [[1, 0]]), complex_normal(2, 3, 3)
    ),
]
