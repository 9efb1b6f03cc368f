"""Keras's `ops` that split, join, turn and name the elements of arrays, where TF.js has none. In `gl.ops`."""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import prod

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import broadcast_shapes, check_shape, normalize_axis
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import concat as joining
from glbackend.ops import logical
from glbackend.ops.create import range_, zeros
from glbackend.ops.further.elementwise import in_kind, same_dtype, tensor_of
from glbackend.ops.further.pairs import multiply
from glbackend.ops.keras import split
from glbackend.ops.keras_arrays import argsort, flip
from glbackend.ops.keras_matrices import diag

Sections = int | Sequence[int]


@checked
def append(x1: TensorLike, x2: TensorLike, axis: int | None = None) -> Tensor:
    """`x2` behind `x1` along `axis`; None: both as one row. As `keras.ops.append`.

    >>> append([1., 2.], [[3.]]).numpy().tolist()
    [1.0, 2.0, 3.0]
    """
    a, b = same_dtype(x1, x2)
    return joining.concat([a.flatten(), b.flatten()], 0) if axis is None else joining.concat([a, b], axis)


@checked
def array_split(x: TensorLike, indices_or_sections: Sections, axis: int = 0) -> list[Tensor]:
    """The parts of `x` along `axis`, the first ones longer by 1 where it does not come out even.

    `indices_or_sections`: how many parts, or the positions before which a new part begins.

    As `keras.ops.array_split`.

    >>> [one.numpy().tolist() for one in array_split([1., 2., 3.], 2)]
    [[1.0, 2.0], [3.0]]
    """
    given = tensor_of(x)
    size = given.shape[normalize_axis(axis, given.rank, "array_split")]
    if not isinstance(indices_or_sections, int):
        ends = [slice(*one).indices(size)[:2] for one in pairwise([0, *indices_or_sections, size])]
        sizes = [max(end - start, 0) for start, end in ends]
        return joining.split(given, sizes, axis)
    if indices_or_sections < 1:
        raise ArgumentError(f"array_split: needs 1 part at least, got {indices_or_sections}")
    least, longer = divmod(size, indices_or_sections)
    return joining.split(given, [least + (i < longer) for i in range(indices_or_sections)], axis)


def _split_along(axis: int, least: int, op: str, x: TensorLike, parts: Sections) -> list[Tensor]:
    given = tensor_of(x)
    if given.rank < least:
        raise ShapeError(f"{op}: needs {least} axes at least, got shape {list(given.shape)}")
    return split(given, parts, axis)


@checked
def hsplit(x: TensorLike, indices_or_sections: Sections) -> list[Tensor]:
    """`split` along axis 1; of vectors along their only axis. As `keras.ops.hsplit`.

    `x`, `indices_or_sections`: as of `split`.

    >>> [one.numpy().tolist() for one in hsplit([[1., 2.]], 2)]
    [[[1.0]], [[2.0]]]
    """
    return _split_along(0 if tensor_of(x).rank == 1 else 1, 1, "hsplit", x, indices_or_sections)


@checked
def vsplit(x: TensorLike, indices_or_sections: Sections) -> list[Tensor]:
    """`split` along axis 0, of two axes at least. As `keras.ops.vsplit`.

    `x`, `indices_or_sections`: as of `split`.

    >>> [one.numpy().tolist() for one in vsplit([[1., 2.], [3., 4.]], 2)]
    [[[1.0, 2.0]], [[3.0, 4.0]]]
    """
    return _split_along(0, 2, "vsplit", x, indices_or_sections)


@checked
def dsplit(x: TensorLike, indices_or_sections: Sections) -> list[Tensor]:
    """`split` along axis 2, of three axes at least. As `keras.ops.dsplit`.

    `x`, `indices_or_sections`: as of `split`.

    >>> [one.numpy().tolist() for one in dsplit([[[1., 2.]]], 2)]
    [[[[1.0]]], [[[2.0]]]]
    """
    return _split_along(2, 3, "dsplit", x, indices_or_sections)


@checked
def dstack(xs: Sequence[TensorLike]) -> Tensor:
    """The tensors of `xs` behind one another, along axis 2. As `keras.ops.dstack`.

    >>> dstack([[1., 2.], [3., 4.]]).numpy().tolist()
    [[[1.0, 3.0], [2.0, 4.0]]]
    """
    given = [tensor_of(one) for one in xs]
    grown = [
        one.reshape((1, -1, 1)) if one.rank < 2 else one.expand_dims(-1) if one.rank == 2 else one
        for one in given
    ]
    return joining.concat(grown, 2)


@checked
def fliplr(x: TensorLike) -> Tensor:
    """`x` backwards along axis 1. As `keras.ops.fliplr`.

    >>> fliplr([[1., 2.]]).numpy().tolist()
    [[2.0, 1.0]]
    """
    return flip(tensor_of(x), 1)


