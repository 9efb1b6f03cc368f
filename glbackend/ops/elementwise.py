"""How ops call the rows of the elementwise table: operands become tensors that agree in dtype."""

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run


def unary(kernel: str, op: str, x: TensorLike, **attrs: float) -> Tensor:
    """A row of one input."""
    return run(kernel, {"x": as_tensor(x, "x", op)}, **attrs)


def binary(kernel: str, op: str, a: TensorLike, b: TensorLike) -> Tensor:
    """A row of two inputs; a Python number takes the dtype of the tensor beside it, if that can hold it."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        a = as_tensor(a, "a", op, like=b.dtype if isinstance(b, Tensor) else None)
        b = as_tensor(b, "b", op, like=a.dtype)
    return run(kernel, {"a": a, "b": b})
