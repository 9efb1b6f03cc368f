"""Keras 3's functions of tensors, by the class names that its files have, over ours.

Each takes tensors and numbers as `keras.ops` does; what else a config holds comes by name.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations
from glbackend.ops import arithmetic, comparison, logical
from glbackend.ops import keras_arrays as arrays
from glbackend.ops import keras_loops as loops
from glbackend.ops import keras_matrices as matrices
from glbackend.ops import keras_nn as nets
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import ones, zeros
from glbackend.ops.einsum import einsum
from glbackend.ops.index import one_hot
from glbackend.ops.matmul import dot, matmul
from glbackend.ops.norm import moments

Axes = int | Sequence[int] | None
Function = Callable[..., Any]
WHOLE = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}  # all int32 here
FLOATS = {"float16", "bfloat16", "float32", "float64"}  # all float32 here


def dtype_of(name: Any) -> DType:
    """The dtype of ours in place of one of Keras's; ArgumentError where there is none.

    >>> dtype_of("int64"), dtype_of("bfloat16")
    ('int32', 'float32')
    """
    if name == "bool":
        return "bool"
    if name not in WHOLE | FLOATS:
        raise ArgumentError(f"operation: there is no dtype {name!r} here")
    return "int32" if name in WHOLE else "float32"


def _floating(x: Any) -> Any:
    return x.cast("float32") if isinstance(x, Tensor) and x.dtype in ("int32", "bool") else x


def _divide(x1: Any, x2: Any) -> Tensor:
    return arithmetic.div(_floating(x1), _floating(x2))


def _moved_last(x: Tensor, axis: int, function: Function) -> Tensor:
    """`function` of x along its last axis, applied along another."""
    axis %= x.rank
    if axis == x.rank - 1:
        return function(x)
    order = [*(i for i in range(x.rank) if i != axis), axis]
    return function(x.transpose(order)).transpose([order.index(i) for i in range(x.rank)])


def _expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    axes = [axis] if isinstance(axis, int) else list(axis)
    for one in sorted(place % (x.rank + len(axes)) for place in axes):
        x = x.expand_dims(one)
    return x


def _reshape(x: Tensor, newshape: Sequence[int | None]) -> Tensor:
    return x.reshape([-1 if dim is None else dim for dim in newshape])


def _transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return x.transpose(list(axes) if axes is not None else list(reversed(range(x.rank))))


def _pad(x: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    pairs: list[Any] = [pad_width] * 2 if isinstance(pad_width, int) else list(pad_width)
    if pairs and isinstance(pairs[0], int):
        pairs = [pairs] * x.rank
    pairs = [list(one) for one in (pairs * x.rank if len(pairs) == 1 else pairs)]
    if mode == "constant":
        return x.pad(pairs, constant_values or 0)
    return x.mirror_pad(pairs, mode)


def _split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    if isinstance(indices_or_sections, int):
        return x.split(indices_or_sections, axis)
    ends = [0, *indices_or_sections, x.shape[axis]]
    return x.split([end - start for start, end in pairwise(ends)], axis)


def _where(condition: Tensor, x1: Any, x2: Any) -> Tensor:
    return logical.where(condition.cast("bool"), x1, x2)


def _variance(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    return moments(_floating(x), axis, keepdims).variance


def _argument(name: str) -> Function:
    def found(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
        place = getattr(x.flatten() if axis is None else x, name)(axis or 0)
        if not keepdims:
            return place
        return place.reshape([1] * x.rank) if axis is None else place.expand_dims(axis % x.rank)

    return found


def _reduction(name: str, *, floating: bool = False, whole: bool = False) -> Function:
    def reduced(x: Tensor, axis: Axes = None, keepdims: bool = False, **others: Any) -> Tensor:
        if any(one is not None for one in others.values()):
            raise ArgumentError(f"operation {name}: takes no {', '.join(others)} here")
        x = _floating(x) if floating else x.cast("int32") if whole and x.dtype == "bool" else x
        return getattr(x, name)(axis, keepdims)

    return reduced


def _test(name: str) -> Function:
    return lambda x, axis=None, keepdims=False: getattr(x.cast("bool"), name)(axis, keepdims)


def _logic(function: Function) -> Function:
    return lambda *given: function(
        *(one.cast("bool") if isinstance(one, Tensor) else bool(one) for one in given)
    )


def _scan(name: str) -> Function:
    def scanned(x: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
        found = getattr(x.flatten() if axis is None else x, name)(axis or 0)
        return found if dtype is None else found.cast(dtype_of(dtype))

    return scanned


def _method(name: str, *, floating: bool = True) -> Function:
    return lambda x: getattr(_floating(x) if floating else x, name)()


def _filled(value: int) -> Function:
    make = ones if value else zeros
    return lambda x, dtype=None: make(x.shape, x.dtype if dtype is None else dtype_of(dtype))


def _matmul(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.rank > 1 and x2.rank > 1:
        return matmul(x1, x2)
    rows = x1.expand_dims(0) if x1.rank == 1 else x1
    found = matmul(rows, x2.expand_dims(-1) if x2.rank == 1 else x2)
    found = found.squeeze(-1) if x2.rank == 1 else found
    return found.squeeze(-1 if x2.rank == 1 else -2) if x1.rank == 1 else found


def _outer(x1: Tensor, x2: Tensor) -> Tensor:
    return x1.reshape([-1, 1]) * x2.reshape([1, -1])


def _elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    return x.elu() if alpha == 1 else x.relu() - (-(x.clip_by_value(float("-inf"), 0.0).elu())).relu() * alpha


def _one_hot(
    x: Tensor, num_classes: int, axis: int = -1, dtype: Any = "float32", sparse: bool = False
) -> Tensor:
    found = one_hot(x.cast("int32"), num_classes).cast(dtype_of(dtype or "float32"))
    return found if axis in (-1, x.rank) else arrays.moveaxis(found, -1, axis)


def _topk(x: Tensor, k: int, sorted: bool = True) -> list[Tensor]:
    return list(x.topk(k, sorted))


def _stacked(along: int, least: int) -> Function:
    """NumPy's hstack and its like: joined along an axis, of at least so many dims."""

    def joined(xs: Sequence[Tensor]) -> Tensor:
        grown = [one.reshape([1] * (least - one.rank) + list(one.shape)) for one in xs]
        return concat(grown, 0 if along == 1 and grown[0].rank == 1 else along)

    return joined


