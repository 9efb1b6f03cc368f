"""Ops that put a border around a tensor: pad, mirror_pad."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.slicing import check_pairs
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run

Pairs = Sequence[Sequence[int]]


@op()
def pad(x: TensorLike, paddings: Pairs, constant_value: float | bool = 0) -> Tensor:
    """`x` with a border of `constant_value`: `paddings` holds a pair [before, after] for each axis.

    Negative numbers crop. Any numeric dtype, rank 1 at least. Raises ShapeError where `paddings` does not fit
    or crops more than there is. As `tf.pad`.

    >>> pad([1., 2.], [[1, 2]]).numpy().tolist(), pad([1., 2., 3.], [[-1, 1]]).numpy().tolist()
    ([0.0, 1.0, 2.0, 0.0, 0.0], [2.0, 3.0, 0.0])
    """
    tensor = as_tensor(x, "x", "pad")
    pairs = tuple(map(tuple, paddings))
    if any(number < 0 for pair in pairs for number in pair):
        tensor = _cropped(tensor, check_pairs(paddings, tensor.rank, "pad", "paddings", negative=True))
        pairs = tuple([tuple([max(number, 0) for number in pair]) for pair in pairs])
    return run("PadV2", {"x": tensor}, paddings=pairs, constant_value=constant_value)


def _cropped(x: Tensor, pairs: Pairs) -> Tensor:
    """x without what negative paddings take away."""
    sizes = [n + min(a, 0) + min(b, 0) for n, (a, b) in zip(x.shape, pairs, strict=True)]
    if min(sizes) < 0:
        raise ShapeError(
            f"pad: paddings {[list(pair) for pair in pairs]} crop more than there is of shape {list(x.shape)}"
        )
    return x.slice([max(-before, 0) for before, _ in pairs], sizes)


@gradient("PadV2", wrt="x")
def pad_dx(dy: Tensor, x_spec: Spec, *, paddings: tuple[tuple[int, int], ...]) -> Tensor:
    """What lies within the border."""
    return dy.slice([before for before, _ in paddings], x_spec.shape)


@op()
def mirror_pad(x: TensorLike, paddings: Pairs, mode: str) -> Tensor:
    """`x` with a border that mirrors its inside. As `tf.mirrorPad`.

    `paddings` holds a pair [before, after] for each axis. `mode` is "symmetric", which mirrors the outermost
    element too (pairs up to the size), or "reflect", which does not (up to one less). Any dtype, rank 1 at
    least. Raises ShapeError where they do not fit.

    >>> mirror_pad([1., 2., 3.], [[2, 1]], "reflect").numpy().tolist()
    [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]
    """
    tensor = as_tensor(x, "x", "mirror_pad")
    return run("MirrorPad", {"x": tensor}, paddings=tuple(map(tuple, paddings)), mode=mode)


@gradient("MirrorPad", wrt="x")
def mirror_pad_dx(dy: Tensor, x_spec: Spec, *, paddings: tuple[tuple[int, int], ...], mode: str) -> Tensor:
    """The border folded back onto the elements that it mirrors, axis by axis."""
    skip = int(mode == "reflect")
    for axis, (before, after) in enumerate(paddings):
        n = x_spec.shape[axis]
        total = _window(dy, axis, before, n)
        for start, count, at in ((0, before, skip), (before + n, after, n - after - skip)):
            if count:
                folded = _window(dy, axis, start, count).reverse(axis)
                total = total + pad(folded, _only(dy.rank, axis, (at, n - at - count)))
        dy = total
    return dy


def _window(x: Tensor, axis: int, start: int, count: int) -> Tensor:
    begin = [start if i == axis else 0 for i in range(x.rank)]
    return x.slice(begin, [count if i == axis else -1 for i in range(x.rank)])


def _only(rank: int, axis: int, pair: tuple[int, int]) -> Pairs:
    return [pair if i == axis else (0, 0) for i in range(rank)]


@op(method=False)
def pad1d(x: TensorLike, paddings: Sequence[int], constant_value: float | bool = 0) -> Tensor:
    """`pad` of a vector `x` by one pair `paddings`, [before, after], of `constant_value`. As `tf.pad1d`.

    >>> pad1d([1.], [1, 0], 9).numpy().tolist()
    [9.0, 1.0]
    """
    return pad(x, [paddings], constant_value)


@op(method=False)
def pad2d(x: TensorLike, paddings: Pairs, constant_value: float | bool = 0) -> Tensor:
    """`pad` of a matrix `x` by two pairs `paddings` of `constant_value`. As `tf.pad2d`.

    >>> pad2d([[1.]], [[0, 0], [1, 0]]).numpy().tolist()
    [[0.0, 1.0]]
    """
    return pad(x, paddings, constant_value)


@op(method=False)
def pad3d(x: TensorLike, paddings: Pairs, constant_value: float | bool = 0) -> Tensor:
    """`pad` of `x`, of rank 3, by three pairs `paddings` of `constant_value`. As `tf.pad3d`.

    >>> pad3d([[[1.]]], [[0, 0], [0, 0], [0, 1]]).numpy().tolist()
    [[[1.0, 0.0]]]
    """
    return pad(x, paddings, constant_value)


@op(method=False)
def pad4d(x: TensorLike, paddings: Pairs, constant_value: float | bool = 0) -> Tensor:
    """`pad` of `x`, of rank 4, by four pairs `paddings` of `constant_value`. As `tf.pad4d`.

    >>> pad4d([[[[1.]]]], [[0, 0], [0, 0], [0, 0], [0, 1]]).numpy().tolist()
    [[[[1.0, 0.0]]]]
    """
    return pad(x, paddings, constant_value)
