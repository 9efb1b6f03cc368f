"""Cases of kernels that make a tensor of numbers."""

from glbackend.ops.create import diag, fill, linspace, ones, ones_like, range_, zeros, zeros_like
from glbackend.testing.case import case
from glbackend.testing.sample import bools, integers, normal

CASES = [
    *[case("Fill", f"c{c}", lambda c=c: fill([2, 3, c], -2.5)) for c in (1, 2, 3, 4, 5)],
    case("Fill", "scalar", lambda: fill([], 7.0)),
    case("Fill", "int", lambda: fill([3, 5], 2**31 - 1, "int32")),
    case("Fill", "bool", lambda: fill([7], True)),
    case("Fill", "nan", lambda: fill([2, 3], float("nan"))),
    case("Fill", "infinite", lambda: fill([2, 3], float("-inf"))),
    case("Fill", "zeros-rank6", lambda: zeros([1, 2, 1, 3, 1, 5])),
    case("Fill", "ones-int", lambda: ones([6], "int32")),
    case("Fill", "empty", lambda: fill([2, 0, 3], 1.0)),
    case("Fill", "empty-complex", lambda: fill([2], 1.0, "complex64")),
    case("ZerosLike", "odd", zeros_like, normal(2, 3, 5)),
    case("ZerosLike", "int", zeros_like, integers(-9, 9, 7)),
    case("ZerosLike", "slope", lambda x: zeros_like(x) + x, normal(3), grad=(0,)),
    case("ZerosLike", "empty", zeros_like, normal(0, 3)),
    case("OnesLike", "odd", ones_like, normal(2, 3, 5)),
    case("OnesLike", "bool", ones_like, bools(2, 3)),
    case("OnesLike", "slope", lambda x: ones_like(x) * x, normal(3), grad=(0,)),
    case("OnesLike", "scalar", ones_like, normal()),
    case("Range", "float", lambda: range_(0.5, 9, 0.3)),
    case("Range", "down", lambda: range_(5, -3)),
    case("Range", "int", lambda: range_(-(2**31), -(2**31) + 30, 7, "int32")),
    case("Range", "one", lambda: range_(3, 4)),
    case("Range", "empty", lambda: range_(3, 9, -1)),
    case("Range", "empty-on-host", lambda: range_(0, 9, 0.7, "int32")),
    case("LinSpace", "odd", lambda: linspace(-1, 2, 23)),
    case("LinSpace", "down", lambda: linspace(3.7, -1.1, 8)),
    case("LinSpace", "one", lambda: linspace(3, 9, 1)),
    case("Diag", "vector", diag, normal(5), grad=(0,)),
    case("Diag", "matrix", diag, normal(2, 3), grad=(0,)),
    case("Diag", "int", diag, integers(-9, 9, 4)),
    case("Diag", "bool", diag, bools(3)),
    case("Diag", "empty", diag, normal(0)),
]
