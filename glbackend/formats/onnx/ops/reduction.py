"""Reductions, running sums, positions of extremes, sorting."""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.ops import argument, scan, softmax, sort

Reduce = Callable[[Tensor, tuple[int, ...], bool], Tensor]
REDUCTIONS: dict[str, tuple[Reduce, int]] = {  # and from which version axes are an input
    "ReduceL1": (lambda x, axes, keep: x.abs().sum(axes, keep), 18),
    "ReduceL2": (lambda x, axes, keep: x.square().sum(axes, keep).sqrt(), 18),
    "ReduceLogSum": (lambda x, axes, keep: x.sum(axes, keep).log(), 18),
    "ReduceLogSumExp": (lambda x, axes, keep: softmax.logsumexp(x, axes, keep), 18),
    "ReduceMax": (lambda x, axes, keep: x.max(axes, keep), 18),
    "ReduceMean": (lambda x, axes, keep: x.mean(axes, keep), 18),
    "ReduceMin": (lambda x, axes, keep: x.min(axes, keep), 18),
    "ReduceProd": (lambda x, axes, keep: x.prod(axes, keep), 18),
    "ReduceSum": (lambda x, axes, keep: x.sum(axes, keep), 13),
    "ReduceSumSquare": (lambda x, axes, keep: x.square().sum(axes, keep), 18),
}


def _declare(name: str, reduce: Reduce, since: int) -> None:
    """A reduction whose axes are an attribute, and from a version on an input."""

    @onnx_op(name)
    def by_attribute(x: Tensor, *, axes: Sequence[int] | None = None, keepdims: int = 1) -> Tensor:
        return by_input(x, list(axes) if axes else None, keepdims=keepdims)

    @onnx_op(name, since=since)
    def by_input(
        x: Tensor, axes: list[int] | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
    ) -> Tensor:
        # no axes at all: the elements stay apart, but what is done to each is done
        over = tuple(axes) if axes else () if noop_with_empty_axes else tuple(range(x.rank))
        y: Tensor = _over(reduce, x, over, bool(keepdims))
        return y.cast(x.dtype) if x.dtype != y.dtype else y


def _over(reduce: Reduce, x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    if axes or not x.rank:
        return reduce(x, axes, keep) if x.rank else reduce(x.reshape((1,)), (0,), False)
    apart = x.reshape((*x.shape, 1))
    return reduce(apart, (x.rank,), False)


for _name, (_reduce, _since) in REDUCTIONS.items():
    _declare(_name, _reduce, _since)


def _position(kind: Callable[[Tensor, int], Tensor], x: Tensor, axis: int, keep: int, last: int) -> Tensor:
    place = kind(x.reverse(axis), axis).neg() + (x.shape[axis] - 1) if last else kind(x, axis)
    return place.expand_dims(axis % x.rank) if keep else place


@onnx_op("ArgMax")
def argmax(x: Tensor, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Tensor:
    """Where the largest lies, the first of equals or the last."""
    return _position(argument.argmax, x, axis, keepdims, select_last_index)


@onnx_op("ArgMin")
def argmin(x: Tensor, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Tensor:
    """Where the smallest lies, the first of equals or the last."""
    return _position(argument.argmin, x, axis, keepdims, select_last_index)


@onnx_op("CumSum")
def cumsum(x: Tensor, axis: int, *, exclusive: int = 0, reverse: int = 0) -> Tensor:
    """Running sums."""
    return scan.cumsum(x, axis, bool(exclusive), bool(reverse))


@onnx_op("CumProd")
def cumprod(x: Tensor, axis: int, *, exclusive: int = 0, reverse: int = 0) -> Tensor:
    """Running products."""
    return scan.cumprod(x, axis, bool(exclusive), bool(reverse))


@onnx_op("TopK")
def topk_by_attribute(x: Tensor, *, axis: int = -1, k: int) -> Any:
    """The `k` largest along an axis."""
    return topk(x, k, axis=axis)


@onnx_op("TopK", since=10)
def topk(x: Tensor, k: int, *, axis: int = -1, largest: int = 1, sorted: int = 1) -> Any:
    """The `k` largest or smallest along an axis, in order, and where they lie; the first of equals first."""
    at = axis % x.rank
    order = [*(i for i in range(x.rank) if i != at), at]
    rows = x.transpose(order)
    found = sort.topk(rows if largest else _turned(rows), k)
    back = sorted_inverse(order)
    values = found.values if largest else _turned(found.values)
    return values.transpose(back), found.indices.transpose(back)


def _turned(x: Tensor) -> Tensor:
    """Largest for smallest, without overflow."""
    return -1 - x if x.dtype == "int32" else x.neg()


def sorted_inverse(order: Sequence[int]) -> list[int]:
    """The order that undoes another."""
    return [list(order).index(i) for i in range(len(order))]


def along_last(x: Tensor, axis: int, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """What `compute` gives along its last axis, along another."""
    at = axis % max(x.rank, 1)
    if at == x.rank - 1:
        return compute(x)
    order = [*(i for i in range(x.rank) if i != at), at]
    return compute(x.transpose(order)).transpose(sorted_inverse(order))


def _over_flat(x: Tensor, axis: int, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """What old versions do: all dims from the axis on count as one."""
    at = axis % max(x.rank, 1)
    rows = 1
    for dim in x.shape[:at]:
        rows *= dim
    return compute(x.reshape((rows, x.size // rows if rows else 0))).reshape(x.shape)


def _hardest(x: Tensor) -> Tensor:
    return argument.argmax(x, x.rank - 1).one_hot(x.shape[-1], dtype="float32")


for _name, _compute in (
    ("Softmax", softmax.softmax), ("LogSoftmax", softmax.log_softmax), ("Hardmax", _hardest),
):  # fmt: skip

    def _by_version(compute: Callable[[Tensor], Tensor], name: str) -> None:
        @onnx_op(name)
        def flat(x: Tensor, *, axis: int = 1) -> Tensor:
            return _over_flat(x, axis, compute)

        @onnx_op(name, since=13)
        def along(x: Tensor, *, axis: int = -1) -> Tensor:
            return along_last(x, axis, compute)

    _by_version(_compute, _name)
