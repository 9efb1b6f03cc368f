"""Matrix products: matmul, its fused form, dot, outer product; with their gradients."""

import functools
from collections.abc import Callable

from glbackend.base.dtypes import upcast
from glbackend.base.errors import ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient, rules_of
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


def _of_one_dtype(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the dtype where they meet; bool counts as int32."""
    meeting = upcast(a.dtype, b.dtype)
    dtype = "int32" if meeting == "bool" else meeting
    return (a if a.dtype == dtype else a.cast(dtype)), (b if b.dtype == dtype else b.cast(dtype))


@op()
def matmul(a: TensorLike, b: TensorLike, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The product of matrices, [..., m, n]. As `tf.matMul`.

    `a`: [..., m, k], stored as [..., k, m] with `transpose_a`.
    `b`: [..., k, n], stored as [..., n, k] with `transpose_b`; leading dims broadcast.

    float32 is summed in blocks, int32 is exact and wraps. Raises ShapeError where ranks are below 2 or inner
    dims differ.

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
    """The product of vectors and matrices: `t1` [k] or [m, k] with `t2` [k] or [k, n]. As `tf.dot`.

    Raises ShapeError for other ranks, and where the lengths differ.

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

    `v1` is [m], `v2` is [n]; ShapeError for other ranks.

    >>> outer_product([1., 2.], [3., 4.]).numpy().tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    left, right = as_tensor(v1, "v1", "outer_product"), as_tensor(v2, "v2", "outer_product")
    if left.rank != 1 or right.rank != 1:
        raise ShapeError(
            f"outer_product: both must be vectors, got shapes {list(left.shape)} and {list(right.shape)}"
        )
    return matmul(left.reshape((left.size, 1)), right.reshape((1, right.size)))


def fused_inputs(op_name: str, **inputs: TensorLike | None) -> dict[str, Tensor]:
    """The tensors among a fused op's arguments."""
    return {name: as_tensor(x, name, op_name) for name, x in inputs.items() if x is not None}


def epilogue_gradients(
    dy: Tensor,
    y: Tensor,
    weights: Tensor | None,
    activation: str | None,
    alpha: float,
    product: Callable[[], Tensor],
) -> tuple[Tensor, dict[str, Callable[[], Tensor]]]:
    """Gradients through what is fused to a product: of what went into the activation, and of its operands.

    They come from the result `y` where that says enough; else `product` computes again what went into the
    activation. Through relu6 nothing passes where y is 6, as TensorFlow's Relu6Grad has it.
    """
    product = functools.cache(product)
    operands: dict[str, Callable[[], Tensor]] = {}
    if activation is None:
        dz = dy
    elif activation == "Relu6":
        # differs from TF.js: a fused kernel with relu6, elu, sigmoid, leakyrelu or prelu has a gradient, too
        dz = dy.where((y > 0.0).logical_and(y < 6.0), 0.0)
    elif activation == "LeakyRelu":
        dz = dy * (y if alpha >= 0 else product()).step(alpha)
    elif weights is not None:
        rules = rules_of(activation)
        dz = rules["x"].function(dy, product(), weights)
        operands["prelu_activation_weights"] = lambda: rules["alpha"].function(dy, product())
    else:
        dz = rules_of(activation)["x"].function(dy, y)
    operands["bias"] = lambda: dz
    return dz, operands


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
    """`matmul`, plus `bias`, through `activation`, in one pass; float32. As `tf.fused.matMul`.

    `a`, `b`, `transpose_a`, `transpose_b`: as in `matmul`.
    `bias`: what broadcasts to the result. None adds nothing.
    `activation`: "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu" or "prelu".
    `prelu_activation_weights`: the slopes of "prelu", which broadcast to the result.
    `leakyrelu_alpha`: the slope of "leakyrelu".

    >>> fused_matmul([[1., 2.]], [[3.], [4.]], bias=[-20.], activation="relu").numpy().tolist()
    [[0.0]]
    """
    inputs = fused_inputs(
        "fused.matmul", a=a, b=b, bias=bias, prelu_activation_weights=prelu_activation_weights
    )
    attrs = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return run("_FusedMatMul", inputs, activation=activation, leakyrelu_alpha=leakyrelu_alpha, **attrs)


@gradient("_FusedMatMul")
def fused_matmul_gradients(
    dy: Tensor,
    y: Tensor,
    a: Tensor,
    b: Tensor,
    bias: Tensor | None,
    prelu_activation_weights: Tensor | None,
    *,
    transpose_a: bool,
    transpose_b: bool,
    activation: str | None,
    alpha: float,
) -> dict[str, Callable[[], Tensor]]:
    """As matmul's, from the gradient of what goes into the activation."""
    attrs = {"transpose_a": transpose_a, "transpose_b": transpose_b}

    def product() -> Tensor:
        return run("_FusedMatMul", {"a": a, "b": b, "bias": bias}, **attrs)

    dz, operands = epilogue_gradients(dy, y, prelu_activation_weights, activation, alpha, product)
    return {"a": lambda: matmul_da(dz, b, **attrs), "b": lambda: matmul_db(dz, a, **attrs), **operands}
