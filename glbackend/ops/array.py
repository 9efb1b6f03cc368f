"""What NumPy's arrays can: methods by NumPy's names, and NumPy's functions on tensors."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.html import table
from glbackend.base.nested import map_leaves
from glbackend.base.shapes import ShapeLike, axes_of, dims_of, normalize_axes
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import NUMPY, UFUNCS, Tensor, register_method
from glbackend.ops.argument import argmax, argmin
from glbackend.ops.arithmetic import div
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import ones_like, zeros_like
from glbackend.ops.elementary import clip_by_value
from glbackend.ops.logical import where
from glbackend.ops.matmul import dot
from glbackend.ops.movement import reverse, tile, transpose
from glbackend.ops.norm import moments, root
from glbackend.ops.reduction import Axes, all, any, max, mean, min, prod, sum
from glbackend.ops.scan import cumsum
from glbackend.ops.scatter import tensor_scatter_update
from glbackend.ops.view import expand_dims, reshape, squeeze

SHOWN_AT_ENDS = 5  # rows and columns of a tensor in a notebook


def astype(x: Tensor, dtype: DType) -> Tensor:
    """With another dtype. As NumPy's `astype`; `cast` is TF.js's name of it."""
    return x.cast(dtype)


def true_divide(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` / `b`, float32 for whole numbers too. As NumPy's `true_divide`, and Python's operator.

    >>> true_divide(np.array([1, 2]), 2).numpy().tolist()
    [0.5, 1.0]
    """
    left = as_tensor(a, "a", "true_divide", like=b.dtype if isinstance(b, Tensor) else None)
    whole = left.dtype in ("int32", "bool")
    return div(left.cast("float32") if whole else left, b)


def tolist(x: Tensor) -> Any:
    """The values as nested lists. As NumPy's `tolist`."""
    return x.array_sync()


def ravel(x: Tensor) -> Tensor:
    """All elements in one row. As NumPy's `ravel`."""
    return reshape(x, (-1,))


def copy(x: Tensor) -> Tensor:
    """The same values. As NumPy's `copy`; as tensors never change, the data is shared."""
    return x.clone()


def clip(x: Tensor, min: float, max: float) -> Tensor:
    """Held between two numbers. As NumPy's `clip`."""
    return clip_by_value(x, min, max)


