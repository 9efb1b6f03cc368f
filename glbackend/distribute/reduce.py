"""Sums of tensors over all ranks: in a few buckets, each read back, added in place and uploaded as one."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from glbackend.base.shapes import Spec
from glbackend.distribute.ranks import Array, Ranks
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.collective import all_reduce_start
from glbackend.ops.concat import concat, split
from glbackend.ops.create import tensor, zeros

Kind = TypeVar("Kind", bound=Tensor)
Pairs = list[tuple[Tensor, Variable]]

BUCKET_BYTES = 12 * 2**20  # smaller ones cost more than a bare message, larger ones leave less to overlap


def buckets(tensors: Sequence[Kind]) -> Iterator[list[Kind]]:
    """Tensors, in their order, in groups of about `BUCKET_BYTES`."""
    group: list[Kind] = []
    held = 0
    for one in tensors:
        if group and held + 4 * one.size > BUCKET_BYTES:
            yield group
            group, held = [], 0
        group.append(one)
        held += 4 * one.size
    if group:
        yield group


# -- within a step: each bucket leaves as soon as its gradients are there ----------------------------------


class Gathering:
    """The gradients of a step, which begin to be added up bucket by bucket: those of the last layers first.

    `variables`: those that are trained, the same on all ranks.
    `early`: whether a bucket leaves while gradients of others are still computed, or all do at the end.

    The last bucket also has what else is to be added up, and for each variable whether this rank has a
    gradient: the sums tell for which variables nobody has one.
    """

    def __init__(self, variables: Sequence[Variable], early: bool = True) -> None:
        self.variables = list(variables)
        self.early = early
        self.sums: list[Tensor] = []  # begun; see `all_reduce_start`
        self._groups = groups_of(variables)
        self._given: dict[int, Tensor] = {}

    def take(self, variable: int, gradient: Tensor) -> None:
        """The gradient of the variable that has this id; to be called for one after the other."""
        self._given[variable] = gradient
        while self.early and len(self.sums) < len(self._groups) - 1:
            group = self._groups[len(self.sums)]
            if any(one.id not in self._given for one in reversed(group)):  # the last ones come last
                break
            self._begin([self._given[one.id] for one in group])

    def finish(self, others: Sequence[Tensor]) -> list[Tensor]:
        """All sums, of which the last one has `others`, too. Gradients that this rank lacks are zero."""
        there = np.array([one.id in self._given for one in self.variables], np.float32)
        for group in self._groups[len(self.sums) :]:
            found = [self._given[one.id] if one.id in self._given else zeros(one.shape) for one in group]
            last = [*others, tensor(there)] if group is self._groups[-1] else []
            self._begin([*found, *last])
        return self.sums

    def _begin(self, tensors: Sequence[Tensor]) -> None:
        self.sums.append(all_reduce_start(tensors, len(self.sums)))


def groups_of(variables: Sequence[Variable]) -> list[list[Variable]]:
    """The buckets that gradients of variables go into: in the order in which they are found."""
    return list(buckets(variables[::-1]))


def there(last: Tensor, count: int) -> bytes:
    """For each of `count` variables whether some rank has a gradient, of the last sum of a gathering."""
    return (last.handle.storage.values()[-count:] > 0).tobytes()


def apart(
    sums: Sequence[Tensor], variables: Sequence[Variable], others: Sequence[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """What the sums of a gathering are of: gradients, in the order of `variables`, and other tensors."""
    groups: list[list[Tensor]] = [[*one] for one in groups_of(variables)]
    groups[-1] += others
    found = [
        part
        for group, whole in zip(groups, sums, strict=True)
        for part in pieces(whole, [one.shape for one in group])
    ]
    count = len(variables)
    return found[:count][::-1], found[count:]


# -- outside of a step -------------------------------------------------------------------------------------


def reduce_pairs(ranks: Ranks, pairs: Pairs, variables: Sequence[Variable]) -> Pairs:
    """The sums of gradients, in the order of `variables`.

    A gradient that a rank lacks is zero there; one that all lack stays away.
    """
    given = {variable.id: gradient for gradient, variable in pairs}
    mine = tensor(np.array([one.id in given for one in variables], np.float32))
    gradients = [given[one.id] if one.id in given else zeros(one.shape) for one in variables]
    *sums, counts = total(ranks, [*gradients, mine])
    moving = counts.numpy() > 0
    return [(sum_, one) for sum_, one, moves in zip(sums, variables, moving, strict=True) if moves]


def total(ranks: Ranks, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The sums of float32 tensors over all ranks, which give the same ones in the same order."""
    if ranks.size == 1:
        return list(tensors)
    begun: list[tuple[list[Tensor], Array, Callable[[], object]]] = []
    for group in buckets(tensors):
        flat = flattened(group)
        begun.append((group, flat, ranks.start_adding(flat)))
    found = []
    for group, flat, wait in begun:
        wait()
        found += pieces(make_tensor(flat, Spec(flat.shape)), [one.shape for one in group])
    return found


def flattened(group: Sequence[Tensor]) -> Array:
    """The values of tensors one after the other, in a host array that nobody else has."""
    flat = [one.reshape((one.size,)) for one in group]
    if len(flat) == 1:
        return flat[0].numpy()
    storage = concat(flat).handle.storage
    return storage.values()  # of a tensor that ends here


def pieces(flat: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """The first elements of a flat tensor as tensors of these shapes."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    left = flat.size - sum(sizes)
    if len(sizes) == 1 and not left:
        return [flat.reshape(shapes[0])]
    parts = split(flat, [*sizes, left] if left else sizes)
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=False)]
