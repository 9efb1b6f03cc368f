"""What is served: named signatures of typed inputs and outputs, and a call on arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.errors import ModelFormatError
from glbackend.engine.convert import as_tensor
from glbackend.formats.loading import load_model
from glbackend.models.model import Model

Array = np.ndarray[Any, Any]
DEFAULT = "serving_default"
MODEL_FILES = ("model.json", "saved_model.pb")  # one of which a folder with a model has
LARGEST_WARM_DIM = 32  # in place of dims of any size, when a model is warmed up


class TensorInfo(NamedTuple):
    """An input or output of a signature: dtype and shape, None for dims of any size."""

    dtype: DType
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs by name; `changes` says whether a call may change what later ones give."""

    inputs: dict[str, TensorInfo]
    outputs: dict[str, TensorInfo]
    changes: bool = False

    @cached_property
    def batches(self) -> bool:
        """Whether the first dim of everything is a batch of any size, and calls may run together."""
        every = (*self.inputs.values(), *self.outputs.values())
        return not self.changes and all(info.shape[:1] == (None,) for info in every)


class Servable(Protocol):
    """A model as the server sees it."""

    signatures: dict[str, Signature]

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for inputs that fit the signature."""
        ...


class LayersServable:
    """A layers model; its one signature has the names of its inputs and outputs."""

    def __init__(self, model: Model) -> None:
        self.model = model
        inputs = {symbol.name: TensorInfo(symbol.dtype, symbol.shape) for symbol in model._symbolic_inputs}
        outputs = {symbol.name: TensorInfo(symbol.dtype, symbol.shape) for symbol in model._symbolic_outputs}
        self.signatures = {DEFAULT: Signature(inputs, outputs)}

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One call of the model, all examples at once."""
        signed = self.signatures[signature]
        given = [as_tensor(inputs[name], name, "predict") for name in signed.inputs]
        results = self.model.predict_on_batch(given if len(given) > 1 else given[0])
        outputs = results if isinstance(results, list) else [results]
        return {name: one.numpy() for name, one in zip(signed.outputs, outputs, strict=True)}


def open_servable(folder: Path) -> Servable:
    """The model in a folder, whatever its format; ModelFormatError where it is none that is known."""
    if not any((folder / name).is_file() for name in MODEL_FILES):
        raise ModelFormatError(f"{folder}: holds no {' and no '.join(MODEL_FILES)}")
    model = load_model(folder)
    if isinstance(model, Model):
        return LayersServable(model)
    made: Servable = import_module("glbackend.serving.graphs").GraphServable(model)
    return made


def warm(servable: Servable) -> None:
    """Runs each signature once, on zeros, unless that changes it: programs are compiled before requests."""
    for name, signature in servable.signatures.items():
        if signature.changes:
            continue
        inputs = {
            key: np.zeros([1 if dim is None else dim for dim in _small(info)], NUMPY[info.dtype])
            for key, info in signature.inputs.items()
            if info.dtype != "string"
        }
        if len(inputs) == len(signature.inputs):
            servable.run(name, inputs)


def _small(info: TensorInfo) -> list[int | None]:
    return [*info.shape[:1], *(LARGEST_WARM_DIM if dim is None else dim for dim in info.shape[1:])]
