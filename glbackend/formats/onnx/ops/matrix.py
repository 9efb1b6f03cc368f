"""Products of matrices."""

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.ops import matmul as products
from glbackend.ops.einsum import einsum as contracted


def product(a: Tensor, b: Tensor) -> Tensor:
    """The product of matrices as NumPy has it: vectors at either side, batches that broadcast."""
    left = a.reshape((1, a.size)) if a.rank == 1 else a
    right = b.reshape((b.size, 1)) if b.rank == 1 else b
    if left.dtype == "int32" or right.dtype == "int32":
        y = _of_integers(left, right)
    else:
        y = products.matmul(left, right)
    dims = list(y.shape)
    if b.rank == 1:
        del dims[-1]
    if a.rank == 1:
        del dims[-1 if b.rank == 1 else -2]
    return y.reshape(dims)


def _of_integers(a: Tensor, b: Tensor) -> Tensor:
    """Exact: products and sums of int32."""
    return (a.expand_dims(-1) * b.expand_dims(-3)).sum(-2)


@onnx_op("MatMul")
def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The product of matrices, as NumPy has it."""
    return product(a, b)


@onnx_op("Gemm", since=7)
def gemm(
    a: Tensor,
    b: Tensor,
    c: Tensor | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Tensor:
    """alpha * a b + beta * c, both factors as they are or transposed."""
    bias = None if c is None or not beta else c if beta == 1 else c * beta
    if (
        bias is not None
        and alpha == 1
        and bias.shape == (b.shape[0 if transB else 1],)
        and bias.dtype == "float32"
    ):
        return products.fused_matmul(a, b, bool(transA), bool(transB), bias=bias)
    y = products.matmul(a, b, bool(transA), bool(transB))
    y = y if alpha == 1 else y * alpha
    return y if bias is None else y + bias


@onnx_op("Einsum")
def einsum(*values: Tensor, equation: str) -> Tensor:
    """What an equation says."""
    plain = equation.replace(" ", "")
    if "->" not in plain:  # what occurs once is kept, in the order of the alphabet
        letters = sorted(one for one in set(plain) - {",", "."} if plain.count(one) == 1)
        plain += "->" + ("..." if "..." in plain else "") + "".join(letters)
    return contracted(plain, *values)
