"""Running sums and products along an axis: cumsum, cumprod, and their gradients."""

from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import zeros
from glbackend.ops.op import op, run
from glbackend.ops.pad import pad
from glbackend.ops.slice import slice


@op()
def cumsum(x: TensorLike, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """The sums of all elements of `x` along `axis` up to each, itself included unless `exclusive`.

    `reverse` sums from the end. The shape stays; float32, or int32 for int32 and bool (it wraps). Raises
    ShapeError for an axis that x has not. As `tf.cumsum`.

    >>> cumsum([1., 2., 3.]).numpy().tolist(), cumsum([1., 2., 3.], 0, True, True).numpy().tolist()
    ([1.0, 3.0, 6.0], [5.0, 3.0, 0.0])
    """
    return run("Cumsum", {"x": as_tensor(x, "x", "cumsum")}, axis=axis, exclusive=exclusive, reverse=reverse)


@gradient("Cumsum", wrt="x")
def cumsum_dx(dy: Tensor, *, axis: int, exclusive: bool, reverse: bool) -> Tensor:
    """Each element is in all sums after it."""
    return cumsum(dy, axis, exclusive, not reverse)


@op()
def cumprod(x: TensorLike, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """The products of all elements of `x` along `axis` up to each, itself included unless `exclusive`.

    `reverse` multiplies from the end. The shape stays; float32, or int32 for int32 and bool (it wraps).
    Raises ShapeError for an axis that x has not. As `tf.cumprod`.

    >>> cumprod([1., 2., 3.]).numpy().tolist(), cumprod([2., 3.], exclusive=True).numpy().tolist()
    ([1.0, 2.0, 6.0], [1.0, 2.0])
    """
    return run(
        "Cumprod", {"x": as_tensor(x, "x", "cumprod")}, axis=axis, exclusive=exclusive, reverse=reverse
    )


def _later(x: Tensor, axis: int, steps: int, reverse: bool) -> Tensor:
    """What stands `steps` places further along the scan, for each place; zeros beyond its end."""
    begin, size, border = [0] * x.rank, list(x.shape), [[0, 0] for _ in x.shape]
    size[axis] -= steps
    if reverse:
        border[axis][0] = steps
    else:
        begin[axis], border[axis][1] = steps, steps
    return pad(slice(x, begin, size), border)


@gradient("Cumprod", wrt="x")
def cumprod_dx(dy: Tensor, x: Tensor, x_spec: Spec, *, axis: int, exclusive: bool, reverse: bool) -> Tensor:
    """The product before each element, times t, where t = b + a * (t one place later), without a division.

    a is the element one place later, b the gradient (one place later too, if exclusive). The recurrence is
    unrolled by doubling: log2(n) rounds of ordinary operations, right where x holds zeros, in any order.
    """
    n = x_spec.shape[axis]
    if not x_spec.size:
        return zeros(x_spec.shape)
    before = cumprod(x, axis, True, reverse)
    if n == 1:
        return zeros(x_spec.shape) if exclusive else before * dy
    a = _later(x, axis, 1, reverse)
    b = _later(dy, axis, 1, reverse) if exclusive else dy
    steps = 1
    while steps < n:
        b = b + a * _later(b, axis, steps, reverse)
        steps *= 2
        if steps < n:
            a = a * _later(a, axis, steps // 2, reverse)
    return before * b
