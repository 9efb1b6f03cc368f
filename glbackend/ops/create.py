"""Making tensors."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import DType, check_dtype, infer_dtype, to_numpy
from glbackend.base.errors import ArgumentError, CallError, DtypeError, ShapeError
from glbackend.base.shapes import ShapeLike, Spec, check_shape, dims_of
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.engine import make_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import METHODS, Tensor, Variable
from glbackend.ops.op import op, run


@op(method=False)
def tensor(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of `values` (nested lists, numbers, a NumPy array, a tensor), reshaped to `shape` where given.

    Python numbers become float32, bools bool, text string; NumPy integer arrays int32. Tables of pandas and
    pyarrow are matrices of their columns. The values are copied.
    ShapeError where `shape` does not fit, DtypeError where `dtype` cannot hold the values. As `tf.tensor`.

    >>> tensor([1, 2, 3, 4], [2, 2]).shape
    (2, 2)
    """
    if isinstance(values, Tensor):
        if dtype in (None, values.dtype):  # shared, which is as good as copied: tensors do not change
            return values.reshape(values.shape if shape is None else shape)
        values = values.numpy()
    if values is None:
        raise DtypeError("tensor: argument 'values' must be a tensor, an array, a list or a number, got None")
    wanted = None if dtype is None else check_dtype(dtype)
    array = to_numpy(values, wanted, "tensor: argument 'values'")
    resolved = wanted or infer_dtype(array)
    dims = array.shape if shape is None else check_shape(dims_of(shape), "tensor")
    size = 1
    for dim in dims:
        size *= dim
    if size != array.size:
        raise ShapeError(f"tensor: {array.size} values do not fill the shape {list(dims)} ({size} elements)")
    return make_tensor(array.reshape(dims).copy(), Spec(dims, resolved))


def _of_rank(values: Any, shape: ShapeLike | None, dtype: DType | None, rank: int) -> Tensor:
    result = tensor(values, shape, dtype)
    if result.rank != rank:
        raise ShapeError(f"tensor{rank}d: needs {rank} dims, got shape {list(result.shape)}")
    return result


