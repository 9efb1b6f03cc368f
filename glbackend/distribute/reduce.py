"""Sums of tensors over all ranks: in a few buckets, each read back, added in place and uploaded as one."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from glbackend.base.shapes import Spec
from glbackend.distribute.ranks import Array, Ranks
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.concat import concat, split
from glbackend.ops.create import zeros

BUCKET_BYTES = 25 * 2**20  # while a bucket is added up, the next one is read back


class Reduced(NamedTuple):
    """Sums over all ranks: of gradients, each with its variable, and of other tensors."""

    pairs: list[tuple[Tensor, Variable]]
    others: list[Tensor]


def reduce_pairs(
    ranks: Ranks,
    pairs: Sequence[tuple[Tensor, Variable]],
    variables: Sequence[Variable],
    others: Sequence[Tensor] = (),
) -> Reduced:
    """The sums of gradients, in the order of `variables`, and with them in the same buckets of other tensors.

    A gradient that a rank lacks is zero there; one that all lack stays away.
    """
    given = {variable.id: gradient for gradient, variable in pairs}
    there = ranks.add(np.array([one.id in given for one in variables], np.int32))
    wanted = [one for one, count in zip(variables, there, strict=True) if count]
    gradients = [given[one.id] if one.id in given else zeros(one.shape) for one in wanted]
    sums = total(ranks, [*gradients, *others])
    return Reduced(list(zip(sums, wanted, strict=False)), sums[len(wanted) :])


def buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Tensors, in their order, in groups of about `BUCKET_BYTES`."""
    group: list[Tensor] = []
    held = 0
    for one in tensors:
        if group and held + 4 * one.size > BUCKET_BYTES:
            yield group
            group, held = [], 0
        group.append(one)
        held += 4 * one.size
    if group:
        yield group


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
        found += pieces(flat, group)
    return found


def flattened(group: Sequence[Tensor]) -> Array:
    """The values of tensors one after the other, in a host array that nobody else has."""
    flat = [one.reshape((one.size,)) for one in group]
    if len(flat) == 1:
        return flat[0].numpy()
    storage = concat(flat).handle.storage
    return storage.values()  # of a tensor that ends here


def pieces(flat: Array, group: Sequence[Tensor]) -> list[Tensor]:
    """A flat array, uploaded as one, in the shapes of tensors."""
    whole = make_tensor(flat, Spec(flat.shape, "float32"))
    if len(group) == 1:
        return [whole.reshape(group[0].shape)]
    parts = split(whole, [one.size for one in group])
    return [part.reshape(one.shape) for part, one in zip(parts, group, strict=True)]
