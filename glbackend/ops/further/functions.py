"""Keras's `ops` that take functions and are no loops: scans, gradients of one's own. In `gl.ops`."""

import inspect
import re
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, GradientError, ShapeError
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Shape, broadcast_shapes, normalize_axis
from glbackend.engine.autodiff import custom_grad, grad
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.derivatives import vjp
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat, stack
from glbackend.ops.create import ones_like
from glbackend.ops.further.elementwise import tensor_of
from glbackend.ops.keras_arrays import flip, moveaxis


@checked
def associative_scan(f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """`elems[0]`, `f` of that and elems[1], `f` of what came out and elems[2], ... along `axis`, all at once.

    `f`: takes two structures like elems and gives one; f(f(a, b), c) must be f(a, f(b, c)). It is called once
    for each doubling of the length.
    `elems`: tensors in any structure.
    `reverse`: whether it goes from the end.

    As `keras.ops.associative_scan`.

    >>> associative_scan(lambda a, b: a + b, as_tensor([1., 2., 3.], "elems", "scan")).numpy().tolist()
    [1.0, 3.0, 6.0]
    """
    given = map_leaves((Tensor, np.ndarray), tensor_of, elems)
    found = [*leaves(Tensor, given)]
    sizes = {one.shape[normalize_axis(axis, one.rank, "associative_scan")] for one in found}
    if len(sizes) != 1:
        raise ShapeError(f"associative_scan: needs tensors of one size along axis {axis}")
    given = map_leaves(Tensor, lambda one: moveaxis(one, axis, 0), given)
    given = map_leaves(Tensor, lambda one: flip(one, 0), given) if reverse else given
    size, step = sizes.pop(), 1
    while step < size:
        earlier = map_leaves(Tensor, lambda one: one[:-step], given)  # noqa: B023 - used at once
        later = map_leaves(Tensor, lambda one: one[step:], given)  # noqa: B023
        heads = iter([one[:step] for one in leaves(Tensor, given)])
        given = map_leaves(Tensor, lambda one: concat([next(heads), one], 0), f(earlier, later))  # noqa: B023
        step *= 2
    given = map_leaves(Tensor, lambda one: flip(one, 0), given) if reverse else given
    return map_leaves(Tensor, lambda one: moveaxis(one, 0, axis), given)


@checked
def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """A function of single elements as one of whole tensors, called for one element after the other.

    `pyfunc`: takes tensors without axes, or such as `signature` says, and gives a tensor or a tuple.
    `excluded`: places of arguments that are handed over as they are.
    `signature`: the axes that a call takes and gives, as "(n),(n)->()".

    As `keras.ops.vectorize`.

    >>> vectorize(lambda x, y: x * y)([1., 2.], 3.).numpy().tolist()
    [3.0, 6.0]
    """
    kept = set(excluded or ())

    def called(*args: Any) -> Any:
        given = {i: tensor_of(one) for i, one in enumerate(args) if i not in kept}
        core = _cores(signature, len(given))
        around = [x.shape[: x.rank - n] for x, n in zip(given.values(), core, strict=True)]
        loops: Shape = ()
        for one in around:
            loops = broadcast_shapes(loops, one, "vectorize")
        rows = {
            i: x.broadcast_to((*loops, *x.shape[x.rank - n :])).reshape((-1, *x.shape[x.rank - n :]))
            for (i, x), n in zip(given.items(), core, strict=True)
        }
        found = [
            pyfunc(*(rows[i][row] if i in rows else one for i, one in enumerate(args)))
            for row in range(prod(loops))
        ]
        several = isinstance(found[0], tuple)
        groups = zip(*found, strict=True) if several else [found]
        parts = [stack([tensor_of(one) for one in group]) for group in groups]
        shaped = [one.reshape((*loops, *one.shape[1:])) for one in parts]
        return tuple(shaped) if several else shaped[0]

    return called


def _cores(signature: str | None, count: int) -> list[int]:
    """How many axes each argument of a call has."""
    if signature is None:
        return [0] * count
    takes = re.findall(r"\(([^()]*)\)", signature.partition("->")[0])
    if "->" not in signature or len(takes) != count:
        raise ArgumentError(f"vectorize: signature {signature!r} does not fit {count} arguments")
    return [len(re.findall(r"\w+", one)) for one in takes]


@checked
def custom_gradient(f: Callable[..., Any]) -> Callable[..., Tensor]:
    """A function with a gradient of its own. As `keras.ops.custom_gradient`.

    `f`: takes tensors, gives a tensor and a function of the gradient with respect to it, which gives that
    with respect to each argument: `grad(upstream)`, or `grad(*args, upstream)`, as Keras on PyTorch calls it.

    >>> doubled = custom_gradient(lambda x: (x * 2., lambda upstream: upstream * 100.))
    >>> grad(doubled)(1.).item()
    100.0
    """

    def ours(*args: Tensor) -> tuple[Tensor, Callable[..., Any]]:
        value, back = f(*args)
        asked = inspect.signature(back).parameters.get("upstream")
        if asked is None or asked.default is not asked.empty or asked.kind is not asked.KEYWORD_ONLY:
            return value, back
        return value, lambda dy: back(*args, upstream=dy)

    return custom_grad(ours)


@checked
def jvp(
    fun: Callable[..., Any],
    primals: Sequence[TensorLike],
    tangents: Sequence[TensorLike],
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The value of `fun`, and how it changes along `tangents`. As `keras.ops.jvp`.

    `fun`: takes tensors and gives one; it must be differentiable twice.
    `primals`: the arguments at which it is asked.
    `tangents`: a direction of each of them.
    `has_aux`: whether fun gives something else beside, which comes third.

    >>> [one.item() for one in jvp(lambda x: x * x, (3.,), (2.,))]
    [9.0, 12.0]
    """
    steps = [as_tensor(one, "tangents", "jvp", "float32") for one in tangents]
    if len(steps) != len(primals):
        raise ArgumentError(f"jvp: needs a tangent of each argument, got {len(steps)} of {len(primals)}")
    others: list[Any] = []

    def alone(*args: Tensor) -> Tensor:
        if not has_aux:
            return fun(*args)
        value, other = fun(*args)
        others[:] = [other]
        return value

    value, back = vjp(alone, *primals)

    def along(dy: Tensor) -> Tensor:
        parts = [(one * step).sum() for one, step in zip(back(dy), steps, strict=True) if one is not None]
        if not parts:
            raise GradientError("jvp: the result does not depend on any argument")
        return stack(parts).sum()

    return (value, grad(along)(ones_like(value)), *others)
