"""Cases of Bincount and DenseBincount: with weights and without, in one pass and in chunks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.bincount import bincount, dense_bincount
from glbackend.testing.case import case
from glbackend.testing.sample import integers, normal

NOTHING, NO_INTEGERS = np.zeros(0, np.float32), np.zeros(0, np.int32)


def _size(size: int) -> Callable[..., Any]:
    return lambda x, w: bincount(x, w, size)


def _dense(size: int, binary: bool = False) -> Callable[..., Any]:
    return lambda x, w: dense_bincount(x, w, size, binary)


CASES = [
    *[case("Bincount", f"size{s}", _size(s), integers(0, 7, 9), NOTHING) for s in (1, 3, 4, 6, 9)],
    case("Bincount", "weights", _size(5), integers(0, 7, 11), normal(11), grad=(1,)),
    case("Bincount", "matrix", _size(5), integers(0, 7, 3, 3), normal(3, 3), grad=(1,)),
    case("Bincount", "scalar", _size(3), np.array(1, np.int32), NOTHING),
    case("Bincount", "int", _size(5), integers(0, 6, 30), integers(-(2**31), 2**31 - 1, 30)),
    case("Bincount", "int-counts", _size(5), integers(0, 6, 30), NO_INTEGERS),
    case("Bincount", "nan", _size(3), integers(0, 4, 4), np.array([np.nan, 1, np.inf, 2], np.float32)),
    case("Bincount", "chunks", _size(7), integers(0, 9, 3001), NOTHING),
    case("Bincount", "chunks-weights", _size(7), integers(0, 9, 3001), normal(3001)),
    case("Bincount", "chunks-int", _size(6), integers(0, 9, 3001), integers(-9, 9, 3001)),
    case("Bincount", "nothing", _size(5), integers(0, 7, 0), NOTHING),
    case("Bincount", "empty", _size(0), integers(0, 7, 4), NOTHING, grad=(1,)),
    *[
        case("DenseBincount", f"columns{c}", _dense(5), integers(0, 7, 3, c), normal(3, c), grad=(1,))
        for c in (1, 3, 4, 6)
    ],
    case("DenseBincount", "vector", _dense(6), integers(0, 7, 9), normal(9), grad=(1,)),
    case("DenseBincount", "counts", _dense(6), integers(0, 7, 2, 9), NOTHING),
    case("DenseBincount", "binary", _dense(6, True), integers(0, 7, 2, 9), normal(2, 9), grad=(1,)),
    case("DenseBincount", "binary-vector", _dense(9, True), integers(0, 5, 9), NO_INTEGERS),
    case("DenseBincount", "binary-chunks", _dense(9, True), integers(0, 8, 2, 1500), NOTHING),
    case("DenseBincount", "int", _dense(5), integers(0, 7, 3, 5), integers(-(2**31), 2**31 - 1, 3, 5)),
    case("DenseBincount", "chunks", _dense(3), integers(0, 4, 2, 1501), normal(2, 1501)),
    case("DenseBincount", "no-columns", _dense(3), integers(0, 4, 2, 0), NOTHING),
    case("DenseBincount", "empty", _dense(3), integers(0, 4, 0, 3), NOTHING),
]
