"""What Keras's `ops` mean otherwise than TF.js's ops of the same name, or have beside them: `gl.ops`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.nested import leaves
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import argument, elementary, scan
from glbackend.ops import concat as splitting
from glbackend.ops import pad as padding
from glbackend.ops.create import range_
from glbackend.ops.create import tensor as new_tensor
from glbackend.ops.index import one_hot as hot_rows


@checked
def arange(start: float, stop: float | None = None, step: float = 1, dtype: DType | None = None) -> Tensor:
    """The numbers from `start` up to but without `stop`, `step` apart; from 0 up to `start` without `stop`.

    `dtype`: by default int32 where all are whole numbers, else float32. As `keras.ops.arange`.

    >>> arange(3).numpy().tolist(), arange(1, 6, 2).numpy().tolist()
    ([0, 1, 2], [1, 3, 5])
    """
    first, last = (0, start) if stop is None else (start, stop)
    whole = all(isinstance(one, int | np.integer) for one in (first, last, step))
    if (last - first) * step <= 0:  # NumPy never counts against its step
        return new_tensor(np.zeros(0), dtype=dtype or ("int32" if whole else "float32"))
    return range_(first, last, step, dtype or ("int32" if whole else "float32"))


@checked
def argmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the largest element of `x` along `axis`, int32; by default in `x` as one row.

    `keepdims`: whether the axis stays, of size 1. As `keras.ops.argmax`; `gl.argmax` takes axis 0 by default.

    >>> argmax([[1., 2.], [9., 4.]]).item()
    2
    """
    return position_of(argument.argmax, as_tensor(x, "x", "argmax"), axis, keepdims)


@checked
def argmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the smallest element of `x` along `axis`, int32; by default in `x` as one row.

    `keepdims`: whether the axis stays, of size 1. As `keras.ops.argmin`; `gl.argmin` takes axis 0 by default.

    >>> argmin([[1., 2.], [0., 4.]]).item()
    2
    """
    return position_of(argument.argmin, as_tensor(x, "x", "argmin"), axis, keepdims)


def position_of(of: Any, x: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    """What `argmax` or `argmin` gives along an axis, or in all of `x` as one row."""
    found: Tensor = of(x.reshape((-1,)), 0) if axis is None else of(x, axis)
    if not keepdims:
        return found
    return found.reshape((1,) * x.rank) if axis is None else found.expand_dims(axis)


@checked
def clip(x: TensorLike, x_min: TensorLike, x_max: TensorLike) -> Tensor:
    """`x` held between `x_min` and `x_max`, and x_max where that is below. As `keras.ops.clip`.

    Both may be tensors.

    >>> clip([-1., 5.], 0, 1).numpy().tolist()
    [0.0, 1.0]
    """
    given = convert_to_tensor(x)
    if given.dtype in ("bool", "int32"):
        given = given.cast("float32" if isinstance(x_min, float) or isinstance(x_max, float) else "int32")
    if isinstance(x_min, int | float) and isinstance(x_max, int | float) and x_min <= x_max:
        return elementary.clip_by_value(given, x_min, x_max)
    return given.maximum(x_min).minimum(x_max)


@checked
def convert_to_numpy(x: TensorLike) -> np.ndarray[Any, Any]:
    """The NumPy array of `x`. As `keras.ops.convert_to_numpy`.

    >>> convert_to_numpy([1., 2.]).tolist()
    [1.0, 2.0]
    """
    return as_tensor(x, "x", "convert_to_numpy").numpy()


@checked
def convert_to_tensor(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """The tensor of `x`, of `dtype` where it is given. As `keras.ops.convert_to_tensor`.

    Whole numbers are int32, as in Keras; `gl.tensor` makes float32 of them, as TF.js.

    >>> convert_to_tensor([1, 2]).dtype, convert_to_tensor([1, 2], "float32").dtype
    ('int32', 'float32')
    """
    if isinstance(x, Tensor):
        return x if dtype in (None, x.dtype) else x.cast(dtype)
    given = whole(x) if dtype is None else x
    return given if isinstance(given, Tensor) else new_tensor(given, dtype=dtype)


def whole(x: Any) -> Any:
    """`x`, or where it is made of Python's whole numbers alone, a tensor of int32."""
    if isinstance(x, Tensor | np.ndarray | float):
        return x
    kinds = {type(one) for one in leaves((int, float, complex, str, np.ndarray, np.generic, Tensor), x)}
    return new_tensor(x, dtype="int32") if kinds == {int} else x


