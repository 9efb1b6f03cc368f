"""Contracts of the kernels that make no data: another shape over the same elements."""

import math
from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec, infer_shape, normalize_axis
from glbackend.contracts.contract import Checked, contract


@contract("Identity")
def identity(x: Spec) -> Checked:
    """Anything."""
    return Checked(x)


@contract("Reshape")
def reshape(x: Spec, *, shape: Sequence[int]) -> Checked:
    """`shape` holds as many elements as x; one dim may be -1."""
    dims = infer_shape(shape, x.size, "reshape")
    if math.prod(dims) != x.size:
        raise ShapeError(
            f"reshape: shape {list(dims)} holds {math.prod(dims)} elements, "
            f"the tensor of shape {list(x.shape)} {x.size}"
        )
    return Checked(Spec(dims, x.dtype))


@contract("ExpandDims")
def expand_dims(input: Spec, *, dim: int = 0) -> Checked:
    """`dim` in [-rank - 1, rank]: where the new dim of 1 stands in the result."""
    axis = normalize_axis(dim, input.rank + 1, "expand_dims")
    return Checked(Spec((*input.shape[:axis], 1, *input.shape[axis:]), input.dtype))
