"""The state of an optimizer as Keras keeps it: by number, with its rate, slots of a weight side by side."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Variable
from glbackend.layers.layer import Layer
from glbackend.models.keras3 import weights_by_path
from glbackend.models.naming import Arrays
from glbackend.optimizers.optimizer import Optimizer

# optimizers whose slots Keras makes one kind after the other, not weight by weight
BY_KIND = ("RMSProp",)


def restore_in_order(model: Layer, optimizer: Optimizer, state: Arrays, *, entry: Mapping[str, Any]) -> None:
    """Takes up a state that comes in Keras's order: step count, rate unless a schedule gives it, slots.

    Raises ArgumentError or ShapeError where it does not fit, which changes nothing.
    """
    count, *rest = state.values()
    weights = trained_in_order(model, entry)
    kinds = len(optimizer.slot_names)
    old = next(iter(state)).partition(":")[0].endswith("/iter")  # of Keras 2 until 2.10
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
        pairs.append((variable, [*own, *missing]))
    optimizer.restore(count, pairs)


def trained_in_order(model: Layer, entry: Mapping[str, Any]) -> list[Variable]:
    """The weights that are trained, in the order in which the file lists their layers."""
    chosen = {variable.id for variable in model.trainable_weights}
    ordered = {variable.id: variable for variable in weights_by_path(model, entry).values()}
    return [variable for key, variable in ordered.items() if key in chosen]
