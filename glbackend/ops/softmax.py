"""Softmax, its logarithm, and the logarithm of a sum of exponentials."""

from collections.abc import Sequence

from glbackend.base.errors import DtypeError
from glbackend.base.shapes import normalize_axes, reduced_shape
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops.logits import remember
from glbackend.ops.op import kept, op, run

LARGEST = 3.4028234663852886e38  # of the finite float32


@op()
def softmax(logits: TensorLike, dim: int = -1) -> Tensor:
    """e^x over the sum of e^x along the last axis of `logits`: positive, their sum is 1. As `tf.softmax`.

    Raises DtypeError for anything but float32, ArgumentError where `dim` is not the last axis.

    >>> softmax([0., 0.]).numpy().tolist()
    [0.5, 0.5]
    """
    x = as_tensor(logits, "logits", "softmax")
    return remember(run("Softmax", {"logits": x}, dim=dim), "softmax", x)


@gradient("Softmax", wrt="logits")
def softmax_dlogits(dy: Tensor, y: Tensor) -> Tensor:
    """One kernel."""
    return run("SoftmaxGrad", {"dy": dy, "y": y})


@gradient("SoftmaxGrad", wrt="dy")
def softmax_grad_ddy(dy: Tensor, y: Tensor) -> Tensor:
    """The same again: what it multiplies by is symmetric."""
    return run("SoftmaxGrad", {"dy": dy, "y": y})


@gradient("SoftmaxGrad", wrt="y")
def softmax_grad_dy(dy: Tensor, dy_input: Tensor, y: Tensor) -> Tensor:
    """That of y * (dy - sum(dy * y))."""

    def over(x: Tensor) -> Tensor:
        return x.sum(-1, True) if x.rank else x

    return dy * (dy_input - over(dy_input * y)) - dy_input * over(dy * y)


@op()
def log_softmax(logits: TensorLike, axis: int = -1) -> Tensor:
    """The logarithm of the softmax of `logits` along the last axis, exact where that underflows.

    Raises DtypeError for anything but float32, ArgumentError where `axis` is not the last one. As
    `tf.logSoftmax`.

    >>> log_softmax([0., -200.]).numpy().tolist()
    [0.0, -200.0]
    """
    return run("LogSoftmax", {"logits": as_tensor(logits, "logits", "log_softmax")}, axis=axis)


@gradient("LogSoftmax", wrt="logits")
def log_softmax_dlogits(dy: Tensor, y: Tensor) -> Tensor:
    """dy less its sum's share, which is the softmax."""
    return dy - (dy.sum(-1, True) if y.rank else dy) * y.exp()


@op()
def logsumexp(
    x: TensorLike,
    axis: int | Sequence[int] | None = None,
    keep_dims: bool = False,
    *,
    keepdims: bool | None = None,
) -> Tensor:
    """log(sum(e^x)) of `x` over `axis` (every axis by default), without overflow. As `tf.logSumExp`.

    With `keep_dims`, NumPy's `keepdims`, these axes stay as 1. Raises DtypeError for anything but float32.

    >>> logsumexp([1000., -1000.]).item()
    1000.0
    """
    keep_dims = kept(keep_dims, keepdims)
    tensor = as_tensor(x, "x", "logsumexp")
    if tensor.dtype != "float32":
        raise DtypeError(f"logsumexp: argument 'x' is {tensor.dtype}, but must be float32: cast it first")
    axes = normalize_axes(axis, tensor.rank, "logsumexp")
    with nothing_recorded():  # whatever the shift, the result is the same: it has no gradient
        shift = tensor.max(axes, True).clip_by_value(-LARGEST, LARGEST)  # inf - inf would be NaN
    result = (tensor - shift).exp().sum(axes, True).log() + shift
    return result if keep_dims else result.reshape(reduced_shape(tensor.shape, axes, False))
