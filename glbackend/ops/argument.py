"""Positions of extremes."""

from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import zeros
from glbackend.ops.op import op, run


@op()
def argmax(x: TensorLike, axis: int = 0) -> Tensor:
    """The position of the largest element of `x` along `axis`, the first of equal ones, in int32.

    The result lacks that axis. A NaN counts only at position 0, which it then wins. Raises ShapeError for an
    empty axis. As `tf.argMax`.

    >>> argmax([[1., 5.], [3., 4.]], axis=1).numpy().tolist()
    [1, 1]
    """
    return run("ArgMax", {"x": as_tensor(x, "x", "argmax")}, axis=axis)


@op()
def argmin(x: TensorLike, axis: int = 0) -> Tensor:
    """The position of the smallest element of `x` along `axis`, the first of equal ones, in int32.

    The result lacks that axis. A NaN counts only at position 0, which it then wins. Raises ShapeError for an
    empty axis. As `tf.argMin`.

    >>> argmin([[1., 5.], [3., 2.]], axis=1).numpy().tolist()
    [0, 1]
    """
    return run("ArgMin", {"x": as_tensor(x, "x", "argmin")}, axis=axis)


@gradient("ArgMax", wrt="x")
@gradient("ArgMin", wrt="x")
def position_dx(x_spec: Spec) -> Tensor:
    """A position does not move with x."""
    return zeros(x_spec.shape)
