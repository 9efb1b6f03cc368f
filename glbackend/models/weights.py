"""The weights of a model on their own: by their paths, in a file of NumPy's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.dtypes import infer_dtype
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import Layer
from glbackend.models.naming import find_weight, weight_names


def save_weights(model: Layer, filepath: str | Path) -> None:
    """As `Model.save_weights`."""
    path = _checked(filepath, "save_weights")
    half = path.with_name(path.name + ".half.npz")
    with half.open("wb") as file:
        arrays: dict[str, Any] = {name: variable.numpy() for name, variable in weight_names(model).items()}
        np.savez(file, **arrays)
    half.replace(path)  # whole, or what was there before


def load_weights(model: Layer, filepath: str | Path, strict: bool) -> None:
    """As `Model.load_weights`."""
    path = _checked(filepath, "load_weights")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = dict(arrays)
    except (ValueError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ModelFormatError(f"{path} is no file of weights: {error}") from error
    assign_weights(model, found, str(path), strict)


def _checked(filepath: str | Path, op: str) -> Path:
    path = Path(filepath)
    if path.suffix != ".npz":
        raise ArgumentError(
            f"{op}: weights stand in a file of NumPy's: its name ends in .npz, got {path.name!r}"
        )
    return path


def assign_weights(
    model: Layer, weights: Mapping[str, np.ndarray[Any, Any]], where: str, strict: bool
) -> set[int]:
    """Gives each variable the weight of its name; nothing changes unless all fit. The ids of those given."""
    wanted, find = weight_names(model), find_weight(model)
    found: dict[int, tuple[Variable, np.ndarray[Any, Any]]] = {}
    surplus = []
    for name, value in weights.items():
        variable = find(name)
        if variable is None:
            surplus.append(name)
            continue
        if value.dtype.kind not in "fiub":
            raise ModelFormatError(
                f"{where}: weight {name!r} holds {infer_dtype(value)}, its layer needs numbers"
            )
        if value.shape != variable.shape:
            raise ModelFormatError(
                f"{where}: weight {name!r} has shape {list(value.shape)}, "
                f"its layer needs {list(variable.shape)}"
            )
        found[id(variable)] = variable, value
    missing = sorted(name for name, variable in wanted.items() if id(variable) not in found)
    if strict and (missing or surplus):
        parts = [f"no values for {', '.join(missing)}"] * bool(missing) + [
            f"no layer takes {', '.join(surplus)}"
        ] * bool(surplus)
        raise ModelFormatError(f"{where}: weights and topology do not fit: {'; '.join(parts)}")
    for variable, value in found.values():
        array = np.ascontiguousarray(value, np.float32)
        variable.assign(Tensor(Handle.of(array, Spec(array.shape, "float32"))))
    return {variable.id for variable, _ in found.values()}
