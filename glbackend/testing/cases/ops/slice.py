"""Cases of Slice and StridedSlice: windows of whole texels and across them, steps, masks, indexing."""

import numpy as np

from glbackend.ops.getitem import getitem
from glbackend.ops.slice import slice as window
from glbackend.ops.slice import strided_slice
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal

SPECIAL = np.array([[np.nan, np.inf, 1, 2, 3], [-np.inf, -0.0, 4, 5, 6]], np.float32)

CASES = [
    case("Slice", "rows", lambda x: window(x, 1, 2), normal(4, 5), grad=(0,)),
    case("Slice", "aligned", lambda x: window(x, [0, 4], [3, 5]), normal(3, 11), grad=(0,)),
    case("Slice", "across_1", lambda x: window(x, [1, 1], [2, 6]), normal(3, 11), grad=(0,)),
    case("Slice", "across_2", lambda x: window(x, [0, 2], [-1, -1]), normal(3, 8)),
    case("Slice", "across_3", lambda x: window(x, [0, 1, 3], [2, 2, 4]), normal(2, 4, 9), grad=(0,)),
    case("Slice", "one_column", lambda x: window(x, [0, 5], [3, 1]), normal(3, 7)),
    case("Slice", "columns_of_one", lambda x: window(x, [1, 0], [2, 1]), normal(4, 1)),
    case("Slice", "vector", lambda x: window(x, [3], [5]), normal(10), grad=(0,)),
    case(
        "Slice",
        "rank6",
        lambda x: window(x, [0, 1, 0, 1, 0, 1], [1, 1, 2, 2, 1, 4]),
        normal(2, 2, 2, 3, 2, 5),
    ),
    case("Slice", "int32", lambda x: window(x, [1, 1]), integers(-(2**31), 2**31 - 1, 3, 6)),
    case("Slice", "bool", lambda x: window(x, [0, 1], [2, 3]), bools(3, 5)),
    case("Slice", "empty", lambda x: window(x, [1, 2], [0, 3]), normal(3, 5)),
    case("Slice", "special", lambda x: window(x, [0, 1], [2, 3]), SPECIAL),
    case(
        "StridedSlice", "steps", lambda x: strided_slice(x, [0, 1], [5, 9], [2, 3]), normal(5, 9), grad=(0,)
    ),
    case(
        "StridedSlice",
        "backwards",
        lambda x: strided_slice(x, [3, 8], [0, 1], [-1, -1]),
        normal(5, 9),
        grad=(0,),
    ),
    case("StridedSlice", "steps_back", lambda x: getitem(x, np.s_[::-2, -2::-3]), normal(6, 11), grad=(0,)),
    case(
        "StridedSlice",
        "new_and_shrunk",
        lambda x: getitem(x, np.s_[..., None, 1, :]),
        normal(3, 4, 5),
        grad=(0,),
    ),
    case("StridedSlice", "last_shrunk", lambda x: getitem(x, np.s_[:, 2]), normal(6, 5), grad=(0,)),
    case("StridedSlice", "new_last", lambda x: getitem(x, np.s_[1:, None]), normal(7)),
    case("StridedSlice", "scalar", lambda x: getitem(x, np.s_[-1, 2]), normal(3, 4), grad=(0,)),
    case(
        "StridedSlice",
        "masks",
        lambda x: strided_slice(x, [9, 2, 0], [2, 9, 3], [1, 1, 2], 1, 2, 0, 0),
        normal(3, 4, 5),
    ),
    case("StridedSlice", "int32", lambda x: getitem(x, np.s_[1:, ::2]), integers(-(2**31), 2**31 - 1, 4, 7)),
    case("StridedSlice", "bool", lambda x: getitem(x, np.s_[::-1, 1:]), bools(3, 6)),
    case("StridedSlice", "empty", lambda x: getitem(x, np.s_[2:1]), normal(4, 3)),
    case("StridedSlice", "rank6", lambda x: getitem(x, np.s_[0, ..., ::2, 1:]), normal(2, 2, 2, 1, 3, 5)),
    case("StridedSlice", "special", lambda x: getitem(x, np.s_[:, ::-1]), SPECIAL),
    case("Slice", "complex64", lambda x: window(x, [1, 1]), complex_normal(3, 5)),
    case("StridedSlice", "complex64", lambda x: getitem(x, np.s_[::2, ::-1]), complex_normal(3, 5)),
]
