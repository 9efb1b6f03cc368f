"""Comparisons of two tensors, with broadcasting, to bool; and tests of one. NaN is unequal to everything."""

from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops.elementwise import binary, unary
from glbackend.ops.op import op


@op()
def equal(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` = `b`, bool; strings too. As `tf.equal`.

    >>> equal([1., 2.], 2.).numpy().tolist()
    [False, True]
    """
    return binary("Equal", "equal", a, b)


@op()
def not_equal(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` and `b` differ, bool; strings too. As `tf.notEqual`.

    >>> not_equal([1., 2.], 2.).numpy().tolist()
    [True, False]
    """
    return binary("NotEqual", "not_equal", a, b)


@op()
def less(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` < `b`, bool. As `tf.less`.

    >>> less([1., 2.], 2.).numpy().tolist()
    [True, False]
    """
    return binary("Less", "less", a, b)


@op()
def less_equal(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` <= `b`, bool. As `tf.lessEqual`.

    >>> less_equal([1., 2.], 2.).numpy().tolist()
    [True, True]
    """
    return binary("LessEqual", "less_equal", a, b)


@op()
def greater(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` > `b`, bool. As `tf.greater`.

    >>> greater([1., 3.], 2.).numpy().tolist()
    [False, True]
    """
    return binary("Greater", "greater", a, b)


@op()
def greater_equal(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` >= `b`, bool. As `tf.greaterEqual`.

    >>> greater_equal([1., 2.], 2.).numpy().tolist()
    [False, True]
    """
    return binary("GreaterEqual", "greater_equal", a, b)


@op()
def is_nan(x: TensorLike) -> Tensor:
    """Whether `x` is NaN, bool. As `tf.isNaN`.

    >>> is_nan([1., float('nan')]).numpy().tolist()
    [False, True]
    """
    return unary("IsNan", "is_nan", x)


@op()
def is_inf(x: TensorLike) -> Tensor:
    """Whether `x` is infinite, bool. As `tf.isInf`.

    >>> is_inf([1., float('-inf')]).numpy().tolist()
    [False, True]
    """
    return unary("IsInf", "is_inf", x)


@op()
def is_finite(x: TensorLike) -> Tensor:
    """Whether `x` is neither infinite nor NaN, bool. As `tf.isFinite`.

    >>> is_finite([1., float('inf')]).numpy().tolist()
    [True, False]
    """
    return unary("IsFinite", "is_finite", x)