def var(x: TensorLike, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The variance, not the sample's, in float32. As NumPy's `var`."""
    return moments(x, axis, keepdims=keepdims).variance


def std(x: TensorLike, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The root of the variance, its gradient 0 where that is 0. As NumPy's `std`."""
    return root(var(x, axis, keepdims=keepdims))


def rounded(x: Tensor, digits: int = 0) -> Tensor:
    """To so many digits behind the point. As Python's `round`."""
    if digits == 0 or x.dtype == "int32":
        return x.round()
    return (x * 10.0**digits).round() / 10.0**digits


def replaced(x: Tensor, key: Any, value: Any) -> Tensor:
    """With other elements where NumPy's `x[key]` is: ints, slices, lists, arrays, masks; one pass."""
    places = np.arange(x.size, dtype=np.int32).reshape(x.shape)
    try:
        chosen = places[map_leaves(Tensor, lambda one: one.numpy(), key)]
    except IndexError as error:
        raise ArgumentError(f"variable[{key!r}] of shape {list(x.shape)}: {error}") from None
    updates = as_tensor(value, "value", "variable[...] =").cast(x.dtype).broadcast_to(chosen.shape)
    flat = tensor_scatter_update(x.reshape((-1,)), chosen.reshape(-1, 1), updates.reshape((-1,)))
    return flat.reshape(x.shape)


def html(x: Tensor) -> str:
    """What notebooks show: a table of the first and last rows and columns, or of a higher rank the text."""
    if x.is_disposed or x.rank > 2:
        return f"<pre>{escape(repr(x))}</pre>"
    title = f"{type(x).__name__} of shape {list(x.shape)}, {x.dtype}"
    rows = [list(map(_short, row)) for row in _ends(np.atleast_2d(x.numpy()))]
    return table(title, [], [_ends(row) for row in rows])


def _ends(group: Any) -> list[Any]:
    """The first and last ones of a long group, with dots between them."""
    if len(group) <= 2 * SHOWN_AT_ENDS:
        return list(group)
    first, last = list(group[:SHOWN_AT_ENDS]), list(group[-SHOWN_AT_ENDS:])
    return [*first, ["…"] * np.size(first[0]) if np.ndim(first[0]) else "…", *last]


def _short(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, np.floating) else str(value)


register_method("_repr_html_", html)
for _method in (astype, true_divide, tolist, ravel, copy, clip, var, std, rounded, replaced):
    register_method(_method.__name__, _method)

UFUNCS.update(
    {
        "add": "add", "subtract": "sub", "multiply": "mul", "divide": "true_divide",
        "true_divide": "true_divide",
        "floor_divide": "floor_div", "remainder": "mod", "mod": "mod", "power": "pow", "matmul": "matmul",
        "maximum": "maximum", "minimum": "minimum", "less": "less", "less_equal": "less_equal",
        "greater": "greater", "greater_equal": "greater_equal", "equal": "equal", "not_equal": "not_equal",
        "logical_and": "logical_and", "logical_or": "logical_or", "logical_not": "logical_not",
        "logical_xor": "logical_xor", "bitwise_and": "logical_and", "bitwise_or": "logical_or",
        "bitwise_xor": "logical_xor", "invert": "logical_not", "negative": "neg", "absolute": "abs",
        "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "square": "square",
        "sign": "sign", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos",
        "arctan": "atan", "arctan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
        "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "floor": "floor", "ceil": "ceil",
        "rint": "round", "reciprocal": "reciprocal", "isnan": "is_nan", "isinf": "is_inf",
        "isfinite": "is_finite",
    }
)  # fmt: skip


def numpy_function(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares what these functions of NumPy do on tensors, with NumPy's arguments."""

    def declare(ours: Callable[..., Any]) -> Callable[..., Any]:
        NUMPY.update(dict.fromkeys(functions, ours))
        return ours

    return declare


@numpy_function(np.sum)
def _sum(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return sum(a, axis, keepdims)


@numpy_function(np.mean)
def _mean(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return mean(a, axis, keepdims)


@numpy_function(np.prod)
def _prod(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return prod(a, axis, keepdims)


@numpy_function(np.max, np.amax)
def _max(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return max(a, axis, keepdims)


@numpy_function(np.min, np.amin)
def _min(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return min(a, axis, keepdims)


@numpy_function(np.all)
def _all(a: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return all(a.cast("bool"), axis, keepdims)


@numpy_function(np.any)
def _any(a: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return any(a.cast("bool"), axis, keepdims)


@numpy_function(np.var)
def _var(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return var(a, axis, keepdims=keepdims)


@numpy_function(np.std)
def _std(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    return std(a, axis, keepdims=keepdims)


@numpy_function(np.argmax)
def _argmax(a: Tensor, axis: int | None = None) -> Tensor:
    return argmax(ravel(a) if axis is None else a, axis or 0)


@numpy_function(np.argmin)
def _argmin(a: Tensor, axis: int | None = None) -> Tensor:
    return argmin(ravel(a) if axis is None else a, axis or 0)


@numpy_function(np.cumsum)
def _cumsum(a: Tensor, axis: int | None = None) -> Tensor:
    return cumsum(ravel(a) if axis is None else a, axis or 0)


@numpy_function(np.round, np.around)
def _round(a: Tensor, decimals: int = 0) -> Tensor:
    return rounded(a, decimals)


@numpy_function(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int = 0) -> Tensor:
    return concat(list(arrays), axis)


@numpy_function(np.stack)
def _stack(arrays: Sequence[Any], axis: int = 0) -> Tensor:
    return stack(list(arrays), axis)


@numpy_function(np.transpose)
def _transpose(a: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return transpose(a, axes)


@numpy_function(np.reshape)
def _reshape(a: Tensor, shape: ShapeLike) -> Tensor:
    return reshape(a, shape)


@numpy_function(np.where)
def _where(condition: Any, x: Any, y: Any) -> Tensor:
    return where(condition, x, y)


@numpy_function(np.flip)
def _flip(m: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    return reverse(m, axis)


@numpy_function(np.tile)
def _tile(A: Tensor, reps: ShapeLike) -> Tensor:
    counts = dims_of(reps)
    more = len(counts) - A.rank  # dims in front, of whichever has fewer
    x = reshape(A, (*(1,) * more, *A.shape)) if more > 0 else A
    return tile(x, (*(1,) * -more, *counts))


@numpy_function(np.expand_dims)
def _expand_dims(a: Tensor, axis: int | Sequence[int]) -> Tensor:
    for one in sorted(normalize_axes(axes_of(axis), a.rank + len(axes_of(axis)), "expand_dims")):
        a = expand_dims(a, one)
    return a


NUMPY.update(
    {
        np.ravel: ravel,
        np.copy: copy,
        np.clip: lambda a, a_min, a_max: clip(a, a_min, a_max),
        np.squeeze: lambda a, axis=None: squeeze(a, axis),
        np.dot: lambda a, b: dot(a, b),
        np.zeros_like: lambda a: zeros_like(a),
        np.ones_like: lambda a: ones_like(a),
        np.shape: lambda a: a.shape,
        np.ndim: lambda a: a.ndim,
        np.size: lambda a: a.size,
    }
)