@op(method=False)
def tensor1d(values: Any, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 1, as `tensor`. As `tf.tensor1d`.

    `values`, `dtype`: as in `tensor`. ShapeError for values of another rank.

    >>> tensor1d([1, 2]).shape
    (2,)
    """
    return _of_rank(values, None, dtype, 1)


@op(method=False)
def tensor2d(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 2, from nested lists or from flat values and `shape`. As `tf.tensor2d`.

    `values`, `dtype`: as in `tensor`. ShapeError for another rank.

    >>> tensor2d([1, 2, 3, 4], [2, 2]).shape
    (2, 2)
    """
    return _of_rank(values, shape, dtype, 2)


@op(method=False)
def tensor3d(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 3, from nested lists or from flat values and `shape`. As `tf.tensor3d`.

    `values`, `dtype`: as in `tensor`. ShapeError for another rank.

    >>> tensor3d([1, 2, 3, 4], [1, 2, 2]).shape
    (1, 2, 2)
    """
    return _of_rank(values, shape, dtype, 3)


@op(method=False)
def tensor4d(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 4, from nested lists or from flat values and `shape`. As `tf.tensor4d`.

    `values`, `dtype`: as in `tensor`. ShapeError for another rank.

    >>> tensor4d([1, 2], [1, 1, 2, 1]).shape
    (1, 1, 2, 1)
    """
    return _of_rank(values, shape, dtype, 4)


@op(method=False)
def tensor5d(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 5, from nested lists or from flat values and `shape`. As `tf.tensor5d`.

    `values`, `dtype`: as in `tensor`. ShapeError for another rank.

    >>> tensor5d([1, 2], [1, 1, 2, 1, 1]).rank
    5
    """
    return _of_rank(values, shape, dtype, 5)


@op(method=False)
def tensor6d(values: Any, shape: ShapeLike | None = None, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 6, from nested lists or from flat values and `shape`. As `tf.tensor6d`.

    `values`, `dtype`: as in `tensor`. ShapeError for another rank.

    >>> tensor6d([1, 2], [1, 1, 2, 1, 1, 1]).rank
    6
    """
    return _of_rank(values, shape, dtype, 6)


@op(method=False)
def variable(
    initial: Any, trainable: bool = True, name: str | None = None, dtype: DType | None = None
) -> Variable:
    """A variable that starts with the value of `initial`. As `tf.variable`.

    `trainable`: whether optimizers change it where no list of variables is given.
    `name`: its name; made up where there is none.
    `dtype`: what the value is cast to; its own by default.

    >>> v = variable([1., 2.]); v.assign(tensor([3., 4.])).numpy().tolist()
    [3.0, 4.0]
    """
    return Variable(initial, trainable, name, dtype)


@op(method=False)
def scalar(value: Any, dtype: DType | None = None) -> Tensor:
    """A tensor of rank 0 with `value`, of `dtype` as in `tensor`. As `tf.scalar`.

    ShapeError where `value` is no single number, bool or string.

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
def fill(shape: ShapeLike, value: float | bool | str, dtype: DType | None = None) -> Tensor:
    """A tensor of `shape` that holds `value` everywhere.

    Without `dtype` numbers give float32, bools bool and text string. As `tf.fill`.

    >>> fill([2], 7).numpy().tolist()
    [7.0, 7.0]
    """
    return run(
        "Fill", {}, shape=dims_of(shape), value=value, dtype=None if dtype is None else check_dtype(dtype)
    )


@op(method=False)
def zeros(shape: ShapeLike, dtype: DType | None = "float32") -> Tensor:
    """A tensor of `shape` and `dtype` full of zeros (False for bool, "" for string). As `tf.zeros`.

    >>> zeros([2], "int32").numpy().tolist()
    [0, 0]
    """
    kind = _dtype(dtype, shape, "zeros")
    return run("Fill", {}, shape=dims_of(shape), value="" if kind == "string" else 0, dtype=kind)


@op(method=False)
def ones(shape: ShapeLike, dtype: DType | None = "float32") -> Tensor:
    """A tensor of `shape` and `dtype` full of ones (True for bool). As `tf.ones`.

    >>> ones([2]).numpy().tolist()
    [1.0, 1.0]
    """
    return run("Fill", {}, shape=dims_of(shape), value=1, dtype=_dtype(dtype, shape, "ones"))


def _dtype(dtype: Any, shape: ShapeLike, op: str) -> DType:
    if isinstance(dtype, int) and isinstance(shape, int):
        raise CallError(f"{op}: give shape as one list: {op}([{shape}, {dtype}]); got {dtype} as the dtype")
    return "float32" if dtype is None else check_dtype(dtype)


METHODS.update(zeros=zeros, ones=ones)  # the tape asks for them by name; they are no attributes of Tensor


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


@op(method=False, name="range")
def range_(start: float, stop: float, step: float = 1, dtype: DType = "float32") -> Tensor:
    """The numbers from `start` up to but without `stop`, `step` apart. As `tf.range`.

    Counts down where stop < start and `step` is 1; empty where `step` leads away from `stop`. `dtype` is
    float32 or int32. Raises ArgumentError for a step of 0.

    >>> range_(0, 9, 2).numpy().tolist()
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    return run("Range", {}, start=start, stop=stop, step=step, dtype=check_dtype(dtype))


@op(method=False)
def linspace(start: float, stop: float, num: int) -> Tensor:
    """`num` evenly spaced float32 numbers from `start` to `stop`, both included. As `tf.linspace`.

    >>> linspace(0, 9, 4).numpy().tolist()
    [0.0, 3.0, 6.0, 9.0]
    """
    return run("LinSpace", {}, start=start, stop=stop, num=num)


@op(method=False)
def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: ShapeLike | None = None,
    dtype: DType = "float32",
) -> Tensor:
    """Identity matrices [*batch_shape, num_rows, num_columns]. As `tf.eye`.

    `num_rows` and `num_columns` are their size, square where only the first is given; `batch_shape` is what
    stands before, nothing by default; `dtype` is that of the result.

    >>> eye(2, 3).numpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    columns = num_rows if num_columns is None else num_columns
    num_rows, columns = check_shape((num_rows, columns), "eye")
    dtype = check_dtype(dtype)
    batch = check_shape(dims_of(() if batch_shape is None else batch_shape), "eye")
    if columns == 0:
        return zeros((*batch, num_rows, 0), dtype)
    rows = np.broadcast_to(np.arange(num_rows, dtype=np.int32), (*batch, num_rows))
    return run("OneHot", {"indices": tensor(rows)}, depth=columns, dtype=dtype)


@op(method=False)
def diag(x: TensorLike) -> Tensor:
    """A tensor of shape x.shape + x.shape with `x` (rank 1 to 3) on its diagonal, zeros beside. As `tf.diag`.

    >>> diag([1., 2.]).numpy().tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    return run("Diag", {"x": as_tensor(x, "x", "diag")})


@gradient("Diag", wrt="x")
def diag_dx(dy: Tensor, x_spec: Spec) -> Tensor:
    """The diagonal of dy: every element n * (n + 1) of its flat values."""
    places = tensor(np.arange(x_spec.size, dtype=np.int32) * (x_spec.size + 1))
    return run("GatherV2", {"x": dy.reshape((dy.size,)), "indices": places}).reshape(x_spec.shape)


@op(method=False)
def meshgrid(x: TensorLike, y: TensorLike | None = None, indexing: str = "xy") -> list[Tensor]:
    """Two matrices that repeat `x` and `y` over the grid they span: [len(y), len(x)], or with "ij" turned.

    Without `y` only [x]. Raises ArgumentError for another `indexing`. As `tf.meshgrid`.

    >>> [t.numpy().tolist() for t in meshgrid([1., 2.], [3., 4.])]
    [[[1.0, 2.0], [1.0, 2.0]], [[3.0, 3.0], [4.0, 4.0]]]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    first = as_tensor(x, "x", "meshgrid")
    if y is None:
        return [first]
    second = as_tensor(y, "y", "meshgrid")
    across, down = (first, second) if indexing == "xy" else (second, first)
    w, h = across.size, down.size
    rows = across.reshape((1, w)) * ones((h, 1), across.dtype)
    columns = down.reshape((h, 1)) * ones((1, w), down.dtype)
    return [rows, columns] if indexing == "xy" else [columns, rows]
