"""Keras's `ops` of two tensors, in the dtype that both have; TF.js's are those of `gl`. In `gl.ops`."""

from glbackend.base.calling import explained
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import arithmetic, logical
from glbackend.ops.further.elementwise import floats, same_dtype


@explained
def add(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` + `x2`; of truths, either. As `keras.ops.add`.

    >>> add([1, 2], 3).numpy().tolist()
    [4, 5]
    """
    a, b = same_dtype(x1, x2)
    return a.logical_or(b) if a.dtype == "bool" else a + b


@explained
def subtract(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` - `x2`. As `keras.ops.subtract`.

    >>> subtract(3, [1, 2]).numpy().tolist()
    [2, 1]
    """
    return arithmetic.sub(*same_dtype(x1, x2))


@explained
def power(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` to the power of `x2`; whole ones below 0 are cut towards 0. As `keras.ops.power`.

    >>> power(2, [1, 3]).numpy().tolist()
    [2, 8]
    """
    return arithmetic.pow(*same_dtype(x1, x2))


@explained
def mod(x1: TensorLike, x2: TensorLike) -> Tensor:
    """What is left of `x1` divided by `x2`, with the sign of x2. As `keras.ops.mod`.

    >>> mod(-7, [4, -4]).numpy().tolist()
    [1, -3]
    """
    return arithmetic.mod(*same_dtype(x1, x2))


@explained
def multiply(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` times `x2`; of truths, both. As `keras.ops.multiply`.

    >>> multiply([1, 2], 3).numpy().tolist()
    [3, 6]
    """
    a, b = same_dtype(x1, x2)
    return a.logical_and(b) if a.dtype == "bool" else a * b


@explained
def maximum(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The larger one of `x1` and `x2`; of truths, either. As `keras.ops.maximum`.

    >>> maximum([1, 5], 3).numpy().tolist()
    [3, 5]
    """
    a, b = same_dtype(x1, x2)
    return a.logical_or(b) if a.dtype == "bool" else a.maximum(b)


@explained
def minimum(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The smaller one of `x1` and `x2`; of truths, both. As `keras.ops.minimum`.

    >>> minimum([1, 5], 3).numpy().tolist()
    [1, 3]
    """
    a, b = same_dtype(x1, x2)
    return a.logical_and(b) if a.dtype == "bool" else a.minimum(b)


@explained
def fmax(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The larger one of `x1` and `x2`, of NaN and a number the number. As `keras.ops.fmax`.

    >>> fmax([1., float("nan")], 3.).numpy().tolist()
    [3.0, 3.0]
    """
    return maximum(*_one_for_the_other(x1, x2))


@explained
def fmin(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The smaller one of `x1` and `x2`, of NaN and a number the number. As `keras.ops.fmin`.

    >>> fmin([1., float("nan")], 3.).numpy().tolist()
    [1.0, 3.0]
    """
    return minimum(*_one_for_the_other(x1, x2))


def _one_for_the_other(x1: TensorLike, x2: TensorLike) -> tuple[Tensor, Tensor]:
    """Both, each in place of the other where that is NaN."""
    a, b = same_dtype(x1, x2)
    if a.dtype != "float32":
        return a, b
    return logical.where(a.is_nan(), b, a), logical.where(b.is_nan(), a, b)


@explained
def divide_no_nan(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` divided by `x2` as floats, 0 where x2 is 0. As `keras.ops.divide_no_nan`.

    >>> divide_no_nan([3, 1], [2, 0]).numpy().tolist()
    [1.5, 0.0]
    """
    return floats(x1).div_no_nan(floats(x2))


@explained
def floor_divide(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` divided by `x2` and rounded down, in the dtype of both. As `keras.ops.floor_divide`.

    >>> floor_divide([7., -7.], 2.).numpy().tolist()
    [3.0, -4.0]
    """
    a, b = same_dtype(x1, x2)
    return (a / b).floor() if a.dtype == "float32" else a.cast("int32").floor_div(b.cast("int32"))


@explained
def isclose(
    x1: TensorLike, x2: TensorLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where |x1 - x2| <= atol + rtol |x2|, bool; whole numbers must be equal. As `keras.ops.isclose`.

    `x1`, `x2`: what is compared.
    `rtol`, `atol`: how far they may lie apart, as a share of x2 and beyond that.
    `equal_nan`: whether NaN equals NaN.

    >>> isclose([1., 2.], [1., 3.]).numpy().tolist()
    [True, False]
    """
    a, b = same_dtype(x1, x2)
    if a.dtype != "float32":
        return a.equal(b)
    near = (a - b).abs().less_equal(b.abs() * rtol + atol).logical_and(b.is_finite()).logical_or(a.equal(b))
    return near.logical_or(a.is_nan().logical_and(b.is_nan())) if equal_nan else near


@explained
def allclose(
    x1: TensorLike, x2: TensorLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether `isclose` holds everywhere, one bool. As `keras.ops.allclose`.

    `x1`, `x2`, `rtol`, `atol`, `equal_nan`: as there.

    >>> allclose([1., 2.], [1., 2.000001]).item()
    True
    """
    return isclose(x1, x2, rtol, atol, equal_nan).all()
