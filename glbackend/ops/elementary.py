"""Elementary functions of one tensor: signs, rounding, powers, exponentials, logarithms, angles."""

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.elementwise import unary
from glbackend.ops.op import op, run


@op()
def neg(x: TensorLike) -> Tensor:
    """-x for each element of `x`, in its shape and dtype (bool counts as int32; int32 wraps). As `tf.neg`.

    >>> neg([1., -2.]).numpy().tolist()
    [-1.0, 2.0]
    """
    return unary("Neg", "neg", x)


@op()
def abs(x: TensorLike) -> Tensor:
    """The absolute value of `x`, in its shape and dtype; of complex64 the modulus, float32. As `tf.abs`.

    >>> abs([1., -2.]).numpy().tolist()
    [1.0, 2.0]
    """
    tensor = as_tensor(x, "x", "abs")
    if tensor.dtype == "complex64":
        return run("ComplexAbs", {"x": tensor})
    return unary("Abs", "abs", tensor)


@op()
def sign(x: TensorLike) -> Tensor:
    """-1, 0 or 1 by the sign of `x`, in its shape and dtype; NaN gives 0, as in TF.js. As `tf.sign`.

    >>> sign([-3., 0., 2.]).numpy().tolist()
    [-1.0, 0.0, 1.0]
    """
    return unary("Sign", "sign", x)


@op()
def floor(x: TensorLike) -> Tensor:
    """The largest whole number not above `x`, in its shape and dtype. As `tf.floor`.

    >>> floor([1.7, -1.2]).numpy().tolist()
    [1.0, -2.0]
    """
    return unary("Floor", "floor", x)


@op()
def ceil(x: TensorLike) -> Tensor:
    """The smallest whole number not below `x`, in its shape and dtype. As `tf.ceil`.

    >>> ceil([1.2, -1.7]).numpy().tolist()
    [2.0, -1.0]
    """
    return unary("Ceil", "ceil", x)


@op()
def round(x: TensorLike) -> Tensor:
    """The whole number nearest to `x`, halves to the even one, in its shape and dtype. As `tf.round`.

    >>> round([0.5, 1.5, -2.7]).numpy().tolist()
    [0.0, 2.0, -3.0]
    """
    return unary("Round", "round", x)


@op()
def square(x: TensorLike) -> Tensor:
    """x * x for each element of `x`, in its shape and dtype (int32 wraps). As `tf.square`.

    >>> square([3.]).numpy().tolist()
    [9.0]
    """
    return unary("Square", "square", x)


@op()
def sqrt(x: TensorLike) -> Tensor:
    """The square root of `x`, float32; NaN for negative x. As `tf.sqrt`.

    >>> sqrt([9.]).numpy().tolist()
    [3.0]
    """
    return unary("Sqrt", "sqrt", x)


@op()
def rsqrt(x: TensorLike) -> Tensor:
    """1 / sqrt(x) for each element of `x`, float32; infinity at 0, NaN for negative x. As `tf.rsqrt`.

    >>> rsqrt([4.]).numpy().tolist()
    [0.5]
    """
    return unary("Rsqrt", "rsqrt", x)


@op()
def reciprocal(x: TensorLike) -> Tensor:
    """1 / x for each element of `x`, float32; infinity at 0. As `tf.reciprocal`.

    >>> reciprocal([4.]).numpy().tolist()
    [0.25]
    """
    return unary("Reciprocal", "reciprocal", x)


@op()
def exp(x: TensorLike) -> Tensor:
    """e to the power of `x`, float32. As `tf.exp`.

    >>> exp([0.]).numpy().tolist()
    [1.0]
    """
    return unary("Exp", "exp", x)