def _tile(x: Tensor, repeats: int | Sequence[int]) -> Tensor:
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    grown = x.reshape([1] * max(0, len(counts) - x.rank) + list(x.shape))
    return grown.tile([1] * (grown.rank - len(counts)) + counts)


def _plain(function: Function, **allowed: Any) -> Function:
    """`function` without the options that it has not; ArgumentError where they are other than by default."""

    def called(*tensors: Any, **options: Any) -> Any:
        for key, value in options.items():
            if key in allowed and value not in (None, allowed[key]):
                raise ArgumentError(f"operation: {key} must be {allowed[key]!r} here, got {value!r}")
        return function(*tensors, **{key: one for key, one in options.items() if key not in allowed})

    return called


_multi_hot = _plain(nets.multi_hot, sparse=False)
_segments = _plain(loops.segment_sum, sorted=False)


def _moments(x: Tensor, axes: Axes, keepdims: bool = False, synchronized: bool = False) -> list[Tensor]:
    return list(moments(x, axes, keepdims))


OPERATIONS: dict[str, Function] = {
    **dict.fromkeys(("Abs", "Absolute"), _method("abs", floating=False)),
    **{
        name: _method(ours)
        for name, ours in {
            "Arccos": "acos", "Arccosh": "acosh", "Arcsin": "asin", "Arcsinh": "asinh", "Arctan": "atan",
            "Arctanh": "atanh", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh", "Erf": "erf", "Exp": "exp",
            "Expm1": "expm1", "Floor": "floor", "Log": "log", "Log1p": "log1p", "LogSigmoid": "log_sigmoid",
            "Reciprocal": "reciprocal", "Relu": "relu", "Relu6": "relu6", "Rsqrt": "rsqrt", "Selu": "selu",
            "Sigmoid": "sigmoid", "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Sqrt": "sqrt",
            "Tan": "tan", "Tanh": "tanh",
        }.items()
    },
    **{
        name: _method(ours, floating=False)
        for name, ours in {
            "Copy": "clone", "Isfinite": "is_finite", "Isinf": "is_inf", "Isnan": "is_nan", "Negative": "neg",
            "Ravel": "flatten", "Sign": "sign", "Square": "square", "StopGradient": "clone",
        }.items()
    },
    **{
        name: getattr(activations, ours)
        for name, ours in {
            "HardSigmoid": "hard_sigmoid_keras3", "HardSilu": "hard_silu", "HardTanh": "hard_tanh",
            "Silu": "swish", "Softsign": "softsign", "SparsePlus": "sparse_plus",
            "SparseSigmoid": "sparse_sigmoid", "TanhShrink": "tanh_shrink",
        }.items()
    },
    "Add": arithmetic.add, "Subtract": arithmetic.sub, "Multiply": arithmetic.mul, "Divide": _divide,
    "TrueDivide": _divide, "FloorDivide": lambda x1, x2: (_divide(x1, x2)).floor(),
    "DivideNoNan": lambda x1, x2: arithmetic.div_no_nan(_floating(x1), _floating(x2)),
    "Power": arithmetic.pow, "Mod": arithmetic.mod, "Maximum": arithmetic.maximum,
    "Fmax": arithmetic.maximum, "Minimum": arithmetic.minimum, "Fmin": arithmetic.minimum,
    "Arctan2": arithmetic.atan2, "Equal": comparison.equal, "NotEqual": comparison.not_equal,
    "Greater": comparison.greater, "GreaterEqual": comparison.greater_equal, "Less": comparison.less,
    "LessEqual": comparison.less_equal, "LogicalAnd": _logic(logical.logical_and),
    "LogicalOr": _logic(logical.logical_or),
    "LogicalXor": _logic(logical.logical_xor), "LogicalNot": _logic(logical.logical_not), "Where": _where,
    "All": _test("all"), "Any": _test("any"), "Max": _reduction("max"), "Amax": _reduction("max"),
    "Min": _reduction("min"), "Amin": _reduction("min"), "Mean": _reduction("mean", floating=True),
    "Sum": _reduction("sum", whole=True), "Prod": _reduction("prod", whole=True), "Var": _variance,
    "Logsumexp": _reduction("logsumexp", floating=True),
    "Std": lambda x, axis=None, keepdims=False: _variance(x, axis, keepdims).sqrt(),
    "Argmax": _argument("argmax"), "Argmin": _argument("argmin"), "Cumsum": _scan("cumsum"),
    "Cumprod": _scan("cumprod"), "Cast": lambda x, dtype: x.cast(dtype_of(dtype)),
    "Clip": lambda x, x_min, x_max: x.maximum(x_min).minimum(x_max), "OnesLike": _filled(1),
    "ZerosLike": _filled(0), "FullLike": lambda x, fill_value, dtype=None: _filled(0)(x, dtype) + fill_value,
    "Round": lambda x, decimals=0: (x * 10.0**decimals).round() / 10.0**decimals if decimals else x.round(),
    "Log2": arrays.log2, "Log10": arrays.log10,
    "Trunc": lambda x: x.sign() * x.abs().floor(), "Hypot": lambda x1, x2: (x1 * x1 + x2 * x2).sqrt(),
    "BroadcastTo": lambda x, shape: x.broadcast_to(shape), "Concatenate": lambda xs, axis=0: concat(xs, axis),
    "Stack": lambda x, axis=0: stack(x, axis), "Hstack": _stacked(1, 1), "Vstack": _stacked(0, 2),
    "Unstack": lambda x, num=None, axis=0: x.unstack(axis), "Split": _split, "ExpandDims": _expand_dims,
    "Squeeze": lambda x, axis=None: x.squeeze(axis), "Reshape": _reshape, "Transpose": _transpose,
    "Swapaxes": arrays.swapaxes, "Moveaxis": arrays.moveaxis, "Repeat": arrays.repeat, "Tile": _tile,
    "Roll": arrays.roll, "Flip": arrays.flip, "Pad": _pad, "GetItem": loops.get_item,
    "Take": arrays.take,
    "TakeAlongAxis": arrays.take_along_axis, "Tril": matrices.tril, "Triu": matrices.triu,
    "Sort": arrays.sort,
    "TopK": _topk,
    "Argsort": arrays.argsort, "CountNonzero": arrays.count_nonzero,
    "Average": lambda x, weights=None, axis=None: arrays.average(x, axis, weights),
    "Diag": matrices.diag, "Diagonal": matrices.diagonal, "Diff": arrays.diff, "Inner": matrices.inner,
    "Logaddexp": arrays.logaddexp, "Median": arrays.median, "NanToNum": arrays.nan_to_num,
    "Tensordot": matrices.tensordot, "Trace": matrices.trace, "ScatterUpdate": loops.scatter_update,
    "SliceUpdate": loops.slice_update, "SegmentSum": _segments, "MultiHot": _multi_hot,
    "BinaryCrossentropy": nets.binary_crossentropy, "Moments": _moments,
    "CategoricalCrossentropy": nets.categorical_crossentropy,
    "SparseCategoricalCrossentropy": nets.sparse_categorical_crossentropy,
    "Slice": lambda inputs, start_indices, shape: inputs.slice(list(start_indices), list(shape)),
    "Matmul": _matmul, "Dot": dot, "Outer": _outer,
    "Einsum": lambda *operands, subscripts: einsum(subscripts, *operands), "OneHot": _one_hot,
    "Softmax": lambda x, axis=-1: _moved_last(x, axis, activations.softmax),
    "LogSoftmax": lambda x, axis=-1: _moved_last(x, axis, activations.log_softmax),
    "Sparsemax": lambda x, axis=-1: _moved_last(x, axis, activations.sparsemax),
    "Gelu": nets.gelu, "Elu": _elu,
    "LeakyRelu": lambda x, negative_slope=0.2: x.leaky_relu(negative_slope),
    "ConvertToTensor": lambda x, dtype=None, **others: x if dtype is None else x.cast(dtype_of(dtype)),
}  # fmt: skip
