"""Which weight of a file of Keras is which of ours."""

from collections.abc import Mapping, Sequence

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Variable
from glbackend.formats.keras.hdf5 import Array
from glbackend.layers.layer import Layer
from glbackend.models.naming import Arrays, find_weight, weight_names
from glbackend.models.weights import skipping

_OLD_LAYERS = "_layer_checkpoint_dependencies/"  # in place of layers/, until Keras 2.14

BESIDES = ("optimizer/", "seed_generator/")  # what a file holds besides weights


def plain_path(path: str) -> str:
    """The path of a weight in a `.keras` file as today's Keras spells it."""
    return path.replace(_OLD_LAYERS, "layers/")


def dequantized(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights with those of int8 as the numbers that they stand for: divided by the scales beside them.

    A layer keeps the scale as its last variable.
    """
    found = dict(weights)
    for path in [path for path, array in weights.items() if array.dtype.kind == "i" and array.ndim]:
        holder, _, number = path.rpartition("/")
        numbers = [one.rpartition("/")[2] for one in weights if one.rpartition("/")[0] == holder]
        last = f"{holder}/{max((one for one in numbers if one.isdecimal()), key=int, default=number)}"
        scale = weights[last]
        if number != "0" or last == path or scale.dtype.kind != "f" or weights[path].dtype.itemsize != 1:
            continue
        found[path] = weights[path].astype(np.float32) / _along(scale, weights[path].shape, path)
        del found[last]
    return found


def _along(scale: Array, shape: Sequence[int], path: str) -> Array:
    """A scale in a form that fits a kernel: one for each output, or of a lookup's table for each row."""
    plain = scale.reshape([dim for dim in scale.shape if dim != 1])
    if plain.shape == tuple(shape[len(shape) - plain.ndim :]):
        return plain
    if plain.shape == tuple(shape[: plain.ndim]):
        return plain.reshape([*plain.shape, *(1 for _ in shape[plain.ndim :])])
    raise ModelFormatError(f"the scale of {path}, {list(scale.shape)}, does not fit its shape {list(shape)}")


def by_group(
    weights: Arrays, model: Layer, groups: Mapping[str, Sequence[str]], where: str
) -> dict[str, Array]:
    """The weights of an `.h5` file under our names.

    They stand in a group a layer, in an order that depends on what was frozen; so a name decides where it is
    known here, and the order where names are others.
    """
    names = {variable.id: name for name, variable in weight_names(model).items()}
    within = {layer.name: layer for layer in getattr(model, "layers", ())}
    found: dict[str, Array] = {}
    for layer, paths in groups.items():
        if layer not in within:
            found |= {path: weights[path] for path in paths}
            continue
        variables = _matched(within[layer], [path.partition("/")[2] for path in paths])
        if variables is None:
            wanted = within[layer].weights
            if len(wanted) != len(paths):
                if skipping():
                    continue
                raise ModelFormatError(
                    f"{where}: layer {layer!r} has {len(wanted)} weights, the file holds {len(paths)} of it"
                )
            variables = wanted
        for path, variable in zip(paths, variables, strict=True):
            found[names[variable.id]] = weights[path]
    return found


def _matched(layer: Layer, names: Sequence[str]) -> list[Variable] | None:
    """The variables of a layer by names in a file; None where one is not known, or two are the same."""
    find = find_weight(layer)
    own = {f"{layer.name}/{weight.short_name}": weight.variable for weight in layer._taken_weights()}

    def search(name: str) -> Variable | None:
        parts = name.partition(":")[0].split("/")
        for start in range(len(parts) - 1):  # a Sequential's name, and outer models', stand in front
            tail = "/".join(parts[start:])
            if tail in own:
                return own[tail]
            if (variable := find(tail)) is not None:
                return variable
        return None

    variables = [search(name) for name in names]
    found = [one for one in variables if one is not None]
    once = {one.id for one in found}
    return found if len(once) == len(names) == len(layer.weights) else None
