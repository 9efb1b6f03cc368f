"""Keras's `ops` of bits, of complex numbers and of dtypes that TF.js has not. In `gl.ops`."""

import math
from collections.abc import Sequence

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import broadcast_shapes
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import arithmetic, complex, create, logical
from glbackend.ops.further.elementwise import floats, imag, real, same_dtype, tensor_of
from glbackend.ops.index import gather

BITS = 32
EUCLID_STEPS = 46  # two neighbouring Fibonacci numbers below 2**31 take the most
RANGES = {
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 32,
    "uint8": 8,
    "uint16": 16,
    "uint32": 31,
    "uint64": 31,
}
LARGEST_IN_FLOAT = 2147483520  # what float32 has next below 2**31


def _whole(op: str, x: TensorLike, y: TensorLike) -> tuple[Tensor, Tensor]:
    a, b = same_dtype(x, y)
    if a.dtype not in ("int32", "bool"):
        raise DtypeError(f"{op}: takes whole numbers or truths, got {a.dtype}")
    shape = broadcast_shapes(a.shape, b.shape, op)
    return a.broadcast_to(shape), b.broadcast_to(shape)


@checked
def bitwise_and(x: TensorLike, y: TensorLike) -> Tensor:
    """The bits that `x` and `y` share; of truths, both. As `keras.ops.bitwise_and`.

    >>> bitwise_and([6], [3]).numpy().tolist()
    [2]
    """
    a, b = _whole("bitwise_and", x, y)
    return a.logical_and(b) if a.dtype == "bool" else arithmetic.bitwise_and(a, b)


@checked
def bitwise_or(x: TensorLike, y: TensorLike) -> Tensor:
    """The bits that `x` or `y` has; of truths, either. As `keras.ops.bitwise_or`.

    >>> bitwise_or([6], [3]).numpy().tolist()
    [7]
    """
    a, b = _whole("bitwise_or", x, y)
    return a.logical_or(b) if a.dtype == "bool" else a - arithmetic.bitwise_and(a, b) + b


@checked
def bitwise_xor(x: TensorLike, y: TensorLike) -> Tensor:
    """The bits that one of `x` and `y` has and the other has not. As `keras.ops.bitwise_xor`.

    >>> bitwise_xor([6], [3]).numpy().tolist()
    [5]
    """
    a, b = _whole("bitwise_xor", x, y)
    if a.dtype == "bool":
        return a.logical_xor(b)
    both = arithmetic.bitwise_and(a, b)
    return (a - both) + (b - both)


@checked
def bitwise_not(x: TensorLike) -> Tensor:
    """All bits of `x` turned; of truths, the other one. As `keras.ops.bitwise_not`.

    >>> bitwise_not([6, -1]).numpy().tolist()
    [-7, 0]
    """
    given, _ = _whole("bitwise_not", x, x)
    return given.logical_not() if given.dtype == "bool" else -1 - given


def _powers(y: Tensor) -> Tensor:
    """2**y in whole numbers of 32 bits, 0 from 32 on."""
    table = create.tensor(np.array([1 << i for i in range(BITS)] + [0], np.int64).astype(np.int32))
    inside = y.greater_equal(0).logical_and(y.less(BITS))
    return gather(table, logical.where(inside, y, BITS))


@checked
def bitwise_left_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """`x` times 2 ** `y`, bits beyond the 32nd dropped. As `keras.ops.bitwise_left_shift`.

    >>> bitwise_left_shift([3], [2]).numpy().tolist()
    [12]
    """
    a, b = _whole("bitwise_left_shift", x, y)
    return a.cast("int32") * _powers(b.cast("int32"))


@checked
def bitwise_right_shift(x: TensorLike, y: TensorLike) -> Tensor:
    """`x` divided by 2 ** `y`, rounded down. As `keras.ops.bitwise_right_shift`.

    >>> bitwise_right_shift([13, -1], [2, 9]).numpy().tolist()
    [3, -1]
    """
    a, b = (one.cast("int32") for one in _whole("bitwise_right_shift", x, y))
    few = b.greater_equal(0).logical_and(b.less(BITS - 1))
    shifted = arithmetic.floor_div(a, logical.where(few, _powers(b), 1))
    return logical.where(few, shifted, a.less(0).cast("int32") * -1)


bitwise_invert, left_shift, right_shift = bitwise_not, bitwise_left_shift, bitwise_right_shift


