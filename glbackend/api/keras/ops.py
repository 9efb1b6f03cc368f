"""Operations on tensors by Keras's names, in its sense: as `keras.ops`. TF.js's are those of `gl` itself."""

# ruff: noqa: F401 - each name is re-exported

import sys as _sys
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from glbackend.api.keras import image_ops as _image
from glbackend.api.keras import linalg_ops as _linalg
from glbackend.base.calling import explained as _explained
from glbackend.base.naming import answer_unknown as _answer_unknown
from glbackend.layers.activating import of_numbers as _of_numbers
from glbackend.layers.operation import in_keras_words as _in_keras_words
from glbackend.layers.operations import OPERATIONS as _OPERATIONS
from glbackend.ops.further.names import IMAGE as _IMAGE
from glbackend.ops.further.names import MODULE_OF as _MODULE_OF
from glbackend.engine.derivatives import (
    stop_gradient as stop_gradient,
)
from glbackend.layers.activations import (
    hard_sigmoid_keras3 as hard_sigmoid,
    hard_silu as hard_silu,
    hard_silu as hard_swish,
    hard_tanh as hard_tanh,
    swish as silu,
    softsign as softsign,
    sparse_plus as sparse_plus,
    sparse_sigmoid as sparse_sigmoid,
    swish as swish,
    tanh_shrink as tanh_shrink,
)
from glbackend.ops.activation import (
    log_sigmoid as log_sigmoid,
    relu as relu,
    relu6 as relu6,
    selu as selu,
    sigmoid as sigmoid,
    softplus as softplus,
)
from glbackend.ops.array import (
    true_divide as divide,
    true_divide as true_divide,
)
from glbackend.ops.arithmetic import (
    atan2 as arctan2,
    atan2 as atan2,
)
from glbackend.ops.comparison import (
    equal as equal,
    greater as greater,
    greater_equal as greater_equal,
    is_finite as isfinite,
    is_inf as isinf,
    is_nan as isnan,
    less as less,
    less_equal as less_equal,
    not_equal as not_equal,
)
from glbackend.ops.concat import (
    concat as concatenate,
    stack as stack,
)
from glbackend.ops.create import (
    eye as identity,
)
from glbackend.ops.elementary import (
    acos as acos,
    acosh as acosh,
    acos as arccos,
    acosh as arccosh,
    asin as arcsin,
    asinh as arcsinh,
    atan as arctan,
    atanh as arctanh,
    asin as asin,
    asinh as asinh,
    atan as atan,
    atanh as atanh,
    cast as cast,
    cos as cos,
    cosh as cosh,
    erf as erf,
    exp as exp,
    expm1 as expm1,
    log as log,
    log1p as log1p,
    neg as negative,
    reciprocal as reciprocal,
    rsqrt as rsqrt,
    sin as sin,
    sinh as sinh,
    sqrt as sqrt,
    square as square,
    tan as tan,
    tanh as tanh,
)
from glbackend.ops.keras import (
    arange as arange,
    argmax as argmax,
    argmin as argmin,
    clip as clip,
    convert_to_numpy as convert_to_numpy,
    convert_to_tensor as convert_to_tensor,
    cumsum as cumsum,
    dtype as dtype,
    hstack as hstack,
    is_tensor as is_tensor,
    ndim as ndim,
    one_hot as one_hot,
    pad as pad,
    shape as shape,
    size as size,
    split as split,
    std as std,
    var as var,
    vstack as vstack,
)
from glbackend.ops.keras_arrays import (
    argsort as argsort,
    array as array,
    average as average,
    count_nonzero as count_nonzero,
    diff as diff,
    flip as flip,
    full_like as full_like,
    log10 as log10,
    log2 as log2,
    logaddexp as logaddexp,
    moveaxis as moveaxis,
    nan_to_num as nan_to_num,
    sort as sort,
    swapaxes as swapaxes,
    take as take,
    take_along_axis as take_along_axis,
)
from glbackend.ops.keras_counting import (
    bincount as bincount,
    digitize as digitize,
    expand_dims as expand_dims,
    eye as eye,
    hypot as hypot,
    log_softmax as log_softmax,
    median as median,
    nonzero as nonzero,
    percentile as percentile,
    ptp as ptp,
    quantile as quantile,
    searchsorted as searchsorted,
    trunc as trunc,
)
from glbackend.ops.keras_matrices import (
    diag as diag,
    diagonal as diagonal,
    einsum as einsum,
    inner as inner,
    tensordot as tensordot,
    trace as trace,
    tril as tril,
    triu as triu,
)
from glbackend.ops.keras_loops import (
    cond as cond,
    fori_loop as fori_loop,
    get_item as get_item,
    map as map,
    scan as scan,
    scatter as scatter,
    scatter_update as scatter_update,
    segment_sum as segment_sum,
    slice_update as slice_update,
    switch as switch,
    vectorized_map as vectorized_map,
    while_loop as while_loop,
)
from glbackend.ops.keras_nn import (
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    gelu as gelu,
    multi_hot as multi_hot,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from glbackend.ops.movement import (
    broadcast_to as broadcast_to,
    transpose as transpose,
)
from glbackend.ops.norm import (
    moments as moments,
)
from glbackend.ops.reduction import (
    mean as mean,
    sum as sum,
)
from glbackend.ops.slice import (
    slice as slice,
)
from glbackend.ops.sort import (
    topk as top_k,
)
from glbackend.ops.view import (
    clone as copy,
    flatten as ravel,
    reshape as reshape,
    squeeze as squeeze,
)

sparsemax = _OPERATIONS["Sparsemax"]
__all__ = [name for name in vars() if not name.startswith("_")]

for _name in __all__:
    _function = vars()[_name]
    if _function.__module__.startswith("glbackend.layers."):
        _function = _explained(_of_numbers(_function), _name)
    vars()[_name] = _in_keras_words(_name, _function)

image, linalg = _image, _linalg
nn = numpy = _sys.modules[__name__]  # Keras has most of them there too
ON_FIRST_USE = dict.fromkeys(sorted({*_MODULE_OF} - {*_IMAGE}), "glbackend.api.keras.further")

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Any: ...


for _name, _namespace in (("image", image), ("linalg", linalg)):
    _answer_unknown(f"glbackend.ops.{_name}", _namespace, _namespace.ON_FIRST_USE)
