"""Keras's `ops` over axes that TF.js has too, of other arguments or dtypes. In `gl.ops`."""

from collections.abc import Sequence

from glbackend.base.calling import explained
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import normalize_axes
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import scan
from glbackend.ops import softmax as softmaxes
from glbackend.ops.further.elementwise import counts, floats, in_kind, tensor_of
from glbackend.ops.further.namesakes import truths
from glbackend.ops.further.spectra import norm
from glbackend.ops.keras_counting import not_empty, over_axes

Axes = int | Sequence[int] | None


@explained
def max(x: TensorLike, axis: Axes = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """The largest of `x` over `axis`, all axes by default. As `keras.ops.max`.

    `keepdims`: whether the axes stay, of size 1.
    `initial`: the least that it is.

    >>> max([1., 3.], initial=5.).item()
    5.0
    """
    given = tensor_of(x) if initial is not None else not_empty(tensor_of(x), axis, "max")
    found = given.any(axis, keepdims) if given.dtype == "bool" else given.max(axis, keepdims)
    return found if initial is None else in_kind(found.maximum(_first(initial, given)), given)


@explained
def min(x: TensorLike, axis: Axes = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
    """The smallest of `x` over `axis`, all axes by default. As `keras.ops.min`.

    `keepdims`: whether the axes stay, of size 1.
    `initial`: the most that it is.

    >>> min([1., 3.], initial=0.).item()
    0.0
    """
    given = tensor_of(x) if initial is not None else not_empty(tensor_of(x), axis, "min")
    found = given.all(axis, keepdims) if given.dtype == "bool" else given.min(axis, keepdims)
    return found if initial is None else in_kind(found.minimum(_first(initial, given)), given)


amax, amin = max, min


def _first(initial: TensorLike, x: Tensor) -> Tensor:
    """What an extreme begins with, in the dtype of `x`."""
    return tensor_of(initial).cast(x.dtype)


@explained
def logsumexp(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """log(sum(e^x)) of `x` over `axis`, all axes by default, without overflow. As `keras.ops.logsumexp`.

    `keepdims`: whether the axes stay, of size 1.

    >>> round(logsumexp([1000., 1000.]).item(), 3)
    1000.693
    """
    return floats(x).logsumexp(axis, keepdims)


@explained
def prod(x: TensorLike, axis: Axes = None, keepdims: bool = False, dtype: DType | None = None) -> Tensor:
    """The product of `x` over `axis`, all axes by default. As `keras.ops.prod`.

    `keepdims`: whether the axes stay, of size 1.
    `dtype`: in which it is computed, by default that of x; truths are numbers.

    >>> prod([2., 3.]).item()
    6.0
    """
    given = counts(x)
    return (given if dtype is None else given.cast(dtype)).prod(axis, keepdims)


@explained
def all(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether `x` holds, or is not 0, everywhere along `axis`, all axes by default. As `keras.ops.all`.

    `keepdims`: whether the axes stay, of size 1.

    >>> all([2, 0]).item()
    False
    """
    return truths(x).all(axis, keepdims)


@explained
def any(x: TensorLike, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether `x` holds, or is not 0, anywhere along `axis`, all axes by default. As `keras.ops.any`.

    `keepdims`: whether the axes stay, of size 1.

    >>> any([2, 0]).item()
    True
    """
    return truths(x).any(axis, keepdims)


@explained
def cumprod(x: TensorLike, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """The products of `x` along `axis` up to each element; None: of x as one row. As `keras.ops.cumprod`.

    `dtype`: by default that of x; truths are numbers.

    >>> cumprod([[1., 2.], [3., 4.]]).numpy().tolist()
    [1.0, 2.0, 6.0, 24.0]
    """
    given = counts(x)
    given = given if dtype is None else given.cast(dtype)
    return scan.cumprod(given.flatten(), 0) if axis is None else scan.cumprod(given, axis)


@explained
def softmax(x: TensorLike, axis: Axes = -1) -> Tensor:
    """e^x / sum(e^x) of `x` along `axis`, one or several, None for all. As `keras.ops.softmax`.

    >>> softmax([[0., 0.]], axis=None).numpy().tolist()
    [[0.5, 0.5]]
    """
    return over_axes(softmaxes.softmax, floats(x), axis, "softmax")


@explained
def normalize(x: TensorLike, axis: Axes = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """`x` divided by its norm along `axis`. As `keras.ops.normalize`.

    `order`: of the norm, a whole number from 1 on, 2 for the Euclidean one.
    `epsilon`: the least that is divided by, 1e-7 by default.

    >>> normalize([[3., 4.]]).numpy().round(4).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    if not isinstance(order, int) or order < 1:
        raise ArgumentError(f"normalize: order must be a whole number of at least 1, got {order!r}")
    given, least = floats(x), 1e-7 if epsilon is None else epsilon
    if not given.rank:  # as Keras has it, a single number is a vector of one
        given = given.expand_dims(0)
    if order == 2:
        places = None if axis is None else list(normalize_axes(axis, given.rank, "normalize"))
        squares = given.square().sum(places, True)
        return given * squares.maximum(1e-37).rsqrt().minimum(1 / least)
    return given / norm(given, order, axis, True).maximum(least)
