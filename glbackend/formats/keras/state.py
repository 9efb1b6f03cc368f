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
from glbackend.optimizers.variables import BY_KIND, as_in_keras, in_order, turned


def state_in_order(model: Layer, optimizer: Optimizer, entry: Mapping[str, Any]) -> list[Array]:
    """The state as a file of Keras has it: step count, rate unless a schedule gives it, slots and more."""
    optimizer.ready(model.trainable_weights)
    found: list[Array] = [np.array(optimizer.iterations, np.int64)]
    if optimizer.schedule is None:
        found.append(np.array(optimizer.learning_rate, np.float32))
    weights = trained_in_order(model, entry)
    slots = {one.id: as_in_keras(optimizer, one) for one in (*weights, *optimizer.added)}
    found += [slots[one.id][i] for one, i in in_order(optimizer, weights)]
    return found + _more(optimizer)


def _more(optimizer: Optimizer) -> list[Array]:
    """What Keras keeps behind the slots."""
    if isinstance(optimizer, Nadam):
        return [np.array(optimizer.momentum_product(optimizer.iterations), np.float32)]
    return []


def restore_in_order(model: Layer, optimizer: Optimizer, state: Arrays, *, entry: Mapping[str, Any]) -> None:
    """Takes up a state that comes in Keras's order: step count, rate unless a schedule gives it, slots.

    Raises ArgumentError or ShapeError where it does not fit, which changes nothing.
    """
    optimizer.ready(model.trainable_weights)
    count, *rest = state.values()
    weights = trained_in_order(model, entry)
    whole, more = len(in_order(optimizer, weights)), len(_more(optimizer))
    old = next(iter(state)).partition(":")[0].endswith("/iter")  # of Keras 2 until 2.10
    if not old and len(rest) - more in (whole, whole + 1):
        slots = rest[len(rest) - more - whole : len(rest) - more]
        return optimizer.restore(count, _pairs(optimizer, weights, slots))
    return _restore_older(optimizer, count, rest, weights, old)


def _pairs(
    optimizer: Optimizer, weights: list[Variable], slots: list[Array]
) -> list[tuple[Variable, list[Array]]]:
    """Each weight with its slots in our order."""
    found = [[np.zeros(shape, np.float32) for shape in optimizer.slot_shapes(one)] for one in weights]
    places = {one.id: own for one, own in zip(weights, found, strict=True)}
    added = []
    for (one, i), array in zip(in_order(optimizer, weights), slots, strict=True):
        if one.id in places:
            places[one.id][i] = array
        else:
            added.append((one, [array]))
    if optimizer.class_name == "Adafactor":  # of each kind Keras keeps some that nobody reads
        for own, one in zip(found, weights, strict=True):
            shapes = optimizer.slot_shapes(one)
            own[:] = [
                a if a.shape == s else np.zeros(s, np.float32) for a, s in zip(own, shapes, strict=True)
            ]
    return [(one, turned(optimizer, own)) for one, own in zip(weights, found, strict=True)] + added


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
        pairs.append((variable, turned(optimizer, [*own, *missing])))
    optimizer.restore(count, pairs)


def trained_in_order(model: Layer, entry: Mapping[str, Any]) -> list[Variable]:
    """The weights that are trained, in the order in which the file lists their layers."""
    chosen = {variable.id for variable in model.trainable_weights}
    ordered = {variable.id: variable for variable in weights_by_path(model, entry).values()}
    return [variable for key, variable in ordered.items() if key in chosen]
