"""TensorBuffer: an array on the host that is filled element by element and then becomes a tensor."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType, check_dtype, to_numpy
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Shape, ShapeLike, check_shape, dims_of, row_major_strides
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.create import tensor
from glbackend.ops.op import op


class TensorBuffer:
    """Values that can be written one by one; made by `gl.buffer` and `tensor.buffer()`.

    `values` is the flat NumPy array, in C order.
    """

    def __init__(self, values: np.ndarray[Any, Any], shape: Shape, dtype: DType) -> None:
        self.values = values
        self.shape = shape
        self.dtype = dtype
        self.size = int(values.size)
        self.rank = len(shape)
        self.strides = row_major_strides(shape)[:-1]

    def set(self, value: Any, *locs: int) -> None:
        """Writes `value` at the given place; no place means the first one. ShapeError outside the shape."""
        self.values[self.loc_to_index(locs or (0,) * self.rank)] = value

    def get(self, *locs: int) -> Any:
        """The value at the given place; no place means the first one. ShapeError outside the shape."""
        value = self.values[self.loc_to_index(locs or (0,) * self.rank)]
        return value.item() if isinstance(value, np.generic) else value

    def loc_to_index(self, locs: Shape | list[int]) -> int:
        """Number of an element in `values`."""
        if len(locs) != self.rank or any(not 0 <= i < dim for i, dim in zip(locs, self.shape, strict=True)):
            raise ShapeError(f"buffer: place {list(locs)} lies outside the shape {list(self.shape)}")
        return sum(i * step for i, step in zip(locs, row_major_strides(self.shape), strict=True))

    def index_to_loc(self, index: int) -> list[int]:
        """Place of element number `index` of `values`."""
        return [int(i) for i in np.unravel_index(index, self.shape)] if self.rank else []

    def to_tensor(self) -> Tensor:
        """A tensor of a copy of the values."""
        return tensor(self.values, self.shape, self.dtype)


@op(method=False)
def buffer(shape: ShapeLike, dtype: DType = "float32", values: Any = None) -> TensorBuffer:
    """An array of `shape` and `dtype` on the host, to be filled element by element. As `tf.buffer`.

    It starts as `values` (arrays or nested lists, read flat), or as zeros without any. ShapeError where
    `values` do not fill `shape`.

    >>> b = buffer([2, 2]); b.set(3, 1, 0); b.to_tensor().numpy().tolist()
    [[0.0, 0.0], [3.0, 0.0]]
    """
    dims, dtype = check_shape(dims_of(shape), "buffer"), check_dtype(dtype)
    kind = NUMPY[dtype]
    size = int(np.prod(dims))
    if values is None:
        flat = np.full(size, "" if dtype == "string" else 0, kind)
    else:
        flat = to_numpy(values, dtype, "buffer: argument 'values'").reshape(-1).copy()
    if flat.size != size:
        raise ShapeError(f"buffer: {flat.size} values do not fill the shape {list(dims)} ({size} elements)")
    return TensorBuffer(flat, dims, dtype)


def tensor_buffer(x: TensorLike) -> TensorBuffer:
    """A TensorBuffer with a copy of the values. As `tensor.buffer()`."""
    given = as_tensor(x, "x", "buffer")
    return TensorBuffer(given.numpy().reshape(-1), given.shape, given.dtype)


register_method("buffer", tensor_buffer)
