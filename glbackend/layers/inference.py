"""Shapes that layers give, foretold by tracing their call: nothing runs, and no layer says it a second time.

A dim that is not known (None) is taken at two sizes; a dim of the output that differs between the two is not
known either.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

from glbackend.base.dtypes import DType
from glbackend.base.errors import GlbackendError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.node import TraceTooLongError
from glbackend.engine.tensor import Tensor
from glbackend.graph.trace import output_specs

PRIMES = (11, 13, 17, 19, 23, 29, 31, 37)  # an axis each: sizes of different axes are never equal
MANY = 5040  # times its prime, and twice that, is an axis's size: what strides, windows and factors divide
FEW = 2  # in place of MANY for an axis that a loop walks along
MAX_KERNELS = 200  # that a call runs before it is tried whether it is such a loop, 20 times as many then

_probed: ContextVar[frozenset[int]] = ContextVar("glbackend_probed_sizes", default=frozenset())


class DimSpec(NamedTuple):
    """Shape, None for dims that are not known, and dtype."""

    shape: tuple[int | None, ...]
    dtype: DType = "float32"


def foretold(call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec]) -> list[DimSpec]:
    """Shapes and dtypes of the tensors that `call` gives for tensors like these; raises what it raises.

    >>> foretold(lambda xs: xs[0].reshape([xs[0].shape[0], 6]), [DimSpec((None, 2, 3))])
    [DimSpec(shape=(None, 6), dtype='float32')]
    """
    try:
        return _by_axis(call, inputs, PRIMES)
    except ShapeError as error:
        for again in (_agreeing, _small):
            with suppress(ShapeError, TraceTooLongError):
                return again(call, inputs)
        raise error


def _agreeing(call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec]) -> list[DimSpec]:
    """For calls in which unknown dims of two axes have to be the same."""
    return _by_axis(call, inputs, PRIMES[:1] * len(PRIMES))


def _small(call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec]) -> list[DimSpec]:
    """For calls that take of a table, of positions for example, as many rows as a dim says."""
    return _at_two_sizes(call, inputs, [FEW * prime for prime in PRIMES], 20 * MAX_KERNELS)


def known_dims(shape: Sequence[int | None]) -> tuple[int | None, ...]:
    """The shape of a tensor within a traced call, with None again for dims that are not known."""
    return tuple(None if dim in _probed.get() else dim for dim in shape)


def any_size() -> int | None:
    """Within a call that is traced for its shapes a size that makes a dim unknown, None elsewhere."""
    return min(_probed.get(), default=None)


def _by_axis(
    call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec], primes: Sequence[int]
) -> list[DimSpec]:
    unknown = {axis for one in inputs for axis, dim in enumerate(one.shape) if axis and dim is None}
    many = [MANY * prime for prime in primes]
    if not unknown:
        return _at_two_sizes(call, inputs, many)
    try:
        return _at_two_sizes(call, inputs, many, MAX_KERNELS)
    except TraceTooLongError:
        for walked in ({1}, unknown):
            few = [FEW * prime if axis in walked else MANY * prime for axis, prime in enumerate(primes)]
            try:
                return _at_two_sizes(call, inputs, few, 20 * MAX_KERNELS)
            except (TraceTooLongError, ShapeError):  # another axis, or none: there are that many kernels
                continue
    return _at_two_sizes(call, inputs, many)


def _at_two_sizes(
    call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec], sizes: list[int], limit: int | None = None
) -> list[DimSpec]:
    """The outputs for unknown dims of these sizes and of twice those, None where they differ."""
    first = _traced(call, inputs, sizes, limit)
    second = _traced(call, inputs, [2 * size for size in sizes], limit)
    return [
        DimSpec(tuple([a if a == b else None for a, b in zip(one.shape, two.shape, strict=True)]), one.dtype)
        for one, two in zip(first, second, strict=True)
    ]


def _traced(
    call: Callable[[list[Tensor]], Any], inputs: Sequence[DimSpec], sizes: list[int], limit: int | None
) -> list[Spec]:
    given = [
        Spec(tuple([sizes[axis] if dim is None else dim for axis, dim in enumerate(one.shape)]), one.dtype)
        for one in inputs
    ]
    token = _probed.set(frozenset(sizes))
    try:
        return output_specs(lambda *tensors: call(list(tensors)), *given, limit=limit)
    except GlbackendError as error:
        text = str(error)
        for size in sizes:
            text = text.replace(str(size), "None")
        error.args = (text, *error.args[1:])
        raise
    finally:
        _probed.reset(token)
