"""Keras's `ops` of single elements that TF.js has not: bits, angles, error functions, signs. In `gl.ops`."""

import math
from collections.abc import Sequence

from glbackend.base.calling import checked
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import arithmetic, complex, create, logical
from glbackend.ops.keras import convert_to_tensor
from glbackend.ops.keras_arrays import LOG_2, logaddexp

# erfc: Numerical Recipes, chapter 6.2; relative error below 1.2e-7
ERFC = (
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
)  # fmt: skip
# erfinv: M. Giles, Approximating the erfinv function, 2010, near 0 and near 1
ERFINV = (
    1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.000218580870, -4.39150654e-06, -3.5233877e-06,
    3.43273939e-07, 2.81022636e-08,
)  # fmt: skip
ERFINV_FAR = (
    2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322,
    0.000100950558, -0.000200214257,
)  # fmt: skip
# I0: Abramowitz and Stegun, 9.8.1 and 9.8.2
BESSEL = (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813)
BESSEL_FAR = (
    0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633,
    0.00392377,
)  # fmt: skip
BESSEL_BORDER = 3.75


def tensor_of(x: TensorLike) -> Tensor:
    """The tensor of `x`, whole numbers as int32."""
    return x if isinstance(x, Tensor) else convert_to_tensor(x)


def floats(x: TensorLike) -> Tensor:
    """The tensor of `x`, whole numbers and truths as float32."""
    given = tensor_of(x)
    return given.cast("float32") if given.dtype in ("int32", "bool") else given


def same_dtype(x1: TensorLike, x2: TensorLike) -> tuple[Tensor, Tensor]:
    """Both in the dtype that their sum has; a plain number takes that of a tensor beside it."""
    if isinstance(x1, int | float) and not isinstance(x2, int | float):
        return same_dtype(x2, x1)[::-1]
    a = tensor_of(x1)
    plain = type(x2) in (int, float) and a.dtype in ("int32", "float32")  # there is a tensor of it already
    b = as_tensor(x2, "x2", "ops", like=a.dtype) if plain else tensor_of(x2)
    if a.dtype == b.dtype:
        return a, b
    order = ("bool", "int32", "float32", "complex64")
    dtype = max(a.dtype, b.dtype, key=order.index)
    return a.cast(dtype), b.cast(dtype)


def counts(x: TensorLike) -> Tensor:
    """`x` with truths as whole numbers."""
    given = tensor_of(x)
    return given.cast("int32") if given.dtype == "bool" else given


def in_kind(found: Tensor, given: Tensor) -> Tensor:
    """What was computed of `given`, whose truths count as whole numbers in it, as truths again."""
    return found.cast("bool") if given.dtype == "bool" else found


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    found: Tensor | float = coefficients[-1]
    for one in coefficients[-2::-1]:
        found = x * found + one
    return found if isinstance(found, Tensor) else x * 0.0 + found


@checked
def isposinf(x: TensorLike) -> Tensor:
    """Where `x` is +infinity, bool. As `keras.ops.isposinf`.

    >>> isposinf([1., float("inf")]).numpy().tolist()
    [False, True]
    """
    given = floats(x)
    return given.is_inf().logical_and(given.greater(0))


@checked
def isneginf(x: TensorLike) -> Tensor:
    """Where `x` is -infinity, bool. As `keras.ops.isneginf`.

    >>> isneginf([1., -float("inf")]).numpy().tolist()
    [False, True]
    """
    given = floats(x)
    return given.is_inf().logical_and(given.less(0))


@checked
def signbit(x: TensorLike) -> Tensor:
    """Where `x` has a minus sign, bool: -0 has one too. As `keras.ops.signbit`.

    >>> signbit([1., -2.]).numpy().tolist()
    [False, True]
    """
    given = floats(x)
    zero = given.equal(0)
    return logical.where(zero, 1 / logical.where(zero, given, 1.0), given).less(0)


