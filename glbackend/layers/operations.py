"""Keras 3's functions of tensors, by the class names that its files have, over ours.

Each takes tensors and numbers as `keras.ops` does; what else a config holds comes by name.
"""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations
from glbackend.ops import arithmetic, comparison, keras
from glbackend.ops import keras_arrays as arrays
from glbackend.ops import keras_counting as counting
from glbackend.ops import keras_loops as loops
from glbackend.ops import keras_matrices as matrices
from glbackend.ops import keras_nn as nets
from glbackend.ops.concat import concat, stack
from glbackend.ops.further import elementwise
from glbackend.ops.norm import moments, root

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


def _reshape(x: Tensor, newshape: Sequence[int | None]) -> Tensor:
    return x.reshape([-1 if dim is None else dim for dim in newshape])


def _transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return x.transpose(list(axes) if axes is not None else list(reversed(range(x.rank))))


def _variance(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    return moments(_floating(x), axis, keepdims).variance


def _reduction(name: str, *, floating: bool = False, whole: bool = False) -> Function:
    def reduced(x: Tensor, axis: Axes = None, keepdims: bool = False, **others: Any) -> Tensor:
        if any(one is not None for one in others.values()):
            raise ArgumentError(f"operation {name}: takes no {', '.join(others)} here")
        x = _floating(x) if floating else x.cast("int32") if whole and x.dtype == "bool" else x
        return getattr(x, name)(axis, keepdims)

    return reduced


def _method(name: str, *, floating: bool = True) -> Function:
    return lambda x: getattr(_floating(x) if floating else x, name)()


def _topk(x: Tensor, k: int, sorted: bool = True) -> list[Tensor]:
    return list(x.topk(k, sorted))


def _plain(function: Function, **allowed: Any) -> Function:
    """`function` without the options that it has not; ArgumentError where they are other than by default."""

    def called(*tensors: Any, **options: Any) -> Any:
        for key, value in options.items():
            if key in allowed and value not in (None, allowed[key]):
                raise ArgumentError(f"operation: {key} must be {allowed[key]!r} here, got {value!r}")
        return function(*tensors, **{key: one for key, one in options.items() if key not in allowed})

    return called


def _of_dtype(function: Function) -> Function:
    """`function` with its dtype in Keras's words."""

    def called(*given: Any, dtype: Any = None, **options: Any) -> Any:
        return function(*given, **options, **({} if dtype is None else {"dtype": dtype_of(dtype)}))

    return called


_one_hot = _of_dtype(_plain(keras.one_hot, sparse=False))
_multi_hot = _plain(nets.multi_hot, sparse=False)
_segments = _plain(loops.segment_sum, sorted=False)


def _moments(x: Tensor, axes: Axes, keepdims: bool = False, synchronized: bool = False) -> list[Tensor]:
    return list(moments(x, axes, keepdims))


OPERATIONS: dict[str, Function] = {
    **dict.fromkeys(("Abs", "Absolute"), elementwise.absolute),
    "Sign": elementwise.sign,
    **{
        name: _method(ours)
        for name, ours in {
            "Arccos": "acos", "Arccosh": "acosh", "Arcsin": "asin", "Arcsinh": "asinh", "Arctan": "atan",
            "Arctanh": "atanh", "Cos": "cos", "Cosh": "cosh", "Erf": "erf", "Exp": "exp",
            "Expm1": "expm1", "Log": "log", "Log1p": "log1p", "LogSigmoid": "log_sigmoid",
            "Reciprocal": "reciprocal", "Relu": "relu", "Relu6": "relu6", "Rsqrt": "rsqrt", "Selu": "selu",
            "Sigmoid": "sigmoid", "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Sqrt": "sqrt",
            "Tan": "tan", "Tanh": "tanh",
        }.items()
    },
    **{
        name: _method(ours, floating=False)
        for name, ours in {
            "Copy": "clone", "Isfinite": "is_finite", "Isinf": "is_inf", "Isnan": "is_nan", "Negative": "neg",
            "Ravel": "flatten", "Square": "square", "StopGradient": "clone",
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
    "Divide": _divide, "TrueDivide": _divide,
    "Arctan2": arithmetic.atan2, "Equal": comparison.equal,
    "NotEqual": comparison.not_equal, "Greater": comparison.greater, "Less": comparison.less,
    "GreaterEqual": comparison.greater_equal, "LessEqual": comparison.less_equal, "Var": _variance,
    "Mean": _reduction("mean", floating=True), "Sum": _reduction("sum", whole=True),
    "Logsumexp": _reduction("logsumexp", floating=True),
    "Std": lambda x, axis=None, keepdims=False: root(_variance(x, axis, keepdims)),
    "Argmax": keras.argmax, "Argmin": keras.argmin, "Cumsum": _of_dtype(keras.cumsum),
    "Cast": lambda x, dtype: x.cast(dtype_of(dtype)), "Clip": keras.clip, "Log2": arrays.log2,
    "FullLike": _of_dtype(arrays.full_like), "Log10": arrays.log10, "Trunc": counting.trunc,
    "Hypot": counting.hypot,
    "BroadcastTo": lambda x, shape: x.broadcast_to(shape), "Concatenate": lambda xs, axis=0: concat(xs, axis),
    "Stack": lambda x, axis=0: stack(x, axis), "Hstack": keras.hstack, "Vstack": keras.vstack,
    "Split": keras.split, "ExpandDims": counting.expand_dims,
    "Squeeze": lambda x, axis=None: x.squeeze(axis), "Reshape": _reshape, "Transpose": _transpose,
    "Swapaxes": arrays.swapaxes, "Moveaxis": arrays.moveaxis,
    "Flip": arrays.flip, "Pad": keras.pad, "GetItem": loops.get_item, "Take": arrays.take,
    "TakeAlongAxis": arrays.take_along_axis, "Tril": matrices.tril, "Triu": matrices.triu,
    "Sort": arrays.sort, "TopK": _topk,
    "Argsort": arrays.argsort, "CountNonzero": arrays.count_nonzero,
    "Average": lambda x, weights=None, axis=None: arrays.average(x, axis, weights),
    "Diag": matrices.diag, "Diagonal": matrices.diagonal, "Diff": arrays.diff, "Inner": matrices.inner,
    "Logaddexp": arrays.logaddexp, "Median": counting.median, "NanToNum": arrays.nan_to_num,
    "Tensordot": matrices.tensordot, "Trace": matrices.trace, "ScatterUpdate": loops.scatter_update,
    "SliceUpdate": loops.slice_update, "SegmentSum": _segments, "MultiHot": _multi_hot,
    "BinaryCrossentropy": nets.binary_crossentropy, "Moments": _moments,
    "CategoricalCrossentropy": nets.categorical_crossentropy,
    "SparseCategoricalCrossentropy": nets.sparse_categorical_crossentropy,
    "Slice": lambda inputs, start_indices, shape: inputs.slice(list(start_indices), list(shape)),
    "Einsum": lambda *operands, subscripts: matrices.einsum(subscripts, *operands), "OneHot": _one_hot,
    "LogSoftmax": counting.log_softmax,
    "Sparsemax": lambda x, axis=-1: counting.over_axes(activations.sparsemax, x, axis, "sparsemax"),
    "Gelu": nets.gelu,
    "ConvertToTensor": lambda x, dtype=None, **others: x if dtype is None else x.cast(dtype_of(dtype)),
}  # fmt: skip
