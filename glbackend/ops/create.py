"""Making tensors."""

from typing import Any

from glbackend.base.dtypes import DType, check_dtype, infer_dtype, to_numpy
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.engine import make_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.op import op, run


@op(method=False)
def tensor(values: Any, shape: Shape | list[int] | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of `values` (nested lists, numbers, a NumPy array, a tensor), reshaped to `shape` where given.

    Python numbers become float32, bools bool, text string; NumPy integer arrays int32. The values are copied.
    ShapeError where `shape` does not fit, DtypeError where `dtype` cannot hold the values. As `tf.tensor`.

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


@op(method=False)
def scalar(value: Any, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 0. ShapeError where `value` is no single number, bool or string. As `tf.scalar`.

    >>> scalar(3.5).item()
    3.5
    """
    result = tensor(value, None, dtype)
    if result.rank:
        raise ShapeError(
            f"scalar: expected one number, bool or string, got values of shape {list(result.shape)}"
        )
    return result


@op(method=False)
def fill(shape: Shape | list[int], value: float | bool | str, dtype: DType | None = None) -> Tensor:
    """A tensor of `shape` that holds `value` everywhere.

    Without `dtype` numbers give float32, bools bool and text string. As `tf.fill`.

    >>> fill([2], 7).numpy().tolist()
    [7.0, 7.0]
    """
    dims = list(shape)  # a list keeps the contract from being cached: 0.0 == -0.0, 1 == True
    return run("Fill", {}, shape=dims, value=value, dtype=dtype)


@op(method=False)
def zeros(shape: Shape | list[int], dtype: DType = "float32") -> Tensor:
    """A tensor of zeros (False for bool). As `tf.zeros`.

    >>> zeros([2], "int32").numpy().tolist()
    [0, 0]
    """
    return run("Fill", {}, shape=tuple(shape), value="" if dtype == "string" else 0, dtype=dtype)


@op(method=False)
def ones(shape: Shape | list[int], dtype: DType = "float32") -> Tensor:
    """A tensor of ones (True for bool). As `tf.ones`.

    >>> ones([2]).numpy().tolist()
    [1.0, 1.0]
    """
    return run("Fill", {}, shape=tuple(shape), value=1, dtype=dtype)


@op()
def zeros_like(x: TensorLike) -> Tensor:
    """Zeros in the shape and dtype of `x`. As `tf.zerosLike`.

    >>> zeros_like([1., 2.]).numpy().tolist()
    [0.0, 0.0]
    """
    return run("ZerosLike", {"x": as_tensor(x, "x", "zeros_like")})


@op()
def ones_like(x: TensorLike) -> Tensor:
    """Ones in the shape and dtype of `x`. As `tf.onesLike`.

    >>> ones_like([3., 4.]).numpy().tolist()
    [1.0, 1.0]
    """
    return run("OnesLike", {"x": as_tensor(x, "x", "ones_like")})


@gradient("ZerosLike", wrt="x")
@gradient("OnesLike", wrt="x")
def like_dx(dy: Tensor) -> Tensor:
    """A constant has no slope."""
    return zeros_like(dy)