@checked
def gcd(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The greatest common divisor of whole numbers `x1` and `x2`. As `keras.ops.gcd`.

    Euclid's steps are so many as the largest numbers may need, whatever the values are.

    >>> gcd([12, 7], [18, 0]).numpy().tolist()
    [6, 7]
    """
    a, b = (one.cast("int32").abs() for one in _whole("gcd", x1, x2))
    for _ in range(EUCLID_STEPS):
        done = b.equal(0)
        a, b = logical.where(done, a, b), logical.where(done, 0, arithmetic.mod(a, logical.where(done, 1, b)))
    return a


@checked
def lcm(x1: TensorLike, x2: TensorLike) -> Tensor:
    """The least common multiple of whole numbers `x1` and `x2`, 0 of 0. As `keras.ops.lcm`.

    >>> lcm([4, 0], [6, 5]).numpy().tolist()
    [12, 0]
    """
    a, b = (one.cast("int32").abs() for one in _whole("lcm", x1, x2))
    return arithmetic.floor_div(a, gcd(a, b).maximum(1)) * b


@checked
def conjugate(x: TensorLike) -> Tensor:
    """`x` with its imaginary part turned round. As `keras.ops.conjugate`.

    >>> conjugate([1., 2.]).numpy().tolist()
    [1.0, 2.0]
    """
    given = tensor_of(x)
    return complex.complex(real(given), -imag(given)) if given.dtype == "complex64" else given


conj = conjugate


@checked
def angle(x: TensorLike) -> Tensor:
    """The angle of complex `x` in radians; of real numbers 0, or pi below 0. As `keras.ops.angle`.

    >>> angle([2., -1.]).numpy().round(3).tolist()
    [0.0, 3.1419999599456787]
    """
    given = floats(x)
    if given.dtype == "complex64":
        return arithmetic.atan2(imag(given), real(given))
    return logical.where(given.is_nan(), given, logical.where(given.less(0), math.pi, 0.0))


@checked
def polar(abs_: TensorLike, angle: TensorLike) -> Tensor:
    """The complex numbers of a length and an angle. As `keras.ops.polar`.

    `abs_`: the lengths.
    `angle`: in radians.

    >>> polar([2.], [0.]).numpy().tolist()
    [(2+0j)]
    """
    length, turned = floats(abs_), floats(angle)
    return complex.complex(length * turned.cos(), length * turned.sin())


@checked
def view_as_complex(x: TensorLike) -> Tensor:
    """The complex numbers whose parts are the two elements of the last axis of `x`.

    As `keras.ops.view_as_complex`.

    >>> view_as_complex([[1., 2.]]).numpy().tolist()
    [(1+2j)]
    """
    given = floats(x)
    if not given.rank or given.shape[-1] != 2:
        raise ShapeError(
            f"view_as_complex: the last axis must have 2 elements, got shape {list(given.shape)}"
        )
    return complex.complex(given[..., 0], given[..., 1])


@checked
def view_as_real(x: TensorLike) -> Tensor:
    """The two parts of complex `x` along a new last axis. As `keras.ops.view_as_real`.

    >>> view_as_real(view_as_complex([[1., 2.]])).numpy().tolist()
    [[1.0, 2.0]]
    """
    given = tensor_of(x)
    return real(given).stack([imag(given)], -1)


@checked
def isreal(x: TensorLike) -> Tensor:
    """Where `x` has no imaginary part, bool. As `keras.ops.isreal`.

    >>> isreal([1., 2.]).numpy().tolist()
    [True, True]
    """
    return imag(x).equal(0)


@checked
def saturate_cast(x: TensorLike, kind: str) -> Tensor:
    """`x` as another dtype, numbers beyond its range at its ends. As `keras.ops.saturate_cast`.

    `kind`: the dtype, Keras's `dtype`: "uint8" holds from 0 to 255, in int32 here.

    >>> saturate_cast([-1., 300.], "uint8").numpy().tolist()
    [0, 255]
    """
    given = tensor_of(x)
    if kind == "bool":
        return given.greater(0) if given.dtype != "bool" else given
    if kind not in RANGES:
        if not kind.startswith(("float", "bfloat")):
            raise DtypeError(
                f"saturate_cast: dtype must be one of {', '.join(RANGES)}, bool or floats, got {kind!r}"
            )
        return given.cast("float32")
    bits = RANGES[kind]
    low, high = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if given.dtype == "float32":
        return given.maximum(float(low)).minimum(float(min(high, LARGEST_IN_FLOAT))).cast("int32")
    return given.cast("int32").maximum(low).minimum(high)


@checked
def empty(shape: Sequence[int], dtype: DType = "float32") -> Tensor:
    """A tensor to be written into: here of zeros. As `keras.ops.empty`.

    `shape`, `dtype`: of the tensor.

    >>> empty((2, 3)).shape
    (2, 3)
    """
    return create.zeros(tuple(shape), dtype)


@checked
def empty_like(x: TensorLike, dtype: DType | None = None) -> Tensor:
    """A tensor in the shape of `x` to be written into: here of zeros. As `keras.ops.empty_like`.

    `dtype`: by default that of x.

    >>> empty_like([1., 2.]).shape
    (2,)
    """
    given = tensor_of(x)
    return create.zeros(given.shape, dtype or given.dtype)
