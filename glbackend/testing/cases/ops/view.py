"""Cases of the kernels that share data: texture forms that are reused, and such as are repacked when read."""

from glbackend.engine.tensor import Tensor
from glbackend.ops.view import clone, expand_dims, flatten, reshape, squeeze
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal


def _read(x: Tensor) -> Tensor:
    """A kernel after the view, so that its texture form is made and judged."""
    return x.square() if x.dtype == "float32" else x


CASES = [
    case("Reshape", "same_row", lambda x: _read(reshape(x.square(), [6, 5])), normal(2, 3, 5), grad=(0,)),
    case(
        "Reshape",
        "whole_texels",
        lambda x: _read(reshape(x.square(), [4, 3, 8])),
        normal(2, 3, 16),
        grad=(0,),
    ),
    case("Reshape", "repacked", lambda x: _read(reshape(x.square(), [-1, 7])), normal(2, 3, 14), grad=(0,)),
    case(
        "Reshape",
        "padded_to_whole",
        lambda x: _read(reshape(x.square(), [5, 6, 4])),
        normal(4, 3, 2, 5),
        grad=(0,),
    ),
    case("Reshape", "scalar", lambda x: _read(reshape(x, [])), normal(1, 1)),
    case("Reshape", "from_scalar", lambda x: _read(reshape(x.square(), [1, 1, 1])), normal(), grad=(0,)),
    case("Reshape", "rank6", lambda x: _read(reshape(x.square(), [1, 2, 1, 3, 2, 2])), normal(4, 6)),
    case("Reshape", "empty", lambda x: reshape(x, [3, 0, 2]), normal(0, 5)),
    case("Reshape", "int32", lambda x: reshape(x, [3, 5]), integers(-(2**31), 2**31 - 1, 5, 3)),
    case("Reshape", "bool", lambda x: reshape(x, [2, 9]), bools(3, 6)),
    case("Reshape", "flatten", lambda x: _read(flatten(x)), normal(3, 5), grad=(0,)),
    case("Reshape", "squeeze", lambda x: _read(squeeze(x, [-2])), normal(2, 1, 1, 3), grad=(0,)),
    case("ExpandDims", "last", lambda x: _read(expand_dims(x.square(), -1)), normal(3, 5), grad=(0,)),
    case("ExpandDims", "first", lambda x: _read(expand_dims(x, 0)), normal(3, 5), grad=(0,)),
    case("Identity", "odd", lambda x: _read(clone(x)), normal(3, 5), grad=(0,)),
    case("Reshape", "complex64", lambda x: reshape(x, [5, 3]), complex_normal(3, 5)),
]
