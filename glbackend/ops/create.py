"""Making tensors."""

from typing import Any

from glbackend.base.dtypes import DType, check_dtype, infer_dtype, to_numpy
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.op import op


@op(method=False)
def tensor(values: Any, shape: Shape | list[int] | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of `values` (nested lists, numbers, a NumPy array, a tensor), reshaped to `shape` where given.

    Python numbers become float32, bools bool, text string; NumPy integer arrays int32. The values are copied.
    Raises ShapeError where `shape` does not fit, DtypeError where `dtype` cannot hold the values. As `tf.tensor`.

    >>> tensor([1, 2, 3, 4], [2, 2]).shape
    (2, 2)
    """
    if isinstance(values, Tensor):
        values = values.numpy()
    array = to_numpy(values, None if dtype is None else check_dtype(dtype), "tensor")
    resolved = dtype or infer_dtype(array)
    dims = array.shape if shape is None else check_shape(shape, "tensor")
    size = 1
    for dim in dims:
        size *= dim
    if size != array.size:
        raise ShapeError(f"tensor: {array.size} values do not fill the shape {list(dims)} ({size} elements)")
    return make_tensor(array.reshape(dims).copy(), Spec(dims, resolved))


@op(method=False)
def variable(
    initial: Any, trainable: bool = True, name: str | None = None, dtype: DType | None = None
) -> Variable:
    """A variable that starts with the value of `initial`. As `tf.variable`.

    >>> v = variable([1., 2.]); v.assign(tensor([3., 4.])).numpy().tolist()
    [3.0, 4.0]
    """
    value = as_tensor(initial, "initial", "variable", dtype)
    if dtype is not None and value.dtype != dtype:
        value = value.cast(dtype)
    return Variable(value.handle, trainable, name)
