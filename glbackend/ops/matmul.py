"""Matrix products: matmul, its fused form, dot, outer product; with their gradients."""

from typing import Any

from glbackend.base.dtypes import upcast
from glbackend.base.errors import GradientError, ShapeError
from glbackend.contracts.contract import check
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient, rules_of
from glbackend.engine.tape import nothing_recorded, record, tapes
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.table.fusable import ACTIVATIONS


def _of_one_dtype(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the dtype where they meet; bool counts as int32."""
    meeting = upcast(a.dtype, b.dtype)
    dtype = "int32" if meeting == "bool" else meeting
    return (a if a.dtype == dtype else a.cast(dtype)), (b if b.dtype == dtype else b.cast(dtype))


@op()
def matmul(a: TensorLike, b: TensorLike, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The matrix product of [..., m, k] and [..., k, n]: [..., m, n]; leading dims broadcast.

    With `transpose_a` a is stored as [..., k, m], with `transpose_b` b as [..., n, k]. float32 is summed in
    blocks, int32 is exact and wraps. Raises ShapeError where ranks are below 2 or inner dims differ. As
    `tf.matMul`.

    >>> matmul([[1., 2.]], [[3.], [4.]]).numpy().tolist()
    [[11.0]]
    """
    left, right = _of_one_dtype(as_tensor(a, "a", "matmul"), as_tensor(b, "b", "matmul"))
    attrs = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return run("BatchMatMul", {"a": left, "b": right}, **attrs)


@gradient("BatchMatMul", wrt="a")
def matmul_da(dy: Tensor, b: Tensor, *, transpose_a: bool, transpose_b: bool) -> Tensor:
    """dy times b transposed; transposed itself where a is."""
    if transpose_a:
        return matmul(b, dy, transpose_b, True)
    return matmul(dy, b, False, not transpose_b)


@gradient("BatchMatMul", wrt="b")
def matmul_db(dy: Tensor, a: Tensor, *, transpose_a: bool, transpose_b: bool) -> Tensor:
    """a transposed times dy; transposed itself where b is."""
    if transpose_b:
        return matmul(dy, a, True, transpose_a)
    return matmul(a, dy, not transpose_a, False)


@op()
def dot(t1: TensorLike, t2: TensorLike) -> Tensor:
    """The product of vectors and matrices: [k] or [m, k] with [k] or [k, n]. As `tf.dot`.

    >>> dot([1., 2.], [[3., 4.], [5., 6.]]).numpy().tolist()
    [13.0, 16.0]
    """
    left, right = as_tensor(t1, "t1", "dot"), as_tensor(t2, "t2", "dot")
    if left.rank not in (1, 2) or right.rank not in (1, 2):
        raise ShapeError(
            f"dot: both must be of rank 1 or 2, got shapes {list(left.shape)} and {list(right.shape)}"
        )
    shape = (*left.shape[:-1], *right.shape[1:])
    rows = left if left.rank == 2 else left.reshape((1, left.size))
    columns = right if right.rank == 2 else right.reshape((right.size, 1))
    return matmul(rows, columns).reshape(shape)


@op()
def outer_product(v1: TensorLike, v2: TensorLike) -> Tensor:
    """The matrix [m, n] of the products of the elements of two vectors. As `tf.outerProduct`.

    >>> outer_product([1., 2.], [3., 4.]).numpy().tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    left, right = as_tensor(v1, "v1", "outer_product"), as_tensor(v2, "v2", "outer_product")
    if left.rank != 1 or right.rank != 1:
        raise ShapeError(
            f"outer_product: both must be vectors, got shapes {list(left.shape)} and {list(right.shape)}"
        )
    return matmul(left.reshape((left.size, 1)), right.reshape((1, right.size)))


def run_fused(kernel: str, inputs: dict[str, Tensor], activation: str, alpha: float, **attrs: Any) -> Tensor:
    """A fused kernel, recorded as its product and its activation, each with its own gradient.

    Where the gradient of the activation needs what went into it, the activation runs by itself while a tape
    records.
    """
    weights = inputs.get("prelu_activation_weights")
    row = ACTIVATIONS.get(activation)
    if row is None or not tapes.get():
        return run(kernel, inputs, activation=activation, leakyrelu_alpha=alpha, **attrs)
    if set(rules_of(row)["x"].saves) <= {"dy", "y"}:
        with nothing_recorded():
            y = run(kernel, inputs, activation=activation, **attrs)
        product = Tensor(y.handle)  # stands for the product, of which only the identity is ever asked
        specs = {name: x.spec for name, x in inputs.items()}
        record(kernel, inputs, [product], check(kernel, specs, attrs).attrs)
        record(row, {"x": product}, [y], {})
        return y
    product = run(kernel, {name: x for name, x in inputs.items() if x is not weights}, **attrs)
    if weights is not None:
        return run(row, {"x": product, "alpha": weights})
    return run(row, {"x": product}, **({"alpha": alpha} if row == "LeakyRelu" else {}))


def fused_inputs(op_name: str, **inputs: TensorLike | None) -> dict[str, Tensor]:
    """The tensors among a fused op's arguments."""
    return {name: as_tensor(x, name, op_name) for name, x in inputs.items() if x is not None}


def check_linear(kernel: str, activation: str | None) -> None:
    """GradientError where an activation was fused: its gradient needs what it was given."""
    if activation is not None:
        raise GradientError(
            f"{kernel}: no gradient through the fused {activation}: run the activation as an op of its own, "
            f"as the ops in gl.fused do while a tape records"
        )


@op(method=False, namespace="fused", name="matmul")
def fused_matmul(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    bias: TensorLike | None = None,
    activation: str = "linear",
    prelu_activation_weights: TensorLike | None = None,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """`matmul`, plus `bias`, through `activation`, in one pass.

    Activations: linear, relu, relu6, elu, sigmoid, leakyrelu, prelu. Bias and prelu weights broadcast to the
    result. float32. As `tf.fused.matMul`.

    >>> fused_matmul([[1., 2.]], [[3.], [4.]], bias=[-20.], activation="relu").numpy().tolist()
    [[0.0]]
    """
    inputs = fused_inputs(
        "fused.matmul", a=a, b=b, bias=bias, prelu_activation_weights=prelu_activation_weights
    )
    attrs = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return run_fused("_FusedMatMul", inputs, activation, leakyrelu_alpha, **attrs)


@gradient("_FusedMatMul", wrt="a")
def fused_matmul_da(
    dy: Tensor, b: Tensor, *, transpose_a: bool, transpose_b: bool, activation: str | None
) -> Tensor:
    """As matmul's."""
    check_linear("_FusedMatMul", activation)
    return matmul_da(dy, b, transpose_a=transpose_a, transpose_b=transpose_b)


@gradient("_FusedMatMul", wrt="b")
def fused_matmul_db(
    dy: Tensor, a: Tensor, *, transpose_a: bool, transpose_b: bool, activation: str | None
) -> Tensor:
    """As matmul's."""
    check_linear("_FusedMatMul", activation)
    return matmul_db(dy, a, transpose_a=transpose_a, transpose_b=transpose_b)


@gradient("_FusedMatMul", wrt="bias")
def fused_matmul_dbias(dy: Tensor, *, activation: str | None) -> Tensor:
    """dy, summed where the bias was repeated."""
    check_linear("_FusedMatMul", activation)
    return dy
