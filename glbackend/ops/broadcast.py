"""Shapes as data, and shapes that must be right."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op(method=False)
def broadcast_args(s0: TensorLike, s1: TensorLike) -> Tensor:
    """The shape that the shapes `s0` and `s1` broadcast to, all three int32 vectors. As `tf.broadcastArgs`.

    Raises ShapeError for other ranks, and where the shapes do not broadcast (on webgl only if the host still
    holds both).

    >>> broadcast_args([2, 1, 3], [4, 1]).numpy().tolist()
    [2, 4, 3]
    """
    inputs = {
        "s0": as_tensor(s0, "s0", "broadcast_args", "int32"),
        "s1": as_tensor(s1, "s1", "broadcast_args", "int32"),
    }
    return run("BroadcastArgs", inputs)


@op(method=False)
def ensure_shape(x: TensorLike, shape: Sequence[int | None]) -> Tensor:
    """`x` itself where it has the `shape`, in which None or -1 stands for any size. As `tf.ensureShape`.

    ShapeError where it has not.

    >>> ensure_shape([1., 2.], [None]).shape
    (2,)
    """
    tensor = as_tensor(x, "x", "ensure_shape")
    fits = len(shape) == tensor.rank and all(
        want in (None, -1, dim) for want, dim in zip(shape, tensor.shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"ensure_shape: shape {list(tensor.shape)} is not compatible with expected shape {list(shape)}"
        )
    return tensor
