"""What weights, and the state of an optimizer, are called in the files of a model."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Variable
from glbackend.layers.layer import Layer
from glbackend.optimizers.optimizer import Optimizer

Arrays = Mapping[str, np.ndarray[Any, Any]]
STEPS = "iter"  # TF.js's name of the number of steps


def weight_names(model: Layer) -> dict[str, Variable]:
    """The variables, as `model.weights`, by their names in files; ArgumentError where two share one.

    A name is <layer>/<weight>; where layers of models within share it, <model>/<layer>/<weight>.
    """
    names = {id(variable): name for name, variable in model.named_weights()}
    doubled = shared_names(model)
    if doubled:
        paths = {
            id(one): path
            for layer in model._inner_layers.values()
            for path, one in layer.named_weights(layer.name)
        }
        names = {key: paths[key] if name in doubled else name for key, name in names.items()}
    found = {names[id(variable)]: variable for variable in model.weights}
    if len(found) != len(model.weights):
        raise ArgumentError("save: two weights have the same name: give the layers names of their own")
    return found


def shared_names(model: Layer) -> set[str]:
    """The names <layer>/<weight> that more than one variable has."""
    names = [name for name, _ in {id(one[1]): one for one in model.named_weights()}.values()]
    return {name for name in names if names.count(name) > 1}


def find_weight(model: Layer) -> Callable[[str], Variable | None]:
    """The variable of a name in a file, in the spelling of TF.js or Keras 2; None where there is none."""
    groups = (weight_names(model), dict(model.named_weights()), dict(model.named_weights(scopes=True)))

    def find(name: str) -> Variable | None:
        parts = name.split("/")  # lstm/lstm_cell/kernel is lstm/kernel
        spellings = [name, "/".join([*parts[:-2], parts[-1]])] if len(parts) > 2 else [name]
        if parts[-1] == "kernel":  # so Keras 3 calls the kernel of a depthwise convolution
            spellings.append("/".join([*parts[:-1], "depthwise_kernel"]))
        return next((group[one] for one in spellings for group in groups if one in group), None)

    return find


def state_of(model: Layer, optimizer: Optimizer) -> dict[str, np.ndarray[Any, Any]]:
    """The state of an optimizer by name: the step count, then slot by slot <weight>/<slot>.

    First come those of the trainable weights, in whose order TF.js reads them, then those of weights that are
    frozen now and were trained before. Before the first step there is the count alone.
    """
    found = {STEPS: np.array(optimizer.iterations, np.int32)}
    if not optimizer.iterations:
        return found
    names = {id(variable): name for name, variable in weight_names(model).items()}
    earlier = [variable for variable in model.weights if optimizer.knows(variable)]
    slots = {names[id(one)]: optimizer.slots(one) for one in (*model.trainable_weights, *earlier)}
    for i, slot in enumerate(optimizer.slot_names):
        found |= {f"{name}/{slot}": values[i] for name, values in slots.items()}
    return found | {one.name: one.numpy() for one in optimizer.added}


def restore_state(model: Layer, optimizer: Optimizer, state: Arrays) -> None:
    """Takes up such a state: by its names, or where they are no weights' in the order of trainable weights.

    Raises ArgumentError or ShapeError where it does not fit, which changes nothing.
    """
    optimizer.ready(model.trainable_weights)
    find, added = find_weight(model), {one.name: one for one in optimizer.added}
    slots: dict[int, tuple[Variable, dict[str, np.ndarray[Any, Any]]]] = {}
    for name, values in state.items():
        weight, _, slot = name.rpartition("/")
        variable = find(weight)
        if variable is not None and slot in optimizer.slot_names:
            slots.setdefault(variable.id, (variable, {}))[1][slot] = values
        elif name != STEPS and name not in added:  # TF.js numbers names that two models of a page share
            return optimizer.set_weights(list(state.values()), model.trainable_weights)
    missing = [variable.name for variable, own in slots.values() if len(own) < len(optimizer.slot_names)]
    missing += [name for name in added if slots and name not in state]
    if missing or STEPS not in state:
        raise ArgumentError(f"{optimizer.class_name}: no state for {', '.join(missing or [STEPS])}")
    pairs = [(variable, [own[slot] for slot in optimizer.slot_names]) for variable, own in slots.values()]
    pairs += [(one, [state[name]]) for name, one in added.items() if name in state]
    return optimizer.restore(state[STEPS], pairs)
