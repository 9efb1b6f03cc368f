"""Cases of AllReduce and its like in one process, where the sum of all is what it was given."""

from glbackend.ops.collective import all_reduce, all_reduce_moments, all_reduce_start
from glbackend.testing.case import case
from glbackend.testing.sample import normal

_SEVERAL = normal(2, 3), normal(7), normal(), normal(0)
CASES = [
    case("AllReduce", "number", all_reduce, normal()),
    case("AllReduce", "matrix", all_reduce, normal(3, 5)),
    case("AllReduceMoments", "vectors", lambda x: all_reduce_moments(x, x.square(), 7), normal(5)),
    case("AllReduceStart", "one", lambda x: all_reduce_start([x], 0), normal(5)),
    case("AllReduceStart", "matrix", lambda x: all_reduce_start([x], 0), normal(3, 5)),
    case(
        "AllReduceStart",
        "several",
        lambda *xs: all_reduce_start(xs, 1),
        normal(2, 3),
        normal(7),
        normal(),
        normal(0),
    ),
]
