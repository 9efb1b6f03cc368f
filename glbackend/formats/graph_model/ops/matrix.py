"""Products of matrices, and what moves in them."""

from collections.abc import Sequence

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.fused import epilogue
from glbackend.ops import create, linalg
from glbackend.ops import einsum as sums
from glbackend.ops import matmul as products


@tf_op("MatMul", "_FusedMatMul", "FusedMatMul")
def matmul(
    a: Tensor,
    b: Tensor,
    *args: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    fused_ops: Sequence[str] = (),
    epsilon: float = 1e-4,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """A product, plus a bias, through an activation."""
    if not fused_ops:
        return products.matmul(a, b, transpose_a, transpose_b)
    _, options, after = epilogue(fused_ops, args, epsilon, leakyrelu_alpha)
    return after(products.fused_matmul(a, b, transpose_a, transpose_b, **options))


@tf_op("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
def batch_matmul(x: Tensor, y: Tensor, *, adj_x: bool = False, adj_y: bool = False) -> Tensor:
    """The products of the last two dims."""
    return products.matmul(x, y, adj_x, adj_y)


@tf_op("Einsum")
def einsum(*tensors: Tensor, equation: str) -> Tensor:
    """A sum of products, as the equation says."""
    return sums.einsum(equation, *tensors)


@tf_op("MatrixBandPart")
def matrix_band_part(input: Tensor, num_lower: int, num_upper: int) -> Tensor:
    """What lies near the diagonal."""
    return linalg.band_part(input, num_lower, num_upper)


@tf_op("Diag")
def diag(diagonal: Tensor) -> Tensor:
    """A tensor whose diagonal is given."""
    return create.diag(diagonal)


@tf_op("Transpose")
def transpose(x: Tensor, perm: list[int]) -> Tensor:
    """Axes in another order."""
    return x.transpose(perm)
