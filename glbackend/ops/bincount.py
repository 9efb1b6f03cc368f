"""Counting numbers: bincount, dense_bincount, and their gradients by the weights."""

from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import zeros
from glbackend.ops.op import op, run


@op(method=False)
def bincount(x: TensorLike, weights: TensorLike, size: int) -> Tensor:
    """How often each of the numbers 0 .. size - 1 stands in `x` (int32, read flat), as a vector.

    With `weights` (float32 or int32, as many as numbers; empty: ones) these are added up instead; the result
    has their dtype. Numbers of `size` and above are left out. A negative one raises ArgumentError on cpu and
    is left out on webgl. As `tf.bincount`.

    >>> bincount([1, 2, 1, 7], [], 4).numpy().tolist()
    [0.0, 2.0, 1.0, 0.0]
    """
    inputs = {
        "x": as_tensor(x, "x", "bincount", "int32"),
        "weights": as_tensor(weights, "weights", "bincount"),
    }
    return run("Bincount", inputs, size=size)


@op(method=False)
def dense_bincount(x: TensorLike, weights: TensorLike, size: int, binary_output: bool = False) -> Tensor:
    """`bincount` for each row: how often each of the numbers 0 .. size - 1 stands in it.

    `x`: int32 of rank 1 or 2.
    `weights`: what is added up in place of ones, in the shape of x; empty for ones.
    `size`: how many numbers are counted; the result is [size] or [rows, size].
    `binary_output`: whether it is 1 where a number occurs at all.

    As `tf.denseBincount`, which ignores `binary_output` for rank 1.

    >>> dense_bincount([[1, 2, 1], [0, 0, 0]], [], 3).numpy().tolist()
    [[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]]
    """
    inputs = {
        "x": as_tensor(x, "x", "dense_bincount", "int32"),
        "weights": as_tensor(weights, "weights", "dense_bincount"),
    }
    return run("DenseBincount", inputs, size=size, binary_output=binary_output)


@gradient("Bincount", wrt="weights")
def bincount_dweights(dy: Tensor, weights_spec: Spec, x: Tensor) -> Tensor:
    """Each weight sees the gradient of its number's sum."""
    if not weights_spec.size:
        return zeros(weights_spec.shape)
    picked = run("GatherV2", {"x": dy, "indices": x}, axis=0, zero_outside=True)
    return picked.reshape(weights_spec.shape)


@gradient("DenseBincount", wrt="weights")
def dense_bincount_dweights(dy: Tensor, weights_spec: Spec, x: Tensor, *, binary_output: bool) -> Tensor:
    """The same, row by row; what is 0 or 1 does not depend on weights."""
    if binary_output or not weights_spec.size:
        return zeros(weights_spec.shape)
    batches = max(x.rank - 1, 0)
    inputs = {"x": dy, "indices": x}
    picked = run("GatherV2", inputs, axis=batches, batch_dims=batches, zero_outside=True)
    return picked.reshape(weights_spec.shape)
