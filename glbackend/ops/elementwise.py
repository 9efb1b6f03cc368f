"""Elementwise ops: a function per row of the table, written out for people."""

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


def _binary(kernel: str, name: str, a: TensorLike, b: TensorLike) -> Tensor:
    left = as_tensor(a, "a", name, like=b.dtype if isinstance(b, Tensor) else None)
    return run(kernel, {"a": left, "b": as_tensor(b, "b", name, like=left.dtype)})


@op()
def add(a: TensorLike, b: TensorLike) -> Tensor:
    """Sum of two tensors, with broadcasting. As `tf.add`.

    >>> add([1., 2.], 1.).numpy().tolist()
    [2.0, 3.0]
    """
    return _binary("Add", "add", a, b)


@op()
def mul(a: TensorLike, b: TensorLike) -> Tensor:
    """Product of two tensors, with broadcasting. As `tf.mul`.

    >>> mul([1., 2.], 3.).numpy().tolist()
    [3.0, 6.0]
    """
    return _binary("Multiply", "mul", a, b)


@op()
def square(x: TensorLike) -> Tensor:
    """x * x. As `tf.square`.

    >>> square([3.]).numpy().tolist()
    [9.0]
    """
    return run("Square", {"x": as_tensor(x, "x", "square")})


@op()
def relu(x: TensorLike) -> Tensor:
    """The larger of x and 0; NaN stays NaN. As `tf.relu`.

    >>> relu([-1., 2.]).numpy().tolist()
    [0.0, 2.0]
    """
    return run("Relu", {"x": as_tensor(x, "x", "relu")})
