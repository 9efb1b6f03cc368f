"""Logic of bool tensors, with broadcasting, and the choice between two tensors."""

from glbackend.base.errors import DtypeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor, register_method
from glbackend.ops.op import op, run


@op()
def logical_and(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether `a` and `b`, bool tensors, are both true. As `tf.logicalAnd`.

    >>> logical_and([True, True], [True, False]).numpy().tolist()
    [True, False]
    """
    left, right = as_tensor(a, "a", "logical_and", "bool"), as_tensor(b, "b", "logical_and", "bool")
    return run("LogicalAnd", {"a": left, "b": right})


@op()
def logical_or(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether at least one of `a` and `b`, bool tensors, is true. As `tf.logicalOr`.

    >>> logical_or([True, False], [False, False]).numpy().tolist()
    [True, False]
    """
    left, right = as_tensor(a, "a", "logical_or", "bool"), as_tensor(b, "b", "logical_or", "bool")
    return run("LogicalOr", {"a": left, "b": right})


@op()
def logical_xor(a: TensorLike, b: TensorLike) -> Tensor:
    """Whether exactly one of `a` and `b`, bool tensors, is true. As `tf.logicalXor`.

    >>> logical_xor([True, True], [True, False]).numpy().tolist()
    [False, True]
    """
    left, right = as_tensor(a, "a", "logical_xor", "bool"), as_tensor(b, "b", "logical_xor", "bool")
    for name, operand in (("a", left), ("b", right)):
        if operand.dtype != "bool":
            raise DtypeError(
                f"logical_xor: argument {name!r} is {operand.dtype}, but must be bool: cast it first"
            )
    return run("NotEqual", {"a": left, "b": right})


@op()
def logical_not(x: TensorLike) -> Tensor:
    """Whether `x`, a bool tensor, is false. As `tf.logicalNot`.

    >>> logical_not([True, False]).numpy().tolist()
    [False, True]
    """
    return run("LogicalNot", {"x": as_tensor(x, "x", "logical_not", "bool")})


@op(method=False)
def where(condition: TensorLike, a: TensorLike, b: TensorLike) -> Tensor:
    """`a` where `condition`, a bool tensor, is true, else `b`; the three broadcast. As `tf.where`.

    As a method it is `a.where(condition, b)`.

    >>> where([True, False], [1., 2.], 0.).numpy().tolist()
    [1.0, 0.0]
    """
    mask = as_tensor(condition, "condition", "where", "bool")
    t = as_tensor(a, "a", "where", like=b.dtype if isinstance(b, Tensor) else None)
    e = as_tensor(b, "b", "where", like=t.dtype)
    rank = max(t.rank, e.rank)
    if mask.rank == 1 and rank > 1:  # the kernel would let it choose rows
        mask = mask.reshape((*(1,) * (rank - 1), mask.size))
    return run("Select", {"condition": mask, "t": t, "e": e})


def _where_method(a: Tensor, condition: TensorLike, b: TensorLike) -> Tensor:
    return where(condition, a, b)


register_method("where", _where_method)