@checked
def flipud(x: TensorLike) -> Tensor:
    """`x` backwards along axis 0. As `keras.ops.flipud`.

    >>> flipud([[1.], [2.]]).numpy().tolist()
    [[2.0], [1.0]]
    """
    return flip(tensor_of(x), 0)


@checked
def rot90(array: TensorLike, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """`array` turned by `k` quarters from the first of `axes` towards the second. As `keras.ops.rot90`.

    >>> rot90([[1., 2.], [3., 4.]]).numpy().tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    given = tensor_of(array)
    first, second = (normalize_axis(one, given.rank, "rot90", "axes") for one in axes)
    if given.rank < 2 or first == second:
        raise ArgumentError(f"rot90: needs two different axes, got {list(axes)} of shape {list(given.shape)}")
    order = list(range(given.rank))
    order[first], order[second] = second, first
    if k % 4 == 0:
        return given
    if k % 4 == 2:
        return flip(given, [first, second])
    return flip(given, second).transpose(order) if k % 4 == 1 else flip(given.transpose(order), second)


@checked
def diagflat(x: TensorLike, k: int = 0) -> Tensor:
    """The matrix with all of `x` on its `k`-th diagonal. As `keras.ops.diagflat`.

    >>> diagflat([[1., 2.]]).numpy().tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    return diag(tensor_of(x).flatten(), k)


@checked
def tri(N: int, M: int | None = None, k: int = 0, dtype: DType = "float32") -> Tensor:
    """1 on and below a diagonal, else 0. As `keras.ops.tri`.

    `N`, `M`: rows and columns, as many as rows by default.
    `k`: which diagonal, 0 the main one, 1 the next one to the right.
    `dtype`: of the result.

    >>> tri(2, 3).numpy().tolist()
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]
    """
    rows, columns = check_shape((N, N if M is None else M), "tri")
    below = range_(0, rows, dtype="int32").expand_dims(1) + k
    return below.greater_equal(range_(0, columns, dtype="int32")).cast(dtype)


@checked
def vander(x: TensorLike, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each of the vector `x`, a row each. As `keras.ops.vander`.

    `N`: how many, by default as many as x has elements.
    `increasing`: whether they begin with the power 0, not end with it.

    >>> vander([2., 3.], 3).numpy().tolist()
    [[4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    given = tensor_of(x)
    if given.rank != 1:
        raise ShapeError(f"vander: x must be a vector, got shape {list(given.shape)}")
    columns, power = [], given.ones_like()
    for _ in range(given.shape[0] if N is None else N):
        columns.append(power)
        power = power * given
    if not columns:
        return zeros((given.shape[0], 0), given.dtype)
    return in_kind(joining.stack(columns if increasing else columns[::-1], 1), given)


@checked
def kron(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Each element of `x1` times the whole of `x2`, in its place. As `keras.ops.kron`.

    >>> kron([1., 10.], [1., 2.]).numpy().tolist()
    [1.0, 2.0, 10.0, 20.0]
    """
    a, b = same_dtype(x1, x2)
    rank = max(a.rank, b.rank)
    one, two = ([1] * (rank - x.rank) + list(x.shape) for x in (a, b))
    outer = multiply(
        a.reshape([n for size in one for n in (size, 1)]), b.reshape([n for size in two for n in (1, size)])
    )
    return outer.reshape([m * n for m, n in zip(one, two, strict=True)])


@checked
def select(
    condlist: Sequence[TensorLike], choicelist: Sequence[TensorLike], default: TensorLike = 0
) -> Tensor:
    """From each place's first condition that holds, the choice. As `keras.ops.select`.

    `condlist`: the conditions, bool.
    `choicelist`: what is taken where they hold, one of each.
    `default`: what is taken where none does.

    >>> select([[True, False], [True, True]], [[1., 2.], [3., 4.]]).numpy().tolist()
    [1.0, 4.0]
    """
    if not condlist or len(condlist) != len(choicelist):
        raise ArgumentError(
            f"select: needs as many choices as conditions, got {len(condlist)} and {len(choicelist)}"
        )
    found = default if isinstance(default, int | float) else tensor_of(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        a, b = same_dtype(choice, found)
        found = logical.where(tensor_of(condition).cast("bool"), a, b)
    return tensor_of(found)


@checked
def unravel_index(indices: TensorLike, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """The places along each axis of the elements with the numbers `indices` in an array of `shape`.

    A negative number counts from the end. As `keras.ops.unravel_index`.

    >>> [one.numpy().tolist() for one in unravel_index([1, 5], (2, 3))]
    [[0, 1], [1, 2]]
    """
    rest = tensor_of(indices).cast("int32")
    rest = logical.where(rest < 0, rest + prod(shape), rest)
    found = []
    for size in reversed(shape):
        found.append(rest.mod(size))
        rest = rest.floor_div(size)
    return tuple(found[::-1])


@checked
def argpartition(x: TensorLike, kth: int, axis: int | None = -1) -> Tensor:
    """Positions, int32, that put what is smaller than the `kth` in front of it, the rest behind.

    `axis`: along which; None: of all of `x` in one row.

    In which order they stand is open: here all are in order. As `keras.ops.argpartition`.

    >>> argpartition([3., 1., 2.], 1).numpy().tolist()
    [1, 2, 0]
    """
    given = tensor_of(x)
    size = given.size if axis is None else given.shape[normalize_axis(axis, given.rank, "argpartition")]
    if not -size <= kth < size:
        raise ArgumentError(f"argpartition: kth must lie in [{-size}, {size}), got {kth}")
    return argsort(given, axis)


@checked
def rearrange(tensor: TensorLike, pattern: str, **axes_lengths: int) -> Tensor:
    """The axes of a tensor in another order, taken apart or together. As `keras.ops.rearrange`.

    `tensor`: what is rearranged.
    `pattern`: names of its axes, "->", and those of the result; names in brackets share an axis.
    `axes_lengths`: sizes of those that share one; of one of them it follows from the others.

    >>> rearrange([[1., 2.], [3., 4.]], "a (b c) -> (b a) c", c=1).numpy().tolist()
    [[1.0], [3.0], [2.0], [4.0]]
    """
    given = tensor_of(tensor)
    halves = [re.findall(r"\([^()]*\)|\w+", side) for side in pattern.split("->")]
    sides = [[re.findall(r"\w+", one) for one in half] for half in halves]
    names = [re.findall(r"\w+", side) for side in pattern.split("->")]
    if len(sides) != 2 or sorted(names[0]) != sorted(names[-1]) or len(set(names[0])) != len(names[0]):
        raise ArgumentError(f"rearrange: both sides of {pattern!r} must name the same axes, each once")
    if len(sides[0]) != given.rank:
        raise ShapeError(f"rearrange: {pattern!r} has {len(sides[0])} axes, got shape {list(given.shape)}")
    sizes = dict(axes_lengths)
    for group, size in zip(sides[0], given.shape, strict=True):
        unknown = [one for one in group if one not in sizes]
        known = prod(sizes[one] for one in group if one in sizes)
        if len(unknown) > 1 or known < 1 or (size % known if unknown else size != known):
            raise ShapeError(f"rearrange: {' '.join(group)} of {pattern!r} do not fit an axis of {size}")
        sizes |= dict.fromkeys(unknown, size // known)
    apart = given.reshape([sizes[one] for one in names[0]])
    turned = apart.transpose([names[0].index(one) for one in names[1]])
    return turned.reshape([prod(sizes[one] for one in group) for group in sides[1]])


@checked
def vdot(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The sum of products of all elements of `x1` and `x2`. As `keras.ops.vdot`.

    >>> vdot([[1., 2.]], [3., 4.]).item()
    11.0
    """
    a, b = same_dtype(x1, x2)
    if a.size != b.size:
        raise ShapeError(f"vdot: x1 and x2 must have equally many elements, got {a.size} and {b.size}")
    return in_kind((a.flatten() * b.flatten()).sum(), a)


@checked
def cross(
    x1: TensorLike, x2: TensorLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """The cross products of vectors in `x1` and `x2`, of 2 or 3 elements. As `keras.ops.cross`.

    `axisa`, `axisb`: the axes of the vectors in x1 and x2.
    `axisc`: that of the result; two vectors of 2 elements give a number without one.
    `axis`: stands for all three.

    >>> cross([1., 0., 0.], [0., 1., 0.]).numpy().tolist()
    [0.0, 0.0, 1.0]
    """
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = same_dtype(x1, x2)
    parts = [joining.unstack(one, place) for one, place in ((a, axisa), (b, axisb))]
    if not all(len(one) in (2, 3) for one in parts):
        raise ShapeError(f"cross: vectors must have 2 or 3 elements, got {len(parts[0])} and {len(parts[1])}")
    (ax, ay, *az), (bx, by, *bz) = parts
    last = ax * by - ay * bx
    if not az and not bz:
        return last
    za, zb = (one[0] if one else zeros((), a.dtype) for one in (az, bz))
    found = [ay * zb - za * by, za * bx - ax * zb, last]
    shape = broadcast_shapes(found[0].shape, found[1].shape, "cross")
    return joining.stack([one.broadcast_to(shape) for one in found], axisc)
