"""The state of an optimizer as Keras keeps it: by number, with its rate, slots of a weight side by side."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Variable
from glbackend.formats.keras.hdf5 import Array
from glbackend.layers.layer import Layer
from glbackend.models.keras3 import weights_by_path
from glbackend.models.naming import Arrays
from glbackend.optimizers.moments import Nadam
from glbackend.optimizers.optimizer import Optimizer

OPTIONS = ("average", "gradient_accumulator")  # slots that Keras makes first, kind after kind
BY_KIND = ("RMSProp",)  # optimizers whose slots it makes so, not weight by weight
LATER = ("vhat",)  # a slot that it makes when all others are there


def kinds_of(optimizer: Optimizer) -> list[list[int]]:
    """The numbers of slots in Keras's order: those of an inner list stand side by side, weight by weight."""
    names = optimizer.slot_names
    options = [[names.index(one)] for one in OPTIONS if one in names]
    own = [i for i, one in enumerate(names) if one not in (*OPTIONS, *LATER)]
    if optimizer.class_name in BY_KIND:
        group = [[i] for i in own if names[i] != "momentum" or getattr(optimizer, "momentum", False)]
    else:
        group = [own] if own else []
    return [*options, *group, *([i] for i, one in enumerate(names) if one in LATER)]


def state_in_order(model: Layer, optimizer: Optimizer, entry: Mapping[str, Any]) -> list[Array]:
    """The state as a file of Keras has it: step count, rate unless a schedule gives it, slots and more."""
    found: list[Array] = [np.array(optimizer.iterations, np.int64)]
    if optimizer.schedule is None:
        found.append(np.array(optimizer.learning_rate, np.float32))
    slots = [_theirs(optimizer, one) for one in trained_in_order(model, entry)]
    found += [own[i] for kind in kinds_of(optimizer) for own in slots for i in kind]
    return found + _more(optimizer)


def _theirs(optimizer: Optimizer, variable: Variable) -> list[Array]:
    """The slots of a variable; of Adafactor the means of elements are what rows and columns give."""
    slots = _turned(optimizer, optimizer.slots(variable))
    if optimizer.class_name == "Adafactor" and variable.rank > 1:
        rows, columns = slots[:2]
        size = rows.mean(-1, keepdims=True)
        slots[2] = (rows / np.where(size, size, 1))[..., None] * columns[..., None, :]
    return slots


def _turned(optimizer: Optimizer, slots: list[Array]) -> list[Array]:
    """Slots of ours as Keras's, or the other way: its momentum is added to weights, ours taken from them."""
    turns = optimizer.class_name == "SGD"
    return [
        -one if turns and name == "momentum" else one
        for name, one in zip(optimizer.slot_names, slots, strict=True)
    ]


def _more(optimizer: Optimizer) -> list[Array]:
    """What Keras keeps behind the slots."""
    if isinstance(optimizer, Nadam):
        return [np.array(optimizer.momentum_product(optimizer.iterations), np.float32)]
    return []


def restore_in_order(model: Layer, optimizer: Optimizer, state: Arrays, *, entry: Mapping[str, Any]) -> None:
    """Takes up a state that comes in Keras's order: step count, rate unless a schedule gives it, slots.

    Raises ArgumentError or ShapeError where it does not fit, which changes nothing.
    """
    count, *rest = state.values()
    weights, kinds = trained_in_order(model, entry), kinds_of(optimizer)
    width = sum(len(one) for one in kinds)
    whole, more = width * len(weights), len(_more(optimizer))
    old = next(iter(state)).partition(":")[0].endswith("/iter")  # of Keras 2 until 2.10
    if not old and len(rest) - more in (whole, whole + 1):
        slots = rest[len(rest) - more - whole : len(rest) - more]
        return optimizer.restore(count, _pairs(optimizer, weights, kinds, slots))
    return _restore_older(optimizer, count, rest, weights, old)


def _pairs(
    optimizer: Optimizer, weights: list[Variable], kinds: list[list[int]], slots: list[Array]
) -> list[tuple[Variable, list[Array]]]:
    """Each weight with its slots in our order."""
    following = iter(slots)
    found = [[np.zeros(shape, np.float32) for shape in optimizer.slot_shapes(one)] for one in weights]
    for kind in kinds:
        for own in found:
            for i in kind:
                own[i] = next(following)
    if optimizer.class_name == "Adafactor":  # of each kind Keras keeps some that nobody reads
        for own, one in zip(found, weights, strict=True):
            shapes = optimizer.slot_shapes(one)
            own[:] = [
                a if a.shape == s else np.zeros(s, np.float32) for a, s in zip(own, shapes, strict=True)
            ]
    return [(one, _turned(optimizer, own)) for one, own in zip(weights, found, strict=True)]


def _restore_older(
    optimizer: Optimizer, count: Any, rest: list[Array], weights: list[Variable], old: bool
) -> None:
    """A state of Keras 2, which may lack slots."""
    kinds = len(optimizer.slot_names)
    stored = len(rest) // max(len(weights), 1)
    if len(rest) - stored * len(weights) > 1 or stored > kinds:
        raise ArgumentError(
            f"{optimizer.class_name}: {len(weights)} weights have {kinds} slots each, "
            f"the file holds {len(rest)} arrays"
        )
    slots = rest[len(rest) - stored * len(weights) :]
    grouped = old or optimizer.class_name in BY_KIND
    pairs = []
    for i, variable in enumerate(weights):
        own = slots[i :: len(weights)] if grouped else slots[i * stored : (i + 1) * stored]
        missing = [np.zeros(variable.shape, np.float32)] * (kinds - stored)
        pairs.append((variable, _turned(optimizer, [*own, *missing])))
    optimizer.restore(count, pairs)


def trained_in_order(model: Layer, entry: Mapping[str, Any]) -> list[Variable]:
    """The weights that are trained, in the order in which the file lists their layers."""
    chosen = {variable.id for variable in model.trainable_weights}
    ordered = {variable.id: variable for variable in weights_by_path(model, entry).values()}
    return [variable for key, variable in ordered.items() if key in chosen]
