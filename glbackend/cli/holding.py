"""A model of any format as commands hold it: what it takes, what it gives, and running it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.cli.esrgan import ESRGAN
from glbackend.formats.loading import format_of, load_model

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Slot:
    """An input or output: None in `shape` is any size; `shape` is None where even the rank is not known."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str

    def __str__(self) -> str:
        dims = "?" if self.shape is None else ", ".join("any" if d is None else str(d) for d in self.shape)
        return f"{self.name}: {self.dtype} [{dims}]"


@dataclass(frozen=True)
class Held:
    """A loaded model."""

    path: Path
    model: Any
    inputs: Sequence[Slot]
    outputs: Sequence[Slot]
    format: str = ""  # as `format_of` gives it

    @property
    def is_layers(self) -> bool:
        """Whether it is a model of layers, not a graph."""
        return isinstance(self.model, gl.Model)

    @property
    def name(self) -> str:
        """What it is called: its own name, or its file's."""
        return str(self.model.name) if self.is_layers else self.path.stem

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What its maker wrote into the file; empty where there is nothing."""
        found = getattr(self.model, "metadata", None)
        return found if isinstance(found, Mapping) else {}

    def run(self, inputs: Sequence[Any]) -> dict[str, Array]:
        """The outputs for inputs in the order of `inputs`, read back, by name."""
        names = [slot.name for slot in self.outputs]
        if isinstance(self.model, gl.Model):
            found = self.model.predict(list(inputs) if len(inputs) > 1 else inputs[0])
        elif hasattr(self.model, "execute"):
            found = self.model.execute(list(inputs))
        else:
            found = self.model.predict(list(inputs))
        values = found if isinstance(found, list) else [found]
        return {
            name: value.numpy() if isinstance(value, gl.Tensor) else np.asarray(value)
            for name, value in zip(names, values, strict=True)
        }


def hold(path: Path, custom_objects: Mapping[str, Any] = ESRGAN) -> Held:
    """The model at a path; ArgumentError where there is nothing, ModelFormatError for what is no model."""
    if not path.exists():
        raise ArgumentError(f"{path}: there is no such model: name a folder or a file")
    model = load_model(path, custom_objects=custom_objects)
    inputs, outputs = ends_of(model)
    if isinstance(model, gl.Model) and not inputs:
        raise ModelFormatError(f"{path}: the model does not say what it takes")
    return Held(path, model, _slots(inputs), _slots(outputs), format_of(path))


def ends_of(model: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Inputs and outputs of a model of layers or of a graph, with name, shape and dtype."""
    if isinstance(model, gl.Model):  # whose class may have attributes of these names
        return model._symbolic_inputs, model._symbolic_outputs
    return model.inputs, model.outputs


def _slots(infos: Any) -> list[Slot]:
    return [Slot(info.name, _shape(info.shape), info.dtype) for info in infos]


def _shape(given: Any) -> tuple[int | None, ...] | None:
    if given is None:
        return None
    return tuple(dim if isinstance(dim, int) and dim >= 0 else None for dim in given)