@checked
def heaviside(x1: TensorLike, x2: TensorLike) -> Tensor:
    """0 below 0, 1 above, and between `x2`. As `keras.ops.heaviside`.

    `x1`: the numbers.
    `x2`: what stands where they are 0.

    >>> heaviside([-1., 0., 2.], 0.5).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    truths = same_dtype(x1, x2)[0]
    a, b = floats(x1), floats(x2)
    step = logical.where(a.is_nan(), a, a.greater(0).cast("float32"))
    return in_kind(logical.where(a.equal(0), b, step), truths)


@checked
def absolute(x: TensorLike) -> Tensor:
    """|x| of `x` in its dtype. As `keras.ops.absolute`.

    >>> absolute([-1, 2]).numpy().tolist()
    [1, 2]
    """
    given = tensor_of(x)
    return in_kind(given.abs(), given)


abs = absolute


@checked
def sign(x: TensorLike) -> Tensor:
    """-1, 0 or 1 where `x` lies below, at or above 0, in its dtype. As `keras.ops.sign`.

    >>> sign([-3, 0, 2]).numpy().tolist()
    [-1, 0, 1]
    """
    given = tensor_of(x)
    return in_kind(given.sign(), given)


@checked
def fabs(x: TensorLike) -> Tensor:
    """|x| of `x` in floats. As `keras.ops.fabs`.

    >>> fabs([-1, 2]).numpy().tolist()
    [1.0, 2.0]
    """
    return floats(x).abs()


@checked
def cbrt(x: TensorLike) -> Tensor:
    """The cube root of `x`, below 0 too. As `keras.ops.cbrt`.

    >>> cbrt([-8.]).numpy().round(4).tolist()
    [-2.0]
    """
    given = floats(x)
    return given.sign() * given.abs() ** (1 / 3)


@checked
def exp2(x: TensorLike) -> Tensor:
    """2 to the power of `x`. As `keras.ops.exp2`.

    >>> exp2([3.]).numpy().round(4).tolist()
    [8.0]
    """
    return arithmetic.pow(2.0, floats(x))


@checked
def deg2rad(x: TensorLike) -> Tensor:
    """Degrees `x` in radians. As `keras.ops.deg2rad`.

    >>> deg2rad([180.]).numpy().round(3).tolist()
    [3.1419999599456787]
    """
    return floats(x) * (math.pi / 180)


@checked
def rad2deg(x: TensorLike) -> Tensor:
    """Radians `x` in degrees. As `keras.ops.rad2deg`.

    >>> rad2deg([0.5]).numpy().round(2).tolist()
    [28.649999618530273]
    """
    return floats(x) * (180 / math.pi)


@checked
def ldexp(x1: TensorLike, x2: TensorLike) -> Tensor:
    """`x1` times 2 to the power of the whole numbers `x2`. As `keras.ops.ldexp`.

    >>> ldexp([3.], [2]).numpy().round(4).tolist()
    [12.0]
    """
    return floats(x1) * exp2(x2)


@checked
def logaddexp2(x1: TensorLike, x2: TensorLike) -> Tensor:
    """log2(2^x1 + 2^x2) of `x1` and `x2`, without overflow. As `keras.ops.logaddexp2`.

    >>> logaddexp2([3.], [3.]).numpy().round(4).tolist()
    [4.0]
    """
    return logaddexp(floats(x1) * LOG_2, floats(x2) * LOG_2) / LOG_2


@checked
def sinc(x: TensorLike) -> Tensor:
    """sin(pi x) / (pi x), 1 where `x` is 0. As `keras.ops.sinc`.

    >>> sinc([0., 0.5]).numpy().round(4).tolist()
    [1.0, 0.6366000175476074]
    """
    given = floats(x)
    zero = given.equal(0)
    turned = logical.where(zero, 1.0, given * math.pi)
    return logical.where(zero, 1.0, turned.sin() / turned)


@checked
def erfc(x: TensorLike) -> Tensor:
    """1 - erf(x) of `x`, whose digits stay where erf is near 1. As `keras.ops.erfc`.

    >>> (erfc([3.]) * 1e5).numpy().round(3).tolist()
    [2.2090001106262207]
    """
    given = floats(x)
    size = logical.where(given.less(0), -given, given)  # whose slope at 0 is 1
    share = 1 / (size * 0.5 + 1)
    above = share * (_polynomial(share, ERFC) - size * size).exp()
    return logical.where(given.less(0), 2 - above, above)


@checked
def erfinv(x: TensorLike) -> Tensor:
    """Whose erf is `x`; NaN outside [-1, 1]. As `keras.ops.erfinv`.

    >>> erfinv([0.5]).numpy().round(4).tolist()
    [0.47690001130104065]
    """
    given = floats(x)
    edge = given.abs().equal(1)
    inside = logical.where(edge, 0.0, given)
    depth = -(-(inside * inside)).log1p()
    near = _polynomial(depth.minimum(5.0) - 2.5, ERFINV)
    far = _polynomial(depth.maximum(5.0).sqrt() - 3, ERFINV_FAR)
    found = logical.where(depth.less(5.0), near, far) * inside
    return logical.where(edge, logical.where(given.less(0), -math.inf, math.inf), found)


@checked
def i0(x: TensorLike) -> Tensor:
    """The modified Bessel function of order 0 of `x`. As `keras.ops.i0`.

    >>> i0([1.]).numpy().round(3).tolist()
    [1.2660000324249268]
    """
    size = floats(x).abs()
    share = (size.minimum(BESSEL_BORDER) / BESSEL_BORDER).square()
    beyond = size.maximum(BESSEL_BORDER)
    far = _polynomial(BESSEL_BORDER / beyond, BESSEL_FAR) * beyond.exp() / beyond.sqrt()
    return logical.where(size.less(BESSEL_BORDER), _polynomial(share, BESSEL), far)


@checked
def fmod(x1: TensorLike, x2: TensorLike) -> Tensor:
    """What is left of `x1` divided by `x2`, with the sign of x1. As `keras.ops.fmod`.

    >>> fmod([-5., 5.], 3.).numpy().tolist()
    [-2.0, 2.0]
    """
    a, b = same_dtype(x1, x2)
    negative = a.less(0)  # 0 is not, so that the slope there is 1
    rest = arithmetic.mod(logical.where(negative, -a, a), b.abs())
    return logical.where(negative, -rest, rest)


@checked
def real(x: TensorLike) -> Tensor:
    """The real part of `x`, which of real numbers is they themselves. As `keras.ops.real`.

    >>> real([1., 2.]).numpy().tolist()
    [1.0, 2.0]
    """
    given = tensor_of(x)
    return complex.real(given) if given.dtype == "complex64" else given


@checked
def imag(x: TensorLike) -> Tensor:
    """The imaginary part of `x`, 0 of real numbers. As `keras.ops.imag`.

    >>> imag([1., 2.]).numpy().tolist()
    [0.0, 0.0]
    """
    given = tensor_of(x)
    return complex.imag(given) if given.dtype == "complex64" else create.zeros_like(given)
