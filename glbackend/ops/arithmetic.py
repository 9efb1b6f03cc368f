"""Arithmetic of two tensors, with broadcasting; dtypes meet in the higher of both (bool counts as int32)."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.comparison import equal
from glbackend.ops.elementwise import binary
from glbackend.ops.logical import where
from glbackend.ops.op import op, run


@op()
def add(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` + `b`; int32 wraps. As `tf.add`.

    >>> add([1., 2.], 1.).numpy().tolist()
    [2.0, 3.0]
    """
    return binary("Add", "add", a, b)


@op(method=False)
def add_n(tensors: Sequence[TensorLike]) -> Tensor:
    """The sum of a list of `tensors` of one shape and dtype. As `tf.addN`.

    >>> add_n([[1., 2.], [3., 4.], [5., 6.]]).numpy().tolist()
    [9.0, 12.0]
    """
    return run("AddN", as_tensors(tensors, "tensors", "add_n"))


@gradient("AddN")
def add_n_dx(dy: Tensor, specs: list[Spec]) -> list[Tensor]:
    """Each gets the gradient of the sum."""
    return [dy] * len(specs)


@op()
def sub(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` - `b`; int32 wraps. As `tf.sub`.

    >>> sub([1., 2.], 1.).numpy().tolist()
    [0.0, 1.0]
    """
    return binary("Sub", "sub", a, b)


@op()
def mul(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` * `b`; int32 wraps. As `tf.mul`.

    >>> mul([1., 2.], 3.).numpy().tolist()
    [3.0, 6.0]
    """
    return binary("Multiply", "mul", a, b)


@op()
def div(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` / `b`, float32; of two int32 tensors the quotient rounded down, int32, as `floor_div`. As `tf.div`.

    Division by 0 gives infinity or NaN, of int32 0.

    >>> div([1., 3.], 2.).numpy().tolist()
    [0.5, 1.5]
    """
    left = as_tensor(a, "a", "div", like=b.dtype if isinstance(b, Tensor) else None)
    right = as_tensor(b, "b", "div", like=left.dtype)
    whole = (
        left.dtype in ("int32", "bool")
        and right.dtype in ("int32", "bool")
        and (left.dtype, right.dtype) != ("bool", "bool")
    )
    return binary("FloorDiv" if whole else "RealDiv", "div", left, right)


@op()
def div_no_nan(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` / `b`, but 0 where b is 0. As `tf.divNoNan`.

    >>> div_no_nan([1., 3.], [0., 2.]).numpy().tolist()
    [0.0, 1.5]
    """
    left = as_tensor(a, "a", "div_no_nan", like=b.dtype if isinstance(b, Tensor) else None)
    right = as_tensor(b, "b", "div_no_nan", like=left.dtype)
    zero = equal(right, 0)
    quotient = div(left, where(zero, 1, right))
    return where(zero, 0, quotient)


@op()
def floor_div(a: TensorLike, b: TensorLike) -> Tensor:
    """`a` / `b` rounded down, int32; 0 where b is 0. As `tf.floorDiv`.

    >>> floor_div([7., -7.], 2.).numpy().tolist()
    [3, -4]
    """
    return binary("FloorDiv", "floor_div", a, b)


@op()
def mod(a: TensorLike, b: TensorLike) -> Tensor:
    """The remainder of `a` by `b`, a - b * floor(a / b), which takes the sign of b. As `tf.mod`.

    It is exact; for b = 0 NaN, of int32 0.

    >>> mod([5., -5.], 3.).numpy().tolist()
    [2.0, 1.0]
    """
    return binary("Mod", "mod", a, b)


@op()
def pow(base: TensorLike, exp: TensorLike) -> Tensor:
    """`base` to the power of `exp`. As `tf.pow`.

    Of int32 tensors int32: it wraps, and negative exponents cut towards zero. Of floats NaN for a negative
    base with a fractional exponent; x^0 is 1 for every x. The gradient by exp is 0 where base is not
    positive.

    >>> pow([2., 3.], 2.).numpy().tolist()
    [4.0, 9.0]
    """
    return binary("Pow", "pow", base, exp)


@op()
def squared_difference(a: TensorLike, b: TensorLike) -> Tensor:
    """(a - b)^2 for the elements of `a` and `b`; int32 wraps. As `tf.squaredDifference`.

    >>> squared_difference([3.], [1.]).numpy().tolist()
    [4.0]
    """
    return binary("SquaredDifference", "squared_difference", a, b)


@op()
def atan2(a: TensorLike, b: TensorLike) -> Tensor:
    """The angle of the point (`b`, `a`), b along the first axis, in [-pi, pi], float32. As `tf.atan2`.

    >>> atan2([0.], [1.]).numpy().tolist()
    [0.0]
    """
    return binary("Atan2", "atan2", a, b)


@op()
def maximum(a: TensorLike, b: TensorLike) -> Tensor:
    """The larger of `a` and `b`; NaN where either is NaN. As `tf.maximum`.

    >>> maximum([1., 4.], [2., 3.]).numpy().tolist()
    [2.0, 4.0]
    """
    return binary("Maximum", "maximum", a, b)


@op()
def minimum(a: TensorLike, b: TensorLike) -> Tensor:
    """The smaller of `a` and `b`; NaN where either is NaN. As `tf.minimum`.

    >>> minimum([1., 4.], [2., 3.]).numpy().tolist()
    [1.0, 3.0]
    """
    return binary("Minimum", "minimum", a, b)


@op(method=False)
def bitwise_and(x: TensorLike, y: TensorLike) -> Tensor:
    """The bits that both `x` and `y` have, int32 tensors of one shape. As `tf.bitwiseAnd`.

    Raises DtypeError and ShapeError where they are not.

    >>> import numpy as np
    >>> bitwise_and(np.array([5, 6]), np.array([3, 3])).numpy().tolist()
    [1, 2]
    """
    left, right = as_tensor(x, "x", "bitwise_and"), as_tensor(y, "y", "bitwise_and")
    if left.shape != right.shape:
        raise ShapeError(f"bitwise_and: x has shape {list(left.shape)}, y {list(right.shape)}: must be equal")
    return run("BitwiseAnd", {"a": left, "b": right})