@checked
def cumsum(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """The sums of `x` along `axis` up to each element; by default of `x` as one row. As `keras.ops.cumsum`.

    `dtype`: by default that of x; truths are numbers.

    >>> cumsum([[1., 2.], [3., 4.]]).numpy().tolist()
    [1.0, 3.0, 6.0, 10.0]
    """
    given = convert_to_tensor(x)
    given = given.cast(dtype or ("int32" if given.dtype == "bool" else given.dtype))
    return scan.cumsum(given.reshape((-1,)), 0) if axis is None else scan.cumsum(given, axis)


@checked
def one_hot(x: TensorLike, num_classes: int, axis: int = -1, dtype: DType = "float32") -> Tensor:
    """1 at each class number's place among `num_classes`, else 0. As `keras.ops.one_hot`.

    `x`: the class numbers.
    `axis`: where the axis of the classes stands in the result.
    `dtype`: of the result.

    >>> one_hot([0, 2], 3).numpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    given = convert_to_tensor(x, "int32")
    last = hot_rows(given, num_classes, dtype=dtype)
    place = axis % last.rank
    order = [*range(last.rank - 1)]
    order.insert(place, last.rank - 1)
    return last if place == last.rank - 1 else last.transpose(order)


@checked
def pad(
    x: TensorLike,
    pad_width: int | Sequence[int] | Sequence[Sequence[int]],
    mode: str = "constant",
    constant_values: float | None = None,
) -> Tensor:
    """`x` with more in front of and behind each axis. As `keras.ops.pad`.

    `pad_width`: how much, (before, after) of each axis, one such pair for all of them, or one number.
    `mode`: "constant", "reflect" or "symmetric"; ArgumentError for another.
    `constant_values`: what is put there in mode "constant", by default 0.

    >>> pad([1., 2.], (1, 0)).numpy().tolist()
    [0.0, 1.0, 2.0]
    """
    given = as_tensor(x, "x", "pad")
    pairs = np.broadcast_to(np.asarray(pad_width, int), (given.rank, 2)).tolist()
    if mode == "constant":
        return padding.pad(given, pairs, constant_values or 0)
    if mode not in ("reflect", "symmetric"):
        raise ArgumentError(f"pad: mode must be 'constant', 'reflect' or 'symmetric', got {mode!r}")
    return padding.mirror_pad(given, pairs, mode)


@checked
def shape(x: TensorLike) -> tuple[int, ...]:
    """The shape of `x`. As `keras.ops.shape`.

    >>> shape([[1., 2.]])
    (1, 2)
    """
    return as_tensor(x, "x", "shape").shape


@checked
def split(x: TensorLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of `x` along `axis`. As `keras.ops.split`; a list given to `gl.split` holds sizes.

    `indices_or_sections`: how many equal parts, or the positions before which a new part begins.

    >>> [one.numpy().tolist() for one in split([1., 2., 3.], [1])]
    [[1.0], [2.0, 3.0]]
    """
    given = as_tensor(x, "x", "split")
    if isinstance(indices_or_sections, int):
        return splitting.split(given, indices_or_sections, axis)
    ends = [0, *indices_or_sections, given.shape[normalize_axis(axis, given.rank, "split")]]
    return splitting.split(given, [after - before for before, after in pairwise(ends)], axis)


@checked
def std(x: TensorLike, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """The standard deviation of `x` over `axis`, every axis by default. As `keras.ops.std`.

    `keepdims`: whether the axes stay, of size 1.

    >>> std([1., 3.]).item()
    1.0
    """
    return as_tensor(x, "x", "std").std(axis, keepdims=keepdims)


@checked
def var(x: TensorLike, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """The variance of `x` over `axis`, every axis by default. As `keras.ops.var`.

    `keepdims`: whether the axes stay, of size 1.

    >>> var([1., 5.]).item()
    4.0
    """
    return as_tensor(x, "x", "var").var(axis, keepdims=keepdims)


@checked
def dtype(x: TensorLike) -> str:
    """The name of the dtype of `x`. As `keras.backend.standardize_dtype(x.dtype)`.

    >>> dtype([1., 2.])
    'float32'
    """
    return as_tensor(x, "x", "dtype").dtype


@checked
def is_tensor(x: object) -> bool:
    """Whether `x` is a tensor. As `keras.ops.is_tensor`.

    >>> is_tensor([1.])
    False
    """
    return isinstance(x, Tensor)


@checked
def ndim(x: TensorLike) -> int:
    """How many axes `x` has. As `keras.ops.ndim`.

    >>> ndim([[1., 2.]])
    2
    """
    return as_tensor(x, "x", "ndim").rank


@checked
def size(x: TensorLike) -> int:
    """How many elements `x` has. As `keras.ops.size`.

    >>> size([[1., 2.]])
    2
    """
    return as_tensor(x, "x", "size").size


@checked
def hstack(xs: Sequence[TensorLike]) -> Tensor:
    """The tensors of `xs` beside one another, along axis 1; vectors along their only axis.

    As `keras.ops.hstack`.

    >>> hstack([[1., 2.], [3.]]).numpy().tolist()
    [1.0, 2.0, 3.0]
    """
    given = [as_tensor(one, "xs", "hstack") for one in xs]
    grown = [one if one.rank else one.reshape((1,)) for one in given]
    return splitting.concat(grown, 0 if grown[0].rank == 1 else 1)


@checked
def vstack(xs: Sequence[TensorLike]) -> Tensor:
    """The tensors of `xs` below one another, along axis 0; vectors as rows. As `keras.ops.vstack`.

    >>> vstack([[1., 2.], [3., 4.]]).numpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    given = [as_tensor(one, "xs", "vstack") for one in xs]
    return splitting.concat([one if one.rank > 1 else one.reshape((1, -1)) for one in given], 0)