@op()
def expm1(x: TensorLike) -> Tensor:
    """exp(x) - 1 for each element of `x`, float32, accurate near 0. As `tf.expm1`.

    >>> expm1([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Expm1", "expm1", x)


@op()
def log(x: TensorLike) -> Tensor:
    """The natural logarithm of `x`, float32; -infinity at 0, NaN for negative x. As `tf.log`.

    >>> log([1.]).numpy().tolist()
    [0.0]
    """
    return unary("Log", "log", x)


@op()
def log1p(x: TensorLike) -> Tensor:
    """log(1 + x) for each element of `x`, float32, accurate near 0. As `tf.log1p`.

    >>> log1p([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Log1p", "log1p", x)


@op()
def sin(x: TensorLike) -> Tensor:
    """The sine of `x` in radians, float32. As `tf.sin`.

    >>> sin([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Sin", "sin", x)


@op()
def cos(x: TensorLike) -> Tensor:
    """The cosine of `x` in radians, float32. As `tf.cos`.

    >>> cos([0.]).numpy().tolist()
    [1.0]
    """
    return unary("Cos", "cos", x)


@op()
def tan(x: TensorLike) -> Tensor:
    """The tangent of `x` in radians, float32. As `tf.tan`.

    >>> tan([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Tan", "tan", x)


@op()
def asin(x: TensorLike) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is `x`, float32; NaN outside [-1, 1]. As `tf.asin`.

    >>> asin([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Asin", "asin", x)


@op()
def acos(x: TensorLike) -> Tensor:
    """The angle in [0, pi] whose cosine is `x`, float32; NaN outside [-1, 1]. As `tf.acos`.

    >>> acos([1.]).numpy().tolist()
    [0.0]
    """
    return unary("Acos", "acos", x)


@op()
def atan(x: TensorLike) -> Tensor:
    """The angle in [-pi/2, pi/2] whose tangent is `x`, float32. As `tf.atan`.

    >>> atan([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Atan", "atan", x)


@op()
def sinh(x: TensorLike) -> Tensor:
    """The hyperbolic sine of `x`, float32. As `tf.sinh`.

    >>> sinh([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Sinh", "sinh", x)


@op()
def cosh(x: TensorLike) -> Tensor:
    """The hyperbolic cosine of `x`, float32. As `tf.cosh`.

    >>> cosh([0.]).numpy().tolist()
    [1.0]
    """
    return unary("Cosh", "cosh", x)


@op()
def tanh(x: TensorLike) -> Tensor:
    """The hyperbolic tangent of `x`, float32. As `tf.tanh`.

    >>> tanh([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Tanh", "tanh", x)


@op()
def asinh(x: TensorLike) -> Tensor:
    """The inverse hyperbolic sine of `x`, float32. As `tf.asinh`.

    >>> asinh([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Asinh", "asinh", x)


@op()
def acosh(x: TensorLike) -> Tensor:
    """The inverse hyperbolic cosine of `x`, float32; NaN below 1. As `tf.acosh`.

    >>> acosh([1.]).numpy().tolist()
    [0.0]
    """
    return unary("Acosh", "acosh", x)


@op()
def atanh(x: TensorLike) -> Tensor:
    """The inverse hyperbolic tangent of `x`, float32; infinite at -1 and 1, NaN beyond. As `tf.atanh`.

    >>> atanh([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Atanh", "atanh", x)


@op()
def erf(x: TensorLike) -> Tensor:
    """The error function of `x`, float32. As `tf.erf`.

    >>> erf([0.]).numpy().tolist()
    [0.0]
    """
    return unary("Erf", "erf", x)


@op()
def cast(x: TensorLike, dtype: DType) -> Tensor:
    """`x` in another `dtype`. As `tf.cast`.

    float32 to int32 is cut towards zero (NaN gives 0, what int32 cannot hold its nearest end); to bool, any
    number but 0 is True; complex64 loses its imaginary part. Data is shared where no value changes (equal
    dtypes, bool to int32). Strings are cast to strings only, else DtypeError.

    >>> cast([1.7, -1.7], "int32").numpy().tolist()
    [1, -1]
    """
    given = as_tensor(x, "x", "cast")
    if given.dtype == dtype:
        return run("Identity", {"x": given})
    return run("Cast", {"x": given}, dtype=dtype)


@gradient("Cast", wrt="x")
def cast_dx(dy: Tensor, x_spec: Spec) -> Tensor:
    """The gradient in the dtype of x."""
    return cast(dy, x_spec.dtype)


@op()
def as_type(x: TensorLike, dtype: DType) -> Tensor:
    """`x` in another `dtype`: `cast` by another name. As `tensor.asType`.

    >>> as_type([1.7], "int32").numpy().tolist()
    [1]
    """
    return cast(x, dtype)


@op()
def to_float(x: TensorLike) -> Tensor:
    """`x` as float32. As `tensor.toFloat`.

    >>> to_float([True]).numpy().tolist()
    [1.0]
    """
    return cast(x, "float32")


@op()
def to_int(x: TensorLike) -> Tensor:
    """`x` as int32, cut towards zero. As `tensor.toInt`.

    >>> to_int([-1.5]).numpy().tolist()
    [-1]
    """
    return cast(x, "int32")


@op()
def to_bool(x: TensorLike) -> Tensor:
    """`x` as bool: whether it is not 0. As `tensor.toBool`.

    >>> to_bool([0., 2.]).numpy().tolist()
    [False, True]
    """
    return cast(x, "bool")


@op()
def clip_by_value(x: TensorLike, clip_value_min: float, clip_value_max: float) -> Tensor:
    """`x` held between `clip_value_min` and `clip_value_max`, in its shape and dtype. As `tf.clipByValue`.

    NaN stays NaN. For int32 the two numbers are cut towards zero. Raises ArgumentError where the first is
    above the second.

    >>> clip_by_value([-1., 0.5, 2.], 0, 1).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    if not clip_value_min <= clip_value_max:
        raise ArgumentError(
            f"clip_by_value: clip_value_min {clip_value_min} is above clip_value_max {clip_value_max}"
        )
    return unary(
        "ClipByValue", "clip_by_value", x, clip_value_min=clip_value_min, clip_value_max=clip_value_max
    )
